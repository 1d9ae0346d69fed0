//! The numbers are the trainer's.

use crate::faults::wav;
use crate::material::{
    FORMATS, LYRICS, NETWORKS, catalog, embeddings_of_formats, exported, id_of, sound, website,
};
use crate::workers::{Told, Workers};
use serde_json::json;
use shared::catalog::{Catalog, Split};
use shared::embedding::{EmbeddingTable, cosine_similarity};
use shared::recommend::{Condition, Pool, PoolTrack, Recommendations, Recommender, SameArtist};
use tests::browser::Options;
use tests::demo::short_demo;

/// The most that a value may be off: the browser's SIMD adds up in another order.
const TOLERANCE: f32 = 1e-4;

/// The same for a graphics processor, which adds up in many orders.
const GRAPHICS_TOLERANCE: f32 = 1e-3;

fn assert_equal(name: &str, found: &[f32], expected: &[f32]) {
    assert_within(TOLERANCE, name, found, expected);
}

fn assert_within(tolerance: f32, name: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    let largest = expected.iter().copied().fold(0.0, f32::max);
    println!("{name}: off by {off:.1e} at most, the largest value is {largest:.2}");
    assert!(off <= tolerance, "{name}: off by {off}");
    assert!(largest > 0.0, "{name}: an embedding of zeros shows nothing");
}

/// Compares what a task came to with the row of its network's table.
fn assert_said(told: &Told, file: &str, tables: &[EmbeddingTable]) {
    for (network, embedding, slices) in told.said() {
        let table = tables.iter().find(|table| table.name() == network).unwrap();
        assert_equal(&format!("{file}, {network}"), &embedding, table.row(&id_of(file)).unwrap());
        let expected = table.slice_rows(&id_of(file)).unwrap();
        assert_equal(&format!("{file}, {network}, slices"), &slices, expected);
    }
}

#[tokio::test]
async fn songs_and_lyrics_have_the_trainers_embeddings_in_every_format() -> anyhow::Result<()> {
    let (tables, website) = (embeddings_of_formats(), website());
    let workers = Workers::start(&website, "listening").await?;
    workers.and("reading").await?;
    assert_eq!(workers.take_network("audio").await?.of("Ready")["names"], json!(["audio"]));
    let networks = workers.take_networks("reading", &NETWORKS[1..]).await?;
    assert_eq!(networks.of("Ready")["names"], json!(NETWORKS[1..]));
    for file in FORMATS {
        let told = workers.hear(file, &sound(file)).await?;
        assert_eq!(told.stages(), ["File", "Decode", "Spectrogram", "Network"]);
        assert_said(&told, file, &tables);
        let sound = &told.of("Sound")["sound"];
        let [n_slices, n_mels, n_frames] = [0, 1, 2].map(|at| sound["slices_shape"][at].clone());
        let shown = &sound["mel"]["n_frames"];
        assert_eq!([n_slices, n_mels, n_frames], [1, 128, 128], "{sound}");
        let n_values = 128 * shown.as_u64().unwrap();
        let sizes = told.sizes("Sound");
        assert_eq!((sizes[0], sizes[2]), (100 * 2 * 4, n_values * 4), "{sound}");

        let told = workers.read(LYRICS, Some(&sound["slices_shape"])).await?;
        assert_eq!(told.said().len(), 2, "both networks have an answer");
        assert_said(&told, file, &tables);
    }
    let alone = workers.read(LYRICS, None).await?.said();
    assert_eq!(alone.len(), 1, "without a song only the lyrics network has an answer");
    assert_eq!(alone[0].0, "lyrics");
    workers.end().await
}

/// A tone that rises, this many seconds of it: every slice is another.
fn rising(n_secs: usize) -> Vec<i16> {
    let rate_hz = 22_050;
    let secs = (0..n_secs * rate_hz).map(|at| at as f64 / rate_hz as f64);
    let sample = |secs: f64| (secs * (100.0 + 150.0 * secs) * std::f64::consts::TAU).sin();
    secs.map(|secs| (sample(secs) * 20_000.0) as i16).collect()
}

