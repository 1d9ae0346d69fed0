//! Operations of ours as operations of burn's backend for the processor: networks, weights, optimiser and devices stay burn's.

use super::Numbers;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, DispatchTensor, Flex, backend_extension};
use burn::tensor::{Device, Tensor};
use std::fmt::Debug;
use std::sync::Arc;

/// How many tensors an operation has at most.
pub(super) const N: usize = 3;

/// What is computed from tensors on the processor, all in f32 and contiguous. Where it has fewer than [`N`], the others are
/// empty.
pub(super) trait Operation: Debug + Send + Sync {
    /// The output.
    fn output(&self, inputs: &[Numbers; N]) -> Numbers;

    /// Which inputs the gradient needs; in place of the others it is given empty tensors.
    #[cfg(feature = "gradients")]
    fn keeps(&self) -> [bool; N] {
        [true; N]
    }

    /// The gradients of the inputs for which one is `wanted`, from that of the output.
    #[cfg(feature = "gradients")]
    fn gradients(
        &self,
        inputs: &[Numbers; N],
        output: &Numbers,
        wanted: [bool; N],
    ) -> [Option<Numbers>; N];
}

/// The operation on these tensors, which are on the processor and in f32 ([`is_ours`](super::is_ours)).
pub(super) fn apply<const D: usize, const GIVEN: usize>(
    operation: impl Operation + 'static,
    inputs: [DispatchTensor; GIVEN],
) -> Tensor<D> {
    const { assert!(GIVEN <= N) }
    let nothing = || Tensor::<1>::empty([0], &Device::flex()).into_dispatch();
    let mut inputs = inputs.into_iter();
    let [a, b, c] = [(); N].map(|()| inputs.next().unwrap_or_else(nothing));
    Tensor::from_dispatch(Dispatch::apply(Arc::new(operation), a, b, c))
}

/// What burn's backends are asked for beyond their own operations.
#[backend_extension(Flex, Autodiff: cfg(feature = "gradients"))]
pub(crate) trait Operations: Backend {
    /// The output of an operation.
    fn apply(
        operation: Arc<dyn Operation>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

impl Operations for Flex {
    fn apply(operation: Arc<dyn Operation>, a: Numbers, b: Numbers, c: Numbers) -> Numbers {
        operation.output(&[a, b, c].map(|tensor| tensor.to_contiguous()))
    }
}

#[cfg(feature = "gradients")]
mod derivative {
    use super::super::tensor;
    use super::*;
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};

    type Tracked<C> = FloatTensor<Autodiff<Flex, C>>;

    impl<C: CheckpointStrategy> Operations for Autodiff<Flex, C> {
        fn apply(
            operation: Arc<dyn Operation>,
            a: Tracked<C>,
            b: Tracked<C>,
            c: Tracked<C>,
        ) -> Tracked<C> {
            let nodes = [a.node(), b.node(), c.node()];
            let inputs = [a, b, c].map(|tensor| tensor.into_primitive().to_contiguous());
            let output = operation.output(&inputs);
            let mut keeps = operation.keeps().into_iter();
            let inputs = inputs.map(|input| match keeps.next() {
                Some(true) => input,
                _ => tensor(Vec::new(), [0]),
            });
            match Derivative.prepare::<C>(nodes).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => prepared.finish(State { operation, inputs }, output),
                OpsKind::UnTracked(prepared) => prepared.finish(output),
            }
        }
    }

    #[derive(Debug)]
    struct Derivative;

    #[derive(Debug, Clone)]
    struct State {
        operation: Arc<dyn Operation>,
        inputs: [Numbers; N],
    }

    impl Backward<Flex, N> for Derivative {
        type State = State;

        fn backward(self, of: Ops<State, N>, all: &mut Gradients, _: &mut Checkpointer) {
            let State { operation, inputs } = of.state;
            let output = all.consume::<Flex>(&of.node).to_contiguous();
            let wanted = of.parents.each_ref().map(Option::is_some);
            let found = operation.gradients(&inputs, &output, wanted);
            for (node, found) in of.parents.into_iter().zip(found) {
                if let (Some(node), Some(found)) = (node, found) {
                    all.register::<Flex>(node.id, found);
                }
            }
        }
    }
}
