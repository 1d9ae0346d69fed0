//! Intervals of many figures at once, by drawing whole artists (or listeners).
//!
//! Every figure here is made of sums over songs: a mean of its values; the skewness of its counts, of
//! the first three powers; the macro F1, of a confusion matrix. A replication of the *cluster bootstrap*
//! (Davison and Hinkley, 1997, section 3.8) draws as many artists as there are, with replacement, and
//! adds up their sums. All figures of all recommenders use the same draws, so that the difference of
//! two is paired: both are asked about the same songs in each replication.
//!
//! Neighbours stay as they are found among all songs; what is drawn is whose figures count. (To draw
//! the pool anew would repeat songs, and a repeated song is its own nearest neighbour.)

use crate::random::Stream;
use crate::statistics::{Interval, LEAST_CLUSTERS, quantile};
use std::collections::BTreeMap;

/// Which cluster (artist, listener) each song or listen belongs to, numbered by first appearance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clusters {
    of_song: Vec<usize>,
    n: usize,
}

impl Clusters {
    /// Clusters by name; an empty name is unknown and a cluster of its own.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut numbers = BTreeMap::new();
        let (mut of_song, mut n) = (Vec::new(), 0);
        for name in names {
            let number = if name.is_empty() { n } else { *numbers.entry(name).or_insert(n) };
            n = n.max(number + 1);
            of_song.push(number);
        }
        Self { of_song, n }
    }

    /// Number of clusters.
    pub fn n_clusters(&self) -> usize {
        self.n
    }

    /// Number of songs.
    pub fn n_songs(&self) -> usize {
        self.of_song.len()
    }

    /// The cluster of each song.
    pub fn of_songs(&self) -> &[usize] {
        &self.of_song
    }

    /// The cluster of a song.
    pub(super) fn of(&self, song: usize) -> usize {
        self.of_song[song]
    }
}

/// How often each cluster is drawn in each replication.
#[derive(Debug, Clone)]
pub struct Replications {
    /// `[n_replications, n_clusters]`
    counts: Vec<u16>,
    n_clusters: usize,
    level: f64,
}

impl Replications {
    /// Draws them; intervals cover `level`.
    ///
    /// # Panics
    ///
    /// If there is no cluster or no replication, or `level` is not between 0 and 1.
    pub fn draw(clusters: &Clusters, n: usize, level: f64, stream: &mut Stream) -> Self {
        let n_clusters = clusters.n_clusters();
        assert!(n_clusters > 0 && n > 0, "{n} replications of {n_clusters} clusters");
        assert!(level > 0.0 && level < 1.0, "level {level} is not in 0 to 1");
        let mut counts = vec![0u16; n * n_clusters];
        for replication in counts.chunks_exact_mut(n_clusters) {
            for _ in 0..n_clusters {
                let drawn = &mut replication[stream.below(n_clusters)];
                *drawn = drawn.saturating_add(1);
            }
        }
        Self { counts, n_clusters, level }
    }

    /// The percentile interval of a statistic of `n_clusters` clusters that have something; `None` where they are fewer
    /// than two, or fewer than nine in ten replications have a value.
    pub(super) fn interval(
        &self,
        n_clusters: usize,
        statistic: impl Fn(&[u16]) -> Option<f64>,
    ) -> Option<Interval> {
        if n_clusters < LEAST_CLUSTERS {
            return None;
        }
        let all = self.counts.chunks_exact(self.n_clusters);
        let n = all.len();
        let mut values: Vec<f64> = all.filter_map(statistic).collect();
        if values.len() * 10 < n * 9 {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let tail = (1.0 - self.level) / 2.0;
        Some(Interval { low: quantile(&values, tail), high: quantile(&values, 1.0 - tail) })
    }
}

/// What a figure is computed from, one entry a song.
#[derive(Debug, Clone, PartialEq)]
pub enum SongData {
    /// The figure is their mean; `None` where a song has no value.
    Values(Vec<Option<f64>>),
    /// The figure is the skewness of these counts (the third standardised moment, not corrected for
    /// the number of songs).
    Counts(Vec<f64>),
    /// The figure is the mean F1 of the classes that occur; each pair is of true and predicted class.
    Predictions {
        /// Number of classes.
        n_classes: usize,
        /// The pairs; `None` where nothing was predicted.
        pairs: Vec<Option<(usize, usize)>>,
    },
}

impl SongData {
    /// Whether a song has something.
    pub(super) fn has(&self, song: usize) -> bool {
        match self {
            Self::Values(values) => values[song].is_some(),
            Self::Counts(_) => true,
            Self::Predictions { pairs, .. } => pairs[song].is_some(),
        }
    }
}

/// The sums of each cluster.
#[derive(Debug)]
pub(super) struct Sums {
    kind: Kind,
    width: usize,
    /// `[n_clusters, width]`
    sums: Vec<f64>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Mean,
    Skewness,
    MacroF1(usize),
}

impl Sums {
    /// Adds up the songs that `keep` accepts.
    pub(super) fn new(data: &SongData, clusters: &Clusters, keep: impl Fn(usize) -> bool) -> Self {
        let (kind, width) = match data {
            SongData::Values(_) => (Kind::Mean, 2),
            SongData::Counts(_) => (Kind::Skewness, 4),
            SongData::Predictions { n_classes, .. } => {
                (Kind::MacroF1(*n_classes), n_classes * n_classes)
            }
        };
        let mut sums = vec![0.0; clusters.n_clusters() * width];
        // Skewness does not depend on where zero is; near the mean, powers lose least.
        let origin = match data {
            SongData::Counts(counts) => counts.iter().sum::<f64>() / counts.len().max(1) as f64,
            _ => 0.0,
        };
        for song in (0..clusters.n_songs()).filter(|song| data.has(*song) && keep(*song)) {
            let own = &mut sums[clusters.of(song) * width..][..width];
            match data {
                SongData::Values(values) => {
                    own[0] += 1.0;
                    own[1] += values[song].unwrap_or_default();
                }
                SongData::Counts(counts) => {
                    for (power, sum) in own.iter_mut().enumerate() {
                        *sum += (counts[song] - origin).powi(power as i32);
                    }
                }
                SongData::Predictions { n_classes, pairs } => {
                    let (truth, said) = pairs[song].unwrap_or_default();
                    own[truth * n_classes + said] += 1.0;
                }
            }
        }
        Self { kind, width, sums }
    }

