//! `segue demo`.

use crate::commands::{catalog, embed, export, prepare, recommend, train, verify};
use crate::demo::{self, DemoFiles, DemoOptions};
use crate::files;
use crate::interrupt;
use anyhow::{Context as _, bail};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use shared::random::Seed;
use shared::study::{Preset, Stop, StudyDesign};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Compose the demo catalogue and run the whole pipeline on it
///
/// Every step is a command that you could give yourself, and is printed as such. What is there
/// already is not made again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder for everything that is made
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Seed of the songs: another one gives another catalogue
    #[arg(long, default_value_t = 7, allow_negative_numbers = true)]
    pub seed: u64,
    /// Number of songs, a quarter of them in each genre
    #[arg(long, default_value_t = 200, allow_negative_numbers = true)]
    pub songs: usize,
    /// Length of each song in seconds
    #[arg(long, default_value_t = 100.0, allow_negative_numbers = true)]
    pub secs: f64,
    /// Seed of the networks
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    pub train_seed: u64,
    /// Epochs at most, for a quick look [default: those of `segue train`]
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..), allow_negative_numbers = true)]
    pub epochs: Option<usize>,
    /// Stop after the songs and the lyrics csv
    #[arg(long)]
    pub catalogue_only: bool,
}

/// The three networks, in the order in which they are trained.
const MODELS: [&str; 3] = ["audio", "lyrics", "multimodal"];

/// Runs the command.
///
/// # Errors
///
/// What the steps report.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let options =
        DemoOptions { seed: Seed(args.seed), n_songs: args.songs, duration_secs: args.secs };
    let files = compose(&args.out, &options)?;
    if args.catalogue_only {
        return Ok(());
    }
    let at = Places { root: args.out.clone() };
    let (lyrics, audio) = (text(&files.lyrics), text(&files.audio));
    let (catalog_csv, prepared) = (at.file("catalog.csv"), at.file("prepared"));

    step::<catalog::Args>(
        "catalog",
        catalog::run,
        &["--lyrics", &lyrics, "--audio", &audio, "--out", &catalog_csv],
    )?;
    step::<prepare::Args>(
        "prepare",
        prepare::run,
        &["--catalog", &catalog_csv, "--out", &prepared],
    )?;
    let seed = args.train_seed.to_string();
    let epochs = args.epochs.map(|epochs| epochs.to_string());
    for name in MODELS {
        let run = at.run(name);
        let mut options =
            vec!["--data", &prepared, "--model", name, "--out", &run, "--seed", &seed, "--resume"];
        options.extend(epochs.iter().flat_map(|epochs| ["--epochs", epochs]));
        step::<train::Args>("train", train::run, &options)?;
        let table = at.table(name);
        step::<embed::Args>(
            "embed",
            embed::run,
            &["--run", &run, "--data", &prepared, "--out", &table, "--slices"],
        )?;
    }
    let tables = MODELS.map(|name| format!("{name}={}", at.table(name))).join(",");
    let runs = MODELS.map(|name| format!("{name}={}", at.run(name))).join(",");
    let recommendations = at.file("recommendations.csv");
    step::<recommend::Args>(
        "recommend",
        recommend::run,
        &["--catalog", &catalog_csv, "--embeddings", &tables, "--out", &recommendations],
    )?;
    let (bundle, study) = (at.file("bundle"), at.file("study.json"));
    files::write(Path::new(&study), &demo_study().to_json())?;
    step::<export::Args>(
        "export",
        export::run,
        &[
            "--catalog",
            &catalog_csv,
            "--prepared",
            &prepared,
            "--embeddings",
            &tables,
            "--recommendations",
            &recommendations,
            "--runs",
            &runs,
            "--study",
            &study,
            "--out",
            &bundle,
            "--name",
            "Segue demo",
        ],
    )?;
    step::<verify::Args>("verify", verify::run, &[&bundle])?;
    println!("\nthe demo took {:.0} s; its bundle: {bundle}", begun.elapsed().as_secs_f64());
    Ok(())
}

/// The default study, short enough to be done in ten minutes.
fn demo_study() -> StudyDesign {
    let mut design = Preset::Default.design();
    design.study_id = "demo".to_owned();
    for (long, short) in [("half an hour", "ten minutes"), ("een half uur", "tien minuten")] {
        let texts = design.texts.welcome.0.values_mut();
        texts.for_each(|text| *text = text.replace(long, short));
    }
    design.stop = Stop { liked_anchors: Some(6), anchors: None, minutes: Some(10) };
    design
}

/// Where the demo keeps what.
struct Places {
    root: PathBuf,
}

impl Places {
    fn file(&self, name: &str) -> String {
        text(&self.root.join(name))
    }

    fn run(&self, model: &str) -> String {
        text(&self.root.join("runs").join(model))
    }

    fn table(&self, model: &str) -> String {
        text(&self.root.join("embeddings").join(format!("{model}.safetensors")))
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A command of its own, so that a step reads its options as it would from the command line.
#[derive(Debug, Parser)]
#[command(no_binary_name = true)]
struct Options<A: clap::Args> {
    #[command(flatten)]
    args: A,
}

/// Prints a command and runs it.
fn step<A: clap::Args>(
    name: &str,
    run: impl FnOnce(&A) -> anyhow::Result<()>,
    options: &[&str],
) -> anyhow::Result<()> {
    println!("\n> segue {name} {}", options.join(" "));
    let begun = Instant::now();
    let Options { args } = Options::<A>::try_parse_from(options)?;
    let outcome = run(&args);
    if interrupt::is_asked() {
        if let Err(error) = outcome {
            eprintln!("segue: {error:#}");
        }
        bail!("stopped by Ctrl-C; the same command goes on from here");
    }
    outcome.with_context(|| format!("the demo stopped at `segue {name}`"))?;
    println!("  ({:.1} s)", begun.elapsed().as_secs_f64());
    Ok(())
}

/// Composes the songs, with a progress bar.
fn compose(out: &Path, options: &DemoOptions) -> anyhow::Result<DemoFiles> {
    let bar = ProgressBar::new(options.n_songs as u64).with_style(ProgressStyle::with_template(
        "{msg:12} {wide_bar} {pos}/{len} songs, {eta} left",
    )?);
    bar.set_message("composing");
    let files = demo::write_catalogue(out, options, &|n_done| bar.set_position(n_done as u64))
        .with_context(|| format!("the demo catalogue in '{}'", out.display()))?;
    bar.finish_and_clear();
    println!(
        "{} songs in '{}', lyrics in '{}'",
        files.n_songs,
        files.audio.display(),
        files.lyrics.display()
    );
    Ok(files)
}
