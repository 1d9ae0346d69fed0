//! The result of an evaluation: `evaluation.json` and `metrics.csv`.

use super::compare::{Comparison, Contrast, Value};
use crate::statistics::{ConfusionMatrix, Interval};
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything that was found.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// Version of Segue.
    pub version: String,
    /// Settings by name.
    pub settings: BTreeMap<String, String>,
    /// SHA-256 of each input by its argument.
    pub inputs: BTreeMap<String, String>,
    /// Songs of the pool.
    pub n_songs: usize,
    /// Their artists.
    pub n_artists: usize,
    /// Songs of each genre.
    pub genres: BTreeMap<String, usize>,
    /// What was left out, or can't be said, one sentence each.
    pub notes: Vec<String>,
    /// Measures over songs; intervals are over artists.
    pub songs: Vec<Comparison>,
    /// The linear probe of each table.
    pub probes: Vec<ProbeSummary>,
    /// What networks said of the songs themselves, by run.
    pub networks: Vec<Classification>,
    /// Measures over transitions of a listening history; intervals are over listeners.
    pub history: Option<HistorySummary>,
}

/// A linear probe.
#[derive(Debug, Clone, Serialize)]
pub struct ProbeSummary {
    /// Songs that it was fitted to.
    pub n_train: usize,
    /// Share of the songs of the pool that are of the genre most frequent among those.
    pub majority_accuracy: f64,
    /// What it said of the songs of the pool.
    pub said: Classification,
}

/// Genres, true and predicted.
#[derive(Debug, Clone, Serialize)]
pub struct Classification {
    /// Of which table or run.
    pub name: String,
    /// Genres, in the order of the matrix.
    pub genres: Vec<String>,
    /// Songs by true (row) and predicted (column) genre.
    pub confusion: Vec<Vec<u64>>,
}

impl Classification {
    /// Counts pairs of true and predicted genre.
    pub fn new(name: &str, genres: &[String], pairs: &[Option<(usize, usize)>]) -> Self {
        let n = genres.len();
        let matrix = ConfusionMatrix::from_pairs(n, pairs.iter().copied().flatten());
        Self {
            name: name.to_owned(),
            genres: genres.to_vec(),
            confusion: (0..n).map(|truth| matrix.row(truth).to_vec()).collect(),
        }
    }

    /// The counts as a matrix.
    pub fn matrix(&self) -> ConfusionMatrix {
        let cells = self.confusion.iter().enumerate().flat_map(|(truth, row)| {
            row.iter().enumerate().map(move |(said, count)| (truth, said, *count))
        });
        let pairs = cells.flat_map(|(truth, said, count)| (0..count).map(move |_| (truth, said)));
        ConfusionMatrix::from_pairs(self.genres.len(), pairs)
    }
}

/// What a listening history says.
#[derive(Debug, Clone, Serialize)]
pub struct HistorySummary {
    /// Rows of the file.
    pub n_rows: usize,
    /// Rows with a song that is not of the pool.
    pub n_outside: usize,
    /// Rows that are wrong.
    pub n_faulty: usize,
    /// The first of those, one sentence each.
    pub faults: Vec<String>,
    /// The moment of the cut, as the file has times (of dates, in seconds since 1970).
    pub cut: f64,
    /// Listens before the cut, which popularity and item-based neighbours are learnt from.
    pub n_past: usize,
    /// Transitions after it.
    pub n_transitions: usize,
    /// Their listeners.
    pub n_listeners: usize,
    /// The measures.
    pub measures: Vec<Comparison>,
}

impl Evaluation {
    /// `metrics.csv`: a row for each figure, then for each difference of two.
    pub fn to_csv(&self) -> String {
        let mut csv = String::from("measure,recommender,minus,n,estimate,low,high\n");
        let history = self.history.iter().flat_map(|own| &own.measures);
        for comparison in self.songs.iter().chain(history) {
            let name = comparison.measure.name();
            for Value { recommender, n, estimate, interval } in &comparison.values {
                csv += &row(name, [recommender, ""], *n, (*estimate, *interval));
            }
            for Contrast { first, second, n, estimate, interval } in &comparison.differences {
                csv += &row(name, [first, second], *n, (*estimate, *interval));
            }
        }
        csv
    }
}

fn row(
    measure: &str,
    [one, other]: [&str; 2],
    n: usize,
    (estimate, interval): (f64, Option<Interval>),
) -> String {
    let ends = interval.map_or_else(|| ",".to_owned(), |own| format!("{},{}", own.low, own.high));
    format!("{measure},{one},{other},{n},{estimate},{ends}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Measure;

    #[test]
    fn every_figure_has_its_row() {
        let interval = Some(Interval { low: 0.25, high: 0.75 });
        let value = |recommender: &str, interval| Value {
            recommender: recommender.into(),
            n: 3,
            estimate: 0.5,
            interval,
        };
        let difference = Contrast {
            first: "audio".into(),
            second: "random".into(),
            n: 2,
            estimate: 0.125,
            interval,
        };
        let evaluation = Evaluation {
            version: "1".into(),
            settings: BTreeMap::new(),
            inputs: BTreeMap::new(),
            n_songs: 3,
            n_artists: 2,
            genres: BTreeMap::new(),
            notes: Vec::new(),
            songs: vec![Comparison {
                measure: Measure::GenreNdcg,
                what: "nDCG",
                values: vec![value("audio", interval), value("random", None)],
                differences: vec![difference],
            }],
            probes: Vec::new(),
            networks: Vec::new(),
            history: None,
        };
        let csv = evaluation.to_csv();
        let rows: Vec<&str> = csv.lines().skip(1).collect();
        assert_eq!(rows[0], "same_genre_ndcg_10,audio,,3,0.5,0.25,0.75");
        assert_eq!(rows[1], "same_genre_ndcg_10,random,,3,0.5,,");
        assert_eq!(rows[2], "same_genre_ndcg_10,audio,random,2,0.125,0.25,0.75");
    }

    #[test]
    fn a_matrix_survives_its_counts() {
        let genres = ["pop".to_owned(), "rap".to_owned()];
        let own =
            Classification::new("a", &genres, &[Some((0, 1)), None, Some((1, 1)), Some((0, 1))]);
        assert_eq!(own.confusion, [[0, 2], [0, 1]]);
        assert_eq!(own.matrix().count(0, 1), 2);
    }
}