/// WebGPU, computed in software: slow, and the same program as on a graphics processor.
#[tokio::test]
async fn a_graphics_processor_has_the_trainers_embeddings_too() -> anyhow::Result<()> {
    let (tables, website) = (embeddings_of_formats(), website());
    let options = Options { webgpu: true, ..Options::default() };
    let workers = Workers::open_with(&website, options).await?;
    for worker in ["listening", "reading", "graphics"] {
        workers.and(worker).await?;
    }
    assert_eq!(workers.take_network("audio").await?.of("Ready")["names"], json!(["audio"]));
    for (worker, networks) in [("reading", &NETWORKS[1..]), ("graphics", &NETWORKS)] {
        let taken = workers.take_networks(worker, networks).await?;
        assert_eq!(taken.of("Ready")["names"], json!(networks));
    }
    let hears_only = json!({"network": "audio", "windows": []});
    for file in FORMATS {
        let heard = workers.hear(file, &sound(file)).await?;
        let shape = heard.of("Sound")["sound"]["slices_shape"].clone();
        // What reads is prepared and left to the graphics processor.
        let read = workers.read_times(0, LYRICS, Some(&shape)).await?;
        assert_eq!(read.stages(), ["Tokens"]);
        assert!(read.said().is_empty());
        let mut networks = read.of("Tokens")["tokens"].as_array().unwrap().clone();
        networks.push(hears_only.clone());
        let told = workers.run_on_graphics(Some(&shape), &json!(networks)).await?;
        assert_eq!(told.stages(), ["Network"]);
        let said = told.said();
        assert_eq!(said.len(), NETWORKS.len());
        for (network, embedding, slices) in said {
            let table = tables.iter().find(|table| table.name() == network).unwrap();
            let name = format!("{file}, {network}, graphics");
            let expected = table.row(&id_of(file)).unwrap();
            assert_within(GRAPHICS_TOLERANCE, &name, &embedding, expected);
            let expected = table.slice_rows(&id_of(file)).unwrap();
            assert_within(GRAPHICS_TOLERANCE, &name, &slices, expected);
        }
        let audio = tables.iter().find(|table| table.name() == "audio").unwrap();
        let on_processor = workers.run(&shape).await?.said().remove(0);
        assert_equal(file, &on_processor.1, audio.row(&id_of(file)).unwrap());
    }

    // Several slices at once, against the processor.
    let heard = workers.hear("rising.wav", &wav(&rising(13))).await?;
    let shape = heard.of("Sound")["sound"]["slices_shape"].clone();
    assert_eq!(shape[0], 4);
    let read = workers.read(LYRICS, Some(&shape)).await?;
    let mut networks = read.of("Tokens")["tokens"].as_array().unwrap().clone();
    networks.push(hears_only.clone());
    let on_graphics = workers.run_on_graphics(Some(&shape), &json!(networks)).await?.said();
    let on_processor = [read.said(), heard.said()].concat();
    assert_eq!(on_graphics.len(), NETWORKS.len());
    for (found, expected) in on_graphics.iter().zip(&on_processor) {
        assert_eq!(found.0, expected.0);
        assert_within(GRAPHICS_TOLERANCE, &found.0, &found.1, &expected.1);
        assert_within(GRAPHICS_TOLERANCE, &found.0, &found.2, &expected.2);
    }
    for (networks, wanted) in [
        (json!([hears_only]), "the network 'audio' was given no slices or no tokens"),
        (
            json!([{"network": "lyrics", "windows": [[]]}]),
            "the network 'lyrics' was given no slices",
        ),
        (json!([{"network": "other", "windows": [[2]]}]), "there is no network 'other'"),
    ] {
        let failure = workers.run_on_graphics(None, &networks).await?.failure();
        assert!(failure.contains(wanted), "{failure}");
    }
    workers.end().await
}

