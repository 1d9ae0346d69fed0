//! Sound: decoding, mixing down, resampling, the clip, loudness.

mod clip;
mod decode;
mod loudness;
mod resample;
mod waveform;

pub use clip::{Clip, ClipSettings};
pub use decode::{
    AudioError, ClipNote, DecodedClip, SoundSource, SourceInfo, decode_clip, song_outline,
};
pub use loudness::{Loudness, LoudnessError, LoudnessTarget};
pub use resample::{ResampleError, Resampler};
pub use waveform::Waveform;
