//! Hugging Face's weights in our encoder: other names, dense layers transposed.

use burn::tensor::DType;
use burn_store::{
    ApplyError, ApplyResult, FloatCastAdapter, KeyRemapper, ModuleAdapter, ModuleSnapshot,
    PyTorchToBurnAdapter, SafetensorsStore, SafetensorsStoreError,
};
use shared::model::TextEncoder;

/// Beginnings of tensors that belong to heads, which are of no use here.
const HEADS: [&str; 7] = [
    "pooler.",
    "cls.",
    "vocab_",
    "pre_classifier.",
    "classifier.",
    "qa_outputs.",
    "seq_relationship.",
];

/// Parts of tensors' names in Hugging Face's files and in ours, in the order of replacement.
const EMBEDDINGS: [(&str, &str); 4] = [
    ("embeddings.word_embeddings.", "words."),
    ("embeddings.position_embeddings.", "positions."),
    ("embeddings.token_type_embeddings.", "token_types."),
    ("embeddings.LayerNorm.", "norm."),
];
const BERT: [(&str, &str); 9] = [
    ("encoder.layer.", "layers."),
    ("attention.self.query.", "attention.query."),
    ("attention.self.key.", "attention.key."),
    ("attention.self.value.", "attention.value."),
    ("attention.output.dense.", "attention.output."),
    ("attention.output.LayerNorm.", "attention_norm."),
    ("intermediate.dense.", "widen."),
    ("output.dense.", "narrow."),
    ("output.LayerNorm.", "output_norm."),
];
const DISTILBERT: [(&str, &str); 9] = [
    ("transformer.layer.", "layers."),
    ("attention.q_lin.", "attention.query."),
    ("attention.k_lin.", "attention.key."),
    ("attention.v_lin.", "attention.value."),
    ("attention.out_lin.", "attention.output."),
    ("sa_layer_norm.", "attention_norm."),
    ("ffn.lin1.", "widen."),
    ("ffn.lin2.", "narrow."),
    ("output_layer_norm.", "output_norm."),
];

/// The encoder with the weights of a safetensors file.
pub(super) fn load(
    mut encoder: TextEncoder,
    bytes: Vec<u8>,
    model_type: &str,
) -> Result<TextEncoder, EncoderWeightsError> {
    let of_kind = if model_type == "bert" { &BERT } else { &DISTILBERT };
    let names: Vec<(&str, &str)> = EMBEDDINGS.iter().chain(of_kind).copied().collect();
    let mut store = SafetensorsStore::from_bytes(Some(bytes))
        .with_from_adapter(PyTorchToBurnAdapter.chain(FloatCastAdapter::to(DType::F32)))
        .remap(remapper(&names))
        .validate(false)
        .allow_partial(true);
    let result = encoder.load_from(&mut store)?;
    check(&result, &names)?;
    Ok(encoder)
}

/// Takes the prefix away that models with heads have, then goes through the names.
fn remapper(names: &[(&str, &str)]) -> KeyRemapper {
    let mut patterns = vec![(r"^(distilbert|bert)\.".to_owned(), String::new())];
    // A part of a name begins where another ends, so that `output.dense.` is not found in
    // `attention_output.dense.`.
    patterns.extend(names.iter().map(|(theirs, ours)| {
        (format!(r"(^|\.){}", theirs.replace('.', r"\.")), format!("${{1}}{ours}"))
    }));
    KeyRemapper::from_patterns(patterns).expect("well-formed expressions")
}

fn check(result: &ApplyResult, names: &[(&str, &str)]) -> Result<(), EncoderWeightsError> {
    let missing = result.missing.iter().map(|(path, _)| path.as_str());
    let missing: Vec<String> = missing
        .filter(|path| !path.starts_with("projection."))
        .map(|path| their_name(path, names))
        .collect();
    let is_of_a_head = |path: &str| HEADS.iter().any(|head| path.starts_with(head));
    let extra: Vec<String> = result
        .unused
        .iter()
        .filter(|path| !is_of_a_head(path) && !path.ends_with("position_ids"))
        .map(|path| their_name(path, names))
        .collect();
    let misshapen: Vec<String> = result.errors.iter().map(|error| describe(error, names)).collect();
    if missing.is_empty() && extra.is_empty() && misshapen.is_empty() {
        return Ok(());
    }
    Err(EncoderWeightsError::Tensors { missing, extra, misshapen })
}

/// One of our names as the file would have it, without prefix.
fn their_name(path: &str, names: &[(&str, &str)]) -> String {
    let mut name = path.replace(".gamma", ".weight").replace(".beta", ".bias");
    for (theirs, ours) in names {
        name = match name.strip_prefix(ours) {
            Some(rest) => format!("{theirs}{rest}"),
            None => name.replace(&format!(".{ours}"), &format!(".{theirs}")),
        };
    }
    name
}

fn describe(error: &ApplyError, names: &[(&str, &str)]) -> String {
    match error {
        ApplyError::ShapeMismatch { path, expected, found } => {
            format!("{}: expected {expected:?}, got {found:?}", their_name(path, names))
        }
        ApplyError::DTypeMismatch { path, expected, found } => {
            format!("{}: expected {expected:?}, got {found:?}", their_name(path, names))
        }
        ApplyError::AdapterError { path, message } | ApplyError::LoadError { path, message } => {
            format!("{}: {message}", their_name(path, names))
        }
    }
}

/// What can be wrong with the weights of an encoder.
#[derive(Debug, thiserror::Error)]
pub enum EncoderWeightsError {
    /// Not a safetensors file.
    #[error("not a safetensors file")]
    File(#[from] SafetensorsStoreError),
    /// Tensors that do not fit.
    #[error(
        "missing: {}; unknown: {}; of another shape or kind: {}",
        list(missing),
        list(extra),
        list(misshapen)
    )]
    Tensors {
        /// Tensors that the encoder needs and the file lacks.
        missing: Vec<String>,
        /// Tensors of the file that the encoder does not have.
        extra: Vec<String>,
        /// Tensors that do not fit, with what was expected (dense layers as `[n_in, n_out]`) and got.
        misshapen: Vec<String>,
    },
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { names.join(", ") }
}
