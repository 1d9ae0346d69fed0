//! A headless Chromium, steered by chromedriver.

use super::console::Message;
use super::foreign::ForeignRequests;
use super::options::Options;
use super::page::Page;
use super::processes;
use crate::programs::{Running, start};
use anyhow::{Context, ensure};
use serde_json::json;
use std::ops::Deref;
use std::process::Command;
use thirtyfour::{WebDriver, WindowHandle};

/// One browser with a profile of its own; the fields end in this order.
#[derive(Debug)]
pub struct Browser {
    /// Its tab that is steered now.
    pub page: Page,
    options: Options,
    foreign: ForeignRequests,
    driver: Running,
    profile: tempfile::TempDir,
}

/// A tab of a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab(WindowHandle);

impl Browser {
    /// Starts one as a participant's.
    ///
    /// # Errors
    ///
    /// If chromedriver or Chromium are missing or don't start.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(Options::default()).await
    }

    /// Starts one with these options.
    ///
    /// # Errors
    ///
    /// If chromedriver or Chromium are missing or don't start.
    pub async fn start_with(options: Options) -> anyhow::Result<Self> {
        let profile = tempfile::tempdir()?;
        let foreign = ForeignRequests::watch()?;
        let (driver, page) = open(&options, profile.path(), &foreign).await?;
        Ok(Self { page, options, foreign, driver, profile })
    }

    /// Ends every process of the browser at once, as a crash or a pulled plug does: no page is told.
    /// Afterwards only [`Self::restart`] makes sense.
    ///
    /// # Errors
    ///
    /// If the browser can't be found.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        processes::kill_tree(&self.profile.path().join("SingletonLock"))?;
        // The session is gone with the browser; it must not be asked to quit.
        self.page.forget()
    }

    /// Starts the browser again with the same profile and options; one that still runs is ended in
    /// an orderly way first.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.page.quit().await?;
        let (driver, page) = open(&self.options, self.profile.path(), &self.foreign).await?;
        self.page = page;
        self.driver = driver;
        Ok(())
    }

    /// Runs a script before those of any page from now on, in this tab and in later ones.
    ///
    /// # Errors
    ///
    /// If the browser refuses it.
    pub async fn before_load(&mut self, script: impl Into<String>) -> anyhow::Result<()> {
        let script = script.into();
        run_before_load(&self.page, &script).await?;
        self.options.before_load.push(script);
        Ok(())
    }

    /// The tab that is steered now.
    ///
    /// # Errors
    ///
    /// If the browser is gone.
    pub async fn tab(&self) -> anyhow::Result<Tab> {
        Ok(Tab(self.page.window().await?))
    }

    /// Opens one more tab of the same profile and turns to it; the others are then hidden.
    ///
    /// # Errors
    ///
    /// If the browser is gone.
    pub async fn new_tab(&self) -> anyhow::Result<Tab> {
        let tab = Tab(self.page.new_tab().await?);
        self.turn_to(&tab).await?;
        self.page.goto("about:blank").await?;
        for script in &self.options.before_load {
            run_before_load(&self.page, script).await?;
        }
        Ok(tab)
    }

    /// Brings a tab to the front and steers it from now on.
    ///
    /// # Errors
    ///
    /// If the tab is gone.
    pub async fn turn_to(&self, tab: &Tab) -> anyhow::Result<()> {
        self.page.switch_to_window(tab.0.clone()).await?;
        self.page.cdp().send_raw("Page.bringToFront", json!({})).await?;
        Ok(())
    }

    /// What was asked of other machines, as `host:443`; a page of Segue's asks nothing.
    pub fn foreign_requests(&self) -> Vec<String> {
        self.foreign.seen()
    }

    /// Makes sure that no page said an error, broke its content security policy, or asked another
    /// machine for anything.
    ///
    /// # Errors
    ///
    /// If one did; all are named.
    pub async fn assert_clean(&self) -> anyhow::Result<()> {
        self.assert_clean_but(&[]).await
    }

    /// As [`Self::assert_clean`]; messages that hold one of `expected` are none, and each of
    /// `expected` must have come up.
    ///
    /// # Errors
    ///
    /// If a page said another error; all are named.
    pub async fn assert_clean_but(&self, expected: &[&str]) -> anyhow::Result<()> {
        let foreign = self.foreign_requests();
        ensure!(foreign.is_empty(), "other machines were asked: {foreign:?}");
        let messages = self.page.console().await?;
        let errors: Vec<&Message> = messages.iter().filter(|said| said.is_error()).collect();
        let is = |said: &Message, part: &str| said.text.contains(part);
        let others: Vec<_> =
            errors.iter().filter(|said| !expected.iter().any(|part| is(said, part))).collect();
        ensure!(others.is_empty(), "the console has errors: {others:#?}");
        let missing = expected.iter().find(|part| !errors.iter().any(|said| is(said, part)));
        ensure!(missing.is_none(), "the console has no error with {missing:?}");
        Ok(())
    }

    /// Ends the browser.
    ///
    /// # Errors
    ///
    /// If it was gone already.
    pub async fn end(mut self) -> anyhow::Result<()> {
        self.page.quit().await
    }
}

/// A browser is used through its page.
impl Deref for Browser {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

async fn open(
    options: &Options,
    profile: &std::path::Path,
    foreign: &ForeignRequests,
) -> anyhow::Result<(Running, Page)> {
    let (driver, port) = start_driver()?;
    let capabilities = options.capabilities(profile, foreign.port())?;
    let session = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await;
    let page = Page::new(session.context("Chromium does not start")?).await?;
    // Until its first navigation a tab started by the driver may let sound begin without a gesture.
    page.goto("about:blank").await?;
    for script in &options.before_load {
        run_before_load(&page, script).await?;
    }
    Ok((driver, page))
}

/// Starts chromedriver; gives it and its port.
///
/// It takes a free port of IPv6 and then wants the same one of IPv4. Where another program has that
/// one, chromedriver says "IPv4 port not available" and ends: it is asked again.
fn start_driver() -> anyhow::Result<(Running, u16)> {
    const TRIES: usize = 5;
    let start_once = || {
        start(Command::new("chromedriver").arg("--port=0"), |line| {
            let port = line.strip_suffix('.')?.rsplit_once("on port ")?.1;
            port.parse::<u16>().ok()
        })
    };
    let mut started = start_once();
    for _ in 1..TRIES {
        match &started {
            Err(error) if error.to_string().contains("port not available") => {
                started = start_once();
            }
            _ => break,
        }
    }
    started
}

async fn run_before_load(page: &Page, script: &str) -> anyhow::Result<()> {
    let parameters = json!({"source": script});
    page.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", parameters).await?;
    Ok(())
}
