//! A song of one's own on a phone: a finger moves its clip, and the page still scrolls.

use crate::faults::wav;
use crate::material::website;
use crate::page::{CLIP, choose, heard, open};
use anyhow::Context;
use tests::browser::{Browser, Finger};

/// Where the clip begins, in seconds, by the slider.
async fn start_secs(browser: &Browser) -> anyhow::Result<f64> {
    let script = "return +document.querySelector('[data-action=own-start]').value";
    browser.script(script).await?.as_f64().context("a number")
}

#[tokio::test]
async fn a_finger_moves_the_clip_and_the_page_still_scrolls() -> anyhow::Result<()> {
    let website = website();
    let folder = tempfile::tempdir()?;
    let browser = open(&website).await?;
    browser.as_phone(390, 844).await?;
    let song: Vec<i16> = (0..90 * 22_050).map(|at| [9_000, -9_000][at / 20 % 2]).collect();
    choose(&browser, folder.path(), "long.wav", &wav(&song)).await?;
    browser
        .wait_for(
            "document.querySelector('[data-whole-song]')?.textContent.includes('drag the clip')",
        )
        .await?;
    heard(&browser).await?;
    let before = browser.wait_for(CLIP).await?;
    let place = "const picture = document.querySelector('[data-whole-song] .picture');
        picture.scrollIntoView({ block: 'center' });
        const box = picture.getBoundingClientRect();
        return [box.left, box.top + box.height / 2, box.width, scrollY]";
    let [left, y, width, scrolled]: [f64; 4] =
        serde_json::from_value(browser.script(place).await?)?;

    // The clip is the middle third.
    let [middle, right] = [0.5, 0.8].map(|share| [left + share * width, y]);
    browser.swipe(&[Finger { from: middle, to: right }]).await?;
    browser.wait_for(&format!("{CLIP} !== {before} && {CLIP}")).await?;
    heard(&browser).await?;
    let moved = start_secs(&browser).await?;
    assert!((50.0..=60.0).contains(&moved), "30 s moved by three tenths of 90: {moved}");
    assert_eq!(browser.script("return scrollY").await?, scrolled);

    let after = browser.wait_for(CLIP).await?;
    browser.swipe(&[Finger { from: right, to: [right[0], y - 200.0] }]).await?;
    browser.wait_for(&format!("scrollY > {scrolled} + 50")).await?;
    assert_eq!(start_secs(&browser).await?, moved, "a finger that scrolls leaves the clip alone");
    assert_eq!(browser.wait_for(CLIP).await?, after);
    browser.assert_clean().await?;
    browser.end().await
}
