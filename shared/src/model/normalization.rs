//! Batch normalisation and pooling of pictures.

#[cfg(feature = "processor")]
use super::processor;
use burn::nn::BatchNorm;
use burn::nn::pool::AvgPool2d;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;

/// What a batch normalisation makes of `x`: on the processor, in training, our own way; else burn's.
pub(super) fn normalize(norm: &BatchNorm, x: Tensor<4>) -> Tensor<4> {
    #[cfg(feature = "processor")]
    if let Some(output) = normalize_in_training(norm, &x, false) {
        return output;
    }
    norm.forward(x)
}

/// The same, and what is below zero made zero.
pub(super) fn normalize_rectify(norm: &BatchNorm, x: Tensor<4>) -> Tensor<4> {
    #[cfg(feature = "processor")]
    if let Some(output) = normalize_in_training(norm, &x, true) {
        return output;
    }
    relu(norm.forward(x))
}

#[cfg(feature = "processor")]
fn normalize_in_training(norm: &BatchNorm, x: &Tensor<4>, is_rectified: bool) -> Option<Tensor<4>> {
    (x.device().is_autodiff() && norm.training.is_enabled()).then_some(())?;
    let (gamma, beta) = (norm.gamma.val(), norm.beta.val());
    let (output, mean, variance) =
        processor::batch_norm_train(x, gamma, beta, norm.epsilon, is_rectified)?;
    let track = |running: Tensor<1>, batch: Tensor<1>| {
        let kept = running.mul_scalar(1.0 - norm.momentum);
        kept.add(batch.detach().mul_scalar(norm.momentum)).detach()
    };
    norm.running_mean.update(track(norm.running_mean.value_sync(), mean));
    norm.running_var.update(track(norm.running_var.value_sync(), variance));
    Some(output)
}

/// The mean of each 2 by 2 pixels: on the processor our own way, else burn's.
pub(super) fn halve(pool: &AvgPool2d, x: Tensor<4>) -> Tensor<4> {
    #[cfg(feature = "processor")]
    if let Some(output) = processor::halve(&x) {
        return output;
    }
    pool.forward(x)
}
