//! Weights at the start of training, drawn from our own random stream.

use crate::random::Stream;
use burn::module::{Module, ModuleMapper, Param, ParamId, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Standard deviation of a standard normal distribution cut at two: Keras divides by it so that the
/// cut distribution has the deviation asked for (`keras.initializers.VarianceScaling`).
const DEVIATION_OF_CUT_NORMAL: f64 = 0.879_625_661_034_239_8;

/// Running statistics are numbered from here on; parameters from 1.
const FIRST_STATE: u64 = 1 << 32;

/// Draws the weights of one network, layer by layer.
pub(super) struct Initializer<'a> {
    pub(super) stream: &'a mut Stream,
    pub(super) device: &'a Device,
    /// Running statistics made so far.
    pub(super) n_states: u64,
}

impl Initializer<'_> {
    /// Normal values cut at two standard deviations.
    fn cut_normal<const D: usize>(&mut self, shape: [usize; D], deviation: f64) -> Tensor<D> {
        let n: usize = shape.iter().product();
        let values: Vec<f32> = (0..n)
            .map(|_| {
                loop {
                    let value = self.stream.normal(0.0, 1.0);
                    if value.abs() <= 2.0 {
                        break (value * deviation) as f32;
                    }
                }
            })
            .collect();
        Tensor::from_data(TensorData::new(values, shape), self.device)
    }

    /// He-normal (He et al., 2015) as Keras draws it: variance 2 / `fan_in`, cut at two deviations.
    fn he_normal<const D: usize>(&mut self, shape: [usize; D], fan_in: usize) -> Tensor<D> {
        self.cut_normal(shape, (2.0 / fan_in as f64).sqrt() / DEVIATION_OF_CUT_NORMAL)
    }

    fn zeros(&self, n: usize) -> Param<Tensor<1>> {
        Param::from_tensor(Tensor::zeros([n], self.device))
    }

    /// A convolution with He-normal weights and no offsets at the start.
    pub(super) fn conv(&mut self, config: &Conv2dConfig) -> Conv2d {
        let [channels_in, channels_out] = config.channels;
        let [height, width] = config.kernel_size;
        let weight = self
            .he_normal([channels_out, channels_in, height, width], channels_in * height * width);
        let mut layer = config.init(self.device);
        layer.weight = Param::from_tensor(weight);
        layer.bias = layer.bias.map(|_| self.zeros(channels_out));
        layer
    }

    /// A dense layer with He-normal weights and no offsets at the start.
    pub(super) fn dense(&mut self, n_in: usize, n_out: usize) -> Linear {
        let weight = self.he_normal([n_in, n_out], n_in);
        self.linear(n_in, n_out, weight)
    }

    /// A dense layer as BERT starts it: normal with that deviation.
    pub(super) fn bert_linear(&mut self, n_in: usize, n_out: usize, deviation: f64) -> Linear {
        let weight = self.cut_normal([n_in, n_out], deviation);
        self.linear(n_in, n_out, weight)
    }

    /// A table of vectors as BERT starts it.
    pub(super) fn bert_table(&mut self, n: usize, dim: usize, deviation: f64) -> Tensor<2> {
        self.cut_normal([n, dim], deviation)
    }

    fn linear(&self, n_in: usize, n_out: usize, weight: Tensor<2>) -> Linear {
        let mut layer = LinearConfig::new(n_in, n_out).init(self.device);
        layer.weight = Param::from_tensor(weight);
        layer.bias = Some(self.zeros(n_out));
        layer
    }

    /// Batch normalisation with Keras's constants: momentum 0.99 (0.01 in burn's counting) and
    /// epsilon 1e-3.
    pub(super) fn keras_batch_norm(&mut self, n_channels: usize) -> BatchNorm {
        self.batch_norm(&BatchNormConfig::new(n_channels).with_momentum(0.01).with_epsilon(1e-3))
    }

    /// Batch normalisation whose running statistics follow within tens of steps (momentum 0.1,
    /// epsilon 1e-5): Keras's need hundreds, more than an epoch of few songs has.
    pub(super) fn quick_batch_norm(&mut self, n_channels: usize) -> BatchNorm {
        self.batch_norm(&BatchNormConfig::new(n_channels))
    }

    /// burn numbers running statistics at random, and mapping over a module does not change that:
    /// they are numbered here, so that equal networks are equal files.
    fn batch_norm(&mut self, config: &BatchNormConfig) -> BatchNorm {
        let mut norm = config.init(self.device);
        norm.running_mean = self.numbered(&norm.running_mean);
        norm.running_var = self.numbered(&norm.running_var);
        norm
    }

    fn numbered(&mut self, state: &RunningState<Tensor<1>>) -> RunningState<Tensor<1>> {
        self.n_states += 1;
        RunningState::with_id(ParamId::from(FIRST_STATE + self.n_states), state.value())
    }
}

/// Numbers the parameters in the order of the layers, so that two runs write the same file; burn
/// draws the numbers at random.
pub(super) fn number_parameters<M: Module>(module: M) -> M {
    module.map(&mut Numbering { next: 1 })
}

struct Numbering {
    next: u64,
}

impl Numbering {
    fn id(&mut self) -> ParamId {
        let id = ParamId::from(self.next);
        self.next += 1;
        id
    }
}

impl ModuleMapper for Numbering {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (_, tensor, mapper) = param.consume();
        Param::from_mapped_value(self.id(), tensor, mapper)
    }

    fn map_int<const D: usize>(&mut self, param: Param<Tensor<D, Int>>) -> Param<Tensor<D, Int>> {
        let (_, tensor, mapper) = param.consume();
        Param::from_mapped_value(self.id(), tensor, mapper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    fn spread(values: &[f32]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / n;
        let squares = values.iter().map(|value| (f64::from(*value) - mean).powi(2));
        (mean, (squares.sum::<f64>() / n).sqrt())
    }

    /// Keras's `HeNormal` and `Zeros`: deviation sqrt(2 / fan in), cut at two deviations of the uncut distribution.
    #[test]
    fn weights_are_he_normal_and_offsets_zero() {
        let device = Device::flex();
        let mut stream = Seed(7).stream("weights");
        let mut init = Initializer { stream: &mut stream, device: &device, n_states: 0 };
        let conv = init.conv(&Conv2dConfig::new([24, 96], [7, 7]));
        let dense = init.dense(1200, 64);
        let weights = [
            (conv.weight.val().into_data(), conv.bias.unwrap().val().into_data(), 24 * 7 * 7),
            (dense.weight.val().into_data(), dense.bias.unwrap().val().into_data(), 1200),
        ];
        for (weight, bias, fan_in) in weights {
            let weight: Vec<f32> = weight.try_to_vec().unwrap();
            let expected = (2.0 / f64::from(fan_in)).sqrt();
            let (mean, deviation) = spread(&weight);
            // Five standard errors: those of the mean, and of the deviation, which cutting makes smaller.
            let error = 5.0 * expected / (weight.len() as f64).sqrt();
            assert!(mean.abs() < error, "mean {mean}, at most {error}");
            assert!((deviation - expected).abs() < error, "{deviation}, not {expected}");
            let most = 2.0 * expected / DEVIATION_OF_CUT_NORMAL;
            let largest = weight.iter().map(|value| f64::from(value.abs())).fold(0.0, f64::max);
            assert!(largest <= most * (1.0 + 1e-6) && largest > 0.98 * most, "{largest}, {most}");
            let bias: Vec<f32> = bias.try_to_vec().unwrap();
            assert!(bias.iter().all(|offset| *offset == 0.0));
        }
    }
}
