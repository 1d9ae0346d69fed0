//! What a page asks of its workers.

use crate::message::{Message, MessageError};
use crate::numbers;
use serde::{Deserialize, Serialize};
use shared::audio::ClipSettings;
use shared::spectrogram::SliceStack;
use web_sys::Blob;

/// Bytes of lyrics that are looked at: far more than a network reads, and a bound for the tokenizer.
pub const MOST_LYRICS_BYTES: usize = 2_000_000;

/// The number of a task: everything that is told about it carries it.
pub type Job = u32;

/// The files of a network in a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkFiles {
    /// Its name in the bundle, such as `multimodal`.
    pub name: String,
    /// `model.json`.
    pub config: Vec<u8>,
    /// `model.bpk`.
    pub weights: Vec<u8>,
    /// `tokenizer.json`; empty where the network does not read.
    pub tokenizer: Vec<u8>,
}

/// What the worker that hears is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ListeningTask {
    /// To take this network, which hears only, from now on.
    Network(Names),
    /// To hear a song. The file goes with it.
    Song(SongTask),
    /// To run the network on slices. Their values go with it.
    Slices(SlicesTask),
    /// To draw a whole song; no network is needed. The file goes with it.
    Outline(OutlineTask),
}

/// What the worker with the graphics processor is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum GraphicsTask {
    /// To take these networks, beside those that it has.
    Networks(Names),
    /// To run networks on a song. The values of its slices go with it, where it was heard.
    Song(NetworksTask),
}

/// A song for networks to be run on, as it was prepared for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworksTask {
    /// Number of the task.
    pub job: Job,
    /// `[n_slices, n_mels, n_frames]` of what was heard.
    pub heard: Option<[usize; 3]>,
    /// The networks, each with what it is to read.
    pub networks: Vec<NetworkTokens>,
    /// How often each: the quickest run counts, which is how devices are compared. At least once.
    pub n_runs: usize,
}

/// What of the lyrics a network takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkTokens {
    /// Name of the network.
    pub network: String,
    /// Windows of token ids; none for a network that hears only.
    pub windows: Vec<Vec<u32>>,
}

impl NetworkTokens {
    /// For a network that hears only.
    pub fn none(network: &str) -> Self {
        Self { network: network.to_owned(), windows: Vec::new() }
    }
}

/// A song to be heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SongTask {
    /// Number of the task.
    pub job: Job,
    /// End of the file's name, such as `mp3`: a hint only.
    pub extension: Option<String>,
    /// Which part of the song.
    pub clip: ClipSettings,
    /// Columns of [`Sound::outline`](crate::Sound::outline), such as the pixels of a drawing.
    pub n_columns: usize,
    /// Whether the network is run here; where it is not, the task ends with what is heard.
    pub runs_network: bool,
}

/// A whole song to be drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutlineTask {
    /// Number of the task.
    pub job: Job,
    /// End of the file's name, such as `mp3`: a hint only.
    pub extension: Option<String>,
    /// Length of the song in seconds.
    pub song_secs: f64,
    /// Columns that share it.
    pub n_columns: usize,
}

/// Slices for a network to be run on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlicesTask {
    /// Number of the task.
    pub job: Job,
    /// `[n_slices, n_mels, n_frames]`.
    pub shape: [usize; 3],
    /// How often: the quickest run counts, which is how devices are compared. At least once.
    pub n_runs: usize,
}

/// What the worker that reads is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ReadingTask {
    /// To take these networks, which read, from now on.
    Networks(Names),
    /// To read lyrics. The values of the slices go with it, where the song was heard.
    Lyrics(LyricsTask),
}

/// Lyrics to be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LyricsTask {
    /// Number of the task.
    pub job: Job,
    /// The lyrics as they were given; the worker cleans them.
    pub lyrics: String,
    /// `[n_slices, n_mels, n_frames]` of what was heard; without it only networks that do not hear
    /// have an answer.
    pub heard: Option<[usize; 3]>,
    /// How often the networks are run, see [`SlicesTask::n_runs`]. Not at all where they are to run elsewhere: the
    /// task then ends with what they take.
    pub n_runs: usize,
}

