//! Against Hugging Face (`tests/golden/text_encoders/generate.py` made the expected values).

use super::*;
use burn::tensor::Device;
use serde::Deserialize;
use shared::model::{Network, NetworkConfig, TextConfig, TokenBatch};
use shared::random::Seed;

/// Largest difference allowed in a hidden state.
const TOLERANCE: f32 = 1e-4;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/text_encoders")
}

#[derive(Deserialize)]
struct HiddenStates {
    ids: Vec<Vec<u32>>,
    distilbert: Vec<Vec<f32>>,
    bert: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct Tokens {
    texts: Vec<String>,
    uncased: Vec<Vec<u32>>,
    cased_without_accents: Vec<Vec<u32>>,
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> T {
    serde_json::from_slice(&files::read(path).unwrap()).unwrap()
}

fn fresh(encoder: &PretrainedEncoder) -> TextEncoder {
    let genres = vec!["pop".to_owned(), "rap".to_owned()];
    let transformer = encoder.transformer.clone();
    let max_tokens = transformer.max_position_embeddings;
    let text = TextConfig { transformer, max_tokens, ..TextConfig::small(0) };
    let network =
        Network::new(&NetworkConfig::new(genres, None, Some(text)), Seed(1), &Device::flex());
    network.text().unwrap().clone()
}

/// Compares every hidden state where there is a token; the largest difference.
fn largest_difference(folder: &Path, ids: &[Vec<u32>], expected: &[Vec<f32>]) -> f32 {
    let encoder = PretrainedEncoder::open(folder).unwrap();
    let loaded = encoder.load_into(fresh(&encoder)).unwrap();
    let lyrics: Vec<&[Vec<u32>]> = ids.iter().map(std::slice::from_ref).collect();
    let pad = encoder.transformer.pad_token_id;
    let states = loaded.hidden_states(&TokenBatch::new(&lyrics, pad, &Device::flex()));
    assert_eq!(states.len(), expected.len());
    let n_tokens = ids.iter().map(Vec::len).max().unwrap();
    let dim = encoder.transformer.hidden_size;
    let mut largest = 0.0_f32;
    for (got, expected) in states.into_iter().zip(expected) {
        let got = got.into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(got.len(), expected.len());
        for (row, ids) in ids.iter().enumerate() {
            let span = row * n_tokens * dim..(row * n_tokens + ids.len()) * dim;
            let pairs = got[span.clone()].iter().zip(&expected[span]);
            largest = pairs.fold(largest, |largest, (a, b)| largest.max((a - b).abs()));
        }
    }
    largest
}

#[test]
fn hidden_states_agree_with_hugging_face() {
    let states: HiddenStates = read(&golden().join("hidden_states.json"));
    for (name, expected) in [("distilbert", &states.distilbert), ("bert", &states.bert)] {
        let largest = largest_difference(&golden().join(name), &states.ids, expected);
        assert!(largest <= TOLERANCE, "{name}: {largest:.1e}");
    }
}

/// `tests/golden/text_encoders/check_real.py DIR` writes what Hugging Face says beside a real encoder
/// and runs this test on it.
#[test]
#[ignore = "needs the folder of a real encoder in SEGUE_TEXT_ENCODER"]
fn a_real_encoder_agrees_with_hugging_face() {
    #[derive(Deserialize)]
    struct Real {
        texts: Vec<String>,
        ids: Vec<Vec<u32>>,
        state_ids: Vec<Vec<u32>>,
        states: Vec<Vec<f32>>,
    }
    let folder = PathBuf::from(std::env::var("SEGUE_TEXT_ENCODER").unwrap());
    let real: Real = read(Path::new(&std::env::var("SEGUE_EXPECTED").unwrap()));
    let tokenizer = PretrainedEncoder::open(&folder).unwrap().tokenizer;
    for (text, expected) in real.texts.iter().zip(&real.ids) {
        assert_eq!(&tokenizer.encode(text, 512).unwrap(), expected, "{text:?}");
    }
    let largest = largest_difference(&folder, &real.state_ids, &real.states);
    println!(
        "{} texts equal, largest difference of a hidden state {largest:.1e}",
        real.texts.len()
    );
    assert!(largest <= TOLERANCE);
}

#[test]
fn tokens_agree_with_hugging_face() {
    let tokens: Tokens = read(&golden().join("tokens.json"));
    let vocab = files::read_text(&golden().join("distilbert/vocab.txt")).unwrap();
    let cased =
        BertLetters { do_lower_case: false, strip_accents: Some(true), ..BertLetters::default() };
    let of_vocab = |letters| LyricsTokenizer::from_vocab_txt(&vocab, letters).unwrap();
    let from_json = PretrainedEncoder::open(&golden().join("bert")).unwrap().tokenizer;
    for (tokenizer, expected) in [
        (of_vocab(BertLetters::default()), &tokens.uncased),
        (from_json, &tokens.uncased),
        (of_vocab(cased), &tokens.cased_without_accents),
    ] {
        for (text, expected) in tokens.texts.iter().zip(expected) {
            assert_eq!(&tokenizer.encode(text, 512).unwrap(), expected, "{text:?}");
        }
    }
    assert_eq!(tokens.uncased.len(), 1000);
}

/// A copy of the small DistilBERT with something changed in its `config.json`.
fn changed(from: &str, to: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "vocab.txt", "tokenizer_config.json", "model.safetensors"] {
        let bytes = files::read(&golden().join("distilbert").join(file)).unwrap();
        files::write(&folder.path().join(file), &bytes).unwrap();
    }
    let config = files::read_text(&folder.path().join("config.json")).unwrap();
    assert!(config.contains(from));
    files::write(&folder.path().join("config.json"), config.replace(from, to).as_bytes()).unwrap();
    folder
}

fn complaint(from: &str, to: &str) -> String {
    let folder = changed(from, to);
    let loaded = PretrainedEncoder::open(folder.path())
        .and_then(|encoder| encoder.load_into(fresh(&encoder)));
    format!("{:#}", anyhow::Error::new(loaded.unwrap_err()))
}

#[test]
fn tensors_that_do_not_fit_are_named() {
    let error = complaint("\"n_layers\": 3", "\"n_layers\": 4");
    assert!(error.contains("missing: ") && !error.contains("projection"), "{error}");
    assert!(error.contains("transformer.layer.3.attention.q_lin.weight"), "{error}");
    assert!(error.contains("transformer.layer.3.output_layer_norm.bias"), "{error}");
    let error = complaint("\"n_layers\": 3", "\"n_layers\": 2");
    assert!(error.contains("missing: none; unknown: transformer.layer.2."), "{error}");
    assert!(!error.contains("vocab_"), "{error}");
    let error = complaint("\"hidden_dim\": 48", "\"hidden_dim\": 47");
    assert!(error.contains("transformer.layer.0.ffn.lin1.weight: expected"), "{error}");
}

#[test]
fn a_tokenizer_that_vocab_txt_does_not_tell_is_refused() {
    let folder = changed("{", "{");
    let path = folder.path().join("tokenizer_config.json");
    let opened = |json: &str| {
        files::write(&path, json.as_bytes()).unwrap();
        PretrainedEncoder::open(folder.path())
    };
    for own in ["DistilBertTokenizer", "BertTokenizerFast"] {
        opened(&format!("{{\"tokenizer_class\": \"{own}\"}}")).unwrap();
    }
    opened("{\"word_tokenizer_type\": \"basic\"}").unwrap();
    for other in
        ["{\"tokenizer_class\": \"KoBertTokenizer\"}", "{\"word_tokenizer_type\": \"mecab\"}"]
    {
        let error = opened(other).unwrap_err().to_string();
        assert!(error.contains("tokenizer_config.json' says that lyrics are cut by"), "{error}");
    }
}

#[test]
fn a_tokenizer_that_frames_nothing_is_refused() {
    let folder = changed("{", "{");
    let json = files::read_text(&golden().join("bert/tokenizer.json")).unwrap();
    let mut tokenizer: serde_json::Value = serde_json::from_str(&json).unwrap();
    tokenizer["post_processor"] = serde_json::Value::Null;
    let path = folder.path().join("tokenizer.json");
    files::write(&path, tokenizer.to_string().as_bytes()).unwrap();
    let error = PretrainedEncoder::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("puts 0 tokens around lyrics, where 2 are expected"), "{error}");
}