    /// Clusters that have something. The first sum of a mean and of a skewness is a number of songs, the sums of a
    /// confusion matrix all are.
    pub(super) fn n_clusters(&self) -> usize {
        let has = |own: &&[f64]| own.iter().any(|sum| *sum != 0.0);
        self.sums.chunks_exact(self.width).filter(has).count()
    }

    /// The figure where each cluster counts as often as `counts` says.
    pub(super) fn at(&self, counts: &[u16]) -> Option<f64> {
        let mut total = vec![0.0; self.width];
        for (count, own) in counts.iter().zip(self.sums.chunks_exact(self.width)) {
            if *count > 0 {
                for (sum, value) in total.iter_mut().zip(own) {
                    *sum += f64::from(*count) * value;
                }
            }
        }
        match self.kind {
            Kind::Mean => (total[0] > 0.0).then(|| total[1] / total[0]),
            Kind::Skewness => skewness(&total),
            Kind::MacroF1(n_classes) => macro_f1(&total, n_classes),
        }
    }

    /// The figure of all songs.
    pub(super) fn of_all(&self) -> Option<f64> {
        self.at(&vec![1; self.sums.len() / self.width])
    }
}

/// From the number and the sums of the first three powers; `None` where all are equal.
fn skewness(sums: &[f64]) -> Option<f64> {
    let n = sums[0];
    if n <= 0.0 {
        return None;
    }
    let [mean, square, cube] = [1, 2, 3].map(|power| sums[power] / n);
    let variance = square - mean * mean;
    let third = cube - 3.0 * mean * square + 2.0 * mean.powi(3);
    (variance > 1e-12 * square.max(1.0)).then(|| third / variance.powf(1.5))
}

/// The mean over the classes that occur, true or predicted, as scikit-learn has it: where few artists
/// are drawn a class may be missing, which is nobody's mistake.
fn macro_f1(confusion: &[f64], n: usize) -> Option<f64> {
    let sum = |of: &dyn Fn(usize) -> usize| (0..n).map(|other| confusion[of(other)]).sum::<f64>();
    let f1 = |class: usize| {
        let called = sum(&|truth| truth * n + class);
        let support = sum(&|said| class * n + said);
        let whole = called + support;
        (whole > 0.0).then(|| 2.0 * confusion[class * n + class] / whole)
    };
    let of_classes: Vec<f64> = (0..n).filter_map(f1).collect();
    (!of_classes.is_empty()).then(|| of_classes.iter().sum::<f64>() / of_classes.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;
    use crate::statistics::{Bootstrap, ConfusionMatrix, cluster_bootstrap};
    use serde::Deserialize;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} and {b}");
    }

    /// Songs of 7 artists with counts and predictions of 3 classes.
    fn songs() -> (Clusters, Vec<f64>, Vec<(usize, usize)>) {
        let mut stream = Seed(3).stream("resample");
        let names: Vec<String> = (0..60).map(|_| format!("a{}", stream.below(7))).collect();
        let counts = (0..60).map(|_| (stream.unit().powi(4) * 50.0).floor()).collect();
        let pairs = (0..60).map(|_| (stream.below(3), stream.below(3))).collect();
        (Clusters::new(names.iter().map(String::as_str)), counts, pairs)
    }

