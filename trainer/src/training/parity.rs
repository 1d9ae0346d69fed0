//! One training step on a device against the same step on the CPU.

mod apart;
mod timing;

pub use self::apart::{Apart, Limits, largest};

use self::timing::median_ms;
use super::batches::Batch;
use super::config::Precision;
use super::fit::optimizer_of;
use super::learnable::Learnable;
use burn::module::{Flag, Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Gradients, Int, Tensor, TensorData, TensorReadError};
use shared::model::{AudioConfig, Network, NetworkConfig, NetworkInput, TextConfig, TokenBatch};
use shared::random::Seed;
use shared::spectrogram::SLICE_FRAMES;

/// Step size: large enough for what it changes to stand above the rounding of weights.
const LEARNING_RATE: f64 = 1e-3;
/// Words of the small encoder.
const SMALL_VOCAB_SIZE: usize = 200;
/// Words of DistilBERT.
const THESIS_VOCAB_SIZE: usize = 30_522;

/// What a step is made of.
#[derive(Debug, Clone, Copy)]
pub struct StepSize {
    /// Slices; lyrics are half as many.
    pub n_slices: usize,
    /// Tokens of the longest lyrics; others have up to four fewer.
    pub n_tokens: usize,
}

/// How far a device is from the CPU, and how fast.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Parity {
    /// Which network.
    pub network: &'static str,
    /// Of the products on the device.
    pub precision: Precision,
    /// How far it is.
    #[serde(flatten)]
    pub apart: Apart,
    /// Milliseconds of a step on the device: the median of some.
    pub step_ms: f64,
    /// The same on the CPU.
    pub cpu_step_ms: f64,
}

/// The networks that are compared without being asked for, by name.
pub const NETWORKS: [&str; 4] = ["compact", "thesis", "lyrics", "multimodal"];

/// All networks that can be compared: the last is the thesis's with DistilBERT, of which a step takes seconds on a CPU.
pub const ALL_NETWORKS: [&str; 5] =
    ["compact", "thesis", "lyrics", "multimodal", "thesis-multimodal"];

/// Makes a step of that network on both, without dropout, on the device at that precision, and times more of them.
///
/// # Errors
///
/// If the device fails.
///
/// # Panics
///
/// If there is no network of that name, or its lyrics have fewer than five tokens or more than it takes.
pub fn parity(
    name: &'static str,
    size: StepSize,
    device: &Device,
    precision: Precision,
) -> Result<Parity, TensorReadError> {
    let config = config(name);
    Ok(Parity {
        network: name,
        precision,
        apart: compare(&config, size, device, precision)?,
        step_ms: step_ms(&config, size, device, precision)?,
        cpu_step_ms: step_ms(&config, size, &Device::flex(), Precision::F32)?,
    })
}

/// How far a step on the device at that precision is from the CPU's.
fn compare(
    config: &NetworkConfig,
    size: StepSize,
    device: &Device,
    precision: Precision,
) -> Result<Apart, TensorReadError> {
    let cpu = step(config, size, &Device::flex(), Precision::F32)?;
    Ok(Apart::between(&cpu, &step(config, size, device, precision)?))
}

fn config(name: &str) -> NetworkConfig {
    let text = || Some(TextConfig::small(SMALL_VOCAB_SIZE));
    let (audio, text) = match name {
        "compact" => (Some(AudioConfig::compact()), None),
        "thesis" => (Some(AudioConfig::Thesis), None),
        "lyrics" => (None, text()),
        "multimodal" => (Some(AudioConfig::compact()), text()),
        "thesis-multimodal" => {
            (Some(AudioConfig::Thesis), Some(TextConfig::thesis(THESIS_VOCAB_SIZE)))
        }
        other => panic!("no network is called '{other}'"),
    };
    let genres = ["country", "pop", "rap", "rock"].map(str::to_owned).to_vec();
    NetworkConfig::new(genres, audio, text)
}

/// What a step gives.
struct Step {
    loss: f64,
    logits: Vec<f64>,
    gradients: Vec<(String, Vec<f64>)>,
    weights: Vec<(String, Vec<f64>)>,
}

fn step(
    config: &NetworkConfig,
    size: StepSize,
    device: &Device,
    precision: Precision,
) -> Result<Step, TensorReadError> {
    let device = device.clone().autodiff();
    let (model, batch) = begin(config, size, &device, precision);
    let said = model.classify_in_training(batch);
    let gradients = said.loss.backward();
    let mut reader = Reader { gradients: Some(&gradients), ..Reader::default() };
    model.visit(&mut reader);
    let read = reader.read?;
    let loss = numbers(said.loss)?[0];
    let logits = numbers(said.output)?;
    let model = optimizer_step(&mut optimizer_of(0.0), model, gradients);
    let mut reader = Reader::default();
    model.visit(&mut reader);
    Ok(Step { loss, logits, gradients: read, weights: reader.read? })
}

