//! `cargo xtask demo`: from nothing to a website with the demo catalogue.

use crate::disk::remove_folder;
use crate::fingerprint::{Fingerprint, Stamp};
use crate::places::Places;
use crate::site;
use crate::stages::{Failure, Stages, run};
use crate::tools;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};

/// How much of a failed build of the website is shown.
const N_LAST_LINES: usize = 40;

/// What the caller asked for.
#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    serve: bool,
    port: Option<u16>,
    /// Whether the website gets the program for graphics processors.
    webgpu: bool,
}

impl Options {
    pub(crate) fn parse(arguments: &[&str]) -> Result<Self, Failure> {
        let mut options = Self { serve: true, port: None, webgpu: false };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match *argument {
                "--no-serve" => options.serve = false,
                "--webgpu" => options.webgpu = true,
                "--port" => {
                    let port = arguments.next().and_then(|port| port.parse().ok());
                    let port = port.ok_or_else(|| Failure::usage("--port needs 0 to 65535"))?;
                    options.port = Some(port);
                }
                other => return Err(Failure::usage(format!("demo: '{other}' is unknown"))),
            }
        }
        Ok(options)
    }
}

/// Runs the stages.
pub(crate) fn run_demo(
    places: &Places,
    stages: &mut Stages,
    options: &Options,
) -> Result<(), Failure> {
    site::expect_no_own_bundle(places)?;
    println!("Segue's demo: songs composed by rule, networks trained on them, and the website.");
    println!("The first run takes a while on a small machine; the next ones start in seconds.");
    stages.run("tools for the programs", || tools::for_native(places))?;
    let website = Meanwhile::begin(places, options.webgpu)?;
    let segue = stages.run("program segue", || build_segue(places))?;
    let bundle =
        stages.run("demo catalogue, networks and bundle", || make_bundle(places, &segue))?;
    let site = stages.run("website", || website.finish(places))?;
    site::expect_no_own_bundle(places)?;
    stages.run("dist", || site::assemble(places, &site, &bundle))?;
    stages.summary();
    println!(
        "\nThe whole website stands in {}: any static host can serve it.",
        places.dist.display()
    );
    if options.serve { serve(places, &segue, options.port) } else { Ok(()) }
}

/// The website, built by a process of its own meanwhile: one of two processors would often wait where
/// a program is put together from its parts.
struct Meanwhile {
    process: Child,
    log: PathBuf,
    passing_on: Option<JoinHandle<()>>,
}

impl Meanwhile {
    fn begin(places: &Places, webgpu: bool) -> Result<Self, Failure> {
        let log = places.target.join("website.log");
        let unwritable = |error| Failure::file("write", &log, &error);
        fs::create_dir_all(&places.target).map_err(unwritable)?;
        let (out, errors) = File::create(&log)
            .and_then(|file| Ok((file.try_clone()?, file)))
            .map_err(unwritable)?;
        let xtask = std::env::current_exe()
            .map_err(|error| Failure::usage(format!("this program can't be found: {error}")))?;
        let mut command = Command::new(xtask);
        command.arg("site").current_dir(&places.root).stdin(Stdio::null());
        if !webgpu {
            command.arg(site::WITHOUT_GRAPHICS);
            println!(
                "Without the program for graphics processors: --webgpu builds it, too, which takes minutes more."
            );
        }
        let process = command.stdout(Stdio::piped()).stderr(errors).spawn();
        let mut process =
            process.map_err(|error| Failure::usage(format!("no second xtask: {error}")))?;
        println!(
            "The website is built meanwhile (its tools first); all that it says stands in {}.",
            log.display()
        );
        let said = process.stdout.take();
        let passing_on = said.map(|said| {
            thread::spawn(move || pass_on(said, out, |news| println!("website: {news}")))
        });
        Ok(Self { process, log, passing_on })
    }

    /// Waits for it and says what it said last.
    fn finish(mut self, places: &Places) -> Result<PathBuf, Failure> {
        let status = self.wait();
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        if status.is_ok_and(|status| status.success()) {
            let table = text.rfind("\nfile ").map_or("", |at| &text[at..]);
            println!("{table}");
            return Ok(site::folder(places));
        }
        let lines: Vec<&str> = text.lines().collect();
        println!("{}", lines[lines.len().saturating_sub(N_LAST_LINES)..].join("\n"));
        Err(Failure::usage(format!("the website can't be built, see '{}'", self.log.display())))
    }
}

