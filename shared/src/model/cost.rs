//! How large a network is: its parameters, and the multiply-adds that hearing one slice takes.
//!
//! Multiply-adds are counted from the layers themselves, convolutions and dense ones only:
//! normalisation, pooling and activation are small beside them.

use super::audio::AudioEncoder;
use super::compact::CompactCnn;
use super::network::Network;
use super::thesis::ThesisCnn;
use burn::module::{Module, ModuleVisitor, Param};
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;

impl Network {
    /// Values that training changes by gradient, or would if they were not frozen; running statistics of
    /// normalisations are none.
    pub fn n_parameters(&self) -> usize {
        self.count().n_parameters
    }

    /// Those of them that are not frozen. Only a network with autodiff knows which are.
    pub fn n_trained_parameters(&self) -> usize {
        self.count().n_trained
    }

    fn count(&self) -> Count {
        let mut count = Count::default();
        self.visit(&mut count);
        count
    }
}

/// Counts while it walks through a network.
#[derive(Default)]
struct Count {
    place: Vec<String>,
    n_parameters: usize,
    n_trained: usize,
}

impl ModuleVisitor for Count {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.place.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.place.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let is_statistic = self.place.last().is_some_and(|name| name.starts_with("running_"));
        if !is_statistic {
            let n = param.lazy_shape().num_elements();
            self.n_parameters += n;
            self.n_trained += if param.is_require_grad() { n } else { 0 };
        }
    }
}

impl AudioEncoder {
    /// Multiply-adds of the forward pass of one slice of `[n_mels, n_frames]`.
    ///
    /// # Panics
    ///
    /// If the slice is smaller than a layer's kernel.
    pub fn multiply_adds(&self, slice: [usize; 2]) -> u64 {
        match self {
            Self::Thesis(network) => network.multiply_adds(slice),
            Self::Compact(network) => network.multiply_adds(slice),
        }
    }
}

impl ThesisCnn {
    fn multiply_adds(&self, slice: [usize; 2]) -> u64 {
        let mut picture = Picture::new(slice);
        for conv in &self.convs {
            picture.convolve(conv);
            picture.size = picture.size.map(|length| length / 2);
        }
        picture.n_multiply_adds
            + [&self.dense_1024, &self.dense_256, &self.dense_64].map(dense).iter().sum::<u64>()
    }
}

impl CompactCnn {
    fn multiply_adds(&self, slice: [usize; 2]) -> u64 {
        let mut picture = Picture::new(slice);
        self.convs.iter().for_each(|conv| picture.convolve(conv));
        picture.n_multiply_adds + dense(&self.dense)
    }
}

/// A picture on its way through convolutions without padding.
struct Picture {
    size: [usize; 2],
    n_multiply_adds: u64,
}

impl Picture {
    fn new(size: [usize; 2]) -> Self {
        Self { size, n_multiply_adds: 0 }
    }

    fn convolve(&mut self, conv: &Conv2d) {
        for ((length, kernel), stride) in
            self.size.iter_mut().zip(conv.kernel_size).zip(conv.stride)
        {
            assert!(*length >= kernel, "a kernel of {kernel} on a picture of {length}");
            *length = (*length - kernel) / stride + 1;
        }
        // Each weight is used once at each place.
        let n_weights: usize = conv.weight.dims().iter().product();
        self.n_multiply_adds += (n_weights * self.size[0] * self.size[1]) as u64;
    }
}

fn dense(layer: &Linear) -> u64 {
    layer.weight.dims().iter().product::<usize>() as u64
}

#[cfg(test)]
mod tests {
    use crate::model::{AudioConfig, Network, NetworkConfig};
    use crate::random::Seed;
    use burn::tensor::Device;

    fn network(audio: AudioConfig) -> Network {
        let genres = ["country", "pop", "rap", "rock"].map(str::to_owned).to_vec();
        let config = NetworkConfig::new(genres, Some(audio), None);
        Network::new(&config, Seed(1), &Device::flex())
    }

    fn multiply_adds(audio: AudioConfig) -> u64 {
        network(audio).audio().unwrap().multiply_adds([128, 128])
    }

    /// Keras's summary of the thesis's network says so.
    #[test]
    fn only_what_is_trained_counts() {
        assert_eq!(network(AudioConfig::Thesis).n_parameters(), 4_266_340);
    }

    /// By hand, from the sizes 128 -> 122 -> 61 -> 28 -> 14 -> 12 -> 6 -> 4 of the thesis's layers.
    #[test]
    fn the_thesis_by_hand() {
        let convs = 122 * 122 * 64 * 49
            + 28 * 28 * 128 * 64 * 49
            + 12 * 12 * 256 * 128 * 9
            + 4 * 4 * 512 * 256 * 9;
        let dense = 2048 * 1024 + 1024 * 256 + 256 * 64;
        assert_eq!(multiply_adds(AudioConfig::Thesis), convs + dense);
    }

    /// 128 -> 31 -> 15 -> 7 -> 3.
    #[test]
    fn the_compact_network_by_hand() {
        let convs =
            31 * 31 * 24 * 49 + 15 * 15 * 48 * 24 * 9 + 7 * 7 * 96 * 48 * 9 + 3 * 3 * 128 * 96 * 9;
        assert_eq!(multiply_adds(AudioConfig::compact()), convs + 2 * 128 * 64);
        assert!(multiply_adds(AudioConfig::Thesis) > 50 * multiply_adds(AudioConfig::compact()));
    }
}
