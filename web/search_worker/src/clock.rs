//! Time within a worker.

use gloo_timers::future::TimeoutFuture;
use std::pin::pin;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::WorkerGlobalScope;

/// Milliseconds since some moment; browsers round them, most of them to whole ones at most.
pub(crate) fn now_millis() -> f64 {
    let scope: Option<WorkerGlobalScope> = js_sys::global().dyn_into().ok();
    scope.and_then(|scope| scope.performance()).map_or_else(js_sys::Date::now, |clock| clock.now())
}

/// What comes of some work, or `None` where it takes longer.
pub(crate) async fn within<T>(patience: Duration, work: impl Future<Output = T>) -> Option<T> {
    let late = TimeoutFuture::new(patience.as_millis() as u32);
    match futures_util::future::select(pin!(work), late).await {
        futures_util::future::Either::Left((done, _)) => Some(done),
        futures_util::future::Either::Right(_) => None,
    }
}
