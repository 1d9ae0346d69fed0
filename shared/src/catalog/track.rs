//! One song.

use crate::hash::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// The stable name of a track: 16 lower-case hexadecimal digits made from what identifies the song
/// in its source, so that the same inputs give the same ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrackId(String);

impl TrackId {
    /// The id of the song that these parts identify: the first 64 bits of the SHA-256 of the parts,
    /// each preceded by its length.
    pub fn from_parts(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        Self(hex(&hash.finalize()[..8]))
    }

    /// The places of ids in the order of the ids; equal ones keep theirs.
    pub fn order(ids: &[&Self]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..ids.len()).collect();
        order.sort_by(|a, b| ids[*a].cmp(ids[*b]));
        order
    }

    /// An id that was written earlier.
    ///
    /// Anything of 1 to 64 ASCII letters, digits, `-` and `_` is taken, since ids become file
    /// names.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        ((1..=64).contains(&text.len()) && text.chars().all(fits)).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The share of the catalogue that a track belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Fits the weights.
    Train,
    /// Chooses the epoch.
    Validation,
    /// Is looked at once, at the end; recommendations come from it.
    Test,
}

impl Split {
    /// All splits, in the order of their use.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }

    /// The split of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|split| split.name() == name)
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One song of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Stable name.
    pub track_id: TrackId,
    /// Title as the source writes it.
    pub title: String,
    /// Main artist.
    pub artist: String,
    /// Genre, the class that the networks learn.
    pub genre: String,
    /// Year of release, where known.
    pub year: Option<i32>,
    /// Page views of the lyrics, a measure of popularity, where known.
    pub views: Option<u64>,
    /// ISO 639-1 code of the lyrics' language; empty where there are no lyrics.
    pub language: String,
    /// How the language was decided: `column`, `detected`, or empty.
    pub language_source: String,
    /// Confidence of that decision, 0 to 1.
    pub language_confidence: Option<f64>,
    /// Audio file: relative to the folder of the catalogue file, or absolute.
    pub audio_path: String,
    /// Lyrics as the source writes them; empty where there are none.
    pub lyrics: String,
    /// Share of the catalogue.
    pub split: Split,
    /// Score of the link between audio and lyrics, 0 to 1; `None` where nothing had to be linked.
    pub link_score: Option<f64>,
    /// Why that score, for people.
    pub link_reasons: String,
}
