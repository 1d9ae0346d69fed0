//! What belongs together: a network whose parts learn, without any genre, which lyrics were sung to which
//! sound.
//!
//! As CLIP does with pictures and their captions (Radford et al., 2021) and CLAP with sounds (Elizalde et
//! al., 2023): both parts are led into one room, and each sound must be nearest to its own lyrics among
//! those of the batch, and each lyrics to their own sound.

use super::audio::AudioEncoder;
use super::bf16::dense;
use super::config::NetworkConfig;
use super::initialize::{Initializer, number_parameters};
use super::network::{Features, Network, NetworkInput};
use crate::random::Seed;
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor};

/// Width of the room that both parts are led into.
const JOINT_DIM: usize = 64;

/// The inverse of the temperature at the start, 1 / 0.07, as CLIP and CLAP have it.
const FIRST_SCALE: f64 = 1.0 / 0.07;

/// What the inverse of the temperature can't exceed, so that the loss stays smooth (CLIP).
const MOST_SCALE: f64 = 100.0;

/// A network that hears and reads, with what leads both into one room.
#[derive(Module, Debug)]
pub struct ContrastiveNetwork {
    /// The network; its head takes no part.
    pub network: Network,
    hear: Linear,
    read: Linear,
    log_scale: Param<Tensor<1>>,
}

impl ContrastiveNetwork {
    /// The network with fresh ways into the room.
    ///
    /// # Panics
    ///
    /// If the network does not both hear and read.
    pub fn new(network: Network, config: &NetworkConfig, seed: Seed, device: &Device) -> Self {
        let (Some(_), Some(text)) = (&config.audio, &config.text) else {
            panic!("only a network that hears and reads can learn what belongs together");
        };
        let mut stream = seed.stream("contrastive weights");
        let init = &mut Initializer { stream: &mut stream, device, n_states: 0 };
        let hear = init.dense(AudioEncoder::N_FEATURES, JOINT_DIM);
        let read = init.dense(text.projection_dim, JOINT_DIM);
        let log_scale = Param::from_tensor(Tensor::full([1], FIRST_SCALE.ln(), device));
        number_parameters(Self { network, hear, read, log_scale })
    }

    /// How near each sound of a batch is to each lyrics: cosines over the temperature.
    ///
    /// # Shapes
    ///
    /// - output: `[batch, batch]`, row a sound, column lyrics; what belongs together is on the diagonal
    ///
    /// # Panics
    ///
    /// As [`Network::forward`].
    pub fn forward(&self, input: NetworkInput) -> Tensor<2> {
        let Features { heard: Some(heard), read: Some(read) } = self.network.features(input) else {
            unreachable!("it was made of a network that hears and reads");
        };
        let (heard, read) = (unit(dense(&self.hear, heard)), unit(dense(&self.read, read)));
        heard.matmul(read.transpose()) * self.log_scale.val().exp().unsqueeze::<2>()
    }

    /// The same with the temperature where it may be, which is to be asked for after each step. It is the
    /// parameter that is cut, as in CLIP: a limit in the forward pass would have no gradient back.
    #[must_use]
    pub fn with_scale_in_bounds(self) -> Self {
        let log_scale = self.log_scale.map(|scale| {
            let is_trained = scale.is_require_grad();
            let cut = scale.clamp_max(MOST_SCALE.ln()).detach();
            if is_trained { cut.require_grad() } else { cut }
        });
        Self { log_scale, ..self }
    }
}

/// Rows of length one.
fn unit(rows: Tensor<2>) -> Tensor<2> {
    // Within the root: at zero the root has no gradient.
    let length = (rows.clone().square().sum_dim(1) + 1e-24).sqrt();
    rows / length
}

/// Symmetric InfoNCE (van den Oord et al., 2018; Radford et al., 2021): the mean of the cross entropies of
/// finding each row's column and each column's row, where what belongs together is on the diagonal.
///
/// # Shapes
///
/// - `similarities`: `[batch, batch]`
/// - output: `[1]`
pub fn contrastive_loss(similarities: &Tensor<2>) -> Tensor<1> {
    let [n_rows, _] = similarities.dims();
    let diagonal = Tensor::<1, Int>::arange(0..n_rows as i64, &similarities.device());
    let diagonal = diagonal.reshape([n_rows, 1]);
    let found = |along| log_softmax(similarities.clone(), along).gather(1, diagonal.clone()).mean();
    (found(1) + found(0)).mul_scalar(-0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AudioConfig, TextConfig};

    fn network(device: &Device) -> ContrastiveNetwork {
        let genres = vec!["pop".to_owned(), "rap".to_owned()];
        let (audio, text) = (AudioConfig::compact(), TextConfig::small(20));
        let config = NetworkConfig::new(genres, Some(audio), Some(text));
        ContrastiveNetwork::new(Network::new(&config, Seed(1), device), &config, Seed(1), device)
    }

    #[test]
    fn the_temperature_stays_in_bounds_and_goes_on_being_learnt() {
        let device = Device::flex().autodiff();
        let mut network = network(&device);
        let start = network.log_scale.val().exp().into_scalar::<f32>();
        assert!((start - 1.0 / 0.07).abs() < 1e-3, "{start}");
        network.log_scale = Param::from_tensor(Tensor::full([1], 9.0, &device));
        let scale = network.with_scale_in_bounds().log_scale;
        assert!(scale.is_require_grad());
        let cut = scale.val().exp().into_scalar::<f32>();
        assert!((cut - 100.0).abs() < 1e-2, "{cut}");
    }

    #[test]
    fn a_row_of_zeros_spoils_no_gradient() {
        let device = Device::flex().autodiff();
        let rows = Tensor::<2>::from_data([[3.0, 4.0], [0.0, 0.0]], &device).require_grad();
        let unit = unit(rows.clone());
        let values = unit.clone().into_data().try_to_vec::<f32>().unwrap();
        assert!((values[0] - 0.6).abs() < 1e-6 && values[2..] == [0.0, 0.0], "{values:?}");
        let gradients = unit.sum().backward();
        let gradient = rows.grad(&gradients).unwrap().into_data().try_to_vec::<f32>().unwrap();
        assert!(gradient.iter().all(|value| value.is_finite()), "{gradient:?}");
    }
}
