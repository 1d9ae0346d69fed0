//! Runs in buckets.

use super::{Args, run_here};
use crate::files;
use crate::training::run_folder::{REPORT, RunFolder};
use anyhow::Context as _;

/// Trains in a folder of this machine, since a run's files change all the time, and copies what came of it when
/// it ends, whichever way. What an earlier call left in the bucket is gone on with.
pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let here = tempfile::tempdir().context("no temporary folder can be made")?;
    let local = Args { out: here.path().join("run"), ..args.clone() };
    files::copy_folder(&args.out, &local.out, REPORT)?;
    let outcome = run_here(&local);
    if local.out.exists() {
        files::copy_folder(&local.out, &args.out, REPORT)?;
        for there in files::list(&RunFolder::new(&args.out).checkpoints())? {
            let name = there.strip_prefix(&args.out)?;
            if !local.out.join(name).exists() {
                files::remove(&there)?;
            }
        }
        println!("the run's files: {}", args.out.display());
    }
    outcome
}
