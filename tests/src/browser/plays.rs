//! What a page has played, noted by [`super::inject::RECORD_PLAYS`].

use super::page::Page;
use anyhow::Context;
use serde_json::Value;

/// What makes the sound of a play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A decoded or computed buffer.
    Buffer,
    /// An oscillator.
    Oscillator,
}

/// One start of a sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Play {
    /// What makes the sound.
    pub source: Source,
    /// When it was started, in milliseconds of the page's clock.
    pub at_millis: f64,
    /// When it ended by itself or was stopped; none while it sounds.
    pub ended_millis: Option<f64>,
    /// How long it sounded, in seconds of the audio context's clock, to which every sample has its time.
    pub sounded_secs: Option<f64>,
    /// State of the audio context at the start: `running`, `suspended`.
    pub context_state: String,
    /// Length of the whole buffer in seconds; 0 for an oscillator.
    pub duration_secs: f64,
    /// Pitch in hertz: of an oscillator, or of a buffer with a plain tone, measured in its middle
    /// half.
    pub frequency_hz: f64,
}

impl Page {
    /// Every play since the page was loaded; none can be told where
    /// [`super::inject::RECORD_PLAYS`] was not run.
    ///
    /// # Errors
    ///
    /// If plays are not recorded.
    pub async fn plays(&self) -> anyhow::Result<Vec<Play>> {
        let plays = self.script("return window.seguePlays?.list ?? null").await?;
        let plays = plays.as_array().context("plays are recorded with inject::RECORD_PLAYS")?;
        Ok(plays.iter().map(play).collect())
    }

    /// How far the samples of a play are from those of an mp3 file at `address`, decoded by the
    /// browser's own decoder through an `OfflineAudioContext`: the largest difference of two
    /// samples. Only the last four plays keep their samples.
    ///
    /// # Errors
    ///
    /// If the play has no samples any more, or if rate, channels or length differ.
    pub async fn difference_of_play(&self, play: usize, address: &str) -> anyhow::Result<f64> {
        let address = Value::from(address);
        let difference = self.promise(&format!("seguePlays.difference({play}, {address})")).await?;
        difference.as_f64().with_context(|| format!("no difference: {difference}"))
    }
}

fn play(entry: &Value) -> Play {
    let number = |name: &str| entry[name].as_f64().unwrap_or(f64::NAN);
    Play {
        source: if entry["source"] == "oscillator" { Source::Oscillator } else { Source::Buffer },
        at_millis: number("at_millis"),
        ended_millis: entry["ended_millis"].as_f64(),
        sounded_secs: entry["sounded_secs"].as_f64(),
        context_state: entry["context_state"].as_str().unwrap_or_default().to_owned(),
        duration_secs: number("duration_secs"),
        frequency_hz: number("frequency_hz"),
    }
}
