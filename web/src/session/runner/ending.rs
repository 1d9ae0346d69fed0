//! The end of a session: results, files, withdrawal.

use super::Runner;
use crate::platform::download;
use crate::session::files;
use crate::session::keeper::Keeper;
use crate::session::view::{ExportFormat, PageScreen, Sending};
use crate::wording::chain;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::study::{Event, Screen};
use std::rc::Rc;

impl Runner {
    pub(super) async fn end_break(self: &Rc<Self>) {
        self.record(Event::BreakEnded).await;
    }

    /// Ends the trials; what was answered stays, and the participant is told what it was about.
    pub(super) async fn stop(self: &Rc<Self>) {
        self.playback.silence();
        self.record(Event::Stopped).await;
    }

    pub(super) fn show_likes(&self) {
        self.playback.clear(0);
        if let Some(keeper) = self.keeper() {
            self.signals.likes.set(keeper.state().likes().to_vec());
        }
    }

    pub(super) async fn debrief_read(self: &Rc<Self>) {
        self.record(Event::DebriefRead).await;
    }

    /// Every answer is stored: the code is known, and data go where the design says.
    pub(super) fn complete(self: &Rc<Self>) {
        let Some(keeper) = self.keeper() else { return };
        *self.guards.borrow_mut() = None;
        self.guard_unload();
        self.show_likes();
        let code = keeper.log().last_hash().to_owned();
        self.signals.completion_code.set(Some(code));
        let is_sent = keeper.head().sent;
        if self.material.design.data.send.is_some() && !is_sent {
            return self.send();
        }
        if is_sent {
            self.signals.sending.set(Sending::Done);
            // Opened once more, it may be a further run at JATOS, which has nothing to wait for.
            let runner = Rc::clone(self);
            spawn_local(async move { runner.end_without_link().await });
        }
        self.offer_link(&keeper);
    }

    /// Saves a file of all that was stored so far.
    pub(super) fn download(&self, format: ExportFormat) {
        let Some(keeper) = self.keeper().or_else(|| self.interrupted.borrow().clone()) else {
            return;
        };
        let file = files::export(&keeper.log(), self.material.study(), format);
        match download::save(&file.name, file.media_type, &file.bytes) {
            Ok(()) => self.is_downloaded.set(true),
            Err(error) => self.fail(&error, true),
        }
    }

    /// Wipes the session from the device, and says how much of it is left. What is being sent ends.
    pub(super) async fn withdraw(self: &Rc<Self>) {
        let keeper = self.keeper().or_else(|| self.interrupted.borrow().clone());
        let Some(keeper) = keeper else { return };
        drop(self.early.take());
        if let Some(delivery) = self.delivery.take() {
            delivery.abort();
        }
        self.playback.clear(0);
        match keeper.wipe().await {
            Ok(n_left) => {
                self.abort_at_jatos();
                self.signals.sending.set(Sending::Nowhere);
                // Where something is left it can be wiped once more.
                if n_left == 0 {
                    *self.keeper.borrow_mut() = None;
                    *self.interrupted.borrow_mut() = None;
                }
                *self.unload.borrow_mut() = None;
                *self.guards.borrow_mut() = None;
                self.signals.completion_code.set(None);
                self.signals.completion_link.set(None);
                self.signals.likes.set(Vec::new());
                self.show(PageScreen::Withdrawn { n_left });
            }
            Err(error) => {
                self.not_wiped(&keeper, &error);
                self.fail(&error, true);
            }
        }
    }

    /// What could not be wiped is still to be sent, and the way back is still to be gone.
    fn not_wiped(&self, keeper: &Keeper, error: &dyn std::error::Error) {
        let is_done = matches!(keeper.state().screen(), Screen::Done(_));
        let sending = if keeper.head().sent {
            Sending::Done
        } else if is_done && self.material.design.data.send.is_some() {
            Sending::Failed(format!("it was ended to delete the answers: {}", chain(error)))
        } else {
            Sending::Nowhere
        };
        self.signals.sending.set(sending);
        if is_done {
            self.offer_link(keeper);
        }
    }

    pub(super) fn shown(&self) -> Option<PageScreen> {
        Some(self.signals.screen.get_untracked())
    }
}
