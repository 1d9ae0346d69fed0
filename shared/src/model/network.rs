//! A whole network: it hears, reads, or does both, and names a genre.

use super::audio::AudioEncoder;
use super::bf16::dense;
use super::config::{HeadConfig, NetworkConfig};
use super::dropout::drop_out;
use super::fusion::{Fusion, Gate};
use super::initialize::{Initializer, number_parameters};
use super::text::TextEncoder;
use super::token_batch::TokenBatch;
use crate::random::Seed;
use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Int, Tensor};

/// Whether networks can read. Where they can't, nothing is left of their reading parts in a program.
const CAN_READ: bool = cfg!(feature = "reading");

/// What a network is given: a batch of rows, each one slice of a song.
#[derive(Debug, Clone, Default)]
pub struct NetworkInput {
    /// Slices `[batch, 1, n_mels, n_frames]`, where the network hears.
    pub slices: Option<Tensor<4>>,
    /// Lyrics of the songs in the batch, each song once, where the network reads.
    pub tokens: Option<TokenBatch>,
    /// In place of tokens: what [`TextEncoder::pool`] made of the lyrics before, `[n_songs, hidden_size]`.
    pub pooled: Option<Tensor<2>>,
    /// Which of the lyrics belong to each row `[batch]`; `None` where they stand in the same order.
    /// A song's lyrics are read once and not once a slice.
    pub lyrics_of_row: Option<Tensor<1, Int>>,
}

/// What the parts of a network make of its input, before they are joined.
#[derive(Debug, Clone)]
pub struct Features {
    /// What was heard `[batch, 64]`, where the network hears.
    pub heard: Option<Tensor<2>>,
    /// What was read `[batch, projection_dim]`, where the network reads.
    pub read: Option<Tensor<2>>,
}

/// What a network says.
#[derive(Debug, Clone)]
pub struct NetworkOutput {
    /// Values of the layer before the softmax `[batch, embedding_dim]`.
    pub embedding: Tensor<2>,
    /// Logarithms of the genres' odds, up to a constant `[batch, n_genres]`.
    pub logits: Tensor<2>,
}

/// A network that hears, reads, or does both.
#[derive(Module, Debug)]
pub struct Network {
    audio: Option<AudioEncoder>,
    text: Option<TextEncoder>,
    gate: Option<Gate>,
    head: Head,
}

impl Network {
    /// A network with fresh weights.
    ///
    /// # Panics
    ///
    /// If the configuration does not hold together ([`NetworkConfig::check`]), or is of a network that reads and this
    /// crate was built without the feature `reading`.
    pub fn new(config: &NetworkConfig, seed: Seed, device: &Device) -> Self {
        if let Err(error) = config.check() {
            panic!("{error}");
        }
        assert!(CAN_READ || config.text.is_none(), "a program without networks that read");
        let mut stream = seed.stream("weights");
        let init = &mut Initializer { stream: &mut stream, device, n_states: 0 };
        let audio = config.audio.as_ref().map(|audio| AudioEncoder::new(audio, init));
        let text = config.text.as_ref().filter(|_| CAN_READ);
        let text = text.map(|text| TextEncoder::new(text, init));
        let n_heard = audio.as_ref().map_or(0, |_| AudioEncoder::N_FEATURES);
        let n_read = config.text.as_ref().map_or(0, |text| text.projection_dim);
        let is_gated = config.head.fusion == Fusion::Gated && n_heard > 0 && n_read > 0;
        let gate = is_gated.then(|| Gate::new(n_heard, n_read, init));
        let n_features = if is_gated { Gate::N_FEATURES } else { n_heard + n_read };
        let head = Head::new(&config.head, n_features, config.genres.len(), init);
        number_parameters(Self { audio, text, gate, head })
    }

    /// The part that hears, where there is one.
    pub fn audio(&self) -> Option<&AudioEncoder> {
        self.audio.as_ref()
    }

    /// The part that reads, where there is one.
    pub fn text(&self) -> Option<&TextEncoder> {
        self.text.as_ref()
    }

    /// The same network with its reading part changed; one that does not read stays as it is.
    #[must_use]
    pub fn map_text(self, change: impl FnOnce(TextEncoder) -> TextEncoder) -> Self {
        Self { text: self.text.map(change), ..self }
    }

    /// Hears, reads, joins both and names a genre.
    ///
    /// # Panics
    ///
    /// If the network hears and there are no slices, or reads and there are no tokens.
    pub fn forward(&self, input: NetworkInput) -> NetworkOutput {
        let features = match (self.features(input), &self.gate) {
            (Features { heard: Some(heard), read: Some(read) }, Some(gate)) => {
                gate.forward(heard, read)
            }
            (Features { heard, read }, _) => {
                Tensor::cat(heard.into_iter().chain(read).collect(), 1)
            }
        };
        self.head.forward(features)
    }

    /// What each part makes of its input.
    ///
    /// # Panics
    ///
    /// As [`Self::forward`].
    pub fn features(&self, input: NetworkInput) -> Features {
        let heard = self.audio.as_ref().map(|audio| {
            audio.forward(input.slices.expect("a network that hears is given slices"))
        });
        let read = self.text.as_ref().filter(|_| CAN_READ).map(|text| {
            let read = match (input.pooled, input.tokens) {
                (Some(pooled), _) => text.project(pooled),
                (None, Some(tokens)) => text.forward(&tokens),
                (None, None) => panic!("a network that reads is given tokens"),
            };
            match input.lyrics_of_row {
                Some(rows) => read.select(0, rows),
                None => read,
            }
        });
        Features { heard, read }
    }

    /// What the weights add to the loss (L2), `[1]`; `None` where nothing is added.
    pub fn penalty(&self) -> Option<Tensor<1>> {
        (self.head.l2 > 0.0)
            .then(|| self.head.classify.weight.val().square().sum().mul_scalar(self.head.l2))
    }
}

/// Joins the features to the embedding and names the genre.
#[derive(Module, Debug)]
struct Head {
    embed: Linear,
    dropout: Dropout,
    classify: Linear,
    l2: f64,
}

impl Head {
    fn new(
        config: &HeadConfig,
        n_features: usize,
        n_genres: usize,
        init: &mut Initializer<'_>,
    ) -> Self {
        Self {
            embed: init.dense(n_features, config.embedding_dim),
            dropout: DropoutConfig::new(config.dropout).init(),
            classify: init.dense(config.embedding_dim, n_genres),
            l2: config.l2,
        }
    }

    fn forward(&self, features: Tensor<2>) -> NetworkOutput {
        let embedding = relu(dense(&self.embed, features));
        let logits = dense(&self.classify, drop_out(&self.dropout, embedding.clone()));
        NetworkOutput { embedding, logits }
    }
}
