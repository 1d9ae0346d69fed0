//! The activation GELU (Hendrycks and Gimpel, 2016): x times the share of the standard normal distribution below x.

#[cfg(feature = "gradients")]
use super::exp::exp;
use super::operation::{N, Operation, apply};
use super::split::{each, piece};
use super::{Numbers, numbers, tensor};
use burn::backend::TensorMetadata;
use burn::tensor::Tensor;
use pulp::{Arch, Simd, WithSimd};

/// GELU of each number, with the error function and not the approximation by tanh.
///
/// # Panics
///
/// If `x` is not on the processor and in f32 ([`is_ours`](super::is_ours)).
pub(in crate::model) fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    apply(Gelu, [x.into_dispatch()])
}

#[derive(Debug)]
struct Gelu;

impl Operation for Gelu {
    fn output(&self, [x, ..]: &[Numbers; N]) -> Numbers {
        let from = numbers(x);
        let mut out = vec![0.0; from.len()];
        let n = piece(from.len(), 1);
        each(from.chunks(n).zip(out.chunks_mut(n)), |(x, y)| {
            Arch::new().dispatch(Output { x, y });
        });
        tensor(out, x.shape())
    }

    #[cfg(feature = "gradients")]
    fn gradients(
        &self,
        [x, ..]: &[Numbers; N],
        output: &Numbers,
        _: [bool; N],
    ) -> [Option<Numbers>; N] {
        let (from, of_y) = (numbers(x), numbers(output));
        let mut out = vec![0.0; from.len()];
        let n = piece(from.len(), 1);
        let pieces = from.chunks(n).zip(of_y.chunks(n)).zip(out.chunks_mut(n));
        each(pieces, |((x, of_y), of_x)| Arch::new().dispatch(Gradient { x, of_y, of_x }));
        [Some(tensor(out, x.shape())), None, None]
    }
}

struct Output<'a> {
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Output<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (y, &x) in self.y.iter_mut().zip(self.x) {
            *y = x * share_below(x);
        }
    }
}

#[cfg(feature = "gradients")]
struct Gradient<'a> {
    x: &'a [f32],
    of_y: &'a [f32],
    of_x: &'a mut [f32],
}

#[cfg(feature = "gradients")]
impl WithSimd for Gradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        /// One over the root of 2 π.
        const DENSITY: f32 = 0.398_942_3;
        for (of_x, (&x, of_y)) in self.of_x.iter_mut().zip(self.x.iter().zip(self.of_y)) {
            *of_x = of_y * (share_below(x) + x * DENSITY * exp(-0.5 * x * x));
        }
    }
}

/// The share of the standard normal distribution below x, by the rational function that Eigen and XLA take for the error
/// function in single precision.
#[inline(always)]
fn share_below(x: f32) -> f32 {
    /// Beyond it the error function is 1 in single precision.
    const MOST: f32 = 3.832_507;
    const ABOVE: [f32; 7] = [
        -2.726_142_3e-10,
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_4e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const UNDER: [f32; 5] =
        [-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2];
    let z = x * std::f32::consts::FRAC_1_SQRT_2;
    let square = z * z;
    let polynomial = |coefficients: &[f32]| {
        coefficients.iter().fold(0.0, |sum, coefficient| sum * square + coefficient)
    };
    let share = 0.5 + 0.5 * z * polynomial(&ABOVE) / polynomial(&UNDER);
    // What is no number stays none.
    if z >= MOST {
        1.0
    } else if z <= -MOST {
        0.0
    } else {
        share
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, floats, tensor};
    use super::*;
    use burn::tensor::Device;
    use burn::tensor::activation::gelu as burn_gelu;

    #[test]
    fn the_share_below_is_that_of_double_precision() {
        for at in -60_000..=60_000 {
            let x = at as f32 / 4000.0;
            let expected = 0.5 * libm::erfc(-f64::from(x) / std::f64::consts::SQRT_2);
            let got = f64::from(share_below(x));
            // In double precision the rational function is 4.5e-8 off at most; roundings are the rest.
            assert!((got - expected).abs() < 2e-7, "below {x}: {got}, not {expected}");
        }
        assert_eq!([share_below(-1e20), share_below(1e20)], [0.0, 1.0]);
        assert!(share_below(f32::NAN).is_nan());
    }

    #[test]
    fn the_operation_is_the_one_of_burn() {
        // Not in its order, and more than one piece.
        let x = (tensor("x", [170, 100], &Device::flex()) * 3.0).swap_dims(0, 1);
        assert_close("output", &floats(gelu(x.clone())), &floats(burn_gelu(x)), 1e-7);
    }

    #[cfg(feature = "gradients")]
    #[test]
    fn the_gradient_is_the_one_of_burn() {
        let device = Device::flex().autodiff();
        let x = (tensor("x", [170, 100], &device) * 3.0).require_grad();
        let weights = tensor("weights", [170, 100], &device);
        let [ours, burns] = [gelu(x.clone()), burn_gelu(x.clone())]
            .map(|output| floats(x.grad(&(output * weights.clone()).sum().backward()).unwrap()));
        assert_close("x", &ours, &burns, 5e-7);
    }
}
