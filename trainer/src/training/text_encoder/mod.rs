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
use shared::lyrics::{BertLetters, LyricsTokenizer, TokenizeError};
use shared::model::{TextEncoder, TransformerConfig};
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

fn read_tokenizer(folder: &Path) -> Result<LyricsTokenizer, EncoderError> {
    let wrong = |path: PathBuf| |source| EncoderError::Tokenizer { path, source };
    let json = folder.join("tokenizer.json");
    if json.exists() {
        return LyricsTokenizer::from_json(&files::read(&json)?).map_err(wrong(json));
    }
    let letters = folder.join("tokenizer_config.json");
    let letters = if letters.exists() {
        serde_json::from_str(&files::read_text(&letters)?)
            .map_err(|source| EncoderError::Letters { path: letters, source })?
    } else {
        BertLetters::default()
    };
    let vocab = folder.join("vocab.txt");
    if !vocab.exists() {
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
