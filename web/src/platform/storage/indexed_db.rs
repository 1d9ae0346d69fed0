//! The event store in the browser's own database.

use super::transaction::{Access, PATIENCE_MILLIS, Work};
use super::{RowKey, StorageError};
use crate::platform::clock::within;
use crate::platform::listener::Listener;
use crate::platform::page::error_name;
use idb::{DatabaseEvent, Factory, KeyRange, ObjectStoreParams};
use js_sys::Array;
use std::cell::RefCell;
use std::future::IntoFuture;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::IdbDatabase;

/// Raised when the stores change.
const VERSION: u32 = 1;
/// Rows by `[session, number]`.
const EVENTS: &str = "events";
/// Heads by session.
const SESSIONS: &str = "sessions";
/// What [`IndexedDbStore::probe`] writes.
const PROBE: &str = "probe";
/// About the size of a long session.
const PROBE_BYTES: usize = 256 * 1024;

/// Rows and heads in the browser's own database.
pub(crate) struct IndexedDbStore {
    name: String,
    connection: RefCell<Rc<Connection>>,
}

struct Connection {
    database: IdbDatabase,
    _on_version_change: Listener,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.database.close();
    }
}

impl IndexedDbStore {
    /// Opens the database of that name, making it where it is missing.
    pub(super) async fn open(name: &str) -> Result<Self, StorageError> {
        let connection = RefCell::new(Rc::new(connect(name).await?));
        Ok(Self { name: name.to_owned(), connection })
    }

    pub(super) async fn append(
        &self,
        session_id: &str,
        rows: &[(u64, String)],
        head: &str,
    ) -> Result<(), StorageError> {
        let key = |sequence: u64| RowKey { session_id, sequence };
        let add = |work: &Work| -> Result<(), StorageError> {
            let events = work.store(EVENTS)?;
            for (sequence, row) in rows {
                // `add`, not `put`: it fails where there is a row of this number.
                events.add(&JsValue::from_str(row), Some(&row_key(key(*sequence))))?;
            }
            work.store(SESSIONS)?.put(&head.into(), Some(&session_id.into()))?;
            Ok(())
        };
        let outcome = self.write(&[EVENTS, SESSIONS], add).await;
        match (outcome, rows) {
            // The browser does not say which of them it was.
            (Err(StorageError::Aborted { reason }), [(first, _), ..])
                if reason.starts_with("ConstraintError") =>
            {
                Err(key(*first).exists())
            }
            (outcome, _) => outcome,
        }
    }

    pub(super) async fn events(&self, session_id: &str) -> Result<Vec<String>, StorageError> {
        let work = self.begin(&[EVENTS], Access::Read).await?;
        let rows = work.store(EVENTS)?.get_all(Some(rows_of(session_id)?.into()), None)?;
        texts(answer(rows).await?)
    }

    pub(super) async fn heads(&self) -> Result<Vec<(String, String)>, StorageError> {
        let work = self.begin(&[SESSIONS], Access::Read).await?;
        let store = work.store(SESSIONS)?;
        let (ids, heads) = (store.get_all_keys(None, None)?, store.get_all(None, None)?);
        let ids = texts(answer(ids).await?)?;
        let heads = texts(answer(heads).await?)?;
        Ok(ids.into_iter().zip(heads).collect())
    }

    pub(super) async fn put_head(&self, session_id: &str, head: &str) -> Result<(), StorageError> {
        self.write(&[SESSIONS], |work| {
            work.store(SESSIONS)?.put(&head.into(), Some(&session_id.into()))?;
            Ok(())
        })
        .await
    }

    pub(super) async fn delete_session(&self, session_id: &str) -> Result<usize, StorageError> {
        let rows = rows_of(session_id)?;
        self.write(&[EVENTS, SESSIONS], |work| {
            work.store(EVENTS)?.delete(rows.clone())?;
            work.store(SESSIONS)?.delete(JsValue::from_str(session_id))?;
            Ok(())
        })
        .await?;
        let work = self.begin(&[EVENTS, SESSIONS], Access::Read).await?;
        let rows = work.store(EVENTS)?.count(Some(rows.into()))?;
        let head = work.store(SESSIONS)?.count(Some(JsValue::from_str(session_id).into()))?;
        Ok((answer(rows).await? + answer(head).await?) as usize)
    }

