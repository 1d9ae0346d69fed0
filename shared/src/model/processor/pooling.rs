//! Average pooling of 2 by 2 pixels.

use super::{Numbers, is_ours, numbers, split, tensor};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;

/// The mean of each 2 by 2 pixels, `[batch, channels, height / 2, width / 2]`; a last row or column that is left over is
/// not looked at. `None` where `x` is not on the processor and in f32.
pub(in crate::model) fn halve(x: &Tensor<4>) -> Option<Tensor<4>> {
    is_ours(x).then_some(())?;
    Some(Tensor::from_dispatch(Dispatch::halve_pictures(x.clone().into_dispatch())))
}

/// What burn's backends are asked for beyond their own operations.
#[backend_extension(Flex, Autodiff: cfg(feature = "gradients"))]
pub(crate) trait Halving: Backend {
    /// `[batch, channels, height / 2, width / 2]`.
    fn halve_pictures(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Halving for Flex {
    fn halve_pictures(x: Numbers) -> Numbers {
        let [batch, channels, height, width] = x.shape().dims();
        let output = means(numbers(&x.to_contiguous()), [height, width]);
        tensor(output, [batch, channels, height / 2, width / 2])
    }
}

/// Pictures that one thread takes at a time.
fn together(n_pictures: usize) -> usize {
    split::share(n_pictures).max(1)
}

fn means(input: &[f32], [height, width]: [usize; 2]) -> Vec<f32> {
    let (area_in, area_out) = (height * width, (height / 2) * (width / 2));
    let n_pictures = input.len() / area_in;
    let mut output = vec![0.0; n_pictures * area_out];
    let n = together(n_pictures);
    let pieces = input.chunks(n * area_in).zip(output.chunks_mut((n * area_out).max(1)));
    split::each(pieces, |(input, output)| {
        let pictures = input.chunks_exact(area_in).zip(output.chunks_exact_mut(area_out));
        for (input, output) in pictures {
            let rows = input.chunks_exact(2 * width).zip(output.chunks_exact_mut(width / 2));
            for (rows, output) in rows {
                let (upper, lower) = rows.split_at(width);
                let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
                for (output, ([a, b], [c, d])) in output.iter_mut().zip(pairs) {
                    *output = (a + b + c + d) * 0.25;
                }
            }
        }
    });
    output
}

/// The gradient of the input, from that of the output.
#[cfg(any(test, feature = "gradients"))]
fn spread(output: &[f32], n_pictures: usize, [height, width]: [usize; 2]) -> Vec<f32> {
    let (area_in, area_out) = (height * width, (height / 2) * (width / 2));
    let mut input = vec![0.0; n_pictures * area_in];
    let n = together(n_pictures);
    let pieces = output.chunks((n * area_out).max(1)).zip(input.chunks_mut(n * area_in));
    split::each(pieces, |(output, input)| {
        let pictures = output.chunks_exact(area_out).zip(input.chunks_exact_mut(area_in));
        for (output, input) in pictures {
            let rows = output.chunks_exact(width / 2).zip(input.chunks_exact_mut(2 * width));
            for (output, rows) in rows {
                for row in rows.chunks_exact_mut(width) {
                    for (pair, gradient) in row.as_chunks_mut::<2>().0.iter_mut().zip(output) {
                        *pair = [gradient * 0.25; 2];
                    }
                }
            }
        }
    });
    input
}

#[cfg(feature = "gradients")]
mod derivative {
    use super::*;
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};

    type Tracked<C> = FloatTensor<Autodiff<Flex, C>>;

    impl<C: CheckpointStrategy> Halving for Autodiff<Flex, C> {
        fn halve_pictures(x: Tracked<C>) -> Tracked<C> {
            let node = x.node();
            let x = x.into_primitive();
            let shape = x.shape().dims();
            let output = Flex::halve_pictures(x);
            match Derivative.prepare::<C>([node]).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => prepared.finish(shape, output),
                OpsKind::UnTracked(prepared) => prepared.finish(output),
            }
        }
    }

    #[derive(Debug)]
    struct Derivative;

    impl Backward<Flex, 1> for Derivative {
        /// Of the input.
        type State = [usize; 4];

        fn backward(
            self,
            operation: Ops<[usize; 4], 1>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            let shape @ [batch, channels, height, width] = operation.state;
            let output = gradients.consume::<Flex>(&operation.node).to_contiguous();
            if let [Some(node)] = operation.parents {
                let input = spread(numbers(&output), batch * channels, [height, width]);
                gradients.register::<Flex>(node.id, tensor(input, shape));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, floats, tensor};
    use super::*;
    use burn::nn::pool::AvgPool2dConfig;
    use burn::tensor::Device;

    /// Even and odd sizes.
    const SHAPES: [[usize; 4]; 4] = [[2, 3, 6, 8], [1, 2, 5, 7], [3, 1, 2, 3], [2, 2, 4, 4]];

    #[test]
    fn the_operation_is_the_one_of_burn() {
        let device = Device::flex();
        for [batch, channels, height, width] in SHAPES {
            let x = tensor("x", [batch, channels, width, height], &device).swap_dims(2, 3);
            let ours = halve(&x).unwrap();
            let burns = AvgPool2dConfig::new([2, 2]).init().forward(x);
            assert_eq!(ours.dims(), burns.dims());
            assert_close("output", &floats(ours), &floats(burns), 1e-6);
        }
    }

    #[cfg(feature = "gradients")]
    #[test]
    fn gradients_are_those_of_burn() {
        let device = Device::flex().autodiff();
        for shape in SHAPES {
            let x = tensor("x", shape, &device).require_grad();
            let ours = halve(&x).unwrap();
            let burns = AvgPool2dConfig::new([2, 2]).init().forward(x.clone());
            let weights = tensor("weights", burns.dims(), &device);
            let [ours, burns] =
                [ours, burns].map(|output| (output * weights.clone()).sum().backward());
            let of_x = |all| floats(x.grad(all).unwrap());
            assert_close("x", &of_x(&ours), &of_x(&burns), 1e-6);
        }
    }
}
