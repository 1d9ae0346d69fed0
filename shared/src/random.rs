//! Seeds and named, portable random streams.
//!
//! One [`Seed`] makes a whole run repeatable; each use draws from a stream of its own name, so that
//! a new use does not disturb the numbers of an older one. The generator is ChaCha with 8 rounds
//! (Bernstein, "ChaCha, a variant of Salsa20", 2008); the sampling methods are written here because
//! those of the `rand` crate may change their values between versions.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The seed of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub u64);

impl Seed {
    /// The random stream of that name: the same name under the same seed gives the same numbers on
    /// every platform.
    pub fn stream(self, name: &str) -> Stream {
        let mut hash = Sha256::new();
        hash.update(self.0.to_le_bytes());
        hash.update(name.as_bytes());
        Stream { rng: ChaCha8Rng::from_seed(hash.finalize().into()) }
    }
}

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub struct Stream {
    rng: ChaCha8Rng,
}

impl Stream {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// A whole number in `0..n`, each equally likely (rejection of the uneven rest).
    ///
    /// # Panics
    ///
    /// If `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "below(0): there is no number to draw from");
        let n = n as u64;
        let even = u64::MAX - (u64::MAX % n + 1) % n;
        loop {
            let bits = self.bits();
            if bits <= even {
                return (bits % n) as usize;
            }
        }
    }

    /// A number in `[0, 1)` with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number in `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A draw from the normal distribution (Box and Muller, 1958; the second value is not kept).
    pub fn normal(&mut self, mean: f64, standard_deviation: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        mean + standard_deviation * radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// `true` with that probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of the items, each equally likely.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// An index drawn in proportion to the weights.
    ///
    /// # Panics
    ///
    /// If the weights do not add up to a positive number.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().sum();
        assert!(total > 0.0, "weighted: the weights add up to {total}, not to a positive number");
        let mut rest = self.unit() * total;
        for (index, weight) in weights.iter().enumerate() {
            rest -= weight;
            if rest < 0.0 {
                return index;
            }
        }
        weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0)
    }

    /// Puts the items in random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ_by_name() {
        let draw = |name| Seed(7).stream(name).bits();
        assert_eq!(draw("split"), draw("split"));
        assert_ne!(draw("split"), draw("shuffle"));
        assert_ne!(Seed(8).stream("split").bits(), draw("split"));
    }

    /// The values are part of every published split: they may never change.
    #[test]
    fn values_are_fixed() {
        let mut stream = Seed(42).stream("golden");
        let drawn: Vec<usize> = (0..8).map(|_| stream.below(1000)).collect();
        assert_eq!(drawn, GOLDEN);
    }
    const GOLDEN: [usize; 8] = [612, 468, 136, 574, 916, 787, 848, 598];

    #[test]
    fn below_is_even() {
        let mut stream = Seed(1).stream("even");
        let mut counts = [0usize; 7];
        for _ in 0..70_000 {
            counts[stream.below(7)] += 1;
        }
        // Chi-squared with 6 degrees of freedom: 22.46 is the 0.1 % point.
        let chi2: f64 = counts.iter().map(|c| (*c as f64 - 1e4).powi(2) / 1e4).sum();
        assert!(chi2 < 22.46, "{counts:?}: chi2 {chi2}");
    }

    #[test]
    fn normal_has_its_moments() {
        let mut stream = Seed(1).stream("normal");
        let draws: Vec<f64> = (0..50_000).map(|_| stream.normal(3.0, 2.0)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance =
            draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (draws.len() - 1) as f64;
        assert!((mean - 3.0).abs() < 0.04, "mean {mean}");
        assert!((variance - 4.0).abs() < 0.12, "variance {variance}");
    }

    #[test]
    fn shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..100).collect();
        Seed(3).stream("shuffle").shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
