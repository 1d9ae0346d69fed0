//! What an audio context does, and whether its clock moves.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AudioContext;

#[wasm_bindgen]
extern "C" {
    /// The context with a state that web-sys does not know yet.
    #[wasm_bindgen(extends = AudioContext)]
    type ContextWithState;

    #[wasm_bindgen(method, getter, js_name = state)]
    fn state_name(this: &ContextWithState) -> String;
}

/// What an audio context does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContextState {
    /// It waits for the page to be touched, or was told to.
    Suspended,
    /// It plays, or claims to.
    Running,
    /// The device took the sound away, as for a call.
    Interrupted,
    /// It will never play again.
    Closed,
    /// Something that later browsers do.
    Other,
}

impl ContextState {
    /// That of a context.
    pub(super) fn of(context: &AudioContext) -> Self {
        Self::from_name(&context.unchecked_ref::<ContextWithState>().state_name())
    }

    fn from_name(name: &str) -> Self {
        match name {
            "suspended" => Self::Suspended,
            "running" => Self::Running,
            "interrupted" => Self::Interrupted,
            "closed" => Self::Closed,
            _ => Self::Other,
        }
    }

    /// As it stands in the data.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Suspended => "suspended",
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::Closed => "closed",
            Self::Other => "other",
        }
    }
}

/// Context time and monotonic clock at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reading {
    /// Seconds of the context.
    pub(super) context_secs: f64,
    /// Milliseconds of the monotonic clock.
    pub(super) monotonic_millis: f64,
}

/// Contexts count in steps as long as this.
const STEP_MILLIS: f64 = 60.0;
/// Older readings say too little of the present.
const MEMORY_MILLIS: f64 = 2_000.0;

/// Whether two readings show that the context's clock moves and did not stop in between: at least
/// half as fast as the other, a step not counted. They may be too far apart to show it.
pub(super) fn has_moved(then: Reading, now: Reading) -> bool {
    let passed_millis = now.monotonic_millis - then.monotonic_millis;
    let moved_millis = (now.context_secs - then.context_secs) * 1_000.0;
    passed_millis <= MEMORY_MILLIS
        && moved_millis > 0.0
        && moved_millis >= (passed_millis - STEP_MILLIS) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn names_and_states_agree() {
        for name in ["suspended", "running", "interrupted", "closed"] {
            assert_eq!(ContextState::from_name(name).name(), name);
        }
        assert_eq!(ContextState::from_name("dreaming"), ContextState::Other);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_frozen_clock_is_told_from_a_slow_one() {
        let moved = |passed_millis: f64, moved_millis: f64| {
            let then = Reading { context_secs: 5.0, monotonic_millis: 100.0 };
            let now = Reading {
                context_secs: 5.0 + moved_millis / 1_000.0,
                monotonic_millis: 100.0 + passed_millis,
            };
            has_moved(then, now)
        };
        assert!(moved(10.0, 10.0));
        assert!(moved(1_000.0, 980.0));
        assert!(moved(40.0, 3.0), "it counts in steps");
        assert!(!moved(10.0, 0.0));
        assert!(!moved(1_500.0, 100.0), "it stopped in between");
        assert!(!moved(5_000.0, 5_000.0), "too long ago");
        assert!(!moved(100.0, -5_000.0), "another context");
    }
}
