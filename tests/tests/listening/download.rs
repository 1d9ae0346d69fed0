//! How far a network and its program are fetched is shown, byte by byte.

use crate::material::{FORMATS, sound, website};
use crate::page::{CLIP, choose, heard};
use shared::bundle::{MANIFEST_FILE, Manifest};
use tests::browser::{Browser, Options};
use tests::website::Website;
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

/// The program for the graphics processor, of which half comes at once and the rest after a second message to this script.
const SLOW_PROGRAM: &str = "
    const ask = fetch;
    let goOn;
    const wait = new Promise((go) => { goOn = go; });
    self.fetch = async (...asked) => {
        const response = await ask(...asked);
        if (!String(asked[0]).includes('_bg.wasm')) return response;
        const bytes = new Uint8Array(await response.arrayBuffer());
        const body = new ReadableStream({
            async start(out) {
                out.enqueue(bytes.slice(0, bytes.length >> 1));
                await wait;
                out.enqueue(bytes.slice(bytes.length >> 1));
                out.close();
            },
        });
        return new Response(body, { headers: response.headers });
    };
    const channel = new BroadcastChannel('go on');
    channel.onmessage = ({ data }) => {
        if (data === 'go on') goOn();
        channel.postMessage('heard');
    };
    const here = new URL(import.meta.url);
    await import(new URL(here.searchParams.get('of'), here));";

const BY_WAY_OF_SLOWNESS: &str = "
    window.Worker = class extends Worker {
        constructor(url, options) {
            const isGraphics = String(url).includes('graphics');
            super(isGraphics ? `slow.js?of=${encodeURIComponent(url)}` : url, options);
        }
    };";

/// The page with a song, in a browser with WebGPU that was asked for it.
async fn open_with_graphics(website: &Website, before: &str) -> anyhow::Result<Browser> {
    let options = Options { webgpu: true, ..Options::default() }.before_load(before);
    let browser = Browser::start_with(options).await?;
    browser.page.goto(format!("{}?mode=explore&device=webgpu", website.server.address)).await?;
    browser.wait_for("document.querySelector('[data-action=own-file]')").await?;
    Ok(browser)
}

#[tokio::test]
async fn a_program_for_graphics_processors_that_is_late_is_waited_for() -> anyhow::Result<()> {
    let website = website();
    website.add_file("slow.js", SLOW_PROGRAM.as_bytes())?;
    let folder = tempfile::tempdir()?;
    let browser = open_with_graphics(&website, BY_WAY_OF_SLOWNESS).await?;
    choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
    // The song was decoded and drawn by the other program, so this bar is that of the one for the graphics processor.
    browser.wait_for(CLIP).await?;
    let bar = "document.querySelector('[data-own] progress[aria-label=\"The song: fetching the program\"]')";
    browser.wait_for(&format!("{bar}?.value > 0 && {bar}.value < {bar}.max")).await?;
    browser.text_with("Fetching the program…").await?;
    let go_on = "window.channel ??= new BroadcastChannel('go on');
        window.channel.onmessage = () => { window.isHeard = true; };
        window.channel.postMessage('go on')";
    browser.script(go_on).await?;
    browser.wait_for("window.isHeard").await?;
    heard(&browser).await?;
    browser.text_with("runs on the graphics processor").await?;
    browser.assert_clean().await?;
    browser.end().await
}

/// The first that asks for the weights gets none.
const ONCE_WITHOUT_WEIGHTS: &str = "
    const ask = window.fetch;
    let isFirst = true;
    window.fetch = (asked, ...more) => {
        const isWanted = String(asked.url ?? asked).endsWith('models/audio/model.bpk');
        if (!isWanted || !isFirst) return ask.call(window, asked, ...more);
        isFirst = false;
        return Promise.reject(new TypeError('no network'));
    };";

#[tokio::test]
async fn a_network_that_could_not_be_fetched_is_no_fault_of_the_graphics_processor()
-> anyhow::Result<()> {
    let website = website();
    let folder = tempfile::tempdir()?;
    let browser = open_with_graphics(&website, ONCE_WITHOUT_WEIGHTS).await?;
    for device in ["runs on the processor", "runs on the graphics processor"] {
        choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
        heard(&browser).await?;
        let said =
            format!("document.querySelector('[data-device]')?.textContent.includes('{device}')");
        browser.wait_for(&said).await?;
        browser.page.find(By::Css("[data-action=own-clear]")).await?.click().await?;
    }
    browser.end().await
}
