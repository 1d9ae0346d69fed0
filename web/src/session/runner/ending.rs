//! The end of a session: results, sending, files, withdrawal.

use super::Runner;
use crate::platform::clock::sleep;
use crate::platform::download;
use crate::session::files;
use crate::session::keeper::Keeper;
use crate::session::outbox;
use crate::session::view::{ExportFormat, PageScreen, Sending};
use crate::wording::chain;
use futures_util::future::{Either, abortable, select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::study::Event;
use std::pin::pin;
use std::rc::Rc;

/// How long the way back to a recruitment service waits for answers that are being sent.
const LINK_MILLIS: u32 = 60_000;

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
        }
        self.offer_link(&keeper);
    }

    /// Sends the data where the design says, beside the queue: who withdraws or saves a file meanwhile
    /// does not wait for it. The copy on the device stays whatever happens.
    pub(super) fn send(self: &Rc<Self>) {
        let Some(keeper) = self.keeper() else { return };
        let is_busy = self.signals.sending.get_untracked() == Sending::Busy;
        if self.material.design.data.send.is_none() || is_busy {
            return;
        }
        self.signals.sending.set(Sending::Busy);
        // Whoever followed it now would end the request.
        self.signals.completion_link.set(None);
        let runner = Rc::clone(self);
        let (delivery, handle) = abortable(async move {
            let outcome = runner.deliver(&keeper).await;
            runner.signals.sending.set(outcome);
            runner.offer_link(&keeper);
        });
        *self.delivery.borrow_mut() = Some(handle);
        spawn_local(async move {
            let _withdrawn = delivery.await;
        });
    }

    /// How the sending ends. Where that takes long the way back is offered before.
    async fn deliver(&self, keeper: &Keeper) -> Sending {
        let Some(send) = &self.material.design.data.send else { return Sending::Nowhere };
        let log = keeper.log().clone();
        let sent = pin!(outbox::send(send, &log));
        let late = pin!(sleep(LINK_MILLIS));
        let outcome = match select(sent, late).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(((), sent)) => {
                self.offer_link(keeper);
                sent.await
            }
        };
        if let Err(error) = outcome {
            return Sending::Failed(chain(&error));
        }
        match keeper.note_sent().await {
            Ok(()) => Sending::Done,
            Err(error) => Sending::Failed(chain(&error)),
        }
    }

    /// Offers the way back to the recruitment service, where the design has one.
    fn offer_link(&self, keeper: &Keeper) {
        let code = keeper.log().last_hash().to_owned();
        let parameters: Vec<(&str, &str)> = self.parameters.others().collect();
        let link = self.material.design.completion.link.as_deref();
        let link = link.map(|link| outbox::completion_link(link, &code, &parameters));
        if self.signals.completion_link.get_untracked() != link {
            self.signals.completion_link.set(link);
        }
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
        if let Some(delivery) = self.delivery.take() {
            delivery.abort();
        }
        self.playback.clear(0);
        let wiped = keeper.wipe().await;
        self.signals.sending.set(Sending::Nowhere);
        match wiped {
            Ok(n_left) => {
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
            Err(error) => self.fail(&error, true),
        }
    }

    pub(super) fn shown(&self) -> Option<PageScreen> {
        Some(self.signals.screen.get_untracked())
    }
}
