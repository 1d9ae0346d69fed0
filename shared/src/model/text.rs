//! The part of a network that reads: a BERT-style encoder.

use super::bf16::{computing_in, dense};
use super::dropout::drop_out;
#[cfg(all(feature = "processor", feature = "reading"))]
use super::dropout::drops;
use super::initialize::Initializer;
use super::layer_norm::LayerNorm;
#[cfg(all(feature = "processor", feature = "reading"))]
use super::processor;
use super::text_config::{Pooling, TextConfig, TransformerConfig};
use super::token_batch::TokenBatch;
use burn::module::{Module, Param};
use burn::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
use burn::nn::{Dropout, DropoutConfig, Embedding, EmbeddingConfig, Linear};
use burn::tensor::activation::relu;
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
            token_types: (transformer.model_type == "bert")
                .then(|| table(transformer.type_vocab_size)),
            norm: layer_norm(transformer, init),
            dropout: DropoutConfig::new(transformer.hidden_dropout_prob).init(),
            layers: (0..transformer.num_hidden_layers)
                .map(|_| TransformerLayer::new(transformer, init))
                .collect(),
            projection: init.dense(dim, config.projection_dim),
            pools_first_token: config.pooling == Pooling::FirstToken,
        }
    }

    /// The vectors of the tokens before the first layer and after each: what Hugging Face calls
    /// `hidden_states`.
    ///
    /// # Shapes
    ///
    /// - `tokens`: ids `[n_windows, n_tokens]`
    /// - output: one more than there are layers, each `[n_windows, n_tokens, hidden_size]`
    pub fn hidden_states(&self, tokens: &TokenBatch) -> Vec<Tensor<3>> {
        let mut states = vec![self.embed(tokens)];
        for layer in &self.layers {
            states.push(layer.forward(states[states.len() - 1].clone(), tokens));
        }
        states
    }

    /// The vector of each token after the last layer.
    ///
    /// # Shapes
    ///
    /// - `tokens`: ids `[n_windows, n_tokens]`
    /// - output: `[n_windows, n_tokens, hidden_size]`
    pub fn hidden(&self, tokens: &TokenBatch) -> Tensor<3> {
        self.layers.iter().fold(self.embed(tokens), |x, layer| layer.forward(x, tokens))
    }

    /// Sum of the vectors of word, place and kind, normalised.
    fn embed(&self, tokens: &TokenBatch) -> Tensor<3> {
        let [_, n_tokens] = tokens.ids.dims();
        let device = tokens.ids.device();
        let places = Tensor::<1, Int>::arange(0..n_tokens as i64, &device).unsqueeze::<2>();
        let mut x = self.words.forward(tokens.ids.clone()) + self.positions.forward(places);
        if let Some(token_types) = &self.token_types {
            x = x + token_types.forward(Tensor::<2, Int>::zeros([1, n_tokens], &device));
        }
        drop_out(&self.dropout, self.norm.forward(x))
    }

    /// One vector for the lyrics of each song: pooled over the tokens, then averaged over the windows.
    ///
    /// # Shapes
    ///
    /// - `tokens`: ids `[n_windows, n_tokens]`
    /// - output: `[n_songs, hidden_size]`
    pub fn pool(&self, tokens: &TokenBatch) -> Tensor<2> {
        let hidden = self.hidden(tokens);
        let [n_windows, n_tokens, dim] = hidden.dims();
        let pooled = if self.pools_first_token {
            hidden.slice([0..n_windows, 0..1, 0..dim]).reshape([n_windows, dim])
        } else {
            let kept = tokens.padding.clone().bool_not().float().reshape([n_windows, n_tokens, 1]);
            let sum = (hidden * kept.clone()).sum_dim(1).reshape([n_windows, dim]);
            sum / kept.sum_dim(1).reshape([n_windows, 1])
        };
        match &tokens.share_of_window {
            Some(share) => share.clone().matmul(pooled),
            None => pooled,
        }
    }

    /// What the network goes on with.
    ///
    /// # Shapes
    ///
    /// - `pooled`: `[n_songs, hidden_size]`
    /// - output: `[n_songs, projection_dim]`
    pub fn project(&self, pooled: Tensor<2>) -> Tensor<2> {
        relu(dense(&self.projection, pooled))
    }

    /// Pools and projects.
    ///
    /// # Shapes
    ///
    /// - `tokens`: ids `[n_windows, n_tokens]`
    /// - output: `[n_songs, projection_dim]`
    pub fn forward(&self, tokens: &TokenBatch) -> Tensor<2> {
        self.project(self.pool(tokens))
    }

    /// Keeps training from changing anything but the last layers and the dense layer after pooling.
    #[must_use]
    pub fn freeze_all_but(self, n_last_layers: usize) -> Self {
        let n_frozen = self.layers.len().saturating_sub(n_last_layers);
        let freeze = |(at, layer): (usize, TransformerLayer)| {
            if at < n_frozen { layer.no_grad() } else { layer }
        };
        Self {
            words: self.words.no_grad(),
            positions: self.positions.no_grad(),
            token_types: self.token_types.map(Module::no_grad),
            norm: self.norm.no_grad(),
            layers: self.layers.into_iter().enumerate().map(freeze).collect(),
            ..self
        }
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
    /// Whether dropout is on what attention gives: in BERT, not in DistilBERT.
    drops_attended: bool,
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
            drops_attended: config.model_type == "bert",
        }
    }

    /// # Shapes
    ///
    /// - `x`, output: `[batch, n_tokens, hidden_size]`
    fn forward(&self, x: Tensor<3>, tokens: &TokenBatch) -> Tensor<3> {
        let mut attended = attend(&self.attention, x.clone(), tokens);
        if self.drops_attended {
            attended = drop_out(&self.dropout, attended);
        }
        let x = self.attention_norm.forward(x + attended);
        let fed = dense(&self.narrow, gelu(dense(&self.widen, x.clone())));
        self.output_norm.forward(x + drop_out(&self.dropout, fed))
    }
}

