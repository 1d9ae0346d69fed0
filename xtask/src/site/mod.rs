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

use crate::disk::{copy, copy_folder, entries, move_to, read_text, remove_folder, write};
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

/// The file of a bundle that names all others.
const MANIFEST: &str = "manifest.json";

/// What it says in the demo's bundle, which `segue demo` makes.
const OF_DEMO: &str = "\"name\": \"Segue demo\"";

/// How one asks to leave out the program for graphics processors.
pub(crate) const WITHOUT_GRAPHICS: &str = "--without-graphics";

/// What the caller asked for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    programs: Programs,
    /// The bundle that goes beside the website.
    bundle: Option<PathBuf>,
}

impl Options {
    fn parse(arguments: &[&str]) -> Result<Self, Failure> {
        let mut options = Self { programs: Programs::All, bundle: None };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match *argument {
                WITHOUT_GRAPHICS => options.programs = Programs::WithoutGraphics,
                "--bundle" => {
                    let folder = arguments.next();
                    let folder = folder.ok_or_else(|| Failure::usage("--bundle needs a folder"))?;
                    options.bundle = Some(PathBuf::from(folder));
                }
                other => return Err(Failure::usage(format!("site: '{other}' is unknown"))),
            }
        }
        Ok(options)
    }
}

/// `cargo xtask site`.
pub(crate) fn run_command(
    places: &Places,
    stages: &mut Stages,
    arguments: &[&str],
) -> Result<(), Failure> {
    let Options { programs, bundle } = Options::parse(arguments)?;
    if let Some(bundle) = &bundle
        && !bundle.join(MANIFEST).is_file()
    {
        let folder = bundle.display();
        return Err(Failure::usage(format!(
            "'{folder}' holds no {MANIFEST}: --bundle takes the folder that `segue export --out` made"
        )));
    }
    stages.run("tools for the website", || tools::for_website(places))?;
    let folder = stages.run("website", || build(places, programs))?;
    let Some(bundle) = bundle else {
        println!("the website stands in {}, without a bundle", folder.display());
        return Ok(());
    };
    stages.run("dist", || assemble(places, &folder, &bundle))?;
    println!("the website stands in {}, with your bundle", places.dist.display());
    Ok(())
}

/// Builds the website, small to download, and gives its folder, which stands in the target directory.
pub(crate) fn build(places: &Places, programs: Programs) -> Result<PathBuf, Failure> {
    let folder = folder(places);
    fetch_crates(places);
    let mut trunk = places.for_browser(places.program("trunk"));
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

/// Makes sure that no bundle of somebody's own stands where the demo's is to go.
pub(crate) fn expect_no_own_bundle(places: &Places) -> Result<(), Failure> {
    let bundle = places.dist.join("bundle");
    let manifest = fs::read(bundle.join(MANIFEST)).unwrap_or_default();
    if manifest.is_empty() || String::from_utf8_lossy(&manifest).contains(OF_DEMO) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "'{}' is a bundle of your own, which the demo's would replace: move '{}' elsewhere first. \
         `cargo xtask site --bundle FOLDER` builds the website with a bundle of yours",
        bundle.display(),
        places.dist.display()
    )))
}

/// Puts the website and the bundle together: `dist/` is replaced only by a whole one, and what somebody has put there,
/// such as a host's settings or a repository, is taken along.
pub(crate) fn assemble(places: &Places, site: &Path, bundle: &Path) -> Result<(), Failure> {
    let [fresh, before] = ["dist.tmp", "dist.old"].map(|name| places.root.join(name));
    if before.is_dir() && !places.dist.exists() {
        // A run that was stopped between its last two steps.
        move_to(&before, &places.dist)?;
    }
    remove_folder(&fresh)?;
    copy_folder(site, &fresh)?;
    copy_folder(bundle, &fresh.join("bundle"))?;
    let made = entries(&fresh)?;
    let list = places.root.join("dist.list");
    let before_made = fs::read_to_string(&list).ok();
    for name in own_entries(&entries(&places.dist)?, before_made.as_deref()) {
        if !made.contains(&name) {
            copy(&places.dist.join(&name), &fresh.join(&name))?;
        }
    }
    // Whatever happens from here on: what a build has put there, this or the last one, is nobody's own.
    let all_made = [made.join("\n"), before_made.unwrap_or_default()].join("\n");
    write(&list, &all_made)?;
    if places.dist.exists() {
        move_to(&places.dist, &before)?;
    }
    move_to(&fresh, &places.dist)?;
    write(&list, &made.join("\n"))?;
    remove_folder(&before)
}