#[test]
fn how_an_encoder_is_pooled_is_read() {
    let folder = changed("{", "{");
    let pooling = || PretrainedEncoder::open(folder.path()).unwrap().pooling().unwrap();
    assert_eq!(pooling(), None);
    let path = folder.path().join("1_Pooling/config.json");
    for (said, expected) in [
        ("{\"pooling_mode_cls_token\": true}", Some(Pooling::FirstToken)),
        (
            "{\"pooling_mode_mean_tokens\": true, \"word_embedding_dimension\": 8}",
            Some(Pooling::Mean),
        ),
        ("{\"pooling_mode_max_tokens\": true}", None),
    ] {
        files::write(&path, said.as_bytes()).unwrap();
        assert_eq!(pooling(), expected, "{said}");
    }
}

#[test]
fn another_kind_of_encoder_is_named() {
    let error = complaint("\"model_type\": \"distilbert\"", "\"model_type\": \"roberta\"");
    assert!(error.contains("bert or distilbert, got roberta"), "{error}");
    let error = complaint("\"activation\": \"gelu\"", "\"activation\": \"relu\"");
    assert!(error.contains("activation: expected gelu, got relu"), "{error}");
    let error = complaint("\"vocab_size\": 119", "\"vocab_size\": 100");
    assert!(error.contains("119 tokens, its config.json says 100"), "{error}");
}
