//! What is kept of each session beside its rows, so that one can be found again.

use serde::{Deserialize, Serialize};
use shared::study::{Mode, Progress, Screen, Send, StudyHashes};

const HOUR_MILLIS: u64 = 3_600_000;
/// For how long what nobody needs any more is kept, in milliseconds: 30 days.
const KEPT_MILLIS: u64 = 30 * 24 * HOUR_MILLIS;

/// The head of a stored session. Heads of earlier versions lack what has a default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SessionHead {
    /// Its id.
    pub(crate) session_id: String,
    /// The website that it was run on, as [`site`] names it.
    #[serde(default)]
    pub(crate) site: String,
    /// SHA-256 of its study.json.
    pub(crate) study: String,
    /// What it was run with, as its first row says.
    #[serde(default)]
    pub(crate) hashes: Option<StudyHashes>,
    /// Why it is run.
    pub(crate) mode: Mode,
    /// Name of the participant.
    pub(crate) participant: String,
    /// When its last row was stored, in milliseconds since 1970.
    pub(crate) last_millis: u64,
    /// Trials answered.
    pub(crate) n_trials: u32,
    /// Whether it is complete.
    pub(crate) complete: bool,
    /// Whether it was left for a new one.
    pub(crate) left: bool,
    /// Whether the receiver that the design names has it.
    pub(crate) sent: bool,
    /// For how long it can be gone on with, by its own design.
    #[serde(default)]
    pub(crate) resume_hours: Option<u32>,
}

impl SessionHead {
    /// The head after a row was stored.
    pub(crate) fn after(&self, at_millis: u64, progress: Progress, screen: &Screen) -> Self {
        Self {
            last_millis: at_millis,
            n_trials: progress.n_trials,
            complete: matches!(screen, Screen::Done(_)),
            ..self.clone()
        }
    }

    /// As it is stored. By way of a value, as rows are, so that the hashes are compiled once.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_value(self).expect("texts, numbers and truths are JSON").to_string()
    }

    /// Whether the session can be gone on with: the same study over the same songs in the same mode,
    /// not complete, not left, and not too old. Where the address names the participant, it must be
    /// theirs.
    pub(crate) fn can_resume(&self, wanted: &Wanted<'_>) -> bool {
        self.is_of(wanted)
            && self.hashes.as_ref().is_none_or(|hashes| hashes.has_same_songs(wanted.hashes))
            && !self.complete
            && !self.left
            && self.age_millis(wanted) <= wanted.resume_millis()
    }

    /// Whether the participant has done the study already, or data wait to be sent. With other songs, too:
    /// what is complete needs none.
    pub(crate) fn is_to_be_shown(&self, wanted: &Wanted<'_>) -> bool {
        let waits = wanted.sends && !self.sent;
        self.is_of(wanted) && self.complete && !self.left && (waits || wanted.participant.is_some())
    }

    /// Whether it is listed among what is kept. Where the address names the participant, the sessions
    /// of others are not, as far as names can be compared: within a study.
    pub(crate) fn is_listed(&self, wanted: &Wanted<'_>) -> bool {
        let is_same_study = self.study == wanted.hashes.study
            || self.hashes.as_ref().is_some_and(|own| own.study_id == wanted.hashes.study_id);
        let is_anothers = wanted.participant.is_some_and(|name| name != self.participant);
        self.is_of_site(wanted) && !(is_same_study && is_anothers)
    }

    /// Whether it is removed without being asked for: after 30 days, or later where it could be gone
    /// on with for longer, by its own design, which may be another one than the page's. Finished answers
    /// that were not sent never are: there is no other copy.
    pub(crate) fn is_over(&self, wanted: &Wanted<'_>) -> bool {
        let is_only_here = self.complete && !self.sent;
        let resume_hours = self.resume_hours.unwrap_or(wanted.resume_hours);
        self.is_of_site(wanted)
            && !is_only_here
            && self.age_millis(wanted) > KEPT_MILLIS.max(hours_millis(resume_hours))
    }

    /// The name of its study in files; of heads of earlier versions, the first digits of its hash.
    pub(crate) fn study_name(&self) -> String {
        match &self.hashes {
            Some(hashes) => hashes.study_id.clone(),
            None => self.study.chars().take(8).collect(),
        }
    }

    fn is_of(&self, wanted: &Wanted<'_>) -> bool {
        self.is_of_site(wanted)
            && self.study == wanted.hashes.study
            && self.mode == wanted.mode
            && wanted.participant.is_none_or(|participant| self.participant == participant)
    }

    /// A head of an earlier version may be of any.
    fn is_of_site(&self, wanted: &Wanted<'_>) -> bool {
        self.site.is_empty() || self.site == wanted.site
    }

    fn age_millis(&self, wanted: &Wanted<'_>) -> u64 {
        wanted.now_millis.saturating_sub(self.last_millis)
    }
}

/// What tells a website from others of the same host, which share one storage: its folder. JATOS gives
/// each run a folder of its own, so there it is JATOS.
pub(crate) fn site(sends_to: Option<&Send>, folder: &str) -> String {
    match sends_to {
        Some(Send::Jatos) => "jatos".to_owned(),
        _ => folder.to_owned(),
    }
}

/// The name of the lock that a tab holds while it runs a study: one session of it at a time. The website
/// is part of it, since another one of the same host may run the same study.
pub(crate) fn lock_name(site: &str, study: &str, mode: Mode) -> String {
    format!("segue/{site}/{study}/{}", mode.name())
}

/// Which session is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// The website.
    pub(crate) site: &'a str,
    /// What it runs sessions with.
    pub(crate) hashes: &'a StudyHashes,
    /// The mode.
    pub(crate) mode: Mode,
    /// The participant, where the address names one.
    pub(crate) participant: Option<&'a str>,
    /// Now, in milliseconds since 1970.
    pub(crate) now_millis: u64,
    /// For how long a session can be gone on with.
    pub(crate) resume_hours: u32,
    /// Whether the design sends data.
    pub(crate) sends: bool,
}

impl Wanted<'_> {
    fn resume_millis(&self) -> u64 {
        hours_millis(self.resume_hours)
    }
}

fn hours_millis(hours: u32) -> u64 {
    u64::from(hours) * HOUR_MILLIS
}

#[cfg(test)]
mod tests;
