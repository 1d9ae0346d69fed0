//! A small audio network: as good on few songs, at a fraction of the multiply-adds.

use super::bf16::dense;
use super::convolution::convolve_normalize_rectify;
use super::dropout::drop_out;
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
        let layers = self.convs.iter().zip(&self.norms);
        let x = layers.fold(slices, |x, (conv, norm)| convolve_normalize_rectify(conv, norm, x));
        let bins = x.flatten::<3>(2, 3);
        let mean = bins.clone().mean_dim(2).squeeze_dim::<2>(2);
        let largest = bins.max_dim(2).squeeze_dim::<2>(2);
        let x = drop_out(&self.dropout, Tensor::cat(vec![mean, largest], 1));
        relu(dense(&self.dense, x))
    }
}
