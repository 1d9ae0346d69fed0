//! What happens in a session, as it is stored.
//!
//! Each event holds all that is needed to analyse it: a trial carries its anchor, song, conditions,
//! ranks and similarities, so that no table has to be joined later. Times are in milliseconds.

use super::block::{Block, Source};
use super::design::Scale;
use crate::catalog::TrackId;
use crate::json;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Map;
use std::collections::BTreeMap;

/// The entry of an event's JSON that names it.
const KIND: &str = "kind";

/// One thing that happened.
///
/// In JSON it is an object whose entry `kind` names it, beside what it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Event {
    /// The start button was pressed.
    Started(Box<Started>),
    /// The participant agreed.
    ConsentGiven,
    /// The participant did not agree; the session is over and nothing of it is kept.
    ConsentRefused,
    /// The test tone was played and the question whether it was heard answered.
    ToneAnswered(ToneAnswer),
    /// One trial of the headphone check.
    HeadphoneAnswered(HeadphoneAnswer),
    /// The instructions were read: trials begin.
    Began,
    /// What follows a liked anchor.
    BlockPlanned(Block),
    /// A song was heard and the question answered.
    TrialAnswered(Box<AnsweredTrial>),
    /// The second question was answered.
    FamiliarityAnswered {
        /// Number of the trial.
        trial: u32,
        /// Whether the song was known.
        familiar: bool,
        /// Since the question was shown, in milliseconds.
        rt_millis: u64,
    },
    /// A clip could not be had: the trial is left out.
    ClipFailed(Box<FailedClip>),
    /// A key that means nothing.
    Slip(Slip),
    /// A clip is heard again.
    Replayed {
        /// Number of the trial.
        trial: u32,
    },
    /// The pause is over.
    BreakEnded,
    /// The page lost or got back the participant's attention.
    Focus {
        /// How.
        change: FocusChange,
    },
    /// The session goes on after a reload or crash, or after the device took the sound away; the trial
    /// that was running is heard anew.
    Resumed,
    /// The language was changed.
    LanguageChanged {
        /// Its code.
        language: String,
    },
    /// The participant ended the session early.
    Stopped,
    /// The debrief was read: the session is complete. Nothing follows.
    DebriefRead,
}

/// How a session began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// Random name of the session.
    pub session_id: String,
    /// Name of the participant: random, or a hash of what a recruitment service calls them.
    pub participant: String,
    /// Why the session is run.
    pub mode: Mode,
    /// What all draws come from.
    pub seed: u64,
    /// Language at the start.
    pub language: String,
    /// Which study it is, exactly.
    pub hashes: StudyHashes,
    /// The answers to the question, so that responses can be read without the design.
    pub scale: Scale,
    /// From which answer on a song counts as liked.
    pub liked_from: u8,
    /// The parameters of the page's address, as they came, but for those that are Segue's own and
    /// `participant`, by which a researcher calls someone: of that there is the hash alone.
    pub parameters: Vec<(String, String)>,
    /// The device.
    pub environment: Environment,
    /// Where answers are kept: `indexeddb`, or `memory` where the browser refuses to store.
    pub storage: String,
}

/// Why a session is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// For the study.
    #[default]
    Live,
    /// To try it out.
    Pilot,
    /// To show it.
    Demo,
    /// A simulated participant.
    Sim,
}

impl Mode {
    /// The name used in files and in the page's address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Pilot => "pilot",
            Self::Demo => "demo",
            Self::Sim => "sim",
        }
    }
}

/// SHA-256 of what a session was run with, 64 hexadecimal digits each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyHashes {
    /// Id of the study.
    pub study_id: String,
    /// Of `study.json`.
    pub study: String,
    /// Of `catalog.json`.
    pub catalog: String,
    /// Of the embedding tables by name.
    pub embeddings: BTreeMap<String, String>,
    /// Of the page's wasm.
    pub wasm: String,
    /// Version of Segue.
    pub version: String,
}

impl StudyHashes {
    /// Whether both are of the same songs and vectors: a session that was begun with others can't go on,
    /// since its plan and what follows an anchor would be other ones.
    pub fn has_same_songs(&self, other: &Self) -> bool {
        self.catalog == other.catalog && self.embeddings == other.embeddings
    }
}

/// The device, as jsPsych's browser check names it. No full user agent is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Environment {
    /// Width of the page in CSS pixels.
    pub width: u32,
    /// Height of the page in CSS pixels.
    pub height: u32,
    /// Whether Web Audio is there.
    pub webaudio: bool,
    /// Family of the browser.
    pub browser: String,
    /// Its major version.
    pub browser_version: String,
    /// Whether it is a phone or tablet.
    pub mobile: bool,
    /// Operating system.
    pub os: String,
    /// Whether the page fills the screen.
    pub fullscreen: bool,
    /// Frames a second, where measured.
    pub vsync_rate: Option<f64>,
    /// Whether less motion was asked for.
    pub reduced_motion: bool,
}

