//! A folder of websites, and what the tests ask of a page in the browser.

use super::{Browser, Website};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tests::programs::copy_folder;

/// `study-1` with a bundle of twelve songs, in a folder that a host serves.
pub(crate) struct Studies {
    www: tempfile::TempDir,
}

impl Studies {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let studies = Self { www: tempfile::tempdir()? };
        studies.add("study-1")?;
        // `segue serve` takes a folder with a page for a website, and no other.
        std::fs::write(studies.folder().join("index.html"), "<!doctype html><p>Our studies")?;
        Ok(studies)
    }

    /// Puts another one beside it.
    pub(crate) fn add(&self, name: &str) -> anyhow::Result<()> {
        let website = Website::with_bundle()?;
        let bundle = website.bundle();
        copy_folder(bundle.parent().unwrap_or(&bundle), &self.www.path().join(name))
    }

    pub(crate) fn folder(&self) -> &Path {
        self.www.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.www.path().join("study-1").join(name)
    }

    /// Makes `study-1` another version: the same but for what says which it is.
    pub(crate) fn publish(&self, version: &str) -> anyhow::Result<()> {
        let index = std::fs::read_to_string(self.file("index.html"))?;
        let before = version_in(&index).map(str::to_owned);
        let before = before.ok_or_else(|| anyhow::anyhow!("no version in:\n{index}"))?;
        for name in ["index.html", "service-worker.js"] {
            let text = std::fs::read_to_string(self.file(name))?;
            anyhow::ensure!(text.contains(&before), "'{name}' does not name {before}");
            std::fs::write(self.file(name), text.replace(&before, version))?;
        }
        Ok(())
    }
}

fn version_in(html: &str) -> Option<&str> {
    let (_, rest) = html.split_once("<meta name=\"segue-version\" content=\"")?;
    rest.split_once('"').map(|(version, _)| version)
}

/// The version that the page is of.
pub(crate) async fn version_shown(browser: &Browser) -> anyhow::Result<Value> {
    let script = "return document.querySelector('meta[name=segue-version]')?.content ?? null";
    browser.script(script).await
}

/// Registers the service worker, as the page does by itself, and waits until it controls the page.
pub(crate) async fn with_worker(browser: &Browser) -> anyhow::Result<()> {
    let script = "return (async () => {
        await navigator.serviceWorker.register('service-worker.js');
        while (!navigator.serviceWorker.controller) {
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    })()";
    browser.script(script).await.map(drop)
}

/// Has the worker keep the whole bundle, and gives its last message.
pub(crate) async fn keep_bundle(browser: &Browser) -> anyhow::Result<Value> {
    let script = "return (async () => {
        const read = async (file) => (await fetch(`bundle/${file}`)).json();
        const { files, file_lists: lists = [] } = await read('manifest.json');
        for (const { file } of lists) Object.assign(files, (await read(file)).files);
        const urls = ['manifest.json', ...Object.keys(files)].map((file) => `bundle/${file}`);
        const { port1, port2 } = new MessageChannel();
        return new Promise((resolve) => {
            port1.onmessage = ({ data }) => {
                if (data.done + data.failed === data.total) resolve(data);
            };
            const message = { type: 'cache-bundle', urls };
            navigator.serviceWorker.controller.postMessage(message, [port2]);
        });
    })()";
    browser.script(script).await
}

/// What a fetch by the page gives: status, text, and the headers that matter here.
pub(crate) async fn fetched(browser: &Browser, url: &str, init: Value) -> anyhow::Result<Value> {
    let script = format!(
        "return (async () => {{
            const response = await fetch({}, {init});
            return {{
                status: response.status,
                text: await response.text(),
                range: response.headers.get('content-range'),
            }};
        }})().catch((error) => ({{ error: String(error) }}))",
        json!(url)
    );
    browser.script(&script).await
}
