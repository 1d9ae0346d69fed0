//! `manifest.json`: what is in a bundle and where it came from.

use super::file_record::{FileRecord, FileRole};
use super::pages::SongPagesEntry;
use crate::json;
use crate::recommend::Condition;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The version of the format that this program writes, and the newest that it reads. It rises only
/// when an older reader would take a bundle for something that it is not.
pub const SCHEMA_VERSION: u32 = 1;
/// What `format` says.
pub const FORMAT: &str = "segue-bundle";

/// What is in a bundle and where it came from. Entries that this version does not know are ignored
/// when reading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always `segue-bundle`.
    pub format: String,
    /// Version of the format.
    pub schema_version: u32,
    /// The version of Segue that wrote the bundle.
    pub created_by: String,
    /// Name of the bundle, for people.
    pub name: String,
    /// Every other file, by its path in the bundle (with `/`), but those that stand in lists.
    pub files: BTreeMap<String, FileRecord>,
    /// Lists of further files, where these are many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub file_lists: Vec<FileListEntry>,
    /// The embedding tables by name.
    pub embeddings: BTreeMap<String, TableEntry>,
    /// The songs in pages, where they are many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub song_pages: Option<SongPagesEntry>,
    /// The networks by name.
    pub models: BTreeMap<String, ModelEntry>,
    /// The conditions of `recommendations.csv`.
    pub conditions: Vec<Condition>,
    /// How the songs were prepared and what the networks look like.
    pub configs: Configs,
    /// Where everything came from.
    pub provenance: Provenance,
}

/// A list of files, in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileListEntry {
    /// The list's own file.
    pub file: String,
    /// How many files it names.
    pub n_files: usize,
    /// Size of them all in bytes.
    pub bytes: u64,
}

/// One embedding table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEntry {
    /// Its file.
    pub file: String,
    /// Type of the values: `F16`.
    pub dtype: String,
    /// Number of tracks: every song of the catalogue.
    pub n_tracks: usize,
    /// Length of a vector.
    pub dim: usize,
    /// The same table in parts, where it is large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<PartsEntry>,
}

/// The parts of a large embedding table, see [`PartIndex`](crate::recommend::PartIndex).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartsEntry {
    /// File of the index.
    pub index: String,
    /// Files of the parts, in their order.
    pub files: Vec<String>,
    /// How many songs a search looks at, at most.
    pub most_rows: usize,
    /// Tables of more songs than this are in parts; `None` in bundles of before this was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<usize>,
}

/// One network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelEntry {
    /// File of its configuration.
    pub config: String,
    /// File of its weights.
    pub weights: String,
    /// File of its vocabulary, where it reads lyrics.
    pub tokenizer: Option<String>,
    /// How the weights of its reading part are stored and what that costs; `None` where they are as they were
    /// trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_weights: Option<StoredTextWeights>,
}

/// What it costs to store the weights of a reading part in fewer bytes, on the test songs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredTextWeights {
    /// `f16` or `int8`.
    pub format: String,
    /// Bytes of the weights as they were trained.
    pub bytes_as_trained: u64,
    /// Songs that were tried.
    pub n_songs: usize,
    /// Share of them whose genre the network names, as it was trained.
    pub accuracy_as_trained: f64,
    /// The same with the weights that are stored.
    pub accuracy: f64,
    /// The lowest cosine between a song's embeddings by both.
    pub lowest_cosine: f64,
}

/// How the songs were prepared and what the networks look like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Configs {
    /// The settings of `segue prepare`: clip, mel spectrogram, slices, stimuli.
    pub prepare: Value,
    /// The configuration of each network, as in `models/NAME/model.json`.
    pub models: BTreeMap<String, Value>,
}

/// Where everything came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// SHA-256 of `catalog.csv` as the researcher has it, with lyrics and paths.
    pub catalog_sha256: String,
    /// Hash of the prepared songs: of their audio, lyrics and settings.
    pub data_hash: String,
    /// The settings of `segue recommend` (`k`, `split`, `same_artist`, `seed`, `conditions`), where
    /// they are known.
    pub recommend: Option<Value>,
    /// The training run of each network.
    pub runs: BTreeMap<String, RunProvenance>,
}

