//! What is stored when.

use super::*;
use futures_util::FutureExt;
use shared::catalog::TrackId;
use shared::random::Seed;
use shared::recommend::{NextTracks, PoolTrack};
use shared::study::{
    Environment, FocusChange, Mode, Preset, Scale, Screen, Started, StudyHashes, plan_session,
};
use std::collections::BTreeMap;
use wasm_bindgen_test::wasm_bindgen_test;

/// A session that has not begun, over nine songs.
fn keeper(store: &Rc<EventStore>) -> Keeper {
    let mut design = Preset::Default.design();
    // Songs by chance need no vectors.
    design.recommenders.clear();
    let track = |at: usize| PoolTrack {
        track_id: TrackId::from_parts(&["song", &at.to_string()]),
        artist: format!("artist {at}"),
        genre: "pop".to_owned(),
    };
    let rules = (&design.conditions()[..], design.same_artist);
    let next = NextTracks::new((0..9).map(track).collect(), rules, |_| None, Seed(1)).unwrap();
    let plan = plan_session(&design, &next, "p", Seed(1)).unwrap();
    let head = SessionHead {
        session_id: "s".to_owned(),
        site: "/".to_owned(),
        study: String::new(),
        hashes: None,
        mode: Mode::Live,
        participant: "p".to_owned(),
        last_millis: 0,
        n_trials: 0,
        complete: false,
        left: false,
        sent: false,
        resume_hours: None,
    };
    Keeper::new(Rc::clone(store), SessionLog::new("s"), SessionState::new(design, plan), head)
}

fn started() -> Event {
    Event::Started(Box::new(Started {
        session_id: "s".to_owned(),
        participant: "p".to_owned(),
        mode: Mode::Live,
        seed: 1,
        language: "en".to_owned(),
        hashes: StudyHashes {
            study_id: "test".to_owned(),
            study: String::new(),
            catalog: String::new(),
            embeddings: BTreeMap::new(),
            wasm: String::new(),
            version: String::new(),
        },
        scale: Scale::Like,
        liked_from: 1,
        parameters: vec![("PROLIFIC_PID".to_owned(), "5f".to_owned())],
        environment: Environment::default(),
        storage: "memory".to_owned(),
    }))
}

/// The store in memory answers at once.
fn record(keeper: &Keeper, event: Event, at_millis: u64) {
    keeper.record(event, at_millis).now_or_never().unwrap().unwrap();
}

fn stored(store: &EventStore) -> (Vec<String>, usize) {
    let rows = store.events("s").now_or_never().unwrap().unwrap();
    (rows, store.heads().now_or_never().unwrap().unwrap().len())
}

#[wasm_bindgen_test(unsupported = test)]
fn nothing_is_stored_before_the_consent_and_everything_from_then_on() {
    let store = Rc::new(EventStore::in_memory());
    let keeper = keeper(&store);
    record(&keeper, started(), 1);
    record(&keeper, Event::Focus { change: FocusChange::Blur }, 2);
    assert_eq!(*keeper.state().screen(), Screen::Consent);
    assert_eq!(stored(&store), (Vec::new(), 0));
    record(&keeper, Event::ConsentGiven, 3);
    assert_eq!(stored(&store).0.len(), 3);
    record(&keeper, Event::Focus { change: FocusChange::Focus }, 4);
    let (rows, n_heads) = stored(&store);
    let log = SessionLog::from_json(rows.iter().map(String::as_str)).unwrap();
    assert_eq!((&log, n_heads), (&*keeper.log(), 1));
    assert_eq!(log.rows().len(), 4);
}

#[wasm_bindgen_test(unsupported = test)]
fn of_someone_who_refuses_nothing_is_stored() {
    let store = Rc::new(EventStore::in_memory());
    let keeper = keeper(&store);
    record(&keeper, started(), 1);
    record(&keeper, Event::ConsentRefused, 2);
    assert_eq!(*keeper.state().screen(), Screen::Refused);
    assert_eq!(stored(&store), (Vec::new(), 0));
}

/// A try that was written although the browser did not say so in time.
fn written_unnoticed(store: &EventStore, keeper: &Keeper, event: Event, at_millis: u64) {
    let row = keeper.log().next_row(event, at_millis);
    let rows = [(row.sequence, row.to_json())];
    store.append("s", &rows, "head").now_or_never().unwrap().unwrap();
}

#[wasm_bindgen_test(unsupported = test)]
fn a_row_that_is_there_already_is_stored_and_the_session_goes_on() {
    let store = Rc::new(EventStore::in_memory());
    let keeper = keeper(&store);
    record(&keeper, started(), 1);
    record(&keeper, Event::ConsentGiven, 2);
    let blur = || Event::Focus { change: FocusChange::Blur };
    written_unnoticed(&store, &keeper, blur(), 3);
    record(&keeper, blur(), 3);
    assert!(!keeper.has_pending());
    record(&keeper, Event::Focus { change: FocusChange::Focus }, 4);
    let (rows, _) = stored(&store);
    let log = SessionLog::from_json(rows.iter().map(String::as_str)).unwrap();
    assert_eq!(log, *keeper.log());
    assert_eq!(log.rows().len(), 4);
}

#[wasm_bindgen_test(unsupported = test)]
fn another_row_of_its_number_is_no_copy() {
    let store = Rc::new(EventStore::in_memory());
    let keeper = keeper(&store);
    record(&keeper, started(), 1);
    record(&keeper, Event::ConsentGiven, 2);
    written_unnoticed(&store, &keeper, Event::Resumed, 3);
    let blur = Event::Focus { change: FocusChange::Blur };
    let refused = keeper.record(blur, 3).now_or_never().unwrap();
    let exists = StorageError::Exists { session_id: "s".to_owned(), sequence: 2 };
    assert!(matches!(refused, Err(KeepError::Storage(error)) if error == exists));
    assert!(keeper.has_pending());
    assert_eq!(keeper.log().rows().len(), 2);
}
