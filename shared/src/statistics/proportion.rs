//! How sure a share is that was counted.

use super::bootstrap::Interval;
use super::proportion_test::Count;
use super::special::normal_quantile;

/// The 97.5 % point of the normal distribution.
const Z_95: f64 = 1.959_963_984_540_054;

/// The 95 % interval of `n_yes` of `n` by Wilson's score, without correction for continuity: it
/// stays within 0 and 1 and holds for few answers too. 0 to 1 where nothing was counted.
///
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
/// Journal of the American Statistical Association 22 (1927).
///
/// # Panics
///
/// If more were counted than there are.
pub fn wilson_interval(n_yes: u32, n: u32) -> Interval {
    assert!(n_yes <= n, "{n_yes} of {n}");
    if n == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    wilson(f64::from(n_yes), f64::from(n), Z_95)
}

/// The same interval with a coverage of one's choice.
///
/// # Panics
///
/// If the count has more than there are, or `level` is not between 0 and 1.
pub fn wilson_interval_at(count: Count, level: f64) -> Interval {
    assert!(count.n_yes <= count.n, "{count}");
    if count.n == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    wilson(count.n_yes as f64, count.n as f64, normal_quantile((1.0 + level) / 2.0))
}

fn wilson(n_yes: f64, n: f64, z: f64) -> Interval {
    let share = n_yes / n;
    let z2_by_n = z * z / n;
    let centre = share + z2_by_n / 2.0;
    let half = z * (share * (1.0 - share) / n + z2_by_n / (4.0 * n)).sqrt();
    // Rounding must lead neither past the share itself nor out of what a share can be.
    Interval {
        low: ((centre - half) / (1.0 + z2_by_n)).clamp(0.0, share),
        high: ((centre + half) / (1.0 + z2_by_n)).clamp(share, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    #[test]
    fn the_published_intervals_come_out() {
        for (n_yes, n, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let interval = wilson_interval(n_yes, n);
            assert!((interval.low - low).abs() < 5e-5, "{n_yes} of {n}: {interval:?}");
            assert!((interval.high - high).abs() < 5e-5, "{n_yes} of {n}: {interval:?}");
        }
    }

    #[test]
    fn it_mirrors_and_stays_within_what_a_share_can_be() {
        assert_eq!(wilson_interval(0, 0), Interval { low: 0.0, high: 1.0 });
        for n in 1..60 {
            for n_yes in 0..=n {
                let (yes, no) = (wilson_interval(n_yes, n), wilson_interval(n - n_yes, n));
                let share = f64::from(n_yes) / f64::from(n);
                assert!((yes.low + no.high - 1.0).abs() < 1e-12, "{n_yes} of {n}");
                assert!(0.0 <= yes.low && yes.low <= share && share <= yes.high && yes.high <= 1.0);
            }
        }
    }
}
