//! Layer normalisation while a network is trained (Ba, Kiros and Hinton, 2016): burn's, with a derivative of its own.

use super::columns::{ROWS, added};
use super::operation::{N, Operation, apply};
use super::split::each;
use super::{Numbers, numbers, sum_of, sum_of_pairs, tensor};
use burn::backend::ops::ModuleOps;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::Tensor;
use pulp::{Arch, Simd, WithSimd};

/// Each row of `x` `[.., n]` by its own mean and variance, times `gamma` `[n]`, plus `beta` `[n]`.
///
/// # Panics
///
/// If these are not on the processor and in f32 ([`is_ours`](super::is_ours)), or the sizes do not fit each other.
pub(in crate::model) fn layer_norm<const D: usize>(
    x: Tensor<D>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
) -> Tensor<D> {
    let inputs = [x.into_dispatch(), gamma.into_dispatch(), beta.into_dispatch()];
    apply(LayerNorm { epsilon }, inputs)
}

#[derive(Debug)]
struct LayerNorm {
    epsilon: f64,
}

impl Operation for LayerNorm {
    fn output(&self, [x, gamma, beta]: &[Numbers; N]) -> Numbers {
        Flex::layer_norm(x.clone(), gamma.clone(), Some(beta.clone()), self.epsilon)
    }

    fn gradients(
        &self,
        [x, gamma, _]: &[Numbers; N],
        output: &Numbers,
        _: [bool; N],
    ) -> [Option<Numbers>; N] {
        let (epsilon, gamma, n) = (self.epsilon, numbers(gamma), gamma.shape()[0]);
        let (values, of_y) = (numbers(x), numbers(output));
        let mut of_x = vec![0.0; values.len()];
        let blocks = values.chunks(ROWS * n).zip(of_y.chunks(ROWS * n));
        let mut of_gamma = vec![0.0; blocks.len() * n];
        let mut of_beta = of_gamma.clone();
        let sums = of_gamma.chunks_exact_mut(n).zip(of_beta.chunks_exact_mut(n));
        let pieces = blocks.zip(of_x.chunks_mut(ROWS * n)).zip(sums);
        each(pieces, |(((x, of_y), of_x), (of_gamma, of_beta))| {
            let block = Block { epsilon, gamma, x, of_y, of_x, of_gamma, of_beta };
            Arch::new().dispatch(block);
        });
        let [of_gamma, of_beta] = [of_gamma, of_beta].map(|sums| tensor(added(&sums, n), [n]));
        [Some(tensor(of_x, x.shape())), Some(of_gamma), Some(of_beta)]
    }
}

/// Fills in the gradients of some rows.
struct Block<'a> {
    epsilon: f64,
    gamma: &'a [f32],
    x: &'a [f32],
    of_y: &'a [f32],
    of_x: &'a mut [f32],
    of_gamma: &'a mut [f32],
    of_beta: &'a mut [f32],
}

impl WithSimd for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { epsilon, gamma, x, of_y, of_x, of_gamma, of_beta } = self;
        let n = gamma.len();
        let share = (n as f32).recip();
        let rows = x.chunks_exact(n).zip(of_y.chunks_exact(n)).zip(of_x.chunks_exact_mut(n));
        for ((x, of_y), of_x) in rows {
            let mean = sum_of(x, |x| x) * share;
            let variance = sum_of(x, |x| (x - mean) * (x - mean)) * share;
            let inverse = (f64::from(variance) + epsilon).sqrt().recip() as f32;
            // What is asked of the normalised numbers.
            for (asked, (of_y, gamma)) in of_x.iter_mut().zip(of_y.iter().zip(gamma)) {
                *asked = of_y * gamma;
            }
            let flat = sum_of(of_x, |asked| asked) * share;
            let along = sum_of_pairs(of_x, x, |asked, x| asked * (x - mean)) * inverse * share;
            for (of_x, x) in of_x.iter_mut().zip(x) {
                *of_x = (*of_x - flat - (x - mean) * inverse * along) * inverse;
            }
            for (sum, (x, of_y)) in of_gamma.iter_mut().zip(x.iter().zip(of_y)) {
                *sum += (x - mean) * inverse * of_y;
            }
            of_beta.iter_mut().zip(of_y).for_each(|(sum, of_y)| *sum += of_y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, floats, tensor};
    use super::*;
    use burn::tensor::Device;
    use burn::tensor::module::layer_norm as burn_layer_norm;

    #[test]
    fn output_and_gradients_are_those_of_burn() {
        let device = Device::flex().autodiff();
        for shape @ [a, b, n] in [[2, 3, 5], [5, 40, 33], [1, 1, 64]] {
            // Far from zero, and not in its order.
            let x = (tensor("x", [b, a, n], &device) * 0.5 + 3.0).require_grad();
            let turned = || x.clone().swap_dims(0, 1);
            let [gamma, beta] =
                ["gamma", "beta"].map(|name| tensor(name, [n], &device).require_grad());
            let all = [
                layer_norm(turned(), gamma.clone(), beta.clone(), 1e-5),
                burn_layer_norm(turned(), gamma.clone(), Some(beta.clone()), 1e-5),
            ];
            let weights = tensor("weights", shape, &device);
            let [ours, burns] = all.map(|output| {
                let gradients = (output.clone() * weights.clone()).sum().backward();
                let of_x = floats(x.grad(&gradients).unwrap());
                let [of_gamma, of_beta] =
                    [&gamma, &beta].map(|tensor| floats(tensor.grad(&gradients).unwrap()));
                [floats(output), of_x, of_gamma, of_beta]
            });
            for (name, (ours, burns)) in
                ["output", "x", "gamma", "beta"].into_iter().zip(ours.iter().zip(&burns))
            {
                assert_close(name, ours, burns, 1e-5);
            }
        }
    }
}
