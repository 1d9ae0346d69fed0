//! burn-train's loop, from fresh weights or from the last checkpoint.

use super::batches::Batches;
use super::checkpoints::{EpochEnd, EpochKeeper, PartCheckpointer};
use super::config::{Keep, TrainConfig};
use super::history::History;
use super::learnable::Learnable;
use super::progress::ProgressKind;
use super::run_folder::{CHECKPOINT_PARTS, RunFolder};
use super::tally::Tally;
use super::text_training::ScheduleError;
use crate::device::{Exchange, FoundDevices};
use crate::files::FileError;
use burn::data::dataset::DatasetError;
use burn::module::Module;
use burn::optim::{AdamConfig, AdamWConfig, ModuleOptimizer};
use burn::store::{ModuleRecord, RecordError};
use burn::tensor::TensorReadError;
use burn::tensor::distributed::{DistributedConfig, ReduceOperation};
use burn::train::checkpoint::CheckpointerError;
use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{
    ExecutionStrategy, Interrupter, Learner, MultiDeviceOptim, SupervisedTraining, TrainingError,
};
use shared::model::{Network, NetworkConfig};
use std::sync::Arc;

/// What the loop is given.
pub struct Fit<'a> {
    /// Settings.
    pub config: &'a TrainConfig,
    /// The network's parts.
    pub network: &'a NetworkConfig,
    /// The network before its first step, with autodiff.
    pub fresh: Network,
    /// Batches of the train split, in order; the loop shuffles them.
    pub train: Batches,
    /// Batches of the validation split.
    pub validation: Batches,
    /// Where the run is kept.
    pub folder: &'a RunFolder,
    /// Where it runs; several devices share each step's rows.
    pub devices: &'a FoundDevices,
    /// What is shown.
    pub progress: ProgressKind,
    /// Stops the loop from outside (Ctrl-C).
    pub interrupter: Interrupter,
}

/// What came of it.
pub struct Fitted {
    /// The kept network, without autodiff.
    pub network: Network,
    /// The epoch that was kept.
    pub kept_epoch: usize,
    /// The other epoch that is worth having: the last of a run that keeps the best, the best of one that
    /// keeps the last; `None` where they are the same.
    pub other: Option<OtherEpoch>,
    /// All epochs.
    pub history: History,
    /// Why it stopped before its end; `None` where it ran its course.
    pub stopped: Option<String>,
}

/// An epoch beside the kept one.
pub struct OtherEpoch {
    /// `best` or `last`.
    pub name: &'static str,
    /// Its number.
    pub epoch: usize,
    /// Its network, without autodiff.
    pub network: Network,
}

/// Trains until the last epoch, until nothing is gained any more, or until it is stopped.
///
/// Where `folder` holds a checkpoint the loop goes on from there. Order and dropout of an epoch
/// depend on the seed and the epoch's number alone, so that the result is that of a run that was
/// never interrupted; not so with several devices, whose sums depend on who is first.
///
/// # Errors
///
/// If files can't be read or written, a device fails, or no epoch came to its end.
pub fn fit(fit: &Fit<'_>) -> Result<Fitted, FitError> {
    // A checkpoint of which nothing was measured is no epoch to go on from.
    let measured = History::read(fit.folder, usize::MAX)?.epochs.len();
    let epochs_done = fit.folder.last_whole(CHECKPOINT_PARTS, measured)?;
    let history = History::read(fit.folder, epochs_done.unwrap_or(0))?;
    let keeper = keeper(fit, history);
    let fresh = Learnable { network: fit.fresh.clone(), precision: fit.config.precision };
    let is_over = epochs_done.is_some_and(|done| {
        done >= fit.config.n_epochs
            || keeper.history().n_epochs_without_gain(fit.config.monitor) >= fit.config.patience
    });
    let stopped = if is_over { None } else { run(fit, &keeper, fresh.clone(), epochs_done)? };
    let history = keeper.history().clone();
    let Some(kept_epoch) = history.kept(fit.config.keep, fit.config.monitor) else {
        return Err(match stopped {
            Some(reason) if !is_of_the_loss(&reason) => FitError::Interrupted { reason },
            stopped => FitError::NoEpoch { reason: stopped.unwrap_or_else(|| "unknown".into()) },
        });
    };
    let network = network_of(fit.folder, fresh.clone(), kept_epoch)?;
    let other = other(fit, fresh, &history, kept_epoch)?;
    Ok(Fitted { network, kept_epoch, other, history, stopped })
}

