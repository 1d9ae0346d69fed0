//! The page that explores the catalogue: lists, map, taste.

use crate::lab::{Lab, design};
use anyhow::Context;
use shared::recommend::Condition;
use std::collections::BTreeSet;
use tests::study_bundle::StudyBundle;

/// Titles of a list, in its order.
async fn titles(lab: &Lab, condition: &str) -> anyhow::Result<Vec<String>> {
    let script = format!(
        "return [...document.querySelectorAll(\"[data-condition='{condition}'] [data-action=choose]\")]
             .map((button) => button.textContent)"
    );
    Ok(serde_json::from_value(lab.browser.script(&script).await?)?)
}

async fn click(lab: &Lab, selector: &str) -> anyhow::Result<()> {
    let script = format!("document.querySelector(\"{selector}\").click()");
    lab.browser.script(&script).await?;
    Ok(())
}

async fn open(lab: &Lab) -> anyhow::Result<()> {
    lab.open("mode=explore").await?;
    lab.browser.wait_for("document.querySelector('[data-condition=audio] li')").await?;
    Ok(())
}

/// Finds a song by its title and chooses it.
async fn choose(lab: &Lab, title: &str) -> anyhow::Result<()> {
    let find = format!(
        "const field = document.querySelector('[data-action=find]');
         field.value = '{title}';
         field.dispatchEvent(new Event('input', {{ bubbles: true }}));"
    );
    lab.browser.script(&find).await?;
    let found = "document.querySelector('[data-found] [data-action=choose]')";
    lab.browser.wait_for(&format!("{found}?.textContent === '{title}'")).await?;
    lab.browser.script(&format!("{found}.click()")).await?;
    let taste = "document.querySelector('[data-taste] [data-action=choose]')";
    lab.browser.wait_for(&format!("{taste}?.textContent === '{title}'")).await?;
    Ok(())
}

#[tokio::test]
async fn lists_are_those_of_recommend_and_follow_the_taste() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    open(&lab).await?;
    lab.browser.assert_accessible().await?;
    let bundle = StudyBundle::default();
    let (songs, recommendations) = (bundle.songs(), bundle.recommendations()?);
    let title = |id| songs.song(id).map(|song| song.title.clone()).context("a song of the bundle");
    let anchor = &bundle.pool().tracks()[3].track_id.clone();
    choose(&lab, &title(anchor)?).await?;
    for condition in [Condition::Audio, Condition::Multimodal] {
        let expected = recommendations.of(anchor, condition).iter().take(10);
        let expected: Vec<String> =
            expected.map(|row| title(&row.track_id)).collect::<Result<_, _>>()?;
        let found = titles(&lab, condition.name()).await?;
        assert!(expected.len() >= 3 && found.len() >= expected.len(), "{found:?} {expected:?}");
        assert_eq!(found[..expected.len()], expected);
    }
    // One more liked song leads elsewhere, and taking it back leads back.
    let before = titles(&lab, "audio").await?;
    let last = "[data-condition='audio'] li:last-child";
    click(&lab, &format!("{last} [data-action=like]")).await?;
    lab.browser.wait_for("document.querySelectorAll('[data-taste] li').length === 2").await?;
    let after = titles(&lab, "audio").await?;
    assert_ne!(before, after);
    assert!(!after.contains(before.last().context("a list")?), "a liked song was recommended");
    click(&lab, "[data-taste] li:last-child [data-action=like]").await?;
    lab.browser.wait_for("document.querySelectorAll('[data-taste] li').length === 1").await?;
    assert_eq!(titles(&lab, "audio").await?, before);
    // What is not liked is left out.
    let first = "[data-condition='audio'] li:first-child";
    click(&lab, &format!("{first} [data-action=dislike]")).await?;
    lab.browser.wait_for("document.querySelectorAll('[data-taste] li').length === 2").await?;
    assert!(!titles(&lab, "audio").await?.contains(&before[0]));
    lab.browser.assert_accessible().await?;
    lab.browser.end().await
}

