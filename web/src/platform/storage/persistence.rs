//! Asking the browser to keep what is stored, and how much room there is.

use crate::platform::clock::within;
use crate::platform::page::{method, navigator, property};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{StorageEstimate, StorageManager};

/// How long the browser may take; some ask the participant first.
const PATIENCE_MILLIS: u32 = 3_000;

/// Whether the browser keeps what is stored until someone deletes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Persistence {
    /// It does.
    Granted,
    /// It may delete it where room is short.
    Denied,
    /// It has not said: it may be asking the participant.
    Unanswered,
    /// It can't be asked.
    Unsupported,
}

impl Persistence {
    /// As it stands in the data.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Unanswered => "unanswered",
            Self::Unsupported => "unsupported",
        }
    }
}

/// The room that the browser gives this page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    /// In use, in bytes.
    pub(crate) usage_bytes: f64,
    /// In all, in bytes.
    pub(crate) quota_bytes: f64,
}

/// Asks the browser to keep what is stored.
pub(crate) async fn persist() -> Persistence {
    let Some(storage) = manager("persist") else { return Persistence::Unsupported };
    let Ok(asked) = storage.persist() else { return Persistence::Unsupported };
    match within(PATIENCE_MILLIS, JsFuture::from(asked)).await {
        Some(Ok(granted)) if granted.is_truthy() => Persistence::Granted,
        Some(_) => Persistence::Denied,
        None => Persistence::Unanswered,
    }
}

/// How much room there is, where the browser says so.
pub(crate) async fn estimate() -> Option<Estimate> {
    let asked = manager("estimate")?.estimate().ok()?;
    let estimate = within(PATIENCE_MILLIS, JsFuture::from(asked)).await?.ok()?;
    let estimate: StorageEstimate = estimate.unchecked_into();
    Some(Estimate { usage_bytes: estimate.get_usage()?, quota_bytes: estimate.get_quota()? })
}

/// The storage manager, if it has that method; pages without https have none.
fn manager(with: &str) -> Option<StorageManager> {
    let storage = property(&navigator(), "storage")?;
    method(&storage, with)?;
    Some(storage.unchecked_into())
}