/// Of what stands in `dist/` that which no build has put there: `made` lists what the last one did, and without it the names
/// tell that hosts and repositories use.
fn own_entries(there: &[String], made: Option<&str>) -> Vec<String> {
    let is_own = |name: &&String| match made {
        Some(made) => !made.lines().any(|own| own == *name),
        None => name.starts_with(['.', '_']) || *name == "CNAME",
    };
    there.iter().filter(is_own).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_of_ones_own_is_not_replaced_by_the_demos() {
        let folder = std::env::temp_dir().join(format!("segue-dist-{}", std::process::id()));
        let at = |name: &str| folder.join(name);
        let dist = at("dist");
        let places = Places {
            root: folder.clone(),
            target: at("target"),
            tools: at("tools"),
            demo: at("demo"),
            dist: dist.clone(),
        };
        expect_no_own_bundle(&places).unwrap();
        fs::create_dir_all(dist.join("bundle")).unwrap();
        expect_no_own_bundle(&places).unwrap();
        let manifest = dist.join("bundle").join(MANIFEST);
        write(&manifest, "{\n  \"name\": \"Segue demo\",\n}").unwrap();
        expect_no_own_bundle(&places).unwrap();
        write(&manifest, "{\n  \"name\": \"my songs\",\n}").unwrap();
        let error = expect_no_own_bundle(&places).unwrap_err().to_string();
        assert!(error.contains("a bundle of your own"), "{error}");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_somebody_put_into_the_website_is_taken_along() {
        let folder = std::env::temp_dir().join(format!("segue-own-{}", std::process::id()));
        let at = |name: &str| folder.join(name);
        let places = Places {
            root: folder.clone(),
            target: at("target"),
            tools: at("tools"),
            demo: at("demo"),
            dist: at("dist"),
        };
        let put = |file: &str, text: &str| {
            fs::create_dir_all(at(file).parent().unwrap()).unwrap();
            write(&at(file), text).unwrap();
        };
        put("site/index.html", "1");
        put("site/web-1.js", "1");
        put("bundle/manifest.json", "1");
        // Of a build that left no list only what a host or a repository has counts.
        for file in ["dist/_headers", "dist/.git/config", "dist/web-0.js", "dist/CNAME"] {
            put(file, "own");
        }
        assemble(&places, &at("site"), &at("bundle")).unwrap();
        let first = [".git", "CNAME", "_headers", "bundle", "index.html", "web-1.js"];
        assert_eq!(entries(&at("dist")).unwrap(), first);
        put("dist/robots.txt", "own");
        // A repository is none without its empty folders.
        fs::create_dir_all(at("dist/.git/refs")).unwrap();
        put("dist/bundle/stimuli/old.mp3", "of another bundle");
        fs::remove_file(at("site/web-1.js")).unwrap();
        put("site/web-2.js", "2");
        put("site/index.html", "2");
        assemble(&places, &at("site"), &at("bundle")).unwrap();
        let second =
            [".git", "CNAME", "_headers", "bundle", "index.html", "robots.txt", "web-2.js"];
        assert_eq!(entries(&at("dist")).unwrap(), second);
        assert!(at("dist/.git/refs").is_dir() && at("dist/.git/config").is_file());
        assert_eq!(entries(&at("dist/bundle")).unwrap(), ["manifest.json"]);
        assert_eq!(fs::read_to_string(at("dist/index.html")).unwrap(), "2");
        assert!(!at("dist.old").exists() && !at("dist.tmp").exists());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_asked_for_is_read() {
        let own = Options { programs: Programs::WithoutGraphics, bundle: Some("bundle".into()) };
        assert_eq!(Options::parse(&["--bundle", "bundle", WITHOUT_GRAPHICS]).unwrap(), own);
        assert!(Options::parse(&["--bundle"]).is_err());
        assert!(Options::parse(&["--fast"]).is_err());
    }

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
