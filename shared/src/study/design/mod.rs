//! `study.json`: the whole design of a study.
//!
//! Every choice stands in the file, with no hidden default: what a participant meets can be read
//! from it. `docs/study.schema.json` describes the same for editors; `docs/protocol.md` in words.

mod check;
mod presets;
mod text;

pub use check::{DesignError, DesignFault};
pub use presets::Preset;
pub use text::{Localized, text_direction};

use crate::catalog::Split;
use crate::json;
use crate::recommend::{Condition, SameArtist};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Map;

/// The version of `study.json` that this program writes, and the newest that it reads.
pub const SCHEMA_VERSION: u32 = 1;
/// What `format` says.
pub(crate) const FORMAT: &str = "segue-study";

/// The design of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyDesign {
    /// Always `segue-study`.
    pub format: String,
    /// Version of the format.
    pub schema_version: u32,
    /// Name of the study in files: 1 to 32 lower-case letters, digits and `-`.
    pub study_id: String,
    /// Title for participants.
    pub title: Localized,
    /// Languages offered, the first where the browser's is not among them.
    pub languages: Vec<String>,
    /// What participants read, in Markdown.
    pub texts: Texts,
    /// The songs that anchors and recommendations come from.
    pub songs: Songs,
    /// When a session ends; whichever comes first.
    pub stop: Stop,
    /// The recommenders that are compared, by their embeddings.
    pub recommenders: Vec<Condition>,
    /// What they are compared with.
    pub control: Control,
    /// Whether the control may be the anchor itself, as the thesis's same-genre control could.
    pub control_may_be_anchor: bool,
    /// Whether songs by the anchor's artist may follow it.
    pub same_artist: SameArtist,
    /// What happens where two conditions choose the same song.
    pub same_song: SameSong,
    /// Whether a song may be heard twice in a session.
    pub repeat_songs: bool,
    /// In which order the songs that follow an anchor are heard.
    pub order: OrderScheme,
    /// What is played of a song.
    pub clip: Clip,
    /// When and how an answer is taken.
    pub answer: AnswerRule,
    /// What is asked.
    pub question: Question,
    /// Pauses; none where it is `null`.
    #[serde(deserialize_with = "stated")]
    pub breaks: Option<Breaks>,
    /// Trials before the first that counts.
    pub practice_trials: u32,
    /// What is checked before.
    pub checks: Checks,
    /// Which sessions and trials the analysis leaves out.
    pub exclusions: Exclusions,
    /// Where data go.
    pub data: DataUse,
    /// What a participant gets at the end.
    pub completion: Completion,
    /// For how many hours an interrupted session can be gone on with.
    pub resume_hours: u32,
}

/// What participants read, in Markdown; raw HTML is shown as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// On the first page.
    pub welcome: Localized,
    /// What they agree to.
    pub consent: Localized,
    /// What it was about.
    pub debrief: Localized,
}

/// The songs that anchors and recommendations come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Songs {
    /// Songs that no network learnt from.
    Test,
    /// Every song of the bundle.
    All,
}

impl Songs {
    /// Whether a song of that split is one of the study's.
    pub fn includes(self, split: Split) -> bool {
        match self {
            Self::Test => split == Split::Test,
            Self::All => true,
        }
    }
}

/// When a session ends: whichever comes first. A running block is always finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// After so many liked anchors.
    #[serde(deserialize_with = "stated")]
    pub liked_anchors: Option<u32>,
    /// After so many anchors, liked or not.
    #[serde(deserialize_with = "stated")]
    pub anchors: Option<u32>,
    /// After so many minutes since the first trial that counts, interruptions left out.
    #[serde(deserialize_with = "stated")]
    pub minutes: Option<u32>,
}

/// What recommenders are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Any song.
    Random,
    /// Any song of the anchor's genre.
    Genre,
}

impl Control {
    /// The condition of that control.
    pub fn condition(self) -> Condition {
        match self {
            Self::Random => Condition::Random,
            Self::Genre => Condition::Genre,
        }
    }
}

/// What happens where two conditions choose the same song.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SameSong {
    /// The condition that is heard later takes its next song; the rank is recorded.
    NextRank,
    /// It is heard once, and the answer counts for both.
    PlayOnce,
    /// It is heard twice, as in the thesis.
    PlayTwice,
}

/// In which order the conditions are heard after an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderScheme {
    /// Every order once among each n! liked anchors (6 for three conditions), shuffled by seed.
    Balanced,
    /// Each time drawn anew, as in the thesis.
    Random,
}

/// What is played of a song.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clip {
    /// Length in seconds; shorter where the stimulus is.
    pub seconds: f64,
    /// Fade in and out, in milliseconds.
    pub fade_millis: u32,
}

/// When and how an answer is taken.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerRule {
    /// Seconds that must have been heard before; 0: from the first moment. The end of the clip is
    /// always enough.
    pub from_secs: f64,
    /// How often a clip may be heard again.
    pub replays: u32,
}

