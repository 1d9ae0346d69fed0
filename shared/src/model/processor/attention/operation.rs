//! Attention as an operation of burn's backend for the processor.

use super::{Inputs, Sizes, attention};
use crate::model::processor::{Numbers, is_ours, numbers, tensor};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;

/// What `n_heads` heads take of the values `[batch, n_tokens, n_heads * dim]` by their queries and keys of the same
/// shape. Of each text as many tokens count as `lengths` says, from the first.
///
/// # Panics
///
/// If these are not on the processor and in f32 ([`is_ours`]), or the sizes do not fit each other.
pub(in crate::model) fn attend(
    [query, key, value]: [Tensor<3>; 3],
    n_heads: usize,
    lengths: &[usize],
) -> Tensor<3> {
    assert!([&query, &key, &value].into_iter().all(is_ours), "another device or type");
    let [batch, n_tokens, _] = query.dims();
    assert_eq!(lengths.len(), batch, "lengths of texts");
    assert!(lengths.iter().all(|length| (1..=n_tokens).contains(length)), "{lengths:?}");
    let [query, key, value] = [query, key, value].map(Tensor::into_dispatch);
    let output = Dispatch::attend_by_heads(query, key, value, n_heads, lengths.to_vec());
    Tensor::from_dispatch(output)
}

/// What burn's backends are asked for beyond their own operations.
#[backend_extension(Flex, Autodiff: cfg(feature = "gradients"))]
pub(crate) trait Attention: Backend {
    /// `[batch, n_tokens, n_heads * dim]`.
    fn attend_by_heads(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        n_heads: usize,
        lengths: Vec<usize>,
    ) -> FloatTensor<Self>;
}

impl Attention for Flex {
    fn attend_by_heads(
        query: Numbers,
        key: Numbers,
        value: Numbers,
        n_heads: usize,
        lengths: Vec<usize>,
    ) -> Numbers {
        let (shape, sizes) = sizes(&query, n_heads);
        let [query, key, value] = [query, key, value].map(|tensor| tensor.to_contiguous());
        let inputs = Inputs { query: numbers(&query), key: numbers(&key), value: numbers(&value) };
        tensor(attention(sizes, inputs, &lengths), shape)
    }
}

fn sizes(query: &Numbers, n_heads: usize) -> ([usize; 3], Sizes) {
    let shape @ [_, n_tokens, all] = query.shape().dims();
    (shape, Sizes { n_tokens, n_heads, dim: all / n_heads })
}

#[cfg(feature = "gradients")]
mod derivative {
    use super::*;
    use crate::model::processor::attention::gradient::gradients;
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};

    type Tracked<C> = FloatTensor<Autodiff<Flex, C>>;

    impl<C: CheckpointStrategy> Attention for Autodiff<Flex, C> {
        fn attend_by_heads(
            query: Tracked<C>,
            key: Tracked<C>,
            value: Tracked<C>,
            n_heads: usize,
            lengths: Vec<usize>,
        ) -> Tracked<C> {
            let nodes = [query.node(), key.node(), value.node()];
            let inputs @ [query, key, value] =
                &[query, key, value].map(|tensor| tensor.into_primitive().to_contiguous());
            let [query, key, value] = [query, key, value].map(Numbers::clone);
            let output = Flex::attend_by_heads(query, key, value, n_heads, lengths.clone());
            match Derivative.prepare::<C>(nodes).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => {
                    let state = State { inputs: inputs.clone(), n_heads, lengths };
                    prepared.finish(state, output)
                }
                OpsKind::UnTracked(prepared) => prepared.finish(output),
            }
        }
    }

    #[derive(Debug)]
    struct Derivative;

    #[derive(Debug, Clone)]
    struct State {
        inputs: [Numbers; 3],
        n_heads: usize,
        lengths: Vec<usize>,
    }

    impl Backward<Flex, 3> for Derivative {
        type State = State;

        fn backward(self, operation: Ops<State, 3>, all: &mut Gradients, _: &mut Checkpointer) {
            let State { inputs: [query, key, value], n_heads, lengths } = operation.state;
            let output = all.consume::<Flex>(&operation.node).to_contiguous();
            let (shape, sizes) = sizes(&query, n_heads);
            let inputs =
                Inputs { query: numbers(&query), key: numbers(&key), value: numbers(&value) };
            let own = gradients(sizes, inputs, &lengths, numbers(&output));
            let found = [own.query, own.key, own.value];
            for (node, found) in operation.parents.into_iter().zip(found) {
                if let Some(node) = node {
                    all.register::<Flex>(node.id, tensor(found, shape));
                }
            }
        }
    }
}
