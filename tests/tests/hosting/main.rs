//! The website on real hosts: nginx below a sub-path, a USB stick, and without any network.

mod nginx;
mod policy;
mod stick;
mod study;
mod worker;

use anyhow::Context;
use nginx::{Nginx, Setup};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use study::{Studies, keep_bundle, version_shown, with_worker};
use tests::browser::Browser;
use tests::website::Website;
use thirtyfour::prelude::*;

const EVERY_FILE_IS_RIGHT: &str = "Every file is as the manifest says";
/// Packed and unpacked sizes of the wasm, in bytes.
const WASM_SIZES: &str = "return performance.getEntriesByType('resource')
    .filter((entry) => entry.name.endsWith('.wasm'))
    .map((entry) => [entry.encodedBodySize, entry.decodedBodySize])[0]";
const FOREIGN: &str = "return performance.getEntriesByType('resource').map((entry) => entry.name)
    .filter((name) => !name.startsWith(`${location.origin}/study-1/`))";

#[tokio::test]
async fn below_a_path_of_nginx_with_gzip() -> anyhow::Result<()> {
    let studies = Studies::new()?;
    let nginx = Nginx::start(Setup::Gzip, studies.folder())?;
    sends_what_the_documentation_promises(&studies, &nginx, "gzip")?;
    the_study_works_and_then_without_network(nginx, true).await
}

#[tokio::test]
async fn below_a_path_of_nginx_with_brotli() -> anyhow::Result<()> {
    let studies = Studies::new()?;
    // Packed beforehand, as the documentation says, and left to nginx for all other files.
    let wasm = name_that_ends(&studies, "_bg.wasm")?;
    let packed = Command::new("brotli").arg("--best").arg(studies.file(&wasm)).status();
    let packed = packed.context("brotli is missing: `cargo xtask test` installs it")?;
    anyhow::ensure!(packed.success(), "brotli: {packed}");
    let n_bytes = std::fs::metadata(studies.file(&format!("{wasm}.br")))?.len();
    let nginx = Nginx::start(Setup::Brotli, studies.folder())?;
    let head = head(&nginx, &format!("/study-1/{wasm}"), "br")?;
    assert!(head.contains(&format!("content-length: {n_bytes}\r\n")), "{head}");
    sends_what_the_documentation_promises(&studies, &nginx, "br")?;
    the_study_works_and_then_without_network(nginx, true).await
}

#[tokio::test]
async fn below_a_path_of_a_host_without_any_setting() -> anyhow::Result<()> {
    let studies = Studies::new()?;
    let nginx = Nginx::start(Setup::Bare, studies.folder())?;
    let wasm = name_that_ends(&studies, "_bg.wasm")?;
    let head = head(&nginx, &format!("/study-1/{wasm}"), "gzip, br")?;
    assert!(!head.contains("application/wasm") && !head.contains("content-encoding"), "{head}");
    assert!(!head.contains("cache-control"), "{head}");
    the_study_works_and_then_without_network(nginx, false).await
}