    #[test]
    fn a_mean_has_the_interval_of_the_cluster_bootstrap() {
        let (clusters, values, _) = songs();
        let data = SongData::Values(values.iter().copied().map(Some).collect());
        let draws = Replications::draw(&clusters, 500, 0.95, &mut Seed(1).stream("x"));
        let sums = Sums::new(&data, &clusters, |_| true);
        let got = draws.interval(sums.n_clusters(), |counts| sums.at(counts)).unwrap();
        let how = Bootstrap { n_replications: 500, level: 0.95 };
        let mut stream = Seed(1).stream("x");
        let expected = cluster_bootstrap(&clusters.of_song, &values, how, &mut stream).unwrap();
        close(got.low, expected.low);
        close(got.high, expected.high);
    }

    /// Writes down every song as often as it is drawn and computes from the list.
    #[test]
    fn sums_are_what_the_drawn_songs_give() {
        let (clusters, values, pairs) = songs();
        let (low, high) = (0, clusters.n_clusters() as u16);
        let counts: Vec<u16> = (low..high).map(|at| (at * 5 + 1) % 4).collect();
        let drawn: Vec<usize> =
            (0..60).flat_map(|song| (0..counts[clusters.of(song)]).map(move |_| song)).collect();
        let skew = Sums::new(&SongData::Counts(values.clone()), &clusters, |_| true);
        let n = drawn.len() as f64;
        let mean = drawn.iter().map(|song| values[*song]).sum::<f64>() / n;
        let moment =
            |power| drawn.iter().map(|song| (values[*song] - mean).powi(power)).sum::<f64>() / n;
        close(skew.at(&counts).unwrap(), moment(3) / moment(2).powf(1.5));
        let own = pairs.iter().copied().map(Some).collect();
        let data = SongData::Predictions { n_classes: 3, pairs: own };
        let f1 = Sums::new(&data, &clusters, |_| true).at(&counts).unwrap();
        let matrix = ConfusionMatrix::from_pairs(3, drawn.iter().map(|song| pairs[*song]));
        close(f1, matrix.macro_average().f1);
    }

    /// Made by `tests/golden/evaluation/generate.py` with scipy and scikit-learn.
    #[derive(Deserialize)]
    struct Golden {
        counts: Vec<f64>,
        skewness: f64,
        truth: Vec<usize>,
        predicted: Vec<usize>,
        macro_f1: f64,
    }

    #[test]
    fn skewness_and_f1_agree_with_scipy_and_scikit_learn() {
        let json = include_str!("../../../tests/golden/evaluation/figures.json");
        let golden: Golden = serde_json::from_str(json).unwrap();
        let names: Vec<String> = (0..golden.counts.len()).map(|at| at.to_string()).collect();
        let clusters = Clusters::new(names.iter().map(String::as_str));
        let skew = Sums::new(&SongData::Counts(golden.counts), &clusters, |_| true);
        close(skew.of_all().unwrap(), golden.skewness);
        let pairs = golden.truth.into_iter().zip(golden.predicted).map(Some).collect();
        let data = SongData::Predictions { n_classes: 4, pairs };
        let f1 = Sums::new(&data, &clusters, |_| true);
        close(f1.of_all().unwrap(), golden.macro_f1);
    }

    #[test]
    fn a_class_that_does_not_occur_does_not_count() {
        assert_eq!(macro_f1(&[2.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0], 3), Some(1.0));
        assert_eq!(macro_f1(&[0.0; 9], 3), None);
    }

    #[test]
    fn nothing_and_equal_counts_have_no_figure() {
        let clusters = Clusters::new(["a", "a", "b"]);
        let none = Sums::new(&SongData::Values(vec![None; 3]), &clusters, |_| true);
        assert_eq!(none.of_all(), None);
        let equal = Sums::new(&SongData::Counts(vec![0.1; 3]), &clusters, |_| true);
        assert_eq!(equal.of_all(), None);
        let draws = Replications::draw(&clusters, 20, 0.95, &mut Seed(1).stream("x"));
        assert_eq!((none.n_clusters(), equal.n_clusters()), (0, 2));
        assert_eq!(draws.interval(2, |counts| none.at(counts)), None);
    }

    #[test]
    fn unknown_artists_are_different_ones() {
        let clusters = Clusters::new(["", "a", "", "a"]);
        assert_eq!((clusters.n_clusters(), clusters.of_song), (3, vec![0, 1, 2, 1]));
    }
}
