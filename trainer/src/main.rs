//! `segue`: songs and lyrics in, trained networks, recommendations and a bundle out.

use std::any::Any;
use std::panic::{catch_unwind, resume_unwind, set_hook, take_hook};
use std::process::ExitCode;
use trainer::cli::Cli;

/// What shells report of a program that wrote to one that had ended: 128 and the number of SIGPIPE.
const NOBODY_READS: u8 = 141;

fn main() -> ExitCode {
    let otherwise = take_hook();
    set_hook(Box::new(move |panic| {
        if unwritten(panic.payload()).is_none() {
            otherwise(panic);
        }
    }));
    match catch_unwind(|| Cli::read(std::env::args_os()).and_then(Cli::run)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            eprintln!("segue: {error:#}");
            ExitCode::FAILURE
        }
        Err(panic) => match unwritten(&*panic) {
            // As `head` ends, which is no fault.
            Some(why) if why.ends_with("(os error 32)") => ExitCode::from(NOBODY_READS),
            Some(why) => {
                eprintln!("segue: its output can't be written: {why}");
                ExitCode::FAILURE
            }
            None => resume_unwind(panic),
        },
    }
}

/// Why `println!` could not write, which makes it panic.
fn unwritten(panic: &(dyn Any + Send)) -> Option<&str> {
    panic.downcast_ref::<String>()?.strip_prefix("failed printing to stdout: ")
}
