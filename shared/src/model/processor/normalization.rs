//! Batch normalisation while a network is trained (Ioffe and Szegedy, 2015).

#[cfg(any(test, feature = "gradients"))]
use super::sum_of_pairs;
use super::{Numbers, is_ours, numbers, split, sum_of, tensor};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;

/// `x` normalised by its own statistics, and what is then below zero made zero if it `is_rectified`; with mean and variance
/// (of the batch: divided by its number) of each channel. `None` where `x` is not on the processor and in f32.
pub(in crate::model) fn batch_norm_train(
    x: &Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    is_rectified: bool,
) -> Option<(Tensor<4>, Tensor<1>, Tensor<1>)> {
    is_ours(x).then_some(())?;
    let [gamma, beta] = [gamma, beta].map(Tensor::into_dispatch);
    let x = x.clone().into_dispatch();
    let (output, mean, variance) = Dispatch::normalize_batch(x, gamma, beta, epsilon, is_rectified);
    let [mean, variance] = [mean, variance].map(Tensor::from_dispatch);
    Some((Tensor::from_dispatch(output), mean, variance))
}

/// What burn's backends are asked for beyond their own operations.
#[backend_extension(Flex, Autodiff: cfg(feature = "gradients"))]
pub(crate) trait BatchNormalization: Backend {
    /// Output `[batch, channels, height, width]`, mean and variance `[channels]`.
    fn normalize_batch(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        is_rectified: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

impl BatchNormalization for Flex {
    fn normalize_batch(
        x: Numbers,
        gamma: Numbers,
        beta: Numbers,
        epsilon: f64,
        is_rectified: bool,
    ) -> (Numbers, Numbers, Numbers) {
        let shape: [usize; 4] = x.shape().dims();
        let [x, gamma, beta] = [x, gamma, beta].map(|tensor| tensor.to_contiguous());
        let (gamma, beta) = (numbers(&gamma), numbers(&beta));
        let then = Then { gamma, beta, epsilon, is_rectified };
        let (output, statistics) = normalize(numbers(&x), shape, then);
        let (mean, variance) = statistics.into_iter().unzip();
        let n = [shape[1]];
        (tensor(output, shape), tensor(mean, n), tensor(variance, n))
    }
}

/// The pictures of each channel.
struct Channels<'a> {
    values: &'a [f32],
    n_channels: usize,
    area: usize,
}

impl<'a> Channels<'a> {
    fn of(values: &'a [f32], [_, n_channels, height, width]: [usize; 4]) -> Self {
        Self { values, n_channels, area: height * width }
    }

    /// One after another, the channel's numbers in each picture.
    fn channel(&self, at: usize) -> impl Iterator<Item = &'a [f32]> + use<'a> {
        self.values.chunks_exact(self.area).skip(at).step_by(self.n_channels)
    }
}

/// The same, to be filled in: for each channel its place, and its numbers in each picture.
fn to_fill(
    values: &mut [f32],
    [_, n_channels, height, width]: [usize; 4],
) -> impl Iterator<Item = (usize, Vec<&mut [f32]>)> {
    let mut channels: Vec<Vec<&mut [f32]>> = (0..n_channels).map(|_| Vec::new()).collect();
    for (at, numbers) in values.chunks_exact_mut(height * width).enumerate() {
        channels[at % n_channels].push(numbers);
    }
    channels.into_iter().enumerate()
}

/// What is done to numbers once mean and variance of their channel are known.
#[derive(Clone, Copy)]
struct Then<'a> {
    gamma: &'a [f32],
    beta: &'a [f32],
    epsilon: f64,
    is_rectified: bool,
}

impl Then<'_> {
    /// What is below it is made it.
    fn least(self) -> f32 {
        if self.is_rectified { 0.0 } else { f32::NEG_INFINITY }
    }

    /// By what the distance to the mean is multiplied.
    fn scale(self, channel: usize, variance: f64) -> f32 {
        (f64::from(self.gamma[channel]) / (variance + self.epsilon).sqrt()) as f32
    }
}

