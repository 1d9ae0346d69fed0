//! A headless Firefox, steered by geckodriver, for the main path.

use super::foreign::ForeignRequests;
use super::page::Page;
use super::processes::kill_with_descendants;
use crate::programs::{Running, find_program, start};
use anyhow::{Context, ensure};
use std::io::Write;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use thirtyfour::error::WebDriverErrorInner;
use thirtyfour::prelude::*;
use thirtyfour::{FirefoxCapabilities, common::capabilities::firefox::FirefoxPreferences};

/// Why `cargo xtask test` could not install Firefox or its driver.
const VARIABLE: &str = "SEGUE_NO_FIREFOX";

/// Where Firefox itself looks for settings.
const OWN_SERVICES: &str = ".services.mozilla.com";

/// How long the sound server may take to be there.
const PATIENCE: Duration = Duration::from_secs(20);

/// A Firefox with a fresh profile; the fields end in this order.
#[derive(Debug)]
pub struct Firefox {
    /// Its page.
    pub page: Page,
    foreign: ForeignRequests,
    driver: Running,
    _sound: SilentSound,
}

impl Firefox {
    /// Runs the steps of a test in one; in a second one where the first answers no more. It hangs now and then on a
    /// machine under load, which says nothing of the website. Where Firefox is not installed the test is left out.
    ///
    /// # Errors
    ///
    /// If it is installed and does not start, or what goes wrong in the steps.
    pub async fn run(
        test: &str,
        steps: impl AsyncFn(&Self) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let Some(firefox) = Self::start(test).await? else { return Ok(()) };
        match steps(&firefox).await {
            Err(error) if is_silence(&error) => {
                eprintln!("Firefox hangs and is started once more: {error:#}");
                firefox.abandon()?;
            }
            result => {
                result?;
                return firefox.end().await;
            }
        }
        let Some(firefox) = Self::start(test).await? else { return Ok(()) };
        steps(&firefox).await?;
        firefox.end().await
    }

    /// Starts one, or gives none where it is not installed and says so past any capture of the
    /// output: a test that then ends has been left out, not passed.
    async fn start(test: &str) -> anyhow::Result<Option<Self>> {
        match programs() {
            Ok(programs) => Ok(Some(open(programs).await?)),
            Err(reason) => {
                let line = format!("\nLEFT OUT: {test} needs Firefox: {reason}\n");
                std::io::stderr().write_all(line.as_bytes())?;
                Ok(None)
            }
        }
    }

    /// What was asked of other machines. What Firefox asks its makers for by itself, which no
    /// preference of a release keeps it from, is not counted.
    pub fn foreign_requests(&self) -> Vec<String> {
        let seen = self.foreign.seen().into_iter();
        seen.filter(|asked| !asked.contains(OWN_SERVICES)).collect()
    }

    async fn end(mut self) -> anyhow::Result<()> {
        self.page.quit().await
    }

    /// Kills one that answers no more.
    fn abandon(mut self) -> anyhow::Result<()> {
        self.page.forget()?;
        kill_with_descendants(self.driver.id())
    }
}

/// Whether an error only says that Firefox answers no more.
fn is_silence(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let cause = cause.downcast_ref::<WebDriverError>().map(WebDriverError::as_inner);
        matches!(cause, Some(WebDriverErrorInner::HttpError(_)))
    })
}

impl Deref for Firefox {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

/// What a Firefox for a test is made of.
struct Programs {
    driver: PathBuf,
    firefox: PathBuf,
    sound: PathBuf,
}

/// The programs, or why they are not there.
fn programs() -> Result<Programs, String> {
    if let Ok(reason) = std::env::var(VARIABLE) {
        return Err(reason);
    }
    let missing = |name: &str| format!("'{name}' is missing; `cargo xtask tools` installs it");
    let find = |name: &str| find_program(name).ok_or_else(|| missing(name));
    let firefox = find_program("firefox").map_or_else(|| find("firefox-esr"), Ok)?;
    Ok(Programs { driver: find("geckodriver")?, firefox, sound: find("pulseaudio")? })
}

/// A sound server whose only device is silent: without any device Firefox lets no sound begin, and
/// a machine that tests seldom has one.
#[derive(Debug)]
struct SilentSound {
    _server: Running,
    folder: tempfile::TempDir,
}

impl SilentSound {
    fn start(program: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let socket = socket(&folder);
        let mut command = Command::new(program);
        command.env("HOME", folder.path()).env("XDG_RUNTIME_DIR", folder.path());
        command.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]);
        // Otherwise, on a machine under load, the system ends it for taking too much of a processor at once.
        command.args(["--realtime=no", "--high-priority=no", "--no-cpu-limit=yes"]);
        command.arg("--load=module-null-sink").arg(format!(
            "--load=module-native-protocol-unix socket={} auth-anonymous=1",
            socket.display()
        ));
        let server = Running::quietly(&mut command)?;
        let begun = Instant::now();
        while !socket.exists() {
            ensure!(begun.elapsed() < PATIENCE, "pulseaudio does not start: {command:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { _server: server, folder })
    }

    /// As in `PULSE_SERVER`.
    fn address(&self) -> String {
        format!("unix:{}", socket(&self.folder).display())
    }
}

fn socket(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("sound")
}

async fn open(Programs { driver, firefox, sound }: Programs) -> anyhow::Result<Firefox> {
    let foreign = ForeignRequests::watch()?;
    let sound = SilentSound::start(&sound)?;
    let mut command = Command::new(driver);
    command.env("PULSE_SERVER", sound.address());
    let (driver, port) = start(command.args(["--port", "0"]), |line| {
        line.rsplit_once("Listening on 127.0.0.1:")?.1.parse::<u16>().ok()
    })?;
    let mut capabilities = DesiredCapabilities::firefox();
    capabilities.add_arg("-headless")?;
    let firefox = firefox.to_str().context("a path to Firefox that is no UTF-8")?;
    capabilities.set_firefox_binary(firefox)?;
    set_preferences(&mut capabilities, foreign.port())?;
    let session = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await;
    let page = Page::new(session.context("Firefox does not start")?).await?;
    Ok(Firefox { page, foreign, driver, _sound: sound })
}

fn set_preferences(capabilities: &mut FirefoxCapabilities, proxy_port: u16) -> anyhow::Result<()> {
    let mut preferences = FirefoxPreferences::new();
    preferences.set("network.proxy.type", 1)?;
    for scheme in ["http", "ssl"] {
        preferences.set(&format!("network.proxy.{scheme}"), "127.0.0.1")?;
        preferences.set(&format!("network.proxy.{scheme}_port"), proxy_port)?;
    }
    Ok(capabilities.set_preferences(preferences)?)
}
