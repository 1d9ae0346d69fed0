//! Sound: decoding, mixing down, resampling, the clip, loudness.

mod clip;
#[cfg(feature = "sound")]
mod decode;
#[cfg(feature = "sound")]
mod halve;
#[cfg(feature = "sound")]
mod loudness;
#[cfg(feature = "sound")]
mod resample;
mod waveform;

pub use clip::{Clip, ClipSettings};
#[cfg(feature = "sound")]
pub use decode::{
    AudioError, ClipNote, DecodedClip, SoundSource, SourceInfo, decode_clip, decode_mono_clip,
    song_outline,
};
#[cfg(feature = "sound")]
pub use loudness::{Loudness, LoudnessError, LoudnessTarget};
#[cfg(feature = "sound")]
pub use resample::{ResampleError, Resampler};
pub use waveform::Waveform;