/// Names of the networks whose files go with a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names(Vec<String>);

impl ListeningTask {
    /// Asks to take a network.
    pub fn network(network: NetworkFiles) -> Message {
        let (names, bytes) = unpacked(vec![network]);
        message(&Self::Network(names), bytes)
    }

    /// Asks to hear a song.
    pub fn song(task: SongTask, file: Blob) -> Message {
        Message { files: vec![file], ..message(&Self::Song(task), Vec::new()) }
    }

    /// Asks to run the network on slices.
    pub fn slices(job: Job, slices: &SliceStack, n_runs: usize) -> Message {
        let task = SlicesTask { job, shape: shape_of(slices), n_runs };
        message(&Self::Slices(task), vec![numbers::to_bytes(&slices.values)])
    }

    /// Asks to draw a whole song.
    pub fn outline(task: OutlineTask, file: Blob) -> Message {
        Message { files: vec![file], ..message(&Self::Outline(task), Vec::new()) }
    }
}

impl GraphicsTask {
    /// Asks to take networks, beside those that are there.
    pub fn networks(networks: Vec<NetworkFiles>) -> Message {
        let (names, bytes) = unpacked(networks);
        message(&Self::Networks(names), bytes)
    }

    /// Asks to run networks on what was heard of a song, if anything, and read.
    pub fn song(
        job: Job,
        heard: Option<&SliceStack>,
        networks: Vec<NetworkTokens>,
        n_runs: usize,
    ) -> Message {
        let (heard, bytes) = with_values(heard);
        message(&Self::Song(NetworksTask { job, heard, networks, n_runs }), bytes)
    }
}

impl NetworksTask {
    /// The slices that came with it.
    ///
    /// # Errors
    ///
    /// If the bytes do not fit the shape.
    pub fn slices(&self, bytes: &[Vec<u8>]) -> Result<Option<SliceStack>, MessageError> {
        self.heard.map(|shape| slice_stack(shape, bytes)).transpose()
    }
}

impl SlicesTask {
    /// The slices that came with it.
    ///
    /// # Errors
    ///
    /// If the bytes do not fit the shape.
    pub fn slices(&self, bytes: &[Vec<u8>]) -> Result<SliceStack, MessageError> {
        slice_stack(self.shape, bytes)
    }
}

impl ReadingTask {
    /// Asks to take networks.
    pub fn networks(networks: Vec<NetworkFiles>) -> Message {
        let (names, bytes) = unpacked(networks);
        message(&Self::Networks(names), bytes)
    }

    /// Asks to read lyrics, with what was heard of the song or without.
    pub fn lyrics(job: Job, lyrics: String, heard: Option<&SliceStack>, n_runs: usize) -> Message {
        let (heard, bytes) = with_values(heard);
        message(&Self::Lyrics(LyricsTask { job, lyrics, heard, n_runs }), bytes)
    }
}

impl LyricsTask {
    /// The slices that came with it.
    ///
    /// # Errors
    ///
    /// If the bytes do not fit the shape.
    pub fn slices(&self, bytes: &[Vec<u8>]) -> Result<Option<SliceStack>, MessageError> {
        self.heard.map(|shape| slice_stack(shape, bytes)).transpose()
    }
}

fn shape_of(slices: &SliceStack) -> [usize; 3] {
    [slices.n_slices, slices.n_mels, slices.n_frames]
}

/// The shape of slices, and the bytes that go with it.
fn with_values(slices: Option<&SliceStack>) -> (Option<[usize; 3]>, Vec<Vec<u8>>) {
    let bytes = slices.map(|slices| numbers::to_bytes(&slices.values));
    (slices.map(shape_of), bytes.into_iter().collect())
}

