//! What contrastive pretraining measured: `contrastive.jsonl`, `contrastive.csv`, and events for TensorBoard.

use crate::files::{self, FileError};
use crate::training::run_folder::RunFolder;
use crate::training::tensorboard::{self, Scalars};
use serde::{Deserialize, Serialize};
use std::io::Write;

/// One line of `contrastive.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContrastiveEpoch {
    /// Number, from 1.
    pub epoch: usize,
    /// Mean loss of the train split's batches, while the weights changed.
    pub train_loss: f64,
    /// The same of the validation split, after the epoch; `None` where fewer than two of its songs have lyrics.
    pub validation_loss: Option<f64>,
    /// Share of the validation split's sounds whose own lyrics were nearest among those of their batch.
    pub validation_found: Option<f64>,
}

impl ContrastiveEpoch {
    /// The loss that decides.
    pub(super) fn watched(&self) -> f64 {
        self.validation_loss.unwrap_or(self.train_loss)
    }

    /// The measures: column of the csv, tag for TensorBoard, and value, where there is one.
    fn values(&self) -> [(&'static str, &'static str, Option<f64>); 3] {
        [
            ("train_loss", "contrastive_loss/train", Some(self.train_loss)),
            ("validation_loss", "contrastive_loss/validation", self.validation_loss),
            ("validation_found", "contrastive_found/validation", self.validation_found),
        ]
    }

    fn scalars(&self) -> Scalars {
        let values = self.values().into_iter();
        let values = values.filter_map(|(_, tag, value)| Some((tag.to_owned(), value?))).collect();
        Scalars { step: self.epoch, values }
    }

    /// As it is said while the run lasts.
    pub(super) fn line(&self) -> String {
        let mut line =
            format!("pairs, epoch {:>3}   train: loss {:.4}", self.epoch, self.train_loss);
        if let (Some(loss), Some(found)) = (self.validation_loss, self.validation_found) {
            line +=
                &format!("   validation: loss {loss:.4}, own lyrics found {:.1} %", 100.0 * found);
        }
        line
    }
}

/// The epoch with the lowest watched loss, the first of them.
pub fn best(epochs: &[ContrastiveEpoch]) -> Option<usize> {
    epochs.iter().min_by(|a, b| a.watched().total_cmp(&b.watched())).map(|epoch| epoch.epoch)
}

/// Reads the epochs up to and including `last`; none where the run had no pretraining.
///
/// # Errors
///
/// If the file can't be read; a line that is no epoch ends the reading.
pub fn read(folder: &RunFolder, last: usize) -> Result<Vec<ContrastiveEpoch>, FileError> {
    let path = folder.contrastive_jsonl();
    if last == 0 || !path.exists() {
        return Ok(Vec::new());
    }
    let text = files::read_text(&path)?;
    let epochs = text.lines().map_while(|line| serde_json::from_str(line).ok());
    Ok(epochs.take_while(|epoch: &ContrastiveEpoch| epoch.epoch <= last).collect())
}

/// Writes all epochs; new ones get the time `now_secs`, in seconds since 1970, for TensorBoard.
///
/// # Errors
///
/// If a file can't be written.
pub(super) fn write(
    folder: &RunFolder,
    epochs: &[ContrastiveEpoch],
    now_secs: f64,
) -> Result<(), FileError> {
    files::write_with(&folder.contrastive_jsonl(), |writer| -> std::io::Result<()> {
        for epoch in epochs {
            serde_json::to_writer(&mut *writer, epoch)?;
            writer.write_all(b"\n")?;
        }
        Ok(())
    })?;
    let mut csv = String::new();
    for epoch in epochs {
        let values = epoch.values();
        if csv.is_empty() {
            csv = format!("epoch,{}\n", values.map(|(column, _, _)| column).join(","));
        }
        let cells = values.map(|(_, _, value)| value.map_or(String::new(), |v| v.to_string()));
        csv += &format!("{},{}\n", epoch.epoch, cells.join(","));
    }
    files::write(&folder.contrastive_csv(), csv.as_bytes())?;
    let scalars: Vec<Scalars> = epochs.iter().map(ContrastiveEpoch::scalars).collect();
    tensorboard::write(&folder.contrastive_events(), &scalars, now_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_is_recorded_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::new(folder.path());
        let epoch = |epoch, train_loss, validation: Option<f64>| ContrastiveEpoch {
            epoch,
            train_loss,
            validation_loss: validation,
            validation_found: validation.map(|_| 0.25),
        };
        let epochs = [epoch(1, 2.5, Some(2.0)), epoch(2, 1.5, Some(1.75)), epoch(3, 1.0, None)];
        write(&run, &epochs, 100.0).unwrap();
        assert_eq!(read(&run, 9).unwrap(), epochs);
        assert_eq!(read(&run, 2).unwrap(), epochs[..2]);
        assert_eq!(best(&epochs[..2]), Some(2));
        let csv = files::read_text(&run.contrastive_csv()).unwrap();
        let rows: Vec<&str> = csv.lines().collect();
        assert_eq!(rows[0], "epoch,train_loss,validation_loss,validation_found");
        assert_eq!(rows[1..], ["1,2.5,2,0.25", "2,1.5,1.75,0.25", "3,1,,"]);
        let events = files::read(&run.contrastive_events()).unwrap();
        let events = String::from_utf8_lossy(&events);
        for (tag, n_epochs) in [("contrastive_loss/train", 3), ("contrastive_found/validation", 2)]
        {
            assert_eq!(events.matches(tag).count(), n_epochs, "{tag}");
        }
    }
}
