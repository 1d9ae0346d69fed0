//! Are shares equal? The chi-squared test of two or more proportions, as R's `prop.test`.
//!
//! It takes every answer to be independent of every other. Answers of the same person, or to the same
//! song, are not; then [`super::glmm`] is the test to report.

use super::special::{chi_squared_sf, normal_cdf, normal_quantile, normal_sf};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// So many of so many. As text: `149/239`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// How many were counted.
    pub n_yes: u64,
    /// Of how many.
    pub n: u64,
}

impl Count {
    /// The share, from 0 to 1; not a number where there is nothing.
    pub fn share(self) -> f64 {
        self.n_yes as f64 / self.n as f64
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.n_yes, self.n)
    }
}

impl FromStr for Count {
    type Err = CountError;

    fn from_str(text: &str) -> Result<Self, CountError> {
        let error = |expected| CountError { text: text.to_owned(), expected };
        let (n_yes, n) =
            text.split_once('/').ok_or_else(|| error("two whole numbers, as in 149/239"))?;
        let number = |part: &str| part.trim().parse::<u64>().ok();
        let (n_yes, n) = number(n_yes)
            .zip(number(n))
            .ok_or_else(|| error("two whole numbers, as in 149/239"))?;
        if n == 0 {
            return Err(error("at least one answer after the stroke"));
        }
        if n_yes > n {
            return Err(error("at most as many before the stroke as after it"));
        }
        Ok(Self { n_yes, n })
    }
}

/// A count that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}': expected {expected}")]
pub struct CountError {
    /// What was given.
    pub text: String,
    /// What it takes.
    pub expected: &'static str,
}

/// What is held to be true if not equality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Alternative {
    /// They differ.
    #[default]
    TwoSided,
    /// The first is less.
    Less,
    /// The first is greater.
    Greater,
}

impl Alternative {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::TwoSided, Self::Less, Self::Greater];

    /// The name used in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::TwoSided => "two-sided",
            Self::Less => "less",
            Self::Greater => "greater",
        }
    }
}

impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Alternative {
    type Err = AlternativeError;

    fn from_str(text: &str) -> Result<Self, AlternativeError> {
        let found = Self::ALL.into_iter().find(|alternative| alternative.name() == text);
        found.ok_or_else(|| AlternativeError { text: text.to_owned() })
    }
}

/// An alternative that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}': expected two-sided, less or greater")]
pub struct AlternativeError {
    /// What was given.
    pub text: String,
}

/// How proportions are tested.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ProportionTestOptions {
    /// What is held to be true if not equality. As in R, more than two are always tested two-sided.
    pub alternative: Alternative,
    /// Whether two proportions are corrected for continuity; more than two never are.
    pub is_corrected: bool,
    /// Coverage of the interval, between 0 and 1.
    pub level: f64,
}

impl Default for ProportionTestOptions {
    fn default() -> Self {
        Self { alternative: Alternative::TwoSided, is_corrected: true, level: 0.95 }
    }
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProportionTest {
    /// Chi-squared.
    pub statistic: f64,
    /// Its degrees of freedom: one less than there are proportions.
    pub degrees_of_freedom: u32,
    /// Probability of a statistic at least as extreme were all proportions equal.
    pub p_value: f64,
    /// Lower end of the interval of the first less the second proportion; none for more than two.
    pub conf_low: Option<f64>,
    /// Its upper end.
    pub conf_high: Option<f64>,
    /// The proportions.
    pub estimates: Vec<f64>,
    /// What was tested against.
    pub alternative: Alternative,
    /// By how much each difference between count and expectation was corrected: one half at most.
    pub correction: f64,
    /// Whether some expected count is below 5, so that chi-squared is a rough approximation.
    pub is_approximate: bool,
}

/// Tests whether two or more proportions are equal, as R's `prop.test`.
///
/// The correction for continuity is one half, or less where the two shares are so near that it would
/// turn their difference: `min(0.5, |p1 - p2| / (1/n1 + 1/n2))`. The interval is Wald's with the
/// correction added, cut off at -1 and 1.
///
/// Source: R 4.2, `stats::prop.test`; R. G. Newcombe, Statistics in Medicine 17 (1998), method 2.
///
/// # Errors
///
/// With fewer than two counts, and where all answers are alike (R gives `NaN` then).
///
/// # Panics
///
/// If a count has nothing to count, more than there are, or `level` is not between 0 and 1.
pub fn proportion_test(
    counts: &[Count],
    options: ProportionTestOptions,
) -> Result<ProportionTest, ProportionTestError> {
    let ProportionTestOptions { alternative, is_corrected, level } = options;
    assert!(0.0 < level && level < 1.0, "proportion_test: level {level} is not in 0 to 1");
    for count in counts {
        assert!(count.n_yes <= count.n && count.n > 0, "proportion_test: {count}");
    }
    let x: Vec<f64> = counts.iter().map(|count| count.n_yes as f64).collect();
    let n: Vec<f64> = counts.iter().map(|count| count.n as f64).collect();
    if let ([x1, x2], [n1, n2]) = (&x[..], &n[..]) {
        let two = TwoProportions { x: [*x1, *x2], n: [*n1, *n2] };
        return two.test(alternative, is_corrected, level);
    }
    if counts.len() < 2 {
        return Err(ProportionTestError::TooFew { n: counts.len() });
    }
    let (statistic, is_approximate) = chi_squared(&x, &n, 0.0)?;
    let degrees_of_freedom = counts.len() as u32 - 1;
    Ok(ProportionTest {
        statistic,
        degrees_of_freedom,
        p_value: chi_squared_sf(statistic, degrees_of_freedom),
        conf_low: None,
        conf_high: None,
        estimates: counts.iter().map(|count| count.share()).collect(),
        alternative: Alternative::TwoSided,
        correction: 0.0,
        is_approximate,
    })
}

/// The p-value of [`proportion_test`] alone, for two counts that need not be whole (the simulation of the
/// thesis divides by 160 / 3): `x` of `n`. `None` where all answers are alike.
pub fn two_proportions_p_value(
    x: [f64; 2],
    n: [f64; 2],
    alternative: Alternative,
    is_corrected: bool,
) -> Option<f64> {
    let two = TwoProportions { x, n };
    let (statistic, _) = chi_squared(&x, &n, two.correction(is_corrected)).ok()?;
    Some(two.p_value_of(statistic, alternative))
}

/// `x` of `n`, twice.
#[derive(Clone, Copy)]
struct TwoProportions {
    x: [f64; 2],
    n: [f64; 2],
}

impl TwoProportions {
    fn difference(self) -> f64 {
        self.x[0] / self.n[0] - self.x[1] / self.n[1]
    }

