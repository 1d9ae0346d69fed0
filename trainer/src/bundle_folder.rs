//! A bundle on the disk.

use crate::files::{self, FileError};
use shared::bundle::{Checker, Fault, MANIFEST_FILE, Manifest, ManifestError};
use std::path::{Path, PathBuf};

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    /// The manifest.
    pub manifest: Manifest,
    /// Everything that is wrong; nothing where the bundle is whole.
    pub faults: Vec<Fault>,
}

/// Checks every file of a bundle. Hidden files (of a file manager, for example) are not looked at.
///
/// # Errors
///
/// If the folder can't be listed or has no manifest of a known version.
pub fn check(folder: &Path) -> Result<Checked, BundleFolderError> {
    let manifest_path = folder.join(MANIFEST_FILE);
    // A list that can't be read is among the files below, where the fault is found again.
    let read_list = |list: &str| files::read(&folder.join(list)).ok();
    let mut checker = Checker::new(&files::read(&manifest_path)?, read_list)
        .map_err(|source| BundleFolderError::Manifest { folder: folder.to_owned(), source })?;
    for path in files::list_below(folder)? {
        let name = name_in(folder, &path);
        match files::read(&path) {
            Ok(bytes) => checker.file(&name, &bytes),
            Err(error) => checker.unreadable(&name, error),
        }
    }
    Ok(Checked { manifest: checker.manifest().clone(), faults: checker.finish() })
}

/// The path of a file in the bundle, with `/` on every system.
fn name_in(folder: &Path, path: &Path) -> String {
    let below = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// Makes sure that a bundle may take the place of what stands at `folder`: nothing, an empty folder
/// or an older bundle.
///
/// # Errors
///
/// If something else stands there.
pub fn expect_replaceable(folder: &Path) -> Result<(), BundleFolderError> {
    let is_bundle = folder.join(MANIFEST_FILE).is_file();
    if !folder.exists() || is_bundle || files::is_empty_folder(folder) {
        return Ok(());
    }
    Err(BundleFolderError::InTheWay { folder: folder.to_owned() })
}

/// What can be wrong with the folder of a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleFolderError {
    /// The manifest can't be used.
    #[error("'{}'", folder.display())]
    Manifest {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        #[source]
        source: ManifestError,
    },
    /// Something else stands where the bundle should go.
    #[error(
        "'{}' is there and is no bundle: it is not overwritten; choose another folder or remove it",
        folder.display()
    )]
    InTheWay {
        /// The folder.
        folder: PathBuf,
    },
    /// A file that can't be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}
