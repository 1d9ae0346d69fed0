//! Exploring with fingers, on a phone: they choose, move and zoom, and the page still scrolls.

use crate::lab::{Lab, design};
use anyhow::Context;
use tests::browser::Finger;

/// Width and height of the phone in CSS pixels.
const PHONE: (u32, u32) = (390, 844);

/// Where the map is seen and what stands on it: its middle, and the leftmost and rightmost thing painted, all in CSS
/// pixels; lines join songs, so that what is outermost is a song.
const MAP: &str = "
    const canvas = document.querySelector('.map canvas');
    const box = canvas.getBoundingClientRect();
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const painted = [];
    for (let at = 3; at < data.length; at += 4) {
        if (data[at] > 0) painted.push([(at >> 2) % canvas.width, Math.floor((at >> 2) / canvas.width)]);
    }
    painted.sort(([a], [b]) => a - b);
    const seen = ([x, y]) => [
        box.left + x / canvas.width * box.width, box.top + y / canvas.height * box.height];
    return [[box.left + box.width / 2, box.top + box.height / 2], seen(painted[0]), seen(painted.at(-1))];";

/// What is painted, as a text to compare.
const PAINTED: &str = "return document.querySelector('.map canvas').toDataURL()";

const LIKED: &str = "document.querySelector('[data-taste] [data-action=choose]')?.textContent";

/// Waits until nothing moves any more.
async fn settle(lab: &Lab) -> anyhow::Result<()> {
    let quiet = "new Promise((done) => setTimeout(done, 900)).then(() => true)";
    lab.browser.wait_for(quiet).await.map(drop)
}

async fn map(lab: &Lab) -> anyhow::Result<[[f64; 2]; 3]> {
    settle(lab).await?;
    Ok(serde_json::from_value(lab.browser.script(MAP).await?)?)
}

async fn painted(lab: &Lab) -> anyhow::Result<String> {
    settle(lab).await?;
    Ok(lab.browser.script(PAINTED).await?.as_str().context("a picture")?.to_owned())
}

async fn scrolled(lab: &Lab) -> anyhow::Result<f64> {
    lab.browser.script("return scrollY").await?.as_f64().context("a number")
}

#[tokio::test]
async fn fingers_choose_move_and_zoom_and_the_page_still_scrolls() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    lab.browser.as_phone(PHONE.0, PHONE.1).await?;
    lab.open("mode=explore").await?;
    lab.browser.wait_for("document.querySelector('[data-condition=audio] li')").await?;
    lab.browser
        .script("document.querySelector('.map canvas').scrollIntoView({ block: 'center' })")
        .await?;

    // A tap chooses the song under it: one, and then another.
    let [_, leftmost, _] = map(&lab).await?;
    lab.browser.tap(leftmost).await?;
    let chosen = lab.browser.wait_for(LIKED).await?;
    lab.browser
        .script("document.querySelector('.map canvas').scrollIntoView({ block: 'center' })")
        .await?;
    let [_, _, rightmost] = map(&lab).await?;
    lab.browser.tap(rightmost).await?;
    lab.browser.wait_for(&format!("{LIKED} && {LIKED} !== {chosen}")).await?;
    lab.browser
        .script("document.querySelector('.map canvas').scrollIntoView({ block: 'center' })")
        .await?;

    // Sideways moves the map, and not the page.
    let [[x, y], ..] = map(&lab).await?;
    let (whole, before) = (painted(&lab).await?, scrolled(&lab).await?);
    lab.browser.swipe(&[Finger { from: [x, y], to: [x + 90.0, y + 4.0] }]).await?;
    assert!(painted(&lab).await? != whole, "a finger sideways moves the map");
    assert_eq!(scrolled(&lab).await?, before, "and leaves the page where it is");

    // Two fingers zoom, and everything can be had back.
    let moved = painted(&lab).await?;
    let apart = |side: f64| Finger { from: [x + 20.0 * side, y], to: [x + 110.0 * side, y] };
    lab.browser.swipe(&[apart(-1.0), apart(1.0)]).await?;
    assert!(painted(&lab).await? != moved, "two fingers zoom");
    assert_eq!(scrolled(&lab).await?, before);
    let everything = "[...document.querySelectorAll('.side-button')]
        .find((own) => own.textContent === 'Everything').click()";
    lab.browser.script(everything).await?;
    assert!(painted(&lab).await? == whole, "everything can be had back");

    // Up scrolls the page past the map, which stays as it was.
    lab.browser.swipe(&[Finger { from: [x, y], to: [x + 2.0, y - 200.0] }]).await?;
    assert!(painted(&lab).await? == whole, "a finger that scrolls leaves the map alone");
    assert!(scrolled(&lab).await? > before + 50.0, "{} {before}", scrolled(&lab).await?);
    lab.browser.assert_clean().await?;
    lab.browser.end().await
}
