//! The event store in a real browser.

use super::indexed_db::IndexedDbStore;
use super::*;
use crate::platform::page::{property, window};
use crate::platform::random::random_id;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

async fn fresh() -> (EventStore, String) {
    let name = format!("test-{}", random_id());
    (EventStore::IndexedDb(IndexedDbStore::open(&name).await.unwrap()), name)
}

async fn again(name: &str) -> EventStore {
    EventStore::IndexedDb(IndexedDbStore::open(name).await.unwrap())
}

/// Stores one row.
async fn append(
    store: &EventStore,
    (session_id, sequence): (&str, u64),
    row: &str,
    head: &str,
) -> Result<(), StorageError> {
    store.append(session_id, &[(sequence, row.to_owned())], head).await
}

#[wasm_bindgen_test]
async fn rows_come_back_in_order_through_a_new_connection() {
    let (store, name) = fresh().await;
    for sequence in [0_u64, 1, 2, 10, 9, 100] {
        let row = format!("{{\"n\":{sequence},\"text\":\"é\u{1f3b5}\"}}");
        append(&store, ("a", sequence), &row, &format!("head {sequence}")).await.unwrap();
    }
    append(&store, ("a2", 0), "of another", "head of another").await.unwrap();
    drop(store);

    let store = again(&name).await;
    let numbers = [0, 1, 2, 9, 10, 100];
    let expected = numbers.map(|n| format!("{{\"n\":{n},\"text\":\"é\u{1f3b5}\"}}"));
    assert_eq!(store.events("a").await.unwrap(), expected);
    assert_eq!(store.events("nobody").await.unwrap(), [""; 0]);
    let heads = [("a", "head 100"), ("a2", "head of another")];
    let heads = heads.map(|(id, head)| (id.to_owned(), head.to_owned()));
    assert_eq!(store.heads().await.unwrap(), heads);
    assert_eq!(store.mode(), StorageMode::IndexedDb);
}

#[wasm_bindgen_test]
async fn a_row_is_never_overwritten_and_its_head_stays() {
    let (store, _) = fresh().await;
    append(&store, ("a", 0), "first", "head 0").await.unwrap();
    let error = append(&store, ("a", 0), "forged", "forged head").await.unwrap_err();
    assert_eq!(error, StorageError::Exists { session_id: "a".into(), sequence: 0 });
    assert_eq!(store.events("a").await.unwrap(), ["first"]);
    assert_eq!(store.heads().await.unwrap(), [("a".to_owned(), "head 0".to_owned())]);
    store.put_head("a", "sent").await.unwrap();
    assert_eq!(store.heads().await.unwrap(), [("a".to_owned(), "sent".to_owned())]);
}

#[wasm_bindgen_test]
async fn several_rows_are_stored_together_or_not_at_all() {
    let (store, _) = fresh().await;
    let row = |sequence: u64| (sequence, format!("row {sequence}"));
    store.append("a", &[row(0), row(1), row(2)], "head 2").await.unwrap();
    assert_eq!(store.events("a").await.unwrap(), ["row 0", "row 1", "row 2"]);
    let error = store.append("a", &[row(3), row(2)], "forged head").await.unwrap_err();
    assert!(matches!(error, StorageError::Exists { .. }), "{error}");
    assert_eq!(store.events("a").await.unwrap().len(), 3, "the new one was taken back");
    assert_eq!(store.heads().await.unwrap(), [("a".to_owned(), "head 2".to_owned())]);
}

#[wasm_bindgen_test]
async fn deleting_leaves_nothing_of_that_session_and_all_of_others() {
    let (store, _) = fresh().await;
    for session in ["a", "aa", "b"] {
        for sequence in 0..20 {
            append(&store, (session, sequence), session, session).await.unwrap();
        }
    }
    assert_eq!(store.delete_session("a").await.unwrap(), 0);
    assert_eq!(store.events("a").await.unwrap().len(), 0);
    assert_eq!(store.events("aa").await.unwrap().len(), 20);
    assert_eq!(store.events("b").await.unwrap().len(), 20);
    let ids: Vec<String> = store.heads().await.unwrap().into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["aa", "b"]);
}

