//! From sound to its mel spectrogram.

use super::{
    FRAMES_AT_ONCE, FilterBank, MelConfig, MelConfigError, MelSpectrogram, PowerStft, Side,
    power_to_db,
};

/// Computes mel spectrograms of one configuration; plans and buffers are kept from one to the next.
pub struct MelExtractor {
    config: MelConfig,
    stft: PowerStft,
    bank: FilterBank,
    mels: Vec<Side>,
}

impl MelExtractor {
    /// Makes plans and filters.
    ///
    /// # Errors
    ///
    /// If the configuration does not fit itself.
    pub fn new(config: &MelConfig) -> Result<Self, MelConfigError> {
        config.check()?;
        let bank = FilterBank::new(config);
        let stft = PowerStft::new(config, bank.n_bins_used());
        Ok(Self { config: *config, stft, bank, mels: vec![Side::default(); config.n_mels] })
    }

    /// The configuration.
    pub fn config(&self) -> &MelConfig {
        &self.config
    }

    /// The mel spectrogram of sound with the configuration's sample rate, one channel.
    ///
    /// The result is `librosa.power_to_db(librosa.feature.melspectrogram(...))`: within 1e-3 dB for
    /// values up to 60 dB below the largest, within 1e-2 dB below that.
    pub fn extract(&mut self, samples: &[f32]) -> MelSpectrogram {
        let n_frames = self.config.n_frames(samples.len());
        let mut values = vec![0.0; self.config.n_mels * n_frames];
        for first in (0..n_frames).step_by(FRAMES_AT_ONCE) {
            let frames = first..n_frames.min(first + FRAMES_AT_ONCE);
            self.bank.apply(self.stft.frames(samples, frames.clone()), &mut self.mels);
            for (row, powers) in values.chunks_exact_mut(n_frames).zip(&self.mels) {
                row[frames.clone()].copy_from_slice(&powers[..frames.len()]);
            }
        }
        power_to_db(&mut values, self.config.power_floor, self.config.range_db);
        MelSpectrogram { config: self.config, n_frames, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrogram::{SLICE_FRAMES, SlicePreset, SliceStack};
    use half::f16;

    fn tone(hz: f64, n_samples: usize) -> Vec<f32> {
        let turn = std::f64::consts::TAU * hz / 22_050.0;
        (0..n_samples).map(|k| (turn * k as f64).sin() as f32 * 0.5).collect()
    }

    fn mel_of(samples: &[f32]) -> MelSpectrogram {
        MelExtractor::new(&MelConfig::default()).unwrap().extract(samples)
    }

    #[test]
    fn a_tone_is_loudest_in_its_band() {
        let mel = mel_of(&tone(440.0, 22_050));
        let edges = crate::spectrogram::band_edges_hz(mel.config());
        let loudness = |band: usize| mel.band(band)[20];
        let loudest = (0..128).max_by(|a, b| loudness(*a).total_cmp(&loudness(*b))).unwrap();
        assert!(edges[loudest] < 440.0 && 440.0 < edges[loudest + 2], "band {loudest}");
    }

    #[test]
    fn a_clip_gives_ten_slices_and_drops_twelve_frames() {
        let mel = mel_of(&tone(440.0, 661_500));
        let cut = SliceStack::cut(&mel, SlicePreset::Full);
        assert_eq!((cut.slices.n_slices, cut.n_frames_dropped, cut.n_frames_padded), (10, 12, 0));
        let (_, loudest) = mel.range_db();
        let expected = ((mel.band(30)[300] - loudest) / 80.0 + 1.0).clamp(0.0, 1.0);
        let at = 300 % SLICE_FRAMES + 30 * SLICE_FRAMES;
        assert_eq!(cut.slices.slice(2)[at], f16::from_f32(expected).to_f32());
        assert!(cut.slices.values.iter().all(|v| (0.0..=1.0).contains(v)));
        assert!(cut.slices.values.contains(&1.0));
    }

    #[test]
    fn a_short_clip_is_padded_with_silence() {
        let mel = mel_of(&tone(440.0, 512 * 99));
        let cut = SliceStack::cut(&mel, SlicePreset::Full);
        assert_eq!((cut.slices.n_slices, cut.n_frames_dropped, cut.n_frames_padded), (1, 0, 28));
        for row in cut.slices.slice(0).chunks_exact(SLICE_FRAMES) {
            assert!(row[100..].iter().all(|value| *value == 0.0));
        }
    }

    #[test]
    fn the_thesis_sees_the_last_slice_in_inverted_grey() {
        let mut samples = tone(440.0, 661_500);
        samples[..300_000].fill(0.0);
        let mel = mel_of(&samples);
        let cut = SliceStack::cut(&mel, SlicePreset::Thesis);
        assert_eq!((cut.slices.n_slices, cut.n_frames_dropped), (1, 1292 - 128));
        let (low, high) = mel.range_db();
        for (row, band) in cut.slices.slice(0).chunks_exact(128).zip(0..) {
            for (value, decibels) in row.iter().zip(&mel.band(band)[1152..1280]) {
                let steps = value * 255.0;
                assert!((steps - steps.round()).abs() < 1e-4, "{value} is no step of grey");
                let expected = 1.0 - (decibels - low) / (high - low);
                assert!((value - expected).abs() < 1.0 / 255.0, "{value}, not {expected}");
            }
        }
    }

    #[test]
    fn silence_is_zero() {
        let cut = SliceStack::cut(&mel_of(&[0.0; 100_000]), SlicePreset::Full);
        assert!(cut.slices.values.iter().all(|value| *value == 0.0));
    }

    #[test]
    fn no_sample_gives_one_silent_frame() {
        let mel = mel_of(&[]);
        assert_eq!((mel.n_frames(), mel.range_db()), (1, (-100.0, -100.0)));
    }
}
