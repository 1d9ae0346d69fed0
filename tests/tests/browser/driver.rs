//! A headless Chromium, steered by chromedriver.

use serde_json::json;
use std::process::Command;
use std::time::{Duration, Instant};
use tests::programs::{Running, start};
use thirtyfour::prelude::*;

/// How long a page may take to come to a state; a loaded machine is slow.
const PATIENCE: Duration = Duration::from_secs(60);

const FLAGS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
];

/// One browser with a fresh profile; the fields end in this order.
pub(crate) struct Browser {
    pub(crate) page: WebDriver,
    _driver: Running,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut command = Command::new("chromedriver");
        let (driver, port) = start(command.arg("--port=0"), |line| {
            let port = line.strip_suffix('.')?.rsplit_once("on port ")?.1;
            port.parse::<u16>().ok()
        })?;
        let mut capabilities = DesiredCapabilities::chrome();
        for flag in FLAGS {
            capabilities.add_arg(flag)?;
        }
        capabilities.add_arg(&format!("--user-data-dir={}", profile.path().display()))?;
        let page = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await?;
        Ok(Self { page, _driver: driver, _profile: profile })
    }

    /// As on a phone of this many CSS pixels.
    pub(crate) async fn as_phone(&self, width: u32, height: u32) -> anyhow::Result<()> {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 2, "mobile": true});
        self.page.cdp().send_raw("Emulation.setDeviceMetricsOverride", metrics).await?;
        Ok(())
    }

    /// Takes the connection away, or gives it back.
    pub(crate) async fn offline(&self, offline: bool) -> anyhow::Result<()> {
        let cdp = self.page.cdp();
        cdp.send_raw("Network.enable", json!({})).await?;
        let conditions = json!({
            "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1
        });
        cdp.send_raw("Network.emulateNetworkConditions", conditions).await?;
        Ok(())
    }

    /// What a script returns.
    pub(crate) async fn script(&self, script: &str) -> anyhow::Result<serde_json::Value> {
        Ok(self.page.execute(script, vec![]).await?.json().clone())
    }

    /// Waits until the page's text holds `wanted`, and gives the text.
    pub(crate) async fn text_with(&self, wanted: &str) -> anyhow::Result<String> {
        let begun = Instant::now();
        loop {
            let text = self.script("return document.body.innerText").await?;
            let text = text.as_str().unwrap_or_default().to_owned();
            if text.contains(wanted) {
                return Ok(text);
            }
            let late = begun.elapsed() > PATIENCE;
            anyhow::ensure!(!late, "'{wanted}' did not come up; the page says:\n{text}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn end(self) -> anyhow::Result<()> {
        Ok(self.page.clone().quit().await?)
    }
}
