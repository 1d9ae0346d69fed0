//! What a run needs to read: its encoder, its tokenizer, and lyrics that are encoded beforehand.

use crate::files;
use crate::prepared::Prepared;
use crate::training::config::{TrainConfig, TrainPreset};
use crate::training::progress::ProgressKind;
use crate::training::run_folder::RunFolder;
use crate::training::songs::{Song, Songs};
use crate::training::text_encoder::PretrainedEncoder;
use crate::training::text_training::TextTuning;
use anyhow::{Context, ensure};
use burn::module::Module;
use burn::tensor::Device;
use shared::catalog::Split;
use shared::lyrics::LyricsTokenizer;
use shared::model::{Network, NetworkConfig, Pooling, TokenBatch};
use std::path::Path;

/// The pretrained encoder that the settings name; its hash is put into them, and how its makers pool where nothing else is
/// asked for.
pub(super) fn encoder(
    config: &mut TrainConfig,
    preset: TrainPreset,
) -> anyhow::Result<Option<PretrainedEncoder>> {
    let Some(folder) = &config.text.text_encoder else { return Ok(None) };
    let encoder = PretrainedEncoder::open(Path::new(folder))?;
    let (tuning, n_layers) = (config.text.text_tuning, encoder.transformer.num_hidden_layers);
    ensure!(
        !matches!(tuning, TextTuning::Last(n) if n > n_layers),
        "--text-tuning {tuning}: the encoder in '{folder}' has {n_layers} layers; give last-1 to last-{n_layers}, or \
         full"
    );
    config.text.text_encoder_blake3 = Some(encoder.weights_hash()?);
    match (config.text.text_pooling, encoder.pooling()?) {
        (None, Some(Pooling::Mean)) if preset == TrainPreset::Thesis => eprintln!(
            "note: the encoder in '{folder}' is made to be pooled by the mean of its tokens (1_Pooling); the thesis \
             takes the first token, and so does its preset: --text-pooling mean is the other way"
        ),
        (None, pooling) => config.text.text_pooling = pooling,
        _ => {}
    }
    Ok(Some(encoder))
}

/// The file of the run's tokenizer: the one that its folder holds, the encoder's, or one whose vocabulary is
/// learnt from the train split alone. Nothing is written.
pub(super) fn tokenizer_json(
    folder: &RunFolder,
    prepared: &Prepared,
    config: &TrainConfig,
    encoder: Option<&PretrainedEncoder>,
) -> anyhow::Result<Option<Vec<u8>>> {
    if !config.model.reads() {
        return Ok(None);
    }
    let path = folder.tokenizer();
    Ok(Some(match encoder {
        _ if path.exists() => files::read(&path)?,
        Some(encoder) => encoder.tokenizer.to_json()?.into_bytes(),
        None => learn(prepared, config.vocab_size)?.to_json()?.into_bytes(),
    }))
}

fn learn(prepared: &Prepared, vocab_size: usize) -> anyhow::Result<LyricsTokenizer> {
    let lyrics: Vec<&str> = prepared
        .catalog
        .split(Split::Train)
        .filter_map(|track| prepared.tracks.get(&track.track_id))
        .map(|record| record.lyrics.as_str())
        .collect();
    Ok(LyricsTokenizer::train(&lyrics, vocab_size)?)
}

/// The network before its first step: fresh weights, the pretrained ones in their place, and frozen
/// what is not to be trained.
pub(super) fn begin_with(
    network: &NetworkConfig,
    config: &TrainConfig,
    encoder: Option<&PretrainedEncoder>,
    device: &Device,
) -> anyhow::Result<Network> {
    let fresh = Network::new(network, config.seed, &device.clone().autodiff());
    let (Some(encoder), Some(text)) = (encoder, fresh.text().cloned()) else {
        return Ok(config.text.freeze(fresh));
    };
    let loaded = encoder.load_into(text)?;
    Ok(config.text.freeze(fresh.map_text(|_| loaded)))
}

/// Where the encoder is frozen: what it makes of each song's lyrics, once for all epochs.
pub(super) fn encode_once(
    songs: &mut Songs,
    network: &Network,
    config: &TrainConfig,
    device: &Device,
    progress: ProgressKind,
) -> anyhow::Result<()> {
    if config.text.text_tuning != TextTuning::Frozen {
        return Ok(());
    }
    let network = network.valid();
    let Some(text) = network.text() else { return Ok(()) };
    let bar = progress.bar("lyrics are encoded".to_owned(), songs.songs.len());
    let mut rest: Vec<&mut Song> = songs.songs.iter_mut().collect();
    // Lyrics that are about as long stand together, so that little is filled up.
    rest.sort_by_key(|song| longest(&song.token_ids));
    let mut rest = &mut rest[..];
    while !rest.is_empty() {
        let (songs, others) =
            rest.split_at_mut(n_at_once(rest.iter().map(|song| &*song.token_ids)));
        rest = others;
        let lyrics: Vec<&[Vec<u32>]> = songs.iter().map(|song| &*song.token_ids).collect();
        let pooled = text.pool(&TokenBatch::new(&lyrics, 0, device));
        let [_, dim] = pooled.dims();
        let data = pooled.try_into_data().context("the lyrics can't be encoded")?;
        let values: Vec<f32> =
            data.convert::<f32>().try_to_vec().context("the lyrics can't be encoded")?;
        for (song, pooled) in songs.iter_mut().zip(values.chunks_exact(dim)) {
            song.pooled = pooled.to_vec();
        }
        bar.inc(songs.len() as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Tokens that are encoded at once, those that fill up among them: enough to keep a graphics processor at work, in some
/// hundred megabytes.
const MOST_TOKENS: usize = 8192;

/// How many of the next lyrics, each in windows, are encoded at once: one at least.
fn n_at_once<'a>(lyrics: impl Iterator<Item = &'a [Vec<u32>]>) -> usize {
    let (mut n_windows, mut n_tokens) = (0, 0);
    let fits = |windows: &&[Vec<u32>]| {
        n_windows += windows.len();
        n_tokens = n_tokens.max(longest(windows));
        n_windows * n_tokens <= MOST_TOKENS
    };
    lyrics.take_while(fits).count().max(1)
}

fn longest(windows: &[Vec<u32>]) -> usize {
    windows.iter().map(Vec::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests;
