//! The mel scale of M. Slaney, *Auditory Toolbox*, Technical Report 1998-010, Interval Research, 1998: linear below 1 kHz,
//! logarithmic above.

use super::MelConfig;

/// Width of a mel below [`LOG_START_HZ`], in hertz.
const HZ_PER_LINEAR_MEL: f64 = 200.0 / 3.0;
/// Where the scale turns logarithmic, in hertz.
const LOG_START_HZ: f64 = 1000.0;
/// Mels from one factor of 6.4 above [`LOG_START_HZ`] to the next.
const MELS_PER_FACTOR: f64 = 27.0;
/// That factor.
const FACTOR: f64 = 6.4;

/// Hertz to mel.
pub fn hz_to_mel(hz: f64) -> f64 {
    if hz < LOG_START_HZ {
        hz / HZ_PER_LINEAR_MEL
    } else {
        LOG_START_HZ / HZ_PER_LINEAR_MEL + (hz / LOG_START_HZ).ln() * MELS_PER_FACTOR / FACTOR.ln()
    }
}

/// Mel to hertz, the inverse of [`hz_to_mel`].
pub fn mel_to_hz(mel: f64) -> f64 {
    let log_start_mel = LOG_START_HZ / HZ_PER_LINEAR_MEL;
    if mel < log_start_mel {
        mel * HZ_PER_LINEAR_MEL
    } else {
        LOG_START_HZ * ((mel - log_start_mel) * FACTOR.ln() / MELS_PER_FACTOR).exp()
    }
}

/// Edges of the bands in hertz: evenly spaced in mel, two more than there are bands.
pub fn band_edges_hz(config: &MelConfig) -> Vec<f64> {
    let low = hz_to_mel(config.f_min_hz);
    let high = hz_to_mel(config.f_max_hz);
    let steps = (config.n_mels + 1) as f64;
    (0..config.n_mels + 2).map(|k| mel_to_hz(low + (high - low) * k as f64 / steps)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_and_its_inverse() {
        assert!((hz_to_mel(1000.0) - 15.0).abs() < 1e-12);
        assert!((hz_to_mel(6400.0) - 42.0).abs() < 1e-12);
        for hz in [0.0, 60.0, 999.9, 1000.0, 1234.5, 8000.0, 11_025.0] {
            assert!((mel_to_hz(hz_to_mel(hz)) - hz).abs() < 1e-9, "{hz}");
        }
    }
}
