//! Preparing one track: from the bytes of its audio file to slices, stimulus and record.

use super::stimulus::{self, Stimulus, StimulusError};
use super::{PrepareSettings, PreparedTrack, SourceRecord};
use crate::prepared::{FileStamp, slices};
use shared::audio::{AudioError, ClipNote, ResampleError, Resampler, Waveform, decode_clip};
use shared::catalog::Track;
use shared::spectrogram::{MelConfigError, MelExtractor, SLICE_FRAMES, SliceStack};
use std::collections::HashMap;
use std::path::Path;

/// Peak below which a clip counts as silent: one step of 16 bits.
const SILENT_PEAK: f32 = 1.0 / 32_768.0;

/// What a worker keeps from one track to the next: plans and buffers.
pub(super) struct Workbench {
    mel: MelExtractor,
    resamplers: HashMap<u32, Resampler>,
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
        Ok(Self { mel: MelExtractor::new(&settings.mel)?, resamplers: HashMap::new() })
    }

    /// Prepares a track whose audio file has these bytes.
    pub(super) fn prepare(
        &mut self,
        track: &Track,
        audio: Audio<'_>,
        settings: &PrepareSettings,
    ) -> Result<Outcome, TrackError> {
        let decoded = decode_clip(audio.bytes, extension(&track.audio_path), &settings.clip)?;
        if !is_heard(&decoded.waveform) {
            return Err(TrackError::Silent);
        }
        let mono = decoded.waveform.to_mono();
        let samples = self.resampler(decoded.source.sample_rate_hz)?.convert(&mono)?;
        let cut = SliceStack::cut(&self.mel.extract(&samples), settings.preset);
        let stimulus = match &settings.stimulus {
            Some(wanted) => {
                Some(stimulus::make(&decoded.waveform, wanted, &track.track_id, &audio.key)?)
            }
            None => None,
        };
        let mut notes: Vec<String> = decoded.notes.iter().map(ClipNote::to_string).collect();
        if cut.n_frames_padded > 0 {
            let n = cut.n_frames_padded;
            notes.push(format!("{n} of {SLICE_FRAMES} frames of the only slice are padding"));
        }
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

    fn resampler(&mut self, from_hz: u32) -> Result<&mut Resampler, ResampleError> {
        use std::collections::hash_map::Entry;
        match self.resamplers.entry(from_hz) {
            Entry::Occupied(found) => Ok(found.into_mut()),
            Entry::Vacant(place) => {
                Ok(place.insert(Resampler::new(from_hz, self.mel.config().sample_rate_hz)?))
            }
        }
    }
}

/// An audio file that was read, with the key of what it becomes.
pub(super) struct Audio<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) stamp: FileStamp,
    pub(super) key: String,
}

/// Whether there is anything to hear; in a song the first samples tell.
fn is_heard(sound: &Waveform) -> bool {
    sound.channels().iter().flatten().any(|sample| sample.abs() >= SILENT_PEAK)
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
    /// Nothing to hear.
    #[error("the clip is silent")]
    Silent,
    /// Not resampled.
    #[error(transparent)]
    Resample(#[from] ResampleError),
    /// No stimulus.
    #[error(transparent)]
    Stimulus(#[from] StimulusError),
    /// The slices don't make a file.
    #[error("the slices can't be stored")]
    Slices(#[from] safetensors::SafeTensorError),
}