/// Colours on the canvas, as numbers of pixels: the map is painted, and a switch paints another one.
async fn painted(lab: &Lab) -> anyhow::Result<Vec<u64>> {
    let script = "
        const canvas = document.querySelector('.map canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const columns = new Array(16).fill(0);
        for (let at = 3; at < data.length; at += 4) {
            if (data[at] > 0) columns[Math.floor(((at >> 2) % canvas.width) / canvas.width * 16)] += 1;
        }
        return columns;";
    Ok(serde_json::from_value(lab.browser.script(script).await?)?)
}

#[tokio::test]
async fn the_map_is_painted_moved_by_keys_and_told_as_a_table() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    open(&lab).await?;
    let frames = "new Promise((done) => setTimeout(done, 900)).then(() => true)";
    lab.browser.wait_for(frames).await?;
    let first = painted(&lab).await?;
    assert!(first.iter().sum::<u64>() > 500, "{first:?}");
    click(&lab, "[data-map=multimodal]").await?;
    lab.browser.wait_for(frames).await?;
    let second = painted(&lab).await?;
    assert_ne!(first, second, "another table gives another map");
    let key = |name: &str| {
        format!(
            "document.querySelector('.map canvas').dispatchEvent(
                 new KeyboardEvent('keydown', {{ key: '{name}', bubbles: true, cancelable: true }}))"
        )
    };
    for name in ["ArrowRight", "ArrowRight", "+"] {
        lab.browser.script(&key(name)).await?;
    }
    lab.browser.wait_for(frames).await?;
    assert_ne!(painted(&lab).await?, second, "keys move the map");
    lab.browser.script(&key("0")).await?;
    lab.browser.wait_for(frames).await?;
    assert_eq!(painted(&lab).await?, second, "and bring it back");
    click(&lab, "[data-screen=explore] summary").await?;
    let rows = lab.browser.wait_for("document.querySelectorAll('.table-frame tbody tr').length");
    assert_eq!(rows.await?.as_u64(), Some(StudyBundle::default().songs().tracks.len() as u64));
    lab.browser.assert_accessible().await?;
    let names =
        "return [...document.querySelectorAll('tbody tr .link')].map((own) => own.textContent)";
    let names: BTreeSet<String> = serde_json::from_value(lab.browser.script(names).await?)?;
    assert!(names.contains("Song 1"), "{names:?}");
    lab.browser.end().await
}

#[tokio::test]
async fn a_song_plays_and_stops() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    open(&lab).await?;
    let play = "[data-condition='audio'] li:first-child [data-action=play]";
    let label = format!("document.querySelector(\"{play}\").getAttribute('aria-label')");
    lab.browser.page.find(thirtyfour::By::Css(play)).await?.click().await?;
    lab.browser.wait_for(&format!("{label}.startsWith('Stop ')")).await?;
    // The ring fills.
    let ring = format!(
        "parseFloat(document.querySelector(\"{play} .ring-share\").getAttribute('stroke-dasharray')) > 5"
    );
    lab.browser.wait_for(&ring).await?;
    lab.browser.page.find(thirtyfour::By::Css(play)).await?.click().await?;
    lab.browser.wait_for(&format!("{label}.startsWith('Play ')")).await?;
    // A clip that can't be had has its sentence, and the page goes on.
    let gone = "const own = window.fetch;
        window.fetch = (asked, ...more) => String(asked.url ?? asked).endsWith('.mp3')
            ? Promise.reject(new TypeError('gone')) : own.call(window, asked, ...more);";
    lab.browser.script(gone).await?;
    let other = "[data-condition='audio'] li:nth-child(2) [data-action=play]";
    lab.browser.page.find(thirtyfour::By::Css(other)).await?.click().await?;
    lab.browser.wait_for("document.querySelector('[data-screen=explore] [role=alert]')").await?;
    choose(&lab, "Song 1").await?;
    lab.browser.end().await
}
