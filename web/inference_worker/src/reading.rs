//! The worker that reads: from lyrics, with what was heard or without, to what the networks that read
//! make of them.

use crate::message::MessageError;
use crate::task::{LyricsTask, MOST_LYRICS_BYTES, NetworkFiles, NetworkTokens};
use crate::told::{Said, Stage, TokenCounts, Told};
use crate::trained::{NetworkError, Trained, TrainedError, at_once, named};
use burn::tensor::Device;
use shared::lyrics::{LyricsTokenizer, TokenizeError, clean};
use shared::model::{EmbedError, LyricsTokens, NetworkKind, SongInput, TextConfig};

/// A network that reads, with its tokenizer.
pub(crate) struct Reader {
    trained: Trained,
    tokenizer: LyricsTokenizer,
    text: TextConfig,
}

impl Reader {
    /// Takes a network.
    pub(crate) fn new(network: NetworkFiles) -> Result<Self, NetworkError> {
        named(network, |files| {
            let trained = Trained::read(files.name, &files.config, files.weights, Device::flex())?;
            let Some(text) = trained.config.text.clone() else {
                let got = NetworkKind::Audio.name();
                return Err(TrainedError::Kind { expected: "lyrics or multimodal", got });
            };
            let tokenizer = LyricsTokenizer::from_json(&files.tokenizer)?;
            Ok(Self { trained, tokenizer, text })
        })
    }

    /// Name of its network.
    pub(crate) fn name(&self) -> &str {
        &self.trained.name
    }
}

/// Reads lyrics with every network that can take part: without slices those that do not hear. Tells what of the
/// lyrics they take.
pub(crate) fn read(
    readers: &[Reader],
    task: &LyricsTask,
    bytes: &[Vec<u8>],
    tell: &mut dyn FnMut(&Told),
) -> Result<Vec<Said>, ReadError> {
    let job = task.job;
    tell(&Told::Stage { job, stage: Stage::Tokens });
    let slices = task.slices(bytes)?;
    let got = task.lyrics.len();
    if got > MOST_LYRICS_BYTES {
        return Err(ReadError::TooLong {
            got_mb: got as f64 / 1e6,
            most_mb: MOST_LYRICS_BYTES as f64 / 1e6,
        });
    }
    let lyrics = clean(&task.lyrics);
    if lyrics.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    let takes_part = |reader: &&Reader| slices.is_some() || !reader.hears();
    let readers: Vec<&Reader> = readers.iter().filter(takes_part).collect();
    let (mut tokens, mut counts) = (Vec::new(), Vec::new());
    for reader in &readers {
        let (windows, count) = reader.tokens(&lyrics)?;
        tokens.push(windows);
        counts.push(count);
    }
    tell(&Told::Tokens { job, tokens: tokens.clone(), counts });
    let mut said = Vec::new();
    if task.n_runs > 0 {
        tell(&Told::Stage { job, stage: Stage::Network });
        for (reader, NetworkTokens { windows, .. }) in readers.iter().zip(&tokens) {
            let slices = slices.as_ref().filter(|_| reader.hears());
            let input = SongInput { slices, token_ids: Some(windows) };
            said.push(at_once(reader.trained.run(input, task.n_runs))?);
        }
    }
    Ok(said)
}

impl Reader {
    fn hears(&self) -> bool {
        self.trained.config.kind().hears()
    }

    fn tokens(&self, lyrics: &str) -> Result<(NetworkTokens, TokenCounts), TokenizeError> {
        let LyricsTokens { windows, n_tokens, n_read, n_unknown } =
            self.text.read(&self.tokenizer, lyrics)?;
        let network = self.trained.name.clone();
        let counts = TokenCounts { network: network.clone(), n_tokens, n_read, n_unknown };
        Ok((NetworkTokens { network, windows }, counts))
    }
}

/// Why lyrics can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The task.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// More than any song has.
    #[error("the lyrics have {got_mb:.1} MB; up to {most_mb:.1} MB can be read here")]
    TooLong {
        /// Their size in millions of bytes.
        got_mb: f64,
        /// The most, in millions of bytes.
        most_mb: f64,
    },
    /// Nothing to read.
    #[error("the lyrics have no words beside marks such as [Chorus] and (oh)")]
    Empty,
    /// The tokenizer.
    #[error(transparent)]
    Tokens(#[from] TokenizeError),
    /// The network failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
}
