//! Small made-up inputs for tests of commands.

use crate::files;
use crate::prepared::{FileStamp, PrepareSettings, PreparedTrack, SourceRecord, StimulusRecord};
use shared::audio::Clip;
use shared::catalog::{Catalog, Split, Track, TrackId};
use shared::embedding::{EmbeddingTable, ValueFormat};
use std::path::{Path, PathBuf};

/// Number of made-up songs: song `i` is by artist `i / 2`, of genre `i % 3`, and every third is
/// for training, the others for the test.
pub(super) const N_SONGS: usize = 18;

pub(super) fn track_id(song: usize) -> TrackId {
    TrackId::parse(&format!("song{song:02}")).unwrap()
}

/// Writes `catalog.csv`.
pub(super) fn catalog(folder: &Path) -> PathBuf {
    let track = |song: usize| Track {
        track_id: track_id(song),
        title: format!("Song {song}"),
        artist: format!("Artist {}", song / 2),
        genre: ["country", "pop", "rap"][song % 3].to_owned(),
        year: Some(1990 + song as i32),
        views: None,
        language: "en".into(),
        language_source: "column".into(),
        language_confidence: None,
        audio_path: format!("secret/path/{song}.mp3"),
        lyrics: "secret words".into(),
        split: if song % 3 == 2 { Split::Train } else { Split::Test },
        link_score: None,
        link_reasons: String::new(),
    };
    let catalog = Catalog::new((0..N_SONGS).map(track).collect()).unwrap();
    let path = folder.join("catalog.csv");
    let mut csv = Vec::new();
    catalog.write_csv(&mut csv).unwrap();
    files::write(&path, &csv).unwrap();
    path
}

/// Writes an embedding table of the songs that `has` accepts: points on a circle, in an order that
/// `step` decides.
pub(super) fn table(folder: &Path, name: &str, step: f32, has: fn(usize) -> bool) -> PathBuf {
    let songs: Vec<usize> = (0..N_SONGS).filter(|song| has(*song)).collect();
    let angle = |song: &usize| step * *song as f32;
    let values = songs.iter().flat_map(|song| [angle(song).cos(), angle(song).sin()]).collect();
    let ids = songs.iter().map(|song| track_id(*song)).collect();
    let table = EmbeddingTable::new("any", 2, ids, values).unwrap();
    let path = folder.join(format!("{name}.safetensors"));
    files::write(&path, &table.to_safetensors(ValueFormat::F32).unwrap()).unwrap();
    path
}

/// Writes a prepared folder of the catalogue with a stimulus for every song that `has` accepts.
/// The files are those of `segue prepare`; the sound is not.
pub(super) fn prepared(folder: &Path, catalog: &Path, has: fn(usize) -> bool) -> PathBuf {
    let dir = folder.join("prepared");
    let settings = PrepareSettings::default();
    let json = serde_json::to_vec(&settings).unwrap();
    files::write(&dir.join("settings.json"), &json).unwrap();
    let csv = files::read(catalog).unwrap();
    files::write(&dir.join("catalog.csv"), &csv).unwrap();
    for (song, track) in Catalog::read_csv(csv.as_slice()).unwrap().tracks().iter().enumerate() {
        let sound = format!("sound of song {song}").into_bytes();
        let file = format!("stimuli/{}-key.mp3", track.track_id);
        files::write(&dir.join(&file), &sound).unwrap();
        let stimulus = has(song).then(|| stimulus(&file, &sound));
        let recipe = hash_of([&json, track.lyrics.as_bytes()]);
        let key = hash_of([b"hash", recipe.as_bytes()]);
        let record = record(track, stimulus, key);
        let path = dir.join(format!("records/{}-{recipe}.json", track.track_id));
        files::write(&path, &serde_json::to_vec(&record).unwrap()).unwrap();
    }
    dir
}

fn stimulus(file: &str, sound: &[u8]) -> StimulusRecord {
    StimulusRecord {
        file: file.to_owned(),
        sha256: shared::hash::sha256_hex(sound),
        n_bytes: sound.len() as u64,
        sample_rate_hz: 44_100,
        duration_secs: 10.0,
        gain_db: 0.0,
        integrated_lufs: -16.0,
        true_peak_dbtp: -1.0,
    }
}

fn record(track: &Track, stimulus: Option<StimulusRecord>, key: String) -> PreparedTrack {
    let stamp = FileStamp { n_bytes: 1, modified_nanos: 1, blake3: "hash".into() };
    PreparedTrack {
        track_id: track.track_id.clone(),
        key,
        n_slices: 1,
        slices_bytes: 0,
        lyrics: track.lyrics.clone(),
        stimulus,
        clip: Clip { start_secs: 70.0, duration_secs: 30.0 },
        source: SourceRecord {
            sample_rate_hz: 44_100,
            n_channels: 2,
            codec: "mp3".into(),
            duration_secs: Some(100.0),
            stamp,
        },
        notes: Vec::new(),
    }
}

/// As the prepared folder makes recipes and keys: records of others count as stale.
fn hash_of(parts: [&[u8]; 2]) -> String {
    let mut hash = blake3::Hasher::new();
    for part in parts {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().to_hex()[..32].to_owned()
}

/// Writes the files of a training run that a bundle needs.
pub(super) fn run(folder: &Path, name: &str) -> PathBuf {
    let dir = folder.join("runs").join(name);
    let file = |file: &str, text: &str| files::write(&dir.join(file), text.as_bytes()).unwrap();
    file("model.json", r#"{"kind": "compact", "rate": 0.1}"#);
    file("model.bpk", "weights");
    file("run.json", r#"{"seed": 7, "data_hash": "other", "config": {"data": "/secret/path"}}"#);
    file("metrics.csv", "not for the bundle");
    dir
}
