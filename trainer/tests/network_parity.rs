//! The networks against PyTorch: parameter counts, forward pass and gradients from the same weights
//! (`tests/golden/networks/generate.py` made the expected values).

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use burn::module::{Flag, Module, ModuleMapper, ModuleVisitor, Param};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, FloatDType, Gradients, Int, Tensor, TensorData};
use serde::Deserialize;
use shared::model::{
    AudioConfig, HeadConfig, Network, NetworkConfig, NetworkInput, NetworkOutput, Pooling,
    TextConfig, TokenBatch, TransformerConfig,
};
use shared::random::Seed;
use std::collections::BTreeMap;
use std::path::Path;
use trainer::training::fit::optimizer_of;

/// Largest difference allowed, as a share of the largest expected value of a tensor.
const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct ThesisGolden {
    n_parameters: BTreeMap<String, usize>,
    inference: Said,
    training: Training,
    two_steps: TwoSteps,
}

#[derive(Deserialize)]
struct TwoSteps {
    moved: Vec<Digest>,
    running: Vec<Digest>,
}

#[derive(Deserialize)]
struct TextGolden {
    ids: Vec<Vec<u32>>,
    training: Training,
}

#[derive(Deserialize)]
struct Said {
    embedding: Vec<Vec<f64>>,
    logits: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Training {
    #[serde(flatten)]
    said: Said,
    loss: f64,
    gradients: Vec<Digest>,
}

/// What is known of the values of one parameter, or of its gradient.
#[derive(Debug, Deserialize)]
struct Digest {
    name: String,
    n: usize,
    norm: f64,
    sum: f64,
    values: Vec<f64>,
}

fn golden<T: for<'a> Deserialize<'a>>(name: &str) -> T {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/networks");
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

/// `n` values in -1 to 1 for the tensor of that number (SplitMix64; Steele et al., 2014).
fn uniform(number: u64, n: usize) -> impl Iterator<Item = f64> {
    (0..n as u64).map(move |at| {
        let mut z =
            number.wrapping_mul(1 << 32).wrapping_add(at).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 40) as f64 / f64::from(1 << 23) - 1.0
    })
}

/// Where a visitor or mapper stands: `audio.convs.0.weight`.
#[derive(Default)]
struct Place(Vec<String>);

impl Place {
    fn name(&self) -> String {
        self.0.join(".")
    }

    /// The name as the golden files have it: without the encoder's and the head's.
    fn short(&self) -> String {
        let name = self.name();
        let parts = ["head.", "text.", "audio.Thesis."];
        parts.iter().find_map(|part| name.strip_prefix(part)).unwrap_or(&name).to_owned()
    }
}

/// Fills the parameters by the formula, in their order, and turns dropout off.
struct Fill {
    place: Place,
    number: u64,
    dtype: DType,
}

impl ModuleMapper for Fill {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.place.0.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.place.0.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let shape = tensor.dims();
        let role = self.place.0.last().unwrap().as_str();
        let (offset, factor) = match role {
            "weight" => {
                let fan_in = if D == 4 { shape[1..].iter().product() } else { shape[0] };
                (0.0, (6.0 / fan_in as f64).sqrt())
            }
            "bias" | "beta" | "running_mean" => (0.0, 0.1),
            "gamma" => (1.0, 0.1),
            "running_var" => (1.0, 0.5),
            other => panic!("no rule for a parameter called {other}"),
        };
        let values: Vec<f32> = uniform(self.number, shape.iter().product())
            .map(|value| (offset + factor * value) as f32)
            .collect();
        self.number += 1;
        let data = TensorData::new(values, shape);
        let filled = Tensor::from_data(data, (&tensor.device(), self.dtype));
        let filled = filled.set_require_grad(tensor.is_require_grad());
        Param::from_mapped_value(id, filled, mapper)
    }

    fn map_flag(&mut self, flag: Param<Flag>) -> Param<Flag> {
        let is_dropout = self.place.0.iter().any(|name| name.starts_with("dropout"));
        if is_dropout { flag.with_value(false) } else { flag }
    }
}

