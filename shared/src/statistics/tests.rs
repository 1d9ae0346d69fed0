//! Agreement with R: values made by `tests/golden/statistics/generate.R`.

use super::*;
use serde::Deserialize;

/// Within 1e-10 of R's value, relative where that is above 1.
fn agree(what: &str, got: f64, expected: f64) {
    let error = (got - expected).abs() / expected.abs().max(1.0);
    assert!(error < 1e-10, "{what}: {got}, R {expected}");
}

/// P-values also keep their digits where they are small.
fn agree_p(what: &str, got: f64, expected: f64) {
    agree(what, got, expected);
    if expected > 1e-280 {
        assert!((got / expected - 1.0).abs() < 1e-9, "{what}: {got:e}, R {expected:e}");
    }
}

fn counts(n_yes: &[u64], n: &[u64]) -> Vec<Count> {
    n_yes.iter().zip(n).map(|(n_yes, n)| Count { n_yes: *n_yes, n: *n }).collect()
}

#[derive(Deserialize)]
struct Proportions {
    proportion_test: Vec<ProportionCase>,
    effect: Vec<EffectCase>,
    adjust: Vec<AdjustCase>,
    bayes: Vec<BayesCase>,
}

#[derive(Deserialize)]
struct ProportionCase {
    x: Vec<u64>,
    n: Vec<u64>,
    alternative: String,
    correct: bool,
    level: f64,
    statistic: f64,
    df: u32,
    p_value: f64,
    conf_low: Option<f64>,
    conf_high: Option<f64>,
}

#[derive(Deserialize)]
struct EffectCase {
    x: [u64; 2],
    n: [u64; 2],
    /// Low and high of the first, then of the second.
    wilson: [f64; 4],
    /// Value, low, high.
    odds_ratio: [f64; 3],
    risk_difference: [f64; 3],
}

#[derive(Deserialize)]
struct AdjustCase {
    p: Vec<f64>,
    holm: Vec<f64>,
    bh: Vec<f64>,
}

#[derive(Deserialize)]
struct BayesCase {
    x: [u64; 2],
    n: [u64; 2],
    a: f64,
    b: f64,
    ln_bayes_factor: f64,
    above: f64,
}

fn proportions() -> Proportions {
    serde_json::from_str(include_str!("../../../tests/golden/statistics/proportions.json")).unwrap()
}

#[test]
fn tests_of_proportions_are_those_of_r() {
    let cases = proportions().proportion_test;
    let n_two = cases.iter().filter(|case| case.x.len() == 2).count();
    assert!(n_two >= 200 && cases.len() >= n_two + 50, "{n_two} of {}", cases.len());
    for case in cases {
        let what = format!("{:?} of {:?}, {}", case.x, case.n, case.alternative);
        let alternative = case.alternative.parse().unwrap();
        let options =
            ProportionTestOptions { alternative, is_corrected: case.correct, level: case.level };
        let got = proportion_test(&counts(&case.x, &case.n), options).unwrap();
        agree(&what, got.statistic, case.statistic);
        agree_p(&what, got.p_value, case.p_value);
        if let ([x1, x2], [n1, n2]) = (&case.x[..], &case.n[..]) {
            let (x, n) = ([*x1 as f64, *x2 as f64], [*n1 as f64, *n2 as f64]);
            let alone = two_proportions_p_value(x, n, alternative, case.correct);
            assert_eq!(alone, Some(got.p_value), "{what}");
        }
        assert_eq!(got.degrees_of_freedom, case.df, "{what}");
        assert_eq!(got.conf_low.is_some(), case.conf_low.is_some(), "{what}");
        if let (Some(low), Some(high)) = (case.conf_low, case.conf_high) {
            agree(&what, got.conf_low.unwrap(), low);
            agree(&what, got.conf_high.unwrap(), high);
        }
    }
}

