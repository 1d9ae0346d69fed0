//! Reading a bundle: named bytes in, parts out.

use super::error::BundleError;
use super::file_record::FileRole;
use super::manifest::Manifest;
use super::songs::{Song, SongList};
use super::{CATALOG_FILE, RECOMMENDATIONS_FILE};
use crate::embedding::EmbeddingTable;
use crate::json;
use crate::recommend::Recommendations;
use crate::study::{STUDY_FILE, StudyDesign};
use std::collections::BTreeMap;

/// The parts of a bundle that are needed before anything is played: all but stimuli and networks.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// What is in it and where it came from.
    pub manifest: Manifest,
    /// The songs.
    pub songs: SongList,
    /// The embedding tables by name.
    pub embeddings: BTreeMap<String, EmbeddingTable>,
    /// What each condition recommends.
    pub recommendations: Recommendations,
    /// The design of the study, where there is one.
    pub study: Option<StudyDesign>,
}

impl Bundle {
    /// The files that [`Self::from_files`] needs, to be fetched in any order.
    pub fn core_files(manifest: &Manifest) -> Vec<&str> {
        let roles = [FileRole::Catalog, FileRole::Recommendations, FileRole::Study];
        let of_role = manifest.files.iter().filter(|(_, file)| roles.contains(&file.role));
        let tables = manifest.embeddings.values().map(|entry| entry.file.as_str());
        of_role.map(|(path, _)| path.as_str()).chain(tables).collect()
    }

    /// Makes the parts from the bytes of the [core files](Self::core_files).
    ///
    /// # Errors
    ///
    /// If a file is missing, is not the one that the manifest names, or does not parse.
    /// [`super::Checker`] lists everything that is wrong instead of the first fault.
    pub fn from_files(
        manifest: Manifest,
        files: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Self, BundleError> {
        let bytes = |path: &str| checked_bytes(&manifest, files, path);
        let songs = SongList::from_json(bytes(CATALOG_FILE)?)?;
        let recommendations = Recommendations::read_csv(bytes(RECOMMENDATIONS_FILE)?)?;
        let mut embeddings = BTreeMap::new();
        for (name, entry) in &manifest.embeddings {
            let table =
                EmbeddingTable::from_safetensors(bytes(&entry.file)?).map_err(|source| {
                    BundleError::Embeddings { file: entry.file.clone(), source: Box::new(source) }
                })?;
            embeddings.insert(name.clone(), table);
        }
        let study = match manifest.files.get(STUDY_FILE) {
            Some(record) if record.role == FileRole::Study => {
                Some(StudyDesign::from_json(bytes(STUDY_FILE)?)?)
            }
            _ => None,
        };
        Ok(Self { manifest, songs, embeddings, recommendations, study })
    }

    /// SHA-256 of `study.json`, where there is one: what a preregistration names.
    pub fn study_sha256(&self) -> Option<&str> {
        self.study.as_ref()?;
        self.manifest.files.get(STUDY_FILE).map(|record| record.sha256.as_str())
    }

    /// The songs of the study, as every condition chooses from them; none without a study.
    pub fn study_songs(&self) -> impl Iterator<Item = &Song> {
        let in_study = |song: &&Song| {
            self.study.as_ref().is_some_and(|study| study.songs.includes(song.split))
        };
        self.songs.tracks.iter().filter(in_study)
    }
}

impl SongList {
    /// Reads `catalog.json`.
    ///
    /// # Errors
    ///
    /// If it is no list of songs.
    pub fn from_json(bytes: &[u8]) -> Result<Self, BundleError> {
        json::from_slice(bytes).map_err(BundleError::Songs)
    }
}

fn checked_bytes<'a>(
    manifest: &Manifest,
    files: &'a BTreeMap<String, Vec<u8>>,
    path: &str,
) -> Result<&'a [u8], BundleError> {
    let missing = || BundleError::FileMissing { file: path.to_owned() };
    let record = manifest.files.get(path).ok_or_else(missing)?;
    let bytes = files.get(path).ok_or_else(missing)?;
    record.check(path, bytes)?;
    Ok(bytes)
}
