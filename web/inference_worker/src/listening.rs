//! The worker that hears: from a sound file to what a network that hears makes of it.

use crate::file::File;
use crate::sound::{MelPicture, Sound, outline};
use crate::task::{NetworkFiles, SongTask};
use crate::told::{Said, Stage, Told};
use crate::trained::{NetworkError, Trained, at_once, hearing};
use burn::tensor::Device;
use shared::audio::{AudioError, Clip, ClipNote, DecodedClip, SourceInfo, decode_mono_clip};
use shared::model::{EmbedError, SongInput};
use shared::spectrogram::{
    ClipAnalyzer, ClipSoundError, Cut, MelConfigError, MelSpectrogram, SliceStack,
};

/// A network that hears, and what turns songs into its input.
pub(crate) struct Ear {
    trained: Trained,
    analyzer: ClipAnalyzer,
}

impl Ear {
    /// Takes a network.
    pub(crate) fn new(network: NetworkFiles) -> Result<Self, EarError> {
        let trained = hearing(network, Device::flex())?;
        let analyzer = ClipAnalyzer::new(&trained.config.input.mel)?;
        Ok(Self { trained, analyzer })
    }

    /// Name of its network.
    pub(crate) fn name(&self) -> &str {
        &self.trained.name
    }

    /// Hears the clip of a song, tells what it is, and then what the network makes of it.
    pub(crate) fn hear(
        &mut self,
        file: &File,
        task: &SongTask,
        tell: &mut dyn FnMut(&Told),
    ) -> Result<Vec<Said>, ListenError> {
        let begin =
            |stage, tell: &mut dyn FnMut(&Told)| tell(&Told::Stage { job: task.job, stage });
        begin(Stage::Decode, tell);
        if !task.clip.is_valid() {
            let (start_secs, duration_secs) = (task.clip.start_secs, task.clip.duration_secs);
            return Err(ListenError::Clip { start_secs, duration_secs });
        }
        let DecodedClip { waveform, clip, source, notes } =
            decode_mono_clip(file, task.extension.as_deref(), &task.clip)?;
        begin(Stage::Spectrogram, tell);
        let samples = self.analyzer.samples(waveform)?;
        let mel = self.analyzer.mel(&samples);
        let cut = SliceStack::cut(&mel, self.trained.config.input.preset);
        let outline = outline(&samples, task.n_columns);
        let sound = Sound { outline, samples, ..sound((source, clip, &notes), &mel, &cut) };
        tell(&Told::Sound { job: task.job, sound: Box::new(sound) });
        if !task.runs_network {
            return Ok(Vec::new());
        }
        begin(Stage::Network, tell);
        Ok(vec![self.run(&cut.slices, 1)?])
    }

    /// Runs the network on slices.
    pub(crate) fn run(&self, slices: &SliceStack, n_runs: usize) -> Result<Said, EmbedError> {
        let input = SongInput { slices: Some(slices), token_ids: None };
        at_once(self.trained.run(input, n_runs))
    }
}

/// What there is to draw, still without outline and samples.
fn sound(
    (source, clip, notes): (SourceInfo, Clip, &[ClipNote]),
    mel: &MelSpectrogram,
    cut: &Cut,
) -> Sound {
    let notes = notes.iter().map(ClipNote::to_string).chain(cut.note());
    let SliceStack { n_slices, n_mels, n_frames, values } = cut.slices.clone();
    Sound {
        codec: source.codec,
        file_rate_hz: source.sample_rate_hz,
        n_channels: source.n_channels,
        song_secs: source.duration_secs,
        clip,
        notes: notes.collect(),
        outline: Vec::new(),
        samples: Vec::new(),
        mel: MelPicture {
            config: *mel.config(),
            n_frames: mel.n_frames(),
            values_db: mel.values().to_vec(),
        },
        first_frame: cut.first_frame,
        slices_shape: [n_slices, n_mels, n_frames],
        slices_values: values,
    }
}

/// Why a network that hears can't be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EarError {
    /// The network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Its spectrograms.
    #[error(transparent)]
    Mel(#[from] MelConfigError),
}

/// Why a song can't be heard.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    /// No part of a song.
    #[error("a clip of {duration_secs} s from {start_secs} s on is none")]
    Clip {
        /// Where it starts.
        start_secs: f64,
        /// How long it is.
        duration_secs: f64,
    },
    /// The file can't be decoded.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// Its sound can't be analysed.
    #[error(transparent)]
    Sound(#[from] ClipSoundError),
    /// The network failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
}
