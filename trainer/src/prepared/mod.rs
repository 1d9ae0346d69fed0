//! The prepared folder: what `segue prepare` writes and what training, embedding and export read.
//!
//! ```text
//! settings.json                      what was asked for
//! catalog.csv                        the catalogue as it was; audio paths stay relative to where it stood
//! records/<track_id>-<recipe>.json   one prepared track, written after its other files
//! failed/<track_id>-<recipe>.json    one track that could not be prepared, with the reason
//! slices/<track_id>-<key>.safetensors  tensor `slices`: [n, 128, 128], F16, or U8 (grey of 255) for the
//!                                    thesis preset
//! stimuli/<track_id>-<key>.mp3       what participants hear
//! ```
//!
//! `recipe` is a hash of the lyrics, the settings and the schema version, `key` one of the recipe and the
//! audio file's content, so that nothing stale is ever read: [`Prepared::open`] takes only records of the
//! catalogue and the settings beside them. What is made by another recipe stands beside it: a folder
//! that is prepared anew holds what it held until everything new is there, and only then `settings.json` and
//! `catalog.csv` are replaced and the old files removed.

mod changeover;
mod folder;
mod key;
mod mapped;
mod record;
mod run;
mod settings;
mod shard;
mod slices;
mod stimulus;
mod sweep;
#[cfg(test)]
mod tests;
mod track;

use crate::files::{self, FileError};
use folder::Folder;
use rayon::prelude::*;
use shared::catalog::{Catalog, CatalogError, Track, TrackId};
use shared::spectrogram::MelConfigError;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use changeover::Awaited;
pub use mapped::MappedSlices;
pub use record::{FailedTrack, FileStamp, PreparedTrack, SourceRecord, StimulusRecord};
pub use run::{PrepareJob, PrepareReport, prepare};
pub use settings::{PrepareSettings, SCHEMA_VERSION, StimulusSettings};
pub use shard::Shard;

/// What there is of a track.
enum State {
    Prepared(Box<PreparedTrack>),
    Failed(FailedTrack),
}

/// What there is of a track by these settings.
fn state(
    folder: &Folder,
    track: &Track,
    settings: &PrepareSettings,
) -> Result<Option<State>, FileError> {
    let recipe = key::recipe(&track.lyrics, settings);
    let is_current = |key: &str, stamp: &FileStamp| key == key::key(&stamp.blake3, &recipe);
    let record = folder.read_record(&track.track_id, &recipe)?;
    if let Some(record) = record.filter(|own| is_current(&own.key, &own.source.stamp)) {
        return Ok(Some(State::Prepared(Box::new(record))));
    }
    let failure = folder.read_failure(&track.track_id, &recipe)?;
    let failure =
        failure.filter(|own| own.stamp.as_ref().is_none_or(|stamp| is_current(&own.key, stamp)));
    Ok(failure.map(State::Failed))
}

/// A prepared folder, opened for reading.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What was asked for.
    pub settings: PrepareSettings,
    /// The catalogue as it was when the folder was prepared; it also holds the tracks that failed.
    pub catalog: Catalog,
    /// The tracks that are there, by id.
    pub tracks: BTreeMap<TrackId, PreparedTrack>,
    /// The tracks that could not be prepared, by id.
    pub failed: BTreeMap<TrackId, FailedTrack>,
    folder: Folder,
}

impl Prepared {
    /// Opens a prepared folder.
    ///
    /// Tracks that are neither in [`Self::tracks`] nor in [`Self::failed`] have not been prepared yet;
    /// see [`Self::missing`].
    ///
    /// # Errors
    ///
    /// If the folder has not been prepared, or by another version, or if its settings or its catalogue
    /// can't be read.
    pub fn open(dir: &Path) -> Result<Self, PreparedError> {
        let folder = Folder::new(dir);
        folder.expect_own_schema()?;
        let settings: PrepareSettings = folder::read_json(&folder.settings())?;
        let catalog = read_catalog(&folder.catalog())?;
        // Many at once, since a bucket takes its time over each.
        let states = catalog.tracks().par_iter().map(|track| state(&folder, track, &settings));
        let states: Vec<Option<State>> = states.collect::<Result<_, FileError>>()?;
        let mut tracks = BTreeMap::new();
        let mut failed = BTreeMap::new();
        for (track, state) in catalog.tracks().iter().zip(states) {
            let track_id = track.track_id.clone();
            match state {
                Some(State::Prepared(record)) => {
                    tracks.insert(track_id, *record);
                }
                Some(State::Failed(failure)) => {
                    failed.insert(track_id, failure);
                }
                None => {}
            }
        }
        Ok(Self { settings, catalog, tracks, failed, folder })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        self.folder.root()
    }

