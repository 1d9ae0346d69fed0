//! The settings of a run that concern reading: a pretrained encoder, what of it is trained, how lyrics
//! become one vector, and how large the steps are.
//!
//! A pretrained encoder forgets when it learns in large steps from the start; hence a step size of its
//! own and a warm-up (Devlin et al., 2019; Howard and Ruder, 2018). A frozen one need not read the same
//! lyrics again in every epoch.

use burn::module::ParamGroup;
use burn::optim::lr_scheduler::LrSchedulerConfig;
use burn::optim::lr_scheduler::linear::LinearLrSchedulerConfig;
use burn::optim::lr_scheduler::module_lr_scheduler::{ModuleLrScheduler, ModuleLrSchedulerConfig};
use serde::{Deserialize, Serialize};
use shared::model::{Fusion, Network, NetworkConfig, Pooling, TransformerConfig, Windows};
use std::fmt;
use std::str::FromStr;

/// Which layers of the encoder are trained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TextTuning {
    /// All, as the thesis did.
    #[default]
    Full,
    /// That many, from the last.
    Last(usize),
    /// None: each song's lyrics are encoded once, before training.
    Frozen,
}

impl FromStr for TextTuning {
    type Err = UnknownTuning;

    fn from_str(text: &str) -> Result<Self, UnknownTuning> {
        let last = text.strip_prefix("last-").and_then(|n| n.parse().ok());
        match (text, last) {
            ("full", _) => Ok(Self::Full),
            ("frozen", _) => Ok(Self::Frozen),
            (_, Some(n)) if n > 0 => Ok(Self::Last(n)),
            _ => Err(UnknownTuning { got: text.to_owned() }),
        }
    }
}

impl fmt::Display for TextTuning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Last(n) => write!(f, "last-{n}"),
            Self::Frozen => f.write_str("frozen"),
        }
    }
}

impl TryFrom<String> for TextTuning {
    type Error = UnknownTuning;

    fn try_from(text: String) -> Result<Self, UnknownTuning> {
        text.parse()
    }
}

impl From<TextTuning> for String {
    fn from(tuning: TextTuning) -> Self {
        tuning.to_string()
    }
}

/// Settings that concern reading; where one is `None` the preset's network decides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextTraining {
    /// Folder of a pretrained encoder.
    pub text_encoder: Option<String>,
    /// Hash of its weights.
    pub text_encoder_blake3: Option<String>,
    /// Which of its layers are trained.
    pub text_tuning: TextTuning,
    /// What becomes of long lyrics.
    pub text_windows: Windows,
    /// How the tokens' vectors become one.
    pub text_pooling: Option<Pooling>,
    /// Tokens of a window, at most.
    pub max_tokens: Option<usize>,
    /// Step size of the encoder; the rest of the network has the run's.
    pub text_learning_rate: Option<f64>,
    /// Steps in which the step sizes grow from nearly nothing to their full value.
    pub warmup_steps: usize,
    /// Weight of the squared last layer in the loss.
    pub l2: Option<f64>,
    /// Share of the embedding that dropout silences.
    pub dropout: Option<f64>,
    /// How what was heard and what was read become one.
    pub fusion: Fusion,
    /// Epochs in which a network learns which lyrics belong to which sound, before it learns genres.
    pub contrastive_epochs: usize,
}

impl TextTraining {
    /// The network with these settings and that encoder.
    pub fn describe(
        &self,
        mut network: NetworkConfig,
        encoder: Option<&TransformerConfig>,
    ) -> NetworkConfig {
        network.head.fusion = self.fusion;
        network.head.l2 = self.l2.unwrap_or(network.head.l2);
        network.head.dropout = self.dropout.unwrap_or(network.head.dropout);
        if let Some(text) = &mut network.text {
            if let Some(encoder) = encoder {
                text.transformer = encoder.clone();
                text.max_tokens = text.max_tokens.min(encoder.max_position_embeddings);
            }
            text.windows = self.text_windows;
            text.pooling = self.text_pooling.unwrap_or(text.pooling);
            text.max_tokens = self.max_tokens.unwrap_or(text.max_tokens);
        }
        network
    }

