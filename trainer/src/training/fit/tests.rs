//! Steps of several devices, against those of one.

use super::*;
use crate::device::DeviceChoice;
use crate::training::augment::Augmentation;
use crate::training::batches::Batching;
use crate::training::config::TrainPreset;
use crate::training::songs::{Song, Songs};
use burn::module::{ModuleVisitor, Param};
use burn::tensor::Tensor;
use shared::catalog::TrackId;
use shared::model::{NetworkKind, TextConfig};
use shared::random::Seed;

/// Words of the vocabulary.
const N_WORDS: usize = 40;
/// Songs of a batch.
const BATCH_SIZE: usize = 4;

/// A network that makes the same of a row whatever stands beside it and whenever it is asked: it reads, so that nothing is
/// normalised over the batch, and drops nothing.
fn network_without_chance() -> NetworkConfig {
    let genres = ["pop", "rap"].map(str::to_owned).to_vec();
    let mut network = NetworkConfig::new(genres, None, Some(TextConfig::small(N_WORDS)));
    network.head.dropout = 0.0;
    let transformer = &mut network.text.as_mut().unwrap().transformer;
    transformer.hidden_dropout_prob = 0.0;
    transformer.attention_probs_dropout_prob = 0.0;
    network
}

/// Songs of random words, some with more of them than others.
fn songs(n_songs: usize) -> Arc<Songs> {
    let mut stream = Seed(1).stream("words");
    let song = |at: usize| Song {
        track_id: TrackId::from_parts(&[&at.to_string()]),
        artist: String::new(),
        label: at % 2,
        slices: None,
        n_slices: 1,
        token_ids: vec![(0..4 + at % 5).map(|_| stream.below(N_WORDS) as u32).collect()],
        pooled: Vec::new(),
    };
    let songs = (0..n_songs).map(song).collect();
    Arc::new(Songs { songs, n_mels: 0, n_frames: 0 })
}

/// The weights after the last epoch.
fn trained(n_songs: usize, n_epochs: usize, device: &str, accumulate: usize) -> Vec<f32> {
    let network = network_without_chance();
    let config = TrainConfig {
        n_epochs,
        batch_size: BATCH_SIZE,
        keep: Keep::Last,
        accumulate,
        ..TrainConfig::preset(TrainPreset::Default, NetworkKind::Lyrics)
    };
    let batching = Batching {
        batch_size: BATCH_SIZE,
        group_size: 1,
        hears: false,
        reads: true,
        pad_token_id: 0,
        augmentation: Augmentation::default(),
    };
    let devices = device.parse::<DeviceChoice>().unwrap().find().unwrap();
    let batches = Batches::in_order(songs(n_songs), batching, devices.first());
    let place = tempfile::tempdir().unwrap();
    let fitted = fit(&Fit {
        config: &config,
        network: &network,
        fresh: Network::new(&network, config.seed, &devices.first().clone().autodiff()),
        train: batches.clone(),
        validation: batches,
        folder: &RunFolder::new(place.path()),
        devices: &devices,
        progress: ProgressKind::None,
        interrupter: Interrupter::new(),
    });
    let mut weights = Weights::default();
    fitted.unwrap().network.visit(&mut weights);
    weights.values
}

/// Reads all weights, in order.
#[derive(Default)]
struct Weights {
    values: Vec<f32>,
}

impl ModuleVisitor for Weights {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.values.extend(param.val().into_data().try_to_vec::<f32>().unwrap());
    }
}

fn furthest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Each of the workers has a batch of its own, and gradients are added up: by the worker who leads, or by the one that
/// accumulates. That they are added and not averaged changes nothing that is compared here.
///
/// Songs are chosen to give an even number of batches: where the last round is not whole, the second worker is given the
/// first batch once more (`Batches::own_part`), which nobody who accumulates does.
#[test]
fn two_workers_make_the_steps_of_one_that_accumulates_two_batches() {
    // One step, and two in each of two epochs.
    for (n_songs, n_epochs) in [(2 * BATCH_SIZE, 1), (4 * BATCH_SIZE, 2)] {
        let together = trained(n_songs, n_epochs, "cpu:2", 1);
        let apart = furthest(&together, &trained(n_songs, n_epochs, "cpu", 2));
        assert!(apart < 1e-6, "{n_songs} songs: {apart:e}");
        // A step of each batch is something else.
        let apart = furthest(&together, &trained(n_songs, n_epochs, "cpu", 1));
        assert!(apart > 1e-4, "{n_songs} songs: {apart:e}");
    }
}
