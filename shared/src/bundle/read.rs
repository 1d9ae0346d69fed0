//! Reading a bundle: named bytes in, parts out.

use super::manifest::{FileRecord, FileRole, Manifest, sha256_hex};
use super::songs::{Song, SongList};
use super::{CATALOG_FILE, RECOMMENDATIONS_FILE};
use crate::embedding::{EmbeddingFileError, EmbeddingTable, MapError};
use crate::json;
use crate::recommend::{PartError, Recommendations, RecommendationsError};
use crate::study::{DesignError, STUDY_FILE, StudyDesign};
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

impl FileRecord {
    /// Makes sure that these are the bytes that the manifest names: for every file that is fetched
    /// from a server, stimuli and weights too.
    ///
    /// # Errors
    ///
    /// If size or checksum differ.
    pub fn check(&self, path: &str, bytes: &[u8]) -> Result<(), BundleError> {
        let (file, got_bytes) = (path.to_owned(), bytes.len() as u64);
        if got_bytes != self.bytes {
            return Err(BundleError::WrongSize { file, expected: self.bytes, got: got_bytes });
        }
        let got = sha256_hex(bytes);
        if got != self.sha256 {
            let expected = self.sha256.clone();
            return Err(BundleError::WrongChecksum { file, expected, got });
        }
        Ok(())
    }
}

/// What can be wrong with a file of a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file that the manifest names, or that every bundle has, is not there.
    #[error("'{file}' is missing")]
    FileMissing {
        /// Its path.
        file: String,
    },
    /// A file of another size.
    #[error("'{file}' has {got} bytes, the manifest says {expected}; copy the bundle again")]
    WrongSize {
        /// Its path.
        file: String,
        /// Size in the manifest.
        expected: u64,
        /// Size found.
        got: u64,
    },
    /// A file of other bytes.
    #[error("'{file}' was changed: SHA-256 {got}, the manifest says {expected}")]
    WrongChecksum {
        /// Its path.
        file: String,
        /// Checksum in the manifest.
        expected: String,
        /// Checksum found.
        got: String,
    },
    /// `catalog.json` does not parse.
    #[error("'catalog.json' is no list of songs")]
    Songs(#[source] json::ValueError),
    /// A page of songs, their index or their words do not parse.
    #[error("'{file}' is no page of songs, nor their index or words")]
    SongPages {
        /// Its path.
        file: String,
        /// Why.
        #[source]
        source: json::ValueError,
    },
    /// The index of songs does not fit itself.
    #[error(
        "'{file}': its columns are not equally long, or name a genre or split that there is not"
    )]
    SongColumns {
        /// Its path.
        file: String,
    },
    /// Pages that can't hold the songs of their index.
    #[error(
        "'{file}' has {n_songs} songs, the manifest {n_pages} pages of {songs_per_page} and {n_word_files} files of words"
    )]
    SongPageCount {
        /// Path of the index.
        file: String,
        /// Songs of the index.
        n_songs: usize,
        /// Pages in the manifest.
        n_pages: usize,
        /// Songs of each.
        songs_per_page: usize,
        /// Files of words in the manifest.
        n_word_files: usize,
    },
    /// A page of too few songs, or too many.
    #[error("'{file}' has {got} songs, not {expected}")]
    SongPageLength {
        /// Its path.
        file: String,
        /// Songs that it must have.
        expected: usize,
        /// Songs that it has.
        got: usize,
    },
    /// Words of a song that there is not.
    #[error("'{file}' names the song at place {place}; the last of {n_songs} is before that")]
    SongPlace {
        /// Its path.
        file: String,
        /// The place.
        place: u64,
        /// Songs of the catalogue.
        n_songs: usize,
    },
    /// A list of files does not parse.
    #[error("'{file}' is no list of files")]
    FileList {
        /// Its path.
        file: String,
        /// Why.
        #[source]
        source: json::ValueError,
    },
    /// A list of other files.
    #[error(
        "'{file}' names {got} files, or others than the manifest says, which expects {expected}"
    )]
    FileListLength {
        /// Its path.
        file: String,
        /// Files that it must name.
        expected: usize,
        /// Files that it names.
        got: usize,
    },
    /// A list that names a file once more.
    #[error("'{file}' names the file '{twice}', which is named already")]
    ListedTwice {
        /// The list.
        file: String,
        /// The file.
        twice: String,
    },
    /// An embedding table does not parse.
    #[error("'{file}' is no embedding table")]
    Embeddings {
        /// Its path.
        file: String,
        /// Why.
        #[source]
        source: Box<EmbeddingFileError>,
    },
    /// A table or map over other songs, or in another order.
    #[error("'{file}' is over other songs than the catalogue")]
    OtherSongs {
        /// Its path.
        file: String,
    },
    /// A map whose metadata can't be understood.
    #[error("'{file}' does not say how songs come onto the map")]
    Map {
        /// Its path.
        file: String,
        /// Why.
        #[source]
        source: MapError,
    },
    /// A part of an embedding table does not parse.
    #[error("'{file}' is no part of an embedding table")]
    Part {
        /// Its path.
        file: String,
        /// Why.
        #[source]
        source: PartError,
    },
    /// `study.json` is not the sound design of a study.
    #[error(transparent)]
    Study(#[from] DesignError),
    /// `recommendations.csv` does not parse.
    #[error("'recommendations.csv' does not hold recommendations")]
    Recommendations(#[from] RecommendationsError),
}

impl BundleError {
    pub(super) fn of_pages(file: &str, source: json::ValueError) -> Self {
        Self::SongPages { file: file.to_owned(), source }
    }
}