/// The sound check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToneAnswer {
    /// Whether the tone was heard.
    pub heard: bool,
    /// How often it was played.
    pub n_plays: u32,
    /// What carried the sound.
    pub audio: AudioPath,
}

/// One trial of the headphone check: which of three noises hides a tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadphoneAnswer {
    /// Number of the trial, from 0.
    pub index: u32,
    /// Which noise hid the tone, 0 to 2.
    pub target: u8,
    /// Which was chosen, 0 to 2.
    pub answer: u8,
    /// Since the last noise ended, in milliseconds.
    pub rt_millis: u64,
}

/// What a trial is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// To learn what to do; not counted.
    Practice,
    /// A song to start from.
    Anchor,
    /// A song that follows a liked anchor.
    Recommendation,
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let variant = Self::serialize(self, json::writer()).map_err(S::Error::custom)?;
        json::tagged(variant, KIND).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Map::deserialize(deserializer)?;
        let variant = json::untagged(fields, KIND).map_err(D::Error::custom)?;
        Self::deserialize(json::reader(&variant)).map_err(D::Error::custom)
    }
}

impl Event {
    /// The name that stands as `kind` in files.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Started(_) => "started",
            Self::ConsentGiven => "consent_given",
            Self::ConsentRefused => "consent_refused",
            Self::ToneAnswered(_) => "tone_answered",
            Self::HeadphoneAnswered(_) => "headphone_answered",
            Self::Began => "began",
            Self::BlockPlanned(_) => "block_planned",
            Self::TrialAnswered(_) => "trial_answered",
            Self::FamiliarityAnswered { .. } => "familiarity_answered",
            Self::ClipFailed(_) => "clip_failed",
            Self::Slip(_) => "slip",
            Self::Replayed { .. } => "replayed",
            Self::BreakEnded => "break_ended",
            Self::Focus { .. } => "focus",
            Self::Resumed => "resumed",
            Self::LanguageChanged { .. } => "language_changed",
            Self::Stopped => "stopped",
            Self::DebriefRead => "debrief_read",
        }
    }
}

impl Role {
    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Practice => "practice",
            Self::Anchor => "anchor",
            Self::Recommendation => "recommendation",
        }
    }
}

/// One song to be heard and asked about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedTrial {
    /// Number of the trial in the session, from 0, practice included.
    pub number: u32,
    /// What it is for.
    pub role: Role,
    /// Number of the anchor in the session, from 0; that of the practice trial for those.
    pub anchor_number: u32,
    /// The anchor.
    pub anchor_id: TrackId,
    /// The song.
    pub track_id: TrackId,
    /// 0 for an anchor, 1 to n for what follows, in the order heard.
    pub position: u32,
    /// The conditions that chose the song: two where it is heard once for both.
    pub sources: Vec<Source>,
}

/// A trial and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnsweredTrial {
    /// The trial.
    pub trial: PlannedTrial,
    /// The answer on the design's scale.
    pub response: u8,
    /// From the moment that the (first) clip was audible to the answer, in milliseconds.
    pub rt_millis: u64,
    /// When that moment was, in milliseconds since 1970.
    pub clip_started_at_millis: u64,
    /// How much of the last playing was heard, in milliseconds.
    pub listened_millis: u64,
    /// Length of the clip as played, in milliseconds.
    pub clip_millis: u64,
    /// How the answer was given.
    pub given_by: String,
    /// What carried the sound.
    pub audio: AudioPath,
}

/// What carried the sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct AudioPath {
    /// State of the audio context.
    pub context_state: String,
    /// Its sample rate in Hz.
    pub sample_rate_hz: f64,
    /// Its base latency in milliseconds, where told.
    pub base_latency_millis: Option<f64>,
    /// Its output latency in milliseconds, where told.
    pub output_latency_millis: Option<f64>,
    /// Whether the context had to be built anew for this clip.
    pub rebuilt: bool,
}

/// A clip that could not be had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailedClip {
    /// The trial that is left out.
    pub trial: PlannedTrial,
    /// Why, in a word: `missing`, `unlisted`, `wrong_checksum`, `refused`, `undecodable`, `timeout`,
    /// `unreachable`, `audio`.
    pub reason: String,
}

/// A key that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// Number of the trial.
    pub trial: u32,
    /// The key as the browser names it.
    pub key: String,
    /// Since the clip was audible, in milliseconds; `None` before.
    pub rt_millis: Option<u64>,
}

/// How attention changed. What counts as a loss, [`Attention`](super::Attention) says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FocusChange {
    /// Another window or tab has the focus.
    Blur,
    /// The page has it again.
    Focus,
    /// The page can't be seen.
    Hidden,
    /// It can again.
    Visible,
    /// The page fills the screen.
    FullscreenEnter,
    /// It does no more.
    FullscreenExit,
}

impl FocusChange {
    /// The name used in files: jsPsych's where it has one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blur => "blur",
            Self::Focus => "focus",
            Self::Hidden => "hidden",
            Self::Visible => "visible",
            Self::FullscreenEnter => "fullscreenenter",
            Self::FullscreenExit => "fullscreenexit",
        }
    }
}
