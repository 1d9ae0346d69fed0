//! Why something could not be stored or read.

use crate::platform::page::{error_name, error_text};
use wasm_bindgen::JsValue;

/// Why something could not be stored or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StorageError {
    /// The browser gives no storage: forbidden by a setting or a private window, or broken.
    #[error("this browser keeps nothing for this page ({reason}); allow it to store site data")]
    Unavailable {
        /// What the browser said.
        reason: String,
    },
    /// No room left.
    #[error("the storage of this browser is full; free some space on this device")]
    QuotaExceeded,
    /// The browser took back what was being written.
    #[error("the browser took back what was being stored ({reason})")]
    Aborted {
        /// What the browser said.
        reason: String,
    },
    /// No answer in time.
    #[error("the storage of this browser did not answer within {millis} ms")]
    TimedOut {
        /// How long it was waited for.
        millis: u32,
    },
    /// A row of this number is there already: what is stored is never overwritten.
    #[error("session '{session_id}' has a row {sequence} already")]
    Exists {
        /// The session.
        session_id: String,
        /// Number of the row.
        sequence: u64,
    },
    /// What was read is not what is ever written.
    #[error("what is stored in this browser is damaged ({what})")]
    Corrupt {
        /// What is wrong with it.
        what: String,
    },
}

impl StorageError {
    /// From the name of a `DOMException` and its message.
    pub(super) fn from_exception(name: &str, message: &str) -> Self {
        let said = || match message.is_empty() {
            true => name.to_owned(),
            false => format!("{name}: {message}"),
        };
        match name {
            "QuotaExceededError" => Self::QuotaExceeded,
            "AbortError" | "ConstraintError" | "TransactionInactiveError" => {
                Self::Aborted { reason: said() }
            }
            "DataError" | "DataCloneError" | "NotFoundError" | "NotReadableError" => {
                Self::Corrupt { what: said() }
            }
            _ => Self::Unavailable { reason: said() },
        }
    }

    /// From what JavaScript threw.
    pub(super) fn from_thrown(error: &JsValue) -> Self {
        Self::from_exception(&error_name(error), &error_text(error))
    }
}

impl From<idb::Error> for StorageError {
    fn from(error: idb::Error) -> Self {
        use idb::Error::*;
        match error {
            DomException(exception) => {
                Self::from_exception(&exception.name(), &exception.message())
            }
            AddFailed(thrown)
            | UpdateFailed(thrown)
            | DeleteFailed(thrown)
            | GetFailed(thrown)
            | GetAllFailed(thrown)
            | GetAllKeysFailed(thrown)
            | CountFailed(thrown)
            | IndexedDbOpenFailed(thrown)
            | ObjectStoreNotFound(thrown)
            | TransactionOpenFailed(thrown) => Self::from_thrown(&thrown),
            other => Self::Unavailable { reason: other.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn exceptions_are_told_apart_by_their_name() {
        let error = |name| StorageError::from_exception(name, "");
        assert_eq!(error("QuotaExceededError"), StorageError::QuotaExceeded);
        assert_eq!(error("AbortError"), StorageError::Aborted { reason: "AbortError".into() });
        assert_eq!(error("DataError"), StorageError::Corrupt { what: "DataError".into() });
        for name in ["SecurityError", "InvalidStateError", "UnknownError", "VersionError"] {
            assert_eq!(error(name), StorageError::Unavailable { reason: name.into() });
        }
        let said = StorageError::from_exception("UnknownError", "disk on fire").to_string();
        assert!(said.contains("UnknownError: disk on fire"), "{said}");
    }
}
