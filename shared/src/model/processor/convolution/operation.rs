//! The convolution as an operation of burn's backend for the processor.

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
    let output = Dispatch::convolve_directly(x, weight, bias.into_dispatch(), stride);
    Some(Tensor::from_dispatch(output))
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

/// What burn's backends are asked for beyond their own operations.
#[backend_extension(Flex, Autodiff: cfg(feature = "gradients"))]
pub(crate) trait DirectConvolution: Backend {
    /// `[batch, channels_out, height, width]`, of an input, weights and offsets.
    fn convolve_directly(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self>;
}

impl DirectConvolution for Flex {
    fn convolve_directly(x: Numbers, weight: Numbers, bias: Numbers, stride: usize) -> Numbers {
        let bias = bias.to_contiguous();
        let offsets = Some(numbers(&bias));
        convolve(&x, &weight, Then { offsets, ..Then::default() }, stride)
    }
}

fn geometry(x: &Numbers, weight: &Numbers, stride: usize) -> Geometry {
    Geometry::new(x.shape().dims(), weight.shape().dims(), stride)
}

#[cfg(feature = "gradients")]
mod gradients {
    use super::*;
    use crate::model::processor::convolution::{bias_gradient, input_gradient, weight_gradient};
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};

    type Tracked<C> = FloatTensor<Autodiff<Flex, C>>;

    impl<C: CheckpointStrategy> DirectConvolution for Autodiff<Flex, C> {
        fn convolve_directly(
            x: Tracked<C>,
            weight: Tracked<C>,
            bias: Tracked<C>,
            stride: usize,
        ) -> Tracked<C> {
            let nodes = [x.node(), weight.node(), bias.node()];
            let [x, weight, bias] =
                [x, weight, bias].map(|tensor| tensor.into_primitive().to_contiguous());
            let output = Flex::convolve_directly(x.clone(), weight.clone(), bias, stride);
            match Derivative.prepare::<C>(nodes).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => prepared.finish((x, weight, stride), output),
                OpsKind::UnTracked(prepared) => prepared.finish(output),
            }
        }
    }

    #[derive(Debug)]
    struct Derivative;

    impl Backward<Flex, 3> for Derivative {
        /// Input, weights and stride.
        type State = (Numbers, Numbers, usize);

        fn backward(
            self,
            operation: Ops<Self::State, 3>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            let (x, weight, stride) = operation.state;
            let geometry = geometry(&x, &weight, stride);
            let output = gradients.consume::<Flex>(&operation.node).to_contiguous();
            let [of_x, of_weight, of_bias] = operation.parents;
            if let Some(node) = of_x {
                let values = input_gradient(geometry, numbers(&output), numbers(&weight));
                let shape: [usize; 4] = x.shape().dims();
                gradients.register::<Flex>(node.id, tensor(values, shape));
            }
            if let Some(node) = of_weight {
                let values = weight_gradient(geometry, numbers(&x), numbers(&output));
                let shape: [usize; 4] = weight.shape().dims();
                gradients.register::<Flex>(node.id, tensor(values, shape));
            }
            if let Some(node) = of_bias {
                let values = bias_gradient(geometry, numbers(&output));
                gradients.register::<Flex>(node.id, tensor(values, [geometry.channels_out]));
            }
        }
    }
}
