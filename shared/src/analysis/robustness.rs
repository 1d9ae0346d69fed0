//! The planned contrasts without a model.

use super::answers::Answer;
use super::model::planned_contrasts;
use crate::random::Seed;
use crate::recommend::Condition;
use crate::statistics::{
    Alternative, Bootstrap, DiscordantPairs, Interval, McNemarTest, crossed_bootstrap,
    permute_within_anchors,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// How many permutations; with 9,999 a p-value of .05 is steady to .002 (one standard deviation).
pub(super) const N_PERMUTATIONS: usize = 9_999;

/// A planned contrast without a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Robustness {
    /// The condition that is held to be liked more.
    pub first: Condition,
    /// The other.
    pub second: Condition,
    /// Anchors that both were heard after.
    pub n_pairs: usize,
    /// The first share of likes less the second, over these anchors.
    pub difference: f64,
    /// Two-sided p-value by permutation within anchors.
    pub p_permutation: f64,
    /// McNemar's exact and mid-p tests of the same pairs, two-sided.
    pub mcnemar: McNemarTest,
    /// The 95 % interval of the difference of shares over participants and songs (pigeonhole
    /// bootstrap); `None` where too few replications have both conditions.
    pub bootstrap: Option<Interval>,
}

/// The planned contrasts without a model. The same answers and seed give the same numbers.
pub(super) fn robustness(
    answers: &[Answer],
    conditions: &[Condition],
    bootstrap: Bootstrap,
    seed: Seed,
) -> Vec<Robustness> {
    let mut by_block: BTreeMap<&(String, u32), BTreeMap<Condition, bool>> = BTreeMap::new();
    for answer in answers {
        by_block.entry(&answer.block).or_default().insert(answer.condition, answer.liked);
    }
    let of = |(first, second): (Condition, Condition)| {
        let both = |block: &BTreeMap<Condition, bool>| {
            block.get(&first).copied().zip(block.get(&second).copied())
        };
        let pairs: Vec<(bool, bool)> = by_block.values().filter_map(both).collect();
        let number = |yes: bool| f64::from(u8::from(yes));
        let numbers: Vec<(f64, f64)> =
            pairs.iter().map(|(a, b)| (number(*a), number(*b))).collect();
        let name = format!("analysis/permutation/{first}/{second}");
        let p_permutation = permute_within_anchors(
            &numbers,
            Alternative::TwoSided,
            N_PERMUTATIONS,
            &mut seed.stream(&name),
        );
        let difference =
            numbers.iter().map(|(a, b)| a - b).sum::<f64>() / numbers.len().max(1) as f64;
        Robustness {
            first,
            second,
            n_pairs: pairs.len(),
            difference,
            p_permutation,
            mcnemar: DiscordantPairs::of(pairs).mcnemar(Alternative::TwoSided),
            bootstrap: interval(answers, (first, second), bootstrap, seed),
        }
    };
    planned_contrasts(conditions).into_iter().map(of).collect()
}

/// The interval of the difference of shares.
fn interval(
    answers: &[Answer],
    (first, second): (Condition, Condition),
    bootstrap: Bootstrap,
    seed: Seed,
) -> Option<Interval> {
    let own: Vec<&Answer> =
        answers.iter().filter(|a| a.condition == first || a.condition == second).collect();
    if own.is_empty() {
        return None;
    }
    let participants = numbered(own.iter().map(|answer| answer.participant.as_str()));
    let songs = numbered(own.iter().map(|answer| answer.song.as_str()));
    let mut stream = seed.stream(&format!("analysis/bootstrap/{first}/{second}"));
    crossed_bootstrap((&participants, &songs), bootstrap, &mut stream, |weights| {
        // Likes and answers of either condition.
        let (mut likes, mut counts) = ([0.0; 2], [0.0; 2]);
        for (answer, weight) in own.iter().zip(weights) {
            let at = usize::from(answer.condition == second);
            counts[at] += weight;
            likes[at] += if answer.liked { *weight } else { 0.0 };
        }
        let has_both = counts[0] > 0.0 && counts[1] > 0.0;
        has_both.then(|| likes[0] / counts[0] - likes[1] / counts[1])
    })
}

/// Numbers from 0, in the order in which names are first met.
fn numbered<'a>(names: impl Iterator<Item = &'a str>) -> Vec<u32> {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut of_each = Vec::new();
    for name in names {
        let next = numbers.len() as u32;
        of_each.push(*numbers.entry(name).or_insert(next));
    }
    of_each
}
