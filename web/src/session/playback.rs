//! What is heard: one clip at a time, and what the page knows of it.

use super::view::{ClipPhase, ClipView};
use crate::platform::audio::{
    AudioEngine, AudioError, Clip, PlayEnd, PlayOptions, Playing, Readiness,
};
use crate::platform::clock::{monotonic_millis, now_millis, sleep};
use leptos::prelude::*;
use shared::study::AudioPath;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// How often the page looks how far a clip is.
const LOOK_MILLIS: u32 = 40;
/// What may be missing from a clip that counts as heard to its end.
const MISSING_SECS: f64 = 0.1;

/// Plays clips and tells the page.
pub(crate) struct Playback {
    engine: RefCell<Option<Rc<AudioEngine>>>,
    view: RwSignal<ClipView>,
    current: RefCell<Option<Heard>>,
    /// Rises with each clip, so that an older one that still waits knows that it is over.
    generation: Cell<u64>,
}

/// What was heard of the present clip.
#[derive(Clone)]
struct Heard {
    playing: Rc<Playing>,
    first: Audible,
    clip_millis: u64,
    readiness: Readiness,
}

/// When a clip was first audible.
#[derive(Debug, Clone, Copy)]
struct Audible {
    monotonic_millis: f64,
    wall_millis: u64,
}

/// How a clip is played.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlayRule {
    /// Length, in seconds.
    pub(crate) seconds: f64,
    /// Fades, in milliseconds.
    pub(crate) fade_millis: u32,
    /// From when on an answer is taken, in seconds.
    pub(crate) answer_from_secs: f64,
}

/// What is known of the sound when an answer comes.
#[derive(Debug, Clone)]
pub(crate) struct Listened {
    /// Since the clip was first audible.
    pub(crate) rt_millis: u64,
    /// When that was, in milliseconds since 1970.
    pub(crate) started_at_millis: u64,
    /// How much of the last playing was heard.
    pub(crate) listened_millis: u64,
    /// Length of the clip as played.
    pub(crate) clip_millis: u64,
    /// What carried it.
    pub(crate) audio: AudioPath,
}

impl Playback {
    /// Nothing is heard yet.
    pub(crate) fn new(view: RwSignal<ClipView>) -> Self {
        let (engine, current) = (RefCell::new(None), RefCell::new(None));
        Self { engine, view, current, generation: Cell::new(0) }
    }

    /// The engine, once sound was unlocked.
    pub(crate) fn engine(&self) -> Option<Rc<AudioEngine>> {
        self.engine.borrow().clone()
    }

    /// Takes an unlocked engine.
    pub(crate) fn set_engine(&self, engine: Rc<AudioEngine>) {
        *self.engine.borrow_mut() = Some(engine);
    }

    /// Ends what is heard, with a fade, and makes ready for another clip; gives its number.
    pub(crate) fn clear(&self, n_replays: u32) -> u64 {
        self.silence();
        *self.current.borrow_mut() = None;
        let generation = self.generation.get() + 1;
        self.generation.set(generation);
        let view = ClipView { n_replays_left: n_replays, ..ClipView::default() };
        self.view.set(view);
        generation
    }

