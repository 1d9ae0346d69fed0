//! What workers tell the page.

use crate::message::{Message, MessageError};
use crate::numbers;
use crate::sound::Sound;
use crate::task::{Job, NetworkTokens};
use serde::{Deserialize, Serialize};
use shared::json;
use std::error::Error;

/// What a worker tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Told {
    /// The worker's program is on its way: told by what starts it, since the program can't, and never posted.
    #[serde(skip)]
    Fetched {
        /// Bytes that are there.
        n_bytes: u64,
        /// Bytes of the program.
        of: u64,
    },
    /// The networks are there; in the order in which they were given.
    Ready {
        /// Their names.
        names: Vec<String>,
    },
    /// A stage of a task begins.
    Stage {
        /// The task.
        job: Job,
        /// The stage.
        stage: Stage,
    },
    /// What the clip is: before the network has heard it.
    Sound {
        /// The task.
        job: Job,
        /// The clip.
        sound: Box<Sound>,
    },
    /// What of the lyrics the networks take that can take part: before they have read it.
    Tokens {
        /// The task.
        job: Job,
        /// One entry a network.
        tokens: Vec<NetworkTokens>,
        /// How much of the lyrics that is, in the same order.
        counts: Vec<TokenCounts>,
    },
    /// A whole song as far as it is drawn; the last time all of it, which is the end of the task.
    Outline {
        /// The task.
        job: Job,
        /// How many columns are whole.
        n_whole: usize,
        /// Smallest and largest sample of each column, `[n_columns]`; 0 where it is not known yet.
        #[serde(skip)]
        columns: Vec<[f32; 2]>,
    },
    /// What the networks make of the song: the end of the task.
    Said {
        /// The task.
        job: Job,
        /// What each network says that could take part; none where none was to be run.
        said: Vec<Said>,
        /// Memory of the worker in bytes. It never gives any back: this is the most that it needed so far.
        memory_bytes: u64,
    },
    /// It can't be done; the worker goes on with the next task.
    Failed {
        /// The task; `None` where it is about the networks.
        job: Option<Job>,
        /// What went wrong and, one after another, why: without capitals and full stops.
        causes: Vec<String>,
    },
}

/// How much of some lyrics a network reads. Special tokens, which begin and end what is read, do not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenCounts {
    /// Name of the network.
    pub network: String,
    /// Tokens of the lyrics.
    pub n_tokens: usize,
    /// How many of them are read.
    pub n_read: usize,
    /// How many of those stand for words that the network's vocabulary does not know.
    pub n_unknown: usize,
}

/// Stages of a task, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// The file is read.
    File,
    /// The clip is decoded.
    Decode,
    /// The mel spectrogram is computed.
    Spectrogram,
    /// Lyrics are cleaned and cut into tokens.
    Tokens,
    /// The networks run.
    Network,
}

/// What a network makes of a song.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Name of the network.
    pub name: String,
    /// The genres, in the order of all probabilities.
    pub genres: Vec<String>,
    /// The song's embedding, `[embedding_dim]`: the mean over the slices.
    pub embedding: Vec<f32>,
    /// Probability of each genre, `[n_genres]`: the mean over the slices.
    pub probabilities: Vec<f32>,
    /// One embedding a slice, `[n_slices][embedding_dim]`; one in all where the network only reads.
    pub slice_embeddings: Vec<Vec<f32>>,
    /// Probabilities of each slice, `[n_slices][n_genres]`.
    pub slice_probabilities: Vec<Vec<f32>>,
    /// How long the network took, in milliseconds: the quickest run.
    pub network_millis: f64,
}

impl Told {
    /// The end of a task.
    #[cfg(feature = "model")]
    pub(crate) fn said(job: Job, said: Vec<Said>) -> Self {
        Self::Said { job, said, memory_bytes: memory_bytes() }
    }

    /// As a message.
    pub fn to_message(&self) -> Message {
        let text = serde_json::to_string(self).expect("texts and numbers are JSON");
        let bytes = match self {
            Self::Sound { sound, .. } => sound.rows_to_bytes(),
            Self::Outline { columns, .. } => vec![numbers::to_bytes(columns.as_flattened())],
            _ => Vec::new(),
        };
        Message { text, bytes, files: Vec::new() }
    }

    /// What a message tells.
    ///
    /// # Errors
    ///
    /// If it is none of these.
    pub fn of(message: &Message) -> Result<Self, MessageError> {
        match json::from_slice(message.text.as_bytes())? {
            Self::Sound { job, sound } => {
                Ok(Self::Sound { job, sound: Box::new(sound.with_bytes(&message.bytes)?) })
            }
            Self::Outline { job, n_whole, .. } => {
                let bytes = message.bytes.first().map_or(&[][..], Vec::as_slice);
                let values = numbers::from_bytes(bytes, bytes.len() / 4)?;
                Ok(Self::Outline { job, n_whole, columns: values.as_chunks::<2>().0.to_vec() })
            }
            told => Ok(told),
        }
    }
}

/// Memory of this program.
#[cfg(feature = "model")]
fn memory_bytes() -> u64 {
    #[cfg(target_arch = "wasm32")]
    return core::arch::wasm32::memory_size::<0>() as u64 * (64 << 10);
    // Only the browser's workers have a memory of their own.
    #[cfg(not(target_arch = "wasm32"))]
    return 0;
}

/// An error and what caused it, one after another.
pub fn causes(error: &dyn Error) -> Vec<String> {
    let all = std::iter::successors(Some(error), |&cause| cause.source());
    let mut causes: Vec<String> = all.map(ToString::to_string).collect();
    // A transparent error says what its cause says.
    causes.dedup();
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_comes_back() {
        let said = Said {
            name: "audio".to_owned(),
            genres: vec!["pop".to_owned(), "rock".to_owned()],
            embedding: vec![0.1, 1e-7, 3.0],
            probabilities: vec![0.3, 0.7],
            slice_embeddings: vec![vec![0.1, 1e-7, 3.0]],
            slice_probabilities: vec![vec![0.3, 0.7]],
            network_millis: 12.5,
        };
        let counts = vec![TokenCounts {
            network: "lyrics".to_owned(),
            n_tokens: 900,
            n_read: 254,
            n_unknown: 3,
        }];
        for told in [
            Told::Said { job: 3, said: vec![said], memory_bytes: 3 << 20 },
            Told::Stage { job: 3, stage: Stage::Decode },
            Told::Tokens { job: 3, tokens: vec![NetworkTokens::none("lyrics")], counts },
            Told::Outline { job: 3, n_whole: 1, columns: vec![[-0.5, 0.25], [0.0, 0.0]] },
            Told::Failed { job: None, causes: vec!["a".to_owned(), "b".to_owned()] },
        ] {
            assert_eq!(Told::of(&told.to_message()).unwrap(), told);
        }
        assert!(Told::of(&Message::default()).is_err());
    }

    #[test]
    fn causes_are_named_once() {
        let json = MessageError::Text(json::from_slice::<u8>(b"x").unwrap_err());
        let causes = causes(&json);
        assert!(causes.len() >= 2 && causes[0].contains("load the page anew"), "{causes:?}");
    }
}
