//! What a network that reads is told and given before its first step.

use super::*;
use crate::commands::train::config;
use crate::commands::train::line::Line;
use crate::training::config::{Keep, Monitor};
use clap::Parser;
use shared::catalog::TrackId;
use shared::model::{AudioConfig, InputConfig, Pooling, TextConfig, TransformerConfig, Windows};
use shared::random::Seed;

/// The settings that a command line gives.
fn settings(own: &[&str]) -> TrainConfig {
    let line = ["train", "--data", "d", "--out", "o"];
    config(&Line::try_parse_from([&line[..], own].concat()).unwrap().args)
}

/// The network of these settings with that encoder in it, as `segue train` describes it.
fn described(config: &TrainConfig, encoder: &TransformerConfig) -> NetworkConfig {
    let config = config.clone().resolved(Some(encoder));
    let genres = ["country", "pop", "rap", "rock"].map(str::to_owned).to_vec();
    let network = config.network(genres, InputConfig::default(), encoder.vocab_size);
    config.text.describe(network, Some(encoder))
}

#[test]
fn as_many_lyrics_are_encoded_at_once_as_fit() {
    let lyrics = |windows: &[usize]| windows.iter().map(|n| vec![1; *n]).collect::<Vec<_>>();
    let count = |songs: &[Vec<Vec<u32>>]| n_at_once(songs.iter().map(|song| &**song));
    assert_eq!(count(&vec![lyrics(&[512]); 100]), 16);
    assert_eq!(count(&vec![lyrics(&[512, 9]); 100]), 8, "windows are filled up, too");
    assert_eq!(count(&[lyrics(&[4000]), lyrics(&[4000]), lyrics(&[5000])]), 2);
    assert_eq!(count(&[lyrics(&[9000]), lyrics(&[1])]), 1, "one that does not fit is alone");
}

/// Settings that begin with a small encoder of random weights, which the goldens hold.
fn with_small_encoder(tuning: &str, pooling: &str) -> TrainConfig {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/text_encoders");
    let folder = golden.join("distilbert");
    let folder = folder.to_str().unwrap();
    let encoder = ["--model", "lyrics", "--text-encoder", folder];
    let used = ["--text-tuning", tuning, "--text-pooling", pooling];
    settings(&[encoder, used].concat())
}

/// Songs of random words in one to three windows, of 3 tokens to as many as the small encoder takes: more than are encoded
/// at once.
fn songs() -> Songs {
    let mut stream = Seed(1).stream("lyrics");
    let song = |at: usize| {
        let n_windows = 1 + stream.below(3);
        let mut window = |_: usize| -> Vec<u32> {
            let n_tokens = 3 + stream.below(38);
            (0..n_tokens).map(|_| stream.below(119) as u32).collect()
        };
        Song {
            track_id: TrackId::from_parts(&[&at.to_string()]),
            artist: String::new(),
            label: 0,
            slices: None,
            n_slices: 1,
            token_ids: (0..n_windows).map(&mut window).collect(),
            pooled: Vec::new(),
        }
    };
    let songs: Vec<Song> = (0..300).map(song).collect();
    let n_tokens: usize = songs.iter().flat_map(|song| &song.token_ids).map(Vec::len).sum();
    assert!(n_tokens > MOST_TOKENS);
    Songs { songs, n_mels: 0, n_frames: 0 }
}

