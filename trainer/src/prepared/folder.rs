//! Where what stands in a prepared folder.

use super::{FailedTrack, PreparedError, PreparedTrack, SCHEMA_VERSION};
use crate::files::{self, FileError};
use serde::{Serialize, de::DeserializeOwned};
use shared::catalog::TrackId;
use std::path::{Path, PathBuf};

/// Paths of a prepared folder, and reading and writing of its small files.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn settings(&self) -> PathBuf {
        self.root.join("settings.json")
    }

    pub(super) fn catalog(&self) -> PathBuf {
        self.root.join("catalog.csv")
    }

    pub(super) fn records(&self) -> PathBuf {
        self.root.join("records")
    }

    pub(super) fn failures(&self) -> PathBuf {
        self.root.join("failed")
    }

    /// Names of files without their ending: the track, and the recipe or the key.
    pub(super) fn stem(track_id: &TrackId, hash: &str) -> String {
        format!("{track_id}-{hash}")
    }

    pub(super) fn record(&self, track_id: &TrackId, recipe: &str) -> PathBuf {
        self.records().join(format!("{}.json", Self::stem(track_id, recipe)))
    }

    pub(super) fn failure(&self, track_id: &TrackId, recipe: &str) -> PathBuf {
        self.failures().join(format!("{}.json", Self::stem(track_id, recipe)))
    }

    pub(super) fn slices(&self, track_id: &TrackId, key: &str) -> PathBuf {
        self.root.join("slices").join(format!("{}.safetensors", Self::stem(track_id, key)))
    }

    /// Relative to the folder, with `/` on every system, since records and bundles keep it.
    pub(super) fn stimulus_name(track_id: &TrackId, key: &str) -> String {
        format!("stimuli/{}.mp3", Self::stem(track_id, key))
    }

    /// The folders whose files belong to one track each.
    pub(super) fn track_folders(&self) -> [PathBuf; 4] {
        [self.records(), self.failures(), self.root.join("slices"), self.root.join("stimuli")]
    }

    /// The schema version of the folder; `None` where nothing has been prepared.
    ///
    /// Only the version is read, since the rest may have changed from one version to the next.
    pub(super) fn schema_version(&self) -> Result<Option<u32>, PreparedError> {
        #[derive(serde::Deserialize)]
        struct Version {
            schema_version: u32,
        }
        if !files::exists(&self.settings())? {
            return Ok(None);
        }
        let version: Version = read_json(&self.settings())?;
        Ok(Some(version.schema_version))
    }

    /// The record of a track by that recipe, if there is one: half or foreign records count as absent, since the
    /// track is then prepared again.
    ///
    /// # Errors
    ///
    /// If it is there, or may be, and can't be read: a bucket that does not answer says nothing of what it holds.
    pub(super) fn read_record(
        &self,
        track_id: &TrackId,
        recipe: &str,
    ) -> Result<Option<PreparedTrack>, FileError> {
        read_if_sound(&self.record(track_id, recipe))
    }

    /// As [`Self::read_record`], for a failure.
    ///
    /// # Errors
    ///
    /// As [`Self::read_record`].
    pub(super) fn read_failure(
        &self,
        track_id: &TrackId,
        recipe: &str,
    ) -> Result<Option<FailedTrack>, FileError> {
        read_if_sound(&self.failure(track_id, recipe))
    }

    /// Accepts only a folder of the schema that this program writes.
    pub(super) fn expect_own_schema(&self) -> Result<(), PreparedError> {
        match self.schema_version()? {
            None => Err(PreparedError::NotPrepared { folder: self.root.clone() }),
            Some(SCHEMA_VERSION) => Ok(()),
            Some(found) if found < SCHEMA_VERSION => Err(PreparedError::OlderSchema {
                folder: self.root.clone(),
                found,
                expected: SCHEMA_VERSION,
            }),
            Some(found) => Err(PreparedError::NewerSchema {
                folder: self.root.clone(),
                found,
                expected: SCHEMA_VERSION,
            }),
        }
    }
}

/// What a file holds; `None` where there is none, or it holds something else.
fn read_if_sound<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, FileError> {
    Ok(files::read_if_there(path)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, PreparedError> {
    let bytes = files::read(path)?;
    serde_json::from_slice(&bytes)
        .map_err(|source| PreparedError::Json { path: path.to_owned(), source })
}

pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), FileError> {
    files::write_with(path, |writer| serde_json::to_writer_pretty(writer, value))
}
