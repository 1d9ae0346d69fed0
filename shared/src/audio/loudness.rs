//! Loudness: how loud people hear a sound, and the gain that makes all sounds equally loud.
//!
//! Integrated loudness and true peak as in EBU R 128 and ITU-R BS.1770-4, by the crate ebur128.

use super::Waveform;
use ebur128::{EbuR128, Mode};

/// How loud a sound is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loudness {
    /// Integrated (gated) loudness in LUFS; negative infinity for silence and for less than 400 ms.
    pub integrated_lufs: f64,
    /// Largest value that the sound has between its samples, in decibels below full scale.
    pub true_peak_dbtp: f64,
}

impl Loudness {
    /// Measures a sound of one or two channels; one channel counts as heard from both sides' middle.
    ///
    /// # Errors
    ///
    /// If the meter takes not this sample rate or number of channels.
    pub fn measure(waveform: &Waveform) -> Result<Self, LoudnessError> {
        let n_channels = waveform.n_channels() as u32;
        let failed = |source| LoudnessError {
            n_channels: waveform.n_channels(),
            sample_rate_hz: waveform.sample_rate_hz(),
            source,
        };
        let mut meter =
            EbuR128::new(n_channels, waveform.sample_rate_hz(), Mode::I | Mode::TRUE_PEAK)
                .map_err(failed)?;
        if n_channels == 1 {
            // One channel comes out of both loudspeakers.
            meter.set_channel(0, ebur128::Channel::DualMono).map_err(failed)?;
        }
        let channels: Vec<&[f32]> = waveform.channels().iter().map(Vec::as_slice).collect();
        meter.add_frames_planar_f32(&channels).map_err(failed)?;
        let mut peak = 0.0f64;
        for channel in 0..n_channels {
            peak = peak.max(meter.true_peak(channel).map_err(failed)?);
        }
        Ok(Self {
            integrated_lufs: meter.loudness_global().map_err(failed)?,
            true_peak_dbtp: 20.0 * peak.log10(),
        })
    }

    /// The loudness after a gain in decibels.
    #[must_use]
    pub fn after_gain(self, gain_db: f64) -> Self {
        Self {
            integrated_lufs: self.integrated_lufs + gain_db,
            true_peak_dbtp: self.true_peak_dbtp + gain_db,
        }
    }
}

/// How loud sounds shall be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoudnessTarget {
    /// Integrated loudness in LUFS.
    pub lufs: f64,
    /// Highest true peak in dBTP.
    pub max_true_peak_dbtp: f64,
}

impl LoudnessTarget {
    /// The gain in decibels that brings a sound to the target, or as near to it as the peak allows:
    /// nothing is compressed or clipped. 0 for silence.
    pub fn gain_db(&self, loudness: &Loudness) -> f64 {
        if !loudness.integrated_lufs.is_finite() || !loudness.true_peak_dbtp.is_finite() {
            return 0.0;
        }
        let wanted = self.lufs - loudness.integrated_lufs;
        wanted.min(self.max_true_peak_dbtp - loudness.true_peak_dbtp)
    }
}

/// A sound that can't be measured.
#[derive(Debug, thiserror::Error)]
#[error("the loudness of {n_channels} channels at {sample_rate_hz} Hz can't be measured")]
pub struct LoudnessError {
    /// Channels of the sound.
    pub n_channels: usize,
    /// Its samples a second.
    pub sample_rate_hz: u32,
    /// What the meter says.
    #[source]
    pub source: ebur128::Error,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: LoudnessTarget = LoudnessTarget { lufs: -16.0, max_true_peak_dbtp: -1.0 };

    fn tone(amplitude: f32, n_channels: usize) -> Waveform {
        let turn = std::f32::consts::TAU * 997.0 / 48_000.0;
        let channel: Vec<f32> =
            (0..48_000 * 5).map(|k| amplitude * (turn * (k % 48_000) as f32).sin()).collect();
        Waveform::new(48_000, vec![channel; n_channels])
    }

    /// EBU Tech 3341, test case 1: a stereo tone of 997 Hz at -23 dBFS reads -23 LUFS, +-0.1.
    #[test]
    fn the_calibration_tone() {
        let amplitude = 10f32.powf(-23.0 / 20.0);
        let loudness = Loudness::measure(&tone(amplitude, 2)).unwrap();
        assert!((loudness.integrated_lufs + 23.0).abs() < 0.1, "{loudness:?}");
        assert!((loudness.true_peak_dbtp + 23.0).abs() < 0.2, "{loudness:?}");
        let mono = Loudness::measure(&tone(amplitude, 1)).unwrap();
        assert!((mono.integrated_lufs + 23.0).abs() < 0.1, "{mono:?}");
    }

    #[test]
    fn the_gain_reaches_the_target() {
        let loudness = Loudness::measure(&tone(0.01, 2)).unwrap();
        let gain_db = TARGET.gain_db(&loudness);
        assert!((loudness.after_gain(gain_db).integrated_lufs + 16.0).abs() < 1e-9);
        let louder = tone(0.01 * 10f64.powf(gain_db / 20.0) as f32, 2);
        let measured = Loudness::measure(&louder).unwrap();
        assert!((measured.integrated_lufs + 16.0).abs() < 0.01, "{measured:?}");
    }

    #[test]
    fn the_peak_limits_the_gain() {
        let peaky = Loudness { integrated_lufs: -30.0, true_peak_dbtp: -6.0 };
        assert_eq!(TARGET.gain_db(&peaky), 5.0);
        let hot = Loudness { integrated_lufs: -8.0, true_peak_dbtp: 0.5 };
        assert_eq!(TARGET.gain_db(&hot), -8.0);
    }

    #[test]
    fn silence_is_left_alone() {
        let silence = Loudness::measure(&tone(0.0, 2)).unwrap();
        assert_eq!(TARGET.gain_db(&silence), 0.0);
    }
}
