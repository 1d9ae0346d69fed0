//! A design that is being worked on: kept from the researcher's page to a preview, for as long as the
//! browser's tab is open.

use super::page::window;

/// What `config` says in the address of a preview.
pub(crate) const DRAFT: &str = "draft";

const KEY: &str = "segue draft";

/// Keeps the JSON of a design.
pub(crate) fn keep(json: &[u8]) {
    if let (Ok(Some(storage)), Ok(text)) = (window().session_storage(), std::str::from_utf8(json)) {
        // A preview without a draft says that there is none.
        let _kept = storage.set_item(KEY, text);
    }
}

/// The design that was kept last.
pub(crate) fn kept() -> Option<Vec<u8>> {
    let storage = window().session_storage().ok().flatten()?;
    storage.get_item(KEY).ok().flatten().map(String::into_bytes)
}
