//! Contrastive pretraining: before it learns genres, a multimodal network learns which lyrics belong to which
//! sound ([`ContrastiveNetwork`]). Only its two parts go on from there; its head stays fresh.

pub mod record;

use super::batches::{Batch, Batches};
use super::checkpoints::PartCheckpointer;
use super::fit::{FitError, optimizer_of};
use super::progress::ProgressKind;
use super::run_folder::{CONTRASTIVE_PARTS, RunFolder};
use super::songs::Songs;
use super::tensorboard;
use crate::files::{self, FileError};
use crate::training::config::{Precision, TrainConfig};
use burn::data::dataloader::DataLoader;
use burn::module::Module;
use burn::optim::lr_scheduler::LrSchedulerRecord;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::optim::{GradientsParams, ModuleOptimizer, OptimizerRecord};
use burn::store::ModuleRecord;
use burn::tensor::{Device, Int, Tensor, TensorReadError};
use burn::train::Interrupter;
use burn::train::checkpoint::{Checkpoint, Checkpointer, CheckpointerError};
use indicatif::ProgressBar;
use record::{ContrastiveEpoch, best};
use shared::model::{ContrastiveNetwork, Network, NetworkConfig, contrastive_loss};

/// What pretraining is given.
pub struct Pretraining<'a> {
    /// Settings of the run.
    pub config: &'a TrainConfig,
    /// The network's parts.
    pub network: &'a NetworkConfig,
    /// The network before its first step, with autodiff.
    pub fresh: &'a Network,
    /// Songs of the train split.
    pub train: &'a Batches,
    /// Songs of the validation split.
    pub validation: &'a Batches,
    /// Where the run is kept.
    pub folder: &'a RunFolder,
    /// What is shown.
    pub progress: ProgressKind,
    /// Stops it from outside (Ctrl-C).
    pub interrupter: &'a Interrupter,
    /// Where it runs, without autodiff.
    pub device: &'a Device,
}

/// Whether there are songs for it, where the settings ask for it.
///
/// # Errors
///
/// If fewer than two train songs have lyrics.
pub fn check_pairs(config: &TrainConfig, train: &Songs) -> Result<(), FitError> {
    let with_lyrics = train.songs.iter().filter(|song| song.has_lyrics());
    if config.text.contrastive_epochs > 0 && with_lyrics.count() < 2 {
        return Err(FitError::NoPairs);
    }
    Ok(())
}

/// Learns for the settings' number of epochs, or goes on where a checkpoint is, and gives the network of the
/// epoch with the lowest validation loss; the reason where it was stopped from outside before its end.
///
/// # Errors
///
/// If fewer than two train songs have lyrics, files can't be read or written, a device fails, or the loss is no
/// number.
pub fn pretrain(with: &Pretraining<'_>) -> Result<Result<Network, String>, FitError> {
    // A checkpoint of which nothing was recorded is no epoch to go on from.
    let recorded = record::read(with.folder, usize::MAX)?.len();
    let done = with.folder.last_whole(CONTRASTIVE_PARTS, recorded)?.unwrap_or(0);
    let mut epochs = record::read(with.folder, done)?;
    let train = with.train.clone().of_pairs().shuffled(with.config.seed, done);
    let train = train.on(&with.device.clone().autodiff());
    let validation = with.validation.clone().of_pairs();
    if train.num_items() == 0 {
        return Err(FitError::NoPairs);
    }
    let mut learner = Pupil::begin(with, done)?;
    for epoch in done + 1..=with.config.text.contrastive_epochs {
        let bar = with.progress.bar(format!("pairs, epoch {epoch}"), train.num_items());
        let learnt = learner.epoch(&train, with.interrupter, &bar)?;
        bar.finish_and_clear();
        let Some(train_loss) = learnt else {
            return Ok(Err(reason(with.interrupter)));
        };
        let [validation_loss, validation_found] = learner.validate(&validation)?;
        let measured = ContrastiveEpoch { epoch, train_loss, validation_loss, validation_found };
        if !measured.watched().is_finite() || !train_loss.is_finite() {
            return Err(FitError::NoContrast { epoch });
        }
        if with.progress == ProgressKind::Plain {
            println!("{}", measured.line());
        }
        let best_before = best(&epochs);
        epochs.push(measured);
        record::write(with.folder, &epochs, tensorboard::now_secs())?;
        learner.save(with.folder, epoch)?;
        for old in [Some(epoch - 1), best_before].into_iter().flatten() {
            if old > 0 && old < epoch && best(&epochs) != Some(old) {
                remove(with.folder, old)?;
            }
        }
    }
    if with.interrupter.should_stop() {
        return Ok(Err(reason(with.interrupter)));
    }
    learner.go_back_to(with.folder, best(&epochs).unwrap_or(done))?;
    Ok(Ok(learner.network.network))
}

/// Why it was stopped from outside.
fn reason(interrupter: &Interrupter) -> String {
    interrupter.get_message().unwrap_or_else(|| "stopped".to_owned())
}

/// A network that learns.
struct Pupil {
    network: ContrastiveNetwork,
    optimizer: ModuleOptimizer,
    schedule: ModuleLrScheduler,
    precision: Precision,
}

