//! A trained network, read back from its run.

use super::run_folder::{RunFolder, WeightsOf};
use crate::files::{self, FileError};
use burn::tensor::Device;
use shared::lyrics::{LyricsTokenizer, TokenizeError};
use shared::model::{ConfigError, Network, NetworkConfig, WeightsError, weights_from_bytes};
use shared::random::Seed;
use std::path::PathBuf;

/// A network with all that is needed to run it.
pub struct Trained {
    /// Its description.
    pub config: NetworkConfig,
    /// Its weights.
    pub network: Network,
    /// Its tokenizer, where it reads.
    pub tokenizer: Option<LyricsTokenizer>,
    /// Hash of the file of its weights, in hexadecimal.
    pub weights_blake3: String,
}

impl Trained {
    /// Reads a run with the weights that it kept.
    ///
    /// # Errors
    ///
    /// If a file is missing, damaged, or does not fit the others.
    pub fn read(folder: &RunFolder, device: &Device) -> Result<Self, TrainedError> {
        Self::read_epoch(folder, WeightsOf::Kept, device)
    }

    /// Reads a run with the weights of an epoch.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_epoch(
        folder: &RunFolder,
        epoch: WeightsOf,
        device: &Device,
    ) -> Result<Self, TrainedError> {
        if !files::exists(&folder.weights())? {
            return Err(TrainedError::NotTrained { folder: folder.root().to_owned() });
        }
        let config = NetworkConfig::from_json(&files::read_text(&folder.model_json())?)?;
        // The seed does not matter: every weight is replaced.
        let network = Network::new(&config, Seed(0), device);
        let weights = files::read(&folder.weights_of(epoch)?)?;
        let weights_blake3 = blake3::hash(&weights).to_string();
        let network = weights_from_bytes(network, weights)?;
        let tokenizer = match config.text {
            Some(_) => Some(LyricsTokenizer::from_json(&files::read(&folder.tokenizer())?)?),
            None => None,
        };
        Ok(Self { config, network, tokenizer, weights_blake3 })
    }
}

/// What can be wrong with a trained network.
#[derive(Debug, thiserror::Error)]
pub enum TrainedError {
    /// No weights.
    #[error(
        "'{}' holds no trained network; train one with `segue train --out` to this folder, or finish \
         it with --resume",
        folder.display()
    )]
    NotTrained {
        /// Folder.
        folder: PathBuf,
    },
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The description.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The weights.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The tokenizer.
    #[error(transparent)]
    Tokenizer(#[from] TokenizeError),
}
