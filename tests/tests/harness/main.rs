//! The harness itself: a tool that can't fail finds nothing.

mod browsers;
mod participant;
mod services;
mod study;

use tests::static_host::StaticHost;

/// A page of one's own, served.
struct OwnPage {
    host: StaticHost,
    _folder: tempfile::TempDir,
}

impl OwnPage {
    fn new(html: &str) -> anyhow::Result<Self> {
        Self::with_files(html, &[])
    }

    fn with_files(html: &str, files: &[(&str, &[u8])]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        // Without this line the browser asks for /favicon.ico and says that it is missing.
        let head = "<!doctype html><html lang=en><meta charset=utf-8><title>Page</title>\
                    <link rel=icon href=data:,>";
        std::fs::write(folder.path().join("index.html"), format!("{head}{html}"))?;
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes)?;
        }
        Ok(Self { host: StaticHost::start(folder.path())?, _folder: folder })
    }

    fn address(&self) -> &str {
        &self.host.address
    }
}
