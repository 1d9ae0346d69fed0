//! The website: built by Trunk beside the target directory, put together with a bundle in `dist/`.

use crate::places::Places;
use crate::stages::{Failure, Stages, run};
use crate::tools;
use std::fs;
use std::path::{Path, PathBuf};

/// `cargo xtask site`.
pub(crate) fn run_command(places: &Places, stages: &mut Stages) -> Result<(), Failure> {
    stages.run("tools for the website", || tools::for_website(places))?;
    let folder = stages.run("website", || build(places))?;
    println!("the website stands in {}", folder.display());
    Ok(())
}

/// Builds the website, small to download, and gives its folder, which stands in the target directory.
pub(crate) fn build(places: &Places) -> Result<PathBuf, Failure> {
    let folder = places.target.join("site");
    run(places.program("trunk").args(["build", "--release", "--dist"]).arg(&folder))?;
    Ok(folder)
}

/// Puts the website and the bundle together: `dist/` is replaced only by a whole one.
pub(crate) fn assemble(places: &Places, site: &Path, bundle: &Path) -> Result<(), Failure> {
    let fresh = places.root.join("dist.tmp");
    remove_folder(&fresh)?;
    copy_folder(site, &fresh)?;
    copy_folder(bundle, &fresh.join("bundle"))?;
    remove_folder(&places.dist)?;
    fs::rename(&fresh, &places.dist).map_err(|error| Failure::file("write", &places.dist, &error))
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

fn copy_folder(from: &Path, to: &Path) -> Result<(), Failure> {
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