#[test]
fn a_frozen_encoder_gives_at_once_what_it_gives_song_by_song() {
    let device = Device::flex();
    for pooling in ["first", "mean"] {
        let mut config = with_small_encoder("frozen", pooling);
        let encoder = encoder(&mut config, TrainPreset::Default).unwrap().unwrap();
        let network = described(&config, &encoder.transformer);
        let fresh = begin_with(&network, &config, Some(&encoder), &device).unwrap();
        let mut songs = songs();
        encode_once(&mut songs, &fresh, &config, &device, ProgressKind::None).unwrap();
        // The weights once more from their file, in a network of another seed.
        let other = Network::new(&network, Seed(9), &device);
        let alone = encoder.load_into(other.text().unwrap().clone()).unwrap();
        for song in &songs.songs {
            let pooled = alone.pool(&TokenBatch::new(&[&song.token_ids[..]], 0, &device));
            let expected = pooled.into_data().try_to_vec::<f32>().unwrap();
            assert_eq!(song.pooled.len(), expected.len());
            let mut pairs = song.pooled.iter().zip(&expected);
            let is_near = pairs.all(|(cached, alone)| (cached - alone).abs() < 1e-6);
            assert!(is_near, "{pooling}: {:?} is not {expected:?}", song.pooled);
        }
    }
}

/// What it makes of lyrics is another thing after every step.
#[test]
fn an_encoder_that_is_trained_is_not_asked_beforehand() {
    let device = Device::flex();
    for tuning in ["last-1", "full"] {
        let mut config = with_small_encoder(tuning, "mean");
        let encoder = encoder(&mut config, TrainPreset::Default).unwrap().unwrap();
        let network = described(&config, &encoder.transformer);
        let fresh = begin_with(&network, &config, Some(&encoder), &device).unwrap();
        let mut songs = songs();
        encode_once(&mut songs, &fresh, &config, &device, ProgressKind::None).unwrap();
        assert!(songs.songs.iter().all(|song| song.pooled.is_empty()), "{tuning}");
    }
}

/// Settings of the multimodal network as the thesis trained it (Kalinic, 2022), with an encoder from a folder.
fn thesis() -> TrainConfig {
    settings(&["--model", "multimodal", "--preset", "thesis", "--text-encoder", "hf"])
}

#[test]
fn the_preset_of_the_thesis_trains_an_encoder_as_the_thesis_did() {
    let config = thesis();
    assert_eq!((config.n_epochs, config.batch_size, config.accumulate), (5, 16, 1));
    assert_eq!((config.keep, config.monitor), (Keep::Last, Monitor::TrainLoss));
    // Plain Adam, of one step size for all weights and from the first step on.
    assert_eq!((config.learning_rate, config.weight_decay), (1e-4, 0.0));
    assert_eq!((config.text.text_learning_rate, config.text.warmup_steps), (None, 0));
    assert_eq!(config.text.text_tuning, TextTuning::Full);
    // What is recorded of the run leaves none of it to a preset.
    let text = config.resolved(Some(&TextConfig::thesis(30_522).transformer)).text;
    assert_eq!((text.text_pooling, text.max_tokens), (Some(Pooling::FirstToken), Some(512)));
    assert_eq!((text.l2, text.dropout), (Some(0.01), Some(0.3)));
}

#[test]
fn the_preset_of_the_thesis_describes_the_network_of_the_thesis() {
    let distilbert = TextConfig::thesis(30_522).transformer;
    let network = described(&thesis(), &distilbert);
    network.check().unwrap();
    assert_eq!(network.audio, Some(AudioConfig::Thesis));
    let head = network.head;
    assert_eq!((head.embedding_dim, head.dropout, head.l2), (32, 0.3, 0.01));
    let text = network.text.unwrap();
    assert_eq!(text.transformer, distilbert);
    assert_eq!((text.pooling, text.projection_dim), (Pooling::FirstToken, 512));
    assert_eq!((text.windows, text.max_tokens), (Windows::Truncate, 512));
}

#[test]
fn the_preset_of_the_thesis_reads_512_tokens_or_as_many_as_the_encoder_takes() {
    for (n_places, n_read) in [(1024, 512), (512, 512), (128, 128)] {
        let base = TextConfig::thesis(30_522).transformer;
        let encoder = TransformerConfig { max_position_embeddings: n_places, ..base };
        let text = described(&thesis(), &encoder).text.unwrap();
        assert_eq!(text.max_tokens, n_read, "{n_places} places");
    }
}