/// Reads all parameters, or their gradients.
#[derive(Default)]
struct Reader<'a> {
    place: Place,
    gradients: Option<&'a Gradients>,
    found: BTreeMap<String, Vec<f64>>,
}

impl ModuleVisitor for Reader<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.place.0.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.place.0.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let values = match self.gradients {
            Some(gradients) => param.val().grad(gradients).map(numbers),
            None => Some(numbers(param.val())),
        };
        self.found.extend(values.map(|values| (self.place.short(), values)));
    }
}

fn read(network: &Network, gradients: Option<&Gradients>) -> BTreeMap<String, Vec<f64>> {
    let mut reader = Reader { gradients, ..Reader::default() };
    network.visit(&mut reader);
    reader.found
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().convert::<f64>().try_to_vec::<f64>().unwrap()
}

fn assert_close(what: &str, got: &[f64], expected: &[f64], scale: f64) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
        let error = (got - expected).abs() / scale;
        assert!(error <= TOLERANCE, "{what}[{at}]: {got}, expected {expected} (error {error:.1e})");
    }
}

fn assert_said(got: NetworkOutput, expected: &Said) {
    let check = |what, got: Tensor<2>, expected: &Vec<Vec<f64>>| {
        let expected = expected.concat();
        let scale = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        assert_close(what, &numbers(got), &expected, scale);
    };
    check("embedding", got.embedding, &expected.embedding);
    check("logits", got.logits, &expected.logits);
}

/// The loss of a training step, the weights' share of it included.
fn loss_of(network: &Network, input: NetworkInput, targets: &[i64]) -> (NetworkOutput, Tensor<1>) {
    let device = network.devices()[0].clone();
    let output = network.forward(input);
    let targets =
        Tensor::<1, Int>::from_data(TensorData::new(targets.to_vec(), [targets.len()]), &device);
    let loss = CrossEntropyLossConfig::new().init(&device).forward(output.logits.clone(), targets);
    let loss = network.penalty().into_iter().fold(loss, |loss, penalty| loss + penalty);
    (output, loss)
}

fn assert_training(network: &Network, input: NetworkInput, targets: &[i64], golden: &Training) {
    let (output, loss) = loss_of(network, input, targets);
    let gradients = loss.backward();
    assert_close("loss", &numbers(loss), &[golden.loss], golden.loss);
    assert_said(output, &golden.said);
    let found = read(network, Some(&gradients));
    for expected in &golden.gradients {
        let got = found.get(&expected.name).unwrap_or_else(|| {
            panic!("no gradient for {}, only {:?}", expected.name, found.keys())
        });
        assert_digest(got, expected);
    }
}

fn assert_digest(got: &[f64], expected: &Digest) {
    let Digest { name, n, norm, sum, values } = expected;
    assert_eq!(got.len(), *n, "{name}");
    let got_norm = got.iter().map(|g| g * g).sum::<f64>().sqrt();
    // A gradient that is nothing but rounding (the offset before a normalisation) has no digits.
    let scale = norm.max(1e-3);
    assert_close(&format!("norm of {name}"), &[got_norm], &[*norm], scale);
    let sum_scale = scale * (*n as f64).sqrt();
    assert_close(&format!("sum of {name}"), &[got.iter().sum()], &[*sum], sum_scale);
    let sampled: Vec<f64> = (0..values.len()).map(|k| got[n * k / values.len()]).collect();
    assert_close(name, &sampled, values, scale);
}

/// Without dropout and L2, so that every pass gives the same.
fn config(audio: Option<AudioConfig>, text: Option<TextConfig>) -> NetworkConfig {
    let genres = ["country", "pop", "rap", "rock"].map(str::to_owned).to_vec();
    let config = NetworkConfig::new(genres, audio, text);
    let head = HeadConfig { dropout: 0.0, l2: 0.0, ..config.head };
    NetworkConfig { head, ..config }
}

