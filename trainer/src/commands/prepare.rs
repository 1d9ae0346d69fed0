//! `segue prepare`.

use crate::files;
use crate::interrupt;
use crate::memory;
use crate::prepared::{
    Awaited, PrepareJob, PrepareReport, PrepareSettings, Shard, StimulusSettings, prepare,
};
use crate::steps::Steps;
use anyhow::{Context, bail, ensure};
use clap::ValueEnum;
use shared::audio::ClipSettings;
use shared::spectrogram::SlicePreset;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Names of failed tracks and notes that are printed; the rest stands in the folder.
const N_PRINTED: usize = 10;

/// Cut clips and compute spectrogram slices and stimuli
///
/// An interrupted run goes on where it stopped, a finished one does nothing, and what depends on a
/// changed file, lyric or option is computed anew. A folder that was prepared with other options or another
/// catalogue holds what it held until all of it, of all shares, is computed anew.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The catalogue; audio paths in it are relative to its folder
    #[arg(long, value_name = "CSV")]
    pub catalog: PathBuf,
    /// The folder to write
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Start of the clip in seconds
    #[arg(
        long,
        value_name = "SECS",
        allow_negative_numbers = true,
        default_value_t = ClipSettings::default().start_secs
    )]
    pub clip_start: f64,
    /// Length of the clip in seconds
    #[arg(
        long,
        value_name = "SECS",
        allow_negative_numbers = true,
        default_value_t = ClipSettings::default().duration_secs
    )]
    pub clip_secs: f64,
    /// What the networks see of a song
    #[arg(long, value_enum, default_value_t = Preset::Full)]
    pub preset: Preset,
    /// Length of the stimuli in seconds
    #[arg(
        long,
        value_name = "SECS",
        allow_negative_numbers = true,
        default_value_t = StimulusSettings::default().duration_secs
    )]
    pub stimulus_secs: f64,
    /// Loudness of the stimuli in LUFS (EBU R 128)
    #[arg(
        long,
        value_name = "LUFS",
        allow_negative_numbers = true,
        default_value_t = StimulusSettings::default().target_lufs
    )]
    pub stimulus_loudness: f64,
    /// Make no stimuli
    #[arg(long)]
    pub no_stimuli: bool,
    /// Prepare only share I of N of the catalogue, I from 0; shares with one --out combine
    #[arg(long, value_name = "I/N", value_parser = parse_shard, default_value = "0/1")]
    pub shard: Shard,
    /// Tracks at a time; 0 takes as many as the machine has cores
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    pub jobs: usize,
    /// Show no progress
    #[arg(long)]
    pub quiet: bool,
}

/// What the networks see of a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// All slices, decibels below the clip's loudest value
    Full,
    /// As in the study: the last slice only, 256 steps of grey
    Thesis,
}

impl From<Preset> for SlicePreset {
    fn from(preset: Preset) -> Self {
        match preset {
            Preset::Full => Self::Full,
            Preset::Thesis => Self::Thesis,
        }
    }
}

/// Runs the command.
///
/// # Errors
///
/// If an option makes no sense, the catalogue can't be read, the folder can't be written, the run was
/// interrupted, or not a single track could be prepared.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let job = PrepareJob {
        catalog: args.catalog.clone(),
        out: args.out.clone(),
        settings: settings(args)?,
        shard: args.shard,
    };
    expect_own_folder(&job)?;
    memory::keep();
    let workers = rayon::ThreadPoolBuilder::new()
        .num_threads(args.jobs)
        .build()
        .context("no worker threads could be started")?;
    let progress = if args.quiet { Steps::hidden() } else { Steps::new("songs", 0) };
    let interrupted = interrupt::watch();
    let report = workers.install(|| {
        prepare(&job, interrupted, &|n_tracks| {
            progress.set_length(n_tracks as u64);
            progress.inc();
        })
    })?;
    progress.finish();
    print_report(&report, &job);
    let still = still_held(&report, &job);
    if report.n_left > 0 && interrupted.load(Ordering::Relaxed) {
        bail!(
            "interrupted with {} tracks left; run the same command to go on{still}",
            report.n_left
        );
    }
    if report.n_tracks > 0 && report.failed.len() == report.n_tracks {
        bail!("none of the {} tracks could be prepared{still}", report.n_tracks);
    }
    if let Some(Awaited { n_open, n_lost, n_lost_here }) = report.awaited {
        ensure!(
            n_lost_here == 0,
            "{n_lost_here} tracks that were prepared before can't be now, since their files can't be read{still}. Is a disk \
             away? Where files are gone for good, make the catalogue anew without them"
        );
        if n_lost > 0 {
            println!(
                "  {n_lost} tracks of other shares could not be read; those shares are to be run again"
            );
        }
        println!("  {n_open} tracks of other shares are still to be prepared{still}");
    }
    Ok(())
}

