//! The attributes by which a session is told.

use anyhow::{Context, bail};
use serde_json::Value;

pub(super) const SCREEN_FUNCTION: &str =
    "() => document.querySelector('[data-screen]')?.dataset.screen ?? null";
pub(super) const SCREEN: &str =
    "return document.querySelector('[data-screen]')?.dataset.screen ?? null";
/// The trial's attributes as a list, null where no trial is shown.
pub(super) const TRIAL_FUNCTION: &str = "() => {
    const data = document.querySelector('[data-trial-index]')?.dataset;
    return data ? [data.trialIndex, data.role ?? null, data.phase ?? null] : null;
}";
pub(super) const TRIAL: &str = "const data = document.querySelector('[data-trial-index]')?.dataset;
    return data ? [data.trialIndex, data.role ?? null, data.phase ?? null] : null;";

/// A kind of screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// What the study is, and its start.
    Welcome,
    /// The question whether to take part.
    Consent,
    /// After "no".
    Refused,
    /// Test tone and volume.
    SoundCheck,
    /// Huggins pitch.
    HeadphoneCheck,
    /// What to do.
    Instructions,
    /// A trial that does not count.
    Practice,
    /// A trial.
    Trial,
    /// A pause between trials.
    Break,
    /// Which system was which, and the participant's own results.
    Debrief,
    /// Completion code and link.
    Done,
    /// The study is open in another tab.
    BlockedTab,
    /// Answers can't be kept on this device.
    StorageWarning,
    /// A session that was interrupted can be gone on with.
    Resumable,
    /// A session that was kept does not fit the study any more.
    Unfit,
    /// The data were wiped.
    Withdrawn,
    /// Whether the song was known.
    Familiarity,
    /// The required headphone check was not passed.
    HeadphonesFailed,
    /// The bundle is being read.
    Loading,
    /// Something is wrong with bundle or page.
    Error,
    /// The researcher's page.
    Researcher,
}

impl Screen {
    const NAMES: [(Self, &'static str); 21] = [
        (Self::Welcome, "welcome"),
        (Self::Consent, "consent"),
        (Self::Refused, "refused"),
        (Self::SoundCheck, "sound-check"),
        (Self::HeadphoneCheck, "headphone-check"),
        (Self::Instructions, "instructions"),
        (Self::Practice, "practice"),
        (Self::Trial, "trial"),
        (Self::Break, "break"),
        (Self::Debrief, "debrief"),
        (Self::Done, "done"),
        (Self::BlockedTab, "blocked-tab"),
        (Self::StorageWarning, "storage-warning"),
        (Self::Resumable, "resumable"),
        (Self::Unfit, "unfit"),
        (Self::Withdrawn, "withdrawn"),
        (Self::Familiarity, "familiarity"),
        (Self::HeadphonesFailed, "headphones-failed"),
        (Self::Loading, "loading"),
        (Self::Error, "error"),
        (Self::Researcher, "researcher"),
    ];

    /// What a session may show between its start and its end.
    pub const ON_THE_WAY: [Self; 9] = [
        Self::Welcome,
        Self::Consent,
        Self::SoundCheck,
        Self::Instructions,
        Self::Practice,
        Self::Trial,
        Self::Break,
        Self::Debrief,
        Self::Done,
    ];

    /// As in `data-screen`.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(screen, _)| *screen == self).map_or("", |(_, name)| name)
    }

    /// The screen of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, of)| *of == name).map(|(screen, _)| *screen)
    }
}

/// What a trial is for, as far as a participant may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A song that recommendations may start from.
    Anchor,
    /// A recommended song.
    Recommendation,
    /// Practice.
    Practice,
}

impl Role {
    /// As in `data-role`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Anchor => "anchor",
            Self::Recommendation => "recommendation",
            Self::Practice => "practice",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Anchor, Self::Recommendation, Self::Practice].into_iter().find(|r| r.name() == name)
    }
}

/// How far a trial is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The clip is awaited.
    Loading,
    /// It plays.
    Playing,
    /// It has ended and the answer is awaited.
    Answer,
    /// The answer is being stored.
    Saving,
}

impl Phase {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "loading" => Some(Self::Loading),
            "playing" => Some(Self::Playing),
            "answer" => Some(Self::Answer),
            "saving" => Some(Self::Saving),
            _ => None,
        }
    }
}

/// A trial as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trial {
    /// From `data-trial-index`.
    pub index: usize,
    /// From `data-role`.
    pub role: Role,
    /// From `data-phase`.
    pub phase: Phase,
}

impl Trial {
    pub(super) fn from_attributes(attributes: &Value) -> anyhow::Result<Self> {
        if attributes.is_null() {
            bail!("no trial is shown");
        }
        let text = |at: usize, name: &str| {
            attributes[at].as_str().with_context(|| format!("the trial has no {name}"))
        };
        let (index, role) = (text(0, "data-trial-index")?, text(1, "data-role")?);
        let phase = text(2, "data-phase")?;
        Ok(Self {
            index: index.parse().with_context(|| format!("data-trial-index '{index}'"))?,
            role: Role::from_name(role).with_context(|| format!("data-role '{role}'"))?,
            phase: Phase::from_name(phase).with_context(|| format!("data-phase '{phase}'"))?,
        })
    }
}