fn layer_norm(config: &TransformerConfig, init: &Initializer<'_>) -> LayerNorm {
    LayerNorm::new(config.hidden_size, config.layer_norm_eps, init.device)
}

/// The activation between both layers of the feed-forward part: in f32 on the processor our own way, else burn's.
fn gelu(x: Tensor<3>) -> Tensor<3> {
    #[cfg(all(feature = "processor", feature = "reading"))]
    if processor::is_ours(&x) {
        return processor::gelu(x);
    }
    burn::tensor::activation::gelu(x)
}

/// Self-attention over `x`, in the type of `x`: in f32 on the processor our own way, else burn's.
fn attend(attention: &MultiHeadAttention, x: Tensor<3>, tokens: &TokenBatch) -> Tensor<3> {
    let inner = attention.query.weight.val().dtype();
    computing_in(inner, x, |x| {
        #[cfg(all(feature = "processor", feature = "reading"))]
        if processor::is_ours(&x) {
            let dropout = if drops(&attention.dropout, &x) { attention.dropout.prob } else { 0.0 };
            let inputs = [&attention.query, &attention.key, &attention.value]
                .map(|linear| dense(linear, x.clone()));
            let context = processor::attend(inputs, attention.n_heads, &tokens.lengths, dropout);
            return dense(&attention.output, context);
        }
        let input = MhaInput::self_attn(x).mask_pad(tokens.padding.clone());
        attention.forward(input).context
    })
}

#[cfg(test)]
#[cfg(all(feature = "processor", feature = "reading"))]
mod tests {
    use super::*;
    use crate::lyrics::windowed;
    use crate::model::{Network, NetworkConfig, with_bf16_products};
    use crate::random::Seed;
    use burn::tensor::{Device, Distribution};

    fn attention(dropout: f64, device: &Device) -> MultiHeadAttention {
        MultiHeadAttentionConfig::new(16, 2).with_dropout(dropout).init(device)
    }

    fn pass(attention: &MultiHeadAttention, x: &Tensor<3>) -> Vec<f32> {
        let tokens = TokenBatch::new(&[&[vec![1; 6]], &[vec![1; 4]]], 0, &x.device());
        attend(attention, x.clone(), &tokens).into_data().try_to_vec().unwrap()
    }

