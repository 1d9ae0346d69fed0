//! Scores of one ranking.
//!
//! *Precision at k* is the share of the first `k` that are relevant; *reciprocal rank* is one over the
//! rank of the first relevant one (Voorhees, 1999); *nDCG* adds `1 / log2(rank + 1)` of each relevant one
//! among the first ten and divides by the best that could be reached (Järvelin and Kekäläinen, 2002).
//! Where there are fewer candidates than `k`, the places that stay empty count as misses.

use std::cmp::Ordering;

/// Depths at which precision and hit rate are given.
pub const DEPTHS: [usize; 3] = [1, 5, 10];

/// Depth of the nDCG.
pub const NDCG_DEPTH: usize = 10;

/// What a ranking is worth to one query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankingScores {
    /// Precision at each of [`DEPTHS`].
    pub precision: [f64; 3],
    /// One over the rank of the first relevant one.
    pub reciprocal_rank: f64,
    /// nDCG at [`NDCG_DEPTH`].
    pub ndcg: f64,
}

/// Scores the ranking by `similarities`, `[n]`, largest first, ties by position. `None` where no
/// candidate is relevant: nothing could have been found.
///
/// One pass finds the first ten and the best relevant one, a second counts who stands before that
/// one; nothing is sorted.
pub fn score_ranking(
    similarities: &[f32],
    is_candidate: impl Fn(usize) -> bool,
    is_relevant: impl Fn(usize) -> bool,
) -> Option<RankingScores> {
    let mut first = FirstFew::new(NDCG_DEPTH);
    let mut n_relevant = 0;
    let mut best: Option<Entry> = None;
    for (position, similarity) in similarities.iter().enumerate() {
        if !is_candidate(position) {
            continue;
        }
        let entry = Entry { similarity: *similarity, position };
        first.offer(entry);
        if is_relevant(position) {
            n_relevant += 1;
            if best.is_none_or(|best| entry.is_before(best)) {
                best = Some(entry);
            }
        }
    }
    let best = best?;
    let is_before = |(position, similarity): (usize, &f32)| {
        is_candidate(position) && Entry { similarity: *similarity, position }.is_before(best)
    };
    let n_before = similarities.iter().enumerate().filter(|own| is_before(*own)).count();
    let hits: Vec<bool> = first.positions().map(is_relevant).collect();
    Some(RankingScores {
        precision: DEPTHS.map(|depth| n_hits(&hits, depth) as f64 / depth as f64),
        reciprocal_rank: 1.0 / (n_before + 1) as f64,
        ndcg: gain(&hits) / gain(&vec![true; n_relevant]),
    })
}

/// The positions of the `k` candidates of the largest similarities, best first, ties by position.
pub(super) fn first_few(
    similarities: &[f32],
    k: usize,
    is_candidate: impl Fn(usize) -> bool,
) -> Vec<usize> {
    let mut first = FirstFew::new(k);
    for (position, similarity) in similarities.iter().enumerate() {
        if is_candidate(position) {
            first.offer(Entry { similarity: *similarity, position });
        }
    }
    first.positions().collect()
}

fn n_hits(hits: &[bool], depth: usize) -> usize {
    hits.iter().take(depth).filter(|hit| **hit).count()
}

/// Discounted cumulative gain of the first [`NDCG_DEPTH`].
fn gain(hits: &[bool]) -> f64 {
    let first = hits.iter().take(NDCG_DEPTH).enumerate();
    first.filter(|(_, hit)| **hit).map(|(at, _)| discount(at + 1)).sum()
}

fn discount(rank: usize) -> f64 {
    1.0 / ((rank + 1) as f64).log2()
}

/// What a ranking is worth where exactly one song is right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TargetScores {
    /// Whether it is among the first [`DEPTHS`].
    pub hit: [f64; 3],
    /// One over its rank.
    pub reciprocal_rank: f64,
    /// nDCG at [`NDCG_DEPTH`].
    pub ndcg: f64,
}

