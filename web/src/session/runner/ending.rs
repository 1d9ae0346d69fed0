//! The end of a session: results, sending, files, withdrawal.

use super::Runner;
use crate::platform::download;
use crate::session::files;
use crate::session::outbox;
use crate::session::view::{ExportFormat, PageScreen, Sending};
use crate::wording::chain;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::study::Event;
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
    pub(super) async fn complete(self: &Rc<Self>) {
        let Some(keeper) = self.keeper() else { return };
        *self.guards.borrow_mut() = None;
        self.show_likes();
        let code = keeper.log().last_hash().to_owned();
        let link = self.material.design.completion.link.as_deref();
        self.signals.completion_link.set(link.map(|link| {
            let parameters: Vec<(&str, &str)> = self.parameters.others().collect();
            outbox::completion_link(link, &code, &parameters)
        }));
        self.signals.completion_code.set(Some(code));
        if keeper.head().sent {
            self.signals.sending.set(Sending::Done);
        } else {
            let runner = Rc::clone(self);
            spawn_local(async move { runner.send().await });
        }
    }

    /// Sends the data where the design says. The copy on the device stays whatever happens.
    pub(super) async fn send(self: &Rc<Self>) {
        let (Some(keeper), Some(send)) = (self.keeper(), &self.material.design.data.send) else {
            return;
        };
        if self.signals.sending.get_untracked() == Sending::Busy {
            return;
        }
        self.signals.sending.set(Sending::Busy);
        let log = keeper.log().clone();
        let outcome = outbox::send(send, &log).await;
        self.signals.sending.set(match outcome {
            Err(error) => Sending::Failed(chain(&error)),
            Ok(()) => match keeper.note_sent().await {
                Ok(()) => Sending::Done,
                Err(error) => Sending::Failed(chain(&error)),
            },
        });
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

    /// Wipes the session from the device, and says how much of it is left.
    pub(super) async fn withdraw(self: &Rc<Self>) {
        let keeper = self.keeper().or_else(|| self.interrupted.borrow().clone());
        let Some(keeper) = keeper else { return };
        self.playback.clear(0);
        match keeper.wipe().await {
            Ok(n_left) => {
                *self.keeper.borrow_mut() = None;
                *self.interrupted.borrow_mut() = None;
                *self.guards.borrow_mut() = None;
                self.signals.completion_code.set(None);
                self.signals.completion_link.set(None);
                self.signals.likes.set(Vec::new());
                self.show(PageScreen::Withdrawn { n_left });
            }
            Err(error) => self.fail(&error, true),
        }
    }

    pub(super) fn shown(&self) -> Option<PageScreen> {
        Some(self.signals.screen.get_untracked())
    }
}
