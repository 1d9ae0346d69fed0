//! Slaney's mel filter bank: from Fourier bins to mel bands.
//!
//! The mel scale of M. Slaney, *Auditory Toolbox*, Technical Report 1998-010, Interval Research,
//! 1998: linear below 1 kHz, logarithmic above. Triangular filters, each scaled so that its area in
//! hertz is 1 (`norm="slaney"` in librosa).

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

/// Triangular filters, of which only the bins that are not 0 are kept.
#[derive(Debug, Clone)]
pub struct FilterBank {
    bands: Vec<Band>,
    weights: Vec<f32>,
}

/// One filter: weights `weights[from..from + n_bins]` over the bins from `first_bin` on.
#[derive(Debug, Clone, Copy)]
struct Band {
    first_bin: usize,
    from: usize,
    n_bins: usize,
}

impl FilterBank {
    /// The filter bank of a configuration that [`MelConfig::check`] accepts.
    pub fn new(config: &MelConfig) -> Self {
        let edges = band_edges_hz(config);
        let hz_per_bin = f64::from(config.sample_rate_hz) / config.n_fft as f64;
        let mut bank = Self { bands: Vec::with_capacity(config.n_mels), weights: Vec::new() };
        for edge in edges.windows(3) {
            let (low, centre, high) = (edge[0], edge[1], edge[2]);
            let height = 2.0 / (high - low);
            let weight = |bin: usize| {
                let hz = bin as f64 * hz_per_bin;
                let rising = (hz - low) / (centre - low);
                let falling = (high - hz) / (high - centre);
                // librosa keeps the triangle in single precision before it scales it.
                let triangle = rising.min(falling).max(0.0) as f32;
                (f64::from(triangle) * height) as f32
            };
            let first_bin = (low / hz_per_bin).floor() as usize;
            let end_bin = ((high / hz_per_bin).ceil() as usize + 1).min(config.n_bins());
            let from = bank.weights.len();
            bank.weights.extend((first_bin..end_bin).map(weight));
            bank.bands.push(Band { first_bin, from, n_bins: end_bin - first_bin });
        }
        bank
    }

    /// Bins from 0 on that any filter uses; the rest need not be computed.
    pub fn n_bins_used(&self) -> usize {
        self.bands.iter().map(|band| band.first_bin + band.n_bins).max().unwrap_or(0)
    }

    /// Mel powers of one frame from the powers of its bins.
    pub fn apply(&self, bins: &[f32], mels: &mut [f32]) {
        for (mel, band) in mels.iter_mut().zip(&self.bands) {
            let weights = &self.weights[band.from..band.from + band.n_bins];
            let bins = &bins[band.first_bin..band.first_bin + band.n_bins];
            *mel = dot(weights, bins);
        }
    }
}

/// Edges of the bands in hertz: evenly spaced in mel, two more than there are bands.
pub fn band_edges_hz(config: &MelConfig) -> Vec<f64> {
    let low = hz_to_mel(config.f_min_hz);
    let high = hz_to_mel(config.f_max_hz);
    let steps = (config.n_mels + 1) as f64;
    (0..config.n_mels + 2).map(|k| mel_to_hz(low + (high - low) * k as f64 / steps)).collect()
}

/// Sum of products in four running sums, which a processor can add side by side.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 4];
    let (a_fours, a_rest) = a.as_chunks::<4>();
    let (b_fours, b_rest) = b.as_chunks::<4>();
    for (a, b) in a_fours.iter().zip(b_fours) {
        for k in 0..4 {
            sums[k] += a[k] * b[k];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    (sums[0] + sums[2]) + (sums[1] + sums[3]) + rest
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

    /// The area of each triangle in hertz is 1, but for the coarseness of the bins.
    #[test]
    fn filters_have_area_one() {
        let config = MelConfig { n_fft: 65_536, ..MelConfig::default() };
        let bank = FilterBank::new(&config);
        let hz_per_bin = 22_050.0 / 65_536.0;
        for band in &bank.bands {
            let sum: f32 = bank.weights[band.from..band.from + band.n_bins].iter().sum();
            assert!((sum * hz_per_bin - 1.0).abs() < 2e-3, "area {}", sum * hz_per_bin);
        }
    }

    #[test]
    fn kept_bins_are_enough() {
        let config = MelConfig::default();
        let bank = FilterBank::new(&config);
        assert!(bank.n_bins_used() < config.n_bins());
        let edges = band_edges_hz(&config);
        let hz_per_bin = 22_050.0 / 2048.0;
        for (index, band) in bank.bands.iter().enumerate() {
            assert!(band.first_bin as f64 * hz_per_bin <= edges[index]);
            assert!((band.first_bin + band.n_bins) as f64 * hz_per_bin >= edges[index + 2]);
        }
    }

    #[test]
    fn dot_is_the_sum_of_products() {
        for n in 0..13 {
            let a: Vec<f32> = (0..n).map(|k| k as f32).collect();
            let expected: f32 = a.iter().map(|k| k * k).sum();
            assert_eq!(dot(&a, &a), expected);
        }
    }
}