/// Scores the ranking by `scores`, `[n]`, for the one song that is right.
///
/// Baselines give many songs the same score, zero above all. The scores are then the mean over every
/// order of those that tie (McSherry and Najork, "Computing information retrieval performance measures
/// efficiently in the presence of tied scores", 2008), so that no order of ids decides.
///
/// # Panics
///
/// If `target` is no candidate.
pub fn score_target(
    scores: &[f32],
    target: usize,
    is_candidate: impl Fn(usize) -> bool,
) -> TargetScores {
    assert!(is_candidate(target), "song {target} is no candidate");
    let (mut n_before, mut n_tied) = (0, 0);
    for (_, score) in scores.iter().enumerate().filter(|(position, _)| is_candidate(*position)) {
        match score.total_cmp(&scores[target]) {
            Ordering::Greater => n_before += 1,
            Ordering::Equal => n_tied += 1,
            Ordering::Less => {}
        }
    }
    // Each rank from the first to the last of those that tie is as likely as any other.
    let ranks = n_before + 1..=n_before + n_tied;
    let mean = |sum: f64| sum / f64::from(n_tied);
    let up_to = |depth: usize| ranks.clone().take_while(move |rank| *rank as usize <= depth);
    TargetScores {
        hit: DEPTHS.map(|depth| mean(up_to(depth).count() as f64)),
        reciprocal_rank: mean(ranks.clone().map(|rank| 1.0 / f64::from(rank)).sum()),
        ndcg: mean(up_to(NDCG_DEPTH).map(|rank| discount(rank as usize)).sum()),
    }
}

/// A place in a ranking.
#[derive(Debug, Clone, Copy)]
struct Entry {
    similarity: f32,
    position: usize,
}

impl Entry {
    fn is_before(self, other: Self) -> bool {
        match self.similarity.total_cmp(&other.similarity) {
            Ordering::Greater => true,
            Ordering::Equal => self.position < other.position,
            Ordering::Less => false,
        }
    }
}

/// The first few of what was offered, sorted.
struct FirstFew {
    k: usize,
    entries: Vec<Entry>,
}

impl FirstFew {
    fn new(k: usize) -> Self {
        Self { k, entries: Vec::with_capacity(k + 1) }
    }

    fn offer(&mut self, entry: Entry) {
        let is_full = self.entries.len() == self.k;
        if is_full && self.entries.last().is_none_or(|last| !entry.is_before(*last)) {
            return;
        }
        let at = self.entries.partition_point(|own| own.is_before(entry));
        self.entries.insert(at, entry);
        self.entries.truncate(self.k);
    }