/// Whether a reason to stop is a loss that is no number; all others are somebody's wish.
pub fn is_of_the_loss(reason: &str) -> bool {
    reason.contains("loss is")
}

/// The network of an epoch whose checkpoint is there.
fn network_of(folder: &RunFolder, fresh: Learnable, epoch: usize) -> Result<Network, FitError> {
    let record = ModuleRecord::load(folder.checkpoint("model", epoch))?;
    Ok(fresh.try_load_record(record)?.network.valid())
}

/// The other epoch worth having, if it is another one and its checkpoint is there: a run that was begun by an
/// earlier version may have dropped it.
fn other(
    fit: &Fit<'_>,
    fresh: Learnable,
    history: &History,
    kept_epoch: usize,
) -> Result<Option<OtherEpoch>, FitError> {
    let (name, keep) = match fit.config.keep {
        Keep::Best => ("last", Keep::Last),
        Keep::Last => ("best", Keep::Best),
    };
    let is_there =
        |epoch: &usize| *epoch != kept_epoch && fit.folder.checkpoint("model", *epoch).exists();
    let Some(epoch) = history.kept(keep, fit.config.monitor).filter(is_there) else {
        return Ok(None);
    };
    let network = network_of(fit.folder, fresh, epoch)?;
    Ok(Some(OtherEpoch { name, epoch, network }))
}

fn keeper(fit: &Fit<'_>, history: History) -> EpochKeeper {
    let tally = |name| Tally::new(name, fit.interrupter.clone());
    let end = EpochEnd {
        folder: fit.folder.clone(),
        genres: fit.network.genres.clone(),
        train: tally("Mean train loss"),
        validation: tally("Mean validation loss"),
        keep: fit.config.keep,
        monitor: fit.config.monitor,
        patience: fit.config.patience,
        interrupter: fit.interrupter.clone(),
        say: fit.progress.say(),
    };
    EpochKeeper::new(end, history)
}

/// Runs the loop; says why it was stopped from outside, if it was.
fn run(
    fit: &Fit<'_>,
    keeper: &EpochKeeper,
    fresh: Learnable,
    epochs_done: Option<usize>,
) -> Result<Option<String>, FitError> {
    let n_devices = fit.devices.devices.len();
    let train = fit.train.clone().shuffled(fit.config.seed, epochs_done.unwrap_or(0));
    let train = train.for_devices(n_devices);
    // Devices that wait for each other in every step are stopped by their batches, all after the same one.
    let waits = n_devices > 1 && fit.devices.exchange == Exchange::AllReduce;
    let interrupter = if waits { Interrupter::new() } else { fit.interrupter.clone() };
    let train =
        if waits { train.in_step(fit.interrupter.clone(), interrupter.clone()) } else { train };
    let validation = fit.validation.clone();
    let validation = if waits { validation.telling(fit.interrupter.clone()) } else { validation };
    let [model, optimizer, schedule] =
        CHECKPOINT_PARTS.map(|part| PartCheckpointer::new(fit.folder, part));
    let (train_tally, validation_tally) = keeper.tallies();
    let mut training = SupervisedTraining::<Learnable>::new(
        fit.folder.root(),
        Arc::new(train),
        Arc::new(validation),
    )
    .metrics((LossMetric::new(), AccuracyMetric::new()))
    .metric_train(train_tally)
    .metric_valid(validation_tally)
    .with_metric_logger(burn::train::logger::InMemoryMetricLogger::new())
    .with_application_logger(None)
    .with_custom_checkpointers(model, optimizer, schedule)
    .with_checkpointing_strategy(keeper.clone())
    .early_stopping(keeper.clone())
    .with_interrupter(interrupter)
    .renderer(fit.progress.renderer(fit.interrupter.clone(), epochs_done))
    .num_epochs(fit.config.n_epochs);
    if n_devices > 1 {
        training = training.with_training_strategy(strategy(fit.devices).into());
    }
    if fit.config.accumulate > 1 {
        training = training.grads_accumulation(fit.config.accumulate);
    }
    if let Some(epoch) = epochs_done {
        training = training.checkpoint(epoch);
    }
    let schedule = fit.config.text.schedule(fit.config.learning_rate)?;
    let learner = Learner::new(fresh, optimizer_of(fit.config.weight_decay), schedule);
    let result = training.launch(learner);
    if let Some(error) = keeper.take_unwritten() {
        return Err(FitError::File(error));
    }
    if let Some(error) = result.error {
        return Err(FitError::Training(error));
    }
    let said = |reason: Option<String>| reason.unwrap_or_else(|| "stopped".into());
    let stopped = result.interrupted.map(|stop| said(stop.reason));
    // A wish that came after the last step, as in validation, is known to nobody else where devices wait for each other.
    Ok(stopped.or_else(|| {
        (waits && fit.interrupter.should_stop()).then(|| said(fit.interrupter.get_message()))
    }))
}

