//! Where songs are looked for: the wish of the address, what was timed before, and what is said of it.

use super::devices::Wish;
use super::kept_times;
use crate::platform::address::Parameters;
use crate::platform::graphics;
use crate::platform::search::{GraphicsUse, SearchDevice, SearchTimes, searching_program};
use shared::bundle::Manifest;

/// Under which name the times of searching are kept from visit to visit.
const TIMES_KEY: &str = "segue times of searching";

/// Whether a graphics processor is to be used, and why not.
pub(super) async fn wanted(manifest: &Manifest) -> (GraphicsUse, Option<&'static str>) {
    let wish = Wish::of(Parameters::of_page().device());
    if let Some(why) = wish.against_graphics() {
        return (GraphicsUse::Never, Some(why));
    }
    if manifest.embeddings.values().all(|table| table.parts.is_some()) {
        return (GraphicsUse::Never, Some("of tables in parts few songs are looked at"));
    }
    let is_asked_for = wish.is_for_graphics();
    let earlier = kept_times::recall(TIMES_KEY, &timed_with(manifest));
    if !is_asked_for && earlier.is_some_and(|[processor, graphics]| processor <= graphics) {
        let why = "the graphics processor was slower on an earlier visit";
        return (GraphicsUse::Never, Some(why));
    }
    match (graphics::lacking(is_asked_for).await, is_asked_for) {
        (Some(why), _) => (GraphicsUse::Never, Some(why)),
        (None, true) => (GraphicsUse::Always, None),
        (None, false) => (GraphicsUse::IfQuicker, None),
    }
}

/// Keeps milliseconds of the processor and of the graphics processor.
pub(super) fn keep(manifest: &Manifest, times: [f64; 2]) {
    kept_times::keep(TIMES_KEY, timed_with(manifest), times);
}

/// What is timed: the browser, the program, and the tables by their hashes.
fn timed_with(manifest: &Manifest) -> String {
    let tables = manifest.embeddings.values();
    let tables = tables.filter_map(|table| Some(manifest.files.get(&table.file)?.sha256.clone()));
    kept_times::of_this_browser(searching_program().into_iter().chain(tables))
}

/// On which device songs are looked for and why, without a full stop; `None` where nothing was timed.
pub(super) fn text(times: &SearchTimes, without: Option<&str>) -> Option<String> {
    let took = |millis: f64| format!("{millis:.1} ms for all lists");
    let [processor, graphics] =
        [times.processor_millis, times.graphics_millis].map(|own| own.map(took));
    match (times.device, &times.failed) {
        (SearchDevice::Processor, Some(why)) => Some(format!(
            "the graphics processor failed ({why}); songs are looked for on the processor: {}",
            processor?
        )),
        (SearchDevice::Processor, None) => {
            let processor = processor?;
            let reason = match (graphics, without) {
                (Some(graphics), _) => format!(", against {graphics} on the graphics processor"),
                (None, Some(why)) => format!(" ({why})"),
                (None, None) => String::new(),
            };
            Some(format!("songs are looked for on the processor: {processor}{reason}"))
        }
        (SearchDevice::Graphics, _) => {
            let reason =
                processor.map(|processor| format!(", against {processor} on the processor"));
            let reason = reason.unwrap_or_default();
            Some(format!("songs are looked for on the graphics processor: {}{reason}", graphics?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn the_device_and_why_are_told() {
        let times = |device, processor_millis, graphics_millis, failed: Option<&str>| SearchTimes {
            device,
            processor_millis,
            graphics_millis,
            failed: failed.map(str::to_owned),
        };
        let quicker = times(SearchDevice::Graphics, Some(8.04), Some(1.26), None);
        let wanted = "songs are looked for on the graphics processor: 1.3 ms for all lists, against 8.0 ms for all lists \
                      on the processor";
        assert_eq!(text(&quicker, None).as_deref(), Some(wanted));
        let slower = times(SearchDevice::Processor, Some(0.7), Some(1.26), None);
        assert!(
            text(&slower, None)
                .unwrap()
                .ends_with("1.3 ms for all lists on the graphics processor")
        );
        let none = times(SearchDevice::Processor, Some(0.7), None, None);
        let said = text(&none, Some("there is none")).unwrap();
        assert!(said.ends_with("on the processor: 0.7 ms for all lists (there is none)"), "{said}");
        let failed = times(SearchDevice::Processor, Some(0.7), None, Some("it was lost"));
        let said = text(&failed, None).unwrap();
        assert!(said.starts_with("the graphics processor failed (it was lost); songs"), "{said}");
        assert_eq!(text(&times(SearchDevice::Processor, None, None, None), None), None);
    }
}
