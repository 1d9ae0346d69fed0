//! The website: built by Trunk beside the target directory, finished here, and put together with a
//! bundle in `dist/`.
//!
//! Trunk compiles and names files by their content. What it can't do is done afterwards: a page that
//! works under a strict policy ([`page`]), a service worker that knows every file ([`worker`]), and a
//! look at what it all weighs ([`sizes`]).

mod page;
mod programs;
mod sizes;
mod worker;

use crate::disk::{copy_folder, read_text, remove_folder, write};
use crate::fingerprint::Fingerprint;
use crate::places::{Places, WASM_TARGET};
use crate::stages::{Failure, Stages, run};
use crate::tools;
use std::fs;
use std::path::{Path, PathBuf};

/// Which programs the website gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Programs {
    /// All.
    All,
    /// All but the one for graphics processors, which takes longer than the others together: the network
    /// then runs on the processor everywhere.
    WithoutGraphics,
}

/// How one asks to leave out the program for graphics processors.
pub(crate) const WITHOUT_GRAPHICS: &str = "--without-graphics";

/// `cargo xtask site`.
pub(crate) fn run_command(
    places: &Places,
    stages: &mut Stages,
    arguments: &[&str],
) -> Result<(), Failure> {
    let programs = match arguments {
        [] => Programs::All,
        [argument] if *argument == WITHOUT_GRAPHICS => Programs::WithoutGraphics,
        [other, ..] => return Err(Failure::usage(format!("site: '{other}' is unknown"))),
    };
    stages.run("tools for the website", || tools::for_website(places))?;
    let folder = stages.run("website", || build(places, programs))?;
    println!("the website stands in {}", folder.display());
    Ok(())
}

/// Builds the website, small to download, and gives its folder, which stands in the target directory.
pub(crate) fn build(places: &Places, programs: Programs) -> Result<PathBuf, Failure> {
    let folder = folder(places);
    fetch_crates(places);
    let mut trunk = places.program("trunk");
    trunk.args(["build", "--release", "--dist"]).arg(&folder);
    match programs {
        Programs::All => run(&mut trunk)?,
        Programs::WithoutGraphics => {
            // Trunk finds what a page names from where the page is.
            let page = places.root.join("index-without-graphics.html");
            write(
                &page,
                &programs::without_graphics(&read_text(&places.root.join("index.html"))?)?,
            )?;
            let built = run(trunk.arg(&page));
            fs::remove_file(&page).map_err(|error| Failure::file("remove", &page, &error))?;
            built?;
        }
    }
    finish(places, &folder)?;
    sizes::print(places, &folder)?;
    Ok(folder)
}

/// Fetches the crates that only the website needs: Trunk is not to load anything by itself, and so asks
/// cargo not to either. Without a connection they may all be there already; if not, cargo says so.
fn fetch_crates(places: &Places) {
    if run(&mut places.cargo(&["fetch", "--locked", "--target", WASM_TARGET])).is_err() {
        println!("the website's crates could not be fetched; going on with those that are there");
    }
}

/// Where the website is built.
pub(crate) fn folder(places: &Places) -> PathBuf {
    places.target.join("site")
}

/// `cargo xtask sizes`.
pub(crate) fn print_sizes(places: &Places) -> Result<(), Failure> {
    sizes::print(places, &folder(places))
}

/// From what Trunk leaves to what a host gets.
fn finish(places: &Places, folder: &Path) -> Result<(), Failure> {
    let index = folder.join("index.html");
    let template = read_text(&places.root.join("web").join(worker::FILE))?;
    let html = programs::named(folder, &read_text(&index)?)?;
    let page = page::with_policy(&html)?;
    write(&folder.join(page.loader_name()), &page.loader)?;
    write(&index, &page.html)?;
    let files = worker::files_in(folder)?;
    let version = version(folder, &files, &template)?;
    write(&index, &page::with_version(&page.html, &version)?)?;
    write(&folder.join(worker::FILE), &worker::filled(&template, &version, &files)?)
}

/// The same where, and only where, every file of the site is the same.
fn version(folder: &Path, files: &[String], template: &str) -> Result<String, Failure> {
    let mut fingerprint = Fingerprint::new().bytes(template.as_bytes());
    for file in files {
        fingerprint = fingerprint.bytes(file.as_bytes()).file(&folder.join(file))?;
    }
    Ok(fingerprint.to_string())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_versioned_by_the_names_and_contents_of_all_its_files() {
        let folder = std::env::temp_dir().join(format!("segue-site-{}", std::process::id()));
        fs::create_dir_all(folder.join("snippets")).unwrap();
        for file in ["b.js", "a.css", "snippets/c.js", worker::FILE] {
            write(&folder.join(file), file).unwrap();
        }
        let files = worker::files_in(&folder).unwrap();
        assert_eq!(files, ["a.css", "b.js", "snippets/c.js"]);
        let first = version(&folder, &files, "worker").unwrap();
        assert_eq!(version(&folder, &files, "worker").unwrap(), first);
        assert_ne!(version(&folder, &files, "another worker").unwrap(), first);
        write(&folder.join("snippets/c.js"), "changed").unwrap();
        assert_ne!(version(&folder, &files, "worker").unwrap(), first);
        fs::remove_dir_all(&folder).unwrap();
    }
}
