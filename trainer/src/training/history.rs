//! What was measured, epoch by epoch: `metrics.jsonl` and `metrics.csv`.

use super::config::{Keep, Monitor};
use super::run_folder::RunFolder;
use super::tensorboard::{self, Scalars};
use crate::files::{self, FileError};
use serde::{Deserialize, Serialize};
use shared::statistics::ConfusionMatrix;
use std::io::Write;

/// Scores of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GenreScores {
    /// Genre.
    pub genre: String,
    /// Share of the rows called so that are so.
    pub precision: f64,
    /// Share of the rows that are so that are called so.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
}

/// What was measured on one split in one epoch, or once on the test split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SplitScores {
    /// Mean loss over the rows.
    pub loss: f64,
    /// Share of the rows that are named right.
    pub accuracy: f64,
    /// Mean F1 of the genres that occur, true or predicted.
    pub macro_f1: f64,
    /// Each genre's scores.
    pub genres: Vec<GenreScores>,
}

impl SplitScores {
    /// Scores of a confusion matrix.
    pub fn new(loss: f64, confusion: &ConfusionMatrix, genres: &[String]) -> Self {
        let scores = confusion.per_class();
        Self {
            loss: kept(loss),
            accuracy: kept(confusion.accuracy()),
            macro_f1: kept(confusion.macro_average().f1),
            genres: genres
                .iter()
                .zip(&scores)
                .map(|(genre, class)| GenreScores {
                    genre: genre.clone(),
                    precision: kept(class.precision),
                    recall: kept(class.recall),
                    f1: kept(class.f1),
                })
                .collect(),
        }
    }
}

/// To nine decimals. A run that is resumed reads its measures back, and so few digits are read as
/// exactly what was written.
fn kept(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

/// One epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Number, from 1.
    pub epoch: usize,
    /// On the train split, while the weights changed.
    pub train: SplitScores,
    /// On the validation split, after the epoch.
    pub validation: SplitScores,
}

impl Epoch {
    /// The loss that decides.
    fn watched(&self, monitor: Monitor) -> f64 {
        match monitor {
            Monitor::ValidationLoss => self.validation.loss,
            Monitor::TrainLoss => self.train.loss,
        }
    }

    /// What TensorBoard is shown.
    fn scalars(&self) -> Scalars {
        let mut values = Vec::new();
        for (split, scores) in [("train", &self.train), ("validation", &self.validation)] {
            let mut add = |name: String, value| values.push((format!("{name}/{split}"), value));
            add("loss".to_owned(), scores.loss);
            add("accuracy".to_owned(), scores.accuracy);
            add("macro_f1".to_owned(), scores.macro_f1);
            scores.genres.iter().for_each(|own| add(format!("f1_{}", own.genre), own.f1));
        }
        Scalars { step: self.epoch, values }
    }

    /// Whether both losses are numbers.
    pub fn is_sound(&self) -> bool {
        self.train.loss.is_finite() && self.validation.loss.is_finite()
    }
}

/// A text as csv has it (RFC 4180): genres may hold commas.
fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// All epochs of a run so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The epochs, in order.
    pub epochs: Vec<Epoch>,
}

impl History {
    /// Reads `metrics.jsonl` up to and including the epoch `last`.
    ///
    /// # Errors
    ///
    /// If the file can't be read; a line that is no epoch ends the reading, since a killed program may
    /// have left it.
    pub fn read(folder: &RunFolder, last: usize) -> Result<Self, FileError> {
        let path = folder.metrics_jsonl();
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = files::read_text(&path)?;
        let epochs = text
            .lines()
            .map_while(|line| serde_json::from_str::<Epoch>(line).ok())
            .take_while(|epoch| epoch.epoch <= last)
            .collect();
        Ok(Self { epochs })
    }

    /// Writes `metrics.jsonl`, `metrics.csv` and the events for TensorBoard, of which new ones get the time `now_secs`, in
    /// seconds since 1970.
    ///
    /// # Errors
    ///
    /// If they can't be written.
    pub fn write(&self, folder: &RunFolder, now_secs: f64) -> Result<(), FileError> {
        files::write_with(&folder.metrics_jsonl(), |writer| -> std::io::Result<()> {
            for epoch in &self.epochs {
                serde_json::to_writer(&mut *writer, epoch)?;
                writer.write_all(b"\n")?;
            }
            Ok(())
        })?;
        files::write(&folder.metrics_csv(), self.to_csv().as_bytes())?;
        let scalars: Vec<Scalars> = self.epochs.iter().map(Epoch::scalars).collect();
        tensorboard::write(&folder.events(), &scalars, now_secs)
    }