/// What is asked about each song.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The answers.
    pub scale: Scale,
    /// From which answer on a song counts as liked: 1 for `like`, else 1 to the number of points.
    pub liked_from: u8,
    /// Instead of "Do you like this song?"; `null` keeps it.
    #[serde(deserialize_with = "stated")]
    pub prompt: Option<Localized>,
    /// Whether it is also asked if the song was known.
    pub familiarity: bool,
}

/// The answers to the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// 0: not like, 1: like.
    Like,
    /// 1 to 5.
    Points5,
    /// 1 to 7.
    Points7,
}

impl Scale {
    /// The answers that there are, lowest first.
    pub fn answers(self) -> std::ops::RangeInclusive<u8> {
        match self {
            Self::Like => 0..=1,
            Self::Points5 => 1..=5,
            Self::Points7 => 1..=7,
        }
    }
}

/// Pauses between blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breaks {
    /// After at least so many trials since the last pause, when a block is done.
    pub every_trials: u32,
    /// How long it lasts at least, in seconds.
    pub at_least_secs: u32,
}

/// What is checked before the first trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checks {
    /// The headphone check (Milne and others, 2021: Huggins pitch); none where it is `null`.
    #[serde(deserialize_with = "stated")]
    pub headphones: Option<HeadphoneCheck>,
}

/// The headphone check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadphoneCheck {
    /// Number of trials, three noises each.
    pub trials: u32,
    /// Number of right answers from which it is passed.
    pub pass_from: u32,
    /// Whether a session ends where it is not passed; else that is only recorded.
    pub required: bool,
}

/// Which sessions and trials the analysis leaves out; decided before data are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusions {
    /// Sessions with fewer liked anchors, those left aside that were answered sooner than
    /// `min_rt_millis`.
    #[serde(deserialize_with = "stated")]
    pub min_liked_anchors: Option<u32>,
    /// Sessions with more slips.
    #[serde(deserialize_with = "stated")]
    pub max_slips: Option<u32>,
    /// Trials answered sooner after the clip began, in milliseconds; with an anchor, what follows it.
    #[serde(deserialize_with = "stated")]
    pub min_rt_millis: Option<u32>,
    /// Sessions in which attention left the page more often.
    #[serde(deserialize_with = "stated")]
    pub max_focus_losses: Option<u32>,
    /// Sessions that did not pass the headphone check.
    pub failed_headphone_check: bool,
}

/// Where data go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataUse {
    /// Where they are sent at the end, and at the debrief where the receiver takes them twice; nowhere
    /// where it is `null`: the participant saves a file.
    #[serde(deserialize_with = "stated")]
    pub send: Option<Send>,
}

/// Where data are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case", deny_unknown_fields)]
pub enum Send {
    /// [DataPipe](https://pipe.jspsych.org), which puts them into an OSF project.
    Datapipe {
        /// The 12 letters and digits of the experiment.
        experiment_id: String,
        /// Address of the service.
        url: String,
    },
    /// The [JATOS](https://www.jatos.org) server that serves the page.
    Jatos,
    /// An address of one's own that takes a POST of JSON, of the same session more than once, and
    /// answers 2xx once it is stored.
    Post {
        /// The address.
        url: String,
    },
}

/// The entry of `send` that names the place.
const TO: &str = "to";

impl Serialize for Send {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let variant = Self::serialize(self, json::writer()).map_err(S::Error::custom)?;
        json::tagged(variant, TO).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Send {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let variant = json::untagged(Map::deserialize(deserializer)?, TO);
        let variant = variant.map_err(D::Error::custom)?;
        Self::deserialize(json::reader(&variant)).map_err(D::Error::custom)
    }
}

/// What a participant gets at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Completion {
    /// Where the last button leads. `{code}` stands for the completion code, `{NAME}` for the URL
    /// parameter of that name.
    #[serde(deserialize_with = "stated")]
    pub link: Option<String>,
}

/// A value that may be `null` but must be there: left out by mistake, an exclusion or the place where data go
/// would be none without a word.
fn stated<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

impl StudyDesign {
    /// The conditions of a block: the recommenders and the control, in the order of files.
    pub fn conditions(&self) -> Vec<Condition> {
        let control = self.control.condition();
        let is_in =
            |condition: &Condition| *condition == control || self.recommenders.contains(condition);
        Condition::ALL.into_iter().filter(is_in).collect()
    }

    /// Whether an answer counts as liking the song.
    pub fn is_liked(&self, answer: u8) -> bool {
        answer >= self.question.liked_from
    }

    /// The offered language that serves someone who prefers these, best first (`nl-BE` is served by
    /// `nl`); the study's first where none fits.
    pub fn language_for<'a>(&self, preferred: impl IntoIterator<Item = &'a str>) -> &str {
        let base = |tag: &str| tag.split(['-', '_']).next().unwrap_or("").to_ascii_lowercase();
        let offered = |tag: &str| self.languages.iter().find(|language| **language == base(tag));
        let found = preferred.into_iter().find_map(offered);
        found.or(self.languages.first()).map_or("en", String::as_str)
    }
}
