//! A song of one's own, through the page as a listener uses it.

use crate::faults::{PICTURE, wav, wav_header};
use crate::material::{FORMATS, LYRICS, catalog, embeddings_of_formats, id_of, sound, website};
use anyhow::Context;
use shared::bundle::{FileRole, MediaKind, map_file};
use shared::catalog::Split;
use shared::embedding::{EmbeddingTable, MapProjection};
use shared::recommend::NearestIndex;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use tests::browser::{Browser, Options, Page, inject};
use tests::demo::short_demo;
use tests::study_bundle::record;
use tests::website::Website;
use thirtyfour::By;

/// The page with the song's section.
pub(crate) async fn open(website: &Website) -> anyhow::Result<Browser> {
    open_with(website, Options::default()).await
}

/// The same in a browser with these options.
async fn open_with(website: &Website, options: Options) -> anyhow::Result<Browser> {
    let browser = Browser::start_with(options).await?;
    browser.page.goto(format!("{}?mode=explore", website.server.address)).await?;
    browser.wait_for("document.querySelector('[data-action=own-file]')").await?;
    Ok(browser)
}

/// Chooses a file with these bytes.
pub(crate) async fn choose(
    page: &Page,
    folder: &Path,
    name: &str,
    bytes: &[u8],
) -> anyhow::Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, bytes)?;
    choose_file(page, "own-file", &path).await
}

/// Gives a file to the input of this name.
pub(crate) async fn choose_file(page: &Page, action: &str, path: &Path) -> anyhow::Result<()> {
    let input = page.find(By::Css(format!("[data-action={action}]"))).await?;
    Ok(input.send_keys(path.to_str().context("a path is text")?).await?)
}

/// Waits until the song was heard.
pub(crate) async fn heard(page: &Page) -> anyhow::Result<()> {
    page.wait_for("document.querySelector('[data-own] [data-genres]')").await.map(drop)
}

/// What the page says of a song that can't be used.
async fn alert(browser: &Browser) -> anyhow::Result<String> {
    let text = browser.wait_for("document.querySelector('[data-own] [role=alert]')?.textContent");
    Ok(text.await?.as_str().unwrap_or_default().to_owned())
}

/// Titles of a list, once it is known.
pub(crate) async fn titles(page: &Page, condition: &str) -> anyhow::Result<Vec<String>> {
    page.wait_for("document.querySelector('[data-screen=explore] [aria-busy=false]')").await?;
    let script = format!(
        "return [...document.querySelectorAll(\"[data-condition='{condition}'] [data-action=choose]\")]
             .map((button) => button.textContent)"
    );
    Ok(serde_json::from_value(page.script(&script).await?)?)
}

/// Titles of the ten test songs nearest to the song of a file, by the trainer's own tables.
pub(crate) fn expected(
    network: &str,
    of_formats: &[EmbeddingTable],
    file: &str,
) -> anyhow::Result<Vec<String>> {
    let bytes = std::fs::read(short_demo().join(format!("embeddings/{network}.safetensors")))?;
    let table = EmbeddingTable::from_safetensors(&bytes)?;
    let catalog = catalog();
    let mut songs: Vec<_> = catalog.split(Split::Test).collect();
    songs.sort_by(|a, b| a.track_id.cmp(&b.track_id));
    let rows = songs.iter().filter_map(|song| table.row(&song.track_id));
    let index = NearestIndex::of_rows(table.dim(), rows);
    let own = of_formats.iter().find(|own| own.name() == network).context("a network")?;
    let found = index.top_k(own.row(&id_of(file)).context("a song")?, 10, |_| true);
    Ok(found.iter().map(|near| songs[near.position].title.clone()).collect())
}

