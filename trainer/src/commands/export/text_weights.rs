//! Weights of the parts that read, in as few bytes as the networks bear.

use super::inputs::{Inputs, Run};
use crate::files;
use crate::training::evaluate::{Prediction, embed_song, prediction};
use crate::training::run_folder::RunFolder;
use crate::training::songs::{Songs, Wanted};
use crate::training::trained::Trained;
use anyhow::{Context, ensure};
use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressStyle};
use shared::bundle::StoredTextWeights;
use shared::catalog::Split;
use shared::embedding::cosine_similarity;
use shared::model::{Network, NetworkConfig, TextWeights, narrow_text, weights_from_bytes};
use shared::random::Seed;

/// Weights up to this size are left as they are where nothing is said: a page loads them at once.
const SMALL_BYTES: usize = 8 << 20;

/// Share of the test songs that 8 bits may lose.
const MOST_LOST: f64 = 0.005;

/// How weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TextWeightsArg {
    /// As they are where they are few, else in as few bytes as the test songs bear.
    Auto,
    /// As they were trained.
    F32,
    /// Half precision.
    F16,
    /// 8 bits.
    Int8,
}

/// Weights as they go into the bundle.
pub(super) struct Stored {
    pub(super) weights: Vec<u8>,
    /// What it cost, where they are not as they were trained.
    pub(super) text: Option<StoredTextWeights>,
}

/// The weights of a run, in the format that is asked for or that the test songs bear.
pub(super) fn store(run: &Run, inputs: &Inputs, format: TextWeightsArg) -> anyhow::Result<Stored> {
    let weights = files::read(&run.weights)?;
    let config = match std::str::from_utf8(&files::read(&run.config)?) {
        // What is wrong with a description is told when the bundle is checked.
        Ok(json) => NetworkConfig::from_json(json).ok().filter(|config| config.text.is_some()),
        Err(_) => None,
    };
    let formats: &[TextWeights] = match format {
        TextWeightsArg::F32 => &[],
        TextWeightsArg::Auto if weights.len() <= SMALL_BYTES => &[],
        TextWeightsArg::Auto => &[TextWeights::Int8, TextWeights::F16],
        TextWeightsArg::F16 => &[TextWeights::F16],
        TextWeightsArg::Int8 => &[TextWeights::Int8],
    };
    let (Some(config), Some((last, earlier))) = (config, formats.split_last()) else {
        return Ok(Stored { weights, text: None });
    };
    let trial = Trial::new(run, inputs, &config)?;
    for format in earlier {
        let stored = trial.store(&weights, *format)?;
        if stored.text.as_ref().is_some_and(|text| lost(text) <= MOST_LOST) {
            return Ok(stored);
        }
    }
    trial.store(&weights, *last)
}

/// Share of the songs that are named right no more.
fn lost(text: &StoredTextWeights) -> f64 {
    text.accuracy_as_trained - text.accuracy
}

/// The test songs and what the network says of them as it was trained.
struct Trial<'a> {
    name: &'a str,
    config: &'a NetworkConfig,
    songs: Songs,
    as_trained: Vec<Said>,
}

/// What a network said of one song.
struct Said {
    is_right: bool,
    embedding: Vec<f32>,
}

impl<'a> Trial<'a> {
    fn new(run: &'a Run, inputs: &Inputs, config: &'a NetworkConfig) -> anyhow::Result<Self> {
        let trained = Trained::read(&RunFolder::new(&run.folder), &Device::flex())?;
        let wanted = Wanted {
            genres: &config.genres,
            hears: config.kind().hears(),
            reads: trained.tokenizer.as_ref().zip(config.text.as_ref()),
        };
        let songs = Songs::read(&inputs.prepared, Split::Test, wanted)?;
        ensure!(
            !songs.songs.is_empty(),
            "there is no prepared test song to try weights of fewer bytes on; export with --text-weights f32"
        );
        let mut trial = Self { name: &run.name, config, songs, as_trained: Vec::new() };
        trial.as_trained = trial.say(&trained.network, "as trained")?;
        Ok(trial)
    }

    /// The weights in that format, and what it costs.
    fn store(&self, weights: &[u8], format: TextWeights) -> anyhow::Result<Stored> {
        let narrow = narrow_text(weights.to_vec(), format)?;
        let network = Network::new(self.config, Seed(0), &Device::flex());
        let said = self.say(&weights_from_bytes(network, narrow.clone())?, format.name())?;
        let pairs = self.as_trained.iter().zip(&said);
        let lowest = pairs
            .map(|(a, b)| cosine_similarity(&a.embedding, &b.embedding))
            .fold(1.0_f32, f32::min);
        let text = StoredTextWeights {
            format: format.name().to_owned(),
            bytes_as_trained: weights.len() as u64,
            n_songs: said.len(),
            accuracy_as_trained: accuracy(&self.as_trained),
            accuracy: accuracy(&said),
            lowest_cosine: f64::from(lowest),
        };
        println!("{}", line(self.name, narrow.len(), &text));
        Ok(Stored { weights: narrow, text: Some(text) })
    }

    fn say(&self, network: &Network, what: &str) -> anyhow::Result<Vec<Said>> {
        let bar = ProgressBar::new(self.songs.songs.len() as u64).with_style(
            ProgressStyle::with_template("{prefix} {bar:32} {pos}/{len} songs, {eta} left")
                .context("a well-formed template")?,
        );
        bar.set_prefix(format!("trying '{}' {what}", self.name));
        let songs = self.songs.songs.iter().map(|song| {
            let said = embed_song(network, song, &self.songs, &Device::flex())?;
            bar.inc(1);
            let embedding = said.embedding.clone();
            let Prediction { truth, predicted, .. } = prediction(song, said);
            Ok(Said { is_right: truth == predicted, embedding })
        });
        let songs = songs.collect();
        bar.finish_and_clear();
        songs
    }
}

fn accuracy(songs: &[Said]) -> f64 {
    songs.iter().filter(|song| song.is_right).count() as f64 / songs.len() as f64
}

fn line(name: &str, n_bytes: usize, text: &StoredTextWeights) -> String {
    format!(
        "weights of '{name}' as {}: {:.1} MB in place of {:.1} MB; {:.1} % of {} test songs named right, {:.1} % \
         as trained; embeddings no further than a cosine of {:.5}",
        text.format,
        n_bytes as f64 / 1e6,
        text.bytes_as_trained as f64 / 1e6,
        100.0 * text.accuracy,
        text.n_songs,
        100.0 * text.accuracy_as_trained,
        text.lowest_cosine
    )
}
