//! The files: list, read, and write atomically.
//!
//! A file is written beside its place and then renamed, so that an interrupted program never
//! leaves half a file under a name that is read later.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Reads a whole file.
///
/// # Errors
///
/// If it can't be read.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(|source| FileError::Read { path: path.to_owned(), source })
}

/// Reads a whole file of UTF-8 text.
///
/// # Errors
///
/// If it can't be read or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    fs::read_to_string(path).map_err(|source| FileError::Read { path: path.to_owned(), source })
}

/// Opens a file for reading.
///
/// # Errors
///
/// If it can't be opened.
pub fn open(path: &Path) -> Result<fs::File, FileError> {
    fs::File::open(path).map_err(|source| FileError::Read { path: path.to_owned(), source })
}

/// Writes a whole file atomically, making its folder where needed.
///
/// # Errors
///
/// If the folder or the file can't be written (no room, no permission); what stood there before
/// stays as it was.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_with(path, |writer| writer.write_all(bytes))
}

/// Writes a file atomically through a buffered writer.
///
/// # Errors
///
/// As [`write()`], and what `fill` reports.
pub fn write_with<E>(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<tempfile::NamedTempFile>) -> Result<(), E>,
) -> Result<(), FileError>
where
    E: Into<io::Error>,
{
    let failed = |source: io::Error| FileError::Write { path: path.to_owned(), source };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    make_folder(folder)?;
    let beside = tempfile::Builder::new()
        .prefix(".segue-")
        .suffix(".tmp")
        .permissions(permissions())
        .tempfile_in(folder)
        .map_err(failed)?;
    let mut writer = BufWriter::new(beside);
    fill(&mut writer).map_err(|error| failed(error.into()))?;
    let beside = writer.into_inner().map_err(|error| failed(error.into_error()))?;
    beside.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Temporary files are private by default; what is kept is made like any other file.
#[cfg(unix)]
fn permissions() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o666)
}

/// Temporary files take the rights of their folder here.
#[cfg(not(unix))]
fn permissions() -> fs::Permissions {
    tempfile::tempfile().and_then(|file| file.metadata()).expect("a temporary file").permissions()
}

/// Makes a folder and those above it.
///
/// # Errors
///
/// If it can't be made.
pub fn make_folder(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(|source| FileError::Write { path: path.to_owned(), source })
}

/// Removes a file; one that is not there is no error.
///
/// # Errors
///
/// If it is there and can't be removed.
pub fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(FileError::Write { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Writes a whole folder: `fill` gets an empty folder beside `path` that takes the place of what
/// stood there once it is full.
///
/// # Errors
///
/// What `fill` reports, or if a folder can't be made or moved; what stood there before then stays
/// as it was.
pub fn replace_folder<E: From<FileError>>(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |source: io::Error| FileError::Write { path: path.to_owned(), source };
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    make_folder(parent)?;
    // Removed with all that is left in it when this function ends, whichever way.
    let beside = tempfile::Builder::new()
        .prefix(".segue-")
        .suffix(".tmp")
        .tempdir_in(parent)
        .map_err(failed)?;
    let (new, old) = (beside.path().join("new"), beside.path().join("old"));
    make_folder(&new)?;
    fill(&new)?;
    let had_one = path.exists();
    if had_one {
        fs::rename(path, &old).map_err(failed)?;
    }
    if let Err(source) = fs::rename(&new, path) {
        if had_one {
            fs::rename(&old, path).map_err(failed)?;
        }
        return Err(failed(source).into());
    }
    Ok(())
}

/// Whether this is a folder with nothing in it, not even a hidden file.
pub fn is_empty_folder(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// The files directly in a folder, sorted by name; none where the folder is not there.
///
/// # Errors
///
/// If the folder can't be read.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let failed = |source| FileError::Read { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// All files in a folder and the folders below it, sorted; hidden ones are left out.
///
/// # Errors
///
/// If a folder can't be read.
pub fn list_below(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |source| FileError::Read { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// What can go wrong with files.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A file or folder can't be read.
    #[error("can't read '{}'", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file or folder can't be written.
    #[error("can't write '{}'; what stood there before is unchanged", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_earlier_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.txt");
        write(&path, b"before").unwrap();
        let error = write_with(&path, |writer| {
            writer.write_all(b"half").and(Err(io::Error::from(io::ErrorKind::StorageFull)))
        })
        .unwrap_err();
        assert!(error.to_string().contains("b.txt"), "{error}");
        assert_eq!(read(&path).unwrap(), b"before");
        assert_eq!(list(path.parent().unwrap()).unwrap(), [path]);
    }

    #[test]
    fn a_failed_folder_leaves_the_earlier_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle");
        let fill =
            |text: &'static str| move |new: &Path| write(&new.join("deep/a.txt"), text.as_bytes());
        replace_folder(&path, fill("first")).unwrap();
        replace_folder(&path, fill("second")).unwrap();
        let failed = |new: &Path| {
            write(&new.join("deep/a.txt"), b"third")?;
            read(Path::new("not there")).map(|_| ())
        };
        assert!(replace_folder(&path, failed).is_err());
        assert_eq!(read(&path.join("deep/a.txt")).unwrap(), b"second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was left behind");
    }
}
