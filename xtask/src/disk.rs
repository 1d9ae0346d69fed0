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

/// The files below a folder by their paths in it, with `/`, sorted; none where it is not there.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut files = Vec::new();
    let mut rest = vec![(folder.to_owned(), String::new())];
    while let Some((folder, name)) = rest.pop() {
        if !folder.is_dir() {
            continue;
        }
        let unreadable = |error| Failure::file("read", &folder, &error);
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let below = format!("{name}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                rest.push((entry.path(), below + "/"));
            } else {
                files.push(below);
            }
        }
    }
    files.sort();
    Ok(files)
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
        if source.is_dir() {
            copy_folder(&source, &target)?;
        } else {
            fs::copy(&source, &target).map_err(|error| Failure::file("copy", &source, &error))?;
        }
    }
    Ok(())
}
