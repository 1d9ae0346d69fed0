//! A session as a state machine: which screen comes next, and what each event changes.
//!
//! ```text
//! Welcome -> Consent -> SoundCheck -> (HeadphoneCheck) -> Instructions -> practice
//!   -> Trial(anchor) -liked-> Block -> Trial(recommendation)* -> (Break) -> Trial(anchor) ...
//!   -> Debrief -> Done
//! ```

mod complete;
mod course;

use super::attention::Attention;
use super::block::Block;
use super::design::StudyDesign;
use super::event::{Event, HeadphoneAnswer, PlannedTrial};
use super::plan::SessionPlan;
use super::progress::{ConditionLikes, Progress};
use super::screen::{EndReason, Screen};
use crate::catalog::TrackId;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A session so far.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionState {
    // Shared, since a state is copied before each event.
    design: Arc<StudyDesign>,
    plan: Arc<SessionPlan>,
    screen: Screen,
    played: BTreeSet<TrackId>,
    block: Option<Block>,
    /// How many songs of the block are through.
    block_at: usize,
    /// How many anchors of the plan are through, answered or not.
    anchor_at: usize,
    n_practice: u32,
    next_number: u32,
    began_at_millis: Option<u64>,
    /// When the last event happened.
    last_at_millis: u64,
    /// How long the session was interrupted since the first trial that counts.
    away_millis: u64,
    attention: Attention,
    n_since_break: u32,
    headphone_answers: Vec<HeadphoneAnswer>,
    /// The answer that waits for the second question.
    waiting: Option<(PlannedTrial, u8)>,
    progress: Progress,
    likes: Vec<ConditionLikes>,
}

impl SessionState {
    /// A session that has not begun.
    pub fn new(design: impl Into<Arc<StudyDesign>>, plan: impl Into<Arc<SessionPlan>>) -> Self {
        let (design, plan) = (design.into(), plan.into());
        let none = |condition| ConditionLikes { condition, n_liked: 0, n_answered: 0 };
        let likes = design.conditions().into_iter().map(none).collect();
        Self {
            design,
            plan,
            screen: Screen::Welcome,
            played: BTreeSet::new(),
            block: None,
            block_at: 0,
            anchor_at: 0,
            n_practice: 0,
            next_number: 0,
            began_at_millis: None,
            last_at_millis: 0,
            away_millis: 0,
            attention: Attention::default(),
            n_since_break: 0,
            headphone_answers: Vec::new(),
            waiting: None,
            progress: Progress::default(),
            likes,
        }
    }

    /// A session brought to where these events lead.
    ///
    /// # Errors
    ///
    /// The first event that can't follow those before it.
    pub fn replay<'a>(
        design: impl Into<Arc<StudyDesign>>,
        plan: impl Into<Arc<SessionPlan>>,
        events: impl IntoIterator<Item = (&'a Event, u64)>,
    ) -> Result<Self, StateError> {
        let mut state = Self::new(design, plan);
        for (event, at_millis) in events {
            state.apply(event, at_millis)?;
        }
        Ok(state)
    }

    /// What the participant sees now.
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// The design.
    pub fn design(&self) -> &StudyDesign {
        &self.design
    }

    /// The plan.
    pub fn plan(&self) -> &SessionPlan {
        &self.plan
    }

    /// The songs heard so far.
    pub fn played(&self) -> &BTreeSet<TrackId> {
        &self.played
    }

    /// How far the session is.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// How often each condition's songs were liked, in the order of files.
    pub fn likes(&self) -> &[ConditionLikes] {
        &self.likes
    }

    /// How many answers of the headphone check were right, where it is over.
    pub fn headphones_right(&self) -> Option<u32> {
        let check = self.design.checks.headphones?;
        let is_over = self.headphone_answers.len() as u32 == check.trials;
        is_over.then(|| self.n_headphones_right())
    }

    /// The songs that will probably be heard next, nearest first, so that they can be fetched ahead.
    pub fn upcoming(&self, n: usize) -> Vec<TrackId> {
        let current = match &self.screen {
            Screen::Trial(trial) => Some(trial.track_id.clone()),
            _ => None,
        };
        let in_block = self.block.iter().flat_map(|block| block.songs[self.block_at..].iter());
        let in_block = in_block.map(|song| &song.track_id);
        let practice = self.plan.practice.iter().skip(self.n_practice as usize);
        let anchors = self.plan.anchors[self.anchor_at..].iter();
        let anchors = anchors.filter(|track_id| self.may_be_heard(track_id));
        let mut songs: Vec<TrackId> = current.into_iter().collect();
        for track_id in practice.chain(in_block).chain(anchors) {
            if songs.len() >= n {
                break;
            }
            if !songs.contains(track_id) {
                songs.push(track_id.clone());
            }
        }
        songs
    }

