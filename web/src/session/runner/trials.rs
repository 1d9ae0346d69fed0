//! Trials: the clip is fetched, played and asked about.

use super::fault::Failures;
use super::{Command, Runner};
use crate::platform::audio::{AudioError, Clip};
use crate::platform::clips::ClipError;
use crate::platform::clock::sleep;
use crate::platform::connection::is_online;
use crate::session::playback::PlayRule;
use crate::session::view::{ClipPhase, GivenBy, PageScreen};
use leptos::task::spawn_local;
use shared::study::{
    AnsweredTrial, Event, FailedClip, PlannedTrial, Role, Screen, Slip, plan_block,
};
use std::rc::Rc;

/// How many clips are fetched ahead: what follows an anchor, and the next one.
const N_AHEAD: usize = 6;
/// How often it is looked whether the connection is back.
const ONLINE_MILLIS: u32 = 500;
/// How long a server that does not answer is left alone; twice as long each further time.
const FIRST_PAUSE_MILLIS: u32 = 1_000;
/// But never longer than this: a song shall sound soon after the server is back.
const LONGEST_PAUSE_MILLIS: u32 = 15_000;

impl Runner {
    /// Begins a trial: its clip, and those that may follow.
    pub(super) fn present(self: &Rc<Self>, trial: &PlannedTrial) {
        let generation = self.playback.clear(self.material.design.answer.replays);
        if self.simulation.is_some() {
            return;
        }
        let (player, wanting) = (Rc::clone(self), Rc::clone(self));
        let (trial, wanted) = (trial.clone(), trial.clone());
        // A clip that is there sounds before it is thought about those that may follow.
        spawn_local(async move { player.play_trial(trial, generation).await });
        spawn_local(async move { wanting.want(&wanted) });
    }

    /// The stimuli that will be heard next, nearest first: what would follow a liked anchor too.
    pub(super) fn upcoming(&self, trial: &PlannedTrial) -> Vec<String> {
        let Some(keeper) = self.keeper() else { return Vec::new() };
        let state = keeper.state();
        let mut songs = vec![trial.track_id.clone()];
        if let (Role::Anchor, Some(next_tracks)) = (trial.role, self.next_tracks.borrow().as_ref())
        {
            let mut played = state.played().clone();
            played.insert(trial.track_id.clone());
            let anchor = (&trial.track_id, state.progress().n_liked_anchors);
            let block = plan_block((state.design(), state.plan()), next_tracks, anchor, &played);
            songs.extend(block.songs.into_iter().map(|song| song.track_id));
        }
        for track_id in state.upcoming(N_AHEAD) {
            if !songs.contains(&track_id) {
                songs.push(track_id);
            }
        }
        songs.truncate(N_AHEAD);
        songs.iter().filter_map(|track_id| self.material.stimulus_address(track_id)).collect()
    }

    /// Has the clips that come next fetched, once there is sound to decode them for.
    fn want(&self, trial: &PlannedTrial) {
        if let Some(loader) = self.loader.borrow().as_ref() {
            loader.want(&self.upcoming(trial));
        }
    }

    async fn play_trial(self: Rc<Self>, trial: PlannedTrial, generation: u64) {
        let clip = match self.clip(&trial, generation).await {
            Ok(Some(clip)) => clip,
            Ok(None) => return,
            Err(reason) => return self.give_up(trial, reason),
        };
        match self.playback.play((&clip, self.play_rule()), generation).await {
            Ok(()) => {}
            Err(AudioError::Blocked { .. }) => {
                self.playback.show(|view| view.phase = ClipPhase::Locked);
            }
            Err(_) => self.give_up(trial, "audio"),
        }
    }

    fn play_rule(&self) -> PlayRule {
        let design = &self.material.design;
        PlayRule {
            seconds: design.clip.seconds,
            fade_millis: design.clip.fade_millis,
            answer_from_secs: design.answer.from_secs,
        }
    }

