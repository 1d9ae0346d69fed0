//! Small things that the browser keeps from visit to visit, in its local storage: nothing that must not be lost, and nothing that
//! says anything about a person.

use super::page::window;
use web_sys::Storage;

/// Keeps a text under a name. A browser that keeps nothing goes without.
pub(crate) fn keep(name: &str, text: &str) {
    let _kept = storage().and_then(|storage| storage.set_item(name, text).ok());
}

/// The text that was kept under a name.
pub(crate) fn kept(name: &str) -> Option<String> {
    storage()?.get_item(name).ok().flatten()
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}