    /// Takes what happened at that time, in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// If it can't happen on the present screen; the state is then unchanged.
    pub fn apply(&mut self, event: &Event, at_millis: u64) -> Result<(), StateError> {
        match (&self.screen, event) {
            (Screen::Done(_) | Screen::Refused, _) => return Err(self.not_now(event)),
            (Screen::Welcome, Event::Started(_)) => self.screen = Screen::Consent,
            (Screen::Welcome, _) => return Err(self.not_now(event)),
            (Screen::Consent, Event::ConsentGiven) => self.screen = Screen::SoundCheck,
            (Screen::Consent, Event::ConsentRefused) => self.screen = Screen::Refused,
            (Screen::SoundCheck, Event::ToneAnswered(tone)) => {
                if tone.heard {
                    self.screen = self.after_sound_check();
                }
            }
            (Screen::HeadphoneCheck { index }, Event::HeadphoneAnswered(answer)) => {
                if answer.index != *index {
                    return Err(self.not_now(event));
                }
                self.headphone_answers.push(*answer);
                self.screen = self.after_headphone_trial(index + 1);
            }
            (Screen::Instructions, Event::Began) => self.next_trial(at_millis),
            (Screen::Trial(trial), Event::TrialAnswered(answered)) => {
                if *trial != answered.trial || !self.is_answer(answered.response) {
                    return Err(self.not_now(event));
                }
                self.answer(&answered.clone(), at_millis);
            }
            (Screen::Trial(trial), Event::ClipFailed(failed)) => {
                if *trial != failed.trial {
                    return Err(self.not_now(event));
                }
                let trial = trial.clone();
                self.progress.n_failed_clips += 1;
                self.pass_over(&trial, at_millis);
            }
            (Screen::Familiarity(trial), Event::FamiliarityAnswered { trial: number, .. }) => {
                if trial.number != *number {
                    return Err(self.not_now(event));
                }
                if let Some((trial, response)) = self.waiting.take() {
                    self.advance(&trial, response, at_millis);
                }
            }
            (Screen::Block { anchor_id, liked_number }, Event::BlockPlanned(block)) => {
                if block.anchor_id != *anchor_id || block.liked_number != *liked_number {
                    return Err(self.not_now(event));
                }
                self.block = Some(block.clone());
                self.block_at = 0;
                self.next_in_block(at_millis);
            }
            (Screen::Trial(trial), Event::Slip(slip)) if slip.trial == trial.number => {
                self.progress.n_slips += 1;
            }
            (Screen::Trial(trial), Event::Replayed { trial: number })
                if *number == trial.number => {}
            (Screen::Break, Event::BreakEnded) => {
                self.n_since_break = 0;
                self.next_trial(at_millis);
            }
            (_, Event::Resumed) => self.resume(at_millis),
            (_, Event::Focus { .. } | Event::LanguageChanged { .. }) => {}
            (Screen::Debrief(reason), Event::DebriefRead) => self.screen = Screen::Done(*reason),
            (screen, Event::Stopped) if screen.can_stop() => {
                self.screen = Screen::Debrief(EndReason::Stopped);
            }
            _ => return Err(self.not_now(event)),
        }
        self.progress.n_focus_losses += u32::from(self.attention.is_lost_by(event));
        self.last_at_millis = at_millis;
        Ok(())
    }

    fn not_now(&self, event: &Event) -> StateError {
        StateError::NotNow { event: event.kind(), screen: self.screen.name() }
    }

    fn is_answer(&self, response: u8) -> bool {
        self.design.question.scale.answers().contains(&response)
    }

    fn after_sound_check(&self) -> Screen {
        match self.design.checks.headphones {
            Some(_) => Screen::HeadphoneCheck { index: 0 },
            None => Screen::Instructions,
        }
    }

    fn after_headphone_trial(&self, n_answered: u32) -> Screen {
        match self.design.checks.headphones {
            Some(check) if n_answered < check.trials => {
                Screen::HeadphoneCheck { index: n_answered }
            }
            Some(check) if check.required && self.n_headphones_right() < check.pass_from => {
                Screen::HeadphonesFailed
            }
            _ => Screen::Instructions,
        }
    }

    fn n_headphones_right(&self) -> u32 {
        let right = self.headphone_answers.iter().filter(|answer| answer.answer == answer.target);
        right.count() as u32
    }
}

/// Why an event was not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StateError {
    /// It can't happen on that screen.
    #[error("'{event}' can't happen on the screen '{screen}'")]
    NotNow {
        /// Its kind.
        event: &'static str,
        /// The name of the screen.
        screen: &'static str,
    },
}
