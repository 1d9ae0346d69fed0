//! The networks: what hears a song, what reads it, and the one road to an embedding.
//!
//! A [`Network`] classifies genre from mel spectrogram slices, from lyrics, or from both. The values
//! of the layer before its softmax are the *embedding*. Which parts a network has is said by its
//! [`NetworkConfig`], which is stored beside the weights as `model.json`.
//!
//! Layouts: slices `[batch, 1, n_mels, n_frames]`, tokens `[batch, n_tokens]`, embeddings
//! `[batch, embedding_dim]`, logits `[batch, n_genres]`.
//!
//! Only this module of the crate names burn. Every weight is drawn from a
//! [`Stream`](crate::random::Stream), so that a seed gives the same network on every device.

mod audio;
mod bf16;
mod compact;
mod config;
mod contrastive;
mod convolution;
mod cost;
mod dropout;
mod embed;
mod fusion;
mod initialize;
mod layer_norm;
mod narrow;
mod network;
mod normalization;
#[cfg(feature = "processor")]
mod processor;
mod text;
mod text_config;
mod thesis;
mod token_batch;
mod weights;
mod weights_error;

pub use audio::AudioEncoder;
pub use bf16::with_bf16_products;
pub use compact::CompactCnn;
pub use config::{
    AudioConfig, ConfigError, HeadConfig, InputConfig, MODEL_SCHEMA_VERSION, NetworkConfig,
    NetworkKind,
};
pub use contrastive::{ContrastiveNetwork, contrastive_loss};
pub use embed::{EmbedError, SongEmbedding, SongInput, embed};
pub use fusion::{Fusion, Gate};
pub use narrow::{TextWeights, narrow_text};
pub use network::{Features, Network, NetworkInput, NetworkOutput};
pub use text::TextEncoder;
pub use text_config::{LyricsTokens, Pooling, TextConfig, TransformerConfig, Windows};
pub use thesis::ThesisCnn;
pub use token_batch::TokenBatch;
pub use weights::{weights_from_bytes, weights_to_bytes};
pub use weights_error::WeightsError;
