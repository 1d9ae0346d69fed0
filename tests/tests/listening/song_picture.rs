//! What the network hears of a song of the catalogue, through the page.

use crate::faults::wav;
use crate::material::website;
use crate::page::{choose, heard, open};
use serde_json::json;
use thirtyfour::By;

const SECTION: &str = "document.querySelector('[data-song-picture]')";

/// Whether both pictures are painted: more than one colour each.
const PAINTED: &str = "(() => {
        const canvases = document.querySelectorAll('[data-song-picture] .picture canvas');
        const nColours = (canvas) => {
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size;
        };
        return canvases.length === 2 && [...canvases].every((canvas) => nColours(canvas) > 1);
    })()";

#[tokio::test]
async fn the_song_that_leads_is_drawn_heard_and_followed() -> anyhow::Result<()> {
    let website = website();
    let folder = tempfile::tempdir()?;
    let browser = open(&website).await?;
    // Nothing is fetched for it before it is asked for.
    browser.wait_for(SECTION).await?;
    let n_workers = "return performance.getEntriesByType('resource')
        .filter(({ name }) => name.includes('listening')).length";
    assert_eq!(browser.script(n_workers).await?, json!(0));
    browser.page.find(By::Css("[data-action=song-picture]")).await?.click().await?;
    browser.wait_for(PAINTED).await?;
    // The network says what it takes each slice for.
    browser
        .wait_for(&format!("{SECTION}.querySelector('.slice').textContent.includes('%')"))
        .await?;
    let text =
        format!("{SECTION}.querySelector('.hertz + .picture canvas').getAttribute('aria-label')");
    let text = browser.wait_for(&text).await?;
    let text = text.as_str().unwrap_or_default();
    assert!(
        text.contains("Mel spectrogram from 0 to") && text.contains("of the excerpt"),
        "{text}"
    );
    browser.assert_accessible().await?;
    // Its sound moves the cursor, from here and from a list.
    browser.page.find(By::Css("[data-action=excerpt-play]")).await?.click().await?;
    browser.wait_for(&format!("{SECTION}.querySelector('.cursor')")).await?;
    // Another song that leads is drawn in its place.
    let title = format!("{SECTION}.querySelector('h2').textContent");
    let first = browser.wait_for(&title).await?;
    browser
        .script("document.querySelector(\"[data-condition='audio'] [data-action=choose]\").click()")
        .await?;
    browser.wait_for(&format!("{title} !== {first} && {PAINTED}")).await?;
    // A song of one's own leads by itself.
    let tone: Vec<i16> = (0..66_150).map(|at| ((at % 100) * 200 - 10_000) as i16).collect();
    choose(&browser, folder.path(), "tone.wav", &wav(&tone)).await?;
    heard(&browser).await?;
    browser.wait_for(&format!("!{SECTION}")).await?;
    browser.assert_clean().await?;
    browser.end().await
}
