//! How far a network and its program are fetched is shown, byte by byte.

use crate::material::{FORMATS, sound, website};
use crate::page::{choose, heard};
use shared::bundle::{MANIFEST_FILE, Manifest};
use tests::browser::{Browser, Options};
use thirtyfour::By;

/// Half of the weights come at once, the rest after `goOn()`; the last bytes are other ones while `window.isWrong`.
const SLOW: &str = "
    const ask = window.fetch;
    window.fetch = async (asked, ...more) => {
        const response = await ask.call(window, asked, ...more);
        if (!String(asked.url ?? asked).endsWith('models/audio/model.bpk')) return response;
        const bytes = new Uint8Array(await response.arrayBuffer());
        const half = bytes.length >> 1;
        if (window.isWrong) bytes[bytes.length - 1] ^= 1;
        const body = new ReadableStream({
            async start(out) {
                out.enqueue(bytes.slice(0, half));
                await new Promise((go) => { window.goOn = go; });
                out.enqueue(bytes.slice(half));
                out.close();
            },
        });
        return new Response(body, { headers: response.headers });
    };
    window.bars = new Set();
    new MutationObserver(() => {
        for (const bar of document.querySelectorAll('progress')) window.bars.add(bar.ariaLabel);
    }).observe(document, { subtree: true, childList: true });";

#[tokio::test]
async fn bytes_are_shown_as_they_come_and_checked_at_the_end() -> anyhow::Result<()> {
    let website = website();
    let folder = tempfile::tempdir()?;
    let manifest = Manifest::from_json(&std::fs::read(website.bundle().join(MANIFEST_FILE))?)?;
    let n_bytes = |file: &str| manifest.files[file].bytes;
    let (config, weights) = (n_bytes("models/audio/model.json"), n_bytes("models/audio/model.bpk"));
    let browser = Browser::start_with(Options::default().before_load(SLOW)).await?;
    browser.page.goto(format!("{}?mode=explore&device=cpu", website.server.address)).await?;
    browser.wait_for("document.querySelector('[data-action=own-file]')").await?;
    for is_wrong in [true, false] {
        browser.script(&format!("window.isWrong = {is_wrong}; window.goOn = undefined")).await?;
        // What could not be had is asked for again; the song is still there.
        match is_wrong {
            true => choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?,
            false => {
                browser.page.find(By::Css("[data-action=prepare-again]")).await?.click().await?;
            }
        }
        let bar = "document.querySelector('[data-own] progress')";
        let n_there = config + weights / 2;
        browser.wait_for(&format!("window.goOn && {bar}?.value === {n_there}")).await?;
        let most = browser.script(&format!("return {bar}.max")).await?;
        assert_eq!(most.as_u64(), Some(config + weights));
        let said = browser.script(&format!("return {bar}.getAttribute('aria-valuetext')")).await?;
        let said = said.as_str().unwrap_or_default().to_owned();
        browser.text_with(&said).await?;
        let words: Vec<&str> = said.split(' ').collect();
        let &[part, "of", whole, "kB" | "MB"] = &words[..] else { panic!("{said}") };
        let (part, whole): (f64, f64) = (part.parse()?, whole.parse()?);
        assert!(0.0 < part && part < whole, "{said}");
        browser.assert_accessible().await?;
        browser.script("window.goOn()").await?;
        if is_wrong {
            let alert = "document.querySelector('[data-own] [role=alert]')?.textContent";
            let why = browser.wait_for(alert).await?;
            assert!(
                why.as_str().is_some_and(|why| why.contains("models/audio/model.bpk")),
                "{why}"
            );
            browser.text_with("The song can't be analysed now").await?;
        }
    }
    heard(&browser).await?;
    // Then its program; the worker fetches that by itself, and nothing here can hold it up.
    let bars = browser.script("return [...window.bars]").await?.to_string();
    for of in ["network", "program"] {
        assert!(bars.contains(&format!("The song: fetching the {of}")), "{bars}");
    }
    browser.assert_clean().await?;
    browser.end().await
}