/// What is known of a training run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct RunProvenance {
    /// Hash of the prepared songs that it was trained on.
    pub data_hash: Option<String>,
    /// Seed.
    pub seed: Option<u64>,
    /// Version of Segue.
    pub version: Option<String>,
    /// Git revision of Segue.
    pub git_revision: Option<String>,
}

/// Whether a path may stand in a bundle: parts of ASCII letters, digits, `.`, `-` and `_` joined by
/// `/`, none of them starting with a dot. Such a path is the same on every system and in a URL and
/// never leaves the folder.
pub fn is_bundle_path(path: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_part = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && part.len() <= 128 && part.chars().all(fits)
    };
    path.split('/').all(is_part)
}

/// Whether a network or embedding table may have this name: 1 to 32 lower-case ASCII letters,
/// digits, `-` and `_`.
pub fn is_part_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    (1..=32).contains(&name.len()) && name.chars().all(fits)
}

impl Manifest {
    /// Format and version as this program writes them.
    pub(super) fn current_format() -> (String, u32, String) {
        (FORMAT.to_owned(), SCHEMA_VERSION, format!("segue {}", env!("CARGO_PKG_VERSION")))
    }

    /// Reads `manifest.json`. The version is looked at before anything else.
    ///
    /// # Errors
    ///
    /// If it is not the manifest of a bundle, if its schema is newer than
    /// [`SCHEMA_VERSION`], or if an entry is missing or of another type.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ManifestError> {
        let value: Value = serde_json::from_slice(bytes).map_err(ManifestError::NotJson)?;
        if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
            return Err(ManifestError::NotABundle);
        }
        let found = value.get("schema_version").and_then(Value::as_u64);
        let found = found.ok_or(ManifestError::NotABundle)?;
        if found > u64::from(SCHEMA_VERSION) {
            return Err(ManifestError::NewerSchema { found });
        }
        json::from_value(&value).map_err(ManifestError::WrongEntry)
    }

    /// `manifest.json`, for people too: indented, keys in a fixed order, a line break at the end.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("texts, numbers and maps by text");
        json.push(b'\n');
        json
    }

    /// The paths of the files of that role.
    pub fn files_of<'a>(&'a self, role: &'a FileRole) -> impl Iterator<Item = &'a str> {
        self.files.iter().filter(move |(_, file)| file.role == *role).map(|(path, _)| path.as_str())
    }
}

/// What can be wrong with a manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not JSON.
    #[error("manifest.json is no JSON")]
    NotJson(#[source] serde_json::Error),
    /// JSON of something else.
    #[error(
        "manifest.json is not the manifest of a bundle: expected \"format\": \"segue-bundle\" and \
         a \"schema_version\""
    )]
    NotABundle,
    /// A bundle of a later version.
    #[error(
        "made by a newer Segue (schema {found}), this one reads up to {SCHEMA_VERSION}: update"
    )]
    NewerSchema {
        /// Its version.
        found: u64,
    },
    /// An entry that is missing or of another type.
    #[error("manifest.json has a wrong or missing entry")]
    WrongEntry(#[source] json::ValueError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        for good in ["catalog.json", "models/audio/model.bpk", "stimuli/0a-Z_9.mp3"] {
            assert!(is_bundle_path(good), "{good}");
        }
        for bad in ["", "/a", "a//b", "../a", "a/../b", "a\\b", ".hidden", "a b", "ä", "a/"] {
            assert!(!is_bundle_path(bad), "{bad}");
        }
        assert!(is_part_name("audio-2") && !is_part_name("a/b") && !is_part_name(""));
    }

    #[test]
    fn newer_and_foreign_manifests_are_refused() {
        let error = |json: &str| Manifest::from_json(json.as_bytes()).unwrap_err().to_string();
        let newer = error(r#"{"format":"segue-bundle","schema_version":2,"all":"else"}"#);
        assert_eq!(newer, "made by a newer Segue (schema 2), this one reads up to 1: update");
        assert!(error("{").contains("no JSON"));
        assert!(error("{}").contains("not the manifest of a bundle"));
        assert!(error(r#"{"format":"segue-bundle","schema_version":1}"#).contains("missing entry"));
    }
}
