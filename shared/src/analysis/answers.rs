//! Answers as the tests take them: one row for each song heard after an anchor and each condition that
//! chose it.

use crate::recommend::Condition;
use crate::study::{Event, Exclusions, Role, Started};
use std::collections::BTreeMap;

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Who answered.
    pub participant: String,
    /// The anchor's block: name of the session and number of the anchor.
    pub block: (String, u32),
    /// Track id of the anchor.
    pub anchor: String,
    /// Track id of the song.
    pub song: String,
    /// Why it was heard.
    pub condition: Condition,
    /// Whether it was liked.
    pub liked: bool,
    /// Place after the anchor, from 1.
    pub position: u32,
    /// To the answer, in milliseconds.
    pub rt_millis: u64,
    /// Whether the song was known, where that was asked.
    pub familiar: Option<bool>,
}

/// The answers of a session's events that count, and how many trials were answered too soon.
///
/// A song that was heard once for two conditions is an answer to either. An anchor that was answered too
/// soon says nothing of what should follow it: the songs after it do not count.
pub(super) fn answers<'a>(
    session_id: &str,
    events: impl IntoIterator<Item = &'a Event>,
    exclusions: &Exclusions,
    into: &mut Vec<Answer>,
) -> usize {
    let mut started: Option<&Started> = None;
    let mut of_trial: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let mut n_too_fast = 0;
    let mut is_anchor_too_fast = false;
    for event in events {
        match event {
            Event::Started(event) => started = Some(event),
            Event::TrialAnswered(answered) if answered.trial.role != Role::Practice => {
                let is_too_fast = exclusions.leaves_out(answered);
                n_too_fast += usize::from(is_too_fast);
                if answered.trial.role == Role::Anchor {
                    is_anchor_too_fast = is_too_fast;
                    continue;
                }
                if is_too_fast || is_anchor_too_fast {
                    continue;
                }
                let trial = &answered.trial;
                for source in &trial.sources {
                    of_trial.entry(trial.number).or_default().push(into.len());
                    into.push(Answer {
                        participant: started.map_or("", |s| s.participant.as_str()).to_owned(),
                        block: (session_id.to_owned(), trial.anchor_number),
                        anchor: trial.anchor_id.as_str().to_owned(),
                        song: trial.track_id.as_str().to_owned(),
                        condition: source.condition,
                        liked: answered.response >= started.map_or(1, |s| s.liked_from),
                        position: trial.position,
                        rt_millis: answered.rt_millis,
                        familiar: None,
                    });
                }
            }
            Event::FamiliarityAnswered { trial, familiar, .. } => {
                for at in of_trial.get(trial).into_iter().flatten() {
                    into[*at].familiar = Some(*familiar);
                }
            }
            _ => {}
        }
    }
    n_too_fast
}
