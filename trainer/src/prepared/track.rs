//! Preparing one track: from the bytes of its audio file to slices, stimulus and record.

use super::stimulus::{self, Stimulus, StimulusError};
use super::{PrepareSettings, PreparedTrack, SourceRecord};
use crate::prepared::{FileStamp, slices};
use shared::audio::{AudioError, ClipNote, decode_clip, decode_mono_clip};
use shared::catalog::Track;
use shared::spectrogram::{ClipAnalyzer, ClipSoundError, MelConfigError, SliceStack, expect_heard};
use std::path::Path;

/// What a worker keeps from one track to the next: plans and buffers.
pub(super) struct Workbench {
    analyzer: ClipAnalyzer,
}

/// A track that is ready to be written.
pub(super) struct Outcome {
    pub(super) record: PreparedTrack,
    /// The file of the slices.
    pub(super) slices: Vec<u8>,
    pub(super) stimulus: Option<Stimulus>,
}

impl Workbench {
    pub(super) fn new(settings: &PrepareSettings) -> Result<Self, MelConfigError> {
        Ok(Self { analyzer: ClipAnalyzer::new(&settings.mel)? })
    }

    /// Prepares a track whose audio file has these bytes.
    pub(super) fn prepare(
        &mut self,
        track: &Track,
        audio: Audio<'_>,
        settings: &PrepareSettings,
    ) -> Result<Outcome, TrackError> {
        // A stimulus is made of all channels, before they become one.
        let decode = if settings.stimulus.is_some() { decode_clip } else { decode_mono_clip };
        let decoded = decode(&audio.bytes, extension(&track.audio_path), &settings.clip)?;
        expect_heard(&decoded.waveform)?;
        let stimulus = match &settings.stimulus {
            Some(wanted) => {
                Some(stimulus::make(&decoded.waveform, wanted, &track.track_id, &audio.key)?)
            }
            None => None,
        };
        let samples = self.analyzer.samples(decoded.waveform)?;
        let cut = SliceStack::cut(&self.analyzer.mel(&samples), settings.preset);
        let mut notes: Vec<String> = decoded.notes.iter().map(ClipNote::to_string).collect();
        notes.extend(cut.note());
        notes.extend(stimulus.iter().flat_map(|stimulus| stimulus.note.clone()));
        let slices = slices::to_bytes(&cut.slices, settings.preset)?;
        let record = PreparedTrack {
            track_id: track.track_id.clone(),
            key: audio.key,
            n_slices: cut.slices.n_slices,
            slices_bytes: slices.len() as u64,
            lyrics: shared::lyrics::clean(&track.lyrics),
            stimulus: stimulus.as_ref().map(|stimulus| stimulus.record.clone()),
            clip: decoded.clip,
            source: SourceRecord {
                sample_rate_hz: decoded.source.sample_rate_hz,
                n_channels: decoded.source.n_channels,
                codec: decoded.source.codec,
                duration_secs: decoded.source.duration_secs,
                stamp: audio.stamp,
            },
            notes,
        };
        Ok(Outcome { record, slices, stimulus })
    }
}

/// An audio file that was read, with the key of what it becomes.
pub(super) struct Audio<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) stamp: FileStamp,
    pub(super) key: String,
}

fn extension(path: &str) -> Option<&str> {
    Path::new(path).extension()?.to_str()
}

/// Why a track can't be prepared: a fault of its input, which does not stop the others.
#[derive(Debug, thiserror::Error)]
pub(super) enum TrackError {
    /// The file can't be decoded.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// Its sound can't be analysed.
    #[error(transparent)]
    Sound(#[from] ClipSoundError),
    /// No stimulus.
    #[error(transparent)]
    Stimulus(#[from] StimulusError),
    /// The slices don't make a file.
    #[error("the slices can't be stored")]
    Slices(#[from] safetensors::SafeTensorError),
}