#[tokio::test]
async fn a_song_is_heard_drawn_read_and_compared() -> anyhow::Result<()> {
    let (website, tables) = (website(), embeddings_of_formats());
    let folder = tempfile::tempdir()?;
    let browser = open(&website).await?;
    choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
    heard(&browser).await?;
    assert_eq!(titles(&browser, "audio").await?, expected("audio", &tables, FORMATS[0])?);
    assert!(titles(&browser, "multimodal").await?.is_empty(), "nothing was read yet");
    assert_is_on_the_map(&browser, &tables, FORMATS[0]).await?;
    browser.text_with("Without lyrics only the network that hears").await?;
    browser.text_with("What reads is fetched when it is needed: ").await?;
    // The pictures are painted: more than one colour each.
    for at in [0, 1] {
        let colours = format!(
            "const canvas = document.querySelectorAll('.picture canvas')[{at}];
             const {{ data }} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
             return new Set(new Uint32Array(data.buffer)).size"
        );
        let painted = browser.script(&colours).await?;
        assert!(painted.as_u64().is_some_and(|n_colours| n_colours > 1), "picture {at}");
    }
    browser.assert_accessible().await?;
    give_lyrics(&browser).await?;
    for network in ["audio", "multimodal", "lyrics"] {
        assert_eq!(titles(&browser, network).await?, expected(network, &tables, FORMATS[0])?);
    }
    browser.page.find(By::Css("[data-own] [data-action=clip-play]")).await?.click().await?;
    browser.wait_for("document.querySelector('.cursor')").await?;
    // A song of the catalogue takes its place.
    browser
        .script("document.querySelector(\"[data-condition='audio'] [data-action=choose]\").click()")
        .await?;
    browser.wait_for("!document.querySelector('[data-own] [data-genres]')").await?;
    browser.wait_for("!document.querySelector('.map .own-ring')").await?;
    browser.assert_clean().await?;
    browser.end().await
}

/// The song is marked on the map, and stands first in the table of it, at the place of the trainer's embedding.
async fn assert_is_on_the_map(
    browser: &Browser,
    of_formats: &[EmbeddingTable],
    file: &str,
) -> anyhow::Result<()> {
    let map = std::fs::read(short_demo().join("bundle").join(map_file("audio")))?;
    let map = EmbeddingTable::from_safetensors(&map)?;
    let projection = MapProjection::of(&map)?.context("made by this version")?;
    let own = of_formats.iter().find(|own| own.name() == "audio").context("a network")?;
    let vector = own.row(&id_of(file)).context("a song")?;
    let expected = projection.place(vector).context("as long as the others")?;
    let label = "document.querySelector('.map canvas').ariaLabel.includes('the double ring')";
    browser.wait_for(label).await?;
    browser.wait_for("document.querySelector('.map .own-ring')").await?;
    browser.script("document.querySelector('.map ~ details summary').click()").await?;
    let row = "[...(document.querySelector('.map ~ details tbody tr')?.cells ?? [])]
                   .map((cell) => cell.textContent)";
    let row = browser.wait_for(&format!("(({row}).includes('you') ? {row} : null)")).await?;
    let row: Vec<String> = serde_json::from_value(row)?;
    for (text, expected) in row[3..].iter().zip(expected) {
        let shown: f32 = text.replace('−', "-").parse()?;
        assert!((shown - expected).abs() < 1e-3, "{row:?} in place of {expected}");
    }
    Ok(())
}

/// Writes lyrics into their field.
pub(crate) async fn write_lyrics(page: &Page, lyrics: &str) -> anyhow::Result<()> {
    let field = format!(
        "const own = document.querySelector('[data-action=own-lyrics]');
         own.value = {};
         own.dispatchEvent(new Event('input', {{ bubbles: true }}));",
        serde_json::to_string(lyrics)?
    );
    page.script(&field).await.map(drop)
}

/// Writes lyrics into their field and has them read.
pub(crate) async fn give_lyrics(page: &Page) -> anyhow::Result<()> {
    write_lyrics(page, LYRICS).await?;
    page.find(By::Css("[data-action=own-read]")).await?.click().await?;
    page.wait_for("document.querySelector(\"[data-condition='lyrics'] li\")").await.map(drop)
}

/// More than a browser's memory would take: what the clip does not need is not read.
#[tokio::test]
async fn a_file_of_two_gigabytes_is_heard_like_any_other() -> anyhow::Result<()> {
    const N_BYTES: u32 = 2_100_000_000;
    const CLIP_BEGINS: u64 = 44 + 70 * 22_050 * 2;
    let website = website();
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("long.wav");
    let mut file = std::fs::File::create(&path)?;
    file.write_all(&wav_header(N_BYTES))?;
    file.seek(SeekFrom::Start(CLIP_BEGINS))?;
    let tone: Vec<i16> = (0..30 * 22_050).map(|at| ((at % 100) * 200 - 10_000) as i16).collect();
    file.write_all(&wav(&tone)[44..])?;
    // The rest is silence, which the disk does not keep.
    file.set_len(44 + u64::from(N_BYTES))?;
    let browser = open(&website).await?;
    choose_file(&browser, "own-file", &path).await?;
    heard(&browser).await?;
    let latest = "document.querySelector('[data-action=own-start]').max";
    let latest = browser.wait_for(latest).await?;
    assert_eq!(latest.as_str(), Some("47589.04761904762"), "the song is 13 hours long");
    browser.assert_clean().await?;
    browser.end().await
}

