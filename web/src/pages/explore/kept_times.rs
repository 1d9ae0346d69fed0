//! How long the devices took is kept from visit to visit: neither is timed again where that says enough.

use crate::platform::kept;
use crate::platform::page::navigator;
use serde::{Deserialize, Serialize};
use shared::json;

/// What is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptTimes {
    /// What was timed: times of another browser, of other programs or of other networks say nothing.
    of: String,
    processor_millis: f64,
    graphics_millis: f64,
}

/// Keeps milliseconds of the processor and of the graphics processor.
pub(super) fn keep(key: &str, of: String, [processor_millis, graphics_millis]: [f64; 2]) {
    let times = KeptTimes { of, processor_millis, graphics_millis };
    kept::keep(key, &serde_json::to_string(&times).unwrap_or_default());
}

/// What was kept, if it is of the same things.
pub(super) fn recall(key: &str, of: &str) -> Option<[f64; 2]> {
    let times: KeptTimes = json::from_slice(kept::kept(key)?.as_bytes()).ok()?;
    (times.of == of).then_some([times.processor_millis, times.graphics_millis])
}

/// Some things that are timed, on this browser.
pub(super) fn of_this_browser(things: impl Iterator<Item = String>) -> String {
    let browser = navigator().user_agent().unwrap_or_default();
    std::iter::once(browser).chain(things).collect::<Vec<_>>().join(" ")
}
