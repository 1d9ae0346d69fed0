//! How a Chromium is started.

use anyhow::Context;
use serde_json::json;
use std::path::Path;
use thirtyfour::prelude::*;
use thirtyfour::{ChromeCapabilities, LoggingPrefsLogLevel};

/// What keeps a browser on its own from calling home, so that every foreign request is the page's.
const FLAGS: [&str; 14] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-component-extensions-with-background-pages",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-features=Translate,OptimizationHints,MediaRouter,AutofillServerCommunication,\
     PreconnectToSearch,NetworkTimeServiceQuerying",
    "--hide-crash-restore-bubble",
];

/// Whether sound may begin by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Autoplay {
    /// Only after a gesture of the user, as it comes out of the box.
    #[default]
    AfterGesture,
    /// At any time.
    Always,
}

/// How a browser is started; by default as a participant starts it.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether sound may begin by itself.
    pub autoplay: Autoplay,
    /// Width and height of the window in pixels.
    pub window: (u32, u32),
    /// The languages that the user reads, as `nl` or `nl-NL,en`; the browser's own without.
    pub languages: Option<String>,
    /// Whether the user asked for less motion.
    pub reduced_motion: bool,
    /// Whether WebGPU is there, computed in software.
    pub webgpu: bool,
    /// Scripts that run before those of any page; see [`super::inject`].
    pub before_load: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            autoplay: Autoplay::default(),
            window: (1280, 900),
            languages: None,
            reduced_motion: false,
            webgpu: false,
            before_load: Vec::new(),
        }
    }
}

impl Options {
    /// Runs this script before those of any page.
    #[must_use]
    pub fn before_load(mut self, script: impl Into<String>) -> Self {
        self.before_load.push(script.into());
        self
    }

    pub(super) fn capabilities(
        &self,
        profile: &Path,
        proxy_port: u16,
    ) -> anyhow::Result<ChromeCapabilities> {
        let mut capabilities = DesiredCapabilities::chrome();
        for flag in FLAGS {
            capabilities.add_arg(flag)?;
        }
        for flag in self.flags() {
            capabilities.add_arg(&flag)?;
        }
        let profile = profile.to_str().context("a profile folder that is no UTF-8")?;
        capabilities.add_arg(&format!("--user-data-dir={profile}"))?;
        // This machine itself is never asked through a proxy.
        capabilities.add_arg(&format!("--proxy-server=http://127.0.0.1:{proxy_port}"))?;
        if let Some(languages) = &self.languages {
            let preferences = json!({"intl": {"accept_languages": languages}});
            capabilities.add_experimental_option("prefs", preferences)?;
        }
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        Ok(capabilities)
    }

    fn flags(&self) -> Vec<String> {
        let (width, height) = self.window;
        let mut flags = vec![format!("--window-size={width},{height}")];
        if self.autoplay == Autoplay::Always {
            flags.push("--autoplay-policy=no-user-gesture-required".to_owned());
        }
        if let Some(languages) = &self.languages {
            let first = languages.split(',').next().unwrap_or_default();
            flags.push(format!("--lang={first}"));
            flags.push(format!("--accept-lang={languages}"));
        }
        if self.reduced_motion {
            flags.push("--force-prefers-reduced-motion".to_owned());
        }
        if self.webgpu {
            flags.push("--enable-unsafe-webgpu".to_owned());
            flags.push("--use-webgpu-adapter=swiftshader".to_owned());
        } else {
            flags.push("--disable-gpu".to_owned());
        }
        flags
    }
}
