//! Dropout (Srivastava et al., 2014).

use super::dropped::Dropped;
use super::operation::{N, Operation, apply};
use super::philox::RUN;
use super::split::{each, piece};
use super::{Numbers, numbers, tensor};
use burn::backend::TensorMetadata;
use burn::tensor::Tensor;
use pulp::{Arch, Simd, WithSimd};

/// `x` with a part of its numbers made 0 and the others larger by as much.
///
/// # Panics
///
/// If `x` is not on the processor and in f32 ([`is_ours`](super::is_ours)).
pub(in crate::model) fn drop_out<const D: usize>(x: Tensor<D>, probability: f64) -> Tensor<D> {
    apply(DropOut(Dropped::draw(probability)), [x.into_dispatch()])
}

#[derive(Debug)]
struct DropOut(Dropped);

impl Operation for DropOut {
    fn output(&self, [x, ..]: &[Numbers; N]) -> Numbers {
        self.times(x)
    }

    fn gradients(&self, _: &[Numbers; N], output: &Numbers, _: [bool; N]) -> [Option<Numbers>; N] {
        [Some(self.times(output)), None, None]
    }
}

impl DropOut {
    fn times(&self, x: &Numbers) -> Numbers {
        let mut values = numbers(x).to_vec();
        let n = piece(values.len(), RUN);
        each(values.chunks_mut(n).enumerate(), |(at, values)| {
            let first_run = at as u64 * Dropped::n_runs(n);
            Arch::new().dispatch(Multiply { dropped: self.0, first_run, values });
        });
        tensor(values, x.shape())
    }
}

struct Multiply<'a> {
    dropped: Dropped,
    first_run: u64,
    values: &'a mut [f32],
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.dropped.apply(self.values, self.first_run);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{floats, tensor};
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn as_many_are_dropped_as_should_be_and_others_every_time() {
        let x = Tensor::<2>::ones([300, 700], &Device::flex());
        let [first, second] = [(); 2].map(|()| floats(drop_out(x.clone(), 0.3)));
        for values in [&first, &second] {
            let n_kept = values.iter().filter(|value| **value != 0.0).count();
            // Six standard deviations.
            assert!((n_kept as f64 / 210_000.0 - 0.7).abs() < 0.006, "{n_kept}");
            assert!(values.iter().all(|value| [0.0, 1.0 / 0.7].contains(value)));
        }
        let n_same = first.iter().zip(&second).filter(|(a, b)| a == b).count();
        assert!((n_same as f64 / 210_000.0 - 0.58).abs() < 0.0065, "{n_same}");
    }

    #[test]
    fn pieces_join_without_a_seam() {
        let x = Tensor::<1>::ones([100_000], &Device::flex());
        let dropped = Dropped::draw(0.5);
        let mut alone = vec![1.0; 100_000];
        dropped.apply(&mut alone, 0);
        assert_eq!(floats(apply::<1, 1>(DropOut(dropped), [x.into_dispatch()])), alone);
    }

    #[test]
    fn the_same_are_dropped_of_the_gradient() {
        let x = tensor("x", [4, 100], &Device::flex().autodiff()).require_grad();
        let output = drop_out(x.clone(), 0.4);
        let factors = floats(output.clone() / x.clone());
        let of_x = floats(x.grad(&output.sum().backward()).unwrap());
        for (got, factor) in of_x.iter().zip(&factors) {
            assert!((got - factor).abs() < 1e-6, "{got}, not {factor}");
        }
        assert!(of_x.contains(&0.0));
    }
}