    /// The clip of a song; waits for connection and server where they are away, as long as that takes:
    /// a song is left out for a fault of its own file alone, be it that others come and it does not. `None` where another trial has begun
    /// meanwhile; `Err` with the reason where it can't be had.
    async fn clip(
        &self,
        trial: &PlannedTrial,
        generation: u64,
    ) -> Result<Option<Rc<Clip>>, &'static str> {
        let address = self.material.stimulus_address(&trial.track_id).ok_or("missing")?;
        // Decoding needs the sound that a press unlocks.
        let Some(loader) = self.loader.borrow().clone() else {
            self.playback.show(|view| view.phase = ClipPhase::Locked);
            return Ok(None);
        };
        let mut failures = Failures::default();
        loop {
            let outcome = loader.get(&address).await;
            if !self.playback.is_current(generation) {
                return Ok(None);
            }
            let error = match outcome {
                Ok(clip) => return Ok(Some(clip)),
                Err(error) if error.is_away() || !is_online() => error,
                Err(error) => return Err(error.name()),
            };
            let n_failed = failures.n();
            let is_own = self.is_own_fault(&error, (trial, &address), &mut failures).await;
            if !self.playback.is_current(generation) {
                return Ok(None);
            }
            if is_own {
                return Err(error.name());
            }
            self.wait_for_clip(&error, (n_failed, generation)).await;
        }
    }

    /// Waits until another try makes sense; the page says what for.
    async fn wait_for_clip(&self, error: &ClipError, (n_failed, generation): (u32, u64)) {
        if matches!(error, ClipError::Offline { .. }) || !is_online() {
            self.wait_until_online(generation).await;
        } else {
            self.playback.show(|view| view.phase = ClipPhase::Unreachable);
            sleep(pause_millis(n_failed)).await;
        }
    }

    async fn wait_until_online(&self, generation: u64) {
        self.playback.show(|view| view.phase = ClipPhase::Offline);
        sleep(ONLINE_MILLIS).await;
        while self.playback.is_current(generation) && !is_online() {
            sleep(ONLINE_MILLIS).await;
        }
        if self.playback.is_current(generation) {
            self.playback.show(|view| view.phase = ClipPhase::Loading);
        }
    }

    /// Leaves a trial out; the session goes on.
    fn give_up(self: &Rc<Self>, trial: PlannedTrial, reason: &'static str) {
        let failed = FailedClip { trial, reason: reason.to_owned() };
        self.push(Command::ClipFailed(Box::new(failed)));
    }

    pub(super) async fn clip_failed(self: &Rc<Self>, failed: FailedClip) {
        self.record(Event::ClipFailed(Box::new(failed))).await;
    }

    /// The trial on the screen.
    pub(super) fn trial(&self) -> Option<PlannedTrial> {
        match self.keeper()?.state().screen() {
            Screen::Trial(trial) => Some(trial.clone()),
            _ => None,
        }
    }

    /// Takes the answer, if one is taken now; the clip ends.
    pub(super) async fn answer(self: &Rc<Self>, answer: (u8, GivenBy), at_millis: f64) {
        let Some(trial) = self.trial() else { return };
        // While something waits to be stored nothing more can be: the clip is left as it is.
        if !self.playback.shown().can_answer || self.has_pending() {
            return;
        }
        let Some(listened) = self.playback.listened(at_millis) else { return };
        self.playback.silence();
        self.playback.show(|view| {
            view.phase = ClipPhase::Saving;
            view.can_answer = false;
        });
        let (response, given_by) = answer;
        self.record(Event::TrialAnswered(Box::new(AnsweredTrial {
            trial,
            response,
            rt_millis: listened.rt_millis,
            clip_started_at_millis: listened.started_at_millis,
            listened_millis: listened.listened_millis,
            clip_millis: listened.clip_millis,
            given_by: given_by.name().to_owned(),
            audio: listened.audio,
        })))
        .await;
    }

    pub(super) async fn familiar(self: &Rc<Self>, familiar: bool, at_millis: f64) {
        let Some(PageScreen::Study(Screen::Familiarity(trial))) = self.shown() else { return };
        let rt_millis = (at_millis - self.asked_at_millis.get()).round().max(0.0) as u64;
        let trial = trial.number;
        self.record(Event::FamiliarityAnswered { trial, familiar, rt_millis }).await;
    }

    /// Plays the clip again, as often as the design allows.
    pub(super) async fn replay(self: &Rc<Self>) {
        let Some(trial) = self.trial() else { return };
        let shown = self.playback.shown();
        let is_heard = matches!(shown.phase, ClipPhase::Playing | ClipPhase::Answer);
        if shown.n_replays_left == 0 || !is_heard || self.has_pending() {
            return;
        }
        self.playback.silence();
        self.playback.show(|view| view.n_replays_left -= 1);
        let generation = self.playback.generation();
        self.record(Event::Replayed { trial: trial.number }).await;
        let runner = Rc::clone(self);
        spawn_local(async move { runner.play_trial(trial, generation).await });
    }

    pub(super) async fn slip(self: &Rc<Self>, key: String, at_millis: f64) {
        let Some(trial) = self.trial() else { return };
        let rt_millis = self.playback.listened(at_millis).map(|listened| listened.rt_millis);
        self.record(Event::Slip(Slip { trial: trial.number, key, rt_millis })).await;
    }

    /// The press that lets sound play; the trial goes on.
    pub(super) async fn unlock(self: &Rc<Self>) {
        if self.take_sound().await.is_err() {
            return;
        }
        let Some(trial) = self.trial() else { return };
        self.want(&trial);
        match self.playback.shown().phase {
            ClipPhase::Locked => {
                self.playback.show(|view| view.phase = ClipPhase::Loading);
                let (runner, generation) = (Rc::clone(self), self.playback.generation());
                spawn_local(async move { runner.play_trial(trial, generation).await });
            }
            ClipPhase::Interrupted => self.hear_anew(&trial).await,
            _ => {}
        }
    }

    /// Begins a trial anew whose sound the device took away, as after a reload.
    async fn hear_anew(self: &Rc<Self>, trial: &PlannedTrial) {
        self.record(Event::Resumed).await;
        if !self.has_pending() {
            self.present(trial);
        }
    }

    /// Goes on with a trial that stood still, once is stored what could not be.
    pub(super) fn take_up(self: &Rc<Self>, before: &Screen) {
        if let Screen::Trial(trial) = before
            && self.trial().as_ref() == Some(trial)
            && self.stands_still()
        {
            self.present(trial);
        }
    }

    /// Whether the clip of the present trial has ended without a way on.
    fn stands_still(&self) -> bool {
        match self.playback.shown().phase {
            ClipPhase::Saving => true,
            ClipPhase::Interrupted => self.keeper().is_some_and(|keeper| {
                keeper.log().rows().last().is_some_and(|row| row.event == Event::Resumed)
            }),
            _ => false,
        }
    }

    fn has_pending(&self) -> bool {
        self.keeper().is_some_and(|keeper| keeper.has_pending())
    }
}

/// How long to leave the server alone after so many failures before this one.
fn pause_millis(n_failed: u32) -> u32 {
    let factor = 2_u32.saturating_pow(n_failed);
    FIRST_PAUSE_MILLIS.saturating_mul(factor).min(LONGEST_PAUSE_MILLIS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_server_is_asked_ever_more_rarely_but_never_given_up() {
        assert_eq!([0, 1, 2, 3].map(pause_millis), [1_000, 2_000, 4_000, 8_000]);
        assert_eq!([4, 30, 1_000].map(pause_millis), [15_000; 3]);
    }
}