/// The output, and mean and variance of each channel.
fn normalize(x: &[f32], shape: [usize; 4], then: Then<'_>) -> (Vec<f32>, Vec<(f32, f32)>) {
    let (x, n) = (Channels::of(x, shape), (shape[0] * shape[2] * shape[3]) as f64);
    let mut output = vec![0.0; x.values.len()];
    let mut statistics = vec![(0.0, 0.0); shape[1]];
    split::each(to_fill(&mut output, shape).zip(&mut statistics), |((at, output), statistics)| {
        let over = |sum: &dyn Fn(&[f32]) -> f32| {
            x.channel(at).map(|numbers| f64::from(sum(numbers))).sum::<f64>() / n
        };
        let mean = over(&|numbers| sum_of(numbers, |x| x));
        let centre = mean as f32;
        let variance = over(&|numbers| sum_of(numbers, |x| (x - centre) * (x - centre)));
        // The one that the gradient finds again.
        let variance = variance as f32;
        let (scale, offset) = (then.scale(at, f64::from(variance)), then.beta[at]);
        let least = then.least();
        for (output, x) in output.into_iter().zip(x.channel(at)) {
            for (y, x) in output.iter_mut().zip(x) {
                let value = (x - centre) * scale + offset;
                // What is no number stays none.
                *y = if value < least { least } else { value };
            }
        }
        *statistics = (centre, variance);
    });
    (output, statistics)
}

/// Of input, scale and offset, from that of the output.
#[cfg(any(test, feature = "gradients"))]
struct Gradients {
    x: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

#[cfg(any(test, feature = "gradients"))]
fn gradients(
    x: &[f32],
    shape: [usize; 4],
    then: Then<'_>,
    statistics: (&[f32], &[f32]),
    output: &[f32],
) -> Gradients {
    let n = (shape[0] * shape[2] * shape[3]) as f64;
    let (x, output) = (Channels::of(x, shape), Channels::of(output, shape));
    let mut of_x = vec![0.0; x.values.len()];
    let mut others = vec![(0.0, 0.0); shape[1]];
    split::each(to_fill(&mut of_x, shape).zip(&mut others), |((at, of_x), others)| {
        let (mean, variance) = (statistics.0[at], statistics.1[at]);
        let inverse = (f64::from(variance) + then.epsilon).sqrt().recip() as f32;
        let (scale, offset) = (then.scale(at, f64::from(variance)), then.beta[at]);
        // Nothing is asked of what was made zero.
        let asked = |x: f32, dy: f32| {
            if then.is_rectified && (x - mean) * scale + offset <= 0.0 { 0.0 } else { dy }
        };
        let pairs = || x.channel(at).zip(output.channel(at));
        let mut sums = [0.0; 2];
        for (x, dy) in pairs() {
            sums[0] += f64::from(sum_of_pairs(x, dy, |x, dy| (x - mean) * inverse * asked(x, dy)));
            sums[1] += f64::from(sum_of_pairs(x, dy, asked));
        }
        let [along, flat] = sums.map(|sum| (sum / n) as f32);
        for (of_x, (x, dy)) in of_x.into_iter().zip(pairs()) {
            for (of_x, (x, dy)) in of_x.iter_mut().zip(x.iter().zip(dy)) {
                *of_x = scale * (asked(*x, *dy) - flat - (x - mean) * inverse * along);
            }
        }
        *others = (sums[0] as f32, sums[1] as f32);
    });
    let (gamma, beta) = others.into_iter().unzip();
    Gradients { x: of_x, gamma, beta }
}

#[cfg(feature = "gradients")]
mod derivative {
    use super::*;
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients as All;
    use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};

    type Tracked<C> = FloatTensor<Autodiff<Flex, C>>;

