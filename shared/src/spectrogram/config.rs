//! The parameters of the mel spectrogram.

use serde::{Deserialize, Serialize};

/// How a mel spectrogram is computed; the defaults are `librosa.load`,
/// `librosa.feature.melspectrogram(n_mels=128, fmax=8000)` and `librosa.power_to_db` of librosa 0.10
/// and later.
///
/// Fixed and therefore no field: a periodic Hann window over all of the frame, frames centred with
/// zeros before and after the sound (`pad_mode="constant"`), power 2 (energy), Slaney's mel scale with
/// Slaney's area normalisation, and 10 log10 with reference 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MelConfig {
    /// Samples a second of the sound that is analysed, in hertz.
    pub sample_rate_hz: u32,
    /// Samples of one frame, also the length of the Fourier transform; even.
    pub n_fft: usize,
    /// Samples from one frame to the next.
    pub hop_length: usize,
    /// Mel bands.
    pub n_mels: usize,
    /// Lower end of the lowest band, in hertz.
    pub f_min_hz: f64,
    /// Upper end of the highest band, in hertz; at most half the sample rate.
    pub f_max_hz: f64,
    /// Smallest power that is told apart from silence (librosa's `amin`).
    pub power_floor: f32,
    /// Decibels below the loudest value of the clip at which values are cut off (librosa's
    /// `top_db`); also the range that becomes 0 to 1 in the network's input.
    pub range_db: f32,
}

impl Default for MelConfig {
    fn default() -> Self {
        Self {
            sample_rate_hz: 22_050,
            n_fft: 2048,
            hop_length: 512,
            n_mels: 128,
            f_min_hz: 0.0,
            f_max_hz: 8000.0,
            power_floor: 1e-10,
            range_db: 80.0,
        }
    }
}

impl MelConfig {
    /// Bins of the Fourier transform of one frame: from 0 Hz to half the sample rate.
    pub fn n_bins(&self) -> usize {
        self.n_fft / 2 + 1
    }

    /// Frames of a sound of that many samples.
    pub fn n_frames(&self, n_samples: usize) -> usize {
        1 + n_samples / self.hop_length
    }

    /// Seconds from one frame to the next.
    pub fn secs_per_frame(&self) -> f64 {
        self.hop_length as f64 / f64::from(self.sample_rate_hz)
    }

    /// Checks that the values fit each other.
    ///
    /// # Errors
    ///
    /// The first value that does not, with what is expected.
    pub fn check(&self) -> Result<(), MelConfigError> {
        let half_rate_hz = f64::from(self.sample_rate_hz) / 2.0;
        let wrong = |field, expected, got: f64| Err(MelConfigError { field, expected, got });
        if self.sample_rate_hz == 0 {
            return wrong("sample_rate_hz", "at least 1", 0.0);
        }
        if self.n_fft < 2 || !self.n_fft.is_multiple_of(2) {
            return wrong("n_fft", "an even number of at least 2", self.n_fft as f64);
        }
        if self.hop_length == 0 {
            return wrong("hop_length", "at least 1", 0.0);
        }
        if self.n_mels == 0 {
            return wrong("n_mels", "at least 1", 0.0);
        }
        if !(self.f_min_hz >= 0.0 && self.f_min_hz < self.f_max_hz) {
            return wrong("f_min_hz", "at least 0 and below f_max_hz", self.f_min_hz);
        }
        if self.f_max_hz > half_rate_hz {
            return wrong("f_max_hz", "at most half the sample rate", self.f_max_hz);
        }
        if !(self.power_floor > 0.0 && self.power_floor.is_finite()) {
            return wrong("power_floor", "above 0", f64::from(self.power_floor));
        }
        if !(self.range_db > 0.0 && self.range_db.is_finite()) {
            return wrong("range_db", "above 0", f64::from(self.range_db));
        }
        Ok(())
    }
}

/// A value of [`MelConfig`] that does not fit the others.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("mel spectrogram: {field} is {got}, expected {expected}")]
pub struct MelConfigError {
    /// Field of [`MelConfig`].
    pub field: &'static str,
    /// What it takes.
    pub expected: &'static str,
    /// What it is.
    pub got: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_fits_itself() {
        assert_eq!(MelConfig::default().check(), Ok(()));
        assert_eq!(MelConfig::default().n_frames(661_500), 1292);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let too_high = MelConfig { f_max_hz: 20_000.0, ..MelConfig::default() };
        assert_eq!(too_high.check().unwrap_err().field, "f_max_hz");
        let nan = MelConfig { f_min_hz: f64::NAN, ..MelConfig::default() };
        assert_eq!(nan.check().unwrap_err().field, "f_min_hz");
        let odd = MelConfig { n_fft: 2047, ..MelConfig::default() };
        assert_eq!(odd.check().unwrap_err().field, "n_fft");
    }
}
