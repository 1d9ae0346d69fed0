//! Answers on their way: unseen at the debrief already, and all of them at the end.

use super::Runner;
use crate::platform::clock::{sleep, within};
use crate::platform::latch::Latch;
use crate::platform::page;
use crate::session::keeper::Keeper;
use crate::session::outbox;
use crate::session::view::Sending;
use crate::wording::chain;
use futures_util::future::{AbortHandle, Either, abortable, select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::study::Send;
use std::pin::pin;
use std::rc::Rc;

/// How long the way back to a recruitment service waits for answers that are being sent.
const LINK_MILLIS: u32 = 60_000;
/// How long it waits for JATOS to take note of the end.
const END_MILLIS: u32 = 10_000;

/// What is sent at the debrief; it ends when this is dropped.
pub(super) struct Early {
    handle: AbortHandle,
    ended: Latch<()>,
}

impl Early {
    /// Whether it is on its way.
    pub(super) fn is_under_way(&self) -> bool {
        self.ended.get().is_none()
    }
}

impl Drop for Early {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

impl Runner {
    /// Sends what was answered as soon as the debrief is there: whoever leaves at it has taken part. The
    /// participant sees nothing of it, and the end sends all of it, so that nothing is noted or said here.
    pub(super) fn send_early(self: &Rc<Self>) {
        let send = self.material.design.data.send.clone().filter(outbox::takes_again);
        let (Some(keeper), Some(send)) = (self.keeper(), send) else { return };
        // A simulated participant reads no debrief, and is at the end before anything could arrive.
        if self.simulation.is_some() || self.early.borrow().is_some() {
            return;
        }
        let log = keeper.log().clone();
        let (sent, handle) = abortable(async move { outbox::send(&send, &log).await });
        let ended = Latch::new();
        *self.early.borrow_mut() = Some(Early { handle, ended: ended.clone() });
        spawn_local(async move {
            let _outcome = sent.await;
            ended.set(());
        });
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
        let (runner, early) = (Rc::clone(self), self.early.take());
        let (delivery, handle) = abortable(async move {
            let outcome = runner.deliver(&keeper, early).await;
            let has_arrived = outcome == Sending::Done;
            runner.signals.sending.set(outcome);
            runner.offer_link(&keeper);
            if has_arrived {
                runner.end_without_link().await;
            }
        });
        *self.delivery.borrow_mut() = Some(handle);
        spawn_local(async move {
            let _withdrawn = delivery.await;
        });
    }

    /// How the sending ends. Where that takes long the way back is offered before.
    async fn deliver(&self, keeper: &Keeper, early: Option<Early>) -> Sending {
        let Some(send) = &self.material.design.data.send else { return Sending::Nowhere };
        let log = keeper.log().clone();
        let sent = pin!(async move {
            match early {
                // JATOS goes on with a request whatever becomes of it here, and may drop another one
                // meanwhile.
                Some(early) if *send == Send::Jatos => early.ended.wait().await,
                early => drop(early),
            }
            outbox::send(send, &log).await
        });
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
    pub(super) fn offer_link(&self, keeper: &Keeper) {
        let code = keeper.log().last_hash().to_owned();
        let parameters: Vec<(&str, &str)> = self.parameters.others().collect();
        let link = self.material.design.completion.link.as_deref();
        let link = link.map(|link| outbox::completion_link(link, &code, &parameters));
        if self.signals.completion_link.get_untracked() != link {
            self.signals.completion_link.set(link);
        }
    }

    /// Where no link leads on, a run at JATOS ends once the answers have arrived.
    pub(super) async fn end_without_link(&self) {
        if self.sends_to_jatos() && self.material.design.completion.link.is_none() {
            // The answers are there; a run that stays open is told by JATOS.
            let _left_open = outbox::end_at_jatos(None).await;
        }
    }

    /// Ends the run at JATOS and goes the way back. The answers have arrived, so that it is gone also
    /// where JATOS does not take note of the end.
    pub(super) fn leave_by_jatos(self: &Rc<Self>) {
        let Some(link) = self.signals.completion_link.get_untracked() else { return };
        if self.is_leaving.replace(true) {
            return;
        }
        let runner = Rc::clone(self);
        spawn_local(async move {
            let ended = within(END_MILLIS, outbox::end_at_jatos(Some(&link))).await;
            if !matches!(ended, Some(Ok(()))) {
                // Where the browser does not leave, the link still stands there.
                let _stayed = page::window().location().assign(&link);
            }
            runner.is_leaving.set(false);
        });
    }

    /// Tells JATOS of a withdrawal, which deletes the results there. The device is wiped whatever comes of
    /// it, and the page has said how to have deleted what was sent.
    pub(super) fn abort_at_jatos(&self) {
        if self.sends_to_jatos() {
            spawn_local(async move {
                let _not_deleted = outbox::abort_at_jatos().await;
            });
        }
    }

    fn sends_to_jatos(&self) -> bool {
        self.material.design.data.send == Some(Send::Jatos)
    }
}
