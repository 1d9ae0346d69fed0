//! Where the networks run: chosen, timed, and left where it fails.

use crate::material::{FORMATS, embeddings_of_formats, sound, website};
use crate::page::{choose, expected, give_lyrics, heard, titles};
use tests::browser::{Browser, Options, inject};
use thirtyfour::By;

/// What the page says about the device, once it says this.
async fn device(browser: &Browser, of: &str, wanted: &str) -> anyhow::Result<()> {
    let said = format!("document.querySelector('[{of}]')?.textContent.includes('{wanted}')");
    browser.wait_for(&said).await.map(drop)
}

/// The network runs where the address says; where the graphics processor fails, the processor goes on.
#[tokio::test]
async fn the_device_is_chosen_shown_and_left_where_it_fails() -> anyhow::Result<()> {
    let (website, tables) = (website(), embeddings_of_formats());
    let folder = tempfile::tempdir()?;
    let options = Options { webgpu: true, ..Options::default() };
    let browser = Browser::start_with(options).await?;
    let mut read = Vec::new();
    for network in ["multimodal", "lyrics"] {
        read.push((network, expected(network, &tables, FORMATS[0])?));
    }
    let expected = expected("audio", &tables, FORMATS[0])?;
    for (device_wanted, said) in [
        ("webgpu", "runs on the graphics processor:"),
        ("cpu", "runs on the processor:"),
        // An imitated graphics processor is not taken by itself.
        ("", "is only imitated here"),
    ] {
        let address = format!("{}?mode=explore&device={device_wanted}", website.server.address);
        browser.page.goto(address).await?;
        browser.wait_for("document.querySelector('[data-action=own-file]')").await?;
        choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
        heard(&browser).await?;
        device(&browser, "data-device", said).await?;
        assert_eq!(titles(&browser, "audio").await?, expected, "{device_wanted}");
        give_lyrics(&browser).await?;
        device(&browser, "data-reading-device", said.trim_start_matches("runs ")).await?;
        for (network, expected) in &read {
            assert_eq!(titles(&browser, network).await?, *expected, "{device_wanted}, {network}");
        }
    }
    browser.end().await?;

    // A browser without WebGPU that is asked for it.
    let browser =
        Browser::start_with(Options::default().before_load(inject::GRAPHICS_PROMISED)).await?;
    browser.page.goto(format!("{}?mode=explore&device=webgpu", website.server.address)).await?;
    browser.wait_for("document.querySelector('[data-action=own-file]')").await?;
    choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
    heard(&browser).await?;
    device(&browser, "data-device", "The graphics processor failed").await?;
    assert_eq!(titles(&browser, "audio").await?, expected);
    let of_reading = "return document.querySelector('[data-reading-device]').textContent";
    assert_eq!(browser.script(of_reading).await?.as_str(), Some(""), "nothing was read yet");
    give_lyrics(&browser).await?;
    device(&browser, "data-reading-device", "The graphics processor failed").await?;
    for (network, expected) in &read {
        assert_eq!(titles(&browser, network).await?, *expected, "{network}");
    }
    browser.end().await
}

/// Where the browser says that its graphics processor is none that is imitated, both devices are timed.
#[tokio::test]
async fn both_devices_are_timed_for_what_is_heard_and_for_what_is_read() -> anyhow::Result<()> {
    const NOTE_WORKERS: &str = "
        window.started = [];
        window.Worker = class extends Worker {
            constructor(url, options) {
                super(url, options);
                window.started.push(String(url));
            }
        };";
    let (website, tables) = (website(), embeddings_of_formats());
    let folder = tempfile::tempdir()?;
    let options = Options { webgpu: true, ..Options::default() };
    let options = options.before_load(inject::GRAPHICS_AS_HARDWARE).before_load(NOTE_WORKERS);
    let browser = Browser::start_with(options).await?;
    browser.page.goto(format!("{}?mode=explore", website.server.address)).await?;
    browser.wait_for("document.querySelector('[data-action=own-file]')").await?;
    choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
    heard(&browser).await?;
    device(&browser, "data-device", ", against ").await?;
    give_lyrics(&browser).await?;
    device(&browser, "data-reading-device", ", against ").await?;
    for network in ["audio", "multimodal", "lyrics"] {
        assert_eq!(titles(&browser, network).await?, expected(network, &tables, FORMATS[0])?);
    }
    let graphics = "return window.started.filter((url) => url.includes('graphics-start')).length";
    assert_eq!(browser.script(graphics).await?, 1);

    for sense in ["hearing", "reading"] {
        browser.wait_for(&format!("localStorage.getItem('segue times of {sense}')")).await?;
    }

    // On the next visit it is known which one is quicker: here the processor, which imitates the other.
    browser.page.refresh().await?;
    browser.wait_for("document.querySelector('[data-action=own-file]')").await?;
    choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
    heard(&browser).await?;
    give_lyrics(&browser).await?;
    for of in ["data-device", "data-reading-device"] {
        device(&browser, of, "on the processor: ").await?;
        device(&browser, of, "as timed on an earlier visit; its worker takes ").await?;
    }
    assert_eq!(browser.script(graphics).await?, 0, "it was fetched for nothing");
    for network in ["audio", "multimodal", "lyrics"] {
        assert_eq!(titles(&browser, network).await?, expected(network, &tables, FORMATS[0])?);
    }
    browser.assert_clean().await?;
    browser.end().await
}

