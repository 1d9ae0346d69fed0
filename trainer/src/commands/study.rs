//! `segue study`: the design of a study, begun, checked, and tried with simulated participants.

use crate::files;
use anyhow::{Context, ensure};
use clap::Subcommand;
use shared::hash::sha256_hex;
use shared::random::Seed;
use shared::simulate::{Population, SimulatedStudy, simulated_catalogue};
use shared::study::export::to_csv;
use shared::study::{Event, Preset, SessionLog, StudyDesign, StudyHashes};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Begin the design of a study, check one, or simulate its sessions
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    New(NewArgs),
    Check(CheckArgs),
    Simulate(SimulateArgs),
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

/// Write the sessions of simulated participants, as a study would leave them
///
/// To try the analysis before there are data. The sessions say that they are simulated.
#[derive(Debug, clap::Args)]
struct SimulateArgs {
    /// The design
    #[arg(value_name = "FILE", default_value = "study.json")]
    study: PathBuf,
    /// Folder for the sessions, one csv file each
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Number of participants
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    participants: usize,
    /// Whom they are drawn from, as audio:0.55,multimodal:0.6,random:0.4,sd-song:0.6
    #[arg(long, value_name = "TEXT", default_value = "")]
    population: String,
    /// Songs of the made-up catalogue
    #[arg(long, value_name = "N", default_value_t = 400)]
    songs: usize,
    /// Seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
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
        Task::Simulate(args) => simulate(args),
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
    println!("SHA-256 {}", sha256_hex(&bytes));
    Ok(())
}

fn simulate(args: &SimulateArgs) -> anyhow::Result<()> {
    let path = args.study.display();
    let bytes = files::read(&args.study)?;
    let design = StudyDesign::from_json(&bytes).with_context(|| format!("in '{path}'"))?;
    let population: Population = args.population.parse().context("--population")?;
    ensure!(args.songs > 0, "--songs: expected a number from 1");
    let seed = Seed(args.seed);
    let catalogue = Arc::new(simulated_catalogue(&design, args.songs, seed));
    let hashes = StudyHashes {
        study_id: design.study_id.clone(),
        study: sha256_hex(&bytes),
        catalog: sha256_hex(b"simulated"),
        embeddings: BTreeMap::new(),
        wasm: String::new(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    expect_no_others(&args.out, args.participants)?;
    let study = SimulatedStudy::new(Arc::new(design), catalogue, population, args.participants);
    let sessions = study.with_hashes(hashes).sessions(seed)?;
    for (at, events) in sessions.into_iter().enumerate() {
        let log = log(events);
        files::write(&args.out.join(format!("session-{at:04}.csv")), to_csv(&log).as_bytes())?;
    }
    println!("{} sessions stand in '{}'", args.participants, args.out.display());
    Ok(())
}

/// Sessions of an earlier simulation of more people would be taken for some of this one.
fn expect_no_others(folder: &Path, n_participants: usize) -> anyhow::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    let number = |path: &PathBuf| -> Option<usize> {
        path.file_name()?.to_str()?.strip_prefix("session-")?.strip_suffix(".csv")?.parse().ok()
    };
    let others = files::list(folder)?;
    let others = others.iter().filter_map(number).filter(|number| *number >= n_participants);
    ensure!(
        others.count() == 0,
        "'{}' holds sessions of an earlier simulation, which would be mixed with these: name another folder",
        folder.display()
    );
    Ok(())
}

/// The log of a session's events.
fn log(events: Vec<(u64, Event)>) -> SessionLog {
    let name = match events.first() {
        Some((_, Event::Started(started))) => started.session_id.clone(),
        _ => String::new(),
    };
    let mut log = SessionLog::new(name);
    for (at_millis, event) in events {
        let row = log.next_row(event, at_millis);
        log.push(row);
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_of_a_larger_simulation_are_not_mixed_with_others() {
        let folder = tempfile::tempdir().unwrap();
        expect_no_others(&folder.path().join("new"), 1).unwrap();
        for name in ["session-0000.csv", "session-0002.csv", "notes.csv"] {
            files::write(&folder.path().join(name), b"").unwrap();
        }
        expect_no_others(folder.path(), 3).unwrap();
        let error = expect_no_others(folder.path(), 2).unwrap_err().to_string();
        assert!(error.contains("holds sessions of an earlier simulation"), "{error}");
    }
}
