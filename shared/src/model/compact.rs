//! A small audio network: as good on few songs, at a fraction of the multiply-adds.

use super::bf16::{convolve, dense};
use super::initialize::Initializer;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, Dropout, DropoutConfig, Linear};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;

/// Strided convolutions, then the mean and the largest value over time and mel of each channel.
///
/// The first layer looks at 7 x 7 bins every 4, each further one at 3 x 3 every 2: the picture is
/// small before it is wide. Averaging over the picture makes the features blind to *when*
/// something sounds, as a genre should be; the largest value keeps what sounds rarely.
#[derive(Module, Debug)]
pub struct CompactCnn {
    pub(super) convs: Vec<Conv2d>,
    norms: Vec<BatchNorm>,
    dropout: Dropout,
    pub(super) dense: Linear,
}

impl CompactCnn {
    /// Features that leave it.
    pub const N_FEATURES: usize = 64;

    pub(super) fn new(channels: &[usize], dropout: f64, init: &mut Initializer<'_>) -> Self {
        let mut convs = Vec::new();
        let mut channels_in = 1;
        for (depth, &channels_out) in channels.iter().enumerate() {
            let (kernel, stride) = if depth == 0 { (7, 4) } else { (3, 2) };
            let config = Conv2dConfig::new([channels_in, channels_out], [kernel; 2])
                .with_stride([stride; 2])
                .with_bias(false);
            convs.push(init.conv(&config));
            channels_in = channels_out;
        }
        Self {
            convs,
            norms: channels.iter().map(|&n| init.quick_batch_norm(n)).collect(),
            dropout: DropoutConfig::new(dropout).init(),
            dense: init.dense(2 * channels_in, Self::N_FEATURES),
        }
    }

    /// # Shapes
    ///
    /// - `slices`: `[batch, 1, n_mels, n_frames]`
    /// - output: `[batch, 64]`
    pub fn forward(&self, slices: Tensor<4>) -> Tensor<2> {
        let bins = match self.rows_of_stacked(&slices) {
            Some(n_rows) => self.hear_stacked(slices, n_rows),
            None => self.hear(slices),
        };
        let mean = bins.clone().mean_dim(2).squeeze_dim::<2>(2);
        let largest = bins.max_dim(2).squeeze_dim::<2>(2);
        let x = self.dropout.forward(Tensor::cat(vec![mean, largest], 1));
        relu(dense(&self.dense, x))
    }

    /// The convolutions of each slice: `[batch, channels, bins]`.
    fn hear(&self, slices: Tensor<4>) -> Tensor<3> {
        self.convolve(slices).flatten::<3>(2, 3)
    }

    fn convolve(&self, slices: Tensor<4>) -> Tensor<4> {
        let layers = self.convs.iter().zip(&self.norms);
        layers.fold(slices, |x, (conv, norm)| relu(norm.forward(convolve(conv, x))))
    }

    /// The rows that a slice takes after the convolutions where slices stand on each other as one tall picture;
    /// `None` where they can't: in training, whose statistics would count the rows between them, and where a stride
    /// does not divide their height.
    fn rows_of_stacked(&self, slices: &Tensor<4>) -> Option<usize> {
        let [n_slices, _, n_mels, _] = slices.dims();
        let stride: usize = self.convs.iter().map(|conv| conv.stride[0]).product();
        let can = n_slices > 1 && n_mels % stride == 0 && !slices.device().is_autodiff();
        can.then_some(n_mels / stride)
    }

    /// The same as [`Self::hear`], with one large matrix product a layer in place of a small one for each slice:
    /// slices stand on each other. Windows that reach from one into the next give the last of the rows that a
    /// slice takes, which are left out in the end; no other row looks at them.
    fn hear_stacked(&self, slices: Tensor<4>, n_rows: usize) -> Tensor<3> {
        let [n_slices, _, n_mels, n_frames] = slices.dims();
        let tall = slices.reshape([1, 1, n_slices * n_mels, n_frames]);
        let x = self.convolve(tall);
        let [_, n_channels, n_tall, n_columns] = x.dims();
        let n_valid = n_rows - (n_slices * n_rows - n_tall);
        let missing = Tensor::zeros([1, n_channels, n_rows - n_valid, n_columns], &x.device());
        Tensor::cat(vec![x, missing], 2)
            .reshape([n_channels, n_slices, n_rows, n_columns])
            .narrow(2, 0, n_valid)
            .swap_dims(0, 1)
            .flatten::<3>(2, 3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn slices_on_each_other_give_what_each_gives_alone() {
        let device = Device::flex();
        let mut stream = Seed(1).stream("compact");
        let init = &mut Initializer { stream: &mut stream, device: &device, n_states: 0 };
        let network = CompactCnn::new(&[24, 48, 96, 128], 0.3, init);
        let mut stream = Seed(2).stream("slices");
        for (n_slices, n_mels, n_frames) in [(3, 128, 128), (2, 64, 100), (2, 100, 128)] {
            let n_values = n_slices * n_mels * n_frames;
            let values: Vec<f32> =
                (0..n_values).map(|_| stream.below(999) as f32 / 999.0).collect();
            let shape = [n_slices, 1, n_mels, n_frames];
            let slices = Tensor::<4>::from_data(TensorData::new(values, shape), &device);
            let plain = network.hear(slices.clone());
            let rows = network.rows_of_stacked(&slices);
            assert_eq!(rows, [None, Some(n_mels / 32)][usize::from(n_mels % 32 == 0)]);
            let Some(rows) = rows else { continue };
            let stacked = network.hear_stacked(slices.clone(), rows);
            assert_eq!(stacked.dims(), plain.dims());
            let worst = (stacked - plain.clone()).abs().max().into_scalar::<f32>();
            let largest = plain.abs().max().into_scalar::<f32>();
            assert!(worst <= 1e-5 * largest, "{worst} of {largest}");
            assert!(network.rows_of_stacked(&slices.narrow(0, 0, 1)).is_none());
        }
        let in_training = Tensor::zeros([3, 1, 128, 128], &device.autodiff());
        assert!(network.rows_of_stacked(&in_training).is_none());
    }
}
