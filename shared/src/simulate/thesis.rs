//! The power simulations of the thesis, and the same numbers without chance.
//!
//! Three conditions are liked with known probabilities; `prop.test` with its correction, one-sided, at 5 %.
//! Its *population* has 30 participants who rate 160 songs each, all alike: per condition it draws
//! `round(160 / 3)` answers of each participant and divides by 160 / 3. Fault or not, it is repeated here.

use crate::random::{Seed, Stream};
use crate::statistics::special::binomial_probability;
use crate::statistics::{Alternative, two_proportions_p_value};
use serde::Serialize;
use std::ops::Range;

/// The thesis's simulation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ThesisPower {
    /// Number of participants, who all answer alike.
    pub n_participants: u32,
    /// Songs that each rates, a third in each condition.
    pub n_rated: u32,
    /// How probably songs are liked: control, audio, multimodal.
    pub likes: [f64; 3],
    /// Level of the tests.
    pub alpha: f64,
}

/// The tests, as pairs of places in [`ThesisPower::likes`]: audio > control, multimodal > control,
/// multimodal > audio.
const TESTS: [(usize, usize); 3] = [(1, 0), (2, 0), (2, 1)];

impl ThesisPower {
    /// One participant who rates 600 songs.
    pub const ONE: Self =
        Self { n_participants: 1, n_rated: 600, likes: [0.6, 0.7, 0.8], alpha: 0.05 };

    /// 30 participants who rate 160 songs each.
    pub const POPULATION: Self = Self { n_participants: 30, n_rated: 160, ..Self::ONE };

    /// Answers that are drawn for each condition.
    fn n_drawn(self) -> u64 {
        let third = f64::from(self.n_rated) / 3.0;
        u64::from(self.n_participants) * third.round() as u64
    }

    /// What they are divided by.
    fn n_divided_by(self) -> f64 {
        f64::from(self.n_participants) * f64::from(self.n_rated) / 3.0
    }

    /// Whether the one-sided test of so many likes rejects.
    fn rejects(self, first: u64, second: u64) -> bool {
        let n = self.n_divided_by();
        // Rounding up may draw more answers than they are divided by.
        let x = [first, second].map(|x| (x as f64).min(n));
        two_proportions_p_value(x, [n; 2], Alternative::Greater, true)
            .is_some_and(|p| p < self.alpha)
    }

    /// How many of these replications reject, for audio > control, multimodal > control and
    /// multimodal > audio. Each replication has a stream of its own, so that they can be run in any order and
    /// added up.
    pub fn simulate(self, replications: Range<u64>, seed: Seed) -> [u64; 3] {
        let draws = self.likes.map(|p| Cumulative::new(self.n_drawn(), p));
        let mut rejected = [0; 3];
        for replication in replications {
            let mut stream = seed.stream(&format!("simulate/thesis/{replication}"));
            let likes = [0, 1, 2].map(|condition: usize| draws[condition].draw(&mut stream));
            for (rejected, (first, second)) in rejected.iter_mut().zip(TESTS) {
                *rejected += u64::from(self.rejects(likes[first], likes[second]));
            }
        }
        rejected
    }

    /// The same probabilities exactly: the sum over all pairs of counts, of which those that are rarer than
    /// 1e-14 are left out.
    pub fn exact(self) -> [f64; 3] {
        let n = self.n_drawn();
        let shares = self.likes.map(|p| {
            let all = (0..=n).map(|k| (k, binomial_probability(k, n, p)));
            all.filter(|(_, share)| *share > 1e-14).collect::<Vec<_>>()
        });
        TESTS.map(|(first, second)| {
            let of_first = |(x, share): &(u64, f64)| {
                let rejected = shares[second].iter().filter(|(y, _)| self.rejects(*x, *y));
                share * rejected.map(|(_, share)| share).sum::<f64>()
            };
            shares[first].iter().map(of_first).sum()
        })
    }
}

/// Draws of a binomial distribution by its distribution function.
struct Cumulative(Vec<f64>);

impl Cumulative {
    fn new(n: u64, p: f64) -> Self {
        let mut sum = 0.0;
        let add = |k| {
            sum += binomial_probability(k, n, p);
            sum
        };
        Self((0..=n).map(add).collect())
    }

    fn draw(&self, stream: &mut Stream) -> u64 {
        let unit = stream.unit();
        self.0.partition_point(|below| *below <= unit).min(self.0.len() - 1) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R 4.2, 10,000 replications: .645, .995, .713. Four standard deviations of a difference of two such
    /// shares are .027 at .645 and .004 at .995.
    #[test]
    fn one_participant_has_the_power_that_r_found() {
        let exact = ThesisPower::ONE.exact();
        let simulated = ThesisPower::ONE.simulate(0..10_000, Seed(1)).map(|n| n as f64 / 1e4);
        for (at, r) in [0.645, 0.995, 0.713].into_iter().enumerate() {
            let spread = (exact[at] * (1.0 - exact[at]) / 1e4).sqrt();
            // R's values are rounded to three digits.
            assert!((exact[at] - r).abs() < 4.0 * spread + 5e-4, "exact {exact:?}, R {r}");
            assert!((simulated[at] - exact[at]).abs() < 4.0 * spread, "{simulated:?} {exact:?}");
        }
    }

    #[test]
    fn the_population_has_all_the_power() {
        let exact = ThesisPower::POPULATION.exact();
        assert!(exact.iter().all(|power| *power > 0.9995 && *power <= 1.0 + 1e-9), "{exact:?}");
        let rejected = ThesisPower::POPULATION.simulate(0..2_000, Seed(1));
        assert!(rejected.iter().all(|n| *n >= 1_998), "{rejected:?}");
    }

    #[test]
    fn replications_can_be_run_in_any_order() {
        let all = ThesisPower::ONE.simulate(0..300, Seed(5));
        let parts = [200..300, 0..120, 120..200].map(|r| ThesisPower::ONE.simulate(r, Seed(5)));
        assert_eq!(all, [0, 1, 2].map(|test| parts.iter().map(|part| part[test]).sum::<u64>()));
        assert_ne!(all, ThesisPower::ONE.simulate(0..300, Seed(6)));
    }

    /// Without an effect the corrected test rejects less often than its level.
    #[test]
    fn without_an_effect_hardly_anything_is_found() {
        let null = ThesisPower { likes: [0.6; 3], ..ThesisPower::ONE };
        assert!(null.exact().iter().all(|share| (0.02..0.05).contains(share)));
    }
}
