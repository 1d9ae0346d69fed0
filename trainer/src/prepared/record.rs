//! The records of a prepared folder: one JSON file a track.

use serde::{Deserialize, Serialize};
use shared::audio::Clip;
use shared::catalog::TrackId;

/// One prepared track; kept as `records/<track_id>-<recipe>.json`, which is written last, so that its
/// presence means that the track's other files are there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreparedTrack {
    /// The track.
    pub track_id: TrackId,
    /// Hash of everything that the result depends on: audio, lyrics, settings, schema version.
    pub key: String,
    /// How many slices.
    pub n_slices: usize,
    /// Bytes of the file of the slices.
    pub slices_bytes: u64,
    /// Cleaned lyrics; empty where the track has none.
    pub lyrics: String,
    /// What participants hear; `None` where no stimuli were wanted.
    pub stimulus: Option<StimulusRecord>,
    /// Which part of the song was used.
    pub clip: Clip,
    /// The audio file.
    pub source: SourceRecord,
    /// What is worth knowing about this track, for people.
    pub notes: Vec<String>,
}

/// One stimulus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StimulusRecord {
    /// File, relative to the prepared folder.
    pub file: String,
    /// SHA-256 of the file, in lower-case hexadecimal digits.
    pub sha256: String,
    /// Bytes of the file.
    pub n_bytes: u64,
    /// Samples a second.
    pub sample_rate_hz: u32,
    /// Length in seconds, without the encoder's padding.
    pub duration_secs: f64,
    /// Gain that was applied, in decibels.
    pub gain_db: f64,
    /// Integrated loudness after the gain, in LUFS, before encoding.
    pub integrated_lufs: f64,
    /// True peak of the encoded file when it is decoded, in dBTP.
    pub true_peak_dbtp: f64,
}

/// What the audio file was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// Samples a second.
    pub sample_rate_hz: u32,
    /// How many channels.
    pub n_channels: usize,
    /// Codec, such as `mp3`.
    pub codec: String,
    /// Length of the whole song in seconds, where it is known.
    pub duration_secs: Option<f64>,
    /// The file as it was, to tell quickly whether it has changed.
    pub stamp: FileStamp,
}

/// A file's identity: size and time of change tell quickly, the hash for certain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStamp {
    /// Bytes.
    pub n_bytes: u64,
    /// Time of the last change in nanoseconds since 1970.
    pub modified_nanos: u64,
    /// BLAKE3 of the content, in lower-case hexadecimal digits.
    pub blake3: String,
}

/// A track that could not be prepared; kept as `failed/<track_id>-<recipe>.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedTrack {
    /// The track.
    pub track_id: TrackId,
    /// As [`PreparedTrack::key`]; empty where the audio file could not be read.
    pub key: String,
    /// Path of the audio file as the catalogue has it.
    pub audio_path: String,
    /// Why.
    pub reason: String,
    /// The file as it was; `None` where it could not be read.
    pub stamp: Option<FileStamp>,
}
