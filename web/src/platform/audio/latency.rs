//! When a sample is heard: from context time to the monotonic clock.

use super::state::{ContextState, Reading};
use crate::platform::clock::monotonic_millis;
use crate::platform::page::{method, property};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AudioContext;

/// Two estimates of the same moment that differ by more than this, in milliseconds, are not of the
/// same clock: some browsers give an output timestamp of zeros or of a stopped device.
const PLAUSIBLE_MILLIS: f64 = 1_000.0;

#[wasm_bindgen]
extern "C" {
    /// The context with what web-sys leaves out.
    #[wasm_bindgen(extends = AudioContext)]
    type ContextWithLatency;

    #[wasm_bindgen(method, getter, js_name = baseLatency)]
    fn base_latency(this: &ContextWithLatency) -> Option<f64>;

    #[wasm_bindgen(method, getter, js_name = outputLatency)]
    fn output_latency(this: &ContextWithLatency) -> Option<f64>;
}

/// What is known of the way to the ear; it goes into the data of each trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Latency {
    /// Sample rate of the output.
    pub(crate) sample_rate_hz: f64,
    /// From the graph to the device's queue, where the browser says.
    pub(crate) base_secs: Option<f64>,
    /// From the device's queue to the ear, where the browser says.
    pub(crate) output_secs: Option<f64>,
    /// What the context does.
    pub(crate) state: ContextState,
}

impl Latency {
    /// That of a context.
    pub(super) fn of(context: &AudioContext) -> Self {
        let extras: &ContextWithLatency = context.unchecked_ref();
        let known = |secs: Option<f64>| secs.filter(|secs| secs.is_finite() && *secs >= 0.0);
        Self {
            sample_rate_hz: f64::from(context.sample_rate()),
            base_secs: known(extras.base_latency()),
            output_secs: known(extras.output_latency()),
            state: ContextState::of(context),
        }
    }

    fn total_secs(&self) -> f64 {
        self.base_secs.unwrap_or(0.0) + self.output_secs.unwrap_or(0.0)
    }
}

/// The clocks of a context at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Clocks {
    /// What is computed now.
    now: Reading,
    /// What is heard, and when; where the browser says.
    heard: Option<Reading>,
    /// From computed to heard, as far as it is known.
    latency_secs: f64,
}

impl Clocks {
    /// Those of a context.
    pub(super) fn of(context: &AudioContext) -> Self {
        Self {
            now: reading(context),
            heard: output_timestamp(context),
            latency_secs: Latency::of(context).total_secs(),
        }
    }

    /// When, on the monotonic clock, the sample of that context time is heard.
    pub(super) fn heard_at_millis(&self, context_secs: f64) -> f64 {
        let from = |reading: Reading| {
            reading.monotonic_millis + (context_secs - reading.context_secs) * 1_000.0
        };
        let estimate = from(self.now) + self.latency_secs * 1_000.0;
        match self.heard.map(from) {
            Some(exact) if (exact - estimate).abs() <= PLAUSIBLE_MILLIS => exact,
            _ => estimate,
        }
    }
}

/// Both clocks now.
pub(super) fn reading(context: &AudioContext) -> Reading {
    Reading { context_secs: context.current_time(), monotonic_millis: monotonic_millis() }
}

fn output_timestamp(context: &AudioContext) -> Option<Reading> {
    let stamp = method(context, "getOutputTimestamp")?.call0(context).ok()?;
    let number = |name| property(&stamp, name)?.as_f64().filter(|number| *number > 0.0);
    Some(Reading {
        context_secs: number("contextTime")?,
        monotonic_millis: number("performanceTime")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn at(context_secs: f64, monotonic_millis: f64) -> Reading {
        Reading { context_secs, monotonic_millis }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_output_timestamp_is_believed_where_it_is_plausible() {
        let clocks = |heard| Clocks { now: at(2.0, 9_000.0), heard, latency_secs: 0.03 };
        // Sample 1.9 s is heard at 8,995 ms, so 2.5 s is heard 600 ms later.
        let exact = clocks(Some(at(1.9, 8_995.0))).heard_at_millis(2.5);
        assert!((exact - 9_595.0).abs() < 1e-6, "{exact}");
        // Else: 500 ms from now, and 30 ms on the way.
        for heard in [None, Some(at(0.5, 3_000.0))] {
            let estimate = clocks(heard).heard_at_millis(2.5);
            assert!((estimate - 9_530.0).abs() < 1e-6, "{estimate}");
        }
    }
}
