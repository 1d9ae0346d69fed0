//! The part of a network that hears.

use super::compact::CompactCnn;
use super::config::AudioConfig;
use super::initialize::Initializer;
use super::thesis::ThesisCnn;
use burn::module::Module;
use burn::tensor::Tensor;

/// A network from spectrogram slices to features.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // one or two exist in a program, and never in a collection
pub enum AudioEncoder {
    /// The network of the thesis.
    Thesis(ThesisCnn),
    /// The small network.
    Compact(CompactCnn),
}

impl AudioEncoder {
    /// Features that leave every audio encoder.
    pub const N_FEATURES: usize = 64;

    pub(super) fn new(config: &AudioConfig, init: &mut Initializer<'_>) -> Self {
        match config {
            AudioConfig::Thesis => Self::Thesis(ThesisCnn::new(init)),
            AudioConfig::Compact { channels, dropout } => {
                Self::Compact(CompactCnn::new(channels, *dropout, init))
            }
        }
    }

    /// # Shapes
    ///
    /// - `slices`: `[batch, 1, n_mels, n_frames]`
    /// - output: `[batch, 64]`
    pub fn forward(&self, slices: Tensor<4>) -> Tensor<2> {
        match self {
            Self::Thesis(network) => network.forward(slices),
            Self::Compact(network) => network.forward(slices),
        }
    }
}