/// A prepared folder keeps a copy of its catalogue, which must not take the place of the catalogue itself.
fn expect_own_folder(job: &PrepareJob) -> anyhow::Result<()> {
    let real = |path: &Path| path.canonicalize().ok();
    let copy = job.out.join("catalog.csv");
    if real(&job.catalog).is_some_and(|catalog| real(&copy) == Some(catalog)) {
        bail!(
            "--out '{}' is the folder of the catalogue, whose file would be replaced by the copy that belongs to prepared \
             songs: name a folder of their own, such as '{}'",
            job.out.display(),
            job.out.join("prepared").display()
        );
    }
    let is_prepared = job.out.join("settings.json").exists();
    if files::is_in_bucket(&job.out) || is_prepared || !job.out.is_dir() {
        return Ok(());
    }
    // A folder that is nobody's yet, or that another share has just begun.
    let other = files::entries(&job.out)?.into_iter().find(|name| !OWN_ENTRIES.contains(&&**name));
    if let Some(name) = other {
        bail!(
            "--out '{}' holds '{name}', which is nothing that is prepared: name a folder for prepared songs alone, such as \
             '{}'",
            job.out.display(),
            job.out.join("prepared").display()
        );
    }
    Ok(())
}

/// What stands in a prepared folder.
const OWN_ENTRIES: [&str; 6] =
    ["catalog.csv", "failed", "records", "settings.json", "slices", "stimuli"];

/// What to say of a folder that was prepared with other options or another catalogue and is not yet
/// changed over.
fn still_held(report: &PrepareReport, job: &PrepareJob) -> String {
    if report.awaited.is_none() {
        return String::new();
    }
    format!("; '{}' still holds what was prepared there before", job.out.display())
}

pub(super) fn parse_shard(text: &str) -> Result<Shard, String> {
    Shard::parse(text).ok_or_else(|| format!("expected I/N with I from 0 to N - 1, got '{text}'"))
}

fn settings(args: &Args) -> anyhow::Result<PrepareSettings> {
    let clip = ClipSettings { start_secs: args.clip_start, duration_secs: args.clip_secs };
    if !clip.is_valid() {
        bail!(
            "--clip-start {} --clip-secs {}: the start must be 0 or more, the length above 0",
            args.clip_start,
            args.clip_secs
        );
    }
    if !(args.stimulus_secs > 0.0 && args.stimulus_secs <= args.clip_secs) {
        bail!(
            "--stimulus-secs {}: expected above 0 and at most the clip's {} s",
            args.stimulus_secs,
            args.clip_secs
        );
    }
    if !(-70.0..=0.0).contains(&args.stimulus_loudness) {
        bail!("--stimulus-loudness {}: expected -70 to 0", args.stimulus_loudness);
    }
    let stimulus = StimulusSettings {
        duration_secs: args.stimulus_secs,
        target_lufs: args.stimulus_loudness,
        ..StimulusSettings::default()
    };
    Ok(PrepareSettings {
        clip,
        preset: args.preset.into(),
        stimulus: (!args.no_stimuli).then_some(stimulus),
        ..PrepareSettings::default()
    })
}

fn print_report(report: &PrepareReport, job: &PrepareJob) {
    println!(
        "{} tracks in '{}': {} prepared, {} unchanged, {} failed",
        report.n_tracks,
        job.out.display(),
        report.n_prepared,
        report.n_unchanged,
        report.failed.len()
    );
    for failure in report.failed.iter().take(N_PRINTED) {
        println!("  failed  {}  {}: {}", failure.track_id, failure.audio_path, failure.reason);
    }
    print_rest(report.failed.len(), "failed/");
    for (track_id, note) in report.notes.iter().take(N_PRINTED) {
        println!("  note    {track_id}  {note}");
    }
    print_rest(report.notes.len(), "records/");
}

fn print_rest(n_lines: usize, folder: &str) {
    if n_lines > N_PRINTED {
        println!("  ... and {} more, see {folder}", n_lines - N_PRINTED);
    }
}
