//! Events: stored first, shown then.

use super::Runner;
use crate::session::keeper::KeepError;
use crate::session::view::{PageScreen, Saving};
use crate::wording::chain;
use leptos::prelude::*;
use shared::study::{Event, FocusChange, Screen, plan_block};
use std::rc::Rc;

impl Runner {
    /// Stores an event; the page moves on once it is on disk (before the consent, at once). Where it
    /// can't be stored the page stays and says so. An event that can't happen now is a second press, and
    /// is left away.
    pub(super) async fn record(self: &Rc<Self>, event: Event) {
        let Some(keeper) = self.keeper() else { return };
        if keeper.has_pending() {
            return;
        }
        self.signals.saving.set(Saving::Busy);
        let before = keeper.state().screen().clone();
        let outcome = keeper.record(event, self.now_millis()).await;
        self.signals.saving.set(match &outcome {
            Ok(()) | Err(KeepError::State(_)) => Saving::Saved,
            Err(KeepError::Storage(error)) => Saving::Failed(chain(error)),
        });
        if outcome.is_ok() {
            self.move_on(&before).await;
        }
    }

    /// Stores what could not be stored.
    pub(super) async fn store_again(self: &Rc<Self>) {
        let Some(keeper) = self.keeper() else { return };
        self.signals.saving.set(Saving::Busy);
        let before = keeper.state().screen().clone();
        match keeper.store_pending().await {
            Ok(()) => {
                self.signals.saving.set(Saving::Saved);
                self.move_on(&before).await;
                self.take_up(&before);
            }
            Err(error) => self.signals.saving.set(Saving::Failed(chain(&error))),
        }
    }

    /// Shows the screen that the last event led to, where it is another one.
    async fn move_on(self: &Rc<Self>, before: &Screen) {
        let Some(keeper) = self.keeper() else { return };
        // A file that was saved before does not hold the event.
        self.is_downloaded.set(false);
        self.signals.progress.set(keeper.state().progress());
        let screen = keeper.state().screen().clone();
        if screen != *before {
            self.enter(screen).await;
        }
    }

    /// Shows the present screen as if it had just been come to.
    pub(super) async fn enter_again(self: &Rc<Self>) {
        let Some(keeper) = self.keeper() else { return };
        self.signals.progress.set(keeper.state().progress());
        let screen = keeper.state().screen().clone();
        self.enter(screen).await;
    }

    async fn enter(self: &Rc<Self>, screen: Screen) {
        if let Screen::Block { anchor_id, liked_number } = &screen {
            // Boxed, since recording enters the next screen in turn.
            return Box::pin(self.record_block(anchor_id, *liked_number)).await;
        }
        match &screen {
            Screen::Trial(trial) => self.present(trial),
            Screen::Debrief(_) => {
                self.show_likes();
                self.send_early();
            }
            Screen::Done(_) => self.complete(),
            Screen::Familiarity(_) => self.note_asked(),
            _ => {
                self.playback.clear(0);
            }
        }
        self.show(PageScreen::Study(screen.clone()));
        match screen {
            Screen::Refused => self.forget().await,
            Screen::HeadphonesFailed => self.list_kept(None).await,
            _ => {}
        }
        self.simulate();
    }

    /// Plans what follows a liked anchor, by the embeddings of the bundle, on this device.
    async fn record_block(
        self: &Rc<Self>,
        anchor_id: &shared::catalog::TrackId,
        liked_number: u32,
    ) {
        let Some(keeper) = self.keeper() else { return };
        let block = {
            let state = keeper.state();
            let next_tracks = self.next_tracks.borrow();
            let Some(next_tracks) = next_tracks.as_ref() else { return };
            let anchor = (anchor_id, liked_number);
            plan_block((state.design(), state.plan()), next_tracks, anchor, state.played())
        };
        self.record(Event::BlockPlanned(block)).await;
    }

    pub(super) async fn focus_changed(self: &Rc<Self>, change: FocusChange) {
        let is_running = self.keeper().is_some_and(|keeper| {
            !matches!(keeper.state().screen(), Screen::Welcome | Screen::Refused | Screen::Done(_))
        });
        if is_running {
            self.record(Event::Focus { change }).await;
        }
    }

    pub(super) async fn change_language(self: &Rc<Self>, language: String) {
        self.signals.language.set(language.clone());
        let is_running = self.keeper().is_some_and(|keeper| {
            !matches!(keeper.state().screen(), Screen::Refused | Screen::Done(_))
        });
        if is_running {
            self.record(Event::LanguageChanged { language }).await;
        }
    }

    pub(super) fn note_asked(&self) {
        self.asked_at_millis.set(crate::platform::clock::monotonic_millis());
    }
}
