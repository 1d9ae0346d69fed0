//! Small made-up inputs for tests of commands.

use crate::files;
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
