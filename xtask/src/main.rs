//! `cargo xtask demo | test | ...`: installs what is missing, then runs the steps.
//!
//! Free of dependencies, so that it compiles in seconds on a fresh machine. Everything it runs
//! shares one target directory outside the checkout; see [`places`].

mod demo;
mod disk;
mod fingerprint;
mod places;
mod site;
mod stages;
mod test;
mod tools;

use places::Places;
use stages::{Failure, Stages};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask demo [--no-serve] [--port N] [--webgpu]
                                           from nothing to a website with the demo catalogue
cargo xtask test [STEP ...]                every check; with names, only those steps
cargo xtask site [--without-graphics] [--bundle FOLDER]
                                           build the website; with a bundle, put both into dist/
cargo xtask sizes                          what each file of the website weighs, packed too
cargo xtask tools                          install the tools alone
cargo xtask places                         say where things are kept

Everything built is kept in CARGO_TARGET_DIR, else in $XDG_CACHE_HOME/segue or ~/.cache/segue.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), Failure> {
    let (&command, rest) = arguments.split_first().unwrap_or((&"help", &[]));
    if command == "help" || arguments.iter().any(|argument| ["-h", "--help"].contains(argument)) {
        println!("{USAGE}");
        return Ok(());
    }
    let places = Places::find()?;
    if command != "places" {
        places.take_target()?;
    }
    let mut stages = Stages::begin();
    let outcome = match command {
        "demo" => demo::run_demo(&places, &mut stages, &demo::Options::parse(rest)?),
        "test" => test::run_tests(&places, &mut stages, rest),
        "site" => site::run_command(&places, &mut stages, rest),
        "sizes" => site::print_sizes(&places),
        "tools" => tools::install_all(&places, &mut stages),
        "places" => {
            println!("{places}");
            Ok(())
        }
        other => Err(Failure::usage(format!("'{other}' is not a command\n\n{USAGE}"))),
    };
    stages.summary();
    outcome
}
