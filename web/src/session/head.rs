//! What is kept of each session beside its rows, so that one can be found again.

use serde::{Deserialize, Serialize};
use shared::study::{Mode, Progress, Screen};

/// The head of a stored session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SessionHead {
    /// Its id.
    pub(crate) session_id: String,
    /// SHA-256 of its study.json.
    pub(crate) study: String,
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

    /// As it is stored.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts, numbers and truths are JSON")
    }

    /// Whether the session can be gone on with: the same study in the same mode, not complete, not
    /// left, and not too old. Where the address names the participant, it must be theirs.
    pub(crate) fn can_resume(&self, wanted: &Wanted<'_>) -> bool {
        let age_millis = wanted.now_millis.saturating_sub(self.last_millis);
        self.is_of(wanted)
            && !self.complete
            && !self.left
            && age_millis <= u64::from(wanted.resume_hours) * 3_600_000
    }

    /// Whether the participant has done the study already, or data wait to be sent.
    pub(crate) fn is_to_be_shown(&self, wanted: &Wanted<'_>) -> bool {
        let waits = wanted.sends && !self.sent;
        self.is_of(wanted) && self.complete && !self.left && (waits || wanted.participant.is_some())
    }

    fn is_of(&self, wanted: &Wanted<'_>) -> bool {
        self.study == wanted.study
            && self.mode == wanted.mode
            && wanted.participant.is_none_or(|participant| self.participant == participant)
    }
}

/// Which session is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// SHA-256 of study.json.
    pub(crate) study: &'a str,
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

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    const HOUR: u64 = 3_600_000;

    fn head() -> SessionHead {
        SessionHead {
            session_id: "s".to_owned(),
            study: "hash".to_owned(),
            mode: Mode::Live,
            participant: "p".to_owned(),
            last_millis: 100 * HOUR,
            n_trials: 3,
            complete: false,
            left: false,
            sent: false,
        }
    }

    fn wanted() -> Wanted<'static> {
        Wanted {
            study: "hash",
            mode: Mode::Live,
            participant: None,
            now_millis: 101 * HOUR,
            resume_hours: 24,
            sends: false,
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn only_a_fresh_session_of_the_same_study_person_and_mode_goes_on() {
        assert!(head().can_resume(&wanted()));
        assert!(head().can_resume(&Wanted { participant: Some("p"), ..wanted() }));
        for other in [
            Wanted { study: "another", ..wanted() },
            Wanted { mode: Mode::Pilot, ..wanted() },
            Wanted { participant: Some("q"), ..wanted() },
            Wanted { now_millis: 125 * HOUR, ..wanted() },
        ] {
            assert!(!head().can_resume(&other), "{other:?}");
        }
        for gone in [SessionHead { complete: true, ..head() }, SessionHead { left: true, ..head() }]
        {
            assert!(!gone.can_resume(&wanted()), "{gone:?}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_complete_session_is_shown_to_its_participant_or_while_it_waits_to_be_sent() {
        let complete = SessionHead { complete: true, ..head() };
        assert!(!complete.is_to_be_shown(&wanted()));
        assert!(complete.is_to_be_shown(&Wanted { participant: Some("p"), ..wanted() }));
        assert!(complete.is_to_be_shown(&Wanted { sends: true, ..wanted() }));
        let sent = SessionHead { sent: true, ..complete };
        assert!(!sent.is_to_be_shown(&Wanted { sends: true, ..wanted() }));
        assert!(!head().is_to_be_shown(&Wanted { sends: true, ..wanted() }));
    }
}
