//! How far two conditions recommend the same songs.
//!
//! Where two conditions choose the same song, listeners can't prefer one: the thesis counted such
//! anchors. Beside that share of equal first choices stands the Jaccard index of the first 1, 5 and
//! 10 (songs in both lists / songs in either; Jaccard, 1912), averaged over anchors.

use super::conditions::Condition;
use super::table::{Recommendation, Recommendations};
use crate::catalog::TrackId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many of the first recommendations are compared.
pub const DEPTHS: [usize; 3] = [1, 5, 10];

/// The overlap of every two conditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overlap {
    /// Every pair once, in the order of [`Condition::ALL`].
    pub pairs: Vec<PairOverlap>,
}

/// The overlap of two conditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairOverlap {
    /// One condition.
    pub first: Condition,
    /// The other.
    pub second: Condition,
    /// Number of anchors to which both recommend something.
    pub n_anchors: usize,
    /// Number of those whose recommendation of rank 1 is the same.
    pub n_same_first: usize,
    /// Share of those anchors; 0 where there is none.
    pub share_same_first: f64,
    /// Overlap of longer lists; depths beyond the longest list are left out.
    pub jaccard: Vec<DepthOverlap>,
}

/// The overlap of the first few recommendations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DepthOverlap {
    /// How many of the first recommendations are compared.
    pub depth: usize,
    /// Mean Jaccard index over the anchors; 0 where there is none.
    pub mean: f64,
}

impl Overlap {
    /// The overlap of every two conditions among these recommendations.
    pub fn of(recommendations: &Recommendations) -> Self {
        let conditions = recommendations.conditions();
        let mut pairs = Vec::new();
        for (at, first) in conditions.iter().enumerate() {
            for second in &conditions[at + 1..] {
                pairs.push(pair_overlap(recommendations, *first, *second));
            }
        }
        Self { pairs }
    }
}

fn pair_overlap(all: &Recommendations, first: Condition, second: Condition) -> PairOverlap {
    let anchors: BTreeSet<&TrackId> = all.rows().iter().map(|row| &row.anchor_id).collect();
    let lists: Vec<(&[Recommendation], &[Recommendation])> = anchors
        .into_iter()
        .map(|anchor| (all.of(anchor, first), all.of(anchor, second)))
        .filter(|(a, b)| !a.is_empty() && !b.is_empty())
        .collect();
    let longest = all.rows().iter().map(|row| row.rank).max().unwrap_or(0);
    let n_same_first = lists.iter().filter(|(a, b)| a[0].track_id == b[0].track_id).count();
    let n_anchors = lists.len();
    let share = |sum: f64| if n_anchors == 0 { 0.0 } else { sum / n_anchors as f64 };
    let mean_at = |depth| share(lists.iter().map(|(a, b)| jaccard(a, b, depth)).sum());
    PairOverlap {
        first,
        second,
        n_anchors,
        n_same_first,
        share_same_first: share(n_same_first as f64),
        jaccard: DEPTHS
            .into_iter()
            .filter(|depth| *depth <= longest)
            .map(|depth| DepthOverlap { depth, mean: mean_at(depth) })
            .collect(),
    }
}

/// Songs in both lists / songs in either, among the first `depth` of each.
fn jaccard(a: &[Recommendation], b: &[Recommendation], depth: usize) -> f64 {
    let songs = |list: &[Recommendation]| {
        list.iter().take(depth).map(|row| row.track_id.clone()).collect::<BTreeSet<_>>()
    };
    let (a, b) = (songs(a), songs(b));
    a.intersection(&b).count() as f64 / a.union(&b).count() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(anchor: &str, condition: Condition, tracks: &[&str]) -> Vec<Recommendation> {
        let row = |(at, track): (usize, &&str)| Recommendation {
            anchor_id: TrackId::parse(anchor).unwrap(),
            condition,
            rank: at + 1,
            track_id: TrackId::parse(track).unwrap(),
            similarity: None,
        };
        tracks.iter().enumerate().map(row).collect()
    }

    #[test]
    fn shares_by_hand() {
        let rows = [
            list("a", Condition::Audio, &["b", "c", "d", "e", "f"]),
            list("a", Condition::Multimodal, &["b", "c", "d", "x", "y"]),
            list("b", Condition::Audio, &["a", "c", "d", "e", "f"]),
            list("b", Condition::Multimodal, &["c", "a", "d", "e", "f"]),
            list("c", Condition::Audio, &["a"]),
        ];
        let overlap = Overlap::of(&Recommendations::new(rows.concat()));
        let [pair] = overlap.pairs.as_slice() else { panic!("{overlap:?}") };
        assert_eq!((pair.first, pair.second), (Condition::Audio, Condition::Multimodal));
        assert_eq!((pair.n_anchors, pair.n_same_first, pair.share_same_first), (2, 1, 0.5));
        // Depth 1: 1 and 0. Depth 5: 3 of 7 and all. Depth 10 is beyond every list.
        let expected = [(1, 0.5), (5, (3.0 / 7.0 + 1.0) / 2.0)];
        assert_eq!(pair.jaccard.iter().map(|d| (d.depth, d.mean)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn no_common_anchor_gives_zero_and_no_nan() {
        let rows =
            [list("a", Condition::Audio, &["b"]), list("b", Condition::Random, &["a"])].concat();
        let pair = &Overlap::of(&Recommendations::new(rows)).pairs[0];
        assert_eq!((pair.n_anchors, pair.share_same_first, pair.jaccard[0].mean), (0, 0.0, 0.0));
    }
}