/// Gives the network that hears other weights, with a manifest that agrees.
fn put_weights(website: &Website, bytes: &[u8]) -> anyhow::Result<()> {
    const WEIGHTS: &str = "models/audio/model.bpk";
    website.replace(WEIGHTS, bytes)?;
    record(&website.bundle(), WEIGHTS, (FileRole::ModelWeights, MediaKind::Bytes))
}

#[tokio::test]
async fn each_fault_has_its_sentence_on_the_page_and_the_page_goes_on() -> anyhow::Result<()> {
    let website = website();
    let folder = tempfile::tempdir()?;
    let browser = open(&website).await?;
    let aac = sound("song_aac.m4a");
    let right = std::fs::read(website.bundle().join("models/audio/model.bpk"))?;
    let others = std::fs::read(website.bundle().join("models/lyrics/model.bpk"))?;
    put_weights(&website, &others)?;
    choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
    let said = alert(&browser).await?;
    assert!(said.contains("The network 'audio' can't be used: the weights do not fit"), "{said}");
    // The page goes on: a song of the catalogue leads to others.
    let before = titles(&browser, "audio").await?;
    let choose_first =
        "document.querySelector(\"[data-condition='audio'] [data-action=choose]\").click()";
    browser.script(choose_first).await?;
    browser.wait_for("!document.querySelector('[data-own] [role=alert]')").await?;
    assert_ne!(titles(&browser, "audio").await?, before);
    put_weights(&website, &right)?;
    browser.page.refresh().await?;
    browser.wait_for("document.querySelector('[data-action=own-file]')").await?;
    for (name, bytes, wanted) in [
        ("text.mp3", &b"These are words, and no song at all.\n".repeat(40)[..], "not mp3, flac"),
        ("cut.m4a", &aac[..aac.len() / 2], "missing moov atom"),
        ("silence.wav", &wav(&[0; 66_150]), "The clip is silent"),
        ("picture.mp4", PICTURE, "no sound that can be decoded"),
        ("empty.mp3", &[], "The file is empty"),
    ] {
        choose(&browser, folder.path(), name, bytes).await?;
        let wait = format!(
            "document.querySelector('[data-own] [role=alert]')?.textContent.includes(\"{wanted}\")"
        );
        browser.wait_for(&wait).await?;
        choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
        heard(&browser).await?;
    }
    browser.end().await
}

/// The text of the spectrogram, which says where the clip lies.
pub(crate) const CLIP: &str =
    "document.querySelector('[data-own] .hertz + .picture canvas')?.getAttribute('aria-label')";

#[tokio::test]
async fn the_whole_song_is_drawn_and_the_clip_moved_on_it() -> anyhow::Result<()> {
    let website = website();
    let folder = tempfile::tempdir()?;
    let recorded = Options::default().before_load(inject::RECORD_PLAYS);
    let browser = open_with(&website, recorded).await?;
    // Quiet but for the last of three parts.
    let rate = 22_050;
    let loudness = |at: usize| if at < 60 * rate { 300 } else { 20_000 };
    let sample = |at: usize| loudness(at) * [1, -1][at / 20 % 2];
    let song: Vec<i16> = (0..90 * rate).map(sample).collect();
    choose(&browser, folder.path(), "long.wav", &wav(&song)).await?;
    browser
        .wait_for(
            "document.querySelector('[data-whole-song]')?.textContent.includes('drag the clip')",
        )
        .await?;
    // Only what is loud reaches into the upper quarter.
    let drawn = "const canvas = document.querySelector('[data-whole-song] canvas');
         const painted = (from, to) => {
             const [left, right] = [from, to].map((share) => Math.round(share * canvas.width));
             const { data } = canvas.getContext('2d').getImageData(left, 0, right - left, canvas.height / 4);
             return new Uint32Array(data.buffer).some((pixel) => pixel !== 0);
         };
         return [painted(0, 0.6), painted(0.7, 1)]";
    assert_eq!(browser.script(drawn).await?, serde_json::json!([false, true]));
    browser.assert_accessible().await?;
    let before = browser.wait_for(CLIP).await?;
    let picture = browser.page.find(By::Css("[data-whole-song] .picture")).await?;
    let width = browser
        .script("return document.querySelector('[data-whole-song] .picture').getBoundingClientRect().width")
        .await?;
    let right = (width.as_f64().context("a width")? * 0.4) as i64;
    browser
        .page
        .action_chain()
        .move_to_element_center(&picture)
        .click_and_hold()
        .move_by_offset(right, 0)
        .release()
        .perform()
        .await?;
    browser.wait_for(&format!("{CLIP} !== {before} && {CLIP}")).await?;
    heard(&browser).await?;
    let after = browser.wait_for(CLIP).await?;
    let start = |text: &serde_json::Value| -> Option<f64> {
        text.as_str()?.strip_prefix("Mel spectrogram from ")?.split(' ').next()?.parse().ok()
    };
    let slider =
        browser.script("return +document.querySelector('[data-action=own-start]').value").await?;
    assert!(start(&after).context("a start")? > 40.0, "{after}");
    assert_eq!(start(&after), slider.as_f64(), "the slider says otherwise");
    // What is taken away is heard no longer.
    browser.page.find(By::Css("[data-own] [data-action=clip-play]")).await?.click().await?;
    browser.wait_for("document.querySelector('.cursor')").await?;
    browser.page.find(By::Css("[data-action=own-clear]")).await?.click().await?;
    browser
        .wait_for("seguePlays.list.length > 0 && seguePlays.list.every((own) => own.ended_millis)")
        .await?;
    let plays = browser.plays().await?;
    assert!(plays.iter().all(|own| own.sounded_secs.is_some_and(|secs| secs < 25.0)), "{plays:?}");
    browser.assert_clean().await?;
    browser.end().await
}

