//! The mel spectrogram: the sound as the networks see it, before it is cut.

use super::MelConfig;
use super::decibel::decibels;

/// A mel spectrogram in decibels, `[n_mels, n_frames]` row-major, lowest band first.
#[derive(Debug, Clone, PartialEq)]
pub struct MelSpectrogram {
    pub(super) config: MelConfig,
    pub(super) n_frames: usize,
    pub(super) values: Vec<f32>,
}

impl MelSpectrogram {
    /// How it was computed.
    pub fn config(&self) -> &MelConfig {
        &self.config
    }

    /// How many mel bands.
    pub fn n_mels(&self) -> usize {
        self.config.n_mels
    }

    /// How many frames.
    pub fn n_frames(&self) -> usize {
        self.n_frames
    }

    /// All values in decibels, `[n_mels, n_frames]` row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// One band over time, in decibels.
    ///
    /// # Panics
    ///
    /// If there is no such band.
    pub fn band(&self, index: usize) -> &[f32] {
        &self.values[index * self.n_frames..(index + 1) * self.n_frames]
    }

    /// Smallest and largest value in decibels.
    pub fn range_db(&self) -> (f32, f32) {
        let least = |least: f32, value: &f32| least.min(*value);
        let most = |most: f32, value: &f32| most.max(*value);
        (
            self.values.iter().fold(f32::INFINITY, least),
            self.values.iter().fold(f32::NEG_INFINITY, most),
        )
    }

    /// The value of silence in decibels.
    pub fn silence_db(&self) -> f32 {
        decibels(self.config.power_floor)
    }
}