    /// The number of the present clip.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.get()
    }

    /// Whether the clip of that number is still wanted.
    pub(crate) fn is_current(&self, generation: u64) -> bool {
        self.generation.get() == generation
    }

    /// Changes what the page knows.
    pub(crate) fn show(&self, change: impl FnOnce(&mut ClipView)) {
        self.view.update(change);
    }

    /// What the page knows.
    pub(crate) fn shown(&self) -> ClipView {
        self.view.get_untracked()
    }

    /// Plays the clip to its end, unless it is stopped; the page sees how far it is.
    ///
    /// # Errors
    ///
    /// If the browser holds the sound back or refuses to play.
    pub(crate) async fn play(
        &self,
        (clip, rule): (&Clip, PlayRule),
        generation: u64,
    ) -> Result<(), AudioError> {
        let Some(engine) = self.engine() else {
            return Err(AudioError::Blocked {
                state: crate::platform::audio::ContextState::Suspended,
            });
        };
        let readiness = engine.ensure_running().await?;
        if !self.is_current(generation) {
            return Ok(());
        }
        let options = PlayOptions {
            seconds: rule.seconds,
            fade_in_millis: f64::from(rule.fade_millis),
            fade_out_millis: f64::from(rule.fade_millis),
        };
        let playing = Rc::new(engine.play(clip, options)?);
        let length_secs = clip.duration_secs().min(rule.seconds);
        self.note(&playing, (length_secs * 1_000.0).round() as u64, readiness);
        self.show(|view| {
            view.phase = ClipPhase::Playing;
            view.share = 0.0;
            view.n_plays += 1;
            view.can_answer |= rule.answer_from_secs <= 0.0;
        });
        self.follow(&playing, (length_secs, rule), generation).await;
        Ok(())
    }

    fn note(&self, playing: &Rc<Playing>, clip_millis: u64, readiness: Readiness) {
        let audible_millis = playing.audible_at_millis();
        let ahead = audible_millis - monotonic_millis();
        let wall_millis = (now_millis() as f64 + ahead).round().max(0.0) as u64;
        let mut current = self.current.borrow_mut();
        let audible = Audible { monotonic_millis: audible_millis, wall_millis };
        let first = current.as_ref().map_or(audible, |heard| heard.first);
        *current = Some(Heard { playing: Rc::clone(playing), first, clip_millis, readiness });
    }

    /// Shows how far a play is until it has ended.
    async fn follow(
        &self,
        playing: &Rc<Playing>,
        (length_secs, rule): (f64, PlayRule),
        generation: u64,
    ) {
        let ended = Rc::new(Cell::new(None::<PlayEnd>));
        let end = playing.ended();
        let note = Rc::clone(&ended);
        leptos::task::spawn_local(async move { note.set(Some(end.await)) });
        while ended.get().is_none() && self.is_current(generation) {
            let position_secs = playing.position_secs();
            self.show(|view| {
                view.share = (position_secs / length_secs).clamp(0.0, 1.0);
                view.can_answer |= position_secs >= rule.answer_from_secs;
            });
            sleep(LOOK_MILLIS).await;
        }
        let is_last = |heard: &Heard| Rc::ptr_eq(&heard.playing, playing);
        let is_last = self.current.borrow().as_ref().is_some_and(is_last);
        // Where it was answered meanwhile, the answer is being stored.
        let is_playing = self.shown().phase == ClipPhase::Playing;
        if !self.is_current(generation) || !is_last || !is_playing {
            return;
        }
        if ended.get().is_some_and(|end| is_cut_off(end, playing.position_secs(), length_secs)) {
            // It would go on where it stopped, should the sound come back.
            *self.current.borrow_mut() = None;
            self.show(|view| {
                view.phase = ClipPhase::Interrupted;
                view.share = 0.0;
                view.can_answer = false;
            });
        } else {
            self.show(|view| {
                view.phase = ClipPhase::Answer;
                view.share = 1.0;
                view.can_answer = true;
            });
        }
    }

    /// What was heard until `at_monotonic_millis`; `None` where nothing was audible yet.
    pub(crate) fn listened(&self, at_monotonic_millis: f64) -> Option<Listened> {
        let heard = self.current.borrow().clone()?;
        let rt_millis = at_monotonic_millis - heard.first.monotonic_millis;
        Some(Listened {
            rt_millis: rt_millis.round().max(0.0) as u64,
            started_at_millis: heard.first.wall_millis,
            listened_millis: heard.playing.listened_millis().round().max(0.0) as u64,
            clip_millis: heard.clip_millis,
            audio: self.audio_path(heard.readiness),
        })
    }

    /// What carries the sound now.
    pub(crate) fn audio_path(&self, readiness: Readiness) -> AudioPath {
        let Some(engine) = self.engine() else { return AudioPath::default() };
        let latency = engine.latency();
        let millis = |secs: Option<f64>| secs.map(|secs| (secs * 1e6).round() / 1e3);
        AudioPath {
            context_state: latency.state.name().to_owned(),
            sample_rate_hz: latency.sample_rate_hz,
            base_latency_millis: millis(latency.base_secs),
            output_latency_millis: millis(latency.output_secs),
            rebuilt: readiness == Readiness::Rebuilt,
        }
    }

    /// Ends what is heard, with a fade of 10 ms.
    pub(crate) fn silence(&self) {
        if let Some(heard) = self.current.borrow().as_ref() {
            heard.playing.stop();
        }
    }
}

/// Whether the device took the sound away before the clip was over. One that was heard to its end, of
/// which the page was told late, as while the browser asked something, was not cut off.
fn is_cut_off(end: PlayEnd, heard_secs: f64, length_secs: f64) -> bool {
    end == PlayEnd::Lost && heard_secs < length_secs - MISSING_SECS
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn only_sound_that_was_taken_away_before_its_end_is_cut_off() {
        assert!(is_cut_off(PlayEnd::Lost, 3.0, 10.0) && is_cut_off(PlayEnd::Lost, 0.0, 10.0));
        assert!(!is_cut_off(PlayEnd::Lost, 10.0, 10.0), "it was told late");
        assert!(!is_cut_off(PlayEnd::Finished, 10.0, 10.0));
        assert!(!is_cut_off(PlayEnd::Stopped, 3.0, 10.0), "by an answer");
    }
}
