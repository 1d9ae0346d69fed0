//! Networks from the files of a bundle.

use crate::task::NetworkFiles;
use crate::told::Said;
use burn::tensor::Device;
use futures_util::FutureExt as _;
use shared::lyrics::TokenizeError;
use shared::model::{
    ConfigError, EmbedError, Network, NetworkConfig, SongInput, WeightsError, embed,
    weights_from_bytes,
};
use shared::random::Seed;
use std::str::Utf8Error;

/// A network that can be run.
pub(crate) struct Trained {
    pub(crate) name: String,
    pub(crate) config: NetworkConfig,
    network: Network,
    device: Device,
}

impl Trained {
    /// Reads description and weights.
    pub(crate) fn read(
        name: String,
        config: &[u8],
        weights: Vec<u8>,
    ) -> Result<Self, TrainedError> {
        let config = NetworkConfig::from_json(std::str::from_utf8(config)?)?;
        let device = Device::flex();
        // The seed does not matter: every weight is replaced.
        let network = Network::new(&config, Seed(0), &device);
        let network = weights_from_bytes(network, weights)?;
        Ok(Self { name, config, network, device })
    }

    /// Runs it on a song.
    pub(crate) fn run(&self, song: SongInput<'_>) -> Result<Said, EmbedError> {
        let song = embed(&self.network, song, &self.device).now_or_never();
        let song = song.expect("the processor computes at once, a graphics card would not")?;
        Ok(Said {
            name: self.name.clone(),
            genres: self.config.genres.clone(),
            embedding: song.embedding,
            probabilities: song.probabilities,
            slice_embeddings: song.slice_embeddings,
            slice_probabilities: song.slice_probabilities,
        })
    }
}

/// Why a network can't be had.
#[derive(Debug, thiserror::Error)]
#[error("the network '{name}' can't be used")]
pub(crate) struct NetworkError {
    /// Its name.
    pub(crate) name: String,
    /// Why.
    #[source]
    pub(crate) source: TrainedError,
}

/// What can be wrong with the files of a network.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrainedError {
    /// The description is no text.
    #[error("model.json is no text")]
    NoText(#[from] Utf8Error),
    /// The description.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The weights.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The tokenizer.
    #[error(transparent)]
    Tokenizer(#[from] TokenizeError),
    /// A network for another worker.
    #[error("it is a network of the kind '{got}', expected {expected}")]
    Kind {
        /// What is taken here.
        expected: &'static str,
        /// What it is.
        got: &'static str,
    },
}

/// Makes what can be wrong with a network name it.
pub(crate) fn named<T>(
    network: NetworkFiles,
    read: impl FnOnce(NetworkFiles) -> Result<T, TrainedError>,
) -> Result<T, NetworkError> {
    let name = network.name.clone();
    read(network).map_err(|source| NetworkError { name, source })
}
