//! Average pooling of 2 by 2 pixels.

use super::operation::{N, Operation, apply};
use super::{Numbers, is_ours, numbers, split, tensor};
use burn::tensor::Tensor;

/// The mean of each 2 by 2 pixels, `[batch, channels, height / 2, width / 2]`; a last row or column that is left over is
/// not looked at. `None` where `x` is not on the processor and in f32.
pub(in crate::model) fn halve(x: &Tensor<4>) -> Option<Tensor<4>> {
    is_ours(x).then_some(())?;
    Some(apply(Halving { shape: x.dims() }, [x.clone().into_dispatch()]))
}

#[derive(Debug)]
struct Halving {
    /// Of the input.
    shape: [usize; 4],
}

impl Operation for Halving {
    fn output(&self, [x, ..]: &[Numbers; N]) -> Numbers {
        let [batch, channels, height, width] = self.shape;
        let output = means(numbers(x), [height, width]);
        tensor(output, [batch, channels, height / 2, width / 2])
    }

    #[cfg(feature = "gradients")]
    fn keeps(&self) -> [bool; N] {
        [false; N]
    }

    #[cfg(feature = "gradients")]
    fn gradients(&self, _: &[Numbers; N], output: &Numbers, _: [bool; N]) -> [Option<Numbers>; N] {
        let [batch, channels, height, width] = self.shape;
        let input = spread(numbers(output), batch * channels, [height, width]);
        [Some(tensor(input, self.shape)), None, None]
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
#[cfg(feature = "gradients")]
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
