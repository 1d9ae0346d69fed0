//! The part of `model.json` that describes how a network reads.

use crate::lyrics::{LyricsTokenizer, TokenizeError, truncated, windowed};
use serde::{Deserialize, Serialize};

/// The part that reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextConfig {
    /// The transformer, under the names of Hugging Face's `config.json`.
    pub transformer: TransformerConfig,
    /// How the tokens' vectors become one.
    pub pooling: Pooling,
    /// What becomes of lyrics that are longer than `max_tokens`.
    #[serde(default)]
    pub windows: Windows,
    /// Lyrics are cut after that many tokens, special ones included.
    pub max_tokens: usize,
    /// Width of the layer after pooling.
    pub projection_dim: usize,
}

/// A BERT-style encoder (Devlin et al., 2019): the fields of Hugging Face's `config.json` that
/// matter to the computation, under their names there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransformerConfig {
    /// `bert` (token types, a pooler that is not used here) or `distilbert` (neither).
    pub model_type: String,
    /// Tokens in the vocabulary.
    pub vocab_size: usize,
    /// Width of a token's vector.
    pub hidden_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Heads of the attention; divides `hidden_size`.
    pub num_attention_heads: usize,
    /// Width inside the feed-forward part.
    pub intermediate_size: usize,
    /// Longest sequence that has position vectors.
    pub max_position_embeddings: usize,
    /// Share silenced by dropout after embeddings, attention and feed-forward.
    pub hidden_dropout_prob: f64,
    /// Share silenced by dropout on the attention weights.
    pub attention_probs_dropout_prob: f64,
    /// Added to the variance in layer normalisation.
    pub layer_norm_eps: f64,
    /// Standard deviation of the weights at the start.
    pub initializer_range: f64,
    /// Token that fills short sequences up.
    pub pad_token_id: u32,
    /// Kinds of tokens that a `bert` tells apart; lyrics are all of the first. Descriptions from before
    /// pretrained encoders do not say it.
    #[serde(default = "two")]
    pub type_vocab_size: usize,
}

fn two() -> usize {
    2
}

/// How the tokens' vectors become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// The first token's vector (`[CLS]`), as the thesis does.
    FirstToken,
    /// The mean over the tokens that are not padding.
    Mean,
}

/// What becomes of lyrics with more tokens than the encoder is given at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Windows {
    /// Their end is cut off, as the thesis does.
    #[default]
    Truncate,
    /// They are read piece by piece, each framed by the special tokens, and the pieces' vectors
    /// averaged.
    Mean,
}

/// Lyrics as a network reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LyricsTokens {
    /// Token ids, special ones included: one window, or several.
    pub windows: Vec<Vec<u32>>,
    /// Tokens of the lyrics, without special ones.
    pub n_tokens: usize,
    /// How many of them are in the windows.
    pub n_read: usize,
    /// How many of those stand for words that the vocabulary does not know.
    pub n_unknown: usize,
}

/// Tokens between the special ones at both ends.
fn n_inner(ids: &[u32]) -> usize {
    ids.len().saturating_sub(2)
}

impl TextConfig {
    /// Token ids of cleaned lyrics as this network reads them: one window, or several.
    ///
    /// # Errors
    ///
    /// If the tokenizer can't read the text.
    pub fn tokens(
        &self,
        tokenizer: &LyricsTokenizer,
        lyrics: &str,
    ) -> Result<Vec<Vec<u32>>, TokenizeError> {
        Ok(self.read(tokenizer, lyrics)?.windows)
    }

    /// The same with how much of the lyrics that is.
    ///
    /// # Errors
    ///
    /// If the tokenizer can't read the text.
    pub fn read(
        &self,
        tokenizer: &LyricsTokenizer,
        lyrics: &str,
    ) -> Result<LyricsTokens, TokenizeError> {
        let ids = tokenizer.encode_whole(lyrics)?;
        let n_tokens = n_inner(&ids);
        let windows = match self.windows {
            Windows::Truncate => vec![truncated(ids, self.max_tokens)],
            Windows::Mean => windowed(&ids, self.max_tokens),
        };
        let n_read = windows.iter().map(|window| n_inner(window)).sum();
        let unknown = tokenizer.unknown_token();
        let n_unknown = windows.iter().flatten().filter(|id| Some(**id) == unknown).count();
        Ok(LyricsTokens { windows, n_tokens, n_read, n_unknown })
    }

