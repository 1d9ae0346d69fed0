//! The website in a real browser, served by `segue serve`.

use tests::browser::Browser;
use tests::study_bundle::GENRES;
use tests::website::Website;
use thirtyfour::prelude::*;

const ALL_SMALL_FILES: &str = "8\nof 20";

#[tokio::test]
async fn the_page_lists_what_is_in_the_bundle_and_checks_it() -> anyhow::Result<()> {
    let website = Website::with_bundle()?;
    let browser = Browser::start().await?;
    browser.page.goto(&website.server.address).await?;
    let text = browser.text_with(ALL_SMALL_FILES).await?;
    for wanted in ["Twelve songs", "12 songs in 4 genres", "12 stimuli", "multimodal", "random"] {
        assert!(text.contains(wanted), "'{wanted}' is missing in:\n{text}");
    }
    assert!(GENRES.iter().all(|genre| text.contains(genre)), "{text}");
    assert_eq!(browser.page.title().await?, "Segue");

    browser.page.find(By::XPath("//button[.='Check every file']")).await?.click().await?;
    browser.text_with("Every file is as the manifest says").await?;
    browser.end().await
}

#[tokio::test]
async fn every_fault_has_its_own_sentence_and_a_way_on() -> anyhow::Result<()> {
    let website = Website::bare()?;
    let browser = Browser::start().await?;
    let newer = br#"{"format": "segue-bundle", "schema_version": 999}"#;
    browser.page.goto(&website.server.address).await?;
    browser.text_with("There is no bundle here yet").await?;
    for (manifest, title) in [
        (&b"{"[..], "The manifest is broken"),
        (b"{}", "This is not a Segue bundle"),
        (newer, "This bundle is newer than this page"),
    ] {
        website.replace("manifest.json", manifest)?;
        browser.page.find(By::XPath("//button[.='Try again']")).await?.click().await?;
        browser.text_with(title).await?;
    }
    browser.end().await
}

#[tokio::test]
async fn a_changed_file_is_named_and_the_rest_still_shown() -> anyhow::Result<()> {
    let website = Website::with_bundle()?;
    website.replace("models/audio/model.bpk", &[8; 3_000])?;
    let browser = Browser::start().await?;
    browser.page.goto(&website.server.address).await?;
    let text = browser.text_with("1 file is not as the manifest says").await?;
    assert!(text.contains("'models/audio/model.bpk' was changed"), "{text}");
    assert!(text.contains("12 songs in 4 genres"), "{text}");

    website.replace("catalog.json", b"[]")?;
    browser.page.refresh().await?;
    let text = browser.text_with("A part of the bundle does not fit").await?;
    assert!(text.contains("'catalog.json' has 2 bytes"), "{text}");
    browser.end().await
}

#[tokio::test]
async fn offline_is_said_and_the_page_goes_on_by_itself() -> anyhow::Result<()> {
    let website = Website::with_bundle()?;
    let browser = Browser::start().await?;
    // The page itself is there, the bundle is asked for without a connection and for the first time.
    browser.bypass_worker().await?;
    let manifest = std::fs::read(website.bundle().join("manifest.json"))?;
    website.replace("manifest.json", b"{")?;
    browser.page.goto(&website.server.address).await?;
    browser.text_with("The manifest is broken").await?;
    website.replace("manifest.json", &manifest)?;
    browser.offline(true).await?;
    browser.page.find(By::XPath("//button[.='Try again']")).await?.click().await?;
    browser.text_with("You are offline").await?;
    browser.offline(false).await?;
    browser.text_with("Twelve songs").await?;
    browser.end().await
}

#[tokio::test]
async fn on_a_phone_nothing_leaves_the_screen_and_targets_are_large() -> anyhow::Result<()> {
    let website = Website::with_bundle()?;
    let browser = Browser::start().await?;
    browser.as_phone(360, 740).await?;
    browser.page.goto(&website.server.address).await?;
    browser.text_with(ALL_SMALL_FILES).await?;
    let width = browser.script("return document.documentElement.scrollWidth").await?;
    assert!(width.as_f64().is_some_and(|width| width <= 360.0), "the page is {width} wide");
    let smallest = browser
        .script(
            "return Math.min(...[...document.querySelectorAll('button, summary')]
                 .filter(b => b.checkVisibility()).map(b => b.getBoundingClientRect().height))",
        )
        .await?;
    assert!(smallest.as_f64().is_some_and(|height| height >= 48.0), "{smallest}");
    browser.end().await
}

#[tokio::test]
async fn the_keyboard_reaches_and_sorts() -> anyhow::Result<()> {
    let website = Website::with_bundle()?;
    let browser = Browser::start().await?;
    browser.page.goto(&website.server.address).await?;
    browser.text_with(ALL_SMALL_FILES).await?;
    let first_genre = "return document.querySelector('tbody th').innerText";
    assert_eq!(browser.script(first_genre).await?, "country");
    browser.page.action_chain().send_keys(Key::Tab).perform().await?;
    let focused = "return document.activeElement.innerText";
    assert_eq!(browser.script(focused).await?, "Skip to the content");
    browser.page.action_chain().send_keys(Key::Enter).perform().await?;
    // The frame of the first table, its first column's button; twice turns the order round.
    for _ in 0..2 {
        browser.page.action_chain().send_keys(Key::Tab).perform().await?;
    }
    assert_eq!(browser.script(focused).await?, "Genre");
    for (direction, genre) in [("ascending", "country"), ("descending", "rock")] {
        browser.page.action_chain().send_keys(Key::Enter).perform().await?;
        let sorted = "return document.activeElement.parentElement.ariaSort";
        assert_eq!(browser.script(sorted).await?, direction);
        assert_eq!(browser.script(first_genre).await?, genre);
    }
    browser.end().await
}
