//! `segue train`.

mod augment_options;
mod bucket;
mod checks;
mod config_file;
#[cfg(test)]
mod line;
mod ranges;
mod reading;
mod said;
mod settings;
mod text_options;
mod weights;

pub(super) use checks::check_options;
pub use config_file::{ConfigFileError, expand};
pub(super) use config_file::{checked_options, table_of, written};

use self::augment_options::AugmentOptions;
use self::ranges::{step_size, weight};
use self::said::{say_report, say_stopped, say_stopped_early};
use self::settings::config;
use self::text_options::TextOptions;
use crate::device::DeviceChoice;
use crate::files;
use crate::interrupt;
use crate::prepared::Prepared;
use crate::training::batches::{Batches, Batching};
use crate::training::config::{
    AudioNetwork, Keep, Monitor, Precision, TextNetwork, TrainConfig, TrainPreset,
};
use crate::training::contrastive::{Pretraining, check_pairs, pretrain};
use crate::training::evaluate::{self, Course, TestReport};
use crate::training::figures;
use crate::training::fit::{Fit, FitError, fit};
use crate::training::model_card::model_card;
use crate::training::progress::ProgressKind;
use crate::training::run::Run;
use crate::training::run_folder::RunFolder;
use crate::training::songs::{Songs, Wanted};
use anyhow::{Context, bail, ensure};
use burn::train::Interrupter;
use clap::ArgAction;
use indicatif::ProgressBar;
use shared::catalog::Split;
use shared::lyrics::LyricsTokenizer;
use shared::model::{InputConfig, Network, NetworkConfig, NetworkKind};
use shared::spectrogram::SLICE_FRAMES;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Train a network to tell genres apart, by sound, by lyrics, or by both
///
/// The layer before its softmax is what recommendations are made from (`segue embed`). Ctrl-C ends training after the
/// running step: what is kept are whole epochs, from the last of which --resume goes on; before the first is whole
/// nothing is kept, and --resume begins again from the start.
#[derive(Debug, Clone, clap::Args)]
#[command(args_override_self = true)]
pub struct Args {
    /// TOML file with options, such as the config.toml of a run; those given here count more
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder that `segue prepare` wrote
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// What the network hears and reads
    #[arg(long, value_enum)]
    pub model: ModelArg,
    /// Folder of the run
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Settings to start from; every other option changes one of them
    #[arg(long, value_enum, default_value = "default")]
    pub preset: TrainPreset,
    /// The part that hears
    #[arg(long, value_enum, value_name = "NETWORK")]
    pub network: Option<AudioNetwork>,
    /// The part that reads
    #[arg(long, value_enum, value_name = "NETWORK")]
    pub text_network: Option<TextNetwork>,
    /// Word pieces in the vocabulary, at most
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub vocab_size: Option<usize>,
    /// Epochs at most
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..), allow_negative_numbers = true)]
    pub epochs: Option<usize>,
    /// Slices (songs, for a network that only reads) in one step, on each device
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(2..), allow_negative_numbers = true)]
    pub batch_size: Option<usize>,
    /// Slices of one song that stand together in a step; lyrics are read once for all of them. More than half of a step
    /// leaves it one song
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..), allow_negative_numbers = true)]
    pub group_size: Option<usize>,
    /// Batches whose gradients are put together before a step is made: larger steps than the memory takes at once (not in contrastive pretraining)
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..), allow_negative_numbers = true)]
    pub accumulate: usize,
    /// Numbers in which matrix products and convolutions are computed; bf16 is for cards that have it
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: Precision,
    /// Augmentation of slices
    #[command(flatten)]
    pub augmentation: AugmentOptions,
    /// Step size of Adam, above 0 and at most 1
    #[arg(long, value_name = "X", value_parser = step_size, allow_negative_numbers = true)]
    pub learning_rate: Option<f64>,
    /// Decoupled weight decay (AdamW); 0 is plain Adam
    #[arg(long, value_name = "X", value_parser = weight::<f32>, allow_negative_numbers = true)]
    pub weight_decay: Option<f32>,
    /// Epochs without gain before training stops
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..), allow_negative_numbers = true)]
    pub patience: Option<usize>,
    /// Loss that is watched
    #[arg(long, value_enum)]
    pub monitor: Option<Monitor>,
    /// Epoch whose weights are kept
    #[arg(long, value_enum)]
    pub keep: Option<Keep>,
    /// Reading, and the size of steps
    #[command(flatten)]
    pub text: TextOptions,
    /// Seed of weights, order and dropout: on the CPU, with one worker, the same seed gives the same weights
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true)]
    pub seed: u64,
    /// Where it runs: auto, cpu, wgpu, cuda, cuda:1, or several cards that train together, cuda:0,1
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// What is shown meanwhile
    #[arg(long, value_enum, default_value = "plain")]
    pub progress: ProgressKind,
    /// Go on after the last whole epoch of an interrupted run
    #[arg(long, num_args = 0..=1, require_equals = true, action = ArgAction::Set, default_value_t = false, default_missing_value = "true", value_name = "BOOL")]
    pub resume: bool,
    /// What the run's folder is called in what is said, where it is only a copy of another
    #[arg(skip)]
    pub shown: Option<PathBuf>,
}