fn sends_what_the_documentation_promises(
    studies: &Studies,
    nginx: &Nginx,
    packing: &str,
) -> anyhow::Result<()> {
    let wasm = name_that_ends(studies, "_bg.wasm")?;
    let style = name_that_ends(studies, ".css")?;
    for (file, kind, kept) in [
        (wasm.as_str(), "application/wasm", true),
        (&style, "text/css; charset=utf-8", true),
        ("", "text/html; charset=utf-8", false),
        ("service-worker.js", "text/javascript; charset=utf-8", false),
        ("bundle/manifest.json", "application/json", false),
    ] {
        let head = head(nginx, &format!("/study-1/{file}"), packing)?;
        assert!(head.starts_with("http/1.1 200"), "{file}: {head}");
        assert!(head.contains(&format!("content-type: {kind}\r\n")), "{file}: {head}");
        assert!(head.contains(&format!("content-encoding: {packing}\r\n")), "{file}: {head}");
        assert!(head.contains("vary: accept-encoding\r\n"), "{file}: {head}");
        assert!(head.contains("frame-ancestors 'self'"), "{file}: {head}");
        let caching = if kept { "max-age=31536000, immutable" } else { "no-cache" };
        assert!(head.contains(caching), "{file}: {head}");
    }
    let sound =
        std::fs::read_dir(studies.file("bundle/stimuli"))?.next().context("no stimulus")??;
    let sound = sound.file_name().to_string_lossy().into_owned();
    let sound = head(nginx, &format!("/study-1/bundle/stimuli/{sound}"), packing)?;
    assert!(sound.contains("content-type: audio/mpeg\r\n"), "{sound}");
    assert!(sound.contains("accept-ranges: bytes\r\n"), "{sound}");
    assert!(!sound.contains("content-encoding"), "{sound}");
    let unpacked = head(nginx, &format!("/study-1/{wasm}"), "identity")?;
    assert!(!unpacked.contains("content-encoding"), "{unpacked}");
    let moved = head(nginx, "/study-1?PROLIFIC_PID=7", packing)?;
    assert!(moved.contains("location: /study-1/?prolific_pid=7\r\n"), "{moved}");
    Ok(())
}

/// Opened, checked, kept, and opened again when the host is gone.
async fn the_study_works_and_then_without_network(
    nginx: Nginx,
    packed: bool,
) -> anyhow::Result<()> {
    let browser = Browser::start().await?;
    let address = format!("{}/study-1/?mode=researcher&PROLIFIC_PID=7", nginx.origin);
    browser.page.goto(&address).await?;
    browser.text_with("Twelve songs").await?;
    let sizes = browser.script(WASM_SIZES).await?;
    let (sent, whole) = (sizes[0].as_u64(), sizes[1].as_u64());
    assert!(whole.is_some() && (sent < whole) == packed, "wasm: {sizes}");
    check_every_file(&browser).await?;
    assert_eq!(browser.script(FOREIGN).await?, serde_json::json!([]));
    with_worker(&browser).await?;
    let kept = keep_bundle(&browser).await?;
    assert!(kept["failed"] == 0 && kept["done"] == kept["total"], "{kept}");
    assert_eq!(kept["total"], 21, "the manifest and its 20 files");

    drop(nginx);
    browser.offline(true).await?;
    browser.page.refresh().await?;
    browser.text_with("Twelve songs").await?;
    check_every_file(&browser).await?;
    // Another participant of the same device, and the file under its own name.
    let other = address.replace("/?", "/index.html?").replace("PID=7", "PID=8");
    browser.page.goto(other).await?;
    browser.text_with("Twelve songs").await?;
    assert!(version_shown(&browser).await?.is_string());
    browser.end().await
}

async fn check_every_file(browser: &Browser) -> anyhow::Result<()> {
    browser.page.find(By::XPath("//button[.='Check every file']")).await?.click().await?;
    browser.text_with(EVERY_FILE_IS_RIGHT).await.map(drop)
}

fn name_that_ends(studies: &Studies, ending: &str) -> anyhow::Result<String> {
    for entry in std::fs::read_dir(studies.file("."))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let others = ["researcher", "listening", "reading"];
        if name.ends_with(ending) && !others.iter().any(|other| name.starts_with(other)) {
            return Ok(name);
        }
    }
    anyhow::bail!("no file ends in '{ending}'")
}

/// Status and headers of an answer, in small letters.
fn head(nginx: &Nginx, url: &str, packing: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(nginx.origin.trim_start_matches("http://"))?;
    write!(
        stream,
        "GET {url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: {packing}\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer).to_ascii_lowercase();
    let end = text.find("\r\n\r\n").unwrap_or(text.len());
    Ok(format!("{}\r\n", &text[..end]))
}