    fn positions(&self) -> impl Iterator<Item = usize> {
        self.entries.iter().map(|entry| entry.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    /// Made by `tests/golden/evaluation/generate.py` with scikit-learn.
    #[derive(Deserialize)]
    struct Golden {
        rankings: Vec<Ranking>,
        targets: Vec<Target>,
    }

    #[derive(Deserialize)]
    struct Ranking {
        scores: Vec<f32>,
        relevant: Vec<u8>,
        ndcg_10: f64,
        precision: [f64; 3],
        reciprocal_rank: f64,
    }

    #[derive(Deserialize)]
    struct Target {
        scores: Vec<f32>,
        target: usize,
        ndcg_10: f64,
    }

    fn golden() -> Golden {
        let json = include_str!("../../../tests/golden/evaluation/rankings.json");
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn rankings_agree_with_scikit_learn() {
        let golden = golden();
        assert!(golden.rankings.len() >= 20);
        for own in golden.rankings {
            let got = score_ranking(&own.scores, |_| true, |at| own.relevant[at] == 1).unwrap();
            assert!((got.ndcg - own.ndcg_10).abs() < 1e-12, "{got:?}, {}", own.ndcg_10);
            assert!((got.reciprocal_rank - own.reciprocal_rank).abs() < 1e-15, "{got:?}");
            assert_eq!(got.precision, own.precision);
        }
    }

    /// scikit-learn, too, takes the mean over those that tie.
    #[test]
    fn ties_agree_with_scikit_learn() {
        let golden = golden();
        assert!(golden.targets.len() >= 20);
        for own in golden.targets {
            let got = score_target(&own.scores, own.target, |_| true);
            assert!((got.ndcg - own.ndcg_10).abs() < 1e-12, "{got:?}, {}", own.ndcg_10);
        }
    }

    /// Sorts everything: slow and obviously right.
    fn naive(
        similarities: &[f32],
        relevant: &[bool],
        candidates: &[bool],
    ) -> Option<RankingScores> {
        let mut order: Vec<usize> = (0..similarities.len()).filter(|at| candidates[*at]).collect();
        order.sort_by(|a, b| similarities[*b].total_cmp(&similarities[*a]));
        let ranked: Vec<bool> = order.iter().map(|at| relevant[*at]).collect();
        let first = ranked.iter().position(|hit| *hit)?;
        let dcg = |hits: &[bool]| -> f64 {
            let own = hits.iter().take(10).enumerate();
            own.map(|(at, hit)| if *hit { 1.0 / (at as f64 + 2.0).log2() } else { 0.0 }).sum()
        };
        let mut ideal = ranked.clone();
        ideal.sort_unstable_by(|a, b| b.cmp(a));
        Some(RankingScores {
            precision: [1, 5, 10]
                .map(|k| ranked.iter().take(k).filter(|hit| **hit).count() as f64 / k as f64),
            reciprocal_rank: 1.0 / (first as f64 + 1.0),
            ndcg: dcg(&ranked) / dcg(&ideal),
        })
    }

    proptest! {
        /// Few different values make many exact ties.
        #[test]
        fn same_as_the_oracle(
            songs in prop::collection::vec((-3i8..=3, any::<bool>(), any::<bool>()), 1..60),
        ) {
            let similarities: Vec<f32> = songs.iter().map(|own| f32::from(own.0) / 3.0).collect();
            let relevant: Vec<bool> = songs.iter().map(|own| own.1).collect();
            let candidates: Vec<bool> = songs.iter().map(|own| own.2).collect();
            let got = score_ranking(&similarities, |at| candidates[at], |at| relevant[at]);
            let expected = naive(&similarities, &relevant, &candidates);
            prop_assert_eq!(got.is_some(), expected.is_some());
            if let (Some(got), Some(expected)) = (got, expected) {
                prop_assert_eq!(got.precision, expected.precision);
                prop_assert_eq!(got.reciprocal_rank, expected.reciprocal_rank);
                prop_assert!((got.ndcg - expected.ndcg).abs() < 1e-12);
            }
        }

        /// The mean over every order of few songs that tie.
        #[test]
        fn ties_are_the_mean_over_orders(scores in prop::collection::vec(0u8..3, 1..7), at in 0usize..7) {
            let scores: Vec<f32> = scores.into_iter().map(f32::from).collect();
            let target = at % scores.len();
            let got = score_target(&scores, target, |_| true);
            let (mut hit, mut ndcg, mut n) = (0.0, 0.0, 0.0);
            for order in orders(scores.len()) {
                if !order.windows(2).all(|pair| scores[pair[0]] >= scores[pair[1]]) { continue }
                let rank = order.iter().position(|own| *own == target).unwrap() + 1;
                hit += f64::from(u8::from(rank <= 5));
                ndcg += 1.0 / (rank as f64 + 1.0).log2();
                n += 1.0;
            }
            prop_assert!((got.hit[1] - hit / n).abs() < 1e-12);
            prop_assert!((got.ndcg - ndcg / n).abs() < 1e-12);
        }
    }

    /// Every order of the numbers below `n`.
    fn orders(n: usize) -> Vec<Vec<usize>> {
        if n == 0 {
            return vec![Vec::new()];
        }
        let shorter = orders(n - 1);
        let longer = shorter.iter().flat_map(|order| {
            (0..n).map(move |at| {
                let mut own = order.clone();
                own.insert(at, n - 1);
                own
            })
        });
        longer.collect()
    }
}
