//! Playing clips: what is heard, and exactly when.
//!
//! A [`Clip`] is decoded audio. The [`AudioEngine`] plays it through a graph of its own for each
//! play: source, an *envelope* that fades in and out, and a *stop* gain that ends it early; so
//! nothing clicks and no play can disturb another. The start is scheduled on a sample of the audio
//! clock, a few milliseconds ahead.
//!
//! Three clocks meet here. *Context time* (seconds) counts samples that have been computed; the
//! listener hears them later, by the output latency. [`Playing::audible_at_millis`] says when, on
//! the monotonic clock of [`super::clock`], the first sample is heard: the zero of reaction times.
//! Where the browser has `getOutputTimestamp` that is what it says; else it is the scheduled time
//! plus output and base latency, as far as they are known. Bluetooth devices delay by more than
//! browsers know of; nothing here can tell.
//!
//! Sound stops behind our back: browsers hold it until the page was touched, phones take it away for
//! a call and leave a context that claims to run while its clock stands still. Hence
//! [`AudioEngine::ensure_running`] before each clip, which mends what can be mended and says what it
//! did.

mod clip;
mod engine;
mod graph;
mod latency;
mod playing;
mod state;

pub(crate) use clip::{Clip, buffer_from_samples};
pub(crate) use engine::{AudioEngine, Readiness};
pub(crate) use graph::PlayOptions;
pub(crate) use latency::Latency;
pub(crate) use playing::{PlayEnd, Playing};
pub(crate) use state::ContextState;

/// Why nothing can be heard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AudioError {
    /// The browser has no Web Audio, or the device no output.
    #[error("this browser can play no sound ({reason}); try another one")]
    NoAudio {
        /// What the browser said.
        reason: String,
    },
    /// The browser holds the sound back until the page is touched again.
    #[error("the browser holds the sound back (it is {state}); click or tap to go on", state = state.name())]
    Blocked {
        /// The state that the context stayed in.
        state: ContextState,
    },
    /// Bytes that the browser can't decode.
    #[error("the browser can't decode this sound ({reason})")]
    Undecodable {
        /// What the browser said.
        reason: String,
    },
    /// Decoding that did not end.
    #[error("the browser did not decode this sound within {millis} ms")]
    DecodeTimedOut {
        /// How long it was waited for.
        millis: u32,
    },
    /// A play that the browser refused.
    #[error("the browser refused to play ({reason})")]
    Refused {
        /// What the browser said.
        reason: String,
    },
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
pub(crate) mod tests;
