//! Exact nearest neighbours by cosine similarity.
//!
//! Every vector is scaled to length 1 once, so that a search is one pass of dot products over the
//! table, limited by the speed of the memory (see `benches/nearest.rs`). A heap keeps the best `k`.

use crate::embedding::{Chunk, EmbeddingTable, as_similarity, dot_chunks, n_chunks, push_unit};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Vectors of length 1, ready to be searched.
#[derive(Debug, Clone)]
pub struct NearestIndex {
    dim: usize,
    /// `[n, n_chunks(dim)]` row-major, each row filled up with zeros to whole chunks.
    unit: Vec<Chunk>,
}

/// One found row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Row of the index.
    pub position: usize,
    /// Cosine similarity, -1 to 1; 0 where a vector is all zeros.
    pub similarity: f32,
}

impl NearestIndex {
    /// An index of the vectors of a table, in the table's order: ties go to the smaller track id.
    pub fn of_table(table: &EmbeddingTable) -> Self {
        Self::of_rows(table.dim(), table.rows().map(|(_, row)| row))
    }

    /// An index of these vectors; ties go to the earlier one.
    ///
    /// # Panics
    ///
    /// If `dim` is 0 or a vector has another length.
    pub fn of_rows<'a>(dim: usize, rows: impl IntoIterator<Item = &'a [f32]>) -> Self {
        assert!(dim > 0, "an index of vectors of length 0");
        let mut unit = Vec::new();
        for row in rows {
            assert_eq!(row.len(), dim, "an index of vectors of length {dim}");
            push_unit(row, &mut unit);
        }
        Self { dim, unit }
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.unit.len() / n_chunks(self.dim)
    }

    /// Whether there is no vector.
    pub fn is_empty(&self) -> bool {
        self.unit.is_empty()
    }

    /// The `k` rows most similar to `query` among
    /// those that `keep` accepts, best first, ties by position; fewer where there are fewer.
    /// `keep` is asked only about rows that would be among the best so far.
    ///
    /// # Panics
    ///
    /// If `query` is not of the length of the vectors.
    pub fn top_k(&self, query: &[f32], k: usize, keep: impl Fn(usize) -> bool) -> Vec<Neighbour> {
        assert_eq!(query.len(), self.dim, "a query for vectors of length {}", self.dim);
        let mut unit_query = Vec::new();
        push_unit(query, &mut unit_query);
        self.search(&unit_query, k, keep)
    }

    /// The `k` rows most similar to the row at `position`; as [`Self::top_k`]. The row itself is
    /// a candidate unless `keep` refuses it.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn top_k_of(
        &self,
        position: usize,
        k: usize,
        keep: impl Fn(usize) -> bool,
    ) -> Vec<Neighbour> {
        let n = self.len();
        assert!(position < n, "row {position} of an index of {n}");
        self.search(self.unit_row(position), k, keep)
    }

    /// The similarity of the row at `position` to every row, itself among them, `[n]`.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn similarities_of(&self, position: usize) -> Vec<f32> {
        let n = self.len();
        assert!(position < n, "row {position} of an index of {n}");
        let query = self.unit_row(position);
        let rows = self.unit.chunks_exact(query.len());
        rows.map(|row| as_similarity(dot_chunks(query, row))).collect()
    }

    /// As [`Self::top_k`], among some rows only, by their positions, which rise.
    pub(super) fn top_k_among(
        &self,
        query: &[f32],
        positions: &[usize],
        k: usize,
    ) -> Vec<Neighbour> {
        let mut unit_query = Vec::new();
        push_unit(query, &mut unit_query);
        self.search_among(&unit_query, positions, k)
    }

    /// As [`Self::top_k_of`], among some rows only, by their positions, which rise.
    pub(super) fn top_k_of_among(
        &self,
        position: usize,
        positions: &[usize],
        k: usize,
    ) -> Vec<Neighbour> {
        self.search_among(self.unit_row(position), positions, k)
    }

    fn search_among(&self, query: &[Chunk], positions: &[usize], k: usize) -> Vec<Neighbour> {
        let mut best = Best::new(k);
        for position in positions.iter().copied() {
            let similarity = as_similarity(dot_chunks(query, self.unit_row(position)));
            if best.beats(similarity) {
                best.push(Neighbour { position, similarity });
            }
        }
        best.into_sorted()
    }

    fn unit_row(&self, position: usize) -> &[Chunk] {
        let n_chunks = n_chunks(self.dim);
        &self.unit[position * n_chunks..][..n_chunks]
    }

    fn search(&self, query: &[Chunk], k: usize, keep: impl Fn(usize) -> bool) -> Vec<Neighbour> {
        let mut best = Best::new(k);
        for (position, row) in self.unit.chunks_exact(query.len()).enumerate() {
            let similarity = as_similarity(dot_chunks(query, row));
            if best.beats(similarity) && keep(position) {
                best.push(Neighbour { position, similarity });
            }
        }
        best.into_sorted()
    }
}

/// The best `k` rows so far, of rows that come in rising order: an equal similarity never displaces an
/// earlier row.
pub(super) struct Best {
    k: usize,
    to_beat: f32,
    found: BinaryHeap<WorstFirst>,
}

impl Best {
    pub(super) fn new(k: usize) -> Self {
        let to_beat = if k == 0 { f32::INFINITY } else { f32::NEG_INFINITY };
        Self { k, to_beat, found: BinaryHeap::with_capacity(k.saturating_add(1).min(1 << 12)) }
    }

    /// Whether a row of that similarity would be among the best.
    #[inline]
    pub(super) fn beats(&self, similarity: f32) -> bool {
        similarity > self.to_beat
    }