/// The p-values that the thesis printed, to the digits that it printed.
#[test]
fn the_thesis_comes_out() {
    let [first, second] = [[149, 148, 86], [79, 94, 76]];
    let p = |x: [u64; 2], n: u64| {
        let options =
            ProportionTestOptions { alternative: Alternative::Greater, ..Default::default() };
        proportion_test(&counts(&x, &[n, n]), options).unwrap().p_value
    };
    for (got, printed) in [
        (p([first[0], first[2]], 239), "7.04e-9"),
        (p([first[1], first[2]], 239), "1.19e-8"),
        (p([first[0], first[1]], 239), "5.00e-1"),
        (p([second[0], second[2]], 172), "4.14e-1"),
        (p([second[1], second[2]], 172), "3.34e-2"),
        (p([second[1], second[0]], 172), "6.56e-2"),
    ] {
        assert_eq!(format!("{got:.2e}"), printed);
    }
}

#[test]
fn what_can_not_be_tested_says_why() {
    let test = |x: &[u64], n: &[u64]| {
        proportion_test(&counts(x, n), ProportionTestOptions::default()).unwrap_err().to_string()
    };
    assert!(test(&[3], &[9]).contains("at least two counts, got 1"));
    assert!(test(&[0, 0], &[9, 8]).contains("every answer is no"));
    assert!(test(&[9, 8, 1], &[9, 8, 1]).contains("every answer is yes"));
}

