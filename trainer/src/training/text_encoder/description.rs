//! Hugging Face's `config.json` of an encoder: other names for the same things in each kind.

use serde::Deserialize;
use shared::model::TransformerConfig;

/// `config.json` of a BERT; what is missing has `transformers`' default.
#[derive(Deserialize)]
#[serde(default)]
struct Bert {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    hidden_act: String,
    hidden_dropout_prob: f64,
    attention_probs_dropout_prob: f64,
    layer_norm_eps: f64,
    initializer_range: f64,
    pad_token_id: Option<u32>,
    position_embedding_type: String,
}

impl Default for Bert {
    fn default() -> Self {
        Self {
            vocab_size: 30_522,
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            max_position_embeddings: 512,
            type_vocab_size: 2,
            hidden_act: "gelu".into(),
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
            layer_norm_eps: 1e-12,
            initializer_range: 0.02,
            pad_token_id: Some(0),
            position_embedding_type: "absolute".into(),
        }
    }
}

/// `config.json` of a DistilBERT; what is missing has `transformers`' default.
#[derive(Deserialize)]
#[serde(default)]
struct DistilBert {
    vocab_size: usize,
    dim: usize,
    n_layers: usize,
    n_heads: usize,
    hidden_dim: usize,
    max_position_embeddings: usize,
    activation: String,
    dropout: f64,
    attention_dropout: f64,
    initializer_range: f64,
    pad_token_id: Option<u32>,
}

impl Default for DistilBert {
    fn default() -> Self {
        Self {
            vocab_size: 30_522,
            dim: 768,
            n_layers: 6,
            n_heads: 12,
            hidden_dim: 3072,
            max_position_embeddings: 512,
            activation: "gelu".into(),
            dropout: 0.1,
            attention_dropout: 0.1,
            initializer_range: 0.02,
            pad_token_id: Some(0),
        }
    }
}

/// The encoder that a `config.json` describes.
pub(super) fn from_hugging_face(json: &str) -> Result<TransformerConfig, DescriptionError> {
    #[derive(Deserialize)]
    struct Kind {
        model_type: String,
    }
    let Kind { model_type } = serde_json::from_str(json)?;
    match model_type.as_str() {
        "bert" => bert(serde_json::from_str(json)?),
        "distilbert" => distilbert(serde_json::from_str(json)?),
        _ => Err(different("model_type", "bert or distilbert", model_type)),
    }
}

fn bert(config: Bert) -> Result<TransformerConfig, DescriptionError> {
    if config.position_embedding_type != "absolute" {
        let got = config.position_embedding_type;
        return Err(different("position_embedding_type", "absolute", got));
    }
    if config.hidden_act != "gelu" {
        return Err(different("hidden_act", "gelu", config.hidden_act));
    }
    Ok(TransformerConfig {
        model_type: "bert".into(),
        vocab_size: config.vocab_size,
        hidden_size: config.hidden_size,
        num_hidden_layers: config.num_hidden_layers,
        num_attention_heads: config.num_attention_heads,
        intermediate_size: config.intermediate_size,
        max_position_embeddings: config.max_position_embeddings,
        hidden_dropout_prob: config.hidden_dropout_prob,
        attention_probs_dropout_prob: config.attention_probs_dropout_prob,
        layer_norm_eps: config.layer_norm_eps,
        initializer_range: config.initializer_range,
        pad_token_id: config.pad_token_id.unwrap_or(0),
        type_vocab_size: config.type_vocab_size,
    })
}

fn distilbert(config: DistilBert) -> Result<TransformerConfig, DescriptionError> {
    if config.activation != "gelu" {
        return Err(different("activation", "gelu", config.activation));
    }
    Ok(TransformerConfig {
        model_type: "distilbert".into(),
        vocab_size: config.vocab_size,
        hidden_size: config.dim,
        num_hidden_layers: config.n_layers,
        num_attention_heads: config.n_heads,
        intermediate_size: config.hidden_dim,
        max_position_embeddings: config.max_position_embeddings,
        hidden_dropout_prob: config.dropout,
        attention_probs_dropout_prob: config.attention_dropout,
        // `transformers` has it in the source of DistilBERT, not in its config.json.
        layer_norm_eps: 1e-12,
        initializer_range: config.initializer_range,
        pad_token_id: config.pad_token_id.unwrap_or(0),
        type_vocab_size: 2,
    })
}

fn different(field: &'static str, expected: &'static str, got: String) -> DescriptionError {
    DescriptionError::Field { field, expected, got }
}

/// What can be wrong with `config.json`.
#[derive(Debug, thiserror::Error)]
pub enum DescriptionError {
    /// Not the expected JSON.
    #[error("config.json does not describe an encoder")]
    Json(#[from] serde_json::Error),
    /// An encoder that computes in another way.
    #[error("config.json, {field}: expected {expected}, got {got}")]
    Field {
        /// Name of the field.
        field: &'static str,
        /// What it takes.
        expected: &'static str,
        /// What it has.
        got: String,
    },
}
