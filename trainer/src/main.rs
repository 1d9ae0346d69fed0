//! `segue`: songs and lyrics in, trained networks, recommendations and a bundle out.

use std::process::ExitCode;
use trainer::cli::Cli;

fn main() -> ExitCode {
    match Cli::read(std::env::args_os()).and_then(Cli::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("segue: {error:#}");
            ExitCode::FAILURE
        }
    }
}
