//! From one trial to the next: what an answer leads to, and when it is enough.

use super::SessionState;
use crate::catalog::TrackId;
use crate::study::event::{AnsweredTrial, PlannedTrial, Role};
use crate::study::screen::{EndReason, Screen};

impl SessionState {
    pub(super) fn answer(&mut self, answered: &AnsweredTrial, at_millis: u64) {
        let (trial, response) = (&answered.trial, answered.response);
        if trial.role != Role::Practice && self.design.question.familiarity {
            self.screen = Screen::Familiarity(trial.clone());
            self.waiting = Some((trial.clone(), response));
        } else {
            self.advance(trial, response, at_millis);
        }
    }

    /// Goes on from an answered trial.
    pub(super) fn advance(&mut self, trial: &PlannedTrial, response: u8, at_millis: u64) {
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
    pub(super) fn pass_over(&mut self, trial: &PlannedTrial, at_millis: u64) {
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

    pub(super) fn next_in_block(&mut self, at_millis: u64) {
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
    pub(super) fn next_trial(&mut self, at_millis: u64) {
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

    pub(super) fn may_be_heard(&self, track_id: &TrackId) -> bool {
        self.design.repeat_songs || !self.played.contains(track_id)
    }

    /// Goes on after an interruption, which does not count for `stop.minutes`.
    pub(super) fn resume(&mut self, at_millis: u64) {
        self.progress.n_resumed += 1;
        if self.began_at_millis.is_some() {
            let away_millis = at_millis.saturating_sub(self.last_at_millis);
            self.away_millis = self.away_millis.saturating_add(away_millis);
        }
    }

    /// How long the session has been going on since the first trial that counts.
    fn elapsed_millis(&self, at_millis: u64) -> u64 {
        let since = self.began_at_millis.map_or(0, |began| at_millis.saturating_sub(began));
        since.saturating_sub(self.away_millis)
    }

    pub(super) fn stop_reason(&self, at_millis: u64) -> Option<EndReason> {
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
