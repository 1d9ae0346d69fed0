//! `segue`: songs and lyrics in, trained networks, recommendations and a bundle out.

use clap::Parser;
use std::process::ExitCode;
use trainer::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("segue: {error:#}");
            ExitCode::FAILURE
        }
    }
}
