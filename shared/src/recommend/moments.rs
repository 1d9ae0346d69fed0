//! *Why* two songs are alike: the pair of their slices whose embeddings are most similar.

use crate::embedding::cosine_similarity;

/// Two moments that are alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MomentPair {
    /// Slice of the first song.
    pub first: usize,
    /// Slice of the second song.
    pub second: usize,
    /// Cosine similarity of the two.
    pub similarity: f32,
}

/// The most similar pair of slices of two songs, `[n_slices, dim]` row-major each; of equal pairs the
/// earliest. `None` where a song has no slice.
///
/// # Panics
///
/// If `dim` is 0.
pub fn most_alike(first: &[f32], second: &[f32], dim: usize) -> Option<MomentPair> {
    assert!(dim > 0, "slices of vectors of length 0");
    let mut best: Option<MomentPair> = None;
    for (at_first, a) in first.chunks_exact(dim).enumerate() {
        for (at_second, b) in second.chunks_exact(dim).enumerate() {
            let similarity = cosine_similarity(a, b);
            if best.is_none_or(|best| similarity > best.similarity) {
                best = Some(MomentPair { first: at_first, second: at_second, similarity });
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pair_is_found_and_the_earliest_wins() {
        let first = [1., 0., 0., 1.];
        let second = [-1., 0., 1., 1., 0., 2., 0., 5.];
        let pair = most_alike(&first, &second, 2).unwrap();
        assert_eq!(pair, MomentPair { first: 1, second: 2, similarity: 1.0 });
        assert_eq!(most_alike(&first, &[], 2), None);
    }
}