    /// These settings with what a network that they describe has where they leave it to the preset.
    #[must_use]
    pub fn resolved(self, network: &NetworkConfig) -> Self {
        let text = network.text.as_ref();
        Self {
            text_pooling: text.map(|text| text.pooling),
            max_tokens: text.map(|text| text.max_tokens),
            l2: Some(network.head.l2),
            dropout: Some(network.head.dropout),
            ..self
        }
    }

    /// The network with the layers frozen that are not to be trained.
    pub fn freeze(&self, network: Network) -> Network {
        match self.text_tuning {
            TextTuning::Full => network,
            TextTuning::Last(n) => network.map_text(|text| text.freeze_all_but(n)),
            TextTuning::Frozen => network.map_text(|text| text.freeze_all_but(0)),
        }
    }

    /// Step sizes, step by step: of the encoder, and of everything else.
    ///
    /// # Errors
    ///
    /// If a step size is not in 0 to 1.
    pub fn schedule(&self, learning_rate: f64) -> Result<ModuleLrScheduler, ScheduleError> {
        let mut schedule = ModuleLrSchedulerConfig::new(self.warmed_up(learning_rate));
        if let Some(of_text) = self.text_learning_rate {
            let parts = ["words", "positions", "token_types", "norm", "layers"];
            let paths = parts.map(|part| format!("network.text.{part}.")).to_vec();
            let encoder = ParamGroup::from_any_predicates(paths);
            schedule = schedule.with_group(encoder, self.warmed_up(of_text));
        }
        schedule.init().map_err(|reason| ScheduleError { reason })
    }

    fn warmed_up(&self, learning_rate: f64) -> LrSchedulerConfig {
        match self.warmup_steps {
            0 => learning_rate.into(),
            n => LinearLrSchedulerConfig::new(learning_rate / n as f64, learning_rate, n).into(),
        }
    }
}

/// Neither of the three.
#[derive(Debug, thiserror::Error)]
#[error("expected full, frozen, or last-N with N layers such as last-2, got '{got}'")]
pub struct UnknownTuning {
    got: String,
}

/// Step sizes that burn does not take.
#[derive(Debug, thiserror::Error)]
#[error("step sizes that can't be used: {reason}")]
pub struct ScheduleError {
    reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::module::ParamId;

    #[test]
    fn tuning_is_read_as_it_is_written() {
        for tuning in [TextTuning::Full, TextTuning::Last(2), TextTuning::Frozen] {
            assert_eq!(tuning.to_string().parse::<TextTuning>().unwrap(), tuning);
        }
        for wrong in ["last-0", "last-", "half"] {
            assert!(wrong.parse::<TextTuning>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_encoder_steps_in_its_own_size_after_the_warm_up() {
        let text = TextTraining {
            text_learning_rate: Some(1e-4),
            warmup_steps: 4,
            ..TextTraining::default()
        };
        let mut schedule = text.schedule(1e-2).unwrap();
        let id = ParamId::new();
        let sizes = |schedule: &mut ModuleLrScheduler| {
            let sizes = schedule.step();
            ["network.text.layers.0.widen.weight", "network.text.projection.weight"]
                .map(|path| sizes.lr_from_param(id, Some(path)))
        };
        let first = sizes(&mut schedule);
        assert!((first[0] - 0.25e-4).abs() < 1e-12 && (first[1] - 0.25e-2).abs() < 1e-9);
        let later = (0..9).map(|_| sizes(&mut schedule)).last().unwrap();
        assert!((later[0] - 1e-4).abs() < 1e-12 && (later[1] - 1e-2).abs() < 1e-9);
    }

    #[test]
    fn settings_from_before_pretrained_encoders_are_read() {
        assert_eq!(serde_json::from_str::<TextTraining>("{}").unwrap(), TextTraining::default());
    }
}
