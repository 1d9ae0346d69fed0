//! A bundle on the disk.

use crate::files::{self, FileError};
use shared::bundle::{Checker, FORMAT, Fault, MANIFEST_FILE, Manifest, ManifestError};
use std::collections::BTreeSet;
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
/// or an older bundle, of this version of the format or another, and nothing beside it.
///
/// # Errors
///
/// If something else stands there.
pub fn expect_replaceable(folder: &Path) -> Result<(), BundleFolderError> {
    if !folder.exists() || files::is_empty_folder(folder) {
        return Ok(());
    }
    let in_the_way = || BundleFolderError::InTheWay { folder: folder.to_owned() };
    let bytes = files::read(&folder.join(MANIFEST_FILE)).map_err(|_| in_the_way())?;
    if !is_manifest(&bytes) {
        return Err(in_the_way());
    }
    // What this version does not know of cannot be told from what is somebody else's.
    let Ok(manifest) = Manifest::from_json(&bytes) else { return Ok(()) };
    let lists = manifest.file_lists.iter().map(|list| &list.file);
    let parts = manifest.files.keys().chain(lists).filter_map(|file| file.split('/').next());
    let known: BTreeSet<&str> = parts.chain([MANIFEST_FILE, STIMULI]).collect();
    let beside = files::entries(folder)?.into_iter().find(|name| !known.contains(name.as_str()));
    match beside {
        Some(name) => Err(BundleFolderError::Beside { folder: folder.to_owned(), name }),
        None => Ok(()),
    }
}

/// Stimuli stand in lists of their own, which would have to be read.
const STIMULI: &str = "stimuli";

/// Whether bytes are the manifest of a bundle, of whatever version.
fn is_manifest(bytes: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Format {
        format: String,
    }
    serde_json::from_slice::<Format>(bytes).is_ok_and(|own| own.format == FORMAT)
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
    /// Something that is no part of the bundle that stands there.
    #[error(
        "'{}' holds '{name}' beside a bundle, and would be replaced with it: move that elsewhere, or choose another folder",
        folder.display()
    )]
    Beside {
        /// The folder.
        folder: PathBuf,
        /// What stands there.
        name: String,
    },
    /// A file that can't be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}
