//! From a bundle to the numbers that the page shows.

use shared::bundle::{Bundle, FileRole, Manifest, Song};
use shared::catalog::{Split, TrackId};
use std::collections::BTreeSet;

/// The songs of one genre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GenreRow {
    /// Place in the bundle's list of genres.
    pub(crate) index: usize,
    /// Its name.
    pub(crate) genre: String,
    /// All songs.
    pub(crate) n_songs: usize,
    /// Songs that the networks did not learn from.
    pub(crate) n_test: usize,
    /// Artists.
    pub(crate) n_artists: usize,
}

/// One row a genre, in the order of the networks' classes.
pub(crate) fn genres(bundle: &Bundle) -> Vec<GenreRow> {
    let row = |(index, genre): (usize, &String)| {
        let songs: Vec<&Song> =
            bundle.songs.tracks.iter().filter(|song| song.genre == *genre).collect();
        let artists: BTreeSet<_> = songs.iter().map(|song| song.artist.as_str()).collect();
        GenreRow {
            index,
            genre: genre.clone(),
            n_songs: songs.len(),
            n_test: songs.iter().filter(|song| song.split == Split::Test).count(),
            n_artists: artists.len(),
        }
    };
    bundle.songs.genres.iter().enumerate().map(row).collect()
}

/// The recommendations of one condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConditionRow {
    /// Its name.
    pub(crate) condition: &'static str,
    /// Songs that recommendations start from.
    pub(crate) n_anchors: usize,
    /// Recommendations in all.
    pub(crate) n_rows: usize,
    /// Different songs among them.
    pub(crate) n_recommended: usize,
}

/// One row a condition.
pub(crate) fn conditions(bundle: &Bundle) -> Vec<ConditionRow> {
    let rows = bundle.recommendations.rows();
    let row = |condition| {
        let own = rows.iter().filter(|row| row.condition == condition);
        let anchors: BTreeSet<&TrackId> = own.clone().map(|row| &row.anchor_id).collect();
        let recommended: BTreeSet<&TrackId> = own.clone().map(|row| &row.track_id).collect();
        ConditionRow {
            condition: condition.name(),
            n_anchors: anchors.len(),
            n_rows: own.count(),
            n_recommended: recommended.len(),
        }
    };
    bundle.recommendations.conditions().into_iter().map(row).collect()
}

/// Number and bytes of the files of one role.
pub(crate) fn files_of(manifest: &Manifest, role: &FileRole) -> (usize, u64) {
    let files = manifest.files.values().filter(|file| file.role == *role);
    files.fold((0, 0), |(n_files, bytes), file| (n_files + 1, bytes + file.bytes))
}

/// What a file is for, in words.
pub(crate) fn role_name(role: &FileRole) -> String {
    match role {
        FileRole::Catalog => "songs",
        FileRole::Embeddings => "embeddings",
        FileRole::Recommendations => "recommendations",
        FileRole::Stimulus => "stimulus",
        FileRole::Study => "study",
        FileRole::Map => "map",
        FileRole::Moments => "moments",
        FileRole::EmbeddingPart => "part of a table",
        FileRole::SongPage => "page of songs",
        FileRole::FileList => "list of files",
        FileRole::ModelConfig => "network: shape",
        FileRole::ModelWeights => "network: weights",
        FileRole::Tokenizer => "network: vocabulary",
        FileRole::Other(name) => name,
    }
    .to_owned()
}
