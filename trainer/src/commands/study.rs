//! `segue study`: the design of a study, begun and checked.

use crate::files;
use anyhow::{Context, ensure};
use clap::Subcommand;
use shared::study::{Preset, StudyDesign};
use std::path::PathBuf;

/// Begin the design of a study, or check one
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    New(NewArgs),
    Check(CheckArgs),
}

/// Write a study.json to begin with
#[derive(Debug, clap::Args)]
struct NewArgs {
    /// default: the thesis's study with its faults mended; thesis: as it was
    #[arg(long, default_value = "default", value_parser = preset)]
    preset: Preset,
    /// Where to write it
    #[arg(long, value_name = "FILE", default_value = "study.json")]
    out: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

/// Say everything that is wrong with a study.json
#[derive(Debug, clap::Args)]
struct CheckArgs {
    /// The design
    #[arg(value_name = "FILE", default_value = "study.json")]
    study: PathBuf,
    /// Number of songs that it would choose from
    #[arg(long, value_name = "N")]
    songs: Option<usize>,
}

/// A preset by its name on the command line.
pub(super) fn preset(name: &str) -> Result<Preset, String> {
    Preset::from_name(name).ok_or_else(|| "expected default or thesis".to_owned())
}

/// Runs the command.
///
/// # Errors
///
/// If the file can't be read or written, or is no sound design: all of its faults, by field.
pub fn run(args: &Args) -> anyhow::Result<()> {
    match &args.task {
        Task::New(args) => new(args),
        Task::Check(args) => check(args),
    }
}

fn new(args: &NewArgs) -> anyhow::Result<()> {
    let path = args.out.display();
    ensure!(args.force || !args.out.exists(), "'{path}' is there already: --force replaces it");
    files::write(&args.out, &args.preset.design().to_json())?;
    println!("'{path}' is written; 'segue study check {path}' checks it after a change");
    Ok(())
}

fn check(args: &CheckArgs) -> anyhow::Result<()> {
    let bytes = files::read(&args.study)?;
    let path = args.study.display();
    let design = StudyDesign::from_json(&bytes).with_context(|| format!("in '{path}'"))?;
    if let Some(n_songs) = args.songs {
        design.check_n_songs(n_songs).with_context(|| format!("in '{path}'"))?;
    }
    let conditions: Vec<&str> = design.conditions().iter().map(|c| c.name()).collect();
    println!("'{path}' is sound: '{}', {}", design.study_id, conditions.join(", "));
    println!("SHA-256 {}", shared::bundle::sha256_hex(&bytes));
    Ok(())
}
