//! A song that is taken away, or another one in its place, while something is under way.

use crate::material::{FORMATS, LYRICS, sound, website};
use crate::page::{choose, heard, titles, write_lyrics};
use tests::browser::{Browser, Options};
use tests::website::Website;
use thirtyfour::By;

/// Holds back what is fetched while its address has `window.held` in it, until `release()`; and keeps a list of the
/// workers, with what each was started from and whether it was ended.
const SCRIPT: &str = "
    const ask = window.fetch;
    window.waiting = [];
    window.fetch = (asked, ...more) => {
        const begin = () => ask.call(window, asked, ...more);
        if (!window.held || !String(asked.url ?? asked).includes(window.held)) return begin();
        return new Promise((answer) => window.waiting.push(() => answer(begin())));
    };
    window.release = () => {
        window.held = undefined;
        window.waiting.splice(0).forEach((go) => go());
    };
    window.workers = [];
    window.Worker = class extends window.Worker {
        constructor(address, ...more) {
            super(address, ...more);
            this.address = String(address);
            window.workers.push(this);
        }
        postMessage(...message) {
            // The page waits as for a long task; not for what comes next.
            if (!window.isDeaf || this.address.includes('searching')) super.postMessage(...message);
        }
        terminate() {
            this.isEnded = true;
            super.terminate();
        }
    };";

/// Of the workers of that name: whether each was ended.
fn ended(name: &str) -> String {
    format!(
        "window.workers.filter((own) => own.address.includes('{name}')).map((own) => !!own.isEnded)"
    )
}

async fn open(website: &Website) -> anyhow::Result<Browser> {
    let browser = Browser::start_with(Options::default().before_load(SCRIPT)).await?;
    browser.page.goto(format!("{}?mode=explore&device=cpu", website.server.address)).await?;
    browser.wait_for("document.querySelector('[data-condition=lyrics] li')").await?;
    Ok(browser)
}

/// Everything that was to come has come: nothing is being fetched, no worker is at anything.
async fn all_quiet(browser: &Browser) -> anyhow::Result<()> {
    let later = "new Promise((done) => setTimeout(done, 1500)).then(() => true)";
    browser.promise(later).await?;
    let state = "document.querySelector('[data-own] .loading, [data-own] [role=alert]')";
    assert!(browser.script(&format!("return {state}?.textContent")).await?.is_null());
    Ok(())
}

#[tokio::test]
async fn lyrics_of_a_song_that_was_taken_away_are_not_read() -> anyhow::Result<()> {
    let website = website();
    let folder = tempfile::tempdir()?;
    let browser = open(&website).await?;
    let before = titles(&browser, "lyrics").await?;
    let take_away = "document.querySelector('[data-action=own-clear]').click()";
    let choose_other =
        "document.querySelector(\"[data-condition='audio'] li [data-action=choose]\").click()";
    for way in [take_away, choose_other] {
        choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
        heard(&browser).await?;
        write_lyrics(&browser, LYRICS).await?;
        browser.script("window.held = 'models/lyrics'").await?;
        browser.page.find(By::Css("[data-action=own-read]")).await?.click().await?;
        browser.wait_for("window.waiting.length > 0").await?;
        browser.script(way).await?;
        browser.wait_for("document.querySelector('[data-condition=lyrics] li')").await?;
        let led_by_a_song = titles(&browser, "lyrics").await?;
        browser.script("release()").await?;
        all_quiet(&browser).await?;
        assert_eq!(titles(&browser, "lyrics").await?, led_by_a_song, "the lyrics came back");
        assert!(way != take_away || led_by_a_song == before, "not the lists from before");
        let readers = browser.script(&format!("return {}", ended("reading"))).await?;
        assert_eq!(readers, serde_json::json!([]), "a worker began to read");
    }
    browser.assert_clean().await?;
    browser.end().await
}

#[tokio::test]
async fn what_is_under_way_ends_with_its_song_and_the_next_one_is_heard() -> anyhow::Result<()> {
    let website = website();
    let folder = tempfile::tempdir()?;
    let browser = open(&website).await?;
    let before = titles(&browser, "lyrics").await?;
    let take_away = By::Css("[data-action=own-clear]");
    // While a worker hears.
    browser.script("window.isDeaf = true").await?;
    choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
    browser.wait_for(&format!("{}.length === 1", ended("listening"))).await?;
    browser.page.find(take_away.clone()).await?.click().await?;
    browser.wait_for(&format!("String({}) === 'true'", ended("listening"))).await?;
    browser.script("window.isDeaf = false").await?;
    all_quiet(&browser).await?;
    choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
    heard(&browser).await?;
    // While a worker reads: the one that has heard keeps its network.
    browser.script("window.isDeaf = true").await?;
    write_lyrics(&browser, LYRICS).await?;
    browser.page.find(By::Css("[data-action=own-read]")).await?.click().await?;
    browser.wait_for(&format!("{}.length === 1", ended("reading"))).await?;
    browser.page.find(take_away.clone()).await?.click().await?;
    browser.wait_for(&format!("String({}) === 'true'", ended("reading"))).await?;
    browser.script("window.isDeaf = false").await?;
    all_quiet(&browser).await?;
    assert_eq!(titles(&browser, "lyrics").await?, before, "not the lists from before");
    // The words went with the song; lyrics alone can be taken away as well.
    let field = "return document.querySelector('[data-action=own-lyrics]').value";
    assert_eq!(browser.script(field).await?, "");
    write_lyrics(&browser, LYRICS).await?;
    browser.page.find(By::Css("[data-action=own-read]")).await?.click().await?;
    browser.text_with("The lists by lyrics follow these words.").await?;
    browser.page.find(take_away).await?.click().await?;
    browser.wait_for("!document.querySelector('[data-action=own-clear]')").await?;
    choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
    heard(&browser).await?;
    let listening = browser.script(&format!("return {}", ended("listening"))).await?;
    assert_eq!(listening, serde_json::json!([true, false]), "a worker was started for nothing");
    browser.assert_clean().await?;
    browser.end().await
}
