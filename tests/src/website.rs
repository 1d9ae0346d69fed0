//! A copy of the website in a folder of its own, with a bundle or without.

use crate::programs::{self, Server, copy_folder};
use crate::study_bundle::{self, GENRES, STUDY_FILE, StudyBundle};
use anyhow::Context;
use serde_json::json;
use shared::bundle::{
    BundleWriter, MANIFEST_FILE, Manifest, ManifestParts, ModelFiles, Provenance, Song, SongList,
};
use shared::catalog::{Split, TrackId};
use shared::embedding::EmbeddingTable;
use shared::recommend::{Condition, Recommendation, Recommendations};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const N_PER_GENRE: usize = 3;
const DIM: usize = 8;

/// The website, served by `segue serve`. A [`crate::static_host::StaticHost`] can serve its folder
/// as well.
#[derive(Debug)]
pub struct Website {
    /// Its server.
    pub server: Server,
    folder: tempfile::TempDir,
}

impl Website {
    /// Without a bundle.
    ///
    /// # Errors
    ///
    /// If website or program were not built.
    pub fn bare() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        copy_folder(&programs::site()?, folder.path())?;
        let server = Server::start(folder.path())?;
        Ok(Self { server, folder })
    }

    /// With a bundle of twelve songs, which have no sound.
    ///
    /// # Errors
    ///
    /// If website or program were not built.
    pub fn with_bundle() -> anyhow::Result<Self> {
        let website = Self::bare()?;
        write_bundle(&website.bundle())?;
        Ok(website)
    }

    /// With the bundle of [`StudyBundle::default`] and this design of a study, `study.json`.
    ///
    /// # Errors
    ///
    /// If website or program were not built.
    pub fn with_study(study: &[u8]) -> anyhow::Result<Self> {
        Self::with_study_of(&StudyBundle::default(), study)
    }

    /// With the bundle of these songs and this design of a study.
    ///
    /// # Errors
    ///
    /// If website or program were not built.
    pub fn with_study_of(songs: &StudyBundle, study: &[u8]) -> anyhow::Result<Self> {
        let website = Self::bare()?;
        songs.write(&website.bundle(), study)?;
        Ok(website)
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the bundle stands.
    pub fn bundle(&self) -> PathBuf {
        self.folder.path().join("bundle")
    }

    /// Puts a file beside the page, as `jatos.js`.
    ///
    /// # Errors
    ///
    /// If it can't be written.
    pub fn add_file(&self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let file = self.folder.path().join(path);
        std::fs::create_dir_all(file.parent().context("a path without a folder")?)?;
        Ok(std::fs::write(file, bytes)?)
    }

    /// Puts `bytes` in the place of one of the bundle's files; the manifest still names the old ones.
    ///
    /// # Errors
    ///
    /// If it can't be written.
    pub fn replace(&self, file: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.add_file(&format!("bundle/{file}"), bytes)
    }

    /// Gives the bundle another design, with a manifest that agrees: an honest export of it.
    ///
    /// # Errors
    ///
    /// If the bundle has none.
    pub fn replace_study(&self, study: &[u8]) -> anyhow::Result<()> {
        let manifest = Manifest::from_json(&std::fs::read(self.bundle().join(MANIFEST_FILE))?)?;
        let old = manifest.files.get(STUDY_FILE).context("the bundle has no study")?;
        let kind = (old.role.clone(), old.media.clone());
        self.replace(STUDY_FILE, study)?;
        study_bundle::record(&self.bundle(), STUDY_FILE, kind)
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
        let files =
            ModelFiles { config: b"{}", weights: &[7; 3_000], tokenizer: None, text_weights: None };
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
