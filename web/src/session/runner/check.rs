//! Consent and the sound check.

use super::Runner;
use crate::platform::audio::{AudioError, Clip, Readiness, buffer_from_samples};
use crate::platform::clock::sleep;
use crate::session::playback::PlayRule;
use crate::session::view::ClipPhase;
use leptos::task::spawn_local;
use shared::random::Seed;
use shared::study::{Event, HeadphoneAnswer, Screen, ToneAnswer, headphones};
use std::rc::Rc;

/// Silence between the noises of the headphone check.
const BETWEEN_NOISES_MILLIS: u32 = 500;
/// Sounds that are computed have this rate; the browser converts it to its own.
const SAMPLE_RATE_HZ: f32 = 44_100.0;
/// Nothing is asked while these sounds play, and they carry fades of their own.
const WHOLE: PlayRule =
    PlayRule { seconds: 600.0, fade_millis: 0, answer_from_secs: f64::INFINITY };

impl Runner {
    pub(super) async fn agree(self: &Rc<Self>) {
        self.record(Event::ConsentGiven).await;
    }

    pub(super) async fn refuse(self: &Rc<Self>) {
        self.record(Event::ConsentRefused).await;
    }

    /// Nothing is kept of someone who did not agree.
    pub(super) async fn forget(self: &Rc<Self>) {
        let Some(keeper) = self.keeper.borrow_mut().take() else { return };
        *self.guards.borrow_mut() = None;
        *self.unload.borrow_mut() = None;
        if let Err(error) = keeper.wipe().await {
            self.fail(&error, true);
        }
    }

    pub(super) async fn play_tone(self: &Rc<Self>) {
        let is_here = self
            .keeper()
            .is_some_and(|keeper| matches!(keeper.state().screen(), Screen::SoundCheck));
        if !is_here {
            return;
        }
        if let Err(error) = self.take_sound().await {
            return self.no_sound(&error);
        }
        let samples = headphones::test_tone(SAMPLE_RATE_HZ as u32);
        let clip = match buffer_from_samples(&[samples], SAMPLE_RATE_HZ) {
            Ok(clip) => clip,
            Err(error) => return self.no_sound(&error),
        };
        let n_plays = self.playback.shown().n_plays;
        let generation = self.playback.clear(0);
        self.playback.show(|view| view.n_plays = n_plays);
        let runner = Rc::clone(self);
        spawn_local(async move {
            if let Err(error) = runner.playback.play((&clip, WHOLE), generation).await {
                runner.no_sound(&error);
            }
        });
    }

    /// A browser that waits for a press is asked again by the next one; one without sound is told.
    fn no_sound(&self, error: &AudioError) {
        match error {
            AudioError::Blocked { .. } => {
                self.playback.show(|view| view.phase = ClipPhase::Locked);
            }
            other => self.fail(other, true),
        }
    }

    pub(super) async fn tone_heard(self: &Rc<Self>, heard: bool) {
        let n_plays = self.playback.shown().n_plays;
        let audio = self.playback.audio_path(Readiness::Running);
        self.playback.silence();
        self.record(Event::ToneAnswered(ToneAnswer { heard, n_plays, audio })).await;
    }

    /// Plays the three noises of the present trial one after the other.
    pub(super) fn play_noises(self: &Rc<Self>) {
        let Some(index) = self.headphone_index() else { return };
        let generation = self.playback.clear(0);
        let runner = Rc::clone(self);
        spawn_local(async move {
            if let Err(error) = runner.play_trial_of_noises(index, generation).await {
                runner.no_sound(&error);
            }
        });
    }

    async fn play_trial_of_noises(&self, index: u32, generation: u64) -> Result<(), AudioError> {
        let trial = headphones::huggins_trial(self.seed(), index, SAMPLE_RATE_HZ as u32);
        let clips: Vec<Clip> = trial
            .intervals
            .iter()
            .map(|stereo| {
                buffer_from_samples(&[stereo.left.clone(), stereo.right.clone()], SAMPLE_RATE_HZ)
            })
            .collect::<Result<_, _>>()?;
        for (at, clip) in clips.iter().enumerate() {
            if at > 0 {
                self.playback.show(|view| view.can_answer = false);
                sleep(BETWEEN_NOISES_MILLIS).await;
            }
            if !self.playback.is_current(generation) {
                return Ok(());
            }
            self.playback.show(|view| view.interval = Some(at as u8));
            self.playback.play((clip, WHOLE), generation).await?;
            // What is shown may be of another trial by now.
            if !self.playback.is_current(generation) {
                return Ok(());
            }
            if self.playback.shown().phase == ClipPhase::Interrupted {
                // Nothing is asked about noises that were not heard: a press plays all three anew.
                self.playback.clear(0);
                return Ok(());
            }
        }
        // Straight after the last noise: from here on it is waited for the answer.
        self.note_asked();
        self.playback.show(|view| {
            view.interval = None;
            view.phase = ClipPhase::Answer;
            view.can_answer = true;
        });
        Ok(())
    }

    pub(super) async fn choose_noise(self: &Rc<Self>, answer: u8, at_millis: f64) {
        let Some(index) = self.headphone_index() else { return };
        if !self.playback.shown().can_answer && self.simulation.is_none() {
            return;
        }
        let target = headphones::huggins_trial(self.seed(), index, SAMPLE_RATE_HZ as u32).target;
        let rt_millis = (at_millis - self.asked_at_millis.get()).round().max(0.0) as u64;
        let answer = HeadphoneAnswer { index, target, answer, rt_millis };
        self.record(Event::HeadphoneAnswered(answer)).await;
    }

    fn headphone_index(&self) -> Option<u32> {
        match self.keeper()?.state().screen() {
            Screen::HeadphoneCheck { index } => Some(*index),
            _ => None,
        }
    }

    fn seed(&self) -> Seed {
        self.keeper().map_or(Seed(0), |keeper| keeper.state().plan().seed())
    }

    pub(super) async fn begin(self: &Rc<Self>) {
        self.record(Event::Began).await;
    }
}
