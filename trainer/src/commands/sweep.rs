//! `segue sweep`.

mod plan;
mod summary;

use super::prepare::parse_shard;
use super::train;
use crate::files;
use crate::interrupt;
use crate::prepared::Shard;
use crate::training::progress::ProgressKind;
use crate::training::run_folder::RunFolder;
use anyhow::{bail, ensure};
use plan::{Plan, Training};
use std::path::{Path, PathBuf};
use summary::{Summary, summary};

/// Train one network for every combination of settings and compare them
///
/// A TOML file gives the options of `segue train` that all have in common, a table `grid` those that vary, each
/// with a list of values, and tables `variants` groups of options that belong together, each with a name.
/// Finished trainings are not done again, interrupted ones go on.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to train
    #[arg(long, value_name = "FILE.toml")]
    pub grid: PathBuf,
    /// Folder for the runs, one below it each
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Folder that `segue prepare` wrote, in place of the file's `data`
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Train only share I of N, I from 0; shares may have one --out
    #[arg(long, value_name = "I/N", value_parser = parse_shard, default_value = "0/1")]
    pub shard: Shard,
    /// Say what would be trained, and train nothing
    #[arg(long)]
    pub list: bool,
    /// What is shown meanwhile
    #[arg(long, value_enum, default_value = "plain")]
    pub progress: ProgressKind,
}

/// Trains all combinations of a share, and says how all finished ones compare.
///
/// # Errors
///
/// A file that does not say what to train, and trainings that failed: the others are done before.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let plan = Plan::read(&args.grid, args.data.as_deref(), &args.out)?;
    let own: Vec<(usize, &Training)> = plan
        .trainings
        .iter()
        .enumerate()
        .filter(|(at, _)| at % args.shard.count as usize == args.shard.index as usize)
        .collect();
    if args.list {
        for (at, training) in &own {
            println!("{at}\t{}\tsegue train {}", training.name, training.options.join(" "));
        }
        return Ok(());
    }
    let (mut failed, n_own) = (Vec::new(), own.len());
    for (at, training) in own {
        println!("\n{} of {}: {}", at + 1, plan.trainings.len(), training.name);
        let options = training.args(args.progress)?;
        let begun = files::exists(&RunFolder::new(&options.out).run_json())?;
        let outcome = train::run(&train::Args { resume: begun, ..options });
        if interrupt::is_asked() {
            // What `segue train` says of it speaks of --resume, which a sweep neither needs nor has.
            bail!(
                "interrupted in '{}'; the same command, as it is, goes on from there",
                training.name
            );
        }
        if let Err(error) = outcome {
            eprintln!("segue: {}: {error:#}", training.name);
            failed.push(training.name.as_str());
        }
    }
    let summary = write_summary(&plan, &args.out)?;
    print!("\n{}", summary.to_text());
    ensure!(
        failed.is_empty(),
        "{} of {} trainings failed: {}; what is wrong with each stands above. The same command tries them again",
        failed.len(),
        n_own,
        failed.join(", ")
    );
    Ok(())
}

/// Compares what is finished. Of shares that end together the one that wrote last may have looked first, so that it looks
/// once more.
fn write_summary(plan: &Plan, out: &Path) -> anyhow::Result<Summary> {
    let mut written = summary(plan, out)?;
    loop {
        files::write(&out.join("sweep.csv"), &written.to_csv()?)?;
        let now = summary(plan, out)?;
        if now == written {
            return Ok(written);
        }
        written = now;
    }
}
