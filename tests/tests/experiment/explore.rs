//! The page that explores the catalogue: lists, map, taste.

use crate::lab::{Lab, design};
use anyhow::Context;
use shared::bundle::{FileRole, MediaKind};
use shared::catalog::{Split, TrackId};
use shared::embedding::{EmbeddingTable, ValueFormat};
use shared::recommend::Condition;
use std::collections::BTreeSet;
use tests::browser::{Browser, Options};
use tests::study_bundle::{self, StudyBundle};
use tests::website::Website;

/// Titles of a list, in its order, once it is known.
pub(crate) async fn titles(lab: &Lab, condition: &str) -> anyhow::Result<Vec<String>> {
    lab.browser
        .wait_for("document.querySelector('[data-screen=explore] [aria-busy=false]')")
        .await?;
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

pub(crate) async fn open(lab: &Lab) -> anyhow::Result<()> {
    lab.open("mode=explore").await?;
    lab.browser.wait_for("document.querySelector('[data-condition=audio] li')").await?;
    Ok(())
}

/// Finds a song by its title and chooses it.
pub(crate) async fn choose(lab: &Lab, title: &str) -> anyhow::Result<()> {
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
    assert_overlap_is_marked(&lab).await?;
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

/// Songs that stand in more than one list say so, and no others.
async fn assert_overlap_is_marked(lab: &Lab) -> anyhow::Result<()> {
    let mut lists = Vec::new();
    for condition in ["audio", "multimodal"] {
        lists.push(titles(lab, condition).await?);
    }
    let [one, other] = [&lists[0], &lists[1]].map(|list| list.iter().collect::<BTreeSet<_>>());
    let in_both: BTreeSet<_> = one.intersection(&other).collect();
    assert!(!in_both.is_empty() && in_both.len() < lists[0].len(), "{lists:?} tell nothing apart");
    for (condition, list) in ["audio", "multimodal"].into_iter().zip(&lists) {
        let marks = format!(
            "return [...document.querySelectorAll(\"[data-condition='{condition}'] li\")]
                 .map((row) => /also by|in every list/.test(row.textContent))"
        );
        let marked: Vec<bool> = serde_json::from_value(lab.browser.script(&marks).await?)?;
        let expected: Vec<bool> = list.iter().map(|title| in_both.contains(&title)).collect();
        assert_eq!(marked, expected, "{condition}");
    }
    Ok(())
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
    // Left alone it ends by itself, and the next press plays it again.
    for _ in 0..2 {
        lab.browser.page.find(thirtyfour::By::Css(play)).await?.click().await?;
        lab.browser.wait_for(&format!("{label}.startsWith('Stop ')")).await?;
        lab.browser.wait_for(&format!("{label}.startsWith('Play ')")).await?;
    }
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

/// Whoever presses a button of a list by keyboard is at the same place of it when the list has changed.
#[tokio::test]
async fn the_focus_stays_where_a_list_changes() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    open(&lab).await?;
    let row = "[data-condition=audio] li:nth-child(2)";
    for action in ["like", "dislike", "choose"] {
        let before = titles(&lab, "audio").await?;
        let focus = format!("document.querySelector('{row} [data-action={action}]').focus()");
        lab.browser.script(&focus).await?;
        lab.browser.press(thirtyfour::Key::Enter).await?;
        let changed = format!(
            "document.querySelector('{row} [data-action=choose]')?.textContent !== {}",
            serde_json::to_string(&before[1])?
        );
        lab.browser.wait_for(&changed).await?;
        let is_there = format!(
            "document.activeElement === document.querySelector('{row} [data-action={action}]')"
        );
        lab.browser.wait_for(&is_there).await?;
    }
    // A press beside all lists leaves them.
    lab.browser.page.find(thirtyfour::By::Css("h1")).await?.click().await?;
    choose(&lab, "Song 2").await?;
    titles(&lab, "audio").await?;
    let focused = "return document.activeElement.closest('.songs') === null";
    assert_eq!(lab.browser.script(focused).await?, true);
    lab.browser.end().await
}

/// Addresses in the bundle that the page fetched.
async fn fetched(lab: &Lab) -> anyhow::Result<BTreeSet<String>> {
    let script = "return performance.getEntriesByType('resource')
        .map((entry) => entry.name.split('/bundle/')[1]).filter(Boolean)";
    Ok(serde_json::from_value(lab.browser.script(script).await?)?)
}

/// A website whose songs are in pages and whose tables are in parts.
fn large(n_test_per_genre: usize) -> anyhow::Result<(StudyBundle, Website)> {
    let few = StudyBundle::default();
    let bundle = StudyBundle { n_test_per_genre, clip_millis: 100, is_large: true, ..few };
    let website = Website::with_study_of(&bundle, &design(1).to_json())?;
    Ok((bundle, website))
}

#[tokio::test]
async fn many_songs_are_fetched_in_pages() -> anyhow::Result<()> {
    let (bundle, website) = large(119)?;
    let browser = Browser::start().await?;
    let lab = Lab { website, browser };
    open(&lab).await?;
    let (songs, recommendations) = (bundle.songs(), bundle.recommendations()?);
    assert_eq!(songs.tracks.len(), 480);
    // A song of the last page, which nothing that stands there at first is in.
    let anchor = songs.tracks.iter().rfind(|song| song.split == Split::Test).context("a song")?;
    choose(&lab, &anchor.title).await?;
    for condition in [Condition::Audio, Condition::Multimodal, Condition::Lyrics] {
        let expected = recommendations.of(&anchor.track_id, condition).iter();
        let title = |id| songs.song(id).map(|song| song.title.clone());
        let expected: BTreeSet<String> = expected.filter_map(|row| title(&row.track_id)).collect();
        let is_whole = format!(
            "document.querySelectorAll('[data-condition={condition}] li[data-track]').length === 10"
        );
        lab.browser.wait_for(&is_whole).await?;
        let found = titles(&lab, condition.name()).await?;
        // 8 bits may change places at the end of a list.
        let n_same = found.iter().filter(|title| expected.contains(*title)).count();
        assert!(n_same >= 9 && found.len() == 10, "{condition}: {found:?}, not {expected:?}");
    }
    let files = fetched(&lab).await?;
    let whole = ["catalog.json", "recommendations.csv", "embeddings/audio.safetensors"];
    assert!(whole.iter().all(|file| !files.contains(*file)), "{files:?}");
    for needed in ["songs/index.json", "songs/words/0000.json", "songs/pages/0004.json"] {
        assert!(files.contains(needed), "{needed}: {files:?}");
    }
    // The table of the map shows 400 songs at once, whose pages come for it.
    click(&lab, "[data-screen=explore] summary").await?;
    let rows = "document.querySelectorAll('.table-frame tbody tr').length";
    lab.browser.wait_for(&format!("{rows} === 400")).await?;
    lab.browser.assert_accessible().await?;
    click(&lab, "[data-action=rows-after]").await?;
    lab.browser.wait_for(&format!("{rows} === 80")).await?;
    lab.browser.text_with("Songs 401 to 480 of 480").await?;
    let last = songs.tracks.last().context("a song")?.title.clone();
    let names = "[...document.querySelectorAll('tbody tr .link')].map((own) => own.textContent)";
    let names = lab.browser.script(&format!("return {names}")).await?.to_string();
    assert!(names.contains(&format!("\"{last}\"")), "{names}");
    click(&lab, "[data-action=rows-before]").await?;
    lab.browser.wait_for(&format!("{rows} === 400")).await?;
    lab.browser.end().await
}

#[tokio::test]
async fn a_page_of_songs_that_fails_is_tried_again() -> anyhow::Result<()> {
    let (_, website) = large(34)?;
    let gone = "const own = window.fetch;
        window.isCut = true;
        window.fetch = (asked, ...more) => window.isCut && String(asked.url ?? asked).includes('songs/pages/')
            ? Promise.reject(new TypeError('gone')) : own.call(window, asked, ...more);";
    let browser = Browser::start_with(Options::default().before_load(gone)).await?;
    let lab = Lab { website, browser };
    lab.open("mode=explore").await?;
    let alert = "document.querySelector('[data-screen=explore] [role=alert]')?.textContent";
    let text = lab.browser.wait_for(alert).await?;
    assert!(text.as_str().is_some_and(|text| text.contains("songs/pages/")), "{text}");
    lab.browser.script("window.isCut = false").await?;
    click(&lab, "[role=alert] button").await?;
    lab.browser.wait_for("document.querySelectorAll('[data-condition=audio] [data-action=choose]').length === 10").await?;
    assert_eq!(
        lab.browser.script(&format!("return {alert} ?? null")).await?,
        serde_json::Value::Null
    );
    lab.browser.end().await
}

#[tokio::test]
async fn a_part_of_a_table_that_fails_is_tried_again() -> anyhow::Result<()> {
    let (_, website) = large(34)?;
    let gone = "const own = window.fetch;
        window.isCut = true;
        window.fetch = (asked, ...more) => window.isCut && /embeddings\\/audio\\/\\d/.test(asked.url ?? asked)
            ? Promise.reject(new TypeError('gone')) : own.call(window, asked, ...more);";
    let browser = Browser::start_with(Options::default().before_load(gone)).await?;
    let lab = Lab { website, browser };
    lab.open("mode=explore").await?;
    lab.browser.wait_for("document.querySelector('[data-action=search-again]')").await?;
    lab.browser.text_with("embeddings/audio/").await?;
    lab.browser.assert_accessible().await?;
    lab.browser.script("window.isCut = false").await?;
    click(&lab, "[data-action=search-again]").await?;
    lab.browser.wait_for("document.querySelectorAll('[data-condition=audio] [data-action=choose]').length === 10").await?;
    lab.browser.wait_for("!document.querySelector('[data-action=search-again]')").await?;
    lab.browser.end().await
}

/// A part with other bytes than the manifest says is told once and not fetched again and again; the other lists stay.
#[tokio::test]
async fn a_part_of_a_table_that_was_changed_is_told() -> anyhow::Result<()> {
    let (_, website) = large(34)?;
    let parts = website.bundle().join("embeddings/audio");
    let mut rights = Vec::new();
    for file in std::fs::read_dir(&parts)? {
        let path = file?.path();
        if path.ends_with("index.safetensors") {
            continue;
        }
        let right = std::fs::read(&path)?;
        let mut changed = right.clone();
        changed.reverse();
        std::fs::write(&path, changed)?;
        rights.push((path, right));
    }
    let lab = Lab { website, browser: Browser::start().await? };
    lab.open("mode=explore").await?;
    lab.browser.wait_for("document.querySelector('[data-action=search-again]')").await?;
    lab.browser.text_with("embeddings/audio/").await?;
    lab.browser.text_with("was changed").await?;
    assert!(!titles(&lab, "lyrics").await?.is_empty() && titles(&lab, "audio").await?.is_empty());
    let n_fetched = "performance.getEntriesByType('resource').length";
    let before = lab.browser.script(&format!("return {n_fetched}")).await?;
    lab.browser.wait_for("new Promise((done) => setTimeout(done, 900)).then(() => true)").await?;
    assert_eq!(lab.browser.script(&format!("return {n_fetched}")).await?, before);
    for (path, right) in rights {
        std::fs::write(path, right)?;
    }
    click(&lab, "[data-action=search-again]").await?;
    lab.browser.wait_for("document.querySelectorAll('[data-condition=audio] [data-action=choose]').length === 10").await?;
    lab.browser.wait_for("!document.querySelector('[data-action=search-again]')").await?;
    lab.browser.end().await
}

#[tokio::test]
async fn a_table_of_other_songs_is_no_catalogue() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    let file = "embeddings/audio.safetensors";
    let n_songs = StudyBundle::default().songs().tracks.len();
    let ids = (0..n_songs).map(|at| TrackId::from_parts(&["other", &at.to_string()]));
    let other = EmbeddingTable::new("audio", 1, ids.collect(), vec![1.0; n_songs])?;
    lab.website.replace(file, &other.to_safetensors(ValueFormat::F16)?)?;
    let kind = (FileRole::Embeddings, MediaKind::Bytes);
    study_bundle::record(&lab.website.bundle(), file, kind)?;
    lab.open("mode=explore").await?;
    let notice = "document.querySelector('[data-screen=explore] [role=alert]')?.textContent";
    let text = lab.browser.wait_for(notice).await?;
    let text = text.as_str().context("a text")?;
    assert!(text.contains(file) && text.contains("other songs"), "{text}");
    lab.browser.end().await
}