    fn correction(self, is_corrected: bool) -> f64 {
        let largest = if is_corrected { 0.5 } else { 0.0 };
        let turning = self.difference().abs() / (1.0 / self.n[0] + 1.0 / self.n[1]);
        turning.min(largest)
    }

    fn p_value_of(self, statistic: f64, alternative: Alternative) -> f64 {
        let difference = self.difference();
        let sign = if difference == 0.0 { 0.0 } else { difference.signum() };
        let z = sign * statistic.sqrt();
        match alternative {
            Alternative::TwoSided => chi_squared_sf(statistic, 1),
            Alternative::Less => normal_cdf(z),
            Alternative::Greater => normal_sf(z),
        }
    }

    fn test(
        self,
        alternative: Alternative,
        is_corrected: bool,
        level: f64,
    ) -> Result<ProportionTest, ProportionTestError> {
        let correction = self.correction(is_corrected);
        let (statistic, is_approximate) = chi_squared(&self.x, &self.n, correction)?;
        let shares = [self.x[0] / self.n[0], self.x[1] / self.n[1]];
        let variance: f64 = (0..2).map(|i| shares[i] * (1.0 - shares[i]) / self.n[i]).sum();
        let tail = if alternative == Alternative::TwoSided { (1.0 + level) / 2.0 } else { level };
        let by_n = 1.0 / self.n[0] + 1.0 / self.n[1];
        let width = normal_quantile(tail) * variance.sqrt() + correction * by_n;
        let low = (self.difference() - width).max(-1.0);
        let high = (self.difference() + width).min(1.0);
        Ok(ProportionTest {
            statistic,
            degrees_of_freedom: 1,
            p_value: self.p_value_of(statistic, alternative),
            conf_low: Some(if alternative == Alternative::Less { -1.0 } else { low }),
            conf_high: Some(if alternative == Alternative::Greater { 1.0 } else { high }),
            estimates: shares.to_vec(),
            alternative,
            correction,
            is_approximate,
        })
    }
}

/// Chi-squared of the table of yes and no, and whether some expected count is below 5.
fn chi_squared(x: &[f64], n: &[f64], correction: f64) -> Result<(f64, bool), ProportionTestError> {
    let pooled = x.iter().sum::<f64>() / n.iter().sum::<f64>();
    if pooled <= 0.0 || pooled >= 1.0 {
        return Err(ProportionTestError::AllAlike { all_yes: pooled >= 1.0 });
    }
    let (mut statistic, mut is_approximate) = (0.0, false);
    for (x, n) in x.iter().zip(n) {
        for (observed, expected) in [(*x, n * pooled), (n - x, n * (1.0 - pooled))] {
            statistic += ((observed - expected).abs() - correction).powi(2) / expected;
            is_approximate |= expected < 5.0;
        }
    }
    Ok((statistic, is_approximate))
}

/// Why proportions can't be tested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProportionTestError {
    /// Nothing to compare.
    #[error("a test of proportions needs at least two counts, got {n}")]
    TooFew {
        /// How many there are.
        n: usize,
    },
    /// Every answer is yes, or every answer is no.
    #[error(
        "every answer is {}: without any difference there is nothing to test",
        if *all_yes { "yes" } else { "no" }
    )]
    AllAlike {
        /// Whether they are all yes.
        all_yes: bool,
    },
}
