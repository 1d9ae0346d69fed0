//! From the sound of a clip to its mel spectrogram: the way that the trainer and the website share.

use super::{MelConfig, MelConfigError, MelExtractor, MelSpectrogram};
use crate::audio::{ResampleError, Resampler, Waveform};
use std::collections::HashMap;

/// Peak below which a clip counts as silent: one step of 16 bits.
const SILENT_PEAK: f32 = 1.0 / 32_768.0;

/// Turns clips into mel spectrograms; plans and buffers are kept from one clip to the next.
pub struct ClipAnalyzer {
    mel: MelExtractor,
    resamplers: HashMap<u32, Resampler>,
}

impl ClipAnalyzer {
    /// Makes plans and filters.
    ///
    /// # Errors
    ///
    /// If the configuration does not fit itself.
    pub fn new(config: &MelConfig) -> Result<Self, MelConfigError> {
        Ok(Self { mel: MelExtractor::new(config)?, resamplers: HashMap::new() })
    }

    /// The sound as it is analysed: one channel, at the sample rate of the configuration.
    ///
    /// # Errors
    ///
    /// If there is nothing to hear, or what the resampler reports.
    pub fn samples(&mut self, sound: Waveform) -> Result<Vec<f32>, ClipSoundError> {
        let from_hz = sound.sample_rate_hz();
        let mono = sound.into_mono();
        expect_loud(&mono)?;
        Ok(self.resampler(from_hz)?.convert(&mono)?)
    }

    /// The mel spectrogram of such samples, in decibels.
    pub fn mel(&mut self, samples: &[f32]) -> MelSpectrogram {
        self.mel.extract(samples)
    }

    fn resampler(&mut self, from_hz: u32) -> Result<&mut Resampler, ResampleError> {
        use std::collections::hash_map::Entry;
        match self.resamplers.entry(from_hz) {
            Entry::Occupied(found) => Ok(found.into_mut()),
            Entry::Vacant(place) => {
                Ok(place.insert(Resampler::new(from_hz, self.mel.config().sample_rate_hz)?))
            }
        }
    }
}

/// Makes sure that there is something to hear; in a song the first samples tell.
///
/// # Errors
///
/// [`ClipSoundError::Silent`] where there is nothing.
pub fn expect_heard(sound: &Waveform) -> Result<(), ClipSoundError> {
    let mut heard = sound.channels().iter().map(|channel| expect_loud(channel));
    heard.find(Result::is_ok).unwrap_or(Err(ClipSoundError::Silent))
}

fn expect_loud(channel: &[f32]) -> Result<(), ClipSoundError> {
    let is_heard = channel.iter().any(|sample| sample.abs() >= SILENT_PEAK);
    is_heard.then_some(()).ok_or(ClipSoundError::Silent)
}

/// Why the sound of a clip can't be analysed.
#[derive(Debug, thiserror::Error)]
pub enum ClipSoundError {
    /// Nothing to hear.
    #[error("the clip is silent, or its channels cancel each other out")]
    Silent,
    /// Not resampled.
    #[error(transparent)]
    Resample(#[from] ResampleError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_of_any_rate_is_analysed_and_silence_refused() {
        let mut analyzer = ClipAnalyzer::new(&MelConfig::default()).unwrap();
        let tone: Vec<f32> = (0..44_100).map(|at| (at as f32 * 0.05).sin() * 0.5).collect();
        let samples = analyzer.samples(Waveform::new(44_100, vec![tone.clone(), tone])).unwrap();
        assert_eq!(samples.len(), 22_050);
        assert_eq!(analyzer.mel(&samples).n_frames(), 44);
        let silence = Waveform::new(22_050, vec![vec![0.00002; 22_050]]);
        assert!(matches!(analyzer.samples(silence), Err(ClipSoundError::Silent)));
        let out_of_phase = [1.0, -1.0].map(|sign| vec![sign * 0.5; 22_050]).to_vec();
        let out_of_phase = Waveform::new(22_050, out_of_phase);
        expect_heard(&out_of_phase).unwrap();
        assert!(matches!(analyzer.samples(out_of_phase), Err(ClipSoundError::Silent)));
    }
}
