//! A bundle for whole sessions: many short songs, each with a tone of its own, embedding tables in
//! which genres lie together, and what `segue recommend` makes of them.

use crate::tone::tone_mp3;
use anyhow::{Context, anyhow};
use serde_json::json;
use shared::bundle::{
    BundleWriter, FileRecord, FileRole, MANIFEST_FILE, Manifest, ManifestParts, MediaKind,
    Provenance, Song, SongList,
};
use shared::catalog::{Split, TrackId, main_artist_key};
use shared::embedding::{EmbeddingTable, ValueFormat, principal_map};
use shared::random::{Seed, Stream};
use shared::recommend::{
    Condition, PartIndex, Pool, PoolTrack, Recommendation, Recommendations, Recommender, SameArtist,
};
use std::collections::BTreeMap;
use std::path::Path;

/// The genres, as the website lists them.
pub const GENRES: [&str; 4] = ["country", "pop", "rap", "rock"];
/// The tables, as `segue recommend` takes them: their conditions' names.
pub const TABLES: [&str; 3] = ["audio", "multimodal", "lyrics"];
/// Where the design of the study stands in a bundle.
pub const STUDY_FILE: &str = "study.json";

/// Length of a vector.
const DIM: usize = 64;
/// Test songs by one artist.
const N_PER_ARTIST: usize = 3;
/// The values are whole multiples of this, below 8: then 16 bits hold them exactly, and the tables of
/// the bundle give the same neighbours as the tables that it was made from.
const STEP: f64 = 1.0 / 128.0;

/// What the bundle is made of; all of it follows from these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StudyBundle {
    /// Songs a genre that can be anchors and recommendations, three by each artist. One more song a
    /// genre, by an artist of its own, is for training and must never be heard.
    pub n_test_per_genre: usize,
    /// Length of a stimulus in milliseconds.
    pub clip_millis: u32,
    /// Recommendations per anchor and condition.
    pub k: usize,
    /// Seed of vectors and random conditions.
    pub seed: u64,
    /// Whether songs are in pages and tables in parts, as those of many songs are.
    pub is_large: bool,
}

impl Default for StudyBundle {
    fn default() -> Self {
        Self { n_test_per_genre: 12, clip_millis: 1_500, k: 10, seed: 42, is_large: false }
    }
}

impl StudyBundle {
    /// The songs, sorted by id.
    pub fn songs(&self) -> SongList {
        let n_songs = GENRES.len() * (self.n_test_per_genre + 1);
        let mut tracks: Vec<Song> = (0..n_songs).map(|number| self.song(number)).collect();
        tracks.sort_by(|a, b| a.track_id.cmp(&b.track_id));
        SongList { genres: GENRES.map(str::to_owned).to_vec(), tracks }
    }

    /// Song `number`: genres take turns, the last round is for training.
    fn song(&self, number: usize) -> Song {
        let (genre, round) = (GENRES[number % GENRES.len()], number / GENRES.len());
        let is_test = round < self.n_test_per_genre;
        let artist = if is_test { (round / N_PER_ARTIST + 1).to_string() } else { "zero".into() };
        let track_id = TrackId::from_parts(&["study song", &number.to_string()]);
        Song {
            title: format!("Song {number}"),
            artist: format!("{genre} artist {artist}"),
            artist_key: main_artist_key(&format!("{genre} artist {artist}")),
            genre: genre.to_owned(),
            year: Some(1_970 + number as i32 % 50),
            views: None,
            split: if is_test { Split::Test } else { Split::Train },
            language: "en".to_owned(),
            stimulus: format!("{track_id}.mp3"),
            track_id,
        }
    }

    /// The pitch of every song's tone in hertz; no two are closer than 20 Hz.
    pub fn pitches_hz(&self) -> BTreeMap<TrackId, u32> {
        let songs = self.songs().tracks.into_iter().enumerate();
        songs.map(|(at, song)| (song.track_id, 200 + 20 * at as u32)).collect()
    }

    /// The song whose tone has this pitch, as a play of a page tells it.
    pub fn song_of_pitch(&self, frequency_hz: f64) -> Option<TrackId> {
        let near = |pitch: u32| (f64::from(pitch) - frequency_hz).abs() < 5.0;
        self.pitches_hz().into_iter().find(|(_, pitch)| near(*pitch)).map(|(id, _)| id)
    }

    /// The embedding tables: for each genre a centre, around it the songs, each table drawn anew.
    ///
    /// # Panics
    ///
    /// If the numbers make no table.
    pub fn tables(&self) -> Vec<EmbeddingTable> {
        TABLES.iter().map(|name| self.table(name)).collect()
    }

    fn table(&self, name: &str) -> EmbeddingTable {
        let songs = self.songs();
        let seed = Seed(self.seed);
        let centre = |genre: &str| vector(&mut seed.stream(&format!("centre/{name}/{genre}")), 1.0);
        let centres: BTreeMap<&str, Vec<f64>> = GENRES.map(|genre| (genre, centre(genre))).into();
        let row = |song: &Song| {
            let mut stream = seed.stream(&format!("song/{name}/{}", song.track_id));
            let around = vector(&mut stream, 0.8);
            let sum = around.iter().zip(&centres[song.genre.as_str()]).map(|(a, b)| a + b);
            sum.map(|value| ((value / STEP).round() * STEP) as f32).collect::<Vec<_>>()
        };
        let values = songs.tracks.iter().flat_map(row).collect();
        let ids = songs.tracks.iter().map(|song| song.track_id.clone()).collect();
        EmbeddingTable::new(name, DIM, ids, values).expect("one vector a song")
    }