/// Lyrics go with their song, even where its last clip could not be used; and that leaves the clip before on the page.
#[tokio::test]
async fn lyrics_of_a_song_with_a_silent_part_are_not_read_with_the_next() -> anyhow::Result<()> {
    let website = website();
    let folder = tempfile::tempdir()?;
    let browser = open(&website).await?;
    // Silent but for the middle, which is heard first.
    let rate = 22_050;
    let sample = |at: usize| if (40 * rate..75 * rate).contains(&at) { 9_000 } else { 0 };
    let song: Vec<i16> = (0..100 * rate).map(|at| sample(at) * [1, -1][at / 20 % 2]).collect();
    choose(&browser, folder.path(), "in-part.wav", &wav(&song)).await?;
    heard(&browser).await?;
    give_lyrics(&browser).await?;
    assert!(!titles(&browser, "multimodal").await?.is_empty());
    let start = "document.querySelector('[data-action=own-start]')";
    let before = browser.script(&format!("return {start}.value")).await?;
    browser
        .script(&format!(
            "{start}.value = 0;
             for (const own of ['input', 'change']) {start}.dispatchEvent(new Event(own))"
        ))
        .await?;
    assert!(alert(&browser).await?.contains("silent"));
    browser
        .wait_for(&format!("{start}.value === '{}'", before.as_str().unwrap_or_default()))
        .await?;
    choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
    browser
        .wait_for(&format!(
            "document.querySelector('.file-name')?.textContent.startsWith('{}')",
            FORMATS[0]
        ))
        .await?;
    heard(&browser).await?;
    let field = "return document.querySelector('[data-action=own-lyrics]').value";
    assert_eq!(browser.script(field).await?.as_str(), Some(""));
    // They would be read once it is heard: what was read before takes part of a second.
    browser.wait_for("new Promise((done) => setTimeout(done, 3000)).then(() => true)").await?;
    assert!(titles(&browser, "multimodal").await?.is_empty(), "the lyrics of another song");
    browser.end().await
}

/// Lyrics that are not read whole, and lyrics of which the networks know no word.
#[tokio::test]
async fn what_the_networks_miss_of_the_lyrics_is_said() -> anyhow::Result<()> {
    let website = website();
    let browser = open(&website).await?;
    let notes = "document.querySelector('[data-tokens]').textContent";
    for (lyrics, wanted) in [
        (
            format!("{LYRICS}\n").repeat(1_000_000 / LYRICS.len()),
            r"/^The first \d+ of \d+,\d{3} tokens were read\.$/",
        ),
        ("Танцуй со мной под неоном".to_owned(), r"/^100 % of the tokens .* means little\.$/"),
    ] {
        write_lyrics(&browser, &lyrics).await?;
        browser.page.find(By::Css("[data-action=own-read]")).await?.click().await?;
        browser.wait_for(&format!("{wanted}.test({notes})")).await?;
        browser.wait_for("!document.querySelector('[data-own] .loading')").await?;
    }
    browser.assert_accessible().await?;
    give_lyrics(&browser).await?;
    browser.wait_for(&format!("{notes} === ''")).await?;
    browser.assert_clean().await?;
    browser.end().await
}
