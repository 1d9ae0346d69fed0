//! Weights of the parts that read, in as few bytes as the networks bear.

use super::inputs::{Inputs, Run};
use crate::commands::embed::is_input;
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

/// One song of that many may be lost by 8 bits: be named right no more.
const ONE_LOST_OF: usize = 200;

/// What to do where they can't be tried.
const INSTEAD: &str = "export with --text-weights f32, which leaves them as they are";

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
    let formats = formats(format, weights.len());
    let (Some(config), Some((last, earlier))) = (config, formats.split_last()) else {
        return Ok(Stored { weights, text: None });
    };
    let trial = Trial::new(run, inputs, &config)?;
    for format in earlier {
        let (stored, n_lost) = trial.store(&weights, *format)?;
        if is_borne(n_lost, trial.as_trained.len()) {
            return Ok(stored);
        }
    }
    Ok(trial.store(&weights, *last)?.0)
}

/// The formats to try, of which the last is taken if none before it is borne; none where weights stay as
/// they are.
fn formats(asked: TextWeightsArg, n_bytes: usize) -> &'static [TextWeights] {
    match asked {
        TextWeightsArg::F32 => &[],
        TextWeightsArg::Auto if n_bytes <= SMALL_BYTES => &[],
        TextWeightsArg::Auto => &[TextWeights::Int8, TextWeights::F16],
        TextWeightsArg::F16 => &[TextWeights::F16],
        TextWeightsArg::Int8 => &[TextWeights::Int8],
    }
}

/// Whether so few of the songs are lost that nobody minds.
fn is_borne(n_lost: usize, n_songs: usize) -> bool {
    n_lost * ONE_LOST_OF <= n_songs
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
        ensure!(
            !config.kind().hears() || is_input(config, &inputs.prepared),
            "the network was trained on spectrograms of other settings than '--prepared' holds, so that weights of \
             fewer bytes can't be tried; {INSTEAD}"
        );
        let songs = Songs::read(&inputs.prepared, Split::Test, wanted)
            .with_context(|| format!("weights of fewer bytes can't be tried; {INSTEAD}"))?;
        ensure!(
            !songs.songs.is_empty(),
            "there is no prepared test song to try weights of fewer bytes on; {INSTEAD}"
        );
        let mut trial = Self { name: &run.name, config, songs, as_trained: Vec::new() };
        trial.as_trained = trial.say(&trained.network, "as trained")?;
        Ok(trial)
    }

    /// The weights in that format with what it costs, and how many songs are named right no more.
    fn store(&self, weights: &[u8], format: TextWeights) -> anyhow::Result<(Stored, usize)> {
        let narrow = narrow_text(weights.to_vec(), format)?;
        let network = Network::new(self.config, Seed(0), &Device::flex());
        let said = self.say(&weights_from_bytes(network, narrow.clone())?, format.name())?;
        let pairs = self.as_trained.iter().zip(&said);
        let lowest = pairs
            .map(|(a, b)| cosine_similarity(&a.embedding, &b.embedding))
            .fold(1.0_f32, f32::min);
        let is_lost = |(before, now): &(&Said, &Said)| before.is_right && !now.is_right;
        let n_lost = self.as_trained.iter().zip(&said).filter(is_lost).count();
        let text = StoredTextWeights {
            format: format.name().to_owned(),
            bytes_as_trained: weights.len() as u64,
            n_songs: said.len(),
            accuracy_as_trained: accuracy(&self.as_trained),
            accuracy: accuracy(&said),
            lowest_cosine: f64::from(lowest),
        };
        println!("{}", line(self.name, narrow.len(), &text));
        Ok((Stored { weights: narrow, text: Some(text) }, n_lost))
    }

    fn say(&self, network: &Network, what: &str) -> anyhow::Result<Vec<Said>> {
        let bar = ProgressBar::new(self.songs.songs.len() as u64).with_style(
            ProgressStyle::with_template("{prefix} {bar:32} {pos}/{len} songs, {eta} left")
                .context("a well-formed template")?,
        );
        bar.set_prefix(format!("trying '{}' {what}", self.name));
        let songs = self.songs.songs.iter().map(|song| {
            let said = embed_song(network, song, &Device::flex())?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_weights_are_tried_in_fewer_and_fewer_bytes() {
        use TextWeights::{F16, Int8};
        assert_eq!(formats(TextWeightsArg::Auto, SMALL_BYTES), []);
        assert_eq!(formats(TextWeightsArg::Auto, SMALL_BYTES + 1), [Int8, F16]);
        assert_eq!(formats(TextWeightsArg::F32, usize::MAX), []);
        assert_eq!(formats(TextWeightsArg::F16, 1), [F16]);
        assert_eq!(formats(TextWeightsArg::Int8, 1), [Int8]);
    }

    #[test]
    fn one_song_of_two_hundred_may_be_lost() {
        assert!(is_borne(0, 3) && is_borne(1, 200) && is_borne(2, 400));
        assert!(!is_borne(1, 199) && !is_borne(3, 599));
    }
}
