//! Where what stands in `runs/NAME/`.

use crate::files::{self, FileError};
use std::path::{Path, PathBuf};

/// The epoch whose weights are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum WeightsOf {
    /// The one that `segue train --keep` asked for.
    Kept,
    /// That of the lowest watched loss.
    Best,
    /// The last.
    Last,
}

/// The folder of one training run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    root: PathBuf,
}

impl RunFolder {
    /// The run in that folder.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Resolved settings, seed, versions, hashes of the data.
    pub fn run_json(&self) -> PathBuf {
        self.root.join("run.json")
    }

    /// The network's description.
    pub fn model_json(&self) -> PathBuf {
        self.root.join("model.json")
    }

    /// The weights of another epoch that is worth having, `best` or `last`, without an ending.
    pub fn other_weights(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The weights of that epoch, burnpack. Those of the best or last epoch stand in a file of their own only where they
    /// are not the kept ones.
    ///
    /// # Errors
    ///
    /// If it can't be told whether they do.
    pub fn weights_of(&self, epoch: WeightsOf) -> Result<PathBuf, FileError> {
        let name = match epoch {
            WeightsOf::Kept => return Ok(self.weights()),
            WeightsOf::Best => "best",
            WeightsOf::Last => "last",
        };
        let own = self.other_weights(name).with_extension("bpk");
        Ok(if files::exists(&own)? { own } else { self.weights() })
    }

    /// The settings as `segue train --config` takes them.
    pub fn config_toml(&self) -> PathBuf {
        self.root.join("config.toml")
    }

    /// What the network is, is for, and is worth, for people.
    pub fn model_card(&self) -> PathBuf {
        self.root.join("MODEL_CARD.md")
    }

    /// The measures as TensorBoard reads them.
    pub fn events(&self) -> PathBuf {
        self.root.join("events.out.tfevents.0.segue")
    }

    /// The kept weights, burnpack.
    pub fn weights(&self) -> PathBuf {
        self.root.join("model.bpk")
    }

    /// The kept weights, safetensors.
    pub fn weights_safetensors(&self) -> PathBuf {
        self.root.join("model.safetensors")
    }

    /// The tokenizer, where the network reads.
    pub fn tokenizer(&self) -> PathBuf {
        self.root.join("tokenizer.json")
    }

    /// One line an epoch, JSON.
    pub fn metrics_jsonl(&self) -> PathBuf {
        self.root.join("metrics.jsonl")
    }

    /// One row an epoch.
    pub fn metrics_csv(&self) -> PathBuf {
        self.root.join("metrics.csv")
    }

    /// One row a test song.
    pub fn predictions(&self) -> PathBuf {
        self.root.join("predictions.csv")
    }

    /// Results on the test split; written last, so that its presence means a finished run.
    pub fn report(&self) -> PathBuf {
        self.root.join(REPORT)
    }

    /// One line an epoch of contrastive pretraining, JSON.
    pub fn contrastive_jsonl(&self) -> PathBuf {
        self.root.join("contrastive.jsonl")
    }

    /// One row an epoch of contrastive pretraining.
    pub fn contrastive_csv(&self) -> PathBuf {
        self.root.join("contrastive.csv")
    }

    /// The same as TensorBoard reads it.
    pub fn contrastive_events(&self) -> PathBuf {
        self.root.join("events.out.tfevents.0.contrastive")
    }

    /// Pictures.
    pub fn figures(&self) -> PathBuf {
        self.root.join("figures")
    }

    /// Weights and optimiser of recent epochs, while the run lasts.
    pub fn checkpoints(&self) -> PathBuf {
        self.root.join(CHECKPOINTS)
    }

    /// File of one part of the checkpoint of an epoch.
    pub fn checkpoint(&self, part: &str, epoch: usize) -> PathBuf {
        self.checkpoints().join(format!("{part}-{epoch}.bpk"))
    }

    /// The last epoch whose checkpoint is whole.
    ///
    /// # Errors
    ///
    /// If the folder can't be read.
    pub fn last_checkpoint(&self) -> Result<Option<usize>, FileError> {
        self.last_whole(CHECKPOINT_PARTS, usize::MAX)
    }

    /// The last epoch, up to `most`, of which all of these parts are there.
    ///
    /// # Errors
    ///
    /// If the folder can't be read.
    pub fn last_whole(&self, parts: [&str; 3], most: usize) -> Result<Option<usize>, FileError> {
        let epoch = |path: &PathBuf| {
            let name = path.file_stem()?.to_str()?;
            name.strip_prefix(parts[0])?.strip_prefix('-')?.parse::<usize>().ok()
        };
        let is_whole = |epoch: &usize| {
            *epoch <= most && parts.iter().all(|part| self.checkpoint(part, *epoch).exists())
        };
        let found = files::list(&self.checkpoints())?;
        Ok(found.iter().filter_map(epoch).filter(is_whole).max())
    }
}

/// Name of the folder of checkpoints.
pub const CHECKPOINTS: &str = "checkpoints";

/// Name of the report, which is written last.
pub const REPORT: &str = "report.json";

/// The parts of a checkpoint: each is one file an epoch.
pub const CHECKPOINT_PARTS: [&str; 3] = ["model", "optimizer", "schedule"];

/// The same of contrastive pretraining.
pub const CONTRASTIVE_PARTS: [&str; 3] =
    ["contrastive", "contrastive-optimizer", "contrastive-schedule"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_and_the_last_epoch_may_be_the_kept_one() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::new(folder.path());
        files::write(&folder.path().join("last.bpk"), b"").unwrap();
        let name_of = |epoch| run.weights_of(epoch).unwrap().file_name().unwrap().to_owned();
        assert_eq!(name_of(WeightsOf::Kept), "model.bpk");
        assert_eq!(name_of(WeightsOf::Best), "model.bpk");
        assert_eq!(name_of(WeightsOf::Last), "last.bpk");
    }

    #[test]
    fn half_a_checkpoint_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::new(folder.path());
        assert_eq!(run.last_checkpoint().unwrap(), None);
        for part in CHECKPOINT_PARTS {
            files::write(&run.checkpoint(part, 9), b"").unwrap();
            files::write(&run.checkpoint(part, 10), b"").unwrap();
        }
        files::write(&run.checkpoint("model", 11), b"").unwrap();
        assert_eq!(run.last_checkpoint().unwrap(), Some(10));
        assert_eq!(run.last_whole(CHECKPOINT_PARTS, 9).unwrap(), Some(9));
    }
}
