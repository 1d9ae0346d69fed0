//! What networks ask of the processor most, done our own way: as operations of burn's backend for it.
//!
//! burn-flex composes these of general operations, each of which reads and writes whole tensors and some of which copy them
//! into another order first. Here each reads what it needs and writes what it gives, by all threads that the program
//! has; `docs/performance.md` says what that saves. Everything is in f32; pictures are in burn's order,
//! `[batch, channels, height, width]`. However the work is split, each sum has one order: results do not depend on how
//! many threads there are.

#[cfg(feature = "reading")]
mod attention;
#[cfg(feature = "gradients")]
mod columns;
mod convolution;
#[cfg(feature = "reading")]
mod dense;
#[cfg(feature = "gradients")]
mod dropout;
#[cfg(any(feature = "gradients", feature = "reading"))]
mod dropped;
#[cfg(feature = "reading")]
mod exp;
#[cfg(feature = "reading")]
mod gelu;
#[cfg(feature = "gradients")]
mod layer_norm;
mod layout;
mod normalization;
mod operation;
#[cfg(any(feature = "gradients", feature = "reading"))]
mod philox;
mod pooling;
mod split;
mod tile;

#[cfg(feature = "reading")]
pub(super) use attention::attend;
pub(super) use convolution::{conv2d, conv2d_rectified};
#[cfg(feature = "reading")]
pub(super) use dense::dense;
#[cfg(feature = "gradients")]
pub(super) use dropout::drop_out;
#[cfg(feature = "reading")]
pub(super) use gelu::gelu;
#[cfg(feature = "gradients")]
pub(super) use layer_norm::layer_norm;
pub(super) use normalization::batch_norm_train;
pub(super) use pooling::halve;

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{DType, Device, Shape, Tensor, TensorData};

/// A tensor on the processor.
type Numbers = FloatTensor<Flex>;

/// Whether a tensor is one of those that are computed with here.
pub(super) fn is_ours<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.device() == Device::flex() && tensor.dtype() == DType::F32
}

fn numbers(contiguous: &Numbers) -> &[f32] {
    contiguous.as_slice().expect("a contiguous tensor of f32")
}

fn tensor(values: Vec<f32>, shape: impl Into<Shape>) -> Numbers {
    Numbers::from_data(TensorData::new(values, shape))
}

/// Lanes in which sums are kept, so that the compiler finds registers for them.
const LANES: usize = 8;

/// The sum of what `of` makes of each pair of numbers.
#[inline(always)]
fn sum_of_pairs(a: &[f32], b: &[f32], of: impl Fn(f32, f32) -> f32) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += of(*a, *b);
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| of(*a, *b));
    sums.into_iter().chain(rest).sum()
}

/// The same of each number.
#[inline(always)]
fn sum_of(a: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    sum_of_pairs(a, a, |a, _| of(a))
}

#[cfg(test)]
mod testing;
