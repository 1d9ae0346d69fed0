//! Training with products in bf16: dense layers, convolutions and attention in numbers of 16 bits, everything
//! else in f32.
//!
//! What PyTorch calls autocast (after Micikevicius et al., 2018): graphics processors multiply such numbers several
//! times faster. Batch and layer normalisations, the similarities of contrastive pretraining, the loss and the
//! weights that the optimiser changes stay in f32; other than there the softmax of attention does not. bf16 has the
//! range of f32, so that gradients need not be scaled, which f16 would ask for.

#[cfg(all(feature = "processor", feature = "reading"))]
use super::processor;
use burn::module::{Module, ModuleMapper, Param};
use burn::nn::Linear;
use burn::tensor::{DType, Tensor};

/// A network of the same weights whose dense layers, convolutions and attention compute in bf16. Gradients lead back
/// to the weights it was made of, in f32; running statistics are shared with it.
#[must_use]
pub fn with_bf16_products<M: Module>(network: M) -> M {
    network.map(&mut Rounding::default())
}

/// Rounds the weights of dense layers and convolutions.
#[derive(Default)]
struct Rounding {
    containers: Vec<String>,
}

impl ModuleMapper for Rounding {
    fn enter_module(&mut self, _name: &str, container_type: &str) {
        self.containers.push(container_type.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.containers.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let holder = self.containers.last().and_then(|name| name.rsplit(':').next());
        match holder {
            Some("Linear" | "Conv2d") => {
                let (id, weight, mapper) = param.consume();
                Param::from_mapped_value(id, weight.cast(DType::BF16), mapper)
            }
            _ => param,
        }
    }
}

/// What a dense layer makes of `x`, in the type of `x`: in f32 on the processor our own way, in programs that read; else burn's.
pub(super) fn dense<const D: usize>(linear: &Linear, x: Tensor<D>) -> Tensor<D> {
    let weight = linear.weight.val();
    computing_in(weight.dtype(), x, |x| {
        #[cfg(all(feature = "processor", feature = "reading"))]
        if let Some(bias) = &linear.bias
            && processor::is_ours(&x)
        {
            return processor::dense(x, weight, bias.val());
        }
        linear.forward(x)
    })
}

/// What is computed with `x` in another type, in the type of `x`.
pub(super) fn computing_in<const D: usize>(
    inner: DType,
    x: Tensor<D>,
    compute: impl FnOnce(Tensor<D>) -> Tensor<D>,
) -> Tensor<D> {
    let outer = x.dtype();
    if inner == outer { compute(x) } else { compute(x.cast(inner)).cast(outer) }
}
