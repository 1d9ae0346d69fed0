//! Permutation within anchors: were the two conditions alike, their songs could have changed places.
//!
//! It assumes neither a distribution nor that answers of one listener or about one song are independent
//! of those to other anchors; only that which of the two songs was which made no difference.

use super::proportion_test::Alternative;
use crate::random::Stream;

/// The permutation p-value of the mean difference of pairs (first less second), each pair's two values
/// changing places at random `n_permutations` times.
///
/// The observed order counts as one of them, so that the p-value is never 0 and keeps the level
/// whatever the number of permutations (Phipson and Smyth, 2010). Values may be answers (0 and 1) or
/// anything else. 1 where there is no pair.
///
/// # Panics
///
/// Without a permutation.
pub fn permute_within_anchors(
    pairs: &[(f64, f64)],
    alternative: Alternative,
    n_permutations: usize,
    stream: &mut Stream,
) -> f64 {
    assert!(n_permutations > 0, "permute_within_anchors without a permutation");
    // Pairs that are alike say the same in either order.
    let differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).filter(|d| *d != 0.0).collect();
    let extremity = |sum: f64| match alternative {
        Alternative::TwoSided => sum.abs(),
        Alternative::Less => -sum,
        Alternative::Greater => sum,
    };
    // Sums of the same numbers in another order differ in their last bits.
    let slack = 1e-12 * differences.iter().map(|d| d.abs()).sum::<f64>();
    let observed = extremity(differences.iter().sum()) - slack;
    let as_extreme = |_: &usize| extremity(signed_sum(&differences, stream)) >= observed;
    let n_extreme = (0..n_permutations).filter(as_extreme).count();
    (n_extreme + 1) as f64 / (n_permutations + 1) as f64
}

/// The sum of the values, each with a sign by chance.
fn signed_sum(values: &[f64], stream: &mut Stream) -> f64 {
    let mut sum = 0.0;
    for chunk in values.chunks(64) {
        let mut bits = stream.bits();
        for value in chunk {
            sum += if bits & 1 == 0 { *value } else { -*value };
            bits >>= 1;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;
    use crate::statistics::DiscordantPairs;

    /// Of answers, the permutation test is McNemar's.
    #[test]
    fn it_agrees_with_the_exact_test_of_answers() {
        let mut pairs = vec![(1.0, 0.0); 17];
        pairs.extend(vec![(0.0, 1.0); 7]);
        pairs.extend(vec![(1.0, 1.0); 30]);
        let exact = DiscordantPairs { n_first_only: 17, n_second_only: 7 };
        for alternative in Alternative::ALL {
            let mut stream = Seed(1).stream("permutation");
            let got = permute_within_anchors(&pairs, alternative, 40_000, &mut stream);
            let expected = exact.mcnemar(alternative).p_exact;
            // Four standard deviations of a share of 40,000.
            let tolerance = 4.0 * (expected * (1.0 - expected) / 4e4).sqrt();
            assert!((got - expected).abs() < tolerance, "{alternative}: {got}, exact {expected}");
        }
    }

    #[test]
    fn nothing_is_no_evidence_and_certainty_is_never_claimed() {
        let mut stream = Seed(2).stream("permutation");
        assert_eq!(permute_within_anchors(&[], Alternative::TwoSided, 99, &mut stream), 1.0);
        let alike = [(0.3, 0.3); 5];
        assert_eq!(permute_within_anchors(&alike, Alternative::Greater, 99, &mut stream), 1.0);
        let clear = [(1.0, 0.0); 60];
        assert_eq!(permute_within_anchors(&clear, Alternative::Greater, 99, &mut stream), 0.01);
    }
}
