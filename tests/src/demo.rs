//! A demo of few short songs, for tests of the pipeline and of what the website makes of its bundle.

use crate::runs::succeed;
use std::path::Path;
use std::sync::OnceLock;
use tempfile::TempDir;

/// What `segue demo` is given beside `--out`.
pub const OPTIONS: [&str; 6] = ["--songs", "64", "--secs", "6", "--epochs", "2"];

/// The folder of the demo, made once for all tests of a program; they only read it.
///
/// # Panics
///
/// If it can't be made.
pub fn short_demo() -> &'static Path {
    static DEMO: OnceLock<TempDir> = OnceLock::new();
    DEMO.get_or_init(|| {
        let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
        let out = folder.path().to_str().expect("its path is text");
        succeed(&[&["demo", "--out", out], &OPTIONS[..]].concat());
        folder
    })
    .path()
}
