//! A session as a state machine: which screen comes next, and what each event changes.
//!
//! ```text
//! Welcome -> Consent -> SoundCheck -> (HeadphoneCheck) -> Instructions -> practice
//!   -> Trial(anchor) -liked-> Block -> Trial(recommendation)* -> (Break) -> Trial(anchor) ...
//!   -> Debrief -> Done
//! ```

use super::block::Block;
use super::design::StudyDesign;
use super::event::{AnsweredTrial, Event, HeadphoneAnswer, PlannedTrial, Role};
use super::plan::SessionPlan;
use super::progress::{ConditionLikes, Progress};
use crate::catalog::TrackId;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a participant sees.
#[derive(Debug, Clone, PartialEq)]
pub enum Screen {
    /// Nothing has begun.
    Welcome,
    /// The question whether they agree.
    Consent,
    /// They did not.
    Refused,
    /// A tone and the question whether it is heard.
    SoundCheck,
    /// One trial of the headphone check.
    HeadphoneCheck {
        /// Its number, from 0.
        index: u32,
    },
    /// The required headphone check was not passed.
    HeadphonesFailed,
    /// What to do.
    Instructions,
    /// A song and the question.
    Trial(PlannedTrial),
    /// The second question about the same song.
    Familiarity(PlannedTrial),
    /// Nothing to see: what follows the liked anchor is to be planned by [`super::plan_block`].
    Block {
        /// The anchor.
        anchor_id: TrackId,
        /// Number of the liked anchor, from 0.
        liked_number: u32,
    },
    /// A pause.
    Break,
    /// What it was about.
    Debrief(EndReason),
    /// The session is complete.
    Done(EndReason),
}

