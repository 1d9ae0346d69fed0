//! Distribution functions that the tests need, to about 1e-13 of their value.
//!
//! Tails are computed as tails and never as one minus the rest, so that small p-values keep their
//! digits.

use std::f64::consts::{PI, SQRT_2, TAU};

/// Probability that a standard normal value lies below `z`.
pub fn normal_cdf(z: f64) -> f64 {
    libm::erfc(-z / SQRT_2) / 2.0
}

/// Probability that a standard normal value lies above `z`.
pub fn normal_sf(z: f64) -> f64 {
    normal_cdf(-z)
}

/// Density of the standard normal distribution.
pub fn normal_density(z: f64) -> f64 {
    (-z * z / 2.0).exp() / TAU.sqrt()
}

/// The value below which a standard normal value lies with that probability.
///
/// A rational start (Abramowitz and Stegun, 26.2.23, within 4.5e-4), then three steps of Halley's
/// method on the distribution function itself, each of which triples the number of right digits.
///
/// # Panics
///
/// If `probability` is not between 0 and 1.
pub fn normal_quantile(probability: f64) -> f64 {
    assert!(0.0 < probability && probability < 1.0, "normal_quantile of {probability}");
    let tail = probability.min(1.0 - probability);
    let t = (-2.0 * tail.ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let mut z = t - above / below;
    for _ in 0..3 {
        // The upper tail, so that nothing cancels.
        let error = (normal_sf(z) - tail) / normal_density(z);
        z += error / (1.0 - z * error / 2.0);
    }
    if probability < 0.5 { -z } else { z }
}

/// Probability that a chi-squared value of `degrees_of_freedom` lies above `value`; 1 for a value
/// that is not positive.
///
/// The upper incomplete gamma function of a whole or half order, by its recurrence from `erfc` or
/// `exp` (DLMF 8.8.2): a sum of positive terms only.
///
/// # Panics
///
/// Without a degree of freedom.
pub fn chi_squared_sf(value: f64, degrees_of_freedom: u32) -> f64 {
    assert!(degrees_of_freedom > 0, "chi_squared_sf without a degree of freedom");
    if value <= 0.0 {
        return 1.0;
    }
    let x = value / 2.0;
    let is_odd = degrees_of_freedom % 2 == 1;
    let mut order = if is_odd { 0.5 } else { 1.0 };
    let mut tail = if is_odd { libm::erfc(x.sqrt()) } else { (-x).exp() };
    // x^order exp(-x) / gamma(order + 1)
    let mut term = if is_odd { 2.0 * (x / PI).sqrt() * (-x).exp() } else { x * (-x).exp() };
    while order * 2.0 < f64::from(degrees_of_freedom) {
        tail += term;
        order += 1.0;
        term *= x / order;
    }
    tail.min(1.0)
}

/// Logarithm of the gamma function at a positive number.
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// Logarithm of the beta function at positive numbers.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// Probability of `k` of `n` where each happens with probability `p`.
///
/// By the saddle point of C. Loader, "Fast and accurate computation of binomial probabilities" (2000),
/// as R's `dbinom`: no large logarithms cancel.
///
/// # Panics
///
/// If `k` is above `n`, or `p` not in 0 to 1.
pub fn binomial_probability(k: u64, n: u64, p: f64) -> f64 {
    assert!(k <= n && (0.0..=1.0).contains(&p), "binomial probability of {k} of {n} at {p}");
    let q = 1.0 - p;
    if p == 0.0 || q == 0.0 {
        let certain = if p == 0.0 { 0 } else { n };
        return if k == certain { 1.0 } else { 0.0 };
    }
    let (kf, nf) = (k as f64, n as f64);
    if k == 0 {
        return (nf * (-p).ln_1p()).exp();
    }
    if k == n {
        return (nf * p.ln()).exp();
    }
    let exponent = stirling_error(n)
        - stirling_error(k)
        - stirling_error(n - k)
        - deviance_part(kf, nf * p)
        - deviance_part(nf - kf, nf * q);
    exponent.exp() * (nf / (TAU * kf * (nf - kf))).sqrt()
}

/// Probability of at most `k` of `n` where each happens with probability one half.
pub fn fair_binomial_cdf(k: u64, n: u64) -> f64 {
    if 2 * k >= n {
        return if k >= n { 1.0 } else { 1.0 - fair_binomial_cdf(n - k - 1, n) };
    }
    // From the largest term downwards: each is the one before times j / (n - j + 1).
    let mut term = binomial_probability(k, n, 0.5);
    let mut sum = 0.0;
    for j in (0..=k).rev() {
        sum += term;
        term *= j as f64 / (n - j + 1) as f64;
        if term < sum * 1e-18 {
            break;
        }
    }
    sum
}

/// ln(n!) less Stirling's formula.
fn stirling_error(n: u64) -> f64 {
    let x = n as f64;
    if n <= 15 {
        let factorial: f64 = (2..=n).map(|i| i as f64).product();
        return factorial.ln() - (x + 0.5) * x.ln() + x - TAU.ln() / 2.0;
    }
    let x2 = x * x;
    let inner = 1.0 / 1260.0 - (1.0 / 1680.0 - (1.0 / 1188.0 - 691.0 / 360_360.0 / x2) / x2) / x2;
    (1.0 / 12.0 - (1.0 / 360.0 - inner / x2) / x2) / x
}

/// `x ln(x / m) + m - x`, without cancelling where `x` is near `m`.
fn deviance_part(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() + m - x;
    }
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut power = 2.0 * x * v;
    for j in 1..1000 {
        power *= v * v;
        let next = sum + power / f64::from(2 * j + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// Probability that a beta value of shapes `a` and `b` lies below `x`: the regularised incomplete beta
/// function, by its continued fraction (DLMF 8.17.22, evaluated by Lentz's method).
///
/// # Panics
///
/// If a shape is not positive.
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    assert!(a > 0.0 && b > 0.0, "beta distribution of shapes {a} and {b}");
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    // The fraction converges quickly on the side of the mean.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_cdf(1.0 - x, b, a);
    }
    let front = (a * x.ln() + b * (-x).ln_1p() - ln_beta(a, b)).exp() / a;
    front * beta_fraction(x, a, b)
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let away_from_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..10_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for coefficient in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + coefficient * d);
            c = away_from_zero(1.0 + coefficient / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

/// The value below which a beta value of shapes `a` and `b` lies with that probability, by
/// bisection.
///
/// # Panics
///
/// If a shape is not positive, or the probability not in 0 to 1.
pub fn beta_quantile(probability: f64, a: f64, b: f64) -> f64 {
    assert!((0.0..=1.0).contains(&probability), "beta_quantile of {probability}");
    let (mut low, mut high) = (0.0, 1.0);
    // On to the last bit.
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high || high - low < 1e-15 * middle {
            return middle;
        }
        if beta_cdf(middle, a, b) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// `ln(1 + exp(x))`, without overflow.
pub fn ln_1p_exp(x: f64) -> f64 {
    if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}

/// The probability whose logit is `x`.
pub fn logistic(x: f64) -> f64 {
    if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
}

/// The logit of a probability.
pub fn logit(probability: f64) -> f64 {
    probability.ln() - (-probability).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::f64::consts::LN_2;

    /// Made by `tests/golden/statistics/generate.R`: arguments and the value that R gives.
    #[derive(Deserialize)]
    struct Golden {
        pnorm: Vec<[f64; 2]>,
        qnorm: Vec<[f64; 2]>,
        pchisq: Vec<[f64; 3]>,
        dbinom: Vec<[f64; 4]>,
        pbinom_half: Vec<[f64; 3]>,
        pbeta: Vec<[f64; 4]>,
        qbeta: Vec<[f64; 4]>,
        lbeta: Vec<[f64; 3]>,
    }

    fn agree(name: &str, got: f64, expected: f64, tolerance: f64) {
        let error = (got - expected).abs() / expected.abs().max(1e-300);
        assert!(error < tolerance, "{name}: {got}, R {expected}, off by {error:e}");
    }

    #[test]
    fn they_agree_with_r() {
        let golden: Golden =
            serde_json::from_str(include_str!("../../../tests/golden/statistics/special.json"))
                .unwrap();
        for [z, expected] in golden.pnorm {
            agree("pnorm", normal_cdf(z), expected, 1e-13);
        }
        for [p, expected] in golden.qnorm {
            let got = normal_quantile(p);
            assert!((got - expected).abs() < 1e-13 * (1.0 + expected.abs()), "qnorm({p}): {got}");
        }
        for [x, df, expected] in golden.pchisq {
            agree("pchisq", chi_squared_sf(x, df as u32), expected, 1e-12);
        }
        for [k, n, p, expected] in golden.dbinom {
            agree("dbinom", binomial_probability(k as u64, n as u64, p), expected, 1e-12);
        }
        for [k, n, expected] in golden.pbinom_half {
            agree("pbinom", fair_binomial_cdf(k as u64, n as u64), expected, 1e-12);
        }
        for [x, a, b, expected] in golden.pbeta {
            agree("pbeta", beta_cdf(x, a, b), expected, 1e-11);
        }
        for [p, a, b, expected] in golden.qbeta {
            agree("qbeta", beta_quantile(p, a, b), expected, 1e-10);
        }
        for [a, b, expected] in golden.lbeta {
            agree("lbeta", ln_beta(a, b), expected, 1e-12);
        }
    }

    #[test]
    fn logits_come_back_and_do_not_overflow() {
        for x in [-700.0, -30.0, -1.0, 0.0, 2.5, 30.0] {
            assert!(
                (logit(logistic(x)) - x).abs() < 1e-9 * (1.0 + x.abs() + x.max(0.0).exp() * 1e-6)
            );
        }
        assert_eq!(ln_1p_exp(1000.0), 1000.0);
        assert_eq!(ln_1p_exp(-1000.0), 0.0);
        assert!((ln_1p_exp(0.0) - LN_2).abs() < 1e-16);
    }
}
