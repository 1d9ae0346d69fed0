//! `segue demo`.

use crate::demo::{self, DemoFiles, DemoOptions};
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use shared::random::Seed;
use std::path::{Path, PathBuf};

/// Compose the demo catalogue and run the whole pipeline on it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder for everything that is made; what is there already is not made again
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Seed of the songs: another one gives another catalogue
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Number of songs, a quarter of them in each genre
    #[arg(long, default_value_t = 160)]
    songs: usize,
    /// Length of each song in seconds
    #[arg(long, default_value_t = 100.0)]
    secs: f64,
    /// Stop after the songs and the lyrics csv
    #[arg(long)]
    catalogue_only: bool,
}

/// Runs the command.
///
/// # Errors
///
/// What the steps report.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let options =
        DemoOptions { seed: Seed(args.seed), n_songs: args.songs, duration_secs: args.secs };
    let _files = compose(&args.out, &options)?;
    if args.catalogue_only {
        return Ok(());
    }
    anyhow::bail!("only the catalogue can be made so far; ask for it with --catalogue-only")
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
