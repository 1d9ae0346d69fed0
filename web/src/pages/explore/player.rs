//! Plays what can be heard of a song; one at a time.

use crate::platform::audio::{AudioEngine, PlayOptions};
use crate::platform::clock::sleep;
use crate::platform::fetch;
use crate::wording::chain;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::catalog::TrackId;
use std::cell::RefCell;
use std::rc::Rc;

/// How often the page looks how far it is.
const LOOK_MILLIS: u32 = 40;
/// Longer than any stimulus.
const WHOLE_SECS: f64 = 3_600.0;

/// What is heard.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Heard {
    pub(super) track_id: TrackId,
    /// 0 to 1.
    pub(super) share: f64,
}

/// The player; its copies are the same one.
#[derive(Clone, Copy)]
pub(super) struct Player {
    engine: StoredValue<Rc<RefCell<Option<Rc<AudioEngine>>>>, LocalStorage>,
    heard: RwSignal<Option<Heard>>,
    failure: RwSignal<Option<String>>,
    /// Rises with each press, so that an older one knows that it is over.
    turn: RwSignal<u64>,
}

impl Player {
    pub(super) fn new() -> Self {
        Self {
            engine: StoredValue::new_local(Rc::new(RefCell::new(None))),
            heard: RwSignal::new(None),
            failure: RwSignal::new(None),
            turn: RwSignal::new(0),
        }
    }

    /// How far a song is, where it is heard.
    pub(super) fn share(self, track_id: &TrackId) -> Option<f64> {
        self.heard.with(|heard| {
            heard.as_ref().filter(|heard| heard.track_id == *track_id).map(|heard| heard.share)
        })
    }

    /// Why nothing can be heard.
    pub(super) fn failure(self) -> Option<String> {
        self.failure.get()
    }

    /// Plays a song, or stops it where it is heard. To be called within the press, so that the browser
    /// lets sound begin.
    pub(super) fn turn(self, track_id: TrackId, address: String) {
        let was_heard = self.share_untracked(&track_id);
        let turn = self.turn.get_untracked() + 1;
        self.turn.set(turn);
        self.heard.set(None);
        if was_heard {
            return;
        }
        self.failure.set(None);
        self.heard.set(Some(Heard { track_id: track_id.clone(), share: 0.0 }));
        let unlocking =
            self.engine.with_value(|engine| engine.borrow().is_none()).then(AudioEngine::unlock);
        spawn_local(async move {
            let engine = match unlocking {
                Some(unlocking) => match unlocking.await {
                    Ok(engine) => {
                        let engine = Rc::new(engine);
                        self.engine.with_value(|own| *own.borrow_mut() = Some(Rc::clone(&engine)));
                        Some(engine)
                    }
                    Err(error) => return self.fail(turn, chain(&error)),
                },
                None => self.engine.with_value(|engine| engine.borrow().clone()),
            };
            if let Some(engine) = engine
                && let Err(why) = self.play(&engine, (track_id, address), turn).await
            {
                self.fail(turn, why);
            }
        });
    }

    async fn play(
        self,
        engine: &AudioEngine,
        (track_id, address): (TrackId, String),
        turn: u64,
    ) -> Result<(), String> {
        let bytes = fetch::bytes(&address).await.map_err(|error| chain(&error))?;
        let clip = engine.decode(&bytes).await.map_err(|error| chain(&error))?;
        engine.ensure_running().await.map_err(|error| chain(&error))?;
        if !self.is_at(turn) {
            return Ok(());
        }
        let options = PlayOptions::seconds(WHOLE_SECS);
        let playing = engine.play(&clip, options).map_err(|error| chain(&error))?;
        let duration_secs = clip.duration_secs();
        while self.is_at(turn) && playing.position_secs() < duration_secs {
            let share = playing.position_secs() / duration_secs;
            self.heard.set(Some(Heard { track_id: track_id.clone(), share }));
            sleep(LOOK_MILLIS).await;
        }
        if self.is_at(turn) {
            self.heard.set(None);
        }
        Ok(())
    }

    fn share_untracked(self, track_id: &TrackId) -> bool {
        self.heard.with_untracked(|heard| heard.as_ref().is_some_and(|h| h.track_id == *track_id))
    }

    /// Whether no other press came since.
    fn is_at(self, turn: u64) -> bool {
        self.turn.try_get_untracked() == Some(turn)
    }

    fn fail(self, turn: u64, why: String) {
        if self.is_at(turn) {
            self.heard.set(None);
            self.failure.set(Some(why));
        }
    }
}
