//! `segue verify`: everything that is wrong with a bundle.

use crate::bundle_folder::{self, Checked};
use crate::causes::chain;
use anyhow::bail;
use shared::bundle::FileRole;
use std::path::PathBuf;

/// Check a bundle: every file, and every part against the others
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the bundle.
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,
}

/// Runs the command: prints every fault, and fails where there is one.
///
/// # Errors
///
/// If the bundle can't be read, or is not whole.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let Checked { manifest, faults } = bundle_folder::check(&args.bundle)?;
    for fault in &faults {
        println!("{}", chain(fault));
    }
    match faults.len() {
        0 => {}
        1 => bail!("'{}' has 1 fault", args.bundle.display()),
        n => bail!("'{}' has {n} faults", args.bundle.display()),
    }
    let n_songs = manifest.files_of(&FileRole::Stimulus).count();
    let n_bytes: u64 = manifest.files.values().map(|file| file.bytes).sum();
    println!(
        "'{}' is whole: schema {}, {} files, {:.1} MB, {n_songs} songs, embeddings: {}",
        manifest.name,
        manifest.schema_version,
        manifest.files.len(),
        n_bytes as f64 / 1e6,
        manifest.embeddings.keys().cloned().collect::<Vec<_>>().join(", ")
    );
    Ok(())
}
