//! Half the sample rate, by a half-band filter.

use pulp::{Arch, Simd, WithSimd};
use std::f64::consts::PI;

/// Taps on each side of the middle one that are not 0. Sound passes up to 91 % of what half the rate can hold, which is what librosa's
/// resampler (soxr's HQ) lets pass; what would be folded back to below that is reduced by 85 dB and more.
const N_PAIRS: usize = 32;

/// Shape of the Kaiser window: 90 dB between what passes and what is left of the rest.
const KAISER_BETA: f64 = 8.96;

/// Samples of the output that are computed side by side.
const TILE: usize = 32;

/// Samples of the output for which those of the input are laid out at once.
const BLOCK: usize = 64 * TILE;

/// Halves the sample rate of sound.
///
/// By a half-band filter: a sinc in a Kaiser window (Crochiere and Rabiner, *Multirate Digital Signal Processing*, 1983) whose
/// every second tap is 0, so that a sample of the output is half the even sample in its place and a sum over the odd ones around it.
pub(super) struct Halver {
    /// Taps to both sides, from the middle outwards.
    taps: [f32; N_PAIRS],
    /// The odd samples of a block, with those before and after that the filter reaches.
    odd: Vec<f32>,
}

impl Halver {
    pub(super) fn new() -> Self {
        Self { taps: taps(), odd: vec![0.0; BLOCK + 2 * N_PAIRS] }
    }

    /// The sound at half the rate: ceil(n / 2) samples, silence before and after it.
    pub(super) fn convert(&mut self, samples: &[f32]) -> Vec<f32> {
        let (pairs, _) = samples.as_chunks::<2>();
        let mut converted = Vec::with_capacity(samples.len().div_ceil(2));
        let arch = Arch::new();
        for (index, block) in samples.chunks(2 * BLOCK).enumerate() {
            let start = converted.len();
            let (block_pairs, last) = block.as_chunks::<2>();
            converted.extend(block_pairs.iter().map(|[even, _]| *even));
            converted.extend(last);
            lay_out(pairs, index * BLOCK, &mut self.odd);
            arch.dispatch(Filter {
                taps: &self.taps,
                odd: &self.odd,
                samples: &mut converted[start..],
            });
        }
        converted
    }
}

/// Lays out the odd samples from [`N_PAIRS`] before a place on.
fn lay_out(pairs: &[[f32; 2]], place: usize, odd: &mut [f32]) {
    let n_silent = N_PAIRS.saturating_sub(place);
    let (silence, sound) = odd.split_at_mut(n_silent);
    let known = &pairs[(place + n_silent - N_PAIRS).min(pairs.len())..];
    let n_known = known.len().min(sound.len());
    silence.fill(0.0);
    sound[n_known..].fill(0.0);
    for (odd, pair) in sound.iter_mut().zip(known) {
        *odd = pair[1];
    }
}

/// Turns the even samples of a block into the output, in place.
struct Filter<'a> {
    taps: &'a [f32; N_PAIRS],
    odd: &'a [f32],
    samples: &'a mut [f32],
}

impl WithSimd for Filter<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { taps, odd, samples } = self;
        for (tile, samples) in samples.chunks_mut(TILE).enumerate() {
            let odd = &odd[tile * TILE..][..TILE + 2 * N_PAIRS - 1];
            let mut sums = [0.0; TILE];
            for (index, tap) in taps.iter().enumerate() {
                let before = &odd[N_PAIRS - 1 - index..][..TILE];
                let after = &odd[N_PAIRS + index..][..TILE];
                for (sum, (before, after)) in sums.iter_mut().zip(before.iter().zip(after)) {
                    *sum += tap * (before + after);
                }
            }
            for (sample, sum) in samples.iter_mut().zip(sums) {
                *sample = 0.5 * *sample + sum;
            }
        }
    }
}

/// The filter's taps that are not 0, from the middle outwards, scaled so that a constant stays what it is.
fn taps() -> [f32; N_PAIRS] {
    let tap = |index: usize| {
        let place = (2 * index + 1) as f64;
        let sinc = (PI * place / 2.0).sin() / (PI * place);
        let from_middle = place / (2 * N_PAIRS) as f64;
        sinc * bessel_i0(KAISER_BETA * (1.0 - from_middle * from_middle).sqrt())
    };
    let taps: [f64; N_PAIRS] = std::array::from_fn(tap);
    let scale = 0.25 / taps.iter().sum::<f64>();
    taps.map(|tap| (tap * scale) as f32)
}

/// The modified Bessel function of order 0, by its series.
fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * f64::EPSILON {
        term *= (x / (2.0 * k)).powi(2);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bessel_as_abramowitz_and_stegun_print_it() {
        // Table 9.8 (there times exp(-x)), and table 9.11.
        for (x, expected) in [(0.0, 1.0), (1.0, 1.266_065_878), (5.0, 27.239_871_82)] {
            assert!((bessel_i0(x) / expected - 1.0).abs() < 1e-9, "{x}");
        }
    }

    /// Each sample by the definition: the whole filter over the whole sound.
    #[test]
    fn as_the_definition() {
        let mut stream = crate::random::Seed(3).stream("noise");
        for n_samples in [0, 1, 2, 63, 64, 4095, 4096, 4097, 4159, 9000] {
            let samples: Vec<f32> =
                (0..n_samples).map(|_| stream.between(-1.0, 1.0) as f32).collect();
            let taps = taps().map(f64::from);
            let at = |place: isize| {
                usize::try_from(place)
                    .ok()
                    .and_then(|place| samples.get(place))
                    .map_or(0.0, |s| f64::from(*s))
            };
            let converted = Halver::new().convert(&samples);
            assert_eq!(converted.len(), samples.len().div_ceil(2));
            for (place, sample) in (0..).step_by(2).zip(&converted) {
                let sum: f64 = (1..)
                    .step_by(2)
                    .zip(taps)
                    .map(|(step, tap)| tap * (at(place - step) + at(place + step)))
                    .sum();
                let expected = 0.5 * at(place) + sum;
                assert!(
                    (f64::from(*sample) - expected).abs() < 1e-6,
                    "sample {place} of {n_samples}"
                );
            }
        }
    }

    /// What passes and what does not, of tones against the rate of 44.1 kHz.
    #[test]
    fn the_filter_passes_the_lower_half() {
        let taps = taps().map(f64::from);
        let gain = |hz: f64| {
            let turn = 2.0 * PI * hz / 44_100.0;
            0.5 + 2.0
                * (1..)
                    .step_by(2)
                    .zip(taps)
                    .map(|(place, tap)| tap * (turn * f64::from(place)).cos())
                    .sum::<f64>()
        };
        for tens in 0..=2205 {
            let hz = f64::from(tens) * 10.0;
            match hz {
                ..=10_030.0 => assert!((gain(hz) - 1.0).abs() < 5e-5, "{} at {hz} Hz", gain(hz)),
                12_020.0.. => assert!(gain(hz).abs() < 5e-5, "{} at {hz} Hz", gain(hz)),
                _ => {}
            }
        }
    }
}
