//! Files and folders, with errors that name them.

use crate::stages::Failure;
use std::fs;
use std::path::Path;

pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))
}

pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::file("write", path, &error))
}

/// Removes a folder; one that is not there is no failure.
pub(crate) fn remove_folder(folder: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::file("remove", folder, &error))
        }
        _ => Ok(()),
    }
}

/// The names of what stands directly in a folder, sorted; none where it is not there.
pub(crate) fn entries(folder: &Path) -> Result<Vec<String>, Failure> {
    let unreadable = |error| Failure::file("read", folder, &error);
    let mut names = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            names.push(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Copies a file, or a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    if from.is_dir() {
        return copy_folder(from, to);
    }
    fs::copy(from, to).map(drop).map_err(|error| Failure::file("copy", from, &error))
}

/// Moves a file or folder; what stood at the new place is replaced.
pub(crate) fn move_to(from: &Path, to: &Path) -> Result<(), Failure> {
    remove_folder(to)?;
    fs::rename(from, to).map_err(|error| Failure::file("write", to, &error))
}

pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to).map_err(|error| Failure::file("write", to, &error))?;
    let unreadable = |error| Failure::file("read", from, &error);
    for entry in fs::read_dir(from).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        copy(&source, &target)?;
    }
    Ok(())
}
