//! Clusters of vectors: which part of a large table is worth looking at.
//!
//! Spherical k-means (Dhillon and Modha 2001) on a sample, then every vector goes to its nearest centre: an
//! inverted file (Jégou et al. 2011, "IVF"). A search looks at the clusters whose centres are nearest to the
//! query until enough vectors have been looked at.

use super::nearest::NearestIndex;
use crate::embedding::{Chunk, as_similarity, dot_chunks, n_chunks, push_unit};
use crate::random::Seed;

/// Vectors of the sample for each cluster: more hardly move a centre.
const SAMPLE_PER_CLUSTER: usize = 64;
/// Rounds of k-means: later ones hardly move a centre.
const N_ROUNDS: usize = 12;

/// Vectors in clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// The centres at length 1, `[n_clusters, dim]` row-major.
    pub centres: Vec<f32>,
    /// The cluster of each vector, `[n]`.
    pub cluster_of: Vec<usize>,
}

impl Clusters {
    /// Clusters of these vectors, `[n, dim]` row-major, of which none is empty. There are `n_clusters`, or
    /// as many as vectors where these are fewer.
    ///
    /// # Panics
    ///
    /// If `dim` or `n_clusters` is 0, or the values are no whole rows.
    pub fn of(values: &[f32], dim: usize, n_clusters: usize, seed: Seed) -> Self {
        assert!(dim > 0 && values.len().is_multiple_of(dim), "{} values of {dim}", values.len());
        assert!(n_clusters > 0, "no cluster at all");
        let mut unit = Vec::new();
        values.chunks_exact(dim).for_each(|row| push_unit(row, &mut unit));
        let rows: Vec<&[Chunk]> = unit.chunks_exact(n_chunks(dim)).collect();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        seed.stream("recommend/clusters").shuffle(&mut order);
        let n_clusters = n_clusters.min(rows.len());
        order.truncate(n_clusters.saturating_mul(SAMPLE_PER_CLUSTER));
        let sample: Vec<&[Chunk]> = order.into_iter().map(|at| rows[at]).collect();
        let mut centres: Vec<Vec<f32>> =
            sample.iter().take(n_clusters).map(|row| flat(row, dim)).collect();
        for _ in 0..N_ROUNDS {
            centres = moved(&centres, &sample);
        }
        let cluster_of = assigned(&centres, &rows);
        let (centres, cluster_of) = without_empty(centres, cluster_of);
        Self { centres: centres.concat(), cluster_of }
    }

    /// The vectors of each cluster, in their order.
    pub fn members(&self) -> Vec<Vec<usize>> {
        let n_clusters = self.cluster_of.iter().max().map_or(0, |last| last + 1);
        let mut members = vec![Vec::new(); n_clusters];
        for (position, cluster) in self.cluster_of.iter().enumerate() {
            members[*cluster].push(position);
        }
        members
    }
}

/// The clusters to be looked at for a query, nearest first: as many as hold no more than `most_rows`
/// vectors, but one at least. `centres` is `[n_clusters, dim]` row-major, `sizes` says how many vectors
/// each holds.
///
/// # Panics
///
/// If the query is empty, or there are not as many sizes as centres.
pub fn probe(query: &[f32], centres: &[f32], sizes: &[usize], most_rows: usize) -> Vec<usize> {
    let dim = query.len();
    assert_eq!(centres.len(), sizes.len() * dim, "a centre of {dim} values for each size");
    let index = NearestIndex::of_rows(dim, centres.chunks_exact(dim));
    let mut n_rows = 0;
    let mut chosen = Vec::new();
    for found in index.top_k(query, sizes.len(), |_| true) {
        n_rows += sizes[found.position];
        if n_rows > most_rows && !chosen.is_empty() {
            break;
        }
        chosen.push(found.position);
    }
    chosen
}

fn flat(row: &[Chunk], dim: usize) -> Vec<f32> {
    row.as_flattened()[..dim].to_vec()
}

/// The nearest centre of each row.
fn assigned(centres: &[Vec<f32>], rows: &[&[Chunk]]) -> Vec<usize> {
    let mut unit = Vec::new();
    centres.iter().for_each(|centre| push_unit(centre, &mut unit));
    let n_chunks = unit.len() / centres.len().max(1);
    let nearest = |row: &&[Chunk]| {
        let mut best = (f32::NEG_INFINITY, 0);
        for (at, centre) in unit.chunks_exact(n_chunks).enumerate() {
            let similarity = as_similarity(dot_chunks(row, centre));
            if similarity > best.0 {
                best = (similarity, at);
            }
        }
        best.1
    };
    rows.iter().map(nearest).collect()
}

