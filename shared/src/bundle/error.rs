//! What can be wrong with a bundle that is read.

use crate::embedding::{EmbeddingFileError, MapError};
use crate::json;
use crate::recommend::{PartError, RecommendationsError};
use crate::study::DesignError;

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
