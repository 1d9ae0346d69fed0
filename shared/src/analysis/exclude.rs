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
    /// Sessions without an answer that counts, which no rule leaves out.
    pub n_without_answer: usize,
    /// Trials that were answered too soon, anchors among them.
    pub n_trials_too_fast: usize,
}

impl Left {
    /// Why sessions were left out, with how many each; a session may have several reasons.
    pub fn reasons(&self) -> Vec<(&'static str, usize)> {
        let others = [
            ("later sessions of a participant", self.n_repeated),
            ("without an answer that counts", self.n_without_answer),
        ];
        let rules = self.by_reason.iter().map(|(reason, n)| (*reason, *n));
        rules.chain(others.into_iter().filter(|(_, n)| *n > 0)).collect()
    }
}

impl Kept {
    /// Takes a session, by the rules of the design. Sessions come in the order in which they were run:
    /// only the first of a participant counts that has an answer. Only those of one mode do: `Live`, or
    /// `Sim` where a study is simulated.
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
        let n_before = self.answers.len();
        let n_too_fast = answers(session_id, events, &design.exclusions, &mut self.answers);
        // It does not take the place of one that follows.
        if self.answers.len() == n_before {
            self.left.n_without_answer += 1;
            self.left.n_sessions_left_out += 1;
            return;
        }
        self.left.n_trials_too_fast += n_too_fast;
        self.participants.insert(summary.participant.clone());
        self.sessions.push(summary);
    }

    /// Number of participants with an answer that counts.
    pub fn n_participants(&self) -> usize {
        let names: BTreeSet<&str> = self.answers.iter().map(|a| a.participant.as_str()).collect();
        names.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::tests::{Player, World};
    use crate::study::{Preset, Role, Screen, SessionLog};

    /// Two liked anchors, three conditions, answers from 300 ms on.
    fn design() -> StudyDesign {
        let mut design = Preset::Default.design();
        design.stop.liked_anchors = Some(2);
        design.exclusions.min_liked_anchors = None;
        design
    }

    /// Someone who likes every song after 1,234 ms; always the same participant.
    fn player(design: &StudyDesign, seed: u64) -> Player {
        Player::new(&World::new(40, 1), design, seed).with(1.0, 0.0)
    }

    fn take(kept: &mut Kept, design: &StudyDesign, log: &SessionLog) {
        let events = log.rows().iter().map(|row| (row.at_millis, &row.event));
        kept.take((design, Mode::Live), log.session_id(), events);
    }

    #[test]
    fn a_session_without_an_answer_does_not_take_the_place_of_the_next() {
        let design = design();
        let mut stopped = player(&design, 1).until(|screen| *screen == Screen::Instructions);
        stopped.take(Event::Stopped);
        let (stopped, whole) = (stopped.finish(), player(&design, 2).finish());
        let later = player(&design, 3).finish();
        let mut kept = Kept::default();
        for log in [&stopped.log, &whole.log, &later.log] {
            take(&mut kept, &design, log);
        }
        let ids: Vec<&str> = kept.sessions.iter().map(|own| own.session_id.as_str()).collect();
        assert_eq!(ids, ["session-2"]);
        assert_eq!((kept.answers.len(), kept.n_participants()), (6, 1));
        assert_eq!((kept.left.n_sessions, kept.left.n_sessions_left_out), (3, 2));
        let reasons =
            [("later sessions of a participant", 1), ("without an answer that counts", 1)];
        assert_eq!(kept.left.reasons(), reasons);
        // Nor does one in which everything was answered too soon.
        let mut strict = design;
        strict.exclusions.min_rt_millis = Some(1_235);
        let mut kept = Kept::default();
        take(&mut kept, &strict, &whole.log);
        // It is left out as a whole, and its trials are not counted once more.
        assert_eq!((kept.left.n_without_answer, kept.left.n_trials_too_fast), (1, 0));
        assert!(kept.answers.is_empty() && kept.participants.is_empty());
    }

    #[test]
    fn what_follows_an_anchor_that_was_answered_too_soon_does_not_count() {
        let mut design = design();
        let whole = player(&design, 1).finish();
        let mut events: Vec<(u64, Event)> =
            whole.log.rows().iter().map(|row| (row.at_millis, row.event.clone())).collect();
        let hasty = events.iter_mut().find_map(|(_, event)| match event {
            Event::TrialAnswered(answered) if answered.trial.role == Role::Anchor => Some(answered),
            _ => None,
        });
        let hasty = hasty.unwrap();
        hasty.rt_millis = 100;
        let number = hasty.trial.anchor_number;
        let take = |design: &StudyDesign| {
            let mut kept = Kept::default();
            let events = events.iter().map(|(at_millis, event)| (*at_millis, event));
            kept.take((design, Mode::Live), "s", events);
            kept
        };
        let kept = take(&design);
        assert_eq!((kept.answers.len(), kept.left.n_trials_too_fast), (3, 1));
        assert!(kept.answers.iter().all(|answer| answer.block.1 != number));
        // Nor is it one of the liked anchors that a session must have.
        design.exclusions.min_liked_anchors = Some(2);
        assert_eq!(take(&design).left.by_reason["too few liked anchors"], 1);
        design.exclusions.min_rt_millis = None;
        assert_eq!((take(&design).answers.len(), take(&design).left.n_sessions_left_out), (6, 0));
    }
}
