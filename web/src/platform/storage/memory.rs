//! The event store where the browser gives none: it lasts as long as the page.

use super::{RowKey, StorageError};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Rows by session and number, heads by session.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore {
    rows: RefCell<BTreeMap<String, BTreeMap<u64, String>>>,
    heads: RefCell<BTreeMap<String, String>>,
}

impl MemoryStore {
    pub(super) fn append(
        &self,
        session_id: &str,
        rows: &[(u64, String)],
        head: &str,
    ) -> Result<(), StorageError> {
        let mut stored = self.rows.borrow_mut();
        let stored = stored.entry(session_id.to_owned()).or_default();
        if let Some((sequence, _)) = rows.iter().find(|(sequence, _)| stored.contains_key(sequence))
        {
            return Err(RowKey { session_id, sequence: *sequence }.exists());
        }
        stored.extend(rows.iter().cloned());
        self.put_head(session_id, head);
        Ok(())
    }

    pub(super) fn events(&self, session_id: &str) -> Vec<String> {
        let rows = self.rows.borrow();
        rows.get(session_id).map(|rows| rows.values().cloned().collect()).unwrap_or_default()
    }

    pub(super) fn heads(&self) -> Vec<(String, String)> {
        self.heads.borrow().iter().map(|(id, head)| (id.clone(), head.clone())).collect()
    }

    pub(super) fn put_head(&self, session_id: &str, head: &str) {
        self.heads.borrow_mut().insert(session_id.to_owned(), head.to_owned());
    }

    pub(super) fn delete_session(&self, session_id: &str) -> usize {
        self.rows.borrow_mut().remove(session_id);
        self.heads.borrow_mut().remove(session_id);
        let heads = usize::from(self.heads.borrow().contains_key(session_id));
        self.events(session_id).len() + heads
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn rows_are_kept_in_order_and_never_overwritten() {
        let store = MemoryStore::default();
        let row = |sequence: u64| (sequence, format!("row {sequence}"));
        store.append("a", &[row(0), row(10)], "first head").unwrap();
        store.append("a", &[row(9)], "head").unwrap();
        store.append("b", &[(0, "other".to_owned())], "other head").unwrap();
        let again = store.append("a", &[row(11), row(9)], "forged");
        assert_eq!(again, Err(StorageError::Exists { session_id: "a".into(), sequence: 9 }));
        assert_eq!(store.events("a"), ["row 0", "row 9", "row 10"]);
        let heads = [("a", "head"), ("b", "other head")].map(|(id, head)| (id.into(), head.into()));
        assert_eq!(store.heads(), heads);
        assert_eq!(store.delete_session("a"), 0);
        assert_eq!(store.events("a"), [""; 0]);
        assert_eq!(store.events("b"), ["other"]);
    }
}
