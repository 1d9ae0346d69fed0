//! Networks from the files of a bundle.

use crate::task::NetworkFiles;
use crate::told::Said;
use burn::tensor::Device;
#[cfg(feature = "processor")]
use futures_util::FutureExt as _;
use shared::lyrics::TokenizeError;
#[cfg(feature = "processor")]
use shared::model::NetworkKind;
use shared::model::{
    ConfigError, EmbedError, Network, NetworkConfig, SongEmbedding, SongInput, WeightsError, embed,
    weights_from_bytes,
};
use shared::random::Seed;
use std::str::Utf8Error;
use wasm_bindgen::JsCast;
use web_sys::WorkerGlobalScope;

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
        device: Device,
    ) -> Result<Self, TrainedError> {
        Self::of(name, description(config)?, weights, device)
    }

    fn of(
        name: String,
        config: NetworkConfig,
        weights: Vec<u8>,
        device: Device,
    ) -> Result<Self, TrainedError> {
        // The seed does not matter: every weight is replaced.
        let network = Network::new(&config, Seed(0), &device);
        let network = weights_from_bytes(network, weights)?;
        Ok(Self { name, config, network, device })
    }

    /// Runs it on a song, `n_runs` times, of which the quickest tells how long it takes.
    pub(crate) async fn run(&self, song: SongInput<'_>, n_runs: usize) -> Result<Said, EmbedError> {
        let (mut network_millis, mut n_left) = (f64::INFINITY, n_runs.max(1));
        loop {
            let start_millis = now_millis();
            let said = embed(&self.network, song, &self.device).await?;
            network_millis = network_millis.min(now_millis() - start_millis);
            n_left -= 1;
            if n_left == 0 {
                return Ok(self.said(said, network_millis));
            }
        }
    }

    fn said(&self, song: SongEmbedding, network_millis: f64) -> Said {
        Said {
            name: self.name.clone(),
            genres: self.config.genres.clone(),
            embedding: song.embedding,
            probabilities: song.probabilities,
            slice_embeddings: song.slice_embeddings,
            slice_probabilities: song.slice_probabilities,
            network_millis,
        }
    }
}

fn description(json: &[u8]) -> Result<NetworkConfig, TrainedError> {
    Ok(NetworkConfig::from_json(std::str::from_utf8(json)?)?)
}

/// Milliseconds since the worker began.
fn now_millis() -> f64 {
    let scope = js_sys::global().dyn_into::<WorkerGlobalScope>().ok();
    scope.and_then(|scope| scope.performance()).map_or(0.0, |clock| clock.now())
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
    #[cfg(feature = "processor")]
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

/// What the processor computes is there at once; a graphics processor would have to be waited for.
#[cfg(feature = "processor")]
pub(crate) fn at_once<T>(computing: impl Future<Output = T>) -> T {
    computing.now_or_never().expect("the processor computes at once")
}

/// A network that hears only.
#[cfg(feature = "processor")]
pub(crate) fn hearing(network: NetworkFiles, device: Device) -> Result<Trained, NetworkError> {
    named(network, |files| {
        let config = description(&files.config)?;
        match config.kind() {
            NetworkKind::Audio => Trained::of(files.name, config, files.weights, device),
            other => Err(TrainedError::Kind { expected: "audio", got: other.name() }),
        }
    })
}
