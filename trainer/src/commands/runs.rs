//! `segue runs`: runs side by side.

mod table;

use crate::files;
use crate::training::run_folder::RunFolder;
use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use table::{Measure, RunRow, Table};

/// How many folders below the given ones are looked into.
const DEPTH: usize = 3;

/// List training runs and compare them: settings that differ, and what came out
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folders of runs, or folders that hold some
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// What the runs are ordered by; runs without it come last
    #[arg(long, value_enum, default_value = "accuracy")]
    pub sort: Measure,
    /// All settings, not only those that differ
    #[arg(long)]
    pub all: bool,
    /// Print csv
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// If a folder can't be read, no run is in any, or a run's record can't be read: the others are shown before.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut found = Vec::new();
    for folder in &args.folders {
        ensure!(folder.is_dir(), "'{}' is no folder", folder.display());
        find(folder, DEPTH, &mut found)?;
    }
    if found.is_empty() {
        let folders: Vec<String> =
            args.folders.iter().map(|folder| format!("'{}'", folder.display())).collect();
        bail!("there is no run (a folder with run.json) in {}", folders.join(", "));
    }
    found.sort();
    found.dedup();
    let (rows, broken) = read_all(&found);
    if !rows.is_empty() {
        show(args, rows)?;
    }
    ensure!(
        broken.is_empty(),
        "{} of {} runs can't be read: {}; what is wrong with each stands above",
        broken.len(),
        found.len(),
        broken.join(", ")
    );
    Ok(())
}

fn show(args: &Args, rows: Vec<RunRow>) -> anyhow::Result<()> {
    let table = Table::new(rows, args.sort, args.all);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&table.to_json())?);
    } else if args.csv {
        print!("{}", table.to_csv()?);
    } else {
        print!("{}", table.to_text());
    }
    Ok(())
}

/// The runs that can be read, and the folders of the others, of which is told what is wrong.
fn read_all(folders: &[PathBuf]) -> (Vec<RunRow>, Vec<String>) {
    let (mut rows, mut broken) = (Vec::new(), Vec::new());
    for folder in folders {
        match read(folder) {
            Ok(row) => rows.push(row),
            Err(error) => {
                eprintln!("segue: {error:#}");
                broken.push(format!("'{}'", folder.display()));
            }
        }
    }
    (rows, broken)
}

/// The folders with a run, this one or those below it.
fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if RunFolder::new(folder).run_json().is_file() {
        found.push(folder.to_owned());
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    let unreadable = || format!("'{}' can't be read", folder.display());
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.is_dir() && !path.is_symlink() {
            find(&path, depth - 1, found)?;
        }
    }
    Ok(())
}

/// What a run says of itself. Records are read as they are, so that runs of other versions, with other
/// settings, can stand beside each other.
fn read(folder: &Path) -> anyhow::Result<RunRow> {
    let run_folder = RunFolder::new(folder);
    let record = json(&run_folder.run_json())?;
    let report = run_folder.report();
    let report = if report.is_file() { Some(json(&report)?) } else { None };
    let n_epochs = match &report {
        Some(report) => report["n_epochs"].as_u64().unwrap_or_default(),
        None => n_lines(&run_folder.metrics_jsonl()),
    };
    Ok(RunRow::new(folder.display().to_string(), &record, report.as_ref(), n_epochs))
}

fn json(path: &Path) -> anyhow::Result<Value> {
    serde_json::from_slice(&files::read(path)?)
        .with_context(|| format!("'{}' is no JSON; was it edited?", path.display()))
}

fn n_lines(path: &Path) -> u64 {
    files::read_text(path).map_or(0, |text| text.lines().count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_run_is_named_and_the_others_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        let run_json = |name: &str| RunFolder::new(&folder.path().join(name)).run_json();
        files::write(&run_json("broken"), b"{\"config\"").unwrap();
        files::write(&run_json("whole"), b"{\"config\": {\"seed\": 1}}").unwrap();
        let mut found = Vec::new();
        find(folder.path(), DEPTH, &mut found).unwrap();
        found.sort();
        let (rows, broken) = read_all(&found);
        assert_eq!((rows.len(), broken.len()), (1, 1));
        let folders = vec![folder.path().to_owned()];
        let args = Args { folders, sort: Measure::Accuracy, all: false, csv: false, json: false };
        let error = run(&args).unwrap_err().to_string();
        assert!(error.starts_with("1 of 2 runs can't be read: "), "{error}");
        assert!(error.contains("broken") && !error.contains("whole'"), "{error}");
    }
}
