//! One transaction, which has happened only when the browser says that it is complete.

use super::StorageError;
use crate::platform::clock::within;
use crate::platform::latch::Latch;
use crate::platform::listener::Listener;
use crate::platform::page::error_name;
use idb::{ObjectStore, Transaction};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbTransaction};

/// How long the browser may take for one request or transaction.
pub(super) const PATIENCE_MILLIS: u32 = 10_000;

#[wasm_bindgen]
extern "C" {
    /// The database with the options that web-sys holds back as unstable.
    #[wasm_bindgen(extends = IdbDatabase)]
    type DatabaseWithOptions;

    #[wasm_bindgen(method, catch, js_name = transaction)]
    fn begin(
        this: &DatabaseWithOptions,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;
}

/// What a transaction may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Read.
    Read,
    /// Read and write; complete means written to disk, not only handed to the system.
    Write,
}

/// A transaction under way.
pub(super) struct Work {
    raw: IdbTransaction,
    transaction: Transaction,
    end: Latch<Result<(), StorageError>>,
    _listeners: [Listener; 2],
}

impl Work {
    /// Begins a transaction over some stores.
    ///
    /// Throws what the browser throws: the connection may have been closed behind our back.
    pub(super) fn begin(
        database: &IdbDatabase,
        stores: &[&str],
        access: Access,
    ) -> Result<Self, JsValue> {
        let raw = open(database, stores, access)?;
        let end = Latch::new();
        let completed = {
            let end = end.clone();
            Listener::on(&raw, "complete", move |_| {
                end.set(Ok(()));
            })
        };
        let aborted = {
            let (end, raw) = (end.clone(), raw.clone());
            Listener::on(&raw.clone(), "abort", move |_| {
                end.set(Err(reason(&raw)));
            })
        };
        let transaction = Transaction::from(raw.clone());
        Ok(Self { raw, transaction, end, _listeners: [completed, aborted] })
    }

    /// One of its stores.
    pub(super) fn store(&self, name: &str) -> Result<ObjectStore, StorageError> {
        Ok(self.transaction.object_store(name)?)
    }

    /// Takes everything back.
    pub(super) fn abort(&self) {
        // It can't be taken back where it has ended, which `end` knows.
        let _ended = self.raw.abort();
    }

    /// Waits until everything is written.
    ///
    /// # Errors
    ///
    /// If the browser took it back, or took too long: it is taken back then.
    pub(super) async fn complete(self) -> Result<(), StorageError> {
        if let Some(end) = within(PATIENCE_MILLIS, self.end.wait()).await {
            return end;
        }
        self.abort();
        match self.end.get() {
            Some(Ok(())) => Ok(()),
            _ => Err(StorageError::TimedOut { millis: PATIENCE_MILLIS }),
        }
    }
}

fn open(
    database: &IdbDatabase,
    stores: &[&str],
    access: Access,
) -> Result<IdbTransaction, JsValue> {
    let database: &DatabaseWithOptions = database.unchecked_ref();
    let stores: Array = stores.iter().map(|store| JsValue::from_str(store)).collect();
    let options = Object::new();
    match access {
        Access::Read => database.begin(&stores, "readonly", &options),
        Access::Write => {
            Reflect::set(&options, &"durability".into(), &"strict".into())?;
            database.begin(&stores, "readwrite", &options).or_else(|error| {
                // Only a browser that does not know the option says that; others ignore it.
                match error_name(&error) == "TypeError" {
                    true => database.begin(&stores, "readwrite", &Object::new()),
                    false => Err(error),
                }
            })
        }
    }
}

fn reason(transaction: &IdbTransaction) -> StorageError {
    match transaction.error() {
        Some(error) => StorageError::from_exception(&error.name(), &error.message()),
        None => StorageError::Aborted { reason: "without a reason".to_owned() },
    }
}
