//! Options of `segue train` that concern reading.

use super::ranges::{dropout_share, step_size, weight};
use crate::training::text_training::{TextTraining, TextTuning};
use shared::model::{Fusion, Pooling, Windows};
use std::path::PathBuf;

/// Options that concern reading, and the size of steps.
#[derive(Debug, Clone, clap::Args)]
pub struct TextOptions {
    /// Folder of a pretrained text encoder, as Hugging Face's save_pretrained writes it: bert or
    /// distilbert, with config.json, tokenizer.json or vocab.txt, model.safetensors
    #[arg(long, value_name = "DIR")]
    pub text_encoder: Option<PathBuf>,
    /// What of the pretrained encoder is trained: full, frozen, or last-N layers; frozen reads each
    /// song's lyrics only once
    #[arg(long, value_name = "WHAT", requires = "text_encoder")]
    pub text_tuning: Option<TextTuning>,
    /// What becomes of lyrics with more tokens than --max-tokens
    #[arg(long, value_enum)]
    pub text_windows: Option<WindowsArg>,
    /// How the tokens' vectors become one; without it as the makers of the encoder do (1_Pooling), else as the preset
    #[arg(long, value_enum)]
    pub text_pooling: Option<PoolingArg>,
    /// Tokens of the lyrics that are read at once, at most: 256 without it, 512 with the thesis's network
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(3..), allow_negative_numbers = true)]
    pub max_tokens: Option<usize>,
    /// Step size of Adam for the text encoder, where it differs from that of the rest
    #[arg(long, value_name = "X", value_parser = step_size, allow_negative_numbers = true)]
    pub text_learning_rate: Option<f64>,
    /// Steps in which the step size grows from nearly nothing to its full value
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    pub warmup_steps: usize,
    /// Weight of the squared last layer in the loss
    #[arg(long, value_name = "X", value_parser = weight::<f64>, allow_negative_numbers = true)]
    pub l2: Option<f64>,
    /// Share of the embedding that dropout silences in training, from 0 to less than 1
    #[arg(long, value_name = "X", value_parser = dropout_share, allow_negative_numbers = true)]
    pub dropout: Option<f64>,
    /// How a multimodal network joins what it heard and what it read
    #[arg(long, value_enum, default_value = "concatenate")]
    pub fusion: FusionArg,
    /// Epochs in which a multimodal network first learns which lyrics belong to which sound (CLAP-like), without
    /// any genre; 5 with --fusion contrastive, else none
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub contrastive_epochs: Option<usize>,
}

/// How what was heard and what was read become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FusionArg {
    /// One after the other, as the thesis did.
    Concatenate,
    /// Weighed against each other, song by song.
    Gated,
    /// One after the other, once the network has learnt which lyrics belong to which sound.
    Contrastive,
}

/// Epochs of contrastive pretraining where it is asked for without a number.
const CONTRASTIVE_EPOCHS: usize = 5;

/// What becomes of long lyrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum WindowsArg {
    /// Their end is cut off.
    Truncate,
    /// They are read piece by piece, and the pieces' vectors averaged.
    Mean,
}

/// How the tokens' vectors become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PoolingArg {
    /// The first token's vector.
    First,
    /// Their mean.
    Mean,
}

impl TextOptions {
    /// As settings of a run.
    pub(super) fn settings(&self) -> TextTraining {
        TextTraining {
            text_encoder: self.text_encoder.as_ref().map(|folder| folder.display().to_string()),
            text_encoder_blake3: None,
            text_tuning: self.text_tuning.unwrap_or_default(),
            text_windows: match self.text_windows {
                Some(WindowsArg::Mean) => Windows::Mean,
                Some(WindowsArg::Truncate) | None => Windows::Truncate,
            },
            text_pooling: self.text_pooling.map(|pooling| match pooling {
                PoolingArg::First => Pooling::FirstToken,
                PoolingArg::Mean => Pooling::Mean,
            }),
            max_tokens: self.max_tokens,
            text_learning_rate: self.text_learning_rate,
            warmup_steps: self.warmup_steps,
            l2: self.l2,
            dropout: self.dropout,
            fusion: match self.fusion {
                FusionArg::Concatenate | FusionArg::Contrastive => Fusion::Concatenate,
                FusionArg::Gated => Fusion::Gated,
            },
            contrastive_epochs: self.contrastive_epochs.unwrap_or(match self.fusion {
                FusionArg::Contrastive => CONTRASTIVE_EPOCHS,
                FusionArg::Concatenate | FusionArg::Gated => 0,
            }),
        }
    }
}