/// Milliseconds of a step: forward, backward and Adam, until the device is done with all of it.
fn step_ms(
    config: &NetworkConfig,
    size: StepSize,
    device: &Device,
    precision: Precision,
) -> Result<f64, TensorReadError> {
    let device = device.clone().autodiff();
    let (model, batch) = begin(config, size, &device, precision);
    let mut optimizer = optimizer_of(0.0);
    let (ms, model) = median_ms(model, |model: Learnable| -> Result<_, TensorReadError> {
        let gradients = model.classify_in_training(batch.clone()).loss.backward();
        let model = optimizer_step(&mut optimizer, model, gradients);
        device.sync()?;
        Ok(model)
    })?;
    // A step that failed on the device is told only where something is read.
    numbers(model.classify(batch).loss)?;
    Ok(ms)
}

/// The network before its first step, without dropout, and what its steps are given.
fn begin(
    config: &NetworkConfig,
    size: StepSize,
    device: &Device,
    precision: Precision,
) -> (Learnable, Batch) {
    let network = Network::new(config, Seed(1), device).map(&mut WithoutDropout::default());
    (Learnable { network, precision }, batch(config, size, device))
}

fn optimizer_step(
    optimizer: &mut ModuleOptimizer,
    model: Learnable,
    gradients: Gradients,
) -> Learnable {
    let gradients = GradientsParams::from_grads(gradients, &model);
    optimizer.step(LEARNING_RATE, model, gradients)
}

/// Slices of noise, and lyrics of which each belongs to two of them.
fn batch(config: &NetworkConfig, size: StepSize, device: &Device) -> Batch {
    let batch_size = size.n_slices;
    let mut stream = Seed(2).stream("parity");
    let n_values = batch_size * config.input.mel.n_mels * SLICE_FRAMES;
    let values: Vec<f32> = (0..n_values).map(|_| stream.below(1000) as f32 / 1000.0).collect();
    let shape = [batch_size, 1, config.input.mel.n_mels, SLICE_FRAMES];
    let n_songs = batch_size.div_ceil(2);
    let vocab_size =
        config.text.as_ref().map_or(SMALL_VOCAB_SIZE, |text| text.transformer.vocab_size);
    let lyrics: Vec<Vec<Vec<u32>>> = (0..n_songs)
        .map(|song| {
            let n_tokens = size.n_tokens - song % 5;
            vec![(0..n_tokens).map(|_| stream.below(vocab_size) as u32).collect()]
        })
        .collect();
    let (hears, reads) = (config.audio.is_some(), config.text.is_some());
    let n_rows = if hears { batch_size } else { n_songs };
    let ints = |values: Vec<i64>| -> Tensor<1, Int> {
        Tensor::from_data(TensorData::new(values, [n_rows]), device)
    };
    let tokens = || {
        let windows: Vec<&[Vec<u32>]> = lyrics.iter().map(Vec::as_slice).collect();
        let pad_token_id = config.text.as_ref().map_or(0, |text| text.transformer.pad_token_id);
        TokenBatch::new(&windows, pad_token_id, device)
    };
    let input = NetworkInput {
        slices: hears.then(|| Tensor::from_data(TensorData::new(values, shape), device)),
        tokens: reads.then(tokens),
        pooled: None,
        lyrics_of_row: (hears && reads)
            .then(|| ints((0..n_rows as i64).map(|row| row / 2).collect())),
    };
    let n_genres = config.genres.len() as i64;
    Batch {
        input,
        targets: ints((0..n_rows as i64).map(|row| row % n_genres).collect()),
        mixed: None,
    }
}

/// Turns dropout off, which draws other numbers on every device.
#[derive(Default)]
struct WithoutDropout {
    place: Vec<String>,
}

impl ModuleMapper for WithoutDropout {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.place.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.place.pop();
    }

    fn map_flag(&mut self, flag: Param<Flag>) -> Param<Flag> {
        let is_dropout = self.place.iter().any(|name| name.starts_with("dropout"));
        if is_dropout { flag.with_value(false) } else { flag }
    }
}

/// Reads the parameters, or their gradients, in order.
struct Reader<'a> {
    place: Vec<String>,
    gradients: Option<&'a Gradients>,
    read: Result<Vec<(String, Vec<f64>)>, TensorReadError>,
}

impl Default for Reader<'_> {
    fn default() -> Self {
        Self { place: Vec::new(), gradients: None, read: Ok(Vec::new()) }
    }
}

impl ModuleVisitor for Reader<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.place.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.place.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Ok(read) = &mut self.read else { return };
        let values = match self.gradients {
            None => Some(numbers(param.val())),
            Some(gradients) => param.val().grad(gradients).map(numbers),
        };
        match values {
            Some(Ok(values)) => read.push((self.place.join("."), values)),
            Some(Err(error)) => self.read = Err(error),
            None => {}
        }
    }
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f64>, TensorReadError> {
    tensor.try_into_vec_as::<f64>()
}

#[cfg(test)]
mod tests;