/// What the export stores in fewer bytes is run as well; how much it may differ, the export itself sees to.
#[tokio::test]
async fn networks_that_are_stored_in_fewer_bytes_are_run_too() -> anyhow::Result<()> {
    let tables = embeddings_of_formats();
    for format in ["int8", "f16"] {
        let website = exported(&["--text-weights", format])?;
        let workers = Workers::start(&website, "listening").await?;
        workers.and("reading").await?;
        workers.take_network("audio").await?;
        workers.take_networks("reading", &NETWORKS[1..]).await?;
        let heard = workers.hear(FORMATS[0], &sound(FORMATS[0])).await?;
        let shape = &heard.of("Sound")["sound"]["slices_shape"];
        let said = workers.read(LYRICS, Some(shape)).await?.said();
        assert_eq!(said.len(), 2, "{format}");
        for (network, embedding, _) in said {
            let table = tables.iter().find(|table| table.name() == network).unwrap();
            let expected = table.row(&id_of(FORMATS[0])).unwrap();
            let cosine = cosine_similarity(&embedding, expected);
            println!("{network} in {format}: a cosine of {cosine}");
            assert!(cosine > 0.99, "{network} in {format}: a cosine of {cosine}");
            assert_ne!(embedding, expected, "{network} is stored as it was trained");
        }
        workers.end().await?;
    }
    Ok(())
}

/// The songs that recommendations are chosen from.
fn pool(catalog: &Catalog) -> Pool {
    Pool::new(catalog.split(Split::Test).map(PoolTrack::from).collect(), SameArtist::Exclude)
}

/// The table with another row for one song.
fn with_row(table: &EmbeddingTable, of: usize, row: &[f32]) -> EmbeddingTable {
    let mut values = table.values().to_vec();
    values[of * table.dim()..(of + 1) * table.dim()].copy_from_slice(row);
    EmbeddingTable::new(table.name(), table.dim(), table.track_ids().to_vec(), values).unwrap()
}

#[tokio::test]
async fn the_browser_recommends_what_the_trainer_recommends() -> anyhow::Result<()> {
    let (catalog, website) = (catalog(), website());
    let pool = pool(&catalog);
    let read = |file: &str| std::fs::read(short_demo().join(file));
    let expected = Recommendations::read_csv(read("recommendations.csv")?.as_slice())?;
    let workers = Workers::start(&website, "listening").await?;
    workers.and("reading").await?;
    workers.take_network("audio").await?;
    workers.take_networks("reading", &NETWORKS[1..]).await?;
    let conditions = [Condition::Audio, Condition::Multimodal, Condition::Lyrics];
    for (anchor, song) in pool.tracks().iter().enumerate().take(4) {
        let track = catalog.track(&song.track_id).unwrap();
        let heard =
            workers.hear(&format!("{}.mp3", song.track_id), &read(&track.audio_path)?).await?;
        let shape = &heard.of("Sound")["sound"]["slices_shape"];
        let read_too = workers.read(&track.lyrics, Some(shape)).await?;
        let said = [heard.said(), read_too.said()].concat();
        assert_eq!(said.len(), NETWORKS.len());
        for (network, embedding, _) in said {
            let name = format!("{}, {network}", track.title);
            let file = format!("embeddings/{network}.safetensors");
            let table = EmbeddingTable::from_safetensors(&read(&file)?)?;
            assert_equal(&name, &embedding, table.row(&song.track_id).unwrap());
            let table = with_row(&table, table.position(&song.track_id).unwrap(), &embedding);
            let chosen = Recommender::nearest(&pool, &table).unwrap().choose(&pool, anchor, 10);
            let chosen: Vec<_> =
                chosen.iter().map(|choice| &pool.tracks()[choice.position].track_id).collect();
            let condition = conditions.into_iter().find(|own| own.name() == network).unwrap();
            let expected = expected.of(&song.track_id, condition);
            let expected: Vec<_> = expected.iter().take(10).map(|row| &row.track_id).collect();
            assert_eq!(chosen, expected, "{name}");
        }
    }
    workers.end().await
}
