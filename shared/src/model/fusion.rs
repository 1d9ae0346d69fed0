//! How what was heard and what was read become one: side by side, or weighed by a gate.

use super::bf16::dense;
use super::initialize::Initializer;
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use burn::tensor::activation::{sigmoid, tanh};
use serde::{Deserialize, Serialize};

/// How the features of both parts become one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fusion {
    /// One after the other, as the thesis does.
    #[default]
    Concatenate,
    /// Weighed against each other, feature by feature and song by song.
    Gated,
}

/// A gated multimodal unit (Arevalo et al., 2017): `z * tanh(heard) + (1 - z) * tanh(read)`, each
/// after a dense layer, where `z` between 0 and 1 depends on both.
#[derive(Module, Debug)]
pub struct Gate {
    /// What was heard.
    pub hear: Linear,
    /// What was read.
    pub read: Linear,
    /// How much of the former.
    pub gate: Linear,
}

impl Gate {
    /// Features that leave it.
    pub const N_FEATURES: usize = 64;

    pub(super) fn new(n_heard: usize, n_read: usize, init: &mut Initializer<'_>) -> Self {
        Self {
            hear: init.dense(n_heard, Self::N_FEATURES),
            read: init.dense(n_read, Self::N_FEATURES),
            gate: init.dense(n_heard + n_read, Self::N_FEATURES),
        }
    }

    /// # Shapes
    ///
    /// - `heard`: `[batch, n_heard]`, `read`: `[batch, n_read]`
    /// - output: `[batch, 64]`
    pub fn forward(&self, heard: Tensor<2>, read: Tensor<2>) -> Tensor<2> {
        let both = Tensor::cat(vec![heard.clone(), read.clone()], 1);
        let z = sigmoid(dense(&self.gate, both));
        let read = tanh(dense(&self.read, read));
        read.clone() + z * (tanh(dense(&self.hear, heard)) - read)
    }
}
