//! The tools that the steps need beyond rustup, gcc and git; each is installed where it is missing.

use crate::disk::remove_folder;
use crate::places::{Places, WASM_TARGET};
use crate::stages::{Failure, Stages, output, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The last Trunk that builds with the toolchain pinned in `rust-toolchain.toml`.
const TRUNK: &str = "0.21.14";

/// The newest axe-core 4: it knows the rules of WCAG 2.2.
const AXE: &str = "4.14.1";
/// A server of buckets for the tests.
const MOTO: &str = "5.2.5";
/// The newest geckodriver: it steers the Firefox of Debian's extended support release.
const GECKODRIVER: &str = "0.37.1";

/// What the native programs need: a C compiler and `make`, for LAME's own sources.
pub(crate) fn for_native(places: &Places) -> Result<(), Failure> {
    debian(places, "gcc", "gcc", "it links Rust programs and compiles LAME, the mp3 encoder")?;
    debian(places, "make", "make", "it builds LAME, the mp3 encoder of the stimuli")
}

/// What the website needs: the wasm target, Trunk and wasm-bindgen.
pub(crate) fn for_website(places: &Places) -> Result<(), Failure> {
    wasm_target(places)?;
    let version = wasm_bindgen_version(places)?;
    if tool_version(places, "trunk").as_deref() != Some(TRUNK) {
        say("trunk", TRUNK, "it builds the website: wasm, styles and page into one folder");
        cargo_install(places, "trunk", TRUNK, "0")?;
    }
    if tool_version(places, "wasm-bindgen").as_deref() != Some(&version)
        || tool_version(places, "wasm-bindgen-test-runner").as_deref() != Some(&version)
    {
        let why = "it joins wasm and JavaScript; Cargo.lock holds this version of its library, \
                   and the two must be equal";
        say("wasm-bindgen-cli", &version, why);
        cargo_install(places, "wasm-bindgen-cli", &version, "1")?;
    }
    // Kept until here, since the two tools share dependencies.
    remove_folder(&build_folder(places))
}

/// What the tests in a browser need: Chromium and its driver. Gives the driver.
pub(crate) fn for_browser(places: &Places) -> Result<PathBuf, Failure> {
    debian(places, "chromium", "chromium", "the tests use the website as a participant would")?;
    debian(places, "chromedriver", "chromium-driver", "the tests steer Chromium with it")?;
    places.which("chromedriver").ok_or_else(|| Failure::usage("chromedriver is not on the path"))
}

/// What the tests of access need: the rules of axe-core, as one script. Gives the script.
pub(crate) fn for_axe(places: &Places) -> Result<PathBuf, Failure> {
    let folder = places.tools.join("axe");
    let script = folder.join("axe.min.js");
    let is_pinned = |script: &PathBuf| fs::read_to_string(script).is_ok_and(|text| is_axe(&text));
    if is_pinned(&script) {
        return Ok(script);
    }
    debian(places, "npm", "npm", "it fetches axe-core, which knows the rules of WCAG")?;
    say("axe-core", AXE, "the tests look at every page with its rules of access");
    fs::create_dir_all(&folder).map_err(|error| Failure::file("write", &folder, &error))?;
    let package = format!("axe-core@{AXE}");
    run(places.program("npm").args(["pack", &package, "--pack-destination"]).arg(&folder))?;
    let archive = folder.join(format!("axe-core-{AXE}.tgz"));
    let mut tar = places.program("tar");
    tar.arg("-xzf").arg(&archive).arg("-C").arg(&folder);
    run(tar.args(["--strip-components=1", "package/axe.min.js"]))?;
    fs::remove_file(&archive).map_err(|error| Failure::file("remove", &archive, &error))?;
    if is_pinned(&script) {
        return Ok(script);
    }
    Err(Failure::usage(format!("'{}' is not axe-core {AXE}", script.display())))
}

/// axe-core names itself and its version in its first line.
fn is_axe(script: &str) -> bool {
    let first = script.lines().next().unwrap_or_default();
    first.trim_end().ends_with(&format!("axe v{AXE}"))
}

/// What the tests in a second browser need: Firefox and its driver. The rest of the tests does
/// without, so a failure here is said and not fatal.
pub(crate) fn for_firefox(places: &Places) -> Result<(), Failure> {
    if places.which("firefox").is_none() {
        debian(places, "firefox-esr", "firefox-esr", "the main path is tried in Firefox too")?;
    }
    let why = "Firefox lets sound begin only where there is a device; its silent one will do";
    debian(places, "pulseaudio", "pulseaudio", why)?;
    if tool_version(places, "geckodriver").as_deref() != Some(GECKODRIVER) {
        say("geckodriver", GECKODRIVER, "the tests steer Firefox with it");
        cargo_install(places, "geckodriver", GECKODRIVER, "0")?;
        remove_folder(&build_folder(places))?;
    }
    Ok(())
}

/// `cargo xtask tools`: all of them.
pub(crate) fn install_all(places: &Places, stages: &mut Stages) -> Result<(), Failure> {
    stages.run("tools for the programs", || for_native(places))?;
    stages.run("tools for the website", || for_website(places))?;
    stages.run("tools for the tests of hosts", || for_hosting(places))?;
    stages.run("tools for the tests", || {
        for_browser(places)?;
        for_axe(places)?;
        for_firefox(places)
    })
}

fn say(tool: &str, version: &str, why: &str) {
    println!("installing {tool} {version}: {why}");
}

fn wasm_target(places: &Places) -> Result<(), Failure> {
    let installed = || {
        let query = ["--print", "target-libdir", "--target", WASM_TARGET];
        output(places.program("rustc").args(query))
            .is_some_and(|folder| PathBuf::from(folder).is_dir())
    };
    if installed() {
        return Ok(());
    }
    println!("installing the target {WASM_TARGET}: the website is compiled to it");
    run(places.program("rustup").args(["target", "add", WASM_TARGET]))?;
    if installed() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "rustc still has no target {WASM_TARGET}: install Rust by https://rustup.rs"
    )))
}

