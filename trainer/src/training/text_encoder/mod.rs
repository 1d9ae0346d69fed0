//! Pretrained text encoders: a folder as Hugging Face's `save_pretrained` writes it.
//!
//! `config.json` describes the encoder, `tokenizer.json` (or else `vocab.txt`, with
//! `tokenizer_config.json` beside it) cuts lyrics into tokens, `model.safetensors` holds the weights,
//! dense layers `[n_out, n_in]`. Encoders are BERT (Devlin et al., 2019), which MiniLM and most
//! sentence-transformers are too, and DistilBERT (Sanh et al., 2019).

mod description;
mod weights;

pub use description::DescriptionError;
pub use weights::EncoderWeightsError;

use crate::files::{self, FileError};
use serde::Deserialize;
use shared::lyrics::{BertLetters, LyricsTokenizer, TokenizeError};
use shared::model::{Pooling, TextEncoder, TransformerConfig};
use std::path::{Path, PathBuf};

/// A pretrained encoder, its weights still in their file.
#[derive(Debug, Clone)]
pub struct PretrainedEncoder {
    folder: PathBuf,
    /// What it is made of.
    pub transformer: TransformerConfig,
    /// What its words are.
    pub tokenizer: LyricsTokenizer,
}

impl PretrainedEncoder {
    /// Reads the description and the tokenizer of a folder.
    ///
    /// # Errors
    ///
    /// If a file is missing, the encoder is of another kind, or it has fewer words than its tokenizer.
    pub fn open(folder: &Path) -> Result<Self, EncoderError> {
        let config = files::read_text(&folder.join("config.json"))?;
        let transformer = description::from_hugging_face(&config)
            .map_err(|source| EncoderError::Description { folder: folder.to_owned(), source })?;
        let tokenizer = read_tokenizer(folder)?;
        check_frame(folder, &tokenizer)?;
        let n_tokens = tokenizer.vocab_size();
        if n_tokens > transformer.vocab_size {
            return Err(EncoderError::Vocabulary {
                folder: folder.to_owned(),
                n_tokens,
                n_vectors: transformer.vocab_size,
            });
        }
        Ok(Self { folder: folder.to_owned(), transformer, tokenizer })
    }

    /// How its makers pool the tokens' vectors, as sentence-transformers write it down beside an encoder; `None` where
    /// that is not said, or is neither of the ways that there are here.
    ///
    /// # Errors
    ///
    /// If the file is there and can't be read.
    pub fn pooling(&self) -> Result<Option<Pooling>, EncoderError> {
        let path = self.folder.join("1_Pooling").join("config.json");
        let Some(json) = files::read_if_there(&path)? else { return Ok(None) };
        let said: SentencePooling = serde_json::from_slice(&json)
            .map_err(|source| EncoderError::Pooling { path, source })?;
        Ok(match (said.pooling_mode_cls_token, said.pooling_mode_mean_tokens) {
            (true, false) => Some(Pooling::FirstToken),
            (false, true) => Some(Pooling::Mean),
            _ => None,
        })
    }

    /// The encoder with the pretrained weights; its dense layer after pooling stays as it is.
    ///
    /// # Errors
    ///
    /// If the file can't be read, or tensors are missing, unknown or of another shape: all are named.
    pub fn load_into(&self, encoder: TextEncoder) -> Result<TextEncoder, EncoderError> {
        let path = self.folder.join("model.safetensors");
        let bytes = files::read(&path)?;
        weights::load(encoder, bytes, &self.transformer.model_type)
            .map_err(|source| EncoderError::Weights { path, source })
    }

    /// BLAKE3 of the file of weights.
    ///
    /// # Errors
    ///
    /// If it can't be read.
    pub fn weights_hash(&self) -> Result<String, EncoderError> {
        let bytes = files::read(&self.folder.join("model.safetensors"))?;
        Ok(blake3::hash(&bytes).to_string())
    }
}

/// `1_Pooling/config.json` of sentence-transformers.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SentencePooling {
    pooling_mode_cls_token: bool,
    pooling_mode_mean_tokens: bool,
}

/// What `tokenizer_config.json` says of the kind of tokenizer.
#[derive(Deserialize)]
struct TokenizerKind {
    tokenizer_class: Option<String>,
    word_tokenizer_type: Option<String>,
}