#[test]
fn counts_and_alternatives_are_read_as_they_are_written() {
    assert_eq!("149/239".parse(), Ok(Count { n_yes: 149, n: 239 }));
    assert_eq!(" 0 / 3 ".parse(), Ok(Count { n_yes: 0, n: 3 }));
    for (text, expected) in [
        ("149", "'149': expected two whole numbers"),
        ("a/3", "'a/3': expected two whole numbers"),
        ("-1/3", "two whole numbers"),
        ("1/2/3", "two whole numbers"),
        ("0/0", "at least one answer"),
        ("4/3", "at most as many"),
    ] {
        let error = text.parse::<Count>().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    for alternative in Alternative::ALL {
        assert_eq!(alternative.name().parse(), Ok(alternative));
    }
    let error = "more".parse::<Alternative>().unwrap_err().to_string();
    assert_eq!(error, "'more': expected two-sided, less or greater");
}

#[test]
fn the_result_has_the_keys_that_scripts_read() {
    let test = proportion_test(&counts(&[149, 86], &[239, 239]), ProportionTestOptions::default());
    let json = serde_json::to_value(test.unwrap()).unwrap();
    for key in ["statistic", "p_value", "conf_low", "conf_high"] {
        assert!(json[key].is_f64(), "{key}: {json}");
    }
    assert_eq!(json["alternative"], "two-sided");
}

#[test]
fn effects_agree_with_their_formulas_in_r() {
    for case in proportions().effect {
        let what = format!("{:?} of {:?}", case.x, case.n);
        let [first, second] = counts(&case.x, &case.n).try_into().unwrap();
        let wilson = [wilson_interval_at(first, 0.95), wilson_interval_at(second, 0.95)];
        let ends = wilson.iter().flat_map(|interval| [interval.low, interval.high]);
        for (got, expected) in ends.zip(case.wilson) {
            agree(&what, got, expected);
        }
        let effects = [
            (odds_ratio(first, second, 0.95), case.odds_ratio),
            (risk_difference(first, second, 0.95), case.risk_difference),
        ];
        for (got, [value, low, high]) in effects {
            agree(&what, got.value, value);
            agree(&what, got.interval.low, low);
            agree(&what, got.interval.high, high);
        }
    }
}

#[test]
fn adjusted_p_values_are_those_of_r() {
    for case in proportions().adjust {
        for (got, expected) in [(holm(&case.p), case.holm), (benjamini_hochberg(&case.p), case.bh)]
        {
            assert_eq!(got.len(), expected.len());
            for (got, expected) in got.iter().zip(&expected) {
                agree(&format!("{:?}", case.p), *got, *expected);
            }
        }
    }
    assert!(holm(&[]).is_empty() && benjamini_hochberg(&[]).is_empty());
}

#[test]
fn bayes_factors_agree_with_numerical_integration_in_r() {
    for case in proportions().bayes {
        let what = format!("{:?} of {:?}, prior {} {}", case.x, case.n, case.a, case.b);
        let counts: [Count; 2] = counts(&case.x, &case.n).try_into().unwrap();
        let prior = Beta { a: case.a, b: case.b };
        let two_sided = ln_bayes_factor(counts, prior, Alternative::TwoSided);
        agree(&what, two_sided, case.ln_bayes_factor);
        let above = prior.after(counts[0]).probability_above(prior.after(counts[1]));
        agree(&what, above, case.above);
        let greater = ln_bayes_factor(counts, prior, Alternative::Greater);
        assert!((greater - two_sided - (2.0 * above).ln()).abs() < 1e-9, "{what}");
    }
}

#[test]
fn matched_bayes_factor_is_the_mean_of_both_sides() {
    let pairs = DiscordantPairs { n_first_only: 21, n_second_only: 9 };
    let factor = |alternative| ln_bayes_factor_matched(pairs, Beta::UNIFORM, alternative).exp();
    // With a uniform prior: 1 / ((n + 1) choose(n, k) 2^-n).
    let expected = 1.0 / (31.0 * special::binomial_probability(21, 30, 0.5));
    assert!((factor(Alternative::TwoSided) / expected - 1.0).abs() < 1e-11);
    let sides = (factor(Alternative::Greater) + factor(Alternative::Less)) / 2.0;
    assert!((sides / expected - 1.0).abs() < 1e-11, "{sides}, {expected}");
}

#[test]
fn the_stopping_rule_stops() {
    let rule = SequentialRule { bound: 10.0, min_n: 20, max_n: 100 };
    let decide = |factor: f64, n| rule.decide(factor.ln(), n);
    assert_eq!(decide(50.0, 19), SequentialDecision::GoOn);
    assert_eq!(decide(10.1, 20), SequentialDecision::Difference);
    assert_eq!(decide(0.09, 20), SequentialDecision::NoDifference);
    assert_eq!(decide(9.0, 99), SequentialDecision::GoOn);
    assert_eq!(decide(9.0, 100), SequentialDecision::Undecided);
}

#[derive(Deserialize)]
struct Matched {
    mcnemar: Vec<McNemarCase>,
    cochran: Vec<CochranCase>,
}

#[derive(Deserialize)]
struct McNemarCase {
    b: u64,
    c: u64,
    alternative: String,
    exact: f64,
    mid: f64,
}

#[derive(Deserialize)]
struct CochranCase {
    y: Vec<Vec<u8>>,
    statistic: f64,
    p_value: f64,
}

fn matched() -> Matched {
    serde_json::from_str(include_str!("../../../tests/golden/statistics/matched.json")).unwrap()
}

#[test]
fn mcnemar_is_that_of_r() {
    let cases = matched().mcnemar;
    assert!(cases.len() >= 200, "{}", cases.len());
    for case in cases {
        let what = format!("{} against {}, {}", case.b, case.c, case.alternative);
        let pairs = DiscordantPairs { n_first_only: case.b, n_second_only: case.c };
        let got = pairs.mcnemar(case.alternative.parse().unwrap());
        agree_p(&what, got.p_exact, case.exact);
        agree_p(&what, got.p_mid, case.mid);
    }
    let none = DiscordantPairs::of([(true, true), (false, false)]);
    assert_eq!(none.mcnemar(Alternative::Less), McNemarTest { p_exact: 1.0, p_mid: 1.0 });
}

#[test]
fn cochran_is_its_formula_in_r() {
    for case in matched().cochran {
        let occasions: Vec<Vec<bool>> =
            case.y.iter().map(|row| row.iter().map(|yes| *yes == 1).collect()).collect();
        let n_conditions = occasions[0].len();
        let got = cochran_q(n_conditions, &occasions).unwrap();
        agree("Q", got.statistic, case.statistic);
        agree_p("Q", got.p_value, case.p_value);
        assert_eq!(got.degrees_of_freedom as usize, n_conditions - 1);
    }
    assert_eq!(cochran_q(3, &[vec![true; 3], vec![false; 3]]), None);
    assert_eq!(cochran_q(2, &[]), None);
}

/// Of two conditions, Q is McNemar's chi-squared.
#[test]
fn cochran_of_two_is_mcnemar() {
    let mut occasions = vec![vec![true, false]; 14];
    occasions.extend(vec![vec![false, true]; 5]);
    occasions.extend(vec![vec![true, true]; 9]);
    let got = cochran_q(2, &occasions).unwrap();
    assert!((got.statistic - 81.0 / 19.0).abs() < 1e-12);
    assert_eq!(got.n_informative, 19);
}
