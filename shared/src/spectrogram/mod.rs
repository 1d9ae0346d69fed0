//! The mel spectrogram: from samples to what the networks see.
//!
//! Everything is computed as librosa 0.10 and later does (McFee et al., *librosa: Audio and Music Signal
//! Analysis in Python*, SciPy 2015), so that results are comparable with studies that used it.
//!
//! ```text
//! samples -> PowerStft -> FilterBank -> power_to_db -> MelSpectrogram -> SliceStack
//! ```

#[cfg(feature = "sound")]
mod clip;
mod config;
mod decibel;
#[cfg(feature = "sound")]
mod extractor;
#[cfg(feature = "sound")]
mod filter_bank;
mod mel;
mod mel_scale;
mod slice;
#[cfg(feature = "sound")]
mod stft;

#[cfg(feature = "sound")]
pub use clip::{ClipAnalyzer, ClipSoundError, expect_heard};
pub use config::{MelConfig, MelConfigError};
#[cfg(feature = "sound")]
pub use decibel::power_to_db;
#[cfg(feature = "sound")]
pub use extractor::MelExtractor;
#[cfg(feature = "sound")]
pub use filter_bank::FilterBank;
pub use mel::MelSpectrogram;
pub use mel_scale::{band_edges_hz, hz_to_mel, mel_to_hz};
pub use slice::{Cut, SLICE_FRAMES, SlicePreset, SliceStack};
#[cfg(feature = "sound")]
pub use stft::{FRAMES_AT_ONCE, PowerStft, Side};
