//! The event store: what happened in each session, kept in this browser.
//!
//! A *session* has *rows*, numbered and never changed, and one *head*: a small record that says how
//! far it is and is replaced with each row. A row counts as stored only once the browser has
//! reported that the whole transaction, row and head together, is complete and written to disk.
//! Rows and heads are texts of JSON that the caller writes and reads.
//!
//! Where the browser gives no storage, [`EventStore::in_memory`] has the same methods and keeps the
//! rows until the page is left; [`EventStore::mode`] says which it is, for the screen and the data.

mod error;
mod indexed_db;
mod memory;
mod persistence;
mod transaction;

pub(crate) use error::StorageError;
pub(crate) use persistence::{Estimate, Persistence, estimate, persist};

use indexed_db::IndexedDbStore;
use memory::MemoryStore;

/// Where rows go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StorageMode {
    /// Into the browser's database: they outlive the page.
    IndexedDb,
    /// Into memory: they are lost with the page, unless downloaded or sent before.
    Memory,
}

impl StorageMode {
    /// As it stands in the data.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::IndexedDb => "indexeddb",
            Self::Memory => "memory",
        }
    }
}

/// The rows and heads of all sessions on this device.
pub(crate) enum EventStore {
    /// In the browser's database.
    IndexedDb(IndexedDbStore),
    /// In memory.
    Memory(MemoryStore),
}

impl EventStore {
    /// Opens the browser's database.
    ///
    /// # Errors
    ///
    /// If the browser forbids it, as in some private windows, or does not answer.
    pub(crate) async fn open() -> Result<Self, StorageError> {
        Ok(Self::IndexedDb(IndexedDbStore::open("segue").await?))
    }

    /// A store that lasts as long as the page.
    pub(crate) fn in_memory() -> Self {
        Self::Memory(MemoryStore::default())
    }

    /// Where rows go.
    pub(crate) fn mode(&self) -> StorageMode {
        match self {
            Self::IndexedDb(_) => StorageMode::IndexedDb,
            Self::Memory(_) => StorageMode::Memory,
        }
    }

    /// Writes, reads back and deletes a record about as large as a session: to be done before the
    /// start, so that a full or forbidden storage is known while nothing can be lost.
    ///
    /// # Errors
    ///
    /// If any of it fails.
    pub(crate) async fn probe(&self) -> Result<(), StorageError> {
        match self {
            Self::IndexedDb(store) => store.probe().await,
            Self::Memory(_) => Ok(()),
        }
    }

    /// Stores rows, each with its number, and the new head of their session in one transaction, and
    /// returns when all of them are on disk.
    ///
    /// # Errors
    ///
    /// If there is a row of such a number, or if the browser can't store them; nothing is changed then.
    pub(crate) async fn append(
        &self,
        session_id: &str,
        rows: &[(u64, String)],
        head: &str,
    ) -> Result<(), StorageError> {
        match self {
            Self::IndexedDb(store) => store.append(session_id, rows, head).await,
            Self::Memory(store) => store.append(session_id, rows, head),
        }
    }

    /// The rows of a session by number; none if there is no such session.
    ///
    /// # Errors
    ///
    /// If they can't be read.
    pub(crate) async fn events(&self, session_id: &str) -> Result<Vec<String>, StorageError> {
        match self {
            Self::IndexedDb(store) => store.events(session_id).await,
            Self::Memory(store) => Ok(store.events(session_id)),
        }
    }

    /// The id and head of every session, by id.
    ///
    /// # Errors
    ///
    /// If they can't be read.
    pub(crate) async fn heads(&self) -> Result<Vec<(String, String)>, StorageError> {
        match self {
            Self::IndexedDb(store) => store.heads().await,
            Self::Memory(store) => Ok(store.heads()),
        }
    }

    /// Replaces the head of a session, and returns when it is on disk.
    ///
    /// # Errors
    ///
    /// If the browser can't store it.
    pub(crate) async fn put_head(&self, session_id: &str, head: &str) -> Result<(), StorageError> {
        match self {
            Self::IndexedDb(store) => store.put_head(session_id, head).await,
            Self::Memory(store) => {
                store.put_head(session_id, head);
                Ok(())
            }
        }
    }

    /// Deletes the rows and the head of a session, then looks what is left of them: 0 is the proof
    /// that all is gone.
    ///
    /// # Errors
    ///
    /// If they can't be deleted or looked for.
    pub(crate) async fn delete_session(&self, session_id: &str) -> Result<usize, StorageError> {
        match self {
            Self::IndexedDb(store) => store.delete_session(session_id).await,
            Self::Memory(store) => Ok(store.delete_session(session_id)),
        }
    }
}

/// What a row is found by.
#[derive(Debug, Clone, Copy)]
struct RowKey<'a> {
    session_id: &'a str,
    sequence: u64,
}

impl RowKey<'_> {
    fn exists(self) -> StorageError {
        StorageError::Exists { session_id: self.session_id.to_owned(), sequence: self.sequence }
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