fn slice_stack(shape: [usize; 3], bytes: &[Vec<u8>]) -> Result<SliceStack, MessageError> {
    let [n_slices, n_mels, n_frames] = shape;
    let bytes = bytes.first().map_or(&[][..], Vec::as_slice);
    let values = numbers::from_bytes(bytes, shape.iter().product())?;
    Ok(SliceStack { n_slices, n_mels, n_frames, values })
}

impl Names {
    /// The networks whose files came with it.
    ///
    /// # Errors
    ///
    /// If these are not three files each.
    pub fn with_files(self, bytes: Vec<Vec<u8>>) -> Result<Vec<NetworkFiles>, MessageError> {
        let (n_wanted, got) = (self.0.len() * 3, bytes.len());
        if n_wanted != got {
            return Err(MessageError::Parts { expected: n_wanted, got });
        }
        let mut files = bytes.into_iter();
        let mut next = || files.next().unwrap_or_default();
        let network =
            |name| NetworkFiles { name, config: next(), weights: next(), tokenizer: next() };
        Ok(self.0.into_iter().map(network).collect())
    }
}

fn unpacked(networks: Vec<NetworkFiles>) -> (Names, Vec<Vec<u8>>) {
    let names = networks.iter().map(|network| network.name.clone()).collect();
    let bytes = networks
        .into_iter()
        .flat_map(|network| [network.config, network.weights, network.tokenizer])
        .collect();
    (Names(names), bytes)
}

fn message(task: &impl Serialize, bytes: Vec<Vec<u8>>) -> Message {
    let text = serde_json::to_string(task).expect("texts and numbers are JSON");
    Message { text, bytes, files: Vec::new() }
}

/// The task that a message is.
///
/// # Errors
///
/// If it is another.
#[cfg(feature = "model")]
pub(crate) fn read<T: serde::de::DeserializeOwned>(message: &Message) -> Result<T, MessageError> {
    Ok(shared::json::from_slice(message.text.as_bytes())?)
}

#[cfg(test)]
#[cfg(feature = "model")]
mod tests {
    use super::*;

    #[test]
    fn networks_come_with_their_files() {
        let network = |name: &str| NetworkFiles {
            name: name.to_owned(),
            config: vec![1],
            weights: vec![2, 2],
            tokenizer: Vec::new(),
        };
        let sent = vec![network("multimodal"), network("lyrics")];
        let message = ReadingTask::networks(sent.clone());
        let Ok(ReadingTask::Networks(names)) = read(&message) else { panic!("{message:?}") };
        assert_eq!(names.clone().with_files(message.bytes).unwrap(), sent);
        assert!(names.with_files(vec![Vec::new()]).is_err());
    }

    #[test]
    fn slices_come_back_with_the_lyrics() {
        let values = (0..12).map(|at| at as f32 / 11.0).collect();
        let slices = SliceStack { n_slices: 2, n_mels: 3, n_frames: 2, values };
        let message = ReadingTask::lyrics(7, "la (oh) la".to_owned(), Some(&slices), 1);
        let Ok(ReadingTask::Lyrics(task)) = read(&message) else { panic!("{message:?}") };
        assert_eq!((task.job, task.lyrics.as_str()), (7, "la (oh) la"));
        assert_eq!(task.slices(&message.bytes).unwrap().as_ref(), Some(&slices));
        assert!(task.slices(&[]).is_err());
        let networks = vec![NetworkTokens { network: "lyrics".to_owned(), windows: vec![vec![2]] }];
        for heard in [Some(&slices), None] {
            let message = GraphicsTask::song(8, heard, networks.clone(), 2);
            let Ok(GraphicsTask::Song(task)) = read(&message) else { panic!("{message:?}") };
            assert_eq!((task.job, task.n_runs, &task.networks), (8, 2, &networks));
            assert_eq!(task.slices(&message.bytes).unwrap().as_ref(), heard);
        }
    }
}