    /// One row an epoch.
    fn to_csv(&self) -> String {
        let mut header = vec!["epoch".to_owned()];
        let genres = self.epochs.first().map_or(&[][..], |epoch| &epoch.train.genres);
        for split in ["train", "validation"] {
            header.extend(["loss", "accuracy", "macro_f1"].map(|name| format!("{split}_{name}")));
            for score in ["precision", "recall", "f1"] {
                header.extend(genres.iter().map(|g| format!("{split}_{score}_{}", g.genre)));
            }
        }
        let mut csv = header.iter().map(|name| csv_cell(name)).collect::<Vec<_>>().join(",") + "\n";
        for epoch in &self.epochs {
            let mut row = vec![epoch.epoch.to_string()];
            for split in [&epoch.train, &epoch.validation] {
                row.extend([split.loss, split.accuracy, split.macro_f1].map(|v| v.to_string()));
                for score in [
                    |g: &GenreScores| g.precision,
                    |g: &GenreScores| g.recall,
                    |g: &GenreScores| g.f1,
                ] {
                    row.extend(split.genres.iter().map(|genre| score(genre).to_string()));
                }
            }
            csv += &(row.join(",") + "\n");
        }
        csv
    }

    /// The epoch whose weights are kept: that of the lowest watched loss, or the last; `None` where
    /// no epoch was sound.
    pub fn kept(&self, keep: Keep, monitor: Monitor) -> Option<usize> {
        let mut sound = self.epochs.iter().filter(|epoch| epoch.is_sound());
        let kept = match keep {
            Keep::Last => sound.next_back(),
            Keep::Best => sound.min_by(|a, b| a.watched(monitor).total_cmp(&b.watched(monitor))),
        };
        kept.map(|epoch| epoch.epoch)
    }

    /// Epochs since the watched loss was lowest.
    pub fn n_epochs_without_gain(&self, monitor: Monitor) -> usize {
        match (self.kept(Keep::Best, monitor), self.epochs.last()) {
            (Some(best), Some(last)) => last.epoch - best,
            _ => 0,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::training) fn history(losses: &[f64]) -> History {
        let scores = |loss| SplitScores { loss, accuracy: 0.5, macro_f1: 0.5, genres: vec![] };
        let epochs = losses
            .iter()
            .zip(1..)
            .map(|(&loss, epoch)| Epoch {
                epoch,
                train: scores(1.0 / epoch as f64),
                validation: scores(loss),
            })
            .collect();
        History { epochs }
    }

    #[test]
    fn the_best_epoch_is_that_of_the_lowest_loss() {
        let history = history(&[0.9, 0.5, 0.7, f64::NAN]);
        assert_eq!(history.kept(Keep::Best, Monitor::ValidationLoss), Some(2));
        assert_eq!(history.kept(Keep::Last, Monitor::ValidationLoss), Some(3));
        assert_eq!(history.kept(Keep::Best, Monitor::TrainLoss), Some(3));
        assert_eq!(history.n_epochs_without_gain(Monitor::ValidationLoss), 2);
    }

    #[test]
    fn reading_stops_where_it_must() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::new(folder.path());
        let written = history(&[0.9, 0.5, 0.7]);
        written.write(&run, 100.0).unwrap();
        assert_eq!(History::read(&run, 9).unwrap(), written);
        assert_eq!(History::read(&run, 2).unwrap().epochs, written.epochs[..2]);
        let csv = files::read_text(&run.metrics_csv()).unwrap();
        assert_eq!(csv.lines().count(), 4);
        assert!(csv.starts_with("epoch,train_loss,train_accuracy"), "{csv}");
        let mut header = written.clone();
        let scores =
            |genre: &str| GenreScores { genre: genre.into(), precision: 0.5, recall: 0.5, f1: 0.5 };
        for epoch in &mut header.epochs {
            epoch.train.genres = vec![scores("Folk, \"World\""), scores("Pop")];
            epoch.validation.genres = epoch.train.genres.clone();
        }
        let csv = header.to_csv();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(&reader.headers().unwrap()[4], "train_precision_Folk, \"World\"");
        assert_eq!(
            reader.records().filter(|row| row.as_ref().is_ok_and(|own| own.len() == 19)).count(),
            3
        );
        let events = files::read(&run.events()).unwrap();
        let events = String::from_utf8_lossy(&events);
        for tag in ["loss/train", "accuracy/validation", "macro_f1/train"] {
            assert_eq!(events.matches(tag).count(), 3, "{tag}");
        }
    }
}
