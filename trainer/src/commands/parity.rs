//! `segue parity`.

use super::embed::embed_songs;
use crate::device::DeviceChoice;
use crate::prepared::{Prepared, Shard};
use crate::training::config::Precision;
use crate::training::parity::{ALL_NETWORKS, Limits, NETWORKS, Parity, StepSize, largest, parity};
use crate::training::run_folder::RunFolder;
use crate::training::trained::Trained;
use anyhow::ensure;
use burn::tensor::Device;
use indicatif::ProgressBar;
use std::path::{Path, PathBuf};

/// Compare training steps on a device with those on the CPU
///
/// One step of each network is made on both from the same weights, without dropout: loss, logits, gradients and
/// the weights after it must agree. Then more are timed: four that do not count, and at least ten and at least a
/// second of them whose median is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where it runs: auto, cpu, wgpu, cuda, cuda:1
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Numbers in which the device computes products; the CPU it is compared with has f32
    #[arg(long, value_enum, default_value = "f32", conflicts_with = "run")]
    pub precision: Precision,
    /// Slices in a step; lyrics are half as many
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(2..), allow_negative_numbers = true)]
    pub batch_size: usize,
    /// Tokens of the longest lyrics in a step
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(5..=256), allow_negative_numbers = true)]
    pub tokens: usize,
    /// Networks to compare; thesis-multimodal, the thesis's with DistilBERT, takes minutes on a CPU
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = ALL_NETWORKS, default_values = NETWORKS)]
    pub networks: Vec<String>,
    /// Compare the embeddings of a trained network instead: the folder of its run
    #[arg(long, value_name = "DIR", requires = "data")]
    pub run: Option<PathBuf>,
    /// The songs for it: a folder that `segue prepare` wrote
    #[arg(long, value_name = "DIR", requires = "run")]
    pub data: Option<PathBuf>,
    /// Largest difference allowed, as a share
    ///
    /// 0.001 if not given; with bf16 0.03 of loss and logits, 0.4 of gradients, and none of what a step changes.
    #[arg(long, value_name = "X")]
    pub tolerance: Option<f64>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Compares, and fails where the device is further from the CPU than allowed.
///
/// # Errors
///
/// A device that is not there, that fails, or that differs.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let device = args.device.find_one()?;
    ensure!(args.precision.is_on(&device), "{} does not compute in bf16", args.device);
    if let (Some(run), Some(data)) = (&args.run, &args.data) {
        return of_embeddings(run, data, &device, args);
    }
    let bar = ProgressBar::new_spinner();
    let size = StepSize { n_slices: args.batch_size, n_tokens: args.tokens };
    let mut found: Vec<Parity> = Vec::new();
    for name in ALL_NETWORKS.into_iter().filter(|name| args.networks.iter().any(|own| own == name))
    {
        bar.set_message(name);
        bar.tick();
        found.push(parity(name, size, &device, args.precision)?);
    }
    bar.finish_and_clear();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&found)?);
    } else {
        say(&found, args);
    }
    let limits = Limits::of(args.precision);
    let limits = args.tolerance.map_or(limits, |tolerance| limits.at(tolerance));
    let differs = |own: &&Parity| !own.apart.is_within(limits);
    let differing: Vec<&str> = found.iter().filter(differs).map(|own| own.network).collect();
    ensure!(
        differing.is_empty(),
        "{} differs from the CPU in {}: allowed are {limits}. Don't train {}, and report the table with the name \
         of the card and its driver",
        args.device,
        differing.join(", "),
        match args.precision {
            Precision::F32 => "on it",
            Precision::Bf16 => "with --precision bf16 on it",
        }
    );
    Ok(())
}

/// The embeddings of all prepared songs on both.
fn of_embeddings(run: &Path, data: &Path, device: &Device, args: &Args) -> anyhow::Result<()> {
    let prepared = Prepared::open(data)?;
    let folder = RunFolder::new(run);
    let n_songs = prepared.tracks.len();
    ensure!(n_songs > 0, "'{}' has no prepared song; run `segue prepare` first", data.display());
    let values = |device: &Device| -> anyhow::Result<Vec<f64>> {
        let trained = Trained::read(&folder, device)?;
        let rows = embed_songs(&trained, &prepared, Shard::ALL, device)?.0;
        Ok(rows.into_values().flatten().map(f64::from).collect())
    };
    let (cpu, own) = (values(&Device::flex())?, values(device)?);
    let apart: Vec<f64> = cpu.iter().zip(&own).map(|(cpu, own)| cpu - own).collect();
    let worst = largest(&apart) / largest(&cpu).max(f64::MIN_POSITIVE);
    let tolerance = args.tolerance.unwrap_or(Limits::of(Precision::F32).forward);
    println!("embeddings of {n_songs} songs: {} at most {worst:.1e} from cpu", args.device);
    ensure!(
        cpu.len() == own.len() && worst <= tolerance,
        "embeddings on {} differ from those of the CPU by more than {tolerance}",
        args.device,
    );
    Ok(())
}

fn say(found: &[Parity], args: &Args) {
    println!(
        "{} with products in {:?} against cpu in F32, {} slices a step and lyrics of {} tokens; differences as shares",
        args.device, args.precision, args.batch_size, args.tokens
    );
    println!(
        "{:<17} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}  worst gradient",
        "network", "loss", "logits", "gradients", "updates", "ms/step", "cpu"
    );
    for own in found {
        println!(
            "{:<17} {:>9.1e} {:>9.1e} {:>9.1e} {:>9.1e} {:>9.1} {:>9.1}  {}",
            own.network,
            own.apart.loss,
            own.apart.logits,
            own.apart.gradients,
            own.apart.updates,
            own.step_ms,
            own.cpu_step_ms,
            own.apart.worst_gradient
        );
    }
}
