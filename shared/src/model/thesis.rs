//! The audio network of the thesis, layer by layer.

use super::bf16::dense;
use super::convolution::convolve;
use super::dropout::drop_out;
use super::initialize::Initializer;
use super::normalization::{halve, normalize};
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{AvgPool2d, AvgPool2dConfig};
use burn::nn::{BatchNorm, Dropout, DropoutConfig, Linear};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;

/// Four convolutions with batch normalisation and average pooling, then three dense layers
/// (J. Kalinic, "Multimodal music recommender", 2022, section "Networks"). No padding anywhere:
/// 128 -> 122 -> 61 -> 28 -> 14 -> 12 -> 6 -> 4 -> 2.
#[derive(Module, Debug)]
pub struct ThesisCnn {
    pub(super) convs: Vec<Conv2d>,
    norms: Vec<BatchNorm>,
    pool: AvgPool2d,
    norm_pooled: BatchNorm,
    norm_flat: BatchNorm,
    dropout_flat: Dropout,
    pub(super) dense_1024: Linear,
    dropout_1024: Dropout,
    pub(super) dense_256: Linear,
    dropout_256: Dropout,
    pub(super) dense_64: Linear,
}

impl ThesisCnn {
    /// Features that leave it.
    pub const N_FEATURES: usize = 64;

    pub(super) fn new(init: &mut Initializer<'_>) -> Self {
        let convs = [(1, 64, 7, 1), (64, 128, 7, 2), (128, 256, 3, 1), (256, 512, 3, 1)];
        Self {
            convs: convs
                .iter()
                .map(|&(channels_in, channels_out, kernel, stride)| {
                    let config = Conv2dConfig::new([channels_in, channels_out], [kernel; 2]);
                    init.conv(&config.with_stride([stride; 2]))
                })
                .collect(),
            norms: convs.iter().map(|conv| init.keras_batch_norm(conv.1)).collect(),
            pool: AvgPool2dConfig::new([2, 2]).init(),
            norm_pooled: init.keras_batch_norm(512),
            norm_flat: init.keras_batch_norm(2048),
            dropout_flat: DropoutConfig::new(0.6).init(),
            dense_1024: init.dense(2048, 1024),
            dropout_1024: DropoutConfig::new(0.5).init(),
            dense_256: init.dense(1024, 256),
            dropout_256: DropoutConfig::new(0.25).init(),
            dense_64: init.dense(256, Self::N_FEATURES),
        }
    }

    /// # Shapes
    ///
    /// - `slices`: `[batch, 1, 128, 128]`
    /// - output: `[batch, 64]`
    pub fn forward(&self, slices: Tensor<4>) -> Tensor<2> {
        let mut x = slices;
        for (conv, norm) in self.convs.iter().zip(&self.norms) {
            x = halve(&self.pool, normalize(norm, relu(convolve(conv, x))));
        }
        let x = normalize(&self.norm_pooled, x).flatten::<2>(1, 3);
        let x = drop_out(&self.dropout_flat, self.norm_flat.forward(x));
        let x = drop_out(&self.dropout_1024, relu(dense(&self.dense_1024, x)));
        let x = drop_out(&self.dropout_256, relu(dense(&self.dense_256, x)));
        relu(dense(&self.dense_64, x))
    }
}
