//! Yes and no on matched occasions: McNemar's test for two conditions, Cochran's Q for more.
//!
//! The three songs that follow an anchor are matched: the same listener, the same anchor. These tests
//! look only at anchors whose songs were answered differently. They take the anchors to be independent of each
//! other, which the anchors of one listener are not quite.

use super::proportion_test::Alternative;
use super::special::{binomial_probability, chi_squared_sf, fair_binomial_cdf};
use serde::{Deserialize, Serialize};

/// Pairs whose two answers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct DiscordantPairs {
    /// The first is yes, the second no.
    pub n_first_only: u64,
    /// The second is yes, the first no.
    pub n_second_only: u64,
}

/// McNemar's test without approximation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct McNemarTest {
    /// The exact p-value, which keeps the level and is often far below it.
    pub p_exact: f64,
    /// The mid-p value, which counts the observed table half: nearer to the level, rarely above it.
    pub p_mid: f64,
}

impl DiscordantPairs {
    /// Counts pairs of a first and a second answer.
    pub fn of(pairs: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut discordant = Self::default();
        for (first, second) in pairs {
            discordant.n_first_only += u64::from(first && !second);
            discordant.n_second_only += u64::from(second && !first);
        }
        discordant
    }

    /// Number of discordant pairs.
    pub fn n(self) -> u64 {
        self.n_first_only + self.n_second_only
    }

    /// Whether first and second are yes equally often: given that a pair is discordant, each
    /// direction is then as probable. 1 where no pair is discordant.
    ///
    /// The two-sided p-values are twice the smaller one-sided ones, at most 1, as R's
    /// `binom.test(b, b + c)`. Mid-p: M. W. Fagerland, S. Lydersen and P. Laake, "The McNemar test for
    /// binary matched-pairs data", BMC Medical Research Methodology 13 (2013).
    pub fn mcnemar(self, alternative: Alternative) -> McNemarTest {
        if self.n() == 0 {
            return McNemarTest { p_exact: 1.0, p_mid: 1.0 };
        }
        let (first, second) = (self.n_first_only, self.n_second_only);
        let at = binomial_probability(first, self.n(), 0.5);
        // At most so many yes for the one is at least so many for the other.
        let at_most = |n_yes| fair_binomial_cdf(n_yes, self.n());
        let p_exact = match alternative {
            Alternative::Less => at_most(first),
            Alternative::Greater => at_most(second),
            Alternative::TwoSided => (2.0 * at_most(first.min(second))).min(1.0),
        };
        let p_mid = match alternative {
            Alternative::Less => at_most(first) - at / 2.0,
            Alternative::Greater => at_most(second) - at / 2.0,
            Alternative::TwoSided => 2.0 * at_most(first.min(second)) - at,
        };
        McNemarTest { p_exact, p_mid: p_mid.min(1.0) }
    }
}

/// Cochran's Q.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CochranTest {
    /// Q, chi-squared for many occasions.
    pub statistic: f64,
    /// One less than there are conditions.
    pub degrees_of_freedom: u32,
    /// Probability of a Q at least as large were all conditions alike.
    pub p_value: f64,
    /// How many occasions count: those whose answers are not all alike.
    pub n_informative: usize,
}

/// Cochran's Q: whether yes is equally frequent in `k` conditions, each occasion answered once in
/// each. `occasions` is a list of `k` answers each. `None` where every occasion's answers are alike.
///
/// Source: W. G. Cochran, "The comparison of percentages in matched samples", Biometrika 37 (1950).
///
/// # Panics
///
/// If there are fewer than two conditions, or an occasion has another number of answers.
pub fn cochran_q(n_conditions: usize, occasions: &[Vec<bool>]) -> Option<CochranTest> {
    assert!(n_conditions >= 2, "cochran_q of {n_conditions} conditions");
    let mut by_condition = vec![0.0; n_conditions];
    let (mut spread, mut n_informative) = (0.0, 0);
    for occasion in occasions {
        assert_eq!(occasion.len(), n_conditions, "cochran_q: one answer a condition");
        let n_yes = occasion.iter().filter(|yes| **yes).count();
        spread += (n_yes * (n_conditions - n_yes)) as f64;
        n_informative += usize::from(0 < n_yes && n_yes < n_conditions);
        for (total, yes) in by_condition.iter_mut().zip(occasion) {
            *total += f64::from(u8::from(*yes));
        }
    }
    if n_informative == 0 {
        return None;
    }
    let k = n_conditions as f64;
    let mean = by_condition.iter().sum::<f64>() / k;
    let between: f64 = by_condition.iter().map(|total| (total - mean).powi(2)).sum();
    let statistic = k * (k - 1.0) * between / spread;
    let degrees_of_freedom = n_conditions as u32 - 1;
    let p_value = chi_squared_sf(statistic, degrees_of_freedom);
    Some(CochranTest { statistic, degrees_of_freedom, p_value, n_informative })
}