/// The version of the library `wasm-bindgen` in `Cargo.lock`.
fn wasm_bindgen_version(places: &Places) -> Result<String, Failure> {
    let path = places.root.join("Cargo.lock");
    let lock = fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
    locked_version(&lock, "wasm-bindgen")
        .map(str::to_owned)
        .ok_or_else(|| Failure::usage(format!("'{}' names no wasm-bindgen", path.display())))
}

fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

/// What `tool --version` says, as in `trunk 0.21.14`.
fn tool_version(places: &Places, tool: &str) -> Option<String> {
    let program = places.which(tool)?;
    let text = output(places.program(&program.to_string_lossy()).arg("--version"))?;
    text.split_whitespace().nth(1).map(str::to_owned)
}

/// Installs a crate's programs into the cache, built to be ready soon rather than to run fast: as well optimised as they
/// need it.
fn cargo_install(
    places: &Places,
    package: &str,
    version: &str,
    opt_level: &str,
) -> Result<(), Failure> {
    let install = |locked: Option<&str>| {
        let mut command = places.cargo(&["install", package, "--version", version, "--force"]);
        // Both tools are used without their network features: nothing is downloaded at build time.
        command.args(locked).arg("--no-default-features").arg("--root").arg(&places.tools);
        command.env("CARGO_TARGET_DIR", build_folder(places));
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", opt_level);
        command.env("CARGO_PROFILE_RELEASE_LTO", "off");
        command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        run(&mut command)
    };
    if install(Some("--locked")).is_err() {
        println!("the versions that {package} was released with can't be had; trying newer ones");
        install(None)?;
    }
    Ok(())
}

fn build_folder(places: &Places) -> PathBuf {
    places.tools.join("build")
}

