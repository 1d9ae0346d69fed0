//! Which numbers dropout makes 0.

use super::philox::{RUN, bits};
use burn::tensor::{Device, Distribution, Tensor};

/// Which numbers are dropped, and by what the others are multiplied.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dropped {
    key: [u32; 2],
    /// Where random bits are below it, a number is kept.
    below: u32,
    scale: f32,
}

impl Dropped {
    /// Each with this probability, others every time: the generator that burn's seed is for gives the key.
    pub(super) fn draw(probability: f64) -> Self {
        let kept = 1.0 - probability;
        let sixteen_bits = Distribution::Uniform(0.0, f64::from(1 << 16));
        let drawn = Tensor::<1>::random([4], sixteen_bits, &Device::flex()).into_data();
        let drawn = drawn.as_slice::<f32>().expect("four numbers");
        let word = |at: usize| ((drawn[at] as u32) << 16) | drawn[at + 1] as u32;
        let below = (kept * f64::from(u32::MAX)).round() as u32;
        Self { key: [word(0), word(2)], below, scale: (1.0 / kept) as f32 }
    }

    /// By what the numbers of a run are multiplied.
    #[inline(always)]
    fn factors(self, run: u64) -> [f32; RUN] {
        bits(self.key, run).map(|bits| if bits < self.below { self.scale } else { 0.0 })
    }

    /// Multiplies numbers of which the first begins a run.
    #[inline(always)]
    pub(super) fn apply(self, values: &mut [f32], first_run: u64) {
        for (run, values) in (first_run..).zip(values.chunks_mut(RUN)) {
            let factors = self.factors(run);
            values.iter_mut().zip(&factors).for_each(|(value, factor)| *value *= factor);
        }
    }

    /// In how many runs so many numbers lie.
    pub(super) fn n_runs(n: usize) -> u64 {
        n.div_ceil(RUN) as u64
    }
}
