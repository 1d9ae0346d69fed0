//! A website with a small bundle, made by the same writer as any bundle.

use serde_json::json;
use shared::bundle::{BundleWriter, ManifestParts, ModelFiles, Provenance, Song, SongList};
use shared::catalog::{Split, TrackId};
use shared::embedding::EmbeddingTable;
use shared::recommend::{Condition, Recommendation, Recommendations};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tests::programs::{self, Server, copy_folder};

pub(crate) const GENRES: [&str; 4] = ["country", "pop", "rap", "rock"];
const N_PER_GENRE: usize = 3;
const DIM: usize = 8;

/// A copy of the website in a folder of its own, served.
pub(crate) struct Website {
    pub(crate) server: Server,
    folder: tempfile::TempDir,
}

impl Website {
    /// Without a bundle.
    pub(crate) fn bare() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        copy_folder(&programs::site()?, folder.path())?;
        let server = Server::start(folder.path())?;
        Ok(Self { server, folder })
    }

    /// With a bundle of twelve songs.
    pub(crate) fn with_bundle() -> anyhow::Result<Self> {
        let website = Self::bare()?;
        write_bundle(&website.bundle())?;
        Ok(website)
    }

    /// Where the bundle stands.
    pub(crate) fn bundle(&self) -> PathBuf {
        self.folder.path().join("bundle")
    }

    /// Puts `bytes` in the place of one of the bundle's files.
    pub(crate) fn replace(&self, file: &str, bytes: &[u8]) -> anyhow::Result<()> {
        std::fs::create_dir_all(self.bundle())?;
        Ok(std::fs::write(self.bundle().join(file), bytes)?)
    }
}

fn write_bundle(folder: &Path) -> anyhow::Result<()> {
    let mut writer = BundleWriter::new(|path: &str, bytes: &[u8]| {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().unwrap_or(folder))?;
        std::fs::write(file, bytes)
    });
    let songs = songs();
    writer.catalog(&songs)?;
    for name in ["audio", "multimodal"] {
        writer.embeddings(&table(name, &songs)?)?;
        let files = ModelFiles { config: b"{}", weights: &[7; 3_000], tokenizer: None };
        writer.model(name, files)?;
    }
    writer.recommendations(&recommendations(&songs))?;
    for song in &songs.tracks {
        writer.stimulus(&song.stimulus, song.title.as_bytes())?;
    }
    writer.finish(ManifestParts {
        name: "Twelve songs".to_owned(),
        prepare: json!({"mel": {"n_mels": 128}}),
        provenance: Provenance {
            catalog_sha256: "ab".repeat(32),
            data_hash: "cd".repeat(32),
            recommend: None,
            runs: BTreeMap::from([("audio".to_owned(), shared::bundle::RunProvenance::default())]),
        },
    })?;
    Ok(())
}

fn songs() -> SongList {
    let mut tracks: Vec<Song> = (0..GENRES.len() * N_PER_GENRE).map(song).collect();
    tracks.sort_by(|a, b| a.track_id.cmp(&b.track_id));
    SongList { genres: GENRES.map(str::to_owned).to_vec(), tracks }
}

fn song(number: usize) -> Song {
    let track_id = TrackId::from_parts(&["song", &number.to_string()]);
    Song {
        title: format!("Song {number}"),
        artist: format!("Artist {}", number / 2),
        artist_key: format!("artist {}", number / 2),
        genre: GENRES[number % GENRES.len()].to_owned(),
        year: None,
        views: None,
        split: if number < GENRES.len() { Split::Test } else { Split::Train },
        language: "en".to_owned(),
        stimulus: format!("{track_id}.mp3"),
        track_id,
    }
}

fn table(name: &str, songs: &SongList) -> anyhow::Result<EmbeddingTable> {
    let ids: Vec<TrackId> = songs.tracks.iter().map(|song| song.track_id.clone()).collect();
    let values = (0..ids.len() * DIM).map(|at| ((at * 7) % 11) as f32 - 5.0).collect();
    Ok(EmbeddingTable::new(name, DIM, ids, values)?)
}

/// For each test song one song at random and one of its genre.
fn recommendations(songs: &SongList) -> Recommendations {
    let anchors = songs.tracks.iter().filter(|song| song.split == Split::Test);
    let rows = anchors.flat_map(|anchor| {
        let other = |keep: &dyn Fn(&Song) -> bool| {
            let found =
                songs.tracks.iter().find(|song| song.track_id != anchor.track_id && keep(song));
            found.expect("three songs a genre").track_id.clone()
        };
        let row = |condition, track_id| Recommendation {
            anchor_id: anchor.track_id.clone(),
            condition,
            rank: 1,
            track_id,
            similarity: None,
        };
        [
            row(Condition::Random, other(&|_| true)),
            row(Condition::Genre, other(&|song| song.genre == anchor.genre)),
        ]
    });
    Recommendations::new(rows.collect())
}
