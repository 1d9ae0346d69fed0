//! The programs and the website that were built, and how to start them for a test.

use anyhow::{Context, ensure};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The program `segue` of the build that this test belongs to.
///
/// # Errors
///
/// If it was not built; the message says how to.
pub fn segue() -> anyhow::Result<PathBuf> {
    let program = profile_folder()?.join(format!("segue{}", std::env::consts::EXE_SUFFIX));
    let found = program.is_file();
    ensure!(found, "'{}' is missing: `cargo build -p trainer` builds it", program.display());
    Ok(program)
}

/// The folder of the website, without a bundle.
///
/// # Errors
///
/// If it was not built; the message says how to.
pub fn site() -> anyhow::Result<PathBuf> {
    let profile = profile_folder()?;
    let target = profile.parent().context("the target directory has no parent")?;
    let site = target.join("site");
    let found = site.join("index.html").is_file();
    ensure!(found, "'{}' is missing: `cargo xtask site` builds it", site.display());
    Ok(site)
}

/// Where cargo put this build: `debug` above `deps`, in which the test itself stands.
fn profile_folder() -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe().context("the test's own path")?;
    let folder = test.ancestors().nth(2).context("the test does not stand in 'deps'")?;
    Ok(folder.to_owned())
}

/// Where `cargo xtask tools` puts what it installs.
///
/// # Errors
///
/// If there is no home folder.
pub fn tools_folder() -> anyhow::Result<PathBuf> {
    let folder =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")));
    Ok(cache.context("neither XDG_CACHE_HOME nor HOME is set")?.join("segue/tools"))
}

/// A program among the installed tools or on the path.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let tools = tools_folder().ok().map(|tools| tools.join("bin"));
    let mut folders = tools.into_iter().chain(std::env::split_paths(&path));
    folders.find_map(|folder| Some(folder.join(name)).filter(|program| program.is_file()))
}

/// Copies a folder with everything in it.
///
/// # Errors
///
/// If a file can't be read or written.
pub fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let (source, target) = {
            let entry = entry?;
            (entry.path(), to.join(entry.file_name()))
        };
        if source.is_dir() {
            copy_folder(&source, &target)?;
        } else {
            std::fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

/// A program that runs until this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
}

impl Running {
    /// Starts a program whose output is nothing to anybody.
    ///
    /// # Errors
    ///
    /// If it can't be started.
    pub fn quietly(command: &mut Command) -> anyhow::Result<Self> {
        let shown = format!("{command:?}");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self { child: command.spawn().context(shown)? })
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Starts a program and waits for the line on its standard output that `wanted` picks from.
///
/// # Errors
///
/// If the program can't be started or ends before such a line; what it said on its standard output stands in the
/// message.
pub fn start<T>(
    command: &mut Command,
    wanted: impl Fn(&str) -> Option<T>,
) -> anyhow::Result<(Running, T)> {
    let shown = format!("{command:?}");
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut running = Running { child: child.with_context(|| shown.clone())? };
    let output = running.child.stdout.take().context("the output was asked for")?;
    let mut lines = BufReader::new(output);
    let mut said = String::new();
    loop {
        let begin = said.len();
        if lines.read_line(&mut said)? == 0 {
            break;
        }
        if let Some(found) = wanted(said[begin..].trim_end()) {
            // What follows is read away, so that the program never waits for a reader.
            std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
            return Ok((running, found));
        }
    }
    anyhow::bail!("{shown} ended before it was ready; it said:\n{said}")
}

/// `segue serve` on a free port, until this is dropped.
#[derive(Debug)]
pub struct Server {
    /// As `http://127.0.0.1:PORT/`.
    pub address: String,
    _running: Running,
}

impl Server {
    /// Serves a folder.
    ///
    /// # Errors
    ///
    /// If the program is missing or does not start.
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(segue()?);
        command.arg("serve").arg(folder).args(["--port", "0"]);
        let (running, address) = start(&mut command, |line| {
            let address = line.split_whitespace().find(|word| word.starts_with("http://"));
            address.map(str::to_owned)
        })?;
        Ok(Self { address, _running: running })
    }
}
