//! What is kept on this device of this website's sessions: listed, saved, deleted, and removed by
//! itself once nobody needs it any more.

use super::Runner;
use crate::platform::clock::now_millis;
use crate::platform::download;
use crate::platform::session_lock::{LockOutcome, SessionLock};
use crate::platform::storage::{EventStore, StorageError};
use crate::session::files;
use crate::session::head::{SessionHead, Wanted, lock_name};
use crate::session::view::{Kept, KeptSession};
use leptos::prelude::*;
use shared::json;
use std::cmp::Reverse;
use std::rc::Rc;

impl Runner {
    /// Which sessions are this page's: what it runs, for whom, and where.
    pub(super) fn wanted(&self) -> Wanted<'_> {
        let design = &self.material.design;
        Wanted {
            site: &self.site,
            hashes: &self.material.hashes,
            mode: self.mode,
            participant: self.identity.is_named.then_some(&*self.identity.participant),
            now_millis: now_millis(),
            resume_hours: design.resume_hours,
            sends: design.data.send.is_some(),
        }
    }

    /// The heads of all sessions in this browser, after those that are over were removed.
    pub(super) async fn heads_that_stay(
        &self,
        store: &EventStore,
    ) -> Result<Vec<SessionHead>, StorageError> {
        let heads = heads(store).await?;
        let wanted = self.wanted();
        let (over, stay): (Vec<_>, Vec<_>) =
            heads.into_iter().partition(|head| head.is_over(&wanted));
        for head in over {
            // It is tried again at the next visit, and nothing else waits for it.
            if let Err(error) = store.delete_session(&head.session_id).await {
                leptos::logging::error!("an old session could not be removed: {error}");
            }
        }
        Ok(stay)
    }

    /// Shows what these heads tell.
    pub(super) fn show_kept(&self, heads: Vec<SessionHead>, n_left: Option<usize>) {
        let wanted = self.wanted();
        let listed = heads.into_iter().filter(|head| head.is_listed(&wanted));
        let mut sessions: Vec<KeptSession> = listed.map(|head| self.kept_session(head)).collect();
        sessions.sort_by_key(|session| Reverse(session.last_millis));
        self.signals.kept.set(Kept { sessions, n_left, is_open_elsewhere: false });
    }

    fn kept_session(&self, head: SessionHead) -> KeptSession {
        let is_other = head.study != self.material.hashes.study;
        KeptSession {
            other_study: is_other.then(|| head.study_name()),
            session_id: head.session_id,
            mode: head.mode,
            n_trials: head.n_trials,
            last_millis: head.last_millis,
            is_complete: head.complete,
            is_sent: head.sent,
        }
    }

    /// Looks anew at what is kept; after a deletion `n_left` says what was found of it.
    pub(super) async fn list_kept(&self, n_left: Option<usize>) {
        let Some(store) = self.store.borrow().clone() else { return };
        match heads(&store).await {
            Ok(heads) => self.show_kept(heads, n_left),
            Err(error) => self.fail(&error, true),
        }
    }

    /// Saves a kept session as a file.
    pub(super) async fn save_kept(&self, session_id: &str) {
        let Some(store) = self.store.borrow().clone() else { return };
        let rows = match store.events(session_id).await {
            Ok(rows) => rows,
            Err(error) => return self.fail(&error, true),
        };
        let file = files::kept(session_id, &rows);
        match download::save(&file.name, file.media_type, &file.bytes) {
            Ok(()) if self.is_running(session_id) => self.is_downloaded.set(true),
            Ok(()) => {}
            Err(error) => self.fail(&error, true),
        }
    }

    /// Deletes a kept session, and looks what is left of it.
    pub(super) async fn delete_kept(self: &Rc<Self>, session_id: &str) {
        if self.is_running(session_id) {
            return self.withdraw().await;
        }
        let Some(store) = self.store.borrow().clone() else { return };
        let held = match self.lock_of(&store, session_id).await {
            Ok(LockOutcome::Taken) => return self.say_open_elsewhere(),
            Ok(outcome) => outcome,
            Err(error) => return self.fail(&error, true),
        };
        let deleted = store.delete_session(session_id).await;
        drop(held);
        match deleted {
            Ok(n_left) => self.list_kept(Some(n_left)).await,
            Err(error) => self.fail(&error, true),
        }
    }

    /// The lock of a kept session: another tab that runs it would go on storing what is deleted here.
    async fn lock_of(
        &self,
        store: &EventStore,
        session_id: &str,
    ) -> Result<LockOutcome, StorageError> {
        let heads = heads(store).await?;
        let own = lock_name(&self.site, &self.material.hashes.study, self.mode);
        let head = heads.iter().find(|head| head.session_id == session_id);
        let name = head.map(|head| {
            // A head of an earlier version does not say its site.
            let site = if head.site.is_empty() { &self.site } else { &head.site };
            lock_name(site, &head.study, head.mode)
        });
        match name.filter(|name| *name != own) {
            Some(name) => Ok(SessionLock::acquire(&name).await),
            // This tab holds it already.
            None => Ok(LockOutcome::Unsupported),
        }
    }

    fn say_open_elsewhere(&self) {
        self.signals.kept.update(|kept| {
            kept.n_left = None;
            kept.is_open_elsewhere = true;
        });
    }

    /// Whether it is the session that this page runs.
    fn is_running(&self, session_id: &str) -> bool {
        self.keeper().is_some_and(|keeper| keeper.log().session_id() == session_id)
    }
}

/// The heads of all sessions in this browser; what is none is left out.
async fn heads(store: &EventStore) -> Result<Vec<SessionHead>, StorageError> {
    let heads = store.heads().await?;
    Ok(heads.iter().filter_map(|(_, head)| json::from_slice(head.as_bytes()).ok()).collect())
}
