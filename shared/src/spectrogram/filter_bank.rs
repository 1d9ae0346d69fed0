//! Slaney's mel filter bank: from Fourier bins to mel bands, by triangular filters, each scaled so that its area in hertz
//! is 1 (`norm="slaney"` in librosa).

use super::stft::Side;
use super::{MelConfig, band_edges_hz};
use pulp::{Arch, Simd, WithSimd};

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

    /// Mel powers of frames side by side from the powers of their bins.
    pub fn apply(&self, bins: &[Side], mels: &mut [Side]) {
        Arch::new().dispatch(Apply { bank: self, bins, mels });
    }
}

/// Applies a bank in registers as wide as the processor has them.
struct Apply<'a> {
    bank: &'a FilterBank,
    bins: &'a [Side],
    mels: &'a mut [Side],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { bank, bins, mels } = self;
        for (mel, band) in mels.iter_mut().zip(&bank.bands) {
            let weights = &bank.weights[band.from..band.from + band.n_bins];
            *mel = dot(weights, &bins[band.first_bin..band.first_bin + band.n_bins]);
        }
    }
}

/// Sums of products, one for each frame, in four running sums, so that no addition waits for the one before it.
#[inline(always)]
fn dot(weights: &[f32], bins: &[Side]) -> Side {
    let mut sums = [Side::default(); 4];
    let (weight_fours, weight_rest) = weights.as_chunks::<4>();
    let (bin_fours, bin_rest) = bins.as_chunks::<4>();
    for (weights, bins) in weight_fours.iter().zip(bin_fours) {
        for ((sum, weight), powers) in sums.iter_mut().zip(weights).zip(bins) {
            add_product(sum, *weight, powers);
        }
    }
    let mut rest = Side::default();
    for (weight, powers) in weight_rest.iter().zip(bin_rest) {
        add_product(&mut rest, *weight, powers);
    }
    std::array::from_fn(|k| (sums[0][k] + sums[2][k]) + (sums[1][k] + sums[3][k]) + rest[k])
}

#[inline(always)]
fn add_product(sums: &mut Side, weight: f32, powers: &Side) {
    for (sum, power) in sums.iter_mut().zip(powers) {
        *sum += weight * power;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let weights: Vec<f32> = (0..n).map(|k| k as f32).collect();
            let bins: Vec<Side> =
                (0..n).map(|k| std::array::from_fn(|frame| (k * frame) as f32)).collect();
            let squares: f32 = weights.iter().map(|k| k * k).sum();
            assert_eq!(dot(&weights, &bins), std::array::from_fn(|frame| squares * frame as f32));
        }
    }
}