/// What the tests of hosts need: nginx, and brotli both as its modules and as a program.
pub(crate) fn for_hosting(places: &Places) -> Result<(), Failure> {
    let why = "the tests serve the website as hosts do";
    debian(places, "brotli", "brotli", why)?;
    let module = |name: &str| {
        let file = format!("/usr/lib/nginx/modules/ngx_http_brotli_{name}_module.so");
        (file, format!("libnginx-mod-http-brotli-{name}"))
    };
    // Its folder is on the path of root alone.
    let nginx = ("/usr/sbin/nginx".to_owned(), "nginx".to_owned());
    for (file, package) in [nginx, module("filter"), module("static")] {
        debian_file(places, &file, &package, why)?;
    }
    Ok(())
}

/// What the tests of clusters need: Slurm, and a server of buckets. Gives the Python that has the latter.
pub(crate) fn for_clusters(places: &Places) -> Result<PathBuf, Failure> {
    debian(places, "sbatch", "slurm-wlm", "the tests run shares on a real Slurm")?;
    debian_file(places, "/usr/sbin/munged", "munge", "Slurm needs it")?;
    let folder = places.tools.join("moto");
    let python = folder.join("bin/python");
    let program = python.to_string_lossy().into_owned();
    let has_moto = || output(places.program(&program).args(["-c", "import moto.server"])).is_some();
    if !has_moto() {
        let has_venv =
            || output(places.program("python3").args(["-c", "import ensurepip"])).is_some();
        if !has_venv() {
            debian_package(
                places,
                "python3 with venv",
                "python3-venv",
                "it takes up the server of buckets",
            )?;
        }
        say("moto", MOTO, "the tests need a server of buckets");
        run(places.program("python3").args(["-m", "venv"]).arg(&folder))?;
        let package = format!("moto[server,s3]=={MOTO}");
        run(places.program(&program).args(["-m", "pip", "install", "--quiet", &package]))?;
    }
    Ok(python)
}

/// What the test of wgpu needs: Vulkan in software.
pub(crate) fn for_vulkan(places: &Places) -> Result<(), Failure> {
    let driver = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json";
    debian_file(places, driver, "mesa-vulkan-drivers", "a graphics processor in software")
}

/// Installs a Debian package where one of its files is missing.
fn debian_file(places: &Places, file: &str, package: &str, why: &str) -> Result<(), Failure> {
    if Path::new(file).is_file() {
        return Ok(());
    }
    debian_package(places, file, package, why)
}

/// Installs a Debian package where its program is missing.
fn debian(places: &Places, program: &str, package: &str, why: &str) -> Result<(), Failure> {
    if places.which(program).is_some() {
        return Ok(());
    }
    debian_package(places, program, package, why)
}

fn debian_package(places: &Places, missing: &str, package: &str, why: &str) -> Result<(), Failure> {
    let by_hand = format!("'{missing}' is missing ({why})");
    if places.which("apt-get").is_none() {
        return Err(Failure::usage(format!("{by_hand}: install it with your package manager")));
    }
    if output(Command::new("id").arg("-u")).as_deref() != Some("0") {
        let fix = format!("sudo apt-get install {package}");
        return Err(Failure::usage(format!("{by_hand}: install it with\n  {fix}")));
    }
    println!("installing the Debian package {package}: {why}");
    run(apt(places).arg("update"))?;
    run(apt(places).args(["install", "--yes", "--no-install-recommends", package]))
}

fn apt(places: &Places) -> Command {
    let mut command = places.program("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_of_that_package_alone() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }

    #[test]
    fn axe_of_another_version_is_fetched_anew() {
        assert!(is_axe(&format!("/*! axe v{AXE}\n * Copyright")));
        assert!(!is_axe("/*! axe v4.1.0\n"));
        assert!(!is_axe(&format!("// axe v{AXE}.9\n")));
        assert!(!is_axe(""));
    }
}