    /// Takes a row that [beats](Self::beats) the others.
    pub(super) fn push(&mut self, row: Neighbour) {
        self.found.push(WorstFirst(row));
        if self.found.len() > self.k {
            self.found.pop();
        }
        if let Some(worst) = self.found.peek().filter(|_| self.found.len() == self.k) {
            self.to_beat = worst.0.similarity;
        }
    }

    /// Best first, ties by position.
    pub(super) fn into_sorted(self) -> Vec<Neighbour> {
        self.found.into_sorted_vec().into_iter().map(|entry| entry.0).collect()
    }
}

/// Orders neighbours from best to worst, so that a max-heap has the worst on top.
#[derive(Debug)]
struct WorstFirst(Neighbour);

impl Ord for WorstFirst {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .0
            .similarity
            .total_cmp(&self.0.similarity)
            .then(self.0.position.cmp(&other.0.position))
    }
}

impl PartialOrd for WorstFirst {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for WorstFirst {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for WorstFirst {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::cosine_similarity;
    use crate::random::Seed;
    use proptest::prelude::*;

    /// Sorts all rows: slow and obviously right.
    fn naive(
        rows: &[Vec<f32>],
        query: &[f32],
        k: usize,
        keep: fn(usize) -> bool,
    ) -> Vec<Neighbour> {
        let mut all: Vec<Neighbour> = rows
            .iter()
            .enumerate()
            .filter(|(position, _)| keep(*position))
            .map(|(position, row)| Neighbour {
                position,
                similarity: cosine_similarity(query, row),
            })
            .collect();
        // The sort is stable: ties stay in order of position.
        all.sort_by(|a, b| b.similarity.partial_cmp(&a.similarity).unwrap());
        all.truncate(k);
        all
    }

    fn index(rows: &[Vec<f32>], dim: usize) -> NearestIndex {
        NearestIndex::of_rows(dim, rows.iter().map(Vec::as_slice))
    }

    #[test]
    fn ties_go_to_the_earlier_row() {
        let rows = vec![vec![0., 1.], vec![1., 0.], vec![2., 0.], vec![0.5, 0.], vec![0., 0.]];
        let found = index(&rows, 2).top_k(&[3., 0.], 2, |_| true);
        let positions: Vec<usize> = found.iter().map(|n| n.position).collect();
        assert_eq!(positions, [1, 2]);
    }

    #[test]
    fn zero_vectors_are_at_0() {
        let rows = vec![vec![-1., 0.], vec![0., 0.], vec![1., 0.]];
        let found = index(&rows, 2).top_k(&[1., 0.], 3, |_| true);
        let similarities: Vec<f32> = found.iter().map(|n| n.similarity).collect();
        assert_eq!(similarities, [1., 0., -1.]);
        let lost = index(&rows, 2).top_k(&[0., 0.], 2, |_| true);
        assert_eq!(
            lost.iter().map(|n| (n.position, n.similarity)).collect::<Vec<_>>(),
            [(0, 0.), (1, 0.)]
        );
    }

    #[test]
    fn fewer_than_k_and_none() {
        let rows = vec![vec![1.], vec![2.]];
        assert_eq!(index(&rows, 1).top_k(&[1.], 5, |at| at != 0).len(), 1);
        assert!(index(&rows, 1).top_k(&[1.], 0, |_| true).is_empty());
        assert!(NearestIndex::of_rows(1, []).top_k(&[1.], 3, |_| true).is_empty());
    }

    #[test]
    fn similarities_of_a_row_are_those_of_the_search() {
        let rows = [vec![1., 2., 0.], vec![-1., 0.5, 3.], vec![0., 0., 0.], vec![2., 4., 0.]];
        let index = index(&rows, 3);
        for (at, row) in rows.iter().enumerate() {
            let expected: Vec<f32> =
                rows.iter().map(|other| cosine_similarity(row, other)).collect();
            assert_eq!(index.similarities_of(at), expected);
        }
    }

    #[test]
    fn large_table_as_the_oracle() {
        let mut stream = Seed(5).stream("nearest");
        let rows: Vec<Vec<f32>> =
            (0..2000).map(|_| (0..33).map(|_| stream.normal(0.0, 1.0) as f32).collect()).collect();
        let index = index(&rows, 33);
        for query in [0, 7, 1999] {
            let found = index.top_k(&rows[query], 10, |at| at % 3 != 0);
            assert_eq!(found, naive(&rows, &rows[query], 10, |at| at % 3 != 0));
            assert_eq!(index.top_k_of(query, 10, |at| at % 3 != 0), found);
            let kept: Vec<usize> = (0..2000).filter(|at| at % 3 != 0).collect();
            assert_eq!(index.top_k_among(&rows[query], &kept, 10), found);
            assert_eq!(index.top_k_of_among(query, &kept, 10), found);
        }
    }

    proptest! {
        /// Few different values make many exact ties.
        #[test]
        fn same_as_the_oracle(
            rows in prop::collection::vec(prop::collection::vec(-2i8..=2, 3..=3), 1..60),
            query in prop::collection::vec(-2i8..=2, 3..=3),
            k in 0usize..12,
        ) {
            let float = |row: &Vec<i8>| row.iter().map(|v| f32::from(*v)).collect::<Vec<_>>();
            let rows: Vec<Vec<f32>> = rows.iter().map(float).collect();
            let query = float(&query);
            let found = index(&rows, 3).top_k(&query, k, |at| at % 4 != 1);
            prop_assert_eq!(found, naive(&rows, &query, k, |at| at % 4 != 1));
        }
    }
}