    impl<C: CheckpointStrategy> BatchNormalization for Autodiff<Flex, C> {
        fn normalize_batch(
            x: Tracked<C>,
            gamma: Tracked<C>,
            beta: Tracked<C>,
            epsilon: f64,
            is_rectified: bool,
        ) -> (Tracked<C>, Tracked<C>, Tracked<C>) {
            let nodes = [x.node(), gamma.node(), beta.node()];
            let [x, gamma, beta] =
                [x, gamma, beta].map(|tensor| tensor.into_primitive().to_contiguous());
            let inputs = [x, gamma, beta];
            let [x, gamma, beta] = inputs.clone();
            let (output, mean, variance) =
                Flex::normalize_batch(x, gamma, beta, epsilon, is_rectified);
            let output = match Derivative.prepare::<C>(nodes).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => {
                    let statistics = [mean.clone(), variance.clone()];
                    prepared.finish(State { inputs, statistics, epsilon, is_rectified }, output)
                }
                OpsKind::UnTracked(prepared) => prepared.finish(output),
            };
            (output, Tracked::<C>::new(mean), Tracked::<C>::new(variance))
        }
    }

    #[derive(Debug)]
    struct Derivative;

    #[derive(Debug, Clone)]
    struct State {
        /// Pictures, scale and offset.
        inputs: [Numbers; 3],
        statistics: [Numbers; 2],
        epsilon: f64,
        is_rectified: bool,
    }

    impl Backward<Flex, 3> for Derivative {
        type State = State;

        fn backward(self, operation: Ops<State, 3>, all: &mut All, _: &mut Checkpointer) {
            let State { inputs, statistics: [mean, variance], epsilon, is_rectified } =
                operation.state;
            let [x, gamma, beta] = &inputs;
            let output = all.consume::<Flex>(&operation.node).to_contiguous();
            let shape: [usize; 4] = x.shape().dims();
            let statistics = (numbers(&mean), numbers(&variance));
            let (gamma, beta) = (numbers(gamma), numbers(beta));
            let then = Then { gamma, beta, epsilon, is_rectified };
            let own = gradients(numbers(x), shape, then, statistics, numbers(&output));
            let n = [shape[1]];
            let found = [tensor(own.x, shape), tensor(own.gamma, n), tensor(own.beta, n)];
            for (node, found) in operation.parents.into_iter().zip(found) {
                if let Some(node) = node {
                    all.register::<Flex>(node.id, found);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, floats, tensor};
    use super::*;
    use burn::tensor::Device;
    use burn::tensor::activation::relu;
    use burn::tensor::module::batch_norm_train as burn_batch_norm;

    const SHAPES: [[usize; 4]; 3] = [[2, 3, 5, 7], [4, 2, 1, 9], [1, 5, 3, 3]];

    #[test]
    fn the_operation_is_the_one_of_burn() {
        let device = Device::flex();
        for [batch, channels, height, width] in SHAPES {
            // Far from zero, and not in its order.
            let x = tensor("x", [batch, channels, width, height], &device) * 0.5 + 3.0;
            let x = x.swap_dims(2, 3);
            let [gamma, beta] = ["gamma", "beta"].map(|name| tensor(name, [channels], &device));
            let normalized = |is_rectified| {
                batch_norm_train(&x, gamma.clone(), beta.clone(), 1e-3, is_rectified).unwrap()
            };
            let ((output, mean, variance), (rectified, ..)) = (normalized(false), normalized(true));
            let burns = burn_batch_norm(x.clone(), gamma.clone(), beta.clone(), 1e-3);
            assert_close("output", &floats(output), &floats(burns.output.clone()), 1e-5);
            assert_close("rectified", &floats(rectified), &floats(relu(burns.output)), 1e-5);
            assert_close("mean", &floats(mean), &floats(burns.mean), 1e-6);
            assert_close("variance", &floats(variance), &floats(burns.variance), 1e-5);
        }
    }

    #[cfg(feature = "gradients")]
    #[test]
    fn gradients_are_those_of_burn() {
        let device = Device::flex().autodiff();
        for [batch, channels, height, width] in SHAPES {
            let shape = [batch, channels, height, width];
            let x = (tensor("x", shape, &device) * 0.5 + 3.0).require_grad();
            let [gamma, beta] =
                ["gamma", "beta"].map(|name| tensor(name, [channels], &device).require_grad());
            let burns = || burn_batch_norm(x.clone(), gamma.clone(), beta.clone(), 1e-3).output;
            let weights = tensor("weights", [batch, channels, width, height], &device);
            for (is_rectified, burns) in [(false, burns()), (true, relu(burns()))] {
                let (gamma_, beta_) = (gamma.clone(), beta.clone());
                let (ours, mean, _) =
                    batch_norm_train(&x, gamma_, beta_, 1e-3, is_rectified).unwrap();
                assert!(!mean.is_require_grad());
                let [ours, burns] = [ours, burns]
                    .map(|output| (output.swap_dims(2, 3) * weights.clone()).sum().backward());
                let of_x = |all| floats(x.grad(all).unwrap());
                assert_close("x", &of_x(&ours), &of_x(&burns), 1e-5);
                for (name, of) in [("gamma", &gamma), ("beta", &beta)] {
                    let of = |all| floats(of.grad(all).unwrap());
                    assert_close(name, &of(&ours), &of(&burns), 1e-5);
                }
            }
        }
    }
}