impl Pupil {
    /// Fresh, or as it was after that many epochs.
    fn begin(with: &Pretraining<'_>, done: usize) -> Result<Self, FitError> {
        let device = with.device.clone().autodiff();
        let fresh = with.fresh.clone();
        let mut pupil = Self {
            network: ContrastiveNetwork::new(fresh, with.network, with.config.seed, &device),
            optimizer: optimizer_of(with.config.weight_decay),
            schedule: with.config.text.schedule(with.config.learning_rate)?,
            precision: with.config.precision,
        };
        if done > 0 {
            pupil.go_back_to(with.folder, done)?;
            let [_, optimizer, schedule] = CONTRASTIVE_PARTS;
            pupil.optimizer =
                pupil.optimizer.load_record(read::<OptimizerRecord>(with.folder, optimizer, done)?);
            pupil.schedule =
                pupil.schedule.load_record(read::<LrSchedulerRecord>(with.folder, schedule, done)?);
        }
        Ok(pupil)
    }

    /// The weights after that epoch.
    fn go_back_to(&mut self, folder: &RunFolder, epoch: usize) -> Result<(), FitError> {
        let record = read::<ModuleRecord>(folder, CONTRASTIVE_PARTS[0], epoch)?;
        self.network = self.network.clone().try_load_record(record)?;
        Ok(())
    }

    /// One walk over the train split: its mean loss; `None` where it was stopped.
    fn epoch(
        &mut self,
        train: &Batches,
        stop: &Interrupter,
        bar: &ProgressBar,
    ) -> Result<Option<f64>, FitError> {
        let mut losses = Mean::default();
        for batch in train.iter() {
            if stop.should_stop() {
                return Ok(None);
            }
            let batch: Batch = batch.map_err(FitError::Batch)?;
            let n_rows = batch.targets.dims()[0];
            let network = self.precision.of_products(self.network.clone());
            let loss = contrastive_loss(&network.forward(batch.input));
            let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
            let learning_rate = self.schedule.step();
            let stepped = self.optimizer.step(learning_rate, self.network.clone(), gradients);
            self.network = stepped.with_scale_in_bounds();
            losses.add(number(loss)?, n_rows);
            bar.inc(n_rows as u64);
        }
        Ok(losses.mean())
    }

    /// The mean loss of a split, and the share of its sounds that find their own lyrics.
    fn validate(&self, validation: &Batches) -> Result<[Option<f64>; 2], FitError> {
        let network = self.network.valid();
        let [mut losses, mut found] = [Mean::default(), Mean::default()];
        for batch in validation.iter() {
            let batch: Batch = batch.map_err(FitError::Batch)?;
            let n_rows = batch.targets.dims()[0];
            let similarities = network.forward(batch.input);
            let device = similarities.device();
            let nearest = similarities.clone().argmax(1).reshape([n_rows]);
            let own = Tensor::<1, Int>::arange(0..n_rows as i64, &device);
            found.add(number(nearest.equal(own).float().mean())?, n_rows);
            losses.add(number(contrastive_loss(&similarities))?, n_rows);
        }
        Ok([losses.mean(), found.mean()])
    }

    fn save(&self, folder: &RunFolder, epoch: usize) -> Result<(), FitError> {
        let [network, optimizer, schedule] = CONTRASTIVE_PARTS;
        write(folder, network, epoch, self.network.clone().into_record())?;
        write(folder, optimizer, epoch, self.optimizer.to_record())?;
        write(folder, schedule, epoch, self.schedule.to_record())
    }
}

/// A mean over rows.
#[derive(Default)]
struct Mean {
    sum: f64,
    n_rows: usize,
}

impl Mean {
    fn add(&mut self, value: f64, n_rows: usize) {
        self.sum += value * n_rows as f64;
        self.n_rows += n_rows;
    }

    /// To nine decimals, which are read back as they were written.
    fn mean(&self) -> Option<f64> {
        let mean = || (self.sum / self.n_rows as f64 * 1e9).round() / 1e9;
        (self.n_rows > 0).then(mean)
    }
}

fn number(value: Tensor<1>) -> Result<f64, TensorReadError> {
    Ok(f64::from(value.try_into_scalar::<f32>()?))
}

fn read<R: Checkpoint>(
    folder: &RunFolder,
    part: &'static str,
    epoch: usize,
) -> Result<R, CheckpointerError> {
    PartCheckpointer::new(folder, part).restore(epoch)
}

fn write<R: Checkpoint>(
    folder: &RunFolder,
    part: &'static str,
    epoch: usize,
    record: R,
) -> Result<(), FitError> {
    Ok(PartCheckpointer::new(folder, part).save(epoch, record)?)
}

fn remove(folder: &RunFolder, epoch: usize) -> Result<(), FileError> {
    CONTRASTIVE_PARTS.iter().try_for_each(|part| files::remove(&folder.checkpoint(part, epoch)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::config::TrainPreset;
    use crate::training::songs::Song;
    use shared::catalog::TrackId;
    use shared::model::NetworkKind;

    #[test]
    fn pairs_need_two_songs_with_lyrics() {
        let song = |token_ids: &[u32]| Song {
            track_id: TrackId::from_parts(&["t"]),
            artist: "a".to_owned(),
            label: 0,
            slices: None,
            n_slices: 1,
            token_ids: vec![token_ids.to_vec()],
            pooled: Vec::new(),
        };
        let mut config = TrainConfig::preset(TrainPreset::Default, NetworkKind::Multimodal);
        config.text.contrastive_epochs = 1;
        let songs = vec![song(&[2, 7, 3]), song(&[2, 3]), song(&[2, 3])];
        let mut train = Songs { songs, n_mels: 128, n_frames: 128 };
        let error = check_pairs(&config, &train).unwrap_err().to_string();
        assert!(error.contains("two songs with lyrics"), "{error}");
        train.songs.push(song(&[2, 8, 3]));
        check_pairs(&config, &train).unwrap();
        train.songs.clear();
        config.text.contrastive_epochs = 0;
        check_pairs(&config, &train).unwrap();
    }
}