fn filled(config: &NetworkConfig, device: &Device, dtype: DType) -> Network {
    let mut fill = Fill { place: Place::default(), number: 0, dtype };
    Network::new(config, Seed(0), device).map(&mut fill)
}

fn slices(device: &Device) -> NetworkInput {
    let values: Vec<f32> =
        uniform(1000, 6 * 128 * 128).map(|value| ((value + 1.0) / 2.0) as f32).collect();
    let slices = Tensor::from_data(TensorData::new(values, [6, 1, 128, 128]), device);
    NetworkInput { slices: Some(slices), ..NetworkInput::default() }
}

/// Counts the parameters that are trained.
#[derive(Default)]
struct Count {
    place: Place,
    of_layers: BTreeMap<String, usize>,
}

impl ModuleVisitor for Count {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.place.0.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.place.0.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if !self.place.name().contains("running") {
            self.of_layers.insert(self.place.short(), param.val().shape().num_elements());
        }
    }
}

#[test]
fn the_thesis_network_has_the_parameters_of_the_thesis() {
    let golden: ThesisGolden = golden("thesis_cnn.json");
    let network = Network::new(&config(Some(AudioConfig::Thesis), None), Seed(0), &Device::flex());
    let mut count = Count::default();
    network.visit(&mut count);
    assert_eq!(count.of_layers, golden.n_parameters);
    // Keras's summary of the same layers counts 4,266,340 trained parameters.
    assert_eq!(golden.n_parameters.values().sum::<usize>(), 4_266_340);
}

#[test]
fn the_thesis_network_agrees_with_pytorch() {
    let golden: ThesisGolden = golden("thesis_cnn.json");
    let config = config(Some(AudioConfig::Thesis), None);
    let device = Device::flex();
    let said = filled(&config, &device, DType::F32).forward(slices(&device));
    assert_said(said, &golden.inference);
    // In double precision: of the six million values before a ReLU some are so near zero that rounding to
    // single precision decides about their sign, another way on every kind of processor, and one of them
    // moves a gradient by more than the tolerance.
    let device = device.autodiff();
    let network = filled(&config, &device, DType::F64);
    let mut input = slices(&device);
    input.slices = input.slices.map(|slices| slices.cast(FloatDType::F64));
    assert_training(&network, input, &[0, 1, 2, 3, 1, 2], &golden.training);
}

/// How far the gradient of a parameter in single precision may be off, of its norm: 7e-6 was measured.
const SINGLE_PRECISION: f64 = 1e-4;

/// The same below a ReLU of a convolution: of its millions of values some are so near zero that rounding turns their sign, and a
/// part of the gradient is then another one. 1e-5 was measured where none had turned, 3e-3 to 6e-3 where some had.
const BELOW_TURNED_SIGNS: f64 = 2e-2;

/// Training as it runs, by our own operations: they are for single precision, which the checks against PyTorch above
/// are not.
#[test]
fn single_precision_gives_the_gradients_of_double() {
    let config = config(Some(AudioConfig::Thesis), None);
    let device = Device::flex().autodiff();
    let gradients = |dtype: DType, float: FloatDType| {
        let network = filled(&config, &device, dtype);
        let mut input = slices(&device);
        input.slices = input.slices.map(|slices| slices.cast(float));
        let (_, loss) = loss_of(&network, input, &[0, 1, 2, 3, 1, 2]);
        read(&network, Some(&loss.backward()))
    };
    let single = gradients(DType::F32, FloatDType::F32);
    let double = gradients(DType::F64, FloatDType::F64);
    assert_eq!(single.len(), double.len());
    for (name, double) in &double {
        let norm =
            |values: &mut dyn Iterator<Item = f64>| values.map(|x| x * x).sum::<f64>().sqrt();
        let apart = norm(&mut single[name].iter().zip(double).map(|(a, b)| a - b));
        // As above: what is nothing but rounding has no digits.
        let of = norm(&mut double.iter().copied()).max(1e-3);
        let is_below = name.starts_with("convs.") || name.starts_with("norms.");
        let most = if is_below { BELOW_TURNED_SIGNS } else { SINGLE_PRECISION };
        assert!(apart < most * of, "{name}: off by {apart:e} of {of:e}");
    }
}

