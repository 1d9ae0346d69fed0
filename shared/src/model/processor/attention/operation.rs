//! Attention as an operation of burn's backend for the processor.

use super::{Batch, Sizes, attention};
use crate::model::processor::dropped::Dropped;
use crate::model::processor::operation::{N, Operation, apply};
use crate::model::processor::{Numbers, is_ours, numbers, tensor};
use burn::backend::TensorMetadata;
use burn::tensor::Tensor;

/// What `n_heads` heads take of the values `[batch, n_tokens, n_heads * dim]` by their queries and keys of the same
/// shape. Of each text as many tokens count as `lengths` says, from the first; weights are dropped with the probability
/// `dropout`, others every time.
///
/// # Panics
///
/// If these are not on the processor and in f32 ([`is_ours`]), or the sizes do not fit each other.
pub(in crate::model) fn attend(
    [query, key, value]: [Tensor<3>; 3],
    n_heads: usize,
    lengths: &[usize],
    dropout: f64,
) -> Tensor<3> {
    assert!([&query, &key, &value].into_iter().all(is_ours), "another device or type");
    let [batch, n_tokens, _] = query.dims();
    assert_eq!(lengths.len(), batch, "lengths of texts");
    assert!(lengths.iter().all(|length| (1..=n_tokens).contains(length)), "{lengths:?}");
    let dropped = (dropout > 0.0).then(|| Dropped::draw(dropout));
    attend_without([query, key, value], n_heads, lengths, dropped)
}

/// The same without the weights that are dropped.
pub(super) fn attend_without(
    inputs: [Tensor<3>; 3],
    n_heads: usize,
    lengths: &[usize],
    dropped: Option<Dropped>,
) -> Tensor<3> {
    let operation = Attention { n_heads, lengths: lengths.to_vec(), dropped };
    apply(operation, inputs.map(Tensor::into_dispatch))
}

#[derive(Debug)]
struct Attention {
    n_heads: usize,
    lengths: Vec<usize>,
    dropped: Option<Dropped>,
}

impl Attention {
    fn of<'a>(&'a self, inputs: &'a [Numbers; N]) -> ([usize; 3], Batch<'a>) {
        let [query, key, value] = inputs.each_ref().map(numbers);
        let shape @ [_, n_tokens, all] = inputs[0].shape().dims();
        let sizes = Sizes { n_tokens, n_heads: self.n_heads, dim: all / self.n_heads };
        let (lengths, dropped) = (&self.lengths[..], self.dropped);
        (shape, Batch { sizes, query, key, value, lengths, dropped })
    }
}

impl Operation for Attention {
    fn output(&self, inputs: &[Numbers; N]) -> Numbers {
        let (shape, batch) = self.of(inputs);
        tensor(attention(batch), shape)
    }

    #[cfg(feature = "gradients")]
    fn gradients(
        &self,
        inputs: &[Numbers; N],
        output: &Numbers,
        _: [bool; N],
    ) -> [Option<Numbers>; N] {
        let (shape, batch) = self.of(inputs);
        let own = super::gradient::gradients(batch, numbers(output));
        [own.query, own.key, own.value].map(|gradient| Some(tensor(gradient, shape)))
    }
}
