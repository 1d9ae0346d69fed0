//! Runs of `segue` to their end: one that must succeed, one that must fail.

use crate::programs::segue;
use std::process::{Command, Output, Stdio};

/// Runs `segue`.
///
/// # Panics
///
/// If it was not built or can't be started.
pub fn run(arguments: &[&str]) -> Output {
    let program = segue().expect("the program was built");
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    output.expect("the program starts")
}

/// Runs `segue`, which must succeed; what it printed.
///
/// # Panics
///
/// If it fails.
pub fn succeed(arguments: &[&str]) -> String {
    let output = run(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "segue {}: {errors}", arguments.join(" "));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// As [`succeed`], with that many threads.
///
/// # Panics
///
/// If it fails or can't be started.
pub fn succeed_with_threads(n_threads: usize, arguments: &[&str]) {
    let mut command = Command::new(segue().expect("the program was built"));
    command.args(arguments).env("RAYON_NUM_THREADS", n_threads.to_string()).stdin(Stdio::null());
    let output = command.output().expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "segue {}: {errors}", arguments.join(" "));
}

/// Runs `segue`, which must fail; what it said.
///
/// # Panics
///
/// If it succeeds.
pub fn fail(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(!output.status.success(), "segue {} succeeded", arguments.join(" "));
    said(output)
}

/// A list of faults goes to the output, the verdict to the errors: both.
pub fn said(output: Output) -> String {
    [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat()
}

/// As [`fail`], on a disk that takes no file of more than 32 kB, which needs no rights to make: the
/// system refuses to write on in the middle of a file, as it does where a disk is full.
///
/// # Panics
///
/// If it succeeds, or can't be started.
#[cfg(unix)]
pub fn fail_on_full_disk(arguments: &[&str]) -> String {
    const LIMITED: &str = "trap '' XFSZ; ulimit -f 64; exec \"$@\"";
    let program = segue().expect("the program was built");
    let output = Command::new("sh")
        .args(["-c", LIMITED, "sh"])
        .arg(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("a shell starts");
    assert!(!output.status.success(), "segue {} succeeded", arguments.join(" "));
    said(output)
}