    /// The songs that every condition chooses from: those of the test split, by other artists.
    pub fn pool(&self) -> Pool {
        let songs = self.songs();
        let test = songs.tracks.iter().filter(|song| song.split == Split::Test);
        let track = |song: &Song| PoolTrack {
            track_id: song.track_id.clone(),
            artist: main_artist_key(&song.artist),
            genre: song.genre.clone(),
        };
        Pool::new(test.map(track).collect(), SameArtist::Exclude)
    }

    /// What `segue recommend --k K --seed SEED` writes for these songs and tables.
    ///
    /// # Errors
    ///
    /// If a table lacks a song.
    pub fn recommendations(&self) -> anyhow::Result<Recommendations> {
        let (pool, seed) = (self.pool(), Seed(self.seed));
        let mut recommenders = vec![
            (Condition::Random, Recommender::Random { seed }),
            (Condition::Genre, Recommender::Genre { seed }),
        ];
        for table in self.tables() {
            let condition =
                Condition::from_name(table.name()).context("a table of no condition")?;
            let nearest = Recommender::nearest(&pool, &table);
            let nearest = nearest.map_err(|missing| anyhow!("{condition} lacks {missing:?}"))?;
            recommenders.push((condition, nearest));
        }
        let mut rows = Vec::new();
        for (condition, recommender) in &recommenders {
            for (anchor, song) in pool.tracks().iter().enumerate() {
                let choices = recommender.choose(&pool, anchor, self.k);
                rows.extend(choices.iter().enumerate().map(|(at, choice)| Recommendation {
                    anchor_id: song.track_id.clone(),
                    condition: *condition,
                    rank: at + 1,
                    track_id: pool.tracks()[choice.position].track_id.clone(),
                    similarity: choice.similarity,
                }));
            }
        }
        Ok(Recommendations::new(rows))
    }

    /// Writes the bundle with this design of a study.
    ///
    /// # Errors
    ///
    /// If a file can't be written.
    pub fn write(&self, folder: &Path, study: &[u8]) -> anyhow::Result<()> {
        let mut writer = BundleWriter::new(|path: &str, bytes: &[u8]| {
            let file = folder.join(path);
            std::fs::create_dir_all(file.parent().unwrap_or(folder))?;
            std::fs::write(file, bytes)
        });
        let (songs, pitches) = (self.songs(), self.pitches_hz());
        writer.catalog(&songs)?;
        if self.is_large {
            writer.song_pages(&songs)?;
        }
        for table in self.tables() {
            writer.embeddings(&table)?;
            writer.map(&principal_map(&table))?;
            if self.is_large {
                writer.parts(table.name(), &PartIndex::cut(&table), (table.n_tracks(), 0))?;
            }
        }
        writer.recommendations(&self.recommendations()?)?;
        for song in &songs.tracks {
            let mp3 = tone_mp3(pitches[&song.track_id], self.clip_millis)?;
            writer.stimulus(&song.stimulus, &mp3)?;
        }
        writer.finish(self.manifest_parts(songs.tracks.len()))?;
        add_study(folder, study)
    }

    fn manifest_parts(&self, n_songs: usize) -> ManifestParts {
        ManifestParts {
            name: format!("{n_songs} tones"),
            prepare: json!({"mel": {"n_mels": 128}}),
            provenance: Provenance {
                catalog_sha256: "ab".repeat(32),
                data_hash: "cd".repeat(32),
                recommend: Some(json!({"k": self.k, "split": "test", "seed": self.seed})),
                runs: BTreeMap::new(),
            },
        }
    }

    /// Writes what a researcher has before the export: `catalog.csv` and `TABLE.safetensors`, the
    /// input of `segue recommend`.
    ///
    /// # Errors
    ///
    /// If a file can't be written.
    pub fn write_inputs(&self, folder: &Path) -> anyhow::Result<()> {
        let mut catalog = csv::Writer::from_path(folder.join("catalog.csv"))?;
        catalog.write_record(["track_id", "title", "artist", "genre", "audio_path", "split"])?;
        for song in self.songs().tracks {
            let split = if song.split == Split::Test { "test" } else { "train" };
            let (id, genre) = (song.track_id.as_str(), song.genre.as_str());
            catalog.write_record([id, &song.title, &song.artist, genre, &song.stimulus, split])?;
        }
        catalog.flush()?;
        for table in self.tables() {
            let bytes = table.to_safetensors(ValueFormat::F32)?;
            std::fs::write(folder.join(format!("{}.safetensors", table.name())), bytes)?;
        }
        Ok(())
    }
}

fn vector(stream: &mut Stream, spread: f64) -> Vec<f64> {
    (0..DIM).map(|_| stream.normal(0.0, spread).clamp(-3.9, 3.9)).collect()
}

/// Adds the design to a bundle that was written without one.
fn add_study(folder: &Path, study: &[u8]) -> anyhow::Result<()> {
    std::fs::write(folder.join(STUDY_FILE), study)?;
    record(folder, STUDY_FILE, (FileRole::Other("study".to_owned()), MediaKind::Json))
}

/// Makes the manifest agree with a file as it stands in the folder now, so that a change is no
/// tampering.
///
/// # Errors
///
/// If there is no such file or no manifest.
pub fn record(
    folder: &Path,
    file: &str,
    (role, media): (FileRole, MediaKind),
) -> anyhow::Result<()> {
    let bytes = std::fs::read(folder.join(file))?;
    let path = folder.join(MANIFEST_FILE);
    let mut manifest = Manifest::from_json(&std::fs::read(&path)?)?;
    manifest.files.insert(file.to_owned(), FileRecord::of(role, media, &bytes));
    Ok(std::fs::write(path, manifest.to_json())?)
}

#[cfg(test)]
mod tests;
