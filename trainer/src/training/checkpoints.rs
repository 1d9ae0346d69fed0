//! What is kept of each epoch, and when to stop.

use super::config::{Keep, Monitor};
use super::history::{Epoch, History, SplitScores};
use super::run_folder::RunFolder;
use super::tally::Tally;
use super::tensorboard;
use crate::files::{self, FileError};
use burn::train::checkpoint::{
    Checkpoint, Checkpointer, CheckpointerError, CheckpointingAction, CheckpointingStrategy,
};
use burn::train::metric::store::EventStoreClient;
use burn::train::{EarlyStoppingStrategy, Interrupter};
use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// Writes one part of a checkpoint; a killed program leaves no half file under its name.
pub(super) struct PartCheckpointer {
    folder: RunFolder,
    part: &'static str,
}

impl PartCheckpointer {
    pub(super) fn new(folder: &RunFolder, part: &'static str) -> Self {
        Self { folder: folder.clone(), part }
    }
}

impl<R: Checkpoint> Checkpointer<R> for PartCheckpointer {
    fn save(&self, epoch: usize, record: R) -> Result<(), CheckpointerError> {
        let bytes = record.checkpoint_into_bytes().map_err(CheckpointerError::Record)?;
        files::write(&self.folder.checkpoint(self.part, epoch), &bytes)
            .map_err(|error| unwritten(&error))
    }

    fn delete(&self, epoch: usize) -> Result<(), CheckpointerError> {
        files::remove(&self.folder.checkpoint(self.part, epoch)).map_err(|error| unwritten(&error))
    }

    fn restore(&self, epoch: usize) -> Result<R, CheckpointerError> {
        R::load(self.folder.checkpoint(self.part, epoch))
    }
}

/// burn-train shows an error without its source, which is what tells a full disk from a lack of rights.
fn unwritten(error: &FileError) -> CheckpointerError {
    let reason = error.source().map_or_else(String::new, |source| format!(": {source}"));
    CheckpointerError::IOError(std::io::Error::other(format!("{error}{reason}")))
}

/// What the end of an epoch needs.
pub(super) struct EpochEnd {
    pub(super) folder: RunFolder,
    pub(super) genres: Vec<String>,
    pub(super) train: Tally,
    pub(super) validation: Tally,
    pub(super) keep: Keep,
    pub(super) monitor: Monitor,
    pub(super) patience: usize,
    pub(super) interrupter: Interrupter,
    /// Says an epoch's results to the user.
    pub(super) say: Box<dyn Fn(&Epoch) + Send + Sync>,
}

/// Records each epoch, decides which checkpoints stay, and stops when nothing is gained any more.
/// burn-train asks it twice at the end of an epoch: for checkpoints, then whether to stop.
#[derive(Clone)]
pub(super) struct EpochKeeper {
    end: Arc<EpochEnd>,
    history: Arc<Mutex<History>>,
    /// What ended the training, where the history could not be written.
    unwritten: Arc<Mutex<Option<FileError>>>,
    /// Whether training ends after an epoch, once that is known.
    decided: Arc<(Mutex<BTreeMap<usize, bool>>, Condvar)>,
}

impl EpochKeeper {
    pub(super) fn new(end: EpochEnd, history: History) -> Self {
        let history = Arc::new(Mutex::new(history));
        Self { end: Arc::new(end), history, unwritten: Arc::default(), decided: Arc::default() }
    }

    /// Why the history could not be written, if it could not.
    pub(super) fn take_unwritten(&self) -> Option<FileError> {
        self.unwritten.lock().expect("no thread panics while it holds the error").take()
    }

    pub(super) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().expect("no thread panics while it holds the history")
    }

    /// What counts the train and the validation split.
    pub(super) fn tallies(&self) -> (Tally, Tally) {
        (self.end.train.clone(), self.end.validation.clone())
    }

    fn measure(&self, epoch: usize) -> Epoch {
        let scores = |tally: &Tally| {
            let counted = tally.finished();
            let confusion = counted.confusion(self.end.genres.len());
            SplitScores::new(counted.mean_loss(), &confusion, &self.end.genres)
        };
        Epoch { epoch, train: scores(&self.end.train), validation: scores(&self.end.validation) }
    }
}

impl CheckpointingStrategy for EpochKeeper {
    fn checkpointing(
        &mut self,
        epoch: usize,
        _store: &EventStoreClient,
    ) -> Vec<CheckpointingAction> {
        let actions = self.record(epoch);
        self.decide(epoch);
        actions
    }
}

impl EpochKeeper {
    /// Records an epoch; says what becomes of checkpoints.
    fn record(&self, epoch: usize) -> Vec<CheckpointingAction> {
        let measured = self.measure(epoch);
        if !measured.is_sound() {
            if !self.end.interrupter.should_stop() {
                let reason = format!("the loss is no number in epoch {epoch}");
                self.end.interrupter.stop(Some(&reason));
            }
            return Vec::new();
        }
        (self.end.say)(&measured);
        let mut history = self.history();
        let worth_before = worth_keeping(&history, &self.end);
        history.epochs.push(measured);
        if let Err(error) = history.write(&self.end.folder, tensorboard::now_secs()) {
            self.end.interrupter.stop(Some(&error.to_string()));
            *self.unwritten.lock().expect("no thread panics while it holds the error") =
                Some(error);
        }
        let worth = worth_keeping(&history, &self.end);
        // The one before stays until the next is written: a program killed in between can go on.
        let mut actions = vec![CheckpointingAction::Save];
        let outdated = [epoch.checked_sub(2)]
            .into_iter()
            .chain(worth_before)
            .flatten()
            .filter(|&old| old > 0 && old + 1 < epoch && !worth.contains(&Some(old)));
        for old in outdated {
            if !actions.contains(&CheckpointingAction::Delete(old)) {
                actions.push(CheckpointingAction::Delete(old));
            }
        }
        actions
    }
}

impl EpochKeeper {
    /// Decides, once, whether training ends after that epoch.
    fn decide(&self, epoch: usize) {
        let is_over = self.end.interrupter.should_stop()
            || self.history().n_epochs_without_gain(self.end.monitor) >= self.end.patience;
        let (decided, changed) = &*self.decided;
        decided.lock().expect("no thread panics while it decides").insert(epoch, is_over);
        changed.notify_all();
    }
}

/// The epoch whose weights are kept, and the best one, which are written beside those of a run that
/// keeps its last.
fn worth_keeping(history: &History, end: &EpochEnd) -> [Option<usize>; 2] {
    [end.keep, Keep::Best].map(|keep| history.kept(keep, end.monitor))
}

impl EarlyStoppingStrategy for EpochKeeper {
    /// Where several devices train, each asks: those that come before the epoch is recorded wait, since one that
    /// went on alone would wait for the others' gradients for ever.
    fn should_stop(&mut self, epoch: usize, _store: &EventStoreClient) -> bool {
        let (decided, changed) = &*self.decided;
        let decided = decided.lock().expect("no thread panics while it decides");
        let decided = changed
            .wait_while(decided, |decided| !decided.contains_key(&epoch))
            .expect("no thread panics while it decides");
        decided[&epoch]
    }
}