/// Why the trials ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// Enough liked anchors.
    LikedAnchors,
    /// Enough anchors.
    Anchors,
    /// The time is over.
    Minutes,
    /// No anchor is left.
    NoAnchorLeft,
    /// The participant wished it.
    Stopped,
}

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
            (_, Event::Focus { change }) => {
                self.progress.n_focus_losses += u32::from(change.is_loss());
            }
            (_, Event::Resumed) => self.progress.n_resumed += 1,
            (_, Event::LanguageChanged { .. }) => {}
            (Screen::Debrief(reason), Event::DebriefRead) => self.screen = Screen::Done(*reason),
            (screen, Event::Stopped) if screen.can_stop() => {
                self.screen = Screen::Debrief(EndReason::Stopped);
            }
            _ => return Err(self.not_now(event)),
        }
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

    fn answer(&mut self, answered: &AnsweredTrial, at_millis: u64) {
        let (trial, response) = (&answered.trial, answered.response);
        if trial.role != Role::Practice && self.design.question.familiarity {
            self.screen = Screen::Familiarity(trial.clone());
            self.waiting = Some((trial.clone(), response));
        } else {
            self.advance(trial, response, at_millis);
        }
    }

    /// Goes on from an answered trial.
    fn advance(&mut self, trial: &PlannedTrial, response: u8, at_millis: u64) {
        let liked = self.design.is_liked(response);
        self.next_number = trial.number + 1;
        self.played.insert(trial.track_id.clone());
        if trial.role != Role::Practice {
            self.progress.n_trials += 1;
            self.n_since_break += 1;
        }
        match trial.role {
            Role::Practice => {
                self.n_practice += 1;
                self.next_trial(at_millis);
            }
            Role::Anchor => {
                self.anchor_at += 1;
                self.progress.n_anchors += 1;
                if liked {
                    let liked_number = self.progress.n_liked_anchors;
                    self.progress.n_liked_anchors += 1;
                    self.screen = Screen::Block { anchor_id: trial.track_id.clone(), liked_number };
                } else {
                    self.end_block(at_millis);
                }
            }
            Role::Recommendation => {
                self.count_likes(trial, liked);
                self.block_at += 1;
                self.next_in_block(at_millis);
            }
        }
    }

    fn count_likes(&mut self, trial: &PlannedTrial, liked: bool) {
        for source in &trial.sources {
            let own = self.likes.iter_mut().find(|likes| likes.condition == source.condition);
            if let Some(likes) = own {
                likes.n_answered += 1;
                likes.n_liked += u32::from(liked);
            }
        }
    }

    /// Leaves out a trial whose clip can't be had.
    fn pass_over(&mut self, trial: &PlannedTrial, at_millis: u64) {
        self.next_number = trial.number + 1;
        match trial.role {
            Role::Practice => {
                self.n_practice += 1;
                self.next_trial(at_millis);
            }
            Role::Anchor => {
                self.anchor_at += 1;
                self.end_block(at_millis);
            }
            Role::Recommendation => {
                self.block_at += 1;
                self.next_in_block(at_millis);
            }
        }
    }

    fn next_in_block(&mut self, at_millis: u64) {
        let next = self.block.as_ref().and_then(|block| {
            let song = block.songs.get(self.block_at)?;
            Some(PlannedTrial {
                number: self.next_number,
                role: Role::Recommendation,
                anchor_number: self.progress.n_anchors - 1,
                anchor_id: block.anchor_id.clone(),
                track_id: song.track_id.clone(),
                position: self.block_at as u32 + 1,
                sources: song.sources.clone(),
            })
        });
        match next {
            Some(trial) => self.screen = Screen::Trial(trial),
            None => self.end_block(at_millis),
        }
    }

    /// An anchor and what follows it are through.
    fn end_block(&mut self, at_millis: u64) {
        self.block = None;
        self.update_share(at_millis);
        if let Some(reason) = self.stop_reason(at_millis) {
            self.screen = Screen::Debrief(reason);
            return;
        }
        match self.design.breaks {
            Some(breaks) if self.n_since_break >= breaks.every_trials => {
                self.screen = Screen::Break;
            }
            _ => self.next_trial(at_millis),
        }
    }

    /// The next practice trial or anchor.
    fn next_trial(&mut self, at_millis: u64) {
        if let Some(track_id) = self.plan.practice.get(self.n_practice as usize) {
            self.screen =
                Screen::Trial(self.first_heard(Role::Practice, self.n_practice, track_id));
            return;
        }
        self.began_at_millis.get_or_insert(at_millis);
        while let Some(track_id) = self.plan.anchors.get(self.anchor_at) {
            if self.may_be_heard(track_id) {
                let number = self.progress.n_anchors;
                self.screen = Screen::Trial(self.first_heard(Role::Anchor, number, track_id));
                return;
            }
            self.anchor_at += 1;
        }
        self.screen = Screen::Debrief(EndReason::NoAnchorLeft);
    }

    fn first_heard(&self, role: Role, anchor_number: u32, track_id: &TrackId) -> PlannedTrial {
        PlannedTrial {
            number: self.next_number,
            role,
            anchor_number,
            anchor_id: track_id.clone(),
            track_id: track_id.clone(),
            position: 0,
            sources: Vec::new(),
        }
    }

    fn may_be_heard(&self, track_id: &TrackId) -> bool {
        self.design.repeat_songs || !self.played.contains(track_id)
    }

    fn elapsed_millis(&self, at_millis: u64) -> u64 {
        self.began_at_millis.map_or(0, |began| at_millis.saturating_sub(began))
    }

    fn stop_reason(&self, at_millis: u64) -> Option<EndReason> {
        let stop = self.design.stop;
        let reached = |limit: Option<u32>, n: u64| limit.is_some_and(|limit| n >= u64::from(limit));
        let n_liked = u64::from(self.progress.n_liked_anchors);
        let rules = [
            (reached(stop.liked_anchors, n_liked), EndReason::LikedAnchors),
            (reached(stop.anchors, u64::from(self.progress.n_anchors)), EndReason::Anchors),
            (reached(stop.minutes, self.elapsed_millis(at_millis) / 60_000), EndReason::Minutes),
        ];
        rules.into_iter().find(|(reached, _)| *reached).map(|(_, reason)| reason)
    }

    fn update_share(&mut self, at_millis: u64) {
        let stop = self.design.stop;
        let share = |limit: Option<u32>, n: f64| limit.map_or(0.0, |limit| n / f64::from(limit));
        let elapsed_minutes = self.elapsed_millis(at_millis) as f64 / 60_000.0;
        let shares = [
            share(stop.liked_anchors, f64::from(self.progress.n_liked_anchors)),
            share(stop.anchors, f64::from(self.progress.n_anchors)),
            share(stop.minutes, elapsed_minutes),
            self.anchor_at as f64 / self.plan.anchors.len() as f64,
        ];
        self.progress.share = shares.into_iter().fold(0.0, f64::max).min(1.0);
    }
}

impl Screen {
    /// Whether the participant can end the session from here and still be told what it was about.
    pub fn can_stop(&self) -> bool {
        matches!(
            self,
            Self::Trial(_)
                | Self::Familiarity(_)
                | Self::Break
                | Self::Instructions
                | Self::Block { .. }
        )
    }

    /// A name for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Consent => "consent",
            Self::Refused => "refused",
            Self::SoundCheck => "sound check",
            Self::HeadphoneCheck { .. } => "headphone check",
            Self::HeadphonesFailed => "headphones failed",
            Self::Instructions => "instructions",
            Self::Trial(_) => "trial",
            Self::Familiarity(_) => "familiarity",
            Self::Block { .. } => "block",
            Self::Break => "pause",
            Self::Debrief(_) => "debrief",
            Self::Done(_) => "done",
        }
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
