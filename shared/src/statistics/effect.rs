//! How large a difference of two shares is, with an interval.

use super::bootstrap::Interval;
use super::proportion::wilson_interval_at;
use super::proportion_test::Count;
use super::special::normal_quantile;
use serde::{Deserialize, Serialize};

/// A number with an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its interval.
    pub interval: Interval,
}

/// The odds of yes in the first count over those in the second, with Woolf's interval (symmetric on the
/// logarithm).
///
/// Where some cell of the table is 0, one half is added to all four (Haldane, 1956; Anscombe, 1956), so that
/// the ratio and its interval stay finite. Source: B. Woolf, Annals of Human Genetics 19 (1955).
///
/// # Panics
///
/// If a count has nothing to count, or `level` is not between 0 and 1.
pub fn odds_ratio(first: Count, second: Count, level: f64) -> Estimate {
    check(first, second);
    let cells = [first, second].map(|count| [count.n_yes as f64, (count.n - count.n_yes) as f64]);
    let has_zero = cells.iter().flatten().any(|cell| *cell == 0.0);
    let [[a, b], [c, d]] = cells.map(|row| row.map(|cell| cell + if has_zero { 0.5 } else { 0.0 }));
    let log_ratio = (a * d / (b * c)).ln();
    let standard_error = (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d).sqrt();
    let half = normal_quantile((1.0 + level) / 2.0) * standard_error;
    let interval = Interval { low: (log_ratio - half).exp(), high: (log_ratio + half).exp() };
    Estimate { value: log_ratio.exp(), interval }
}

/// The first share less the second, with Newcombe's interval from the Wilson intervals of the two: it
/// never leaves -1 to 1 and holds for few answers too.
///
/// Source: R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890, method 10.
///
/// # Panics
///
/// If a count has nothing to count, or `level` is not between 0 and 1.
pub fn risk_difference(first: Count, second: Count, level: f64) -> Estimate {
    check(first, second);
    let [one, two] = [first, second].map(|count| (count.share(), wilson_interval_at(count, level)));
    let value = one.0 - two.0;
    let low = value - (one.0 - one.1.low).hypot(two.1.high - two.0);
    let high = value + (one.1.high - one.0).hypot(two.0 - two.1.low);
    Estimate { value, interval: Interval { low, high } }
}

fn check(first: Count, second: Count) {
    for count in [first, second] {
        assert!(count.n_yes <= count.n && count.n > 0, "comparing {count}");
    }
}