impl TokenizerKind {
    /// What cuts lyrics otherwise than a BERT's `vocab.txt` tells; `None` where nothing does.
    fn other(self) -> Option<String> {
        let is_berts = |class: &String| {
            let class = class.strip_suffix("Fast").unwrap_or(class);
            ["BertTokenizer", "DistilBertTokenizer"].contains(&class)
        };
        let words = self.word_tokenizer_type.filter(|own| own != "basic");
        self.tokenizer_class.filter(|class| !is_berts(class)).or(words)
    }
}

/// Lyrics stand between two tokens, of which the first may be pooled: those without a word are these two.
fn check_frame(folder: &Path, tokenizer: &LyricsTokenizer) -> Result<(), EncoderError> {
    let wrong = |source| EncoderError::Tokenizer { path: folder.to_owned(), source };
    let n_tokens = tokenizer.encode_whole("").map_err(wrong)?.len();
    if n_tokens == 2 {
        return Ok(());
    }
    Err(EncoderError::Frame { folder: folder.to_owned(), n_tokens })
}

fn read_tokenizer(folder: &Path) -> Result<LyricsTokenizer, EncoderError> {
    let wrong = |path: PathBuf| |source| EncoderError::Tokenizer { path, source };
    let json = folder.join("tokenizer.json");
    if files::exists(&json)? {
        return LyricsTokenizer::from_json(&files::read(&json)?).map_err(wrong(json));
    }
    let letters = folder.join("tokenizer_config.json");
    let letters = match files::read_if_there(&letters)? {
        Some(json) => {
            let wrong = |source| EncoderError::Letters { path: letters.clone(), source };
            let kind: TokenizerKind = serde_json::from_slice(&json).map_err(wrong)?;
            if let Some(kind) = kind.other() {
                return Err(EncoderError::OtherTokenizer { path: letters, kind });
            }
            serde_json::from_slice(&json).map_err(wrong)?
        }
        None => BertLetters::default(),
    };
    let vocab = folder.join("vocab.txt");
    if !files::exists(&vocab)? {
        return Err(EncoderError::NoTokenizer { folder: folder.to_owned() });
    }
    LyricsTokenizer::from_vocab_txt(&files::read_text(&vocab)?, letters).map_err(wrong(vocab))
}

/// What can be wrong with the folder of a pretrained encoder.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The description.
    #[error("'{}' holds no text encoder that can be used here", folder.display())]
    Description {
        /// Folder.
        folder: PathBuf,
        /// Why.
        source: DescriptionError,
    },
    /// Neither kind of tokenizer.
    #[error("'{}' has neither tokenizer.json nor vocab.txt", folder.display())]
    NoTokenizer {
        /// Folder.
        folder: PathBuf,
    },
    /// The tokenizer.
    #[error("'{}' can't be used", path.display())]
    Tokenizer {
        /// File.
        path: PathBuf,
        /// Why.
        source: TokenizeError,
    },
    /// A tokenizer of another kind.
    #[error(
        "'{}' says that lyrics are cut by {kind}, which vocab.txt alone does not tell; save the tokenizer as \
         tokenizer.json (`AutoTokenizer.from_pretrained(..., use_fast=True).save_pretrained(...)`), or take another encoder", path.display()
    )]
    OtherTokenizer {
        /// File.
        path: PathBuf,
        /// Its kind.
        kind: String,
    },
    /// Lyrics do not stand between two tokens.
    #[error(
        "the tokenizer of '{}' puts {n_tokens} tokens around lyrics, where 2 are expected ([CLS] and [SEP]); its \
         tokenizer.json needs the post-processor of a BERT", folder.display()
    )]
    Frame {
        /// Folder.
        folder: PathBuf,
        /// Tokens of a text without a word.
        n_tokens: usize,
    },
    /// How vectors are pooled.
    #[error("'{}' does not say how sentence-transformers pool", path.display())]
    Pooling {
        /// File.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// What is done to letters.
    #[error("'{}' is no tokenizer_config.json", path.display())]
    Letters {
        /// File.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// More tokens than vectors.
    #[error(
        "the tokenizer of '{}' has {n_tokens} tokens, its config.json says {n_vectors}",
        folder.display()
    )]
    Vocabulary {
        /// Folder.
        folder: PathBuf,
        /// Tokens.
        n_tokens: usize,
        /// Vectors.
        n_vectors: usize,
    },
    /// The weights.
    #[error("the weights of '{}' do not fit its config.json", path.display())]
    Weights {
        /// File.
        path: PathBuf,
        /// Why.
        source: EncoderWeightsError,
    },
}

#[cfg(test)]
mod tests;
