//! Scripts that run before those of a page and change what it finds: for
//! [`super::Options::before_load`] and [`super::Browser::before_load`].
//!
//! They reach windows; a worker has globals of its own.

/// Notes every start of a sound, for [`super::Page::plays`].
pub const RECORD_PLAYS: &str = include_str!("scripts/record_plays.js");

/// Sound stays suspended, whatever the page asks for: `resume` is never answered, as before a
/// gesture.
pub const SUSPEND_AUDIO: &str = include_str!("scripts/suspend_audio.js");

/// IndexedDB is there and refuses to open, as in some private windows.
pub const REFUSE_INDEXED_DB: &str = include_str!("scripts/refuse_indexed_db.js");

/// Touching IndexedDB throws a `SecurityError`, as where all storage is blocked.
pub const FORBID_INDEXED_DB: &str = "Object.defineProperty(window, 'indexedDB', {
    get() { throw new DOMException('The operation is insecure.', 'SecurityError'); },
});";

/// There are no Web Locks, as in browsers before 2022.
pub const NO_LOCKS: &str =
    "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });";

/// Every write to IndexedDB after the first `n_writes` throws a `QuotaExceededError`. A disk that is
/// full in earnest is [`super::Browser::storage_quota`].
pub fn full_after(n_writes: usize) -> String {
    include_str!("scripts/full_after.js").replace("N_WRITES", &n_writes.to_string())
}

/// Time runs `factor` times as fast: clocks, timers, and the sound itself, which becomes as much
/// higher.
pub fn fast_time(factor: f64) -> String {
    include_str!("scripts/fast_time.js").replace("FACTOR", &factor.to_string())
}

/// The page is told that its graphics processor is none that is imitated.
pub const GRAPHICS_AS_HARDWARE: &str = "
    const ask = navigator.gpu.requestAdapter;
    navigator.gpu.requestAdapter = async (...how) =>
        (await ask.apply(navigator.gpu, how)) && { info: { isFallbackAdapter: false } };";

/// A page that is told of a graphics processor which its workers then can't have.
pub const GRAPHICS_PROMISED: &str = "Object.defineProperty(navigator, 'gpu', {
    value: { requestAdapter: async () => ({ info: { isFallbackAdapter: false } }) },
});";

/// The page starts the workers whose address holds `name` by way of `way.js`, which is [`way`].
pub fn by_way(name: &str) -> String {
    include_str!("scripts/by_way.js").replace("NAME", name)
}

/// A script for [`by_way`] that changes what the worker finds and goes on to what the page wanted to start.
pub fn way(script: &str) -> String {
    format!("{script}\n{}", include_str!("scripts/go_on.js"))
}

/// For [`way`]: takes the graphics processor away, as a browser does, when the worker is given this task for the second time.
pub fn graphics_lost_at(task: &str) -> String {
    include_str!("scripts/graphics_lost.js").replace("TASK", task)
}
