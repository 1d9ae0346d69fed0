//! The settings of a run, resolved: what `run.json` records.

use super::augment::Augmentation;
use super::text_training::TextTraining;
use burn::module::Module;
use burn::tensor::{Device, FloatDType};
use serde::{Deserialize, Serialize};
use shared::model::{
    AudioConfig, InputConfig, NetworkConfig, NetworkKind, TextConfig, TransformerConfig,
    with_bf16_products,
};
use shared::random::Seed;

/// Which epoch's weights are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// That of the lowest watched loss.
    Best,
    /// The last, as the thesis did.
    Last,
}

/// Which loss is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Monitor {
    /// On the validation split.
    ValidationLoss,
    /// On the train split, as the thesis did.
    TrainLoss,
}

/// The part that hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum AudioNetwork {
    /// The small network.
    Compact,
    /// The network of the thesis.
    Thesis,
}

/// The part that reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum TextNetwork {
    /// A small encoder.
    Small,
    /// DistilBERT's size, first token, 512 features.
    Thesis,
}

/// A whole set of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum TrainPreset {
    /// Small networks, best epoch.
    Default,
    /// As the thesis trained.
    Thesis,
}

/// Type of the numbers in which matrix products and convolutions are computed in training.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits, as everything else.
    #[default]
    F32,
    /// 16 bits with the range of 32: faster on graphics processors.
    Bf16,
}

impl Precision {
    /// Whether a device computes in it.
    pub fn is_on(self, device: &Device) -> bool {
        self == Self::F32 || device.supports_dtype(FloatDType::BF16)
    }

    /// A network as it computes in training; gradients lead to the weights of the one given.
    pub fn of_products<M: Module>(self, network: M) -> M {
        match self {
            Self::F32 => network,
            Self::Bf16 => with_bf16_products(network),
        }
    }
}

/// How a network is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// What the network hears and reads.
    pub model: NetworkKind,
    /// The part that hears, where there is one.
    pub audio_network: AudioNetwork,
    /// The part that reads, where there is one.
    pub text_network: TextNetwork,
    /// Word pieces in the vocabulary, at most.
    pub vocab_size: usize,
    /// Epochs at most.
    pub n_epochs: usize,
    /// Rows (slices, or songs where the network only reads) of a step.
    pub batch_size: usize,
    /// Slices of one song that stand together in a step.
    pub group_size: usize,
    /// Step size of Adam.
    pub learning_rate: f64,
    /// Decoupled weight decay; 0 is plain Adam.
    pub weight_decay: f32,
    /// Epochs without gain before it stops.
    pub patience: usize,
    /// Watched loss.
    pub monitor: Monitor,
    /// Kept epoch.
    pub keep: Keep,
    /// Seed of weights, order and dropout.
    pub seed: Seed,
    /// Batches whose gradients are put together before a step is made.
    #[serde(default = "one")]
    pub accumulate: usize,
    /// Of the products in training.
    #[serde(default)]
    pub precision: Precision,
    /// What is done to the slices of the train split.
    #[serde(flatten)]
    pub augmentation: Augmentation,
    /// What concerns reading.
    #[serde(flatten)]
    pub text: TextTraining,
}

/// Runs of earlier versions made a step of every batch.
fn one() -> usize {
    1
}

impl TrainConfig {
    /// The settings of a preset.
    pub fn preset(preset: TrainPreset, model: NetworkKind) -> Self {
        match preset {
            TrainPreset::Default => Self {
                model,
                audio_network: AudioNetwork::Compact,
                text_network: TextNetwork::Small,
                vocab_size: 2000,
                n_epochs: if model == NetworkKind::Lyrics { 40 } else { 20 },
                batch_size: if model == NetworkKind::Lyrics { 16 } else { 32 },
                // Half of the slices of a clip of 30 s: lyrics are read twice an epoch.
                group_size: if model == NetworkKind::Multimodal { 5 } else { 1 },
                learning_rate: 1e-3,
                weight_decay: 0.01,
                patience: if model == NetworkKind::Lyrics { 8 } else { 5 },
                monitor: Monitor::ValidationLoss,
                keep: Keep::Best,
                seed: Seed(1),
                accumulate: 1,
                precision: Precision::F32,
                augmentation: Augmentation::default(),
                text: TextTraining::default(),
            },
            TrainPreset::Thesis => Self {
                model,
                audio_network: AudioNetwork::Thesis,
                text_network: TextNetwork::Thesis,
                vocab_size: 30_522,
                n_epochs: if model.reads() { 5 } else { 15 },
                batch_size: 16,
                group_size: 1,
                learning_rate: if model.reads() { 1e-4 } else { 5e-5 },
                weight_decay: 0.0,
                patience: 3,
                monitor: Monitor::TrainLoss,
                keep: Keep::Last,
                seed: Seed(1),
                accumulate: 1,
                precision: Precision::F32,
                augmentation: Augmentation::default(),
                text: TextTraining::default(),
            },
        }
    }

    /// The network that these settings describe.
    pub fn network(
        &self,
        genres: Vec<String>,
        input: InputConfig,
        vocab_size: usize,
    ) -> NetworkConfig {
        let audio = self.model.hears().then(|| match self.audio_network {
            AudioNetwork::Compact => AudioConfig::compact(),
            AudioNetwork::Thesis => AudioConfig::Thesis,
        });
        let text = self.model.reads().then(|| match self.text_network {
            TextNetwork::Small => TextConfig::small(vocab_size),
            TextNetwork::Thesis => TextConfig::thesis(vocab_size),
        });
        NetworkConfig { input, ..NetworkConfig::new(genres, audio, text) }
    }

    /// These settings with nothing left to a preset; with an encoder, what it decides.
    #[must_use]
    pub fn resolved(self, encoder: Option<&TransformerConfig>) -> Self {
        // Genres, spectrogram and vocabulary decide nothing of it.
        let network = self.network(Vec::new(), InputConfig::default(), 0);
        let network = self.text.describe(network, encoder);
        Self { text: self.text.clone().resolved(&network), ..self }
    }
}