    fn assert_near(a: &[f32], b: &[f32], tolerance: f32) {
        let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < tolerance, "{apart}");
    }

    #[cfg(feature = "gradients")]
    #[test]
    fn weights_of_attention_are_dropped_in_training_only() {
        let device = Device::flex().autodiff();
        let x = Tensor::<3>::random([2, 6, 16], Distribution::Default, &device);
        let in_training = attention(0.5, &device);
        assert!(pass(&in_training, &x) != pass(&in_training, &x), "nothing was dropped");
        let mut without = in_training.clone();
        without.dropout.prob = 0.0;
        let kept = pass(&without, &x);
        assert_eq!(pass(&without, &x), kept);
        let at_rest = pass(&in_training.valid(), &x.inner());
        assert_near(&at_rest, &kept, 1e-6);
    }

    #[test]
    fn both_ways_give_the_same() {
        let device = Device::flex();
        let x = Tensor::<3>::random([2, 6, 16], Distribution::Default, &device);
        let attention = attention(0.1, &device);
        let tokens = TokenBatch::new(&[&[vec![1; 6]], &[vec![1; 4]]], 0, &device);
        let input = MhaInput::self_attn(x.clone()).mask_pad(tokens.padding);
        let burns: Vec<f32> = attention.forward(input).context.into_data().try_to_vec().unwrap();
        assert_near(&pass(&attention, &x), &burns, 1e-5);
        let rounded = with_bf16_products(attention);
        assert_near(&pass(&rounded, &x), &burns, 0.02);
    }

    /// A small one, in which what a token takes of the others stands far above rounding.
    fn transformer() -> TransformerConfig {
        TransformerConfig {
            hidden_size: 16,
            num_hidden_layers: 1,
            num_attention_heads: 2,
            intermediate_size: 24,
            initializer_range: 0.2,
            ..TextConfig::small(50).transformer
        }
    }

    fn encoder(transformer: TransformerConfig, pooling: Pooling, device: &Device) -> TextEncoder {
        let text = TextConfig { transformer, pooling, ..TextConfig::small(50) };
        let genres = ["pop", "rap"].map(str::to_owned).to_vec();
        let config = NetworkConfig::new(genres, None, Some(text));
        Network::new(&config, Seed(1), device).text().unwrap().clone()
    }

    /// Where nearly everything is dropped, a layer of BERT leaves its input as it is but for both normalisations; in
    /// DistilBERT (`TransformerBlock` of `transformers`) what attention gives is not dropped.
    #[cfg(feature = "gradients")]
    #[test]
    fn dropout_stands_where_each_family_has_it() {
        let device = Device::flex().autodiff();
        for (model_type, drops_attended) in [("bert", true), ("distilbert", false)] {
            device.seed(1);
            let (model_type, hidden_dropout_prob) = (model_type.to_owned(), 0.999_999);
            let config = TransformerConfig {
                model_type,
                hidden_dropout_prob,
                attention_probs_dropout_prob: 0.0,
                ..transformer()
            };
            let encoder = encoder(config, Pooling::Mean, &device);
            let layer = &encoder.layers[0];
            let x = Tensor::<3>::random([1, 4, 16], Distribution::Default, &device);
            let tokens = TokenBatch::new(&[&[vec![1; 4]]], 0, &device);
            let values = |x: Tensor<3>| -> Vec<f32> { x.into_data().try_to_vec().unwrap() };
            let attended = attend(&layer.attention, x.clone(), &tokens);
            let kept = if drops_attended { x.clone() } else { x.clone() + attended };
            let expected = layer.output_norm.forward(layer.attention_norm.forward(kept));
            assert_near(&values(layer.forward(x, &tokens)), &values(expected), 1e-5);
        }
    }

    #[test]
    fn lyrics_longer_than_a_window_are_the_mean_of_their_windows() {
        let device = Device::flex();
        let windows = windowed(&[2, 9, 14, 7, 31, 8, 44, 5, 21, 12, 3], 6);
        let lengths: Vec<usize> = windows.iter().map(Vec::len).collect();
        assert_eq!(lengths, [6, 6, 3]);
        let short = [vec![2, 8, 17, 3]];
        for pooling in [Pooling::FirstToken, Pooling::Mean] {
            let encoder = encoder(transformer(), pooling, &device);
            let pool = |lyrics: &[&[Vec<u32>]]| -> Vec<f32> {
                let tokens = TokenBatch::new(lyrics, 0, &device);
                encoder.pool(&tokens).into_data().try_to_vec().unwrap()
            };
            let alone: Vec<Vec<f32>> =
                windows.iter().map(|window| pool(&[std::slice::from_ref(window)])).collect();
            let weighed = |weights: [f32; 3]| -> Vec<f32> {
                let [a, b, c] = weights.map(|weight| weight / weights.iter().sum::<f32>());
                (0..16).map(|at| a * alone[0][at] + b * alone[1][at] + c * alone[2][at]).collect()
            };
            let together = pool(&[&short[..], &windows[..], &short[..]]);
            assert_eq!(together.len(), 3 * 16);
            let mean = weighed([1.0; 3]);
            assert_near(&together[16..32], &mean, 1e-5);
            // Others are what they are without it.
            let neighbour = pool(&[&short[..]]);
            assert_near(&together[..16], &neighbour, 1e-5);
            assert_near(&together[32..], &neighbour, 1e-5);
            // A mean over all tokens would be something else.
            let by_tokens = weighed([6.0, 6.0, 3.0]);
            let apart = mean.iter().zip(&by_tokens).map(|(a, b)| (a - b).abs());
            assert!(apart.fold(0.0, f32::max) > 1e-3, "{pooling:?}");
        }
    }
}
