//! The convolution as an operation of burn's backend for the processor.

use super::super::operation::{N, Operation, apply};
use super::super::{Numbers, is_ours, numbers, tensor};
use super::forward::Then;
use super::geometry::Geometry;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;

/// The convolution of `x` `[batch, channels_in, height, width]`, where `x` is on the processor and in f32; `None`
/// elsewhere.
///
/// # Panics
///
/// If the sizes do not fit each other.
pub(in crate::model) fn conv2d(
    x: &Tensor<4>,
    weight: &Tensor<4>,
    bias: Option<&Tensor<1>>,
    stride: usize,
) -> Option<Tensor<4>> {
    is_ours(x).then_some(())?;
    let no_offsets = || Tensor::zeros([weight.dims()[0]], &x.device());
    let bias = bias.cloned().unwrap_or_else(no_offsets);
    let [x, weight] = [x, weight].map(|tensor| tensor.clone().into_dispatch());
    Some(apply(Convolution { stride }, [x, weight, bias.into_dispatch()]))
}

/// The same times `scale`, plus `offsets` `[channels_out]`, and what is below zero made zero. It has no gradient: `None`,
/// too, where one may be asked for.
pub(in crate::model) fn conv2d_rectified(
    x: &Tensor<4>,
    weight: &Tensor<4>,
    [scale, offsets]: [&Tensor<1>; 2],
    stride: usize,
) -> Option<Tensor<4>> {
    (is_ours(x) && is_ours(weight) && !x.device().is_autodiff()).then_some(())?;
    let [x, weight] = [x, weight].map(|tensor| tensor.clone().into_dispatch());
    let [scale, offsets] = [scale, offsets].map(|tensor| tensor.clone().into_dispatch());
    let output = Dispatch::convolve_and_rectify(x, weight, scale, offsets, stride);
    Some(Tensor::from_dispatch(output))
}

/// What burn's backend is asked for where nothing is trained.
#[backend_extension(Flex)]
pub(crate) trait RectifiedConvolution: Backend {
    /// `[batch, channels_out, height, width]`.
    fn convolve_and_rectify(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        offsets: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self>;
}

impl RectifiedConvolution for Flex {
    fn convolve_and_rectify(
        x: Numbers,
        weight: Numbers,
        scale: Numbers,
        offsets: Numbers,
        stride: usize,
    ) -> Numbers {
        let [scale, offsets] = [scale, offsets].map(|tensor| tensor.to_contiguous());
        let (scale, offsets) = (Some(numbers(&scale)), Some(numbers(&offsets)));
        convolve(&x, &weight, Then { scale, offsets, is_rectified: true }, stride)
    }
}

fn convolve(x: &Numbers, weight: &Numbers, then: Then<'_>, stride: usize) -> Numbers {
    let geometry = geometry(x, weight, stride);
    let [x, weight] = [x, weight].map(Numbers::to_contiguous);
    let output = super::convolve(geometry, numbers(&x), numbers(&weight), then);
    let [height, width] = geometry.size_out();
    tensor(output, [geometry.batch, geometry.channels_out, height, width])
}

#[derive(Debug)]
struct Convolution {
    stride: usize,
}

impl Operation for Convolution {
    fn output(&self, [x, weight, bias]: &[Numbers; N]) -> Numbers {
        convolve(x, weight, Then { offsets: Some(numbers(bias)), ..Then::default() }, self.stride)
    }

    #[cfg(feature = "gradients")]
    fn gradients(
        &self,
        [x, weight, _]: &[Numbers; N],
        output: &Numbers,
        wanted: [bool; N],
    ) -> [Option<Numbers>; N] {
        let geometry = geometry(x, weight, self.stride);
        let output = numbers(output);
        let of_x = || {
            let shape: [usize; 4] = x.shape().dims();
            tensor(super::input_gradient(geometry, output, numbers(weight)), shape)
        };
        let of_weight = || {
            let shape: [usize; 4] = weight.shape().dims();
            tensor(super::weight_gradient(geometry, numbers(x), output), shape)
        };
        let of_bias = || tensor(super::bias_gradient(geometry, output), [geometry.channels_out]);
        [wanted[0].then(of_x), wanted[1].then(of_weight), wanted[2].then(of_bias)]
    }
}

fn geometry(x: &Numbers, weight: &Numbers, stride: usize) -> Geometry {
    Geometry::new(x.shape().dims(), weight.shape().dims(), stride)
}