impl Args {
    fn shown(&self) -> &Path {
        self.shown.as_ref().unwrap_or(&self.out)
    }
}

/// What a network hears and reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ModelArg {
    /// Sound only.
    Audio,
    /// Lyrics only.
    Lyrics,
    /// Both.
    Multimodal,
}

impl From<ModelArg> for NetworkKind {
    fn from(model: ModelArg) -> Self {
        match model {
            ModelArg::Audio => Self::Audio,
            ModelArg::Lyrics => Self::Lyrics,
            ModelArg::Multimodal => Self::Multimodal,
        }
    }
}

/// Trains, keeps the best epoch, and reports on the test split.
///
/// # Errors
///
/// Data that can't be trained on, a folder that holds another run, a device that is not there.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if files::is_in_bucket(&args.out) { bucket::run(args) } else { run_here(args) }
}

fn run_here(args: &Args) -> anyhow::Result<()> {
    check_options(args)?;
    let prepared = Prepared::open(&args.data)?;
    checks::check_data(&prepared, &args.data, args.model.into())?;
    let devices = args.device.find()?;
    let device = devices.first();
    let folder = RunFolder::new(&args.out);
    let mut config = settings::of_run(config(args), args, &folder);
    checks::check(&prepared, &config, &devices)?;
    let encoder = reading::encoder(&mut config, args.preset)?;
    let config = config.resolved(encoder.as_ref().map(|encoder| &encoder.transformer));
    let run = Run::new(config.clone(), &devices, &prepared);
    let standing = standing(&folder, &run, args)?;
    if standing == Standing::Finished {
        println!("{} is finished: nothing to do", args.shown().display());
        return Ok(());
    }

    if args.progress == ProgressKind::Plain {
        println!("training on {}", devices.name);
    }

    // What can refuse comes before the folder is begun, so that the corrected command may name the same one.
    let genres = prepared.catalog.genres();
    let tokenizer_json = reading::tokenizer_json(&folder, &prepared, &config, encoder.as_ref())?;
    let tokenizer = tokenizer_json.as_deref().map(LyricsTokenizer::from_json).transpose()?;
    let vocab_size = tokenizer.as_ref().map_or(0, LyricsTokenizer::vocab_size);
    let network = describe(&prepared, &config, vocab_size);
    let network = config.text.describe(network, encoder.as_ref().map(|e| &e.transformer));
    network.check()?;
    config.text.schedule(config.learning_rate)?;
    let fresh = reading::begin_with(&network, &config, encoder.as_ref(), device)?;
    let n_trained_parameters = fresh.n_trained_parameters();
    let wanted = Wanted {
        genres: &genres,
        hears: config.model.hears(),
        reads: tokenizer.as_ref().zip(network.text.as_ref()),
    };
    let train = Songs::read(&prepared, Split::Train, wanted)?;
    let validation = Songs::read(&prepared, Split::Validation, wanted)?;
    check_pairs(&config, &train)?;

    let interrupter = stop_on_ctrl_c();
    let run = match standing {
        Standing::New => run,
        _ => run.going_on(Run::read(&folder)?, folder.last_checkpoint()?.unwrap_or(0)),
    };
    run.write(&folder)?;
    let resolved = config_file::resolved(args, &config, &run.device);
    files::write(&folder.config_toml(), resolved.as_bytes())?;
    if let Some(json) = &tokenizer_json {
        files::write(&folder.tokenizer(), json)?;
    }
    files::write(&folder.model_json(), network.to_json().as_bytes())?;
    let batches = |mut songs: Songs| -> anyhow::Result<Batches> {
        reading::encode_once(&mut songs, &fresh, &config, device, args.progress)?;
        Ok(Batches::in_order(Arc::new(songs), batching(&config, &network), device))
    };
    let (train, validation) = (batches(train)?, batches(validation)?);
    let pretrains = config.text.contrastive_epochs > 0;
    let fresh = if pretrains {
        let pretrained = pretrain(&Pretraining {
            config: &config,
            network: &network,
            fresh: &fresh,
            train: &train,
            validation: &validation,
            folder: &folder,
            progress: args.progress,
            interrupter: &interrupter,
            device,
        })?;
        match pretrained {
            Ok(network) => network,
            Err(reason) => return say_stopped_early(args, &folder, &reason),
        }
    } else {
        fresh
    };
    let outcome = fit(&Fit {
        config: &config,
        network: &network,
        fresh,
        train,
        validation,
        folder: &folder,
        devices: &devices,
        progress: args.progress,
        interrupter,
    });
    let fitted = match outcome {
        Err(FitError::Interrupted { reason }) => return say_stopped_early(args, &folder, &reason),
        outcome => outcome?,
    };
    weights::save(&folder, &fitted)?;
    if let Some(reason) = &fitted.stopped {
        return say_stopped(args, &fitted, reason);
    }

    let test = Songs::read(&prepared, Split::Test, wanted)?;
    let bar = ProgressBar::hidden();
    let predictions = evaluate::predict(&fitted.network, &test, device, &bar)?;
    let course = Course {
        kept_epoch: fitted.kept_epoch,
        n_epochs: fitted.history.epochs.len(),
        n_parameters: fitted.network.n_parameters(),
        n_trained_parameters,
        multiply_adds_per_slice: multiply_adds(&fitted.network, &network),
    };
    let report = evaluate::report(&predictions, &genres, &config, course);
    files::write(&folder.predictions(), &evaluate::predictions_csv(&predictions, &genres)?)?;
    figures::draw(&folder, &fitted.history, &report)?;
    files::write(&folder.model_card(), model_card(&run, &network, &report).as_bytes())?;
    finish(&folder, &report)?;
    say_report(args, &report);
    Ok(())
}

