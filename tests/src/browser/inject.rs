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