#[wasm_bindgen_test]
async fn a_connection_closed_by_the_browser_is_opened_again() {
    let (store, _) = fresh().await;
    append(&store, ("a", 0), "before", "head").await.unwrap();
    let EventStore::IndexedDb(database) = &store else { unreachable!() };
    database.close();
    append(&store, ("a", 1), "after", "head").await.unwrap();
    assert_eq!(store.events("a").await.unwrap(), ["before", "after"]);
}

#[wasm_bindgen_test]
async fn a_probe_leaves_no_session_behind() {
    let (store, _) = fresh().await;
    store.probe().await.unwrap();
    store.probe().await.unwrap();
    assert_eq!(store.heads().await.unwrap(), []);
    EventStore::in_memory().probe().await.unwrap();
}

/// Every transaction that the page begins, as `mode durability`, until it is dropped.
struct Spy {
    prototype: JsValue,
    original: JsValue,
    seen: js_sys::Array,
}

impl Spy {
    fn new() -> Self {
        let class = property(&window(), "IDBDatabase").unwrap();
        let prototype = property(&class, "prototype").unwrap();
        let original = property(&prototype, "transaction").unwrap();
        let seen = js_sys::Array::new();
        let make = js_sys::Function::new_with_args(
            "original, seen",
            "return function (...all) { const made = original.apply(this, all); \
             seen.push(made.mode + ' ' + made.durability); return made; }",
        );
        let spy = make.call2(&JsValue::NULL, &original, &seen).unwrap();
        js_sys::Reflect::set(&prototype, &"transaction".into(), &spy).unwrap();
        Self { prototype, original, seen }
    }
}

impl Drop for Spy {
    fn drop(&mut self) {
        js_sys::Reflect::set(&self.prototype, &"transaction".into(), &self.original).unwrap();
    }
}

#[wasm_bindgen_test]
async fn a_row_is_one_transaction_that_is_strict_about_the_disk() {
    let (store, _) = fresh().await;
    let spy = Spy::new();
    append(&store, ("a", 0), "row", "head").await.unwrap();
    let seen: Vec<_> = spy.seen.iter().map(|entry| entry.as_string().unwrap()).collect();
    assert_eq!(seen, ["readwrite strict"]);
}

#[wasm_bindgen_test]
async fn a_full_storage_is_told_and_changes_nothing() {
    let (store, _) = fresh().await;
    append(&store, ("a", 0), "row", "head").await.unwrap();
    let class = property(&window(), "IDBObjectStore").unwrap();
    let prototype = property(&class, "prototype").unwrap();
    let original = property(&prototype, "put").unwrap();
    let full = js_sys::Function::new_no_args("throw new DOMException('', 'QuotaExceededError')");
    js_sys::Reflect::set(&prototype, &"put".into(), full.unchecked_ref()).unwrap();
    let appended = append(&store, ("a", 1), "row", "head").await;
    let probed = store.probe().await;
    js_sys::Reflect::set(&prototype, &"put".into(), &original).unwrap();
    assert_eq!(appended, Err(StorageError::QuotaExceeded));
    assert_eq!(probed, Err(StorageError::QuotaExceeded));
    // The row went in before the head failed, and was taken back with it.
    assert_eq!(store.events("a").await.unwrap(), ["row"]);
    append(&store, ("a", 1), "row 1", "head").await.unwrap();
}

#[wasm_bindgen_test]
async fn the_browser_answers_about_persistence_and_room() {
    assert_ne!(persist().await, Persistence::Unsupported);
    let estimate = estimate().await.unwrap();
    assert!(estimate.quota_bytes > estimate.usage_bytes, "{estimate:?}");
}
