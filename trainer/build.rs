//! Notes the git revision that the program is built from, for the records of runs and bundles.

use std::path::Path;
use std::process::Command;

fn main() {
    // The log of HEAD changes with every commit; a file that is not there would rebuild every time.
    let log = Path::new("../.git/logs/HEAD");
    if log.exists() {
        println!("cargo::rerun-if-changed={}", log.display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    let revision = Command::new("git").args(["rev-parse", "HEAD"]).output();
    if let Ok(output) = revision
        && output.status.success()
    {
        let revision = String::from_utf8_lossy(&output.stdout);
        println!("cargo::rustc-env=SEGUE_GIT_REVISION={}", revision.trim());
    }
}
