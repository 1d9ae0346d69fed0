//! Layer normalisation of networks.

#[cfg(feature = "gradients")]
use super::processor;
use burn::module::{Module, Param};
use burn::tensor::module::layer_norm;
use burn::tensor::{Device, Tensor};

/// Each vector by its own mean and variance, scaled and shifted (Ba, Kiros and Hinton, 2016).
#[derive(Module, Debug)]
pub(super) struct LayerNorm {
    gamma: Param<Tensor<1>>,
    beta: Param<Tensor<1>>,
    epsilon: f64,
}

impl LayerNorm {
    /// Of vectors of `n` numbers: neither scaled nor shifted.
    pub(super) fn new(n: usize, epsilon: f64, device: &Device) -> Self {
        let gamma = Param::from_tensor(Tensor::ones([n], device));
        Self { gamma, beta: Param::from_tensor(Tensor::zeros([n], device)), epsilon }
    }

    /// In training on the processor our own way, elsewhere burn's.
    ///
    /// # Shapes
    ///
    /// - `x`, output: `[.., n]`
    pub(super) fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let (gamma, beta) = (self.gamma.val(), self.beta.val());
        #[cfg(feature = "gradients")]
        if x.device().is_autodiff() && processor::is_ours(&x) {
            return processor::layer_norm(x, gamma, beta, self.epsilon);
        }
        layer_norm(x, gamma, Some(beta), self.epsilon)
    }
}
