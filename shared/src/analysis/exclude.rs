//! Who and what is left out, as the study preregistered, each counted.

use super::answers::{Answer, answers};
use crate::study::export::SessionSummary;
use crate::study::{Event, Mode, StudyDesign};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The answers that count.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Kept {
    /// The answers.
    pub answers: Vec<Answer>,
    /// The sessions that count, in numbers.
    pub sessions: Vec<SessionSummary>,
    /// What was left out.
    pub left: Left,
    participants: BTreeSet<String>,
}

/// How much was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Left {
    /// Sessions that began.
    pub n_sessions: usize,
    /// Sessions that were left out, for whatever reason.
    pub n_sessions_left_out: usize,
    /// The same by reason; a session may have several.
    pub by_reason: BTreeMap<&'static str, usize>,
    /// Sessions that were broken off; they count unless a rule leaves them out.
    pub n_incomplete: usize,
    /// Later sessions of a participant, whose first one counts.
    pub n_repeated: usize,
    /// Trials that were answered too soon.
    pub n_trials_too_fast: usize,
}

impl Kept {
    /// Takes a session, by the rules of the design. Sessions come in the order in which they were run:
    /// only the first of a participant counts. Only those of one mode do: `Live`, or `Sim` where a study is
    /// simulated.
    pub fn take<'a>(
        &mut self,
        (design, mode): (&StudyDesign, Mode),
        session_id: &str,
        events: impl Iterator<Item = (u64, &'a Event)> + Clone,
    ) {
        let summary = SessionSummary::of_events(session_id, events.clone());
        self.left.n_sessions += 1;
        self.left.n_incomplete += usize::from(!summary.is_complete);
        let reasons = summary.excluded_by((design, mode));
        for reason in &reasons {
            *self.left.by_reason.entry(reason.text()).or_default() += 1;
        }
        let is_repeated = self.participants.contains(&summary.participant);
        if reasons.is_empty() && is_repeated {
            self.left.n_repeated += 1;
        }
        if !reasons.is_empty() || is_repeated {
            self.left.n_sessions_left_out += 1;
            return;
        }
        let events = events.map(|(_, event)| event);
        self.left.n_trials_too_fast +=
            answers(session_id, events, &design.exclusions, &mut self.answers);
        self.participants.insert(summary.participant.clone());
        self.sessions.push(summary);
    }

    /// Number of participants with an answer that counts.
    pub fn n_participants(&self) -> usize {
        let names: BTreeSet<&str> = self.answers.iter().map(|a| a.participant.as_str()).collect();
        names.len()
    }
}
