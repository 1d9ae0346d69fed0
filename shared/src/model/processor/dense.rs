//! Dense layers.

#[cfg(feature = "gradients")]
use super::columns::sums_of_columns;
use super::operation::{N, Operation, apply};
use super::split::{each, share};
use super::{Numbers, numbers};
use burn::backend::ops::FloatTensorOps;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Shape, Tensor};

/// `x` `[.., n_in]` times weights `[n_in, n_out]`, plus a bias `[n_out]`: burn's product, of all rows at once.
///
/// # Panics
///
/// If these are not on the processor and in f32 ([`is_ours`](super::is_ours)), or the sizes do not fit each other.
pub(in crate::model) fn dense<const D: usize>(
    x: Tensor<D>,
    weight: Tensor<2>,
    bias: Tensor<1>,
) -> Tensor<D> {
    apply(Dense, [x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch()])
}

#[derive(Debug)]
struct Dense;

impl Operation for Dense {
    fn output(&self, [x, weight, bias]: &[Numbers; N]) -> Numbers {
        let mut output = Flex::float_matmul(rows(x), weight.clone());
        let (bias, n_out) = (numbers(bias), weight.shape()[1]);
        let values = output.storage_mut::<f32>();
        let together = share(values.len() / n_out) * n_out;
        each(values.chunks_mut(together), |values| {
            for row in values.chunks_exact_mut(n_out) {
                row.iter_mut().zip(bias).for_each(|(value, bias)| *value += bias);
            }
        });
        like(x, &output)
    }

    #[cfg(feature = "gradients")]
    fn gradients(
        &self,
        [x, weight, _]: &[Numbers; N],
        output: &Numbers,
        wanted: [bool; N],
    ) -> [Option<Numbers>; N] {
        let of_rows = rows(output);
        let of_x = || like(x, &Flex::float_matmul(of_rows.clone(), weight.transpose(0, 1)));
        let of_weight = || Flex::float_matmul(rows(x).transpose(0, 1), of_rows.clone());
        let of_bias = || {
            let n_out = weight.shape()[1];
            super::tensor(sums_of_columns(numbers(output), n_out), [n_out])
        };
        [wanted[0].then(of_x), wanted[1].then(of_weight), wanted[2].then(of_bias)]
    }
}

/// A tensor `[.., n]` as `[rows, n]`.
fn rows(x: &Numbers) -> Numbers {
    let n = x.shape().num_elements().checked_div(last(x)).unwrap_or_default();
    x.reshape(Shape::new([n, last(x)]))
}

/// Rows of another length in the order of `x`.
fn like(x: &Numbers, rows: &Numbers) -> Numbers {
    let mut shape = x.shape();
    let at = shape.num_dims() - 1;
    shape[at] = last(rows);
    rows.reshape(shape)
}

fn last(x: &Numbers) -> usize {
    let shape = x.shape();
    shape[shape.num_dims() - 1]
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, floats, tensor};
    use super::*;
    use burn::tensor::Device;
    use burn::tensor::module::linear;

    fn inputs(device: &Device) -> (Tensor<3>, Tensor<2>, Tensor<1>) {
        // Not in its order.
        let x = tensor("x", [31, 3, 17], device).swap_dims(0, 1);
        (x, tensor("weight", [17, 23], device), tensor("bias", [23], device))
    }

    #[test]
    fn the_operation_is_the_one_of_burn() {
        let (x, weight, bias) = inputs(&Device::flex());
        let ours = dense(x.clone(), weight.clone(), bias.clone());
        let burns = linear(x, weight, Some(bias));
        assert_eq!(ours.dims(), [3, 31, 23]);
        assert_close("output", &floats(ours), &floats(burns), 1e-6);
    }

    #[cfg(feature = "gradients")]
    #[test]
    fn gradients_are_those_of_burn_and_only_those_asked_for() {
        let device = Device::flex().autodiff();
        let (x, weight, bias) = inputs(&device);
        let (x, weight) = (x.require_grad(), weight.require_grad());
        let bias = bias.require_grad();
        let factors = tensor("factors", [3, 31, 23], &device);
        let all = [
            dense(x.clone(), weight.clone(), bias.clone()),
            linear(x.clone(), weight.clone(), Some(bias.clone())),
        ];
        let [ours, burns] = all.map(|output| (output * factors.clone()).sum().backward());
        let same = |name, ours: Vec<f32>, burns: Vec<f32>| assert_close(name, &ours, &burns, 1e-6);
        same("x", floats(x.grad(&ours).unwrap()), floats(x.grad(&burns).unwrap()));
        same("weight", floats(weight.grad(&ours).unwrap()), floats(weight.grad(&burns).unwrap()));
        same("bias", floats(bias.grad(&ours).unwrap()), floats(bias.grad(&burns).unwrap()));

        let frozen_weight = weight.clone().detach().set_require_grad(false);
        let frozen_bias = bias.clone().detach().set_require_grad(false);
        let alone =
            (dense(x.clone(), frozen_weight.clone(), frozen_bias) * factors).sum().backward();
        same("x alone", floats(x.grad(&alone).unwrap()), floats(x.grad(&ours).unwrap()));
        assert!(frozen_weight.grad(&alone).is_none());
    }
}
