//! One training step on a device against the same step on the CPU.

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
use std::fmt;
use std::time::Instant;

/// A gradient whose norm is below this is rounding (that of an offset before a normalisation) and has no digits
/// to compare.
const SMALLEST_NORM: f64 = 1e-3;
/// Step size: large enough for what it changes to stand above the rounding of weights.
const LEARNING_RATE: f64 = 1e-3;
/// A gradient that is smaller beside the largest of its parameter may have another sign elsewhere.
const CLEAR_GRADIENT: f64 = 0.05;
/// Steps that are timed, after the one that is compared.
const N_TIMED: usize = 5;
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
    /// Difference of the losses, as a share.
    pub loss: f64,
    /// Largest difference of a logit, as a share of the largest logit.
    pub logits: f64,
    /// Norm of the difference of a parameter's gradients as a share of their norm: the worst parameter.
    pub gradients: f64,
    /// That parameter.
    pub worst_gradient: String,
    /// Largest difference of what a step of Adam changes a weight by, as a share of the step size. Weights whose
    /// gradient is small beside the largest of its parameter are left out: rounding decides about their sign.
    pub updates: f64,
    /// Milliseconds of a step on the device, on average.
    pub step_ms: f64,
    /// The same on the CPU.
    pub cpu_step_ms: f64,
}

impl Parity {
    /// Whether no difference exceeds its limit; not so where one is no number.
    pub fn is_within(&self, limits: Limits) -> bool {
        let forward = largest(&[self.loss, self.logits]);
        forward <= limits.forward
            && self.gradients <= limits.gradients
            && self.updates <= limits.updates.unwrap_or(f64::MAX)
    }
}

/// How far a device may be from the CPU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Loss and logits.
    pub forward: f64,
    /// Gradients.
    pub gradients: f64,
    /// What a step changes; `None` where rounding decides about the sign of too many gradients.
    pub updates: Option<f64>,
}

impl Limits {
    /// The same for all that has a limit.
    #[must_use]
    pub fn at(self, tolerance: f64) -> Self {
        let updates = self.updates.map(|_| tolerance);
        Self { forward: tolerance, gradients: tolerance, updates }
    }

    /// The same for all.
    pub fn all(tolerance: f64) -> Self {
        Self { forward: tolerance, gradients: tolerance, updates: Some(tolerance) }
    }

    /// Those of a precision. bf16 has three decimal digits, and in a fresh network the gradients of a normalisation
    /// are small sums of large parts: with PyTorch's autocast (2.15, on the CPU), too, the worst parameter is off by
    /// 0.21 to 0.31 at 16 slices a step, by 0.13 to 0.42 at 4 and by 0.19 to 0.65 at 2 (`benches/peers/autocast.py`),
    /// so that small steps can't be judged.
    pub fn of(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::all(1e-3),
            Precision::Bf16 => Self { forward: 0.03, gradients: 0.4, updates: None },
        }
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of loss and logits, {} of gradients", self.forward, self.gradients)?;
        match self.updates {
            Some(updates) => write!(f, ", {updates} of updates"),
            None => Ok(()),
        }
    }
}

/// The networks that are compared without being asked for, by name.
pub const NETWORKS: [&str; 4] = ["compact", "thesis", "lyrics", "multimodal"];

/// All networks that can be compared: the last is the thesis's with DistilBERT, of which a step takes seconds on a CPU.
pub const ALL_NETWORKS: [&str; 5] =
    ["compact", "thesis", "lyrics", "multimodal", "thesis-multimodal"];

/// Makes a step of that network on both, without dropout, on the device at that precision.
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
    let cpu = step(&config, size, &Device::flex(), Precision::F32)?;
    let own = step(&config, size, device, precision)?;
    let (gradients, worst_gradient) = gradients_apart(&cpu, &own);
    Ok(Parity {
        network: name,
        precision,
        loss: (cpu.loss - own.loss).abs() / cpu.loss.abs(),
        logits: largest(&difference(&cpu.logits, &own.logits)) / largest(&cpu.logits),
        gradients,
        worst_gradient,
        updates: updates_apart(&cpu, &own),
        step_ms: own.ms,
        cpu_step_ms: cpu.ms,
    })
}

/// The worst parameter; one that has a gradient on one side only is infinitely far apart.
fn gradients_apart(cpu: &Step, own: &Step) -> (f64, String) {
    let names = |step: &Step| -> Vec<String> {
        step.gradients.iter().map(|(name, _)| name.clone()).collect()
    };
    let (expected, found) = (names(cpu), names(own));
    let missing = |these: &[String], those: &[String]| {
        these.iter().find(|name| !those.contains(name)).cloned()
    };
    if let Some(name) = missing(&expected, &found).or_else(|| missing(&found, &expected)) {
        return (f64::INFINITY, name);
    }
    let pairs = cpu.gradients.iter().zip(&own.gradients);
    let apart = pairs.map(|((name, cpu), (_, own))| {
        (norm(&difference(cpu, own)) / norm(cpu).max(SMALLEST_NORM), name.clone())
    });
    apart.max_by(|(a, _), (b, _)| a.total_cmp(b)).unwrap_or((f64::INFINITY, String::new()))
}

fn updates_apart(cpu: &Step, own: &Step) -> f64 {
    let mut apart = vec![0.0];
    for (name, gradient) in &cpu.gradients {
        let of =
            |step: &Step| step.weights.iter().find(|(own, _)| own == name).map(|(_, w)| w.clone());
        let (Some(cpu), Some(own)) = (of(cpu), of(own)) else { continue };
        if norm(gradient) < SMALLEST_NORM {
            continue;
        }
        let clear = CLEAR_GRADIENT * largest(gradient);
        let updates = difference(&cpu, &own);
        let clear = updates.iter().zip(gradient).filter(|(_, gradient)| gradient.abs() >= clear);
        apart.extend(clear.map(|(update, _)| update / LEARNING_RATE));
    }
    largest(&apart)
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
    ms: f64,
}

fn step(
    config: &NetworkConfig,
    size: StepSize,
    device: &Device,
    precision: Precision,
) -> Result<Step, TensorReadError> {
    let device = device.clone().autodiff();
    let network = Network::new(config, Seed(1), &device).map(&mut WithoutDropout::default());
    let mut model = Learnable { network, precision };
    let mut optimizer = optimizer_of(0.0);
    let batch = batch(config, size, &device);

    let said = model.classify_in_training(batch.clone());
    let gradients = said.loss.backward();
    let mut reader = Reader { gradients: Some(&gradients), ..Reader::default() };
    model.visit(&mut reader);
    let read = reader.read?;
    let loss = numbers(said.loss)?[0];
    let logits = numbers(said.output)?;
    model = optimizer_step(&mut optimizer, model, gradients);
    let mut reader = Reader::default();
    model.visit(&mut reader);
    let weights = reader.read?;

    let begun = Instant::now();
    for _ in 0..N_TIMED {
        let gradients = model.classify_in_training(batch.clone()).loss.backward();
        model = optimizer_step(&mut optimizer, model, gradients);
    }
    // What is asked for waits for all that was begun.
    numbers(model.classify(batch).loss)?;
    let ms = 1e3 * begun.elapsed().as_secs_f64() / N_TIMED as f64;
    Ok(Step { loss, logits, gradients: read, weights, ms })
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

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// The largest size of a value; NaN where there is one, so that it is never taken for agreement.
pub fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest: f64, value| {
        if value.is_nan() || largest.is_nan() { f64::NAN } else { largest.max(value.abs()) }
    })
}

#[cfg(test)]
mod tests;