/// Each centre at the mean of its rows; one that has none stays.
fn moved(centres: &[Vec<f32>], sample: &[&[Chunk]]) -> Vec<Vec<f32>> {
    let dim = centres.first().map_or(0, Vec::len);
    let mut sums = vec![vec![0f64; dim]; centres.len()];
    for (row, cluster) in sample.iter().zip(assigned(centres, sample)) {
        for (sum, value) in sums[cluster].iter_mut().zip(row.as_flattened()) {
            *sum += f64::from(*value);
        }
    }
    let centre = |(sum, old): (Vec<f64>, &Vec<f32>)| {
        let length = sum.iter().map(|value| value * value).sum::<f64>().sqrt();
        match length > 0.0 {
            true => sum.iter().map(|value| (value / length) as f32).collect(),
            false => old.clone(),
        }
    };
    sums.into_iter().zip(centres).map(centre).collect()
}

/// Without the clusters that no vector is nearest to.
fn without_empty(centres: Vec<Vec<f32>>, cluster_of: Vec<usize>) -> (Vec<Vec<f32>>, Vec<usize>) {
    let mut sizes = vec![0; centres.len()];
    cluster_of.iter().for_each(|cluster| sizes[*cluster] += 1);
    let mut n_before = 0;
    let mut new_number = Vec::with_capacity(sizes.len());
    for size in &sizes {
        new_number.push(n_before);
        n_before += usize::from(*size > 0);
    }
    let kept = centres.into_iter().zip(&sizes).filter(|(_, size)| **size > 0);
    let kept = kept.map(|(centre, _)| centre).collect();
    (kept, cluster_of.into_iter().map(|cluster| new_number[cluster]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n` vectors around `n_centres` random directions.
    fn clustered(n: usize, dim: usize, n_centres: usize) -> Vec<f32> {
        let mut stream = Seed(3).stream("clustered");
        let centres: Vec<f32> =
            (0..n_centres * dim).map(|_| stream.normal(0.0, 1.0) as f32).collect();
        let mut values = Vec::with_capacity(n * dim);
        for at in 0..n {
            let centre = &centres[at % n_centres * dim..][..dim];
            values.extend(centre.iter().map(|value| value + stream.normal(0.0, 0.4) as f32));
        }
        values
    }

    #[test]
    fn every_vector_is_in_its_nearest_cluster_and_none_is_empty() {
        let (dim, values) = (8, clustered(600, 8, 12));
        let clusters = Clusters::of(&values, dim, 20, Seed(1));
        let members = clusters.members();
        assert!(members.len() <= 20 && members.iter().all(|own| !own.is_empty()));
        assert_eq!(members.concat().len(), 600);
        let index = NearestIndex::of_rows(dim, clusters.centres.chunks_exact(dim));
        for (row, cluster) in values.chunks_exact(dim).zip(&clusters.cluster_of) {
            assert_eq!(index.top_k(row, 1, |_| true)[0].position, *cluster);
        }
        assert_eq!(
            Clusters::of(&values, dim, 20, Seed(1)),
            clusters,
            "the same seed, the same clusters"
        );
    }

    #[test]
    fn few_clusters_hold_the_nearest_vectors() {
        let (dim, values) = (16, clustered(4_000, 16, 60));
        let clusters = Clusters::of(&values, dim, 80, Seed(1));
        let members = clusters.members();
        let sizes: Vec<usize> = members.iter().map(Vec::len).collect();
        let index = NearestIndex::of_rows(dim, values.chunks_exact(dim));
        let (mut n_found, mut n_wanted) = (0, 0);
        for query in values.chunks_exact(dim).step_by(97) {
            let looked_at = probe(query, &clusters.centres, &sizes, 200);
            let n_rows: usize = looked_at.iter().map(|cluster| sizes[*cluster]).sum();
            assert!(n_rows <= 200 || looked_at.len() == 1, "{n_rows} vectors");
            for own in index.top_k(query, 10, |_| true) {
                n_wanted += 1;
                n_found += usize::from(looked_at.contains(&clusters.cluster_of[own.position]));
            }
        }
        assert!(n_found * 100 >= n_wanted * 95, "{n_found} of {n_wanted} within 5 %");
    }

    #[test]
    fn fewer_vectors_than_clusters_and_none() {
        let clusters = Clusters::of(&[1.0, 0.0, 0.0, 1.0], 2, 9, Seed(1));
        assert_eq!(clusters.members().len(), 2);
        assert_eq!(Clusters::of(&[], 2, 9, Seed(1)).members().len(), 0);
        assert_eq!(probe(&[1.0, 0.0], &clusters.centres, &[1, 1], 0).len(), 1, "one at least");
    }
}
