//! The command line.

use crate::commands;
use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsString;

/// A laboratory for next-track music recommendation: songs and lyrics in, trained networks,
/// recommendations and a bundle for the listening experiment out.
#[derive(Debug, Parser)]
#[command(name = "segue", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Catalog(commands::catalog::Args),
    Prepare(commands::prepare::Args),
    Spectrogram(commands::spectrogram::Args),
    Train(Box<commands::train::Args>),
    Sweep(commands::sweep::Args),
    Runs(commands::runs::Args),
    Parity(commands::parity::Args),
    Embed(commands::embed::Args),
    Recommend(commands::recommend::Args),
    Evaluate(commands::evaluate::Args),
    Export(commands::export::Args),
    Verify(commands::verify::Args),
    Demo(commands::demo::Args),
    Serve(commands::serve::Args),
    Study(commands::study::Args),
    Analyse(commands::analyse::Args),
    Power(commands::power::Args),
    Statistics(commands::statistics::Args),
}

impl Cli {
    /// Reads the command line, and the file that `segue train --config` names. What is wrong with the
    /// line itself ends the program, with the usage.
    ///
    /// # Errors
    ///
    /// What is wrong with the file.
    pub fn read(line: impl IntoIterator<Item = OsString>) -> anyhow::Result<Self> {
        let command = Self::command();
        let train = command.find_subcommand("train").context("the command `train`")?;
        let line = commands::train::expand(line.into_iter().collect(), train)?;
        Ok(Self::parse_from(line))
    }

    /// Runs the command that was asked for.
    ///
    /// # Errors
    ///
    /// What the command reports; the message names the file, row or field and the fix.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Catalog(args) => commands::catalog::run(&args),
            Command::Prepare(args) => commands::prepare::run(&args),
            Command::Spectrogram(args) => commands::spectrogram::run(&args),
            Command::Train(args) => commands::train::run(&args),
            Command::Sweep(args) => commands::sweep::run(&args),
            Command::Runs(args) => commands::runs::run(&args),
            Command::Parity(args) => commands::parity::run(&args),
            Command::Embed(args) => commands::embed::run(&args),
            Command::Recommend(args) => commands::recommend::run(&args),
            Command::Evaluate(args) => commands::evaluate::run(&args),
            Command::Export(args) => commands::export::run(&args),
            Command::Verify(args) => commands::verify::run(&args),
            Command::Demo(args) => commands::demo::run(&args),
            Command::Serve(args) => commands::serve::run(&args),
            Command::Study(args) => commands::study::run(&args),
            Command::Analyse(args) => commands::analyse::run(&args),
            Command::Power(args) => commands::power::run(&args),
            Command::Statistics(args) => commands::statistics::run(&args),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::error::ErrorKind;

    fn parsed(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(["segue"].into_iter().chain(line.split(' ')))
    }

    #[test]
    fn negative_numbers_are_values_and_no_options() {
        // What is wrong with a length is said by the command.
        for option in ["--clip-start -5", "--clip-secs -5", "--stimulus-secs -3"] {
            parsed(&format!("prepare --catalog c --out o {option}")).unwrap();
        }
        for line in [
            "catalog --audio a --per-genre -1",
            "recommend --catalog c --embeddings a=b --out o --k -1",
            "evaluate --catalog c --embeddings a=b --out o --resamples -1",
            "train --data d --model audio --out o --epochs -1",
            "train --data d --model audio --out o --mask-bands -1",
            "demo --out o --songs -1",
            "power --songs -1",
            "analyse --bootstrap -1",
        ] {
            let error = parsed(line).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ValueValidation, "{line}: {error}");
        }
        for line in ["analyse --bootstrap 0", "study simulate --out o --participants 0"] {
            let error = parsed(line).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ValueValidation, "{line}: {error}");
        }
    }
}
