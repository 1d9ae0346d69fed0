//! The part of a network that reads: a BERT-style encoder.

use super::config::{Pooling, TextConfig, TransformerConfig};
use super::initialize::Initializer;
use super::network::TokenBatch;
use burn::module::{Module, Param};
use burn::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
use burn::nn::{
    Dropout, DropoutConfig, Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear,
};
use burn::tensor::activation::{gelu, relu};
use burn::tensor::{Int, Tensor};

/// Lyrics to features: vectors of words and places, transformer layers with the normalisation after
/// each sum (Vaswani et al., 2017; Devlin et al., 2019), pooling, one dense layer.
#[derive(Module, Debug)]
pub struct TextEncoder {
    words: Embedding,
    positions: Embedding,
    token_types: Option<Embedding>,
    norm: LayerNorm,
    dropout: Dropout,
    layers: Vec<TransformerLayer>,
    projection: Linear,
    pools_first_token: bool,
}

impl TextEncoder {
    pub(super) fn new(config: &TextConfig, init: &mut Initializer<'_>) -> Self {
        let transformer = &config.transformer;
        let (dim, deviation) = (transformer.hidden_size, transformer.initializer_range);
        let mut table = |n: usize| {
            let mut table = EmbeddingConfig::new(n, dim).init(init.device);
            table.weight = Param::from_tensor(init.bert_table(n, dim, deviation));
            table
        };
        Self {
            words: table(transformer.vocab_size),
            positions: table(transformer.max_position_embeddings),
            token_types: (transformer.model_type == "bert").then(|| table(2)),
            norm: layer_norm(transformer, init),
            dropout: DropoutConfig::new(transformer.hidden_dropout_prob).init(),
            layers: (0..transformer.num_hidden_layers)
                .map(|_| TransformerLayer::new(transformer, init))
                .collect(),
            projection: init.dense(dim, config.projection_dim),
            pools_first_token: config.pooling == Pooling::FirstToken,
        }
    }

    /// The vector of each token after the last layer.
    ///
    /// # Shapes
    ///
    /// - `tokens`: ids `[batch, n_tokens]`
    /// - output: `[batch, n_tokens, hidden_size]`
    pub fn hidden(&self, tokens: &TokenBatch) -> Tensor<3> {
        let [_, n_tokens] = tokens.ids.dims();
        let device = tokens.ids.device();
        let places = Tensor::<1, Int>::arange(0..n_tokens as i64, &device).unsqueeze::<2>();
        let mut x = self.words.forward(tokens.ids.clone()) + self.positions.forward(places);
        if let Some(token_types) = &self.token_types {
            x = x + token_types.forward(Tensor::<2, Int>::zeros([1, n_tokens], &device));
        }
        let mut x = self.dropout.forward(self.norm.forward(x));
        for layer in &self.layers {
            x = layer.forward(x, tokens);
        }
        x
    }

    /// # Shapes
    ///
    /// - `tokens`: ids `[batch, n_tokens]`
    /// - output: `[batch, projection_dim]`
    pub fn forward(&self, tokens: &TokenBatch) -> Tensor<2> {
        let hidden = self.hidden(tokens);
        let [batch, n_tokens, dim] = hidden.dims();
        let pooled = if self.pools_first_token {
            hidden.slice([0..batch, 0..1, 0..dim]).reshape([batch, dim])
        } else {
            let kept = tokens.padding.clone().bool_not().float().reshape([batch, n_tokens, 1]);
            let sum = (hidden * kept.clone()).sum_dim(1).reshape([batch, dim]);
            sum / kept.sum_dim(1).reshape([batch, 1])
        };
        relu(self.projection.forward(pooled))
    }
}

/// Attention and feed-forward, each added to its input and then normalised.
#[derive(Module, Debug)]
struct TransformerLayer {
    attention: MultiHeadAttention,
    attention_norm: LayerNorm,
    widen: Linear,
    narrow: Linear,
    output_norm: LayerNorm,
    dropout: Dropout,
}

impl TransformerLayer {
    fn new(config: &TransformerConfig, init: &mut Initializer<'_>) -> Self {
        let (dim, deviation) = (config.hidden_size, config.initializer_range);
        let mut attention = MultiHeadAttentionConfig::new(dim, config.num_attention_heads)
            .with_dropout(config.attention_probs_dropout_prob)
            .init(init.device);
        attention.query = init.bert_linear(dim, dim, deviation);
        attention.key = init.bert_linear(dim, dim, deviation);
        attention.value = init.bert_linear(dim, dim, deviation);
        attention.output = init.bert_linear(dim, dim, deviation);
        Self {
            attention,
            attention_norm: layer_norm(config, init),
            widen: init.bert_linear(dim, config.intermediate_size, deviation),
            narrow: init.bert_linear(config.intermediate_size, dim, deviation),
            output_norm: layer_norm(config, init),
            dropout: DropoutConfig::new(config.hidden_dropout_prob).init(),
        }
    }

    /// # Shapes
    ///
    /// - `x`, output: `[batch, n_tokens, hidden_size]`
    fn forward(&self, x: Tensor<3>, tokens: &TokenBatch) -> Tensor<3> {
        let attention = MhaInput::self_attn(x.clone()).mask_pad(tokens.padding.clone());
        let attended = self.attention.forward(attention).context;
        let x = self.attention_norm.forward(x + self.dropout.forward(attended));
        let fed = self.narrow.forward(gelu(self.widen.forward(x.clone())));
        self.output_norm.forward(x + self.dropout.forward(fed))
    }
}

fn layer_norm(config: &TransformerConfig, init: &Initializer<'_>) -> LayerNorm {
    LayerNormConfig::new(config.hidden_size).with_epsilon(config.layer_norm_eps).init(init.device)
}