    /// The slices of a track, as they were computed, left in their file until they are used.
    ///
    /// # Errors
    ///
    /// If the track is not prepared, or its file can't be read or is damaged.
    pub fn slices(&self, track_id: &TrackId) -> Result<MappedSlices, PreparedError> {
        let record = self.track(track_id)?;
        let path = self.folder.slices(track_id, &record.key);
        let slices = MappedSlices::open(&path).map_err(|error| match error {
            mapped::OpenError::File(error) => PreparedError::File(error),
            mapped::OpenError::Slices(source) => {
                PreparedError::Slices { path: path.clone(), source }
            }
        })?;
        if slices.n_slices() != record.n_slices {
            return Err(PreparedError::SliceCount {
                path,
                expected: record.n_slices,
                got: slices.n_slices(),
            });
        }
        Ok(slices)
    }

    /// Path of a track's stimulus; `None` where no stimuli were wanted.
    ///
    /// # Errors
    ///
    /// If the track is not prepared.
    pub fn stimulus_path(&self, track_id: &TrackId) -> Result<Option<PathBuf>, PreparedError> {
        let stimulus = self.track(track_id)?.stimulus.as_ref();
        Ok(stimulus.map(|stimulus| self.folder.root().join(&stimulus.file)))
    }

    /// Tracks of the catalogue that have neither been prepared nor failed: a shard has not run yet, or
    /// a run was interrupted.
    pub fn missing(&self) -> impl Iterator<Item = &TrackId> {
        let known = |id: &TrackId| self.tracks.contains_key(id) || self.failed.contains_key(id);
        self.catalog.tracks().iter().map(|track| &track.track_id).filter(move |id| !known(id))
    }

    /// One hash over all prepared tracks: the same for the same input and settings, on any machine.
    pub fn content_hash(&self) -> String {
        let mut hash = blake3::Hasher::new();
        for (track_id, record) in &self.tracks {
            hash.update(track_id.as_str().as_bytes());
            hash.update(b"\0");
            hash.update(record.key.as_bytes());
            hash.update(b"\n");
        }
        hash.finalize().to_string()
    }

    fn track(&self, track_id: &TrackId) -> Result<&PreparedTrack, PreparedError> {
        self.tracks.get(track_id).ok_or_else(|| PreparedError::UnknownTrack {
            track_id: track_id.clone(),
            folder: self.folder.root().to_owned(),
        })
    }
}

fn read_catalog(path: &Path) -> Result<Catalog, PreparedError> {
    Catalog::read_csv(&*files::read(path)?)
        .map_err(|source| PreparedError::Catalog { path: path.to_owned(), source })
}

/// What can be wrong with a prepared folder.
#[derive(Debug, thiserror::Error)]
pub enum PreparedError {
    /// No prepared folder.
    #[error("'{}' is no prepared folder; run `segue prepare --out` with this folder", folder.display())]
    NotPrepared {
        /// The folder.
        folder: PathBuf,
    },
    /// Prepared by an older version.
    #[error(
        "'{}' was prepared by an older version (schema {found}, expected {expected}); run \
         `segue prepare` with the same options again",
        folder.display()
    )]
    OlderSchema {
        /// The folder.
        folder: PathBuf,
        /// Its schema.
        found: u32,
        /// The program's schema.
        expected: u32,
    },
    /// Prepared by a newer version.
    #[error(
        "'{}' was prepared by a newer version (schema {found}, this program knows {expected}); use \
         that version or another folder",
        folder.display()
    )]
    NewerSchema {
        /// The folder.
        folder: PathBuf,
        /// Its schema.
        found: u32,
        /// The program's schema.
        expected: u32,
    },
    /// A track that has not been prepared.
    #[error("track '{track_id}' has not been prepared in '{}'", folder.display())]
    UnknownTrack {
        /// The track.
        track_id: TrackId,
        /// The folder.
        folder: PathBuf,
    },
    /// Damaged slices.
    #[error("'{}' holds no sound slices; delete it and run `segue prepare` again", path.display())]
    Slices {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: SlicesError,
    },
    /// Slices that do not fit their record.
    #[error("'{}' holds {got} slices, its record says {expected}", path.display())]
    SliceCount {
        /// The file.
        path: PathBuf,
        /// By the record.
        expected: usize,
        /// In the file.
        got: usize,
    },
    /// A file of the folder that is no JSON of its kind.
    #[error("'{}' can't be understood", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The parser's answer.
        #[source]
        source: serde_json::Error,
    },
    /// The catalogue.
    #[error("'{}' can't be used", path.display())]
    Catalog {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: CatalogError,
    },
    /// Settings that do not fit each other.
    #[error(transparent)]
    Mel(#[from] MelConfigError),
    /// A file that can't be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

pub use slices::SlicesError;
