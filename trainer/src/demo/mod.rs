//! The demo catalogue: songs composed, rendered and written by rule, with lyrics, free of rights.
//!
//! ```text
//! seed -> artists (home genre, lean, offset, taste, voice)
//!      -> song: shares of the genres -> style -> score -> sound -> mp3 or flac, tagged
//!               shares of the genres -> topics -> lyrics  -> lyrics.csv, among decoys
//! ```
//!
//! Everything depends on the seed and the options alone: the same ones give the same files on the
//! same kind of machine. Sines and logarithms come from the platform's library, so that the last bit
//! of a sample may differ between platforms.
//!
//! The genres overlap on purpose, in sound and in words differently; [`genre::OVERLAP`] is the one
//! number to tune, and says what to expect.

pub mod artist;
pub mod composition;
pub mod encode;
pub mod genre;
pub mod lyrics;
pub mod lyrics_csv;
pub mod names;
pub mod song;
pub mod style;
pub mod synth;
pub mod tagging;
mod write;

pub use write::write_catalogue;

use crate::files::FileError;
use serde::{Deserialize, Serialize};
use shared::random::Seed;
use std::path::PathBuf;

/// Lengths of a song that can be made, in seconds.
const DURATIONS_SECS: std::ops::RangeInclusive<f64> = 1.0..=600.0;

/// Numbers of songs that can be made.
const SONGS: std::ops::RangeInclusive<usize> = 4..=20_000;

/// What the catalogue is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DemoOptions {
    /// Seed of everything.
    pub seed: Seed,
    /// Number of songs, a quarter of them in each genre.
    pub n_songs: usize,
    /// Length of each song in seconds.
    pub duration_secs: f64,
}

impl Default for DemoOptions {
    /// 160 songs of 100 seconds.
    fn default() -> Self {
        Self { seed: Seed(7), n_songs: 160, duration_secs: 100.0 }
    }
}

impl DemoOptions {
    fn check(&self) -> Result<(), DemoError> {
        if !SONGS.contains(&self.n_songs) {
            return Err(DemoError::Songs { got: self.n_songs });
        }
        if !DURATIONS_SECS.contains(&self.duration_secs) {
            return Err(DemoError::Duration { got_secs: self.duration_secs });
        }
        Ok(())
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoFiles {
    /// The folder of the songs.
    pub audio: PathBuf,
    /// The lyrics csv.
    pub lyrics: PathBuf,
    /// Number of songs.
    pub n_songs: usize,
}

/// What can go wrong with the demo catalogue.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A number of songs out of range.
    #[error("{got} songs can't be made; a number from {} to {} is expected", SONGS.start(), SONGS.end())]
    Songs {
        /// The number asked for.
        got: usize,
    },
    /// A length out of range.
    #[error(
        "songs of {got_secs} s can't be made; a length from {} to {} s is expected",
        DURATIONS_SECS.start(),
        DURATIONS_SECS.end()
    )]
    Duration {
        /// The length asked for, in seconds.
        got_secs: f64,
    },
    /// A song that can't be encoded.
    #[error("can't make '{}'", path.display())]
    Song {
        /// Its file.
        path: PathBuf,
        /// Why.
        #[source]
        source: encode::EncodeError,
    },
    /// A song that can't be tagged.
    #[error("can't tag '{}'", path.display())]
    Tag {
        /// Its file.
        path: PathBuf,
        /// Why.
        #[source]
        source: lofty::error::FileEncodingError,
    },
    /// Something stands there that is no demo.
    #[error(
        "'{}' holds '{name}' and is no demo catalogue, which would be mixed with what is there; choose another folder",
        folder.display()
    )]
    InTheWay {
        /// The folder.
        folder: PathBuf,
        /// What stands there.
        name: String,
    },
    /// `demo.json` is not one of this program's.
    #[error(
        "'{}' does not note a demo catalogue; choose another folder, or remove the file",
        path.display()
    )]
    Stamp {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The csv.
    #[error("the lyrics csv can't be put together")]
    Csv(#[from] csv::Error),
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
}