    /// A small encoder, to be trained from scratch on few lyrics.
    pub fn small(vocab_size: usize) -> Self {
        Self {
            transformer: TransformerConfig {
                model_type: "distilbert".into(),
                vocab_size,
                hidden_size: 64,
                num_hidden_layers: 2,
                num_attention_heads: 4,
                intermediate_size: 128,
                max_position_embeddings: 256,
                hidden_dropout_prob: 0.1,
                // A number for each pair of tokens would have to be drawn: a third of a step's time.
                attention_probs_dropout_prob: 0.0,
                layer_norm_eps: 1e-12,
                initializer_range: 0.02,
                pad_token_id: 0,
                type_vocab_size: 2,
            },
            pooling: Pooling::Mean,
            windows: Windows::Truncate,
            max_tokens: 256,
            projection_dim: 64,
        }
    }

    /// The reading part of the thesis: DistilBERT-base (Sanh et al., 2019), 512 tokens, first token,
    /// 512 features.
    pub fn thesis(vocab_size: usize) -> Self {
        Self {
            transformer: TransformerConfig {
                model_type: "distilbert".into(),
                vocab_size,
                hidden_size: 768,
                num_hidden_layers: 6,
                num_attention_heads: 12,
                intermediate_size: 3072,
                max_position_embeddings: 512,
                hidden_dropout_prob: 0.1,
                attention_probs_dropout_prob: 0.1,
                layer_norm_eps: 1e-12,
                initializer_range: 0.02,
                pad_token_id: 0,
                type_vocab_size: 2,
            },
            pooling: Pooling::FirstToken,
            windows: Windows::Truncate,
            max_tokens: 512,
            projection_dim: 512,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LYRICS: &str = "love in the rain and the rain in love";

    fn tokenizer() -> LyricsTokenizer {
        LyricsTokenizer::train(&[LYRICS, LYRICS], 80).unwrap()
    }

    fn config(windows: Windows, max_tokens: usize) -> TextConfig {
        TextConfig { windows, max_tokens, ..TextConfig::small(80) }
    }

    #[test]
    fn what_is_cut_off_is_counted() {
        let (tokenizer, whole) = (tokenizer(), config(Windows::Truncate, 256));
        let all = whole.read(&tokenizer, LYRICS).unwrap();
        assert_eq!((all.n_read, all.n_unknown), (all.n_tokens, 0));
        assert_eq!(all.windows, [tokenizer.encode(LYRICS, 256).unwrap()]);
        let part = config(Windows::Truncate, 6).read(&tokenizer, LYRICS).unwrap();
        assert_eq!((part.n_tokens, part.n_read), (all.n_tokens, 4));
        assert_eq!(part.windows, [tokenizer.encode(LYRICS, 6).unwrap()]);
        let windows = config(Windows::Mean, 6);
        let pieces = windows.read(&tokenizer, LYRICS).unwrap();
        assert_eq!((pieces.n_tokens, pieces.n_read), (all.n_tokens, all.n_tokens));
        assert_eq!(pieces.windows, tokenizer.encode_windows(LYRICS, 6).unwrap());
        assert_eq!(pieces.windows, windows.tokens(&tokenizer, LYRICS).unwrap());
    }

    #[test]
    fn words_of_another_alphabet_are_unknown() {
        let (tokenizer, config) = (tokenizer(), config(Windows::Truncate, 7));
        let read = config.read(&tokenizer, "love the дождь дождь дождь дождь дождь").unwrap();
        assert_eq!((read.n_tokens, read.n_read, read.n_unknown), (7, 5, 3));
    }
}