    pub(super) async fn probe(&self) -> Result<(), StorageError> {
        let record: JsValue = "x".repeat(PROBE_BYTES).into();
        let key: JsValue = "probe".into();
        self.write(&[PROBE], |work| {
            work.store(PROBE)?.put(&record, Some(&key))?;
            Ok(())
        })
        .await?;
        let work = self.begin(&[PROBE], Access::Read).await?;
        let found = work.store(PROBE)?.get(key.clone())?;
        if answer(found).await? != Some(record) {
            let what = "a record read back differs from what was written".to_owned();
            return Err(StorageError::Corrupt { what });
        }
        self.write(&[PROBE], |work| {
            work.store(PROBE)?.delete(key.clone())?;
            Ok(())
        })
        .await
    }

    /// One transaction that is complete, or of which nothing is left.
    async fn write(
        &self,
        stores: &[&str],
        ask: impl FnOnce(&Work) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let work = self.begin(stores, Access::Write).await?;
        if let Err(error) = ask(&work) {
            work.abort();
            return Err(error);
        }
        work.complete().await
    }

    /// Begins a transaction; connects anew where the browser has closed the connection, as some do
    /// in the background.
    async fn begin(&self, stores: &[&str], access: Access) -> Result<Work, StorageError> {
        let connection = self.connection.borrow().clone();
        match Work::begin(&connection.database, stores, access) {
            Ok(work) => Ok(work),
            Err(error) if error_name(&error) == "InvalidStateError" => {
                let connection = Rc::new(connect(&self.name).await?);
                *self.connection.borrow_mut() = connection.clone();
                Work::begin(&connection.database, stores, access)
                    .map_err(|error| StorageError::from_thrown(&error))
            }
            Err(error) => Err(StorageError::from_thrown(&error)),
        }
    }

    /// Closes the connection, as a browser may.
    #[cfg(test)]
    #[cfg(target_arch = "wasm32")]
    pub(super) fn close(&self) {
        self.connection.borrow().database.close();
    }
}

async fn connect(name: &str) -> Result<Connection, StorageError> {
    let missing = |_| StorageError::Unavailable { reason: "it has no IndexedDB".to_owned() };
    let mut request = Factory::new().map_err(missing)?.open(name, Some(VERSION))?;
    request.on_upgrade_needed(|event| {
        if let Ok(database) = event.database() {
            for store in [EVENTS, SESSIONS, PROBE] {
                // The first transaction says so where a store is missing.
                let _made = database.create_object_store(store, ObjectStoreParams::new());
            }
        }
    });
    // It never answers while another tab holds an older version.
    let database: IdbDatabase = answer(request).await?.into();
    let on_version_change = {
        let database = database.clone();
        Listener::on(&database.clone(), "versionchange", move |_| database.close())
    };
    Ok(Connection { database, _on_version_change: on_version_change })
}

/// What a request gives, if it does in time.
async fn answer<T>(
    request: impl IntoFuture<Output = Result<T, idb::Error>>,
) -> Result<T, StorageError> {
    let late = StorageError::TimedOut { millis: PATIENCE_MILLIS };
    Ok(within(PATIENCE_MILLIS, request.into_future()).await.ok_or(late)??)
}

fn row_key(key: RowKey) -> JsValue {
    Array::of2(&key.session_id.into(), &(key.sequence as f64).into()).into()
}

/// All rows of a session: in the order of keys, an array comes after every number.
fn rows_of(session_id: &str) -> Result<KeyRange, StorageError> {
    let id = JsValue::from_str(session_id);
    let (first, last) = (Array::of1(&id), Array::of2(&id, &Array::new()));
    Ok(KeyRange::bound(&first, &last, None, None)?)
}

fn texts(values: Vec<JsValue>) -> Result<Vec<String>, StorageError> {
    let text = |value: JsValue| {
        let what = || format!("a record is no text: {value:?}");
        value.as_string().ok_or_else(|| StorageError::Corrupt { what: what() })
    };
    values.into_iter().map(text).collect()
}