impl Meanwhile {
    fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.process.wait();
        // It ends with the process whose words it passes on.
        let _ended = self.passing_on.take().map(JoinHandle::join);
        status
    }
}

/// Writes into the log what a process says, and passes on what is news for whoever waits: which tools are installed
/// and why, and how long each stage took.
fn pass_on(said: impl Read, mut log: impl Write, tell: impl Fn(&str)) {
    for line in BufReader::new(said).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        // A log that can't be written must not end the build.
        let _written = writeln!(log, "{line}");
        if line.starts_with("installing ") || line.starts_with("=== ") {
            tell(&line);
        }
    }
}

impl Drop for Meanwhile {
    /// Nothing is left running, and what is built by then serves the next run.
    fn drop(&mut self) {
        if let Ok(None) = self.process.try_wait() {
            println!("Waiting for the website, which is still being built.");
            let _ended = self.wait();
        }
    }
}

fn build_segue(places: &Places) -> Result<PathBuf, Failure> {
    run(&mut places.cargo(&["build", "--release", "--locked", "--package", "trainer"]))?;
    Ok(places.target.join("release").join(format!("segue{}", std::env::consts::EXE_SUFFIX)))
}

/// Runs `segue demo`, unless this very program has already made the bundle. What another program has
/// begun is not gone on with: its songs and networks may be others.
fn make_bundle(places: &Places, segue: &Path) -> Result<PathBuf, Failure> {
    let bundle = places.demo.join("bundle");
    let program = Fingerprint::new().file(segue)?;
    // Beside the folder, since the program refuses one that holds what is no demo's.
    let [begun, made] =
        ["begun-by", "made-by"].map(|name| Stamp::new(places.demo.with_extension(name), program));
    if made.is_fresh() && bundle.join("manifest.json").is_file() {
        println!("the bundle in {} is by this program: kept", bundle.display());
        return Ok(bundle);
    }
    made.clear()?;
    if !begun.is_fresh() {
        remove_folder(&places.demo)?;
        fs::create_dir_all(&places.demo)
            .map_err(|error| Failure::file("write", &places.demo, &error))?;
        begun.set()?;
    }
    run(places.program(&segue.to_string_lossy()).args(["demo", "--out"]).arg(&places.demo))?;
    made.set()?;
    Ok(bundle)
}

fn serve(places: &Places, segue: &Path, port: Option<u16>) -> Result<(), Failure> {
    let port = port.unwrap_or_else(free_port).to_string();
    let mut command = places.program(&segue.to_string_lossy());
    command.arg("serve").arg(&places.dist).args(["--port", &port]);
    println!();
    run(&mut command)
}

/// 8080 where it is free, so that the address stays the same; else the system chooses.
fn free_port() -> u16 {
    const USUAL: u16 = 8080;
    TcpListener::bind((Ipv4Addr::LOCALHOST, USUAL)).map_or(0, |_| USUAL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn news_are_passed_on_and_all_stands_in_the_log() {
        let said =
            "=== tools\ninstalling trunk 1: why\n   Compiling a v1\n=== tools: done in 2 s\n";
        let (mut log, news) = (Vec::new(), RefCell::new(Vec::new()));
        pass_on(said.as_bytes(), &mut log, |line| news.borrow_mut().push(line.to_owned()));
        assert_eq!(String::from_utf8(log).unwrap(), said);
        let expected = ["=== tools", "installing trunk 1: why", "=== tools: done in 2 s"];
        assert_eq!(news.into_inner(), expected);
    }

    #[test]
    fn options_are_read_and_wrong_ones_refused() {
        let read = |arguments: &[&str]| Options::parse(arguments);
        assert_eq!(read(&[]).unwrap(), Options { serve: true, port: None, webgpu: false });
        let all = read(&["--port", "0", "--no-serve", "--webgpu"]).unwrap();
        assert_eq!(all, Options { serve: false, port: Some(0), webgpu: true });
        for wrong in [&["--port"] as &[&str], &["--port", "70000"], &["--serve"]] {
            read(wrong).unwrap_err();
        }
    }
}