/// How several devices train together.
fn strategy(found: &FoundDevices) -> ExecutionStrategy {
    let devices = found.devices.iter().map(|device| device.clone().autodiff()).collect();
    match found.exchange {
        Exchange::AllReduce => {
            let config = DistributedConfig { all_reduce_op: ReduceOperation::Mean };
            ExecutionStrategy::ddp(devices, config)
        }
        // Gradients are added up and not averaged, which Adam takes for the same: it divides by their size.
        Exchange::Leader => ExecutionStrategy::multi(devices, MultiDeviceOptim::OptimMainDevice),
    }
}

/// Adam with Keras's constants (epsilon 1e-7, where burn's own default is 1e-5), or AdamW with the
/// same where weights decay.
pub fn optimizer_of(weight_decay: f32) -> ModuleOptimizer {
    if weight_decay > 0.0 {
        AdamWConfig::new().with_epsilon(1e-7).with_weight_decay(weight_decay).init()
    } else {
        AdamConfig::new().with_epsilon(1e-7).init()
    }
}

/// What can go wrong in training.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A checkpoint that does not fit.
    #[error("the checkpoint does not fit the network; start a new run in another folder")]
    Checkpoint(#[from] RecordError),
    /// Step sizes.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// Contrastive pretraining without songs for it.
    #[error(
        "contrastive pretraining needs two songs with lyrics in the train split; prepare more of them, or \
         train without --contrastive-epochs and --fusion contrastive"
    )]
    NoPairs,
    /// Contrastive pretraining that went astray.
    #[error(
        "contrastive pretraining stopped: the loss is no number in epoch {epoch}. Try a smaller \
         --learning-rate in another folder"
    )]
    NoContrast {
        /// Epoch.
        epoch: usize,
    },
    /// A part of a checkpoint.
    #[error("a checkpoint can't be written or read")]
    Part(#[from] CheckpointerError),
    /// A batch.
    #[error("a batch can't be put together")]
    Batch(#[source] DatasetError),
    /// Values that don't come back from the device.
    #[error("the device failed in training")]
    Device(#[from] TensorReadError),
    /// The loop.
    #[error("training failed")]
    Training(#[source] Arc<TrainingError>),
    /// Stopped by somebody before the first epoch was whole.
    #[error(
        "training was stopped before its first epoch was whole ({reason}); nothing is kept of less"
    )]
    Interrupted {
        /// By what.
        reason: String,
    },
    /// No epoch became whole.
    #[error(
        "training stopped before its first epoch was whole ({reason}); nothing could be kept. If the \
         loss is no number, try a smaller --learning-rate or --l2"
    )]
    NoEpoch {
        /// Why.
        reason: String,
    },
}

#[cfg(test)]
mod tests;
