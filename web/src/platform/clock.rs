//! What time it is, and waiting.
//!
//! Two clocks: the *wall clock* says when something happened and is what rows are stamped with; it
//! jumps when the device sets its time. The *monotonic clock* counts from when the page was loaded,
//! never jumps, and is what durations and reaction times are taken from.

use super::page::window;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use std::pin::pin;

/// The wall clock: whole milliseconds since 1970 in UTC.
pub(crate) fn now_millis() -> u64 {
    js_sys::Date::now() as u64
}

/// The monotonic clock: milliseconds since the page was loaded.
pub(crate) fn monotonic_millis() -> f64 {
    window().performance().expect("every browser with wasm has a clock").now()
}

/// Waits at least that long; in a hidden tab, browsers round up to a second or more.
pub(crate) async fn sleep(millis: u32) {
    TimeoutFuture::new(millis).await;
}

/// What `work` gives, or `None` if it takes longer; it is dropped then.
pub(crate) async fn within<T>(millis: u32, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(sleep(millis))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(((), _)) => None,
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn waiting_takes_its_time_and_hanging_ends() {
        let (wall, begun) = (now_millis(), monotonic_millis());
        assert!(wall > 1_700_000_000_000, "{wall} is before this was written");
        sleep(30).await;
        let waited = monotonic_millis() - begun;
        assert!(waited >= 29.0, "{waited} ms");
        assert_eq!(within(20, std::future::pending::<()>()).await, None);
        assert_eq!(within(1_000, async { 3 }).await, Some(3));
    }
}
