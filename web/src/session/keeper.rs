//! The keeper of a session: each event is stored before the state moves on, and nothing before the
//! consent: what happened until then is stored together with it.

use super::head::SessionHead;
use crate::platform::storage::{EventStore, StorageError};
use shared::study::{Event, LogRow, SessionLog, SessionState, StateError};
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

/// Log, state and store of one session.
pub(crate) struct Keeper {
    store: Rc<EventStore>,
    log: RefCell<SessionLog>,
    state: RefCell<SessionState>,
    head: RefCell<SessionHead>,
    /// How many rows of the log are stored: none before the consent.
    n_stored: Cell<usize>,
    /// A row that could not be stored yet, and where it leads.
    pending: RefCell<Option<Step>>,
    /// Once it is wiped, or about to be, nothing is noted any more: that would bring the head back.
    is_wiped: Cell<bool>,
}

/// One row and where it leads.
#[derive(Clone)]
struct Step {
    row: LogRow,
    state: SessionState,
    head: SessionHead,
}

impl Keeper {
    /// Keeps a session from where it stands.
    pub(crate) fn new(
        store: Rc<EventStore>,
        log: SessionLog,
        state: SessionState,
        head: SessionHead,
    ) -> Self {
        let n_stored = Cell::new(log.rows().len());
        let (log, state, head) = (RefCell::new(log), RefCell::new(state), RefCell::new(head));
        let (pending, is_wiped) = (RefCell::new(None), Cell::new(false));
        Self { store, log, state, head, n_stored, pending, is_wiped }
    }

    /// The state after the last event.
    pub(crate) fn state(&self) -> Ref<'_, SessionState> {
        self.state.borrow()
    }

    /// The events.
    pub(crate) fn log(&self) -> Ref<'_, SessionLog> {
        self.log.borrow()
    }

    /// The head.
    pub(crate) fn head(&self) -> Ref<'_, SessionHead> {
        self.head.borrow()
    }

    /// Stores an event and, once it is on disk, lets the state move on.
    ///
    /// # Errors
    ///
    /// If it can't happen now, or can't be stored; in the latter case [`Self::store_pending`] tries
    /// again. The state is unchanged.
    pub(crate) async fn record(&self, event: Event, at_millis: u64) -> Result<(), KeepError> {
        let mut state = self.state.borrow().clone();
        state.apply(&event, at_millis)?;
        let head = self.head.borrow().after(at_millis, state.progress(), state.screen());
        let row = self.log.borrow().next_row(event, at_millis);
        *self.pending.borrow_mut() = Some(Step { row, state, head });
        Ok(self.store_pending().await?)
    }

    /// Whether a row waits to be stored.
    pub(crate) fn has_pending(&self) -> bool {
        self.pending.borrow().is_some()
    }

    /// Stores the row that could not be stored.
    ///
    /// # Errors
    ///
    /// If it still can't.
    pub(crate) async fn store_pending(&self) -> Result<(), StorageError> {
        let Some(step) = self.pending.borrow().clone() else { return Ok(()) };
        if step.state.screen().is_after_consent() {
            self.store_up_to(&step).await?;
        }
        self.log.borrow_mut().push(step.row);
        *self.state.borrow_mut() = step.state;
        *self.head.borrow_mut() = step.head;
        *self.pending.borrow_mut() = None;
        Ok(())
    }

    /// Stores a row, with those that waited for the consent.
    async fn store_up_to(&self, step: &Step) -> Result<(), StorageError> {
        let rows: Vec<(u64, String)> = {
            let log = self.log.borrow();
            let waiting = log.rows().iter().skip(self.n_stored.get());
            waiting.chain([&step.row]).map(|row| (row.sequence, row.to_json())).collect()
        };
        let outcome = self.store.append(&step.row.session_id, &rows, &step.head.to_json()).await;
        // An earlier try may have been written although the browser did not say so in time.
        let is_there = matches!(outcome, Err(StorageError::Exists { .. }))
            && self.are_stored(&step.row.session_id, &rows).await?;
        if !is_there {
            outcome?;
        }
        self.n_stored.set(self.n_stored.get() + rows.len());
        Ok(())
    }

    /// Whether the store holds these very rows. Their head is then there too: it was written with them.
    async fn are_stored(
        &self,
        session_id: &str,
        rows: &[(u64, String)],
    ) -> Result<bool, StorageError> {
        let stored = self.store.events(session_id).await?;
        Ok(rows.iter().all(|(sequence, row)| stored.get(*sequence as usize) == Some(row)))
    }

    /// Notes in the head that the receiver has the data.
    ///
    /// # Errors
    ///
    /// If it can't be stored; the data would be sent once more, which receivers must bear.
    pub(crate) async fn note_sent(&self) -> Result<(), StorageError> {
        let head = SessionHead { sent: true, ..self.head.borrow().clone() };
        self.put_head(head).await
    }

    /// Notes in the head that the session was left for a new one.
    ///
    /// # Errors
    ///
    /// If it can't be stored.
    pub(crate) async fn leave(&self) -> Result<(), StorageError> {
        let head = SessionHead { left: true, ..self.head.borrow().clone() };
        self.put_head(head).await
    }

    async fn put_head(&self, head: SessionHead) -> Result<(), StorageError> {
        if self.is_wiped.get() {
            return Ok(());
        }
        self.store.put_head(&head.session_id, &head.to_json()).await?;
        *self.head.borrow_mut() = head;
        Ok(())
    }

    /// Wipes the session from the device and counts what is left of it.
    ///
    /// # Errors
    ///
    /// If it can't be wiped.
    pub(crate) async fn wipe(&self) -> Result<usize, StorageError> {
        self.is_wiped.set(true);
        let session_id = self.log.borrow().session_id().to_owned();
        let wiped = self.store.delete_session(&session_id).await;
        self.is_wiped.set(wiped.is_ok());
        wiped
    }
}

/// Why an event was not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeepError {
    /// It can't happen now.
    #[error(transparent)]
    State(#[from] StateError),
    /// It can't be stored.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

#[cfg(test)]
mod tests;
