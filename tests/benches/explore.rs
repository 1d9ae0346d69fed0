//! The map of 20,000 songs while it is dragged and zoomed, and the list of a song, in Chromium.
//!
//! ```sh
//! cargo xtask site && cargo build -p trainer && cargo bench -p tests --bench explore
//! ```
//!
//! `SEGUE_BENCH_SONGS=1000000` takes as many songs: from 100,001 on they are in pages and without a map, the table stays
//! whole.
//!
//! The browser says how many frames there were while the map moved in every other one of them, each painting
//! ended by reading a pixel back; 60 a second is what a screen shows.

use anyhow::Context;
use serde_json::json;
use shared::bundle::{BundleWriter, ManifestParts, Provenance, Song, SongList};
use shared::catalog::{Split, TrackId};
use shared::embedding::{EmbeddingTable, principal_map};
use shared::random::Seed;
use shared::recommend::Recommendations;
use std::collections::BTreeMap;
use tests::browser::{Browser, Options};
use tests::website::Website;

const N_SONGS: usize = 20_000;
/// With more there is no map.
const MOST_ON_MAP: usize = 100_000;
const DIM: usize = 64;
const GENRES: [&str; 4] = ["country", "pop", "rap", "rock"];

/// Drags the map and turns the wheel over it, 120 times each.
const MOVE: &str = "
    const canvas = document.querySelector('figure.map canvas');
    const box = canvas.getBoundingClientRect();
    const at = (kind, x, more) => canvas.dispatchEvent(new (kind === 'wheel' ? WheelEvent : PointerEvent)(kind, {
        bubbles: true, cancelable: true, pointerId: 1, isPrimary: true, buttons: 1,
        clientX: box.x + box.width / 2 + x, clientY: box.y + box.height / 2, ...more,
    }));
    let frames = 0;
    const frame = () => new Promise(requestAnimationFrame).then(() => { frames += 1; });
    canvas.setPointerCapture = () => {};
    const step = async (act) => {
        await frame();
        act();
        // What the event asks for is painted in the frame that follows.
        await frame();
        canvas.getContext('2d').getImageData(0, 0, 1, 1);
    };
    const begun = performance.now();
    at('pointerdown', 0);
    for (let n = 0; n < 120; n += 1) await step(() => at('pointermove', 60 * Math.sin(n / 10)));
    at('pointerup', 0);
    for (let n = 0; n < 120; n += 1) await step(() => at('wheel', 0, { ctrlKey: true, deltaY: n % 40 < 20 ? -40 : 40 }));
    return { frames, millis: performance.now() - begun };";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let n_songs = match std::env::var("SEGUE_BENCH_SONGS") {
        Ok(wanted) => wanted.parse().context("SEGUE_BENCH_SONGS is a number")?,
        Err(_) => N_SONGS,
    };
    let website = Website::bare()?;
    write_bundle(&website, n_songs)?;
    let browser = Browser::start_with(Options { webgpu: true, ..Options::default() }).await?;
    let address = format!("{}?mode=explore", website.server.address);
    for device in ["cpu", "webgpu"] {
        browser.page.goto(format!("{address}&device={device}")).await?;
        let said = "document.querySelector('[data-search-device]')?.textContent.includes(' ms ') \
                    && document.querySelector('[data-search-device]').textContent";
        let said = browser.wait_for(said).await?;
        println!("{n_songs} songs, device={device}: {}", said.as_str().unwrap_or_default());
    }
    if n_songs <= MOST_ON_MAP {
        browser.page.goto(address).await?;
        browser.wait_for("document.querySelector('figure.map canvas')?.width > 300").await?;
        let moved = browser.promise(&format!("(async () => {{ {MOVE} }})()")).await?;
        let number = |name: &str| moved[name].as_f64().context("a number");
        let (frames, millis) = (number("frames")?, number("millis")?);
        println!(
            "map of {n_songs} songs: {:.1} frames a second over {frames} frames",
            frames * 1e3 / millis
        );
    }
    browser.end().await
}

/// Songs around 40 directions, with a table and a map and nothing to be heard.
fn write_bundle(website: &Website, n_songs: usize) -> anyhow::Result<()> {
    let mut stream = Seed(5).stream("bench/explore");
    let mut normal = |deviation| stream.normal(0.0, deviation) as f32;
    let directions: Vec<f32> = (0..40 * DIM).map(|_| normal(1.0)).collect();
    let value = |at: usize| directions[(at / DIM % 40) * DIM + at % DIM];
    let values = (0..n_songs * DIM).map(|at| value(at) + normal(0.5)).collect();
    let songs: Vec<Song> = (0..n_songs).map(song).collect();
    let ids = songs.iter().map(|song| song.track_id.clone()).collect();
    let table = EmbeddingTable::new("audio", DIM, ids, values)?;
    let mut writer = BundleWriter::new(|path: &str, bytes: &[u8]| {
        let path = website.bundle().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
        std::fs::write(path, bytes)
    });
    let songs = SongList { genres: GENRES.map(str::to_owned).to_vec(), tracks: songs };
    writer.catalog(&songs)?;
    writer.embeddings(&table)?;
    match n_songs <= MOST_ON_MAP {
        true => writer.map(&principal_map(&table))?,
        false => writer.song_pages(&songs)?,
    }
    writer.recommendations(&Recommendations::new(Vec::new()))?;
    let (catalog_sha256, data_hash) = (String::new(), String::new());
    let provenance =
        Provenance { catalog_sha256, data_hash, recommend: None, runs: BTreeMap::new() };
    writer.finish(ManifestParts { name: "bench".into(), prepare: json!({}), provenance })?;
    Ok(())
}

fn song(number: usize) -> Song {
    let id = format!("song{number:07}");
    Song {
        track_id: TrackId::parse(&id).expect("letters and digits are an id"),
        title: format!("Song {number}"),
        artist: format!("Artist {}", number / 5),
        artist_key: format!("artist {}", number / 5),
        genre: GENRES[number % 4].to_owned(),
        year: None,
        views: None,
        split: Split::Test,
        language: "en".to_owned(),
        stimulus: format!("{id}.mp3"),
    }
}
