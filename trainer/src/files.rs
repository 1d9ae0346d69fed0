//! The files: list, read, and write atomically, on disk or in a bucket (`s3://BUCKET/NAME`).
//!
//! A file is written beside its place and then renamed, so that an interrupted program never
//! leaves half a file under a name that is read later. An object of a bucket is whole or not there anyway.

#[cfg(feature = "s3")]
mod bucket;
#[cfg(not(feature = "s3"))]
#[path = "files/no_bucket.rs"]
mod bucket;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Whether the path is an address of a bucket.
pub fn is_in_bucket(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.starts_with("s3://"))
}

/// Reads a whole file.
///
/// # Errors
///
/// If it can't be read.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let bytes = if is_in_bucket(path) { bucket::read(path) } else { fs::read(path) };
    bytes.map_err(|source| FileError::Read { path: path.to_owned(), source })
}

/// Reads a whole file of UTF-8 text.
///
/// # Errors
///
/// If it can't be read or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    String::from_utf8(read(path)?).map_err(|error| FileError::Read {
        path: path.to_owned(),
        source: io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()),
    })
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Its size.
    pub n_bytes: u64,
    /// When it was changed, in nanoseconds since 1970; 0 where that is not known.
    pub modified_nanos: u64,
}

/// Size and time of a file.
///
/// # Errors
///
/// If it is not there, or may not be looked at.
pub fn stamp(path: &Path) -> Result<Stamp, FileError> {
    let failed = |source| FileError::Read { path: path.to_owned(), source };
    if is_in_bucket(path) {
        return bucket::stamp(path).map_err(failed);
    }
    let metadata = path.metadata().map_err(failed)?;
    let since_1970 = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified_nanos = since_1970.and_then(|time| u64::try_from(time.as_nanos()).ok());
    Ok(Stamp { n_bytes: metadata.len(), modified_nanos: modified_nanos.unwrap_or(0) })
}

/// Whether a file is there.
///
/// # Errors
///
/// If that can't be told: a bucket that does not answer is no empty one.
pub fn exists(path: &Path) -> Result<bool, FileError> {
    match stamp(path) {
        Ok(_) => Ok(true),
        Err(FileError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(false)
        }
        Err(_) if !is_in_bucket(path) => Ok(path.exists()),
        Err(error) => Err(error),
    }
}

/// Reads a file that may not be there.
///
/// # Errors
///
/// If it is there and can't be read.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(FileError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a file of a disk for reading.
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
    if is_in_bucket(path) {
        let failed = |source| FileError::Write { path: path.to_owned(), source };
        return bucket::write(path, bytes.to_vec()).map_err(failed);
    }
    write_with(path, |writer| writer.write_all(bytes))
}

/// Puts bytes behind those of a file of a disk, which keeps its place for those that have it open.
///
/// # Errors
///
/// If the file is not there or can't be written; then a part of the bytes may stand in it.
pub fn append(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let failed = |source| FileError::Write { path: path.to_owned(), source };
    let mut file = fs::OpenOptions::new().append(true).open(path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)
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
    let in_bucket = is_in_bucket(path);
    let temporary = std::env::temp_dir();
    let folder = match path.parent() {
        _ if in_bucket => &temporary,
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
    if in_bucket {
        let bytes = fs::read(beside.path()).map_err(failed)?;
        return bucket::write(path, bytes).map_err(failed);
    }
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
    let removed = if is_in_bucket(path) { bucket::remove(path) } else { fs::remove_file(path) };
    match removed {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(FileError::Write { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Removes a folder of a disk that has nothing in it; any other stays. Buckets have no folders.
pub fn remove_empty_folder(path: &Path) {
    // What can't be removed harms nobody.
    let _ = fs::remove_dir(path);
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

/// Names that are nobody's own.
const LEFT_EVERYWHERE: [&str; 4] = [".DS_Store", "Thumbs.db", "desktop.ini", "lost+found"];

/// The names of everything that stands directly in a folder of a disk, sorted, but for what file managers, disks and programs
/// that were killed leave everywhere.
///
/// # Errors
///
/// If the folder can't be read.
pub fn entries(folder: &Path) -> Result<Vec<String>, FileError> {
    let failed = |source| FileError::Read { path: folder.to_owned(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if !LEFT_EVERYWHERE.contains(&&*name) && !name.starts_with(".segue-") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The files directly in a folder, sorted by name; none where the folder is not there.
///
/// # Errors
///
/// If the folder can't be read.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let failed = |source| FileError::Read { path: folder.to_owned(), source };
    if is_in_bucket(folder) {
        return bucket::list(folder).map_err(failed);
    }
    if !folder.exists() {
        return Ok(Vec::new());
    }
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
    if is_in_bucket(folder) {
        let failed = |source| FileError::Read { path: folder.to_owned(), source };
        return bucket::list_below(folder).map_err(failed);
    }
    let mut files = Vec::new();
    // Each with the folders on the way to it: a link may lead back to one of these, which is no way on.
    let mut folders = vec![(folder.to_owned(), Vec::new())];
    while let Some((folder, mut way)) = folders.pop() {
        let failed = |source| FileError::Read { path: folder.clone(), source };
        let real = fs::canonicalize(&folder).map_err(failed)?;
        if way.contains(&real) {
            continue;
        }
        way.push(real);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let path = entry.path();
            if path.is_dir() {
                folders.push((path, way.clone()));
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Copies the files of a folder and those below it, from or to a bucket or on a disk; a file that is there with
/// the same content is left alone, and `last` is copied after all others.
///
/// # Errors
///
/// If a file can't be read or written.
pub fn copy_folder(from: &Path, to: &Path, turn: impl Fn(&Path) -> u8) -> Result<(), FileError> {
    let mut files = list_below(from)?;
    files.sort_by_key(|file| turn(file));
    for file in files {
        let name = file.strip_prefix(from).unwrap_or(&file);
        let (bytes, target) = (read(&file)?, to.join(name));
        let is_there = stamp(&target).is_ok_and(|there| there.n_bytes == bytes.len() as u64)
            && read(&target)? == bytes;
        if !is_there {
            write(&target, &bytes)?;
        }
    }
    Ok(())
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
mod tests;
