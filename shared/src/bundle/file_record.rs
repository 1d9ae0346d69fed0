//! What the manifest says of one file.

use super::error::BundleError;
use crate::hash::sha256_hex;
use serde::{Deserialize, Serialize};

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// What it is for.
    pub role: FileRole,
    /// What kind of bytes it holds.
    pub media: MediaKind,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// What a file of a bundle is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum FileRole {
    /// The list of songs.
    Catalog,
    /// An embedding table.
    Embeddings,
    /// What each condition recommends.
    Recommendations,
    /// What a participant hears.
    Stimulus,
    /// The configuration of a network.
    ModelConfig,
    /// The weights of a network.
    ModelWeights,
    /// The vocabulary of a network that reads.
    Tokenizer,
    /// The design of the study.
    Study,
    /// The songs of an embedding table in two dimensions, for pictures.
    Map,
    /// The slices of an embedding table that lie in the stimuli: why songs are alike.
    Moments,
    /// A part of a large embedding table, or the index of its parts.
    EmbeddingPart,
    /// Some songs, the index of all, or words of theirs.
    SongPage,
    /// A list of further files.
    FileList,
    /// Something of a later version: its checksum holds, the rest is not looked at.
    Other(String),
}

/// What kind of bytes a file holds, as an internet media type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum MediaKind {
    /// JSON.
    Json,
    /// Comma-separated values.
    Csv,
    /// MP3.
    Mp3,
    /// Anything else, here safetensors and weights.
    Bytes,
    /// A kind of a later version.
    Other(String),
}

const ROLES: [(&str, FileRole); 13] = [
    ("catalog", FileRole::Catalog),
    ("embeddings", FileRole::Embeddings),
    ("recommendations", FileRole::Recommendations),
    ("stimulus", FileRole::Stimulus),
    ("model_config", FileRole::ModelConfig),
    ("model_weights", FileRole::ModelWeights),
    ("tokenizer", FileRole::Tokenizer),
    ("study", FileRole::Study),
    ("map", FileRole::Map),
    ("moments", FileRole::Moments),
    ("embedding_part", FileRole::EmbeddingPart),
    ("song_page", FileRole::SongPage),
    ("file_list", FileRole::FileList),
];

const MEDIA: [(&str, MediaKind); 4] = [
    ("application/json", MediaKind::Json),
    ("text/csv", MediaKind::Csv),
    ("audio/mpeg", MediaKind::Mp3),
    ("application/octet-stream", MediaKind::Bytes),
];

impl From<String> for FileRole {
    fn from(name: String) -> Self {
        let known = ROLES.into_iter().find(|(known, _)| *known == name);
        known.map_or(Self::Other(name), |(_, role)| role)
    }
}

impl From<FileRole> for String {
    fn from(role: FileRole) -> Self {
        match role {
            FileRole::Other(name) => name,
            known => name_of(&ROLES, &known),
        }
    }
}

impl From<String> for MediaKind {
    fn from(name: String) -> Self {
        let known = MEDIA.into_iter().find(|(known, _)| *known == name);
        known.map_or(Self::Other(name), |(_, kind)| kind)
    }
}

impl From<MediaKind> for String {
    fn from(kind: MediaKind) -> Self {
        match kind {
            MediaKind::Other(name) => name,
            known => name_of(&MEDIA, &known),
        }
    }
}

fn name_of<T: PartialEq>(names: &[(&str, T)], wanted: &T) -> String {
    let found = names.iter().find(|(_, value)| value == wanted);
    found.expect("every variant but the last has a name").0.to_owned()
}

impl FileRecord {
    /// The record of these bytes.
    pub fn of(role: FileRole, media: MediaKind, bytes: &[u8]) -> Self {
        Self { role, media, bytes: bytes.len() as u64, sha256: sha256_hex(bytes) }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_roles_and_kinds_are_kept() {
        let json = r#"{"role":"video","media":"image/png","bytes":1,"sha256":"00"}"#;
        let record: FileRecord = serde_json::from_str(json).unwrap();
        assert_eq!(record.role, FileRole::Other("video".into()));
        assert_eq!(serde_json::to_string(&record).unwrap(), json);
        let known = FileRecord::of(FileRole::ModelConfig, MediaKind::Json, b"{}");
        let json = serde_json::to_string(&known).unwrap();
        assert!(json.contains(r#""role":"model_config","media":"application/json""#), "{json}");
        assert_eq!(serde_json::from_str::<FileRecord>(&json).unwrap(), known);
    }
}
