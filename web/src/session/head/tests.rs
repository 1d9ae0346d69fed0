//! Which sessions go on, are shown, listed and removed.

use super::*;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use wasm_bindgen_test::wasm_bindgen_test;

static HASHES: LazyLock<StudyHashes> = LazyLock::new(|| StudyHashes {
    study_id: "taste".to_owned(),
    study: "hash".to_owned(),
    catalog: "songs".to_owned(),
    embeddings: BTreeMap::from([("audio".to_owned(), "vectors".to_owned())]),
    wasm: "program".to_owned(),
    version: "1".to_owned(),
});

fn head() -> SessionHead {
    SessionHead {
        session_id: "s".to_owned(),
        site: "/study-1/".to_owned(),
        study: "hash".to_owned(),
        hashes: Some(HASHES.clone()),
        mode: Mode::Live,
        participant: "p".to_owned(),
        last_millis: 100 * HOUR_MILLIS,
        n_trials: 3,
        complete: false,
        left: false,
        sent: false,
        resume_hours: None,
    }
}

fn wanted() -> Wanted<'static> {
    Wanted {
        site: "/study-1/",
        hashes: &HASHES,
        mode: Mode::Live,
        participant: None,
        now_millis: 101 * HOUR_MILLIS,
        resume_hours: 24,
        sends: false,
    }
}

/// As a version wrote it that knew neither websites nor songs.
fn earlier(head: &SessionHead) -> SessionHead {
    let mut value = serde_json::to_value(head).unwrap();
    let fields = value.as_object_mut().unwrap();
    for name in ["site", "hashes", "resume_hours"] {
        assert!(fields.remove(name).is_some(), "{name}");
    }
    shared::json::from_value(&value).unwrap()
}

#[wasm_bindgen_test(unsupported = test)]
fn only_a_fresh_session_of_the_same_study_person_and_mode_goes_on() {
    assert!(head().can_resume(&wanted()));
    assert!(head().can_resume(&Wanted { participant: Some("p"), ..wanted() }));
    let another = StudyHashes { study: "another".to_owned(), ..HASHES.clone() };
    for other in [
        Wanted { hashes: &another, ..wanted() },
        Wanted { mode: Mode::Pilot, ..wanted() },
        Wanted { participant: Some("q"), ..wanted() },
        Wanted { now_millis: 125 * HOUR_MILLIS, ..wanted() },
    ] {
        assert!(!head().can_resume(&other), "{other:?}");
    }
    for gone in [SessionHead { complete: true, ..head() }, SessionHead { left: true, ..head() }] {
        assert!(!gone.can_resume(&wanted()), "{gone:?}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn other_songs_and_other_folders_are_other_studies() {
    let songs = StudyHashes { catalog: "more songs".to_owned(), ..HASHES.clone() };
    let mut vectors = HASHES.clone();
    vectors.embeddings.insert("audio".to_owned(), "other vectors".to_owned());
    let program = StudyHashes { wasm: "newer".to_owned(), ..HASHES.clone() };
    assert!(!head().can_resume(&Wanted { hashes: &songs, ..wanted() }));
    assert!(!head().can_resume(&Wanted { hashes: &vectors, ..wanted() }));
    assert!(head().can_resume(&Wanted { hashes: &program, ..wanted() }));
    let beside = Wanted { site: "/study-2/", ..wanted() };
    assert!(!head().can_resume(&beside) && !head().is_listed(&beside));
    let complete = SessionHead { complete: true, ..head() };
    assert!(!complete.is_to_be_shown(&Wanted { sends: true, ..beside }));
    // What is complete needs no songs, and may still wait to be sent.
    assert!(complete.is_to_be_shown(&Wanted { sends: true, hashes: &songs, ..wanted() }));
}

#[wasm_bindgen_test(unsupported = test)]
fn heads_of_earlier_versions_are_read_and_may_be_of_any_site() {
    let old = earlier(&head());
    assert_eq!(old, SessionHead { site: String::new(), hashes: None, ..head() });
    assert!(old.can_resume(&wanted()) && old.is_listed(&wanted()));
    assert_eq!((head().study_name(), old.study_name()), ("taste".to_owned(), "hash".to_owned()));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_complete_session_is_shown_to_its_participant_or_while_it_waits_to_be_sent() {
    let complete = SessionHead { complete: true, ..head() };
    assert!(!complete.is_to_be_shown(&wanted()));
    assert!(complete.is_to_be_shown(&Wanted { participant: Some("p"), ..wanted() }));
    assert!(complete.is_to_be_shown(&Wanted { sends: true, ..wanted() }));
    let sent = SessionHead { sent: true, ..complete };
    assert!(!sent.is_to_be_shown(&Wanted { sends: true, ..wanted() }));
    assert!(!head().is_to_be_shown(&Wanted { sends: true, ..wanted() }));
}

#[wasm_bindgen_test(unsupported = test)]
fn whoever_is_named_sees_their_own_and_what_is_of_another_study() {
    let (own, others) = (
        Wanted { participant: Some("p"), ..wanted() },
        Wanted { participant: Some("q"), ..wanted() },
    );
    assert!(head().is_listed(&wanted()) && head().is_listed(&own));
    assert!(!head().is_listed(&others));
    assert!(!earlier(&head()).is_listed(&others));
    // Under another study's name everybody has another name.
    let replaced = StudyHashes {
        study_id: "taste-2".to_owned(),
        study: "another".to_owned(),
        ..HASHES.clone()
    };
    assert!(head().is_listed(&Wanted { hashes: &replaced, ..others }));
}

#[wasm_bindgen_test(unsupported = test)]
fn after_thirty_days_all_goes_but_finished_answers_that_are_only_here() {
    let after = |hours: u64| Wanted { now_millis: (100 + hours) * HOUR_MILLIS, ..wanted() };
    let (early, late) = (after(30 * 24), after(30 * 24 + 1));
    let finished = SessionHead { complete: true, ..head() };
    let sent = SessionHead { sent: true, ..finished.clone() };
    let left = SessionHead { left: true, ..head() };
    for over in [&head(), &left, &sent] {
        assert!(!over.is_over(&early) && over.is_over(&late), "{over:?}");
    }
    let finished_and_left = SessionHead { left: true, ..finished.clone() };
    for only_here in [&finished, &finished_and_left] {
        assert!(!only_here.is_over(&after(100_000)), "{only_here:?}");
    }
    // As long as it can be gone on with it stays, and another website's is not touched.
    assert!(!head().is_over(&Wanted { resume_hours: 24 * 60, ..late }));
    assert!(!head().is_over(&Wanted { site: "/study-2/", ..late }));
    // Each by its own design, whichever the page runs.
    let longer = SessionHead { resume_hours: Some(24 * 60), ..head() };
    assert!(!longer.is_over(&late) && longer.is_over(&after(24 * 60 + 1)));
    let shorter = SessionHead { resume_hours: Some(24), ..head() };
    assert!(shorter.is_over(&Wanted { resume_hours: 24 * 60, ..late }));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_run_on_jatos_is_on_the_same_site_as_the_next() {
    assert_eq!(site(None, "/study-1/"), "/study-1/");
    let own = Send::Post { url: "https://example.org/".to_owned() };
    assert_eq!(site(Some(&own), "/"), "/");
    assert_eq!(site(Some(&Send::Jatos), "/publix/1/"), site(Some(&Send::Jatos), "/publix/2/"));
}
