//! Runs in buckets.

use super::{Args, run_here};
use crate::files::{self, FileError};
use crate::training::run_folder::{CHECKPOINTS, REPORT, RunFolder};
use anyhow::Context as _;
use std::path::Path;

/// What is written before training and removed again: a bucket that can't be written is told before hours of work.
const TRIAL: &str = "begun";

/// Trains in a folder of this machine, since a run's files change all the time, and copies what came of it when
/// it ends, whichever way. What an earlier call left in the bucket is gone on with.
///
/// # Errors
///
/// Those of training, and a bucket that can't be read or written. Where the result can't be copied it is left
/// where it is, and the error says where.
pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let here = tempfile::tempdir().context("no temporary folder can be made")?;
    let out = here.path().join("run");
    let local = Args { out: out.clone(), shown: Some(args.out.clone()), ..args.clone() };
    files::copy_folder(&args.out, &out, turn)?;
    let trial = args.out.join(TRIAL);
    files::write(&trial, b"")?;
    files::remove(&trial)?;
    let outcome = run_here(&local);
    if !out.exists() {
        return outcome;
    }
    match bring(&out, &args.out) {
        Ok(()) => outcome,
        Err(error) => {
            let kept = here.keep().join("run");
            let error = anyhow::Error::new(error).context(format!(
                "the run could not be copied to {}; it is in '{}', from where it can be copied later",
                args.out.display(),
                kept.display()
            ));
            Err(match outcome {
                Ok(()) => error,
                Err(first) => first.context(format!("{error:#}")),
            })
        }
    }
}

/// When a file is copied: should the copying be cut off, what is there can be gone on with. A checkpoint is nothing
/// without the record of its run and the measures of its epochs, and the report says that a run is finished.
fn turn(file: &Path) -> u8 {
    let is_of_checkpoints = file.parent().is_some_and(|folder| folder.ends_with(CHECKPOINTS));
    if file.ends_with(REPORT) { 2 } else { u8::from(is_of_checkpoints) }
}

/// Copies a run, and removes the checkpoints that it has no more.
fn bring(from: &Path, to: &Path) -> Result<(), FileError> {
    files::copy_folder(from, to, turn)?;
    for there in files::list(&RunFolder::new(to).checkpoints())? {
        let name = there.file_name().unwrap_or_default();
        if !RunFolder::new(from).checkpoints().join(name).exists() {
            files::remove(&there)?;
        }
    }
    Ok(())
}
