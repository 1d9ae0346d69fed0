//! Dropout of networks.

#[cfg(feature = "gradients")]
use super::processor;
use burn::nn::Dropout;
use burn::tensor::Tensor;

/// What dropout leaves of `x`: on the processor our own way, elsewhere burn's.
pub(super) fn drop_out<const D: usize>(dropout: &Dropout, x: Tensor<D>) -> Tensor<D> {
    #[cfg(feature = "gradients")]
    if drops(dropout, &x) && processor::is_ours(&x) {
        return processor::drop_out(x, dropout.prob);
    }
    dropout.forward(x)
}

/// Whether a dropout does anything to what is computed with `x`.
#[cfg(any(feature = "gradients", all(feature = "processor", feature = "reading")))]
pub(super) fn drops<const D: usize>(dropout: &Dropout, x: &Tensor<D>) -> bool {
    dropout.prob > 0.0 && dropout.training.is_enabled() && x.device().is_autodiff()
}
