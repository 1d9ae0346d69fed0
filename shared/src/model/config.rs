//! What a network is made of, as data: `model.json`.

use super::fusion::Fusion;
use super::text_config::TextConfig;
use crate::spectrogram::{MelConfig, SLICE_FRAMES, SlicePreset};
use serde::{Deserialize, Serialize};

/// Version of `model.json` that this program writes and reads.
pub const MODEL_SCHEMA_VERSION: u32 = 1;

/// A whole network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkConfig {
    /// Version of this description.
    pub schema_version: u32,
    /// The classes, in the order of the logits.
    pub genres: Vec<String>,
    /// What the network is given.
    pub input: InputConfig,
    /// The part that hears; `None` in a network that only reads.
    pub audio: Option<AudioConfig>,
    /// The part that reads; `None` in a network that only hears.
    pub text: Option<TextConfig>,
    /// The part that joins them and decides.
    pub head: HeadConfig,
}

/// What a network hears and reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkKind {
    /// Spectrogram slices only.
    Audio,
    /// Lyrics only.
    Lyrics,
    /// Both.
    Multimodal,
}

impl NetworkKind {
    /// The name used on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Lyrics => "lyrics",
            Self::Multimodal => "multimodal",
        }
    }

    /// Whether the network is given spectrogram slices.
    pub fn hears(self) -> bool {
        self != Self::Lyrics
    }

    /// Whether the network is given lyrics.
    pub fn reads(self) -> bool {
        self != Self::Audio
    }
}

/// The spectrogram that a network expects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputConfig {
    /// How the mel spectrogram is computed.
    pub mel: MelConfig,
    /// How decibels become network input.
    pub preset: SlicePreset,
    /// Frames in a slice.
    pub n_frames: usize,
}

impl Default for InputConfig {
    /// What `segue prepare` makes without options.
    fn default() -> Self {
        Self { mel: MelConfig::default(), preset: SlicePreset::default(), n_frames: SLICE_FRAMES }
    }
}

/// The part that hears.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum AudioConfig {
    /// The network of the thesis (reference: J. Kalinic, "Multimodal music recommender", 2022).
    Thesis,
    /// Strided convolutions: each layer halves or quarters the picture before it widens, so that
    /// the multiply-adds stay few.
    Compact {
        /// Channels after each layer.
        channels: Vec<usize>,
        /// Share of the pooled features that dropout silences in training.
        dropout: f64,
    },
}

impl AudioConfig {
    /// The small network of the demo.
    pub fn compact() -> Self {
        Self::Compact { channels: vec![24, 48, 96, 128], dropout: 0.3 }
    }
}

/// The part that joins what was heard and read, and decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadConfig {
    /// How what was heard and what was read become one.
    #[serde(default)]
    pub fusion: Fusion,
    /// Width of the layer before the softmax: the embedding.
    pub embedding_dim: usize,
    /// Share of the embedding that dropout silences in training.
    pub dropout: f64,
    /// Weight of the squared last layer in the loss (Keras's `kernel_regularizer=l2`).
    pub l2: f64,
}

impl HeadConfig {
    /// The head of the thesis: 32 features; only a network that reads has dropout and L2.
    pub fn thesis(kind: NetworkKind) -> Self {
        if kind.reads() {
            Self { fusion: Fusion::Concatenate, embedding_dim: 32, dropout: 0.3, l2: 0.01 }
        } else {
            Self { fusion: Fusion::Concatenate, embedding_dim: 32, dropout: 0.0, l2: 0.0 }
        }
    }
}

impl NetworkConfig {
    /// A network of these parts, with the head of the thesis and slices as `segue prepare` makes them
    /// without options.
    ///
    /// # Panics
    ///
    /// If there is neither part.
    pub fn new(genres: Vec<String>, audio: Option<AudioConfig>, text: Option<TextConfig>) -> Self {
        let mut config = Self {
            schema_version: MODEL_SCHEMA_VERSION,
            genres,
            input: InputConfig::default(),
            audio,
            text,
            head: HeadConfig::thesis(NetworkKind::Audio),
        };
        config.head = HeadConfig::thesis(config.kind());
        config
    }

    /// What the network hears and reads.
    ///
    /// # Panics
    ///
    /// If it does neither; [`Self::check`] says so without a panic.
    pub fn kind(&self) -> NetworkKind {
        match (&self.audio, &self.text) {
            (Some(_), None) => NetworkKind::Audio,
            (None, Some(_)) => NetworkKind::Lyrics,
            (Some(_), Some(_)) => NetworkKind::Multimodal,
            (None, None) => panic!("a network with neither an audio nor a text part"),
        }
    }

