//! Shares with a beta prior: posteriors, Bayes factors, and when to stop.

use super::bootstrap::Interval;
use super::matched::DiscordantPairs;
use super::proportion_test::{Alternative, Count};
use super::special::{beta_cdf, beta_quantile, ln_beta, logistic};
use serde::{Deserialize, Serialize};

/// A beta distribution of a share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Beta {
    /// Shape of yes: as prior, yes answers seen before, plus one.
    pub a: f64,
    /// Shape of no.
    pub b: f64,
}

impl Beta {
    /// Every share is as probable as any other.
    pub const UNIFORM: Self = Self { a: 1.0, b: 1.0 };

    /// What is known after these answers.
    pub fn after(self, count: Count) -> Self {
        Self { a: self.a + count.n_yes as f64, b: self.b + (count.n - count.n_yes) as f64 }
    }

    /// Expected share.
    pub fn mean(self) -> f64 {
        self.a / (self.a + self.b)
    }

    /// The interval that leaves out equally much on both sides.
    ///
    /// # Panics
    ///
    /// If `level` is not between 0 and 1.
    pub fn interval(self, level: f64) -> Interval {
        let tail = (1.0 - level) / 2.0;
        Interval {
            low: beta_quantile(tail, self.a, self.b),
            high: beta_quantile(1.0 - tail, self.a, self.b),
        }
    }

    /// The probability that this share is greater than another, independent one.
    ///
    /// The integral of one density times the other distribution function, over the logit of the share,
    /// where both fall off exponentially and the trapezoid rule is exact to 1e-12.
    pub fn probability_above(self, other: Self) -> f64 {
        let Self { a, b } = self;
        let spread = (1.0 / a + 1.0 / b).sqrt();
        let centre = (a / b).ln();
        let (low, high) = (centre - 12.0 * spread - 40.0 / a, centre + 12.0 * spread + 40.0 / b);
        let n_steps = ((high - low) / spread * 16.0).ceil();
        let step = (high - low) / n_steps;
        let norm = ln_beta(a, b);
        let term = |at: f64| {
            let (yes, no) = (logistic(at), logistic(-at));
            (a * yes.ln() + b * no.ln() - norm).exp() * beta_cdf(yes, other.a, other.b)
        };
        let n_steps = n_steps as usize;
        (0..=n_steps).map(|i| term(low + i as f64 * step)).sum::<f64>() * step
    }

    /// Mean of the likelihood of some yes and no in a given order, as a logarithm.
    fn ln_evidence(self, n_yes: f64, n_no: f64) -> f64 {
        ln_beta(self.a + n_yes, self.b + n_no) - ln_beta(self.a, self.b)
    }
}

/// How much more probable the answers are if two shares differ than if they are equal, as a natural
/// logarithm: above 0 they speak for a difference.
///
/// Both hypotheses give each share the same beta prior; with one-sided alternatives the first is the
/// greater (or lesser) one. Source: R. D. Gunel and J. Dickey, Biometrika 61 (1974), two independent
/// binomials.
pub fn ln_bayes_factor(counts: [Count; 2], prior: Beta, alternative: Alternative) -> f64 {
    let cells = counts.map(|count| (count.n_yes as f64, (count.n - count.n_yes) as f64));
    let [(yes_1, no_1), (yes_2, no_2)] = cells;
    let apart = prior.ln_evidence(yes_1, no_1) + prior.ln_evidence(yes_2, no_2);
    let together = prior.ln_evidence(yes_1 + yes_2, no_1 + no_2);
    let (first, second) = (prior.after(counts[0]), prior.after(counts[1]));
    // Half of the prior lies on either side.
    let side = match alternative {
        Alternative::TwoSided => 0.5,
        Alternative::Greater => first.probability_above(second),
        Alternative::Less => second.probability_above(first),
    };
    apart - together + (2.0 * side).ln()
}

/// The same for matched answers: whether discordant pairs go either way equally often. `prior` is that
/// of the share of pairs whose first is the yes.
pub fn ln_bayes_factor_matched(
    pairs: DiscordantPairs,
    prior: Beta,
    alternative: Alternative,
) -> f64 {
    let count = Count { n_yes: pairs.n_first_only, n: pairs.n() };
    let (yes, no) = (pairs.n_first_only as f64, pairs.n_second_only as f64);
    let two_sided = prior.ln_evidence(yes, no) + pairs.n() as f64 * std::f64::consts::LN_2;
    let below = |beta: Beta| beta_cdf(0.5, beta.a, beta.b);
    let above = |beta: Beta| beta_cdf(0.5, beta.b, beta.a);
    let posterior = prior.after(count);
    let one_sided = match alternative {
        Alternative::TwoSided => 1.0,
        Alternative::Greater => above(posterior) / above(prior),
        Alternative::Less => below(posterior) / below(prior),
    };
    two_sided + one_sided.ln()
}

/// When enough was asked: as soon as the answers are so many times more probable under one hypothesis
/// than under the other, or at a largest number.
///
/// Source: F. D. Schoenbrodt and others, "Sequential hypothesis testing with Bayes factors",
/// Psychological Methods 22 (2017).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SequentialRule {
    /// Bayes factor (or its inverse) at which to stop, above 1; 10 is called strong evidence.
    pub bound: f64,
    /// Answers before the first look.
    pub min_n: u64,
    /// Answers at which to stop in any case.
    pub max_n: u64,
}

/// Whether to go on asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SequentialDecision {
    /// Not enough was asked.
    GoOn,
    /// The answers speak for a difference.
    Difference,
    /// The answers speak for none.
    NoDifference,
    /// The largest number was asked and the answers do not say which.
    Undecided,
}

impl SequentialRule {
    /// What to do after `n` answers with this Bayes factor (natural logarithm).
    pub fn decide(self, ln_bayes_factor: f64, n: u64) -> SequentialDecision {
        let bound = self.bound.ln();
        if n < self.min_n {
            SequentialDecision::GoOn
        } else if ln_bayes_factor >= bound {
            SequentialDecision::Difference
        } else if ln_bayes_factor <= -bound {
            SequentialDecision::NoDifference
        } else if n >= self.max_n {
            SequentialDecision::Undecided
        } else {
            SequentialDecision::GoOn
        }
    }
}

impl Default for SequentialRule {
    fn default() -> Self {
        Self { bound: 10.0, min_n: 20, max_n: 2_000 }
    }
}