/// A worker with the graphics processor that dies, as without memory, when it is given a second song.
const DEAD_AFTER_ONE: &str = "
    window.Worker = class extends Worker {
        constructor(url, options) {
            super(url, options);
            this.isGraphics = String(url).includes('graphics');
            this.nSongs = 0;
        }
        postMessage(message, ...rest) {
            this.nSongs += Number(this.isGraphics && 'Song' in JSON.parse(message[0]));
            if (this.nSongs < 2) return super.postMessage(message, ...rest);
            this.terminate();
            const lost = new ErrorEvent('error', { message: 'the worker is gone' });
            setTimeout(() => this.dispatchEvent(lost), 50);
        }
    };";

#[tokio::test]
async fn a_graphics_processor_whose_worker_dies_leaves_the_song_to_the_processor()
-> anyhow::Result<()> {
    lost_while_it_reads(DEAD_AFTER_ONE).await
}

#[tokio::test]
async fn a_graphics_processor_that_is_taken_away_leaves_the_song_to_the_processor()
-> anyhow::Result<()> {
    lost_while_it_reads(&inject::by_way("graphics")).await
}

async fn lost_while_it_reads(how: &str) -> anyhow::Result<()> {
    let (website, tables) = (website(), embeddings_of_formats());
    let way = inject::way(&inject::graphics_lost_at("Song"));
    website.add_file("way.js", way.as_bytes())?;
    let folder = tempfile::tempdir()?;
    let options = Options { webgpu: true, ..Options::default() }.before_load(how);
    let browser = Browser::start_with(options).await?;
    browser.page.goto(format!("{}?mode=explore&device=webgpu", website.server.address)).await?;
    browser.wait_for("document.querySelector('[data-action=own-file]')").await?;
    choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
    heard(&browser).await?;
    device(&browser, "data-device", "runs on the graphics processor:").await?;
    give_lyrics(&browser).await?;
    device(&browser, "data-reading-device", "The graphics processor failed").await?;
    for network in ["audio", "multimodal", "lyrics"] {
        assert_eq!(titles(&browser, network).await?, expected(network, &tables, FORMATS[0])?);
    }
    // What is heard from then on is heard by the processor.
    browser.page.find(By::Css("[data-action=own-clear]")).await?.click().await?;
    choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
    heard(&browser).await?;
    assert_eq!(titles(&browser, "audio").await?, expected("audio", &tables, FORMATS[0])?);
    browser.end().await
}

/// A worker with the graphics processor that is given a song and never answers, on a page whose minutes pass in no time.
const NEVER_ANSWERS: &str = "
    const waits = window.setTimeout;
    window.setTimeout = (done, millis, ...rest) => waits(done, millis < 60000 ? millis : 500, ...rest);
    window.Worker = class extends Worker {
        constructor(url, options) {
            super(url, options);
            this.isGraphics = String(url).includes('graphics');
        }
        postMessage(message, ...rest) {
            if (this.isGraphics && 'Song' in JSON.parse(message[0])) return;
            super.postMessage(message, ...rest);
        }
    };";

#[tokio::test]
async fn a_graphics_processor_that_never_answers_leaves_the_song_to_the_processor()
-> anyhow::Result<()> {
    let (website, tables) = (website(), embeddings_of_formats());
    let folder = tempfile::tempdir()?;
    let options = Options { webgpu: true, ..Options::default() }.before_load(NEVER_ANSWERS);
    let browser = Browser::start_with(options).await?;
    browser.page.goto(format!("{}?mode=explore&device=webgpu", website.server.address)).await?;
    browser.wait_for("document.querySelector('[data-action=own-file]')").await?;
    choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
    heard(&browser).await?;
    device(&browser, "data-device", "it did not answer within").await?;
    assert_eq!(titles(&browser, "audio").await?, expected("audio", &tables, FORMATS[0])?);
    browser.end().await
}
