//! Notes the git revision that the program is built from, for the records of runs and bundles.

use std::path::Path;
use std::process::Command;

/// What the program is made of, as seen from here.
const SOURCES: [&str; 6] = [
    "src",
    "Cargo.toml",
    "../shared/src",
    "../shared/Cargo.toml",
    "../Cargo.toml",
    "../Cargo.lock",
];

fn main() {
    println!("cargo::rerun-if-env-changed=SEGUE_GIT_REVISION");
    // The log of HEAD changes with every commit; a file that is not there would rebuild every time.
    for path in SOURCES.into_iter().chain(["../.git/logs/HEAD", "build.rs"]) {
        if Path::new(path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    // Whoever builds without the repository, as in an image, says what the sources are of.
    let stated = std::env::var("SEGUE_GIT_REVISION").ok().filter(|stated| !stated.is_empty());
    if let Some(revision) = stated.or_else(revision) {
        println!("cargo::rustc-env=SEGUE_GIT_REVISION={revision}");
    }
}

/// The commit of HEAD; `-dirty` where the sources are other ones.
fn revision() -> Option<String> {
    let commit = git(&["rev-parse", "HEAD"])?;
    let status = ["status", "--porcelain", "--untracked-files=no", "--"];
    let changed = git(&[&status[..], &SOURCES].concat())?;
    Some(if changed.is_empty() { commit } else { format!("{commit}-dirty") })
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