/// The optimiser's constants, and those of the running statistics, which no single pass shows.
#[test]
fn two_steps_of_the_thesis_move_weights_and_statistics_as_in_pytorch() {
    let golden: ThesisGolden = golden("thesis_cnn.json");
    let config = config(Some(AudioConfig::Thesis), None);
    let mut network = filled(&config, &Device::flex().autodiff(), DType::F64);
    let before = read(&network, None);
    let mut optimizer = optimizer_of(0.0);
    for _ in 0..2 {
        let mut input = slices(&network.devices()[0]);
        input.slices = input.slices.map(|slices| slices.cast(FloatDType::F64));
        let (_, loss) = loss_of(&network, input, &[0, 1, 2, 3, 1, 2]);
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        network = optimizer.step(1e-3, network, gradients);
    }
    // Batch statistics wait until the network is asked for what it is without a gradient.
    let after = read(&network.valid(), None);
    for expected in &golden.two_steps.moved {
        let (old, new) = (&before[&expected.name], &after[&expected.name]);
        let moved: Vec<f64> = new.iter().zip(old).map(|(new, old)| new - old).collect();
        assert_digest(&moved, expected);
    }
    assert_eq!(golden.two_steps.running.len(), 12);
    for expected in &golden.two_steps.running {
        assert_ne!(before[&expected.name], after[&expected.name], "{}", expected.name);
        assert_digest(&after[&expected.name], expected);
    }
}

/// 64 features heard and 512 read from the first token, joined to 32, and the last layer's L2.
#[test]
fn the_joined_network_of_the_thesis_agrees_with_pytorch() {
    let golden: TextGolden = golden("thesis_joined.json");
    let text = TextConfig { pooling: Pooling::FirstToken, projection_dim: 512, ..small_text() };
    let genres = ["country", "pop", "rap", "rock"].map(str::to_owned).to_vec();
    let config = NetworkConfig::new(genres, Some(AudioConfig::Thesis), Some(text));
    assert_eq!((config.head.embedding_dim, config.head.l2), (32, 0.01));
    let device = Device::flex().autodiff();
    let network = filled(&config, &device, DType::F64);
    let mut input = slices(&device);
    input.slices = input.slices.map(|slices| slices.cast(FloatDType::F64));
    input.tokens = Some(tokens_of(&golden.ids, &device));
    let rows = TensorData::new(vec![0_i64, 0, 1, 1, 2, 2], [6]);
    input.lyrics_of_row = Some(Tensor::from_data(rows, &device));
    assert_training(&network, input, &[0, 1, 2, 3, 1, 2], &golden.training);
}

/// A text encoder of two narrow layers.
fn small_text() -> TextConfig {
    TextConfig {
        transformer: TransformerConfig {
            vocab_size: 90,
            hidden_size: 16,
            num_hidden_layers: 2,
            num_attention_heads: 4,
            intermediate_size: 24,
            max_position_embeddings: 20,
            ..TextConfig::small(90).transformer
        },
        pooling: Pooling::Mean,
        max_tokens: 20,
        projection_dim: 12,
        ..TextConfig::small(90)
    }
}

fn tokens_of(ids: &[Vec<u32>], device: &Device) -> TokenBatch {
    let lyrics: Vec<&[Vec<u32>]> = ids.iter().map(std::slice::from_ref).collect();
    TokenBatch::new(&lyrics, 0, device)
}

#[test]
fn the_text_encoder_agrees_with_pytorch() {
    let golden: TextGolden = golden("text_encoder.json");
    let device = Device::flex().autodiff();
    let network = filled(&config(None, Some(small_text())), &device, DType::F32);
    let tokens = Some(tokens_of(&golden.ids, &device));
    let input = NetworkInput { tokens, ..NetworkInput::default() };
    assert_training(&network, input, &[2, 0, 3], &golden.training);
}
