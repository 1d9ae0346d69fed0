//! What a session is run with: the study and the parts of the bundle that it needs.

use crate::bundle_source::{self, LoadError, checked_file, file_address};
use crate::offline;
use crate::platform::draft;
use crate::platform::fetch::{self, Freshness};
use shared::bundle::{CATALOG_FILE, Manifest, Song, SongList, stimulus_file};
use shared::catalog::{Split, TrackId};
use shared::embedding::{EmbeddingFileError, EmbeddingTable};
use shared::hash::sha256_hex;
use shared::json;
use shared::random::Seed;
use shared::recommend::{Condition, NextTracks, NextTracksError, PoolTrack};
use shared::simulate::PreferenceError;
use shared::study::{DesignError, STUDY_FILE, Songs, StudyDesign, StudyHashes};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a session is run with.
pub(crate) struct Material {
    pub(crate) manifest: Manifest,
    songs: SongList,
    pub(crate) design: Arc<StudyDesign>,
    /// The design, byte for byte.
    study_json: Vec<u8>,
    pub(crate) hashes: StudyHashes,
    tables: BTreeMap<Condition, EmbeddingTable>,
}

impl Material {
    /// Reads it from the bundle beside the page; each file is checked against the manifest. With
    /// `is_draft` the design is the one that a researcher is working on.
    ///
    /// # Errors
    ///
    /// If a file can't be had or does not fit, if there is no study, or if it asks for what the
    /// bundle lacks.
    pub(crate) async fn load(is_draft: bool) -> Result<Self, MaterialError> {
        let manifest = bundle_source::whole_manifest().await?;
        let study = if is_draft {
            draft::kept().ok_or(MaterialError::NoDraft)?
        } else if manifest.files.contains_key(STUDY_FILE) {
            checked_file(&manifest, STUDY_FILE).await?
        } else {
            return Err(MaterialError::NoStudy);
        };
        let design = Arc::new(StudyDesign::from_json(&study)?);
        let songs = checked_file(&manifest, CATALOG_FILE).await?;
        let songs = json::from_slice(&songs).map_err(MaterialError::Songs)?;
        let mut tables = BTreeMap::new();
        for condition in design.recommenders.iter().copied() {
            let entry = manifest.embeddings.get(condition.name());
            let entry = entry.ok_or(NextTracksError::NoTable { condition })?;
            let bytes = checked_file(&manifest, &entry.file).await?;
            tables.insert(condition, EmbeddingTable::from_safetensors(&bytes)?);
        }
        let mut hashes = hashes(&manifest, &design, &tables, own_wasm_hash().await);
        hashes.study = sha256_hex(&study);
        Ok(Self { manifest, songs, design, study_json: study, hashes, tables })
    }

    /// The study, read and byte for byte.
    pub(crate) fn study(&self) -> (&StudyDesign, &[u8]) {
        (&self.design, &self.study_json)
    }

    /// The recommenders of the study, its controls drawn from that seed.
    ///
    /// # Errors
    ///
    /// If a table lacks a song.
    pub(crate) fn next_tracks(&self, seed: Seed) -> Result<NextTracks, NextTracksError> {
        let pool = self.songs_heard().map(|song| PoolTrack {
            track_id: song.track_id.clone(),
            artist: song.artist_key.clone(),
            genre: song.genre.clone(),
        });
        let rules = (&self.design.conditions()[..], self.design.same_artist);
        NextTracks::new(pool.collect(), rules, |condition| self.tables.get(&condition), seed)
    }

    /// The address of a song's stimulus, relative to the page.
    pub(crate) fn stimulus_address(&self, track_id: &TrackId) -> Option<String> {
        Some(file_address(&stimulus_file(&self.songs.song(track_id)?.stimulus)))
    }

    /// The addresses of what a session can need, to be kept for when there is no connection.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut heard = BTreeSet::new();
        heard.extend(self.songs_heard().map(|song| stimulus_file(&song.stimulus)));
        offline::addresses(&self.manifest, |path| heard.contains(path))
    }

    fn songs_heard(&self) -> impl Iterator<Item = &Song> {
        let all = self.design.songs == Songs::All;
        self.songs.tracks.iter().filter(move |song| all || song.split == Split::Test)
    }
}

fn hashes(
    manifest: &Manifest,
    design: &StudyDesign,
    tables: &BTreeMap<Condition, EmbeddingTable>,
    wasm: String,
) -> StudyHashes {
    let hash = |path: &str| manifest.files.get(path).map_or_else(String::new, |f| f.sha256.clone());
    let table = |condition: &Condition| {
        let entry = &manifest.embeddings[condition.name()];
        (condition.name().to_owned(), hash(&entry.file))
    };
    let mut embeddings = BTreeMap::new();
    embeddings.extend(tables.keys().map(table));
    StudyHashes {
        study_id: design.study_id.clone(),
        study: String::new(),
        catalog: hash(CATALOG_FILE),
        embeddings,
        wasm,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// SHA-256 of the wasm that this page runs; empty where the page does not say which file that is.
async fn own_wasm_hash() -> String {
    let link =
        leptos::prelude::document().query_selector("link[type='application/wasm']").ok().flatten();
    let Some(address) = link.and_then(|link| link.get_attribute("href")) else {
        return String::new();
    };
    let bytes = fetch::bytes_of(&address, Freshness::Kept).await;
    bytes.map_or_else(|_| String::new(), |bytes| sha256_hex(&bytes))
}

/// Why a session can't be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MaterialError {
    /// A part of the bundle.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A bundle without a study.
    #[error("the bundle holds no study: export it again with 'segue export --study FILE'")]
    NoStudy,
    /// A preview of a design that is not here.
    #[error(
        "there is no design to preview: open the page 'Design' in this tab and press its button"
    )]
    NoDraft,
    /// A broken study.
    #[error(transparent)]
    Design(#[from] DesignError),
    /// A broken list of songs.
    #[error("'catalog.json' is no list of songs")]
    Songs(#[source] json::ValueError),
    /// A broken table.
    #[error(transparent)]
    Table(#[from] EmbeddingFileError),
    /// A study that asks for what the bundle lacks.
    #[error(transparent)]
    NextTracks(#[from] NextTracksError),
    /// A simulated participant whose taste can't be read.
    #[error(transparent)]
    Preference(#[from] PreferenceError),
}
