//! Convolutions of networks.

use super::bf16::computing_in;
use super::normalization::normalize_rectify;
#[cfg(feature = "processor")]
use super::processor;
use burn::module::Param;
use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Tensor};

/// What a convolution makes of `x`, in the type of `x`.
pub(super) fn convolve(conv: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    let bias = conv.bias.as_ref().map(Param::val);
    apply(conv.weight.val(), bias, conv.stride, x)
}

/// The same, normalised, and what is below zero made zero. Where nothing is trained the statistics are known, and all of
/// it is one convolution.
pub(super) fn convolve_normalize_rectify(
    conv: &Conv2d,
    norm: &BatchNorm,
    x: Tensor<4>,
) -> Tensor<4> {
    if x.device().is_autodiff() {
        return normalize_rectify(norm, convolve(conv, x));
    }
    // Where several devices train, they share the running statistics, which lie on whichever was last.
    let device = x.device();
    let variance = norm.running_var.value().to_device(&device);
    let mut mean = norm.running_mean.value().to_device(&device);
    let scale = norm.gamma.val() / (variance + norm.epsilon).sqrt();
    if let Some(bias) = &conv.bias {
        mean = mean - bias.val();
    }
    let offsets = norm.beta.val() - mean * scale.clone();
    let weight = conv.weight.val();
    #[cfg(feature = "processor")]
    if let Some(output) =
        processor::conv2d_rectified(&x, &weight, [&scale, &offsets], conv.stride[0])
    {
        return output;
    }
    let n_channels = offsets.dims()[0];
    let weight = weight * scale.reshape([n_channels, 1, 1, 1]);
    relu(apply(weight, Some(offsets), conv.stride, x))
}

/// On the processor our own way, elsewhere burn's.
fn apply(
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    stride: [usize; 2],
    x: Tensor<4>,
) -> Tensor<4> {
    let inner: DType = weight.dtype();
    computing_in(inner, x, |x| {
        #[cfg(feature = "processor")]
        if let Some(output) = processor::conv2d(&x, &weight, bias.as_ref(), stride[0]) {
            return output;
        }
        conv2d(x, weight, bias, ConvOptions::new(stride, [0, 0], [1, 1], 1))
    })
}

#[cfg(feature = "processor")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::initialize::Initializer;
    use crate::random::Seed;
    use burn::module::RunningState;
    use burn::nn::conv::Conv2dConfig;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn a_known_normalisation_goes_into_the_convolution() {
        let device = Device::flex();
        let mut stream = Seed(1).stream("convolution");
        let mut values =
            |n: usize| -> Vec<f32> { (0..n).map(|_| stream.between(0.5, 1.5) as f32).collect() };
        let mut vector = |n| Tensor::<1>::from_data(TensorData::new(values(n), [n]), &device);
        let statistics = [vector(5), vector(5), vector(5), vector(5), vector(5)];
        let x = vector(2 * 3 * 9 * 9).reshape([2, 3, 9, 9]);
        let [mean, variance, gamma, beta, bias] = statistics;
        let mut stream = Seed(2).stream("weights");
        let init = &mut Initializer { stream: &mut stream, device: &device, n_states: 0 };
        for with_bias in [false, true] {
            let config = Conv2dConfig::new([3, 5], [3, 3]).with_stride([2, 2]);
            let mut conv = init.conv(&config.with_bias(with_bias));
            conv.bias = conv.bias.map(|_| Param::from_tensor(bias.clone()));
            let mut norm = init.quick_batch_norm(5);
            norm.running_mean = RunningState::new(mean.clone());
            norm.running_var = RunningState::new(variance.clone());
            norm.gamma = Param::from_tensor(gamma.clone());
            norm.beta = Param::from_tensor(beta.clone());
            let apart = relu(norm.forward(convolve(&conv, x.clone())));
            let joined = convolve_normalize_rectify(&conv, &norm, x.clone());
            let largest = apart.clone().abs().max().into_scalar::<f32>();
            let worst = (joined - apart).abs().max().into_scalar::<f32>();
            assert!(worst <= 2e-6 * largest, "{worst} of {largest}");
        }
    }
}
