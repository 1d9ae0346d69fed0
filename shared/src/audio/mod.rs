//! Sound: decoding, mixing down, resampling, the clip, loudness.

mod clip;
mod waveform;

pub use clip::{Clip, ClipSettings};
pub use waveform::Waveform;