    /// Reads `model.json` and checks it.
    ///
    /// # Errors
    ///
    /// Not JSON of this shape, a newer schema, or parts that do not fit together.
    pub fn from_json(json: &str) -> Result<Self, ConfigError> {
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
        }
        let Version { schema_version } = serde_json::from_str(json)?;
        if schema_version > MODEL_SCHEMA_VERSION {
            return Err(ConfigError::Newer { got: schema_version });
        }
        let config: Self = serde_json::from_str(json)?;
        config.check()?;
        Ok(config)
    }

    /// Writes `model.json`.
    ///
    /// # Panics
    ///
    /// Never: all its fields have a JSON form.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("plain data");
        json.push('\n');
        json
    }

    /// Whether the parts fit together.
    ///
    /// # Errors
    ///
    /// Names the field, what was expected and what it is.
    pub fn check(&self) -> Result<(), ConfigError> {
        let wrong = |field, expected, got: String| Err(ConfigError::Field { field, expected, got });
        if self.audio.is_none() && self.text.is_none() {
            return wrong("audio, text", "at least one of them", "neither".into());
        }
        if self.genres.len() < 2 {
            return wrong("genres", "two or more", format!("{:?}", self.genres));
        }
        if self.audio == Some(AudioConfig::Thesis)
            && (self.input.mel.n_mels, self.input.n_frames) != (128, 128)
        {
            let got = format!("{} x {}", self.input.mel.n_mels, self.input.n_frames);
            return wrong("input", "slices of 128 mels x 128 frames", got);
        }
        let mut dropouts = self.dropouts().into_iter();
        // A share that is no number is in no range.
        if let Some((field, share)) = dropouts.find(|(_, share)| !(0.0..1.0).contains(share)) {
            return wrong(field, "0 or more, and less than 1", share.to_string());
        }
        if let Some(TextConfig { transformer, max_tokens, .. }) = &self.text {
            if !transformer.hidden_size.is_multiple_of(transformer.num_attention_heads.max(1)) {
                let got =
                    format!("{} and {}", transformer.hidden_size, transformer.num_attention_heads);
                return wrong("hidden_size, num_attention_heads", "a multiple and a divisor", got);
            }
            if !["bert", "distilbert"].contains(&transformer.model_type.as_str()) {
                return wrong("model_type", "bert or distilbert", transformer.model_type.clone());
            }
            if *max_tokens < 3 {
                return wrong("max_tokens", "3 or more", max_tokens.to_string());
            }
            if *max_tokens > transformer.max_position_embeddings {
                let got = format!("{max_tokens} and {}", transformer.max_position_embeddings);
                return wrong("max_tokens", "at most max_position_embeddings", got);
            }
        }
        Ok(())
    }

    /// The shares that dropout silences, by field.
    fn dropouts(&self) -> Vec<(&'static str, f64)> {
        let mut dropouts = vec![("head.dropout", self.head.dropout)];
        if let Some(AudioConfig::Compact { dropout, .. }) = &self.audio {
            dropouts.push(("audio.dropout", *dropout));
        }
        if let Some(TextConfig { transformer, .. }) = &self.text {
            dropouts.push(("hidden_dropout_prob", transformer.hidden_dropout_prob));
            let of_attention = transformer.attention_probs_dropout_prob;
            dropouts.push(("attention_probs_dropout_prob", of_attention));
        }
        dropouts
    }
}

/// What can be wrong with `model.json`.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not the expected JSON.
    #[error("model.json is not a network description")]
    Json(#[from] serde_json::Error),
    /// Written by a newer program.
    #[error(
        "model.json has schema version {got}, this program reads up to {MODEL_SCHEMA_VERSION}; \
         update Segue"
    )]
    Newer {
        /// Its version.
        got: u32,
    },
    /// Parts that do not fit.
    #[error("model.json, {field}: expected {expected}, got {got}")]
    Field {
        /// Name of the field.
        field: &'static str,
        /// What it takes.
        expected: &'static str,
        /// What it has.
        got: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both() -> NetworkConfig {
        let genres = vec!["rock".to_owned(), "rap".to_owned()];
        NetworkConfig::new(genres, Some(AudioConfig::compact()), Some(TextConfig::small(50)))
    }

    #[test]
    fn a_share_that_dropout_can_not_silence_is_refused() {
        type Set = fn(&mut NetworkConfig, f64);
        let fields: [(&str, Set); 4] = [
            ("head.dropout", |config, share| config.head.dropout = share),
            ("audio.dropout", |config, share| {
                config.audio = Some(AudioConfig::Compact { channels: vec![8], dropout: share });
            }),
            ("hidden_dropout_prob", |config, share| {
                config.text.as_mut().unwrap().transformer.hidden_dropout_prob = share;
            }),
            ("attention_probs_dropout_prob", |config, share| {
                config.text.as_mut().unwrap().transformer.attention_probs_dropout_prob = share;
            }),
        ];
        for (field, set) in fields {
            let with = |share: f64| {
                let mut config = both();
                set(&mut config, share);
                config
            };
            for share in [-0.1, 1.0, 1.5, f64::NAN, f64::INFINITY] {
                let error = with(share).check().unwrap_err().to_string();
                let expected = format!("model.json, {field}: expected 0 or more, and less than 1");
                assert!(error.starts_with(&expected), "{error}");
            }
            for share in [0.0, 0.5, 0.999] {
                with(share).check().unwrap();
            }
            let error = NetworkConfig::from_json(&with(1.5).to_json()).unwrap_err().to_string();
            assert!(error.contains(field) && error.contains("got 1.5"), "{error}");
        }
    }
}
