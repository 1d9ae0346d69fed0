//! What was asked of `segue prepare`.

use serde::{Deserialize, Serialize};
use shared::audio::ClipSettings;
use shared::spectrogram::{MelConfig, SlicePreset};

/// Version of the folder's layout and of what is computed: it grows whenever either changes, and then
/// everything is prepared anew.
pub const SCHEMA_VERSION: u32 = 3;

/// What was asked of `segue prepare`; kept as `settings.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrepareSettings {
    /// [`SCHEMA_VERSION`] of the program that prepared the folder.
    pub schema_version: u32,
    /// Which part of each song is used.
    pub clip: ClipSettings,
    /// The mel spectrogram.
    pub mel: MelConfig,
    /// How it becomes the networks' input.
    pub preset: SlicePreset,
    /// What participants hear; `None` where no stimuli were wanted.
    pub stimulus: Option<StimulusSettings>,
}

impl Default for PrepareSettings {
    fn default() -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            clip: ClipSettings::default(),
            mel: MelConfig::default(),
            preset: SlicePreset::default(),
            stimulus: Some(StimulusSettings::default()),
        }
    }
}

/// How a stimulus, the piece of a song that a participant hears, is made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StimulusSettings {
    /// Length from the start of the clip, in seconds.
    pub duration_secs: f64,
    /// Length of the fade at the start, in seconds.
    pub fade_in_secs: f64,
    /// Length of the fade at the end, in seconds.
    pub fade_out_secs: f64,
    /// Loudness that all stimuli get (EBU R128 integrated), in LUFS.
    pub target_lufs: f64,
    /// Highest true peak of the encoded stimulus, in dBTP: one that would exceed it stays softer than the
    /// target.
    pub max_true_peak_dbtp: f64,
}

impl Default for StimulusSettings {
    /// 10 s as in the study; -16 LUFS with at most -1 dBTP as in AES TD1004 for streaming: loud
    /// enough for headphones, low enough that few songs meet the peak limit.
    fn default() -> Self {
        Self {
            duration_secs: 10.0,
            fade_in_secs: 0.010,
            fade_out_secs: 0.050,
            target_lufs: -16.0,
            max_true_peak_dbtp: -1.0,
        }
    }
}