/// What the folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// No run.
    New,
    /// This run, to be gone on with.
    Unfinished,
    /// This run, done.
    Finished,
}

/// What the folder holds; nothing is written.
fn standing(folder: &RunFolder, run: &Run, args: &Args) -> anyhow::Result<Standing> {
    let (resume, shown) = (args.resume, args.shown().display());
    if !folder.run_json().exists() {
        if resume {
            eprintln!("note: {shown} holds no run yet; it begins now");
        }
        ensure!(
            files::list(&folder.checkpoints())?.is_empty(),
            "{shown} holds checkpoints, but no run.json that says of which run; train into another folder, or remove \
             them"
        );
        return Ok(Standing::New);
    }
    let earlier = Run::read(folder)?;
    run.check_continues(&earlier).with_context(|| shown.to_string())?;
    if folder.report().exists() {
        return Ok(Standing::Finished);
    }
    if !resume {
        bail!("{shown} holds an unfinished run; go on with --resume, or train into another folder");
    }
    Ok(Standing::Unfinished)
}

fn describe(prepared: &Prepared, config: &TrainConfig, vocab_size: usize) -> NetworkConfig {
    let input = InputConfig {
        mel: prepared.settings.mel,
        preset: prepared.settings.preset,
        n_frames: SLICE_FRAMES,
    };
    config.network(prepared.catalog.genres(), input, vocab_size)
}

/// What hearing one slice takes.
fn multiply_adds(network: &Network, config: &NetworkConfig) -> Option<u64> {
    let slice = [config.input.mel.n_mels, config.input.n_frames];
    network.audio().map(|audio| audio.multiply_adds(slice))
}

fn batching(config: &TrainConfig, network: &NetworkConfig) -> Batching {
    Batching {
        batch_size: config.batch_size,
        group_size: config.group_size,
        hears: config.model.hears(),
        reads: config.model.reads(),
        augmentation: config.augmentation,
        pad_token_id: network.text.as_ref().map_or(0, |text| text.transformer.pad_token_id),
    }
}

/// Ctrl-C ends training after the running step.
fn stop_on_ctrl_c() -> Interrupter {
    let interrupter = Interrupter::new();
    let handle = interrupter.clone();
    interrupt::listen(move || handle.stop(Some("Ctrl-C")));
    interrupter
}

/// Writes the report, which marks the run as finished, and drops the checkpoints.
fn finish(folder: &RunFolder, report: &TestReport) -> anyhow::Result<()> {
    let mut json = serde_json::to_vec_pretty(report)?;
    json.push(b'\n');
    files::write(&folder.report(), &json)?;
    for checkpoint in files::list(&folder.checkpoints())? {
        files::remove(&checkpoint)?;
    }
    Ok(())
}
