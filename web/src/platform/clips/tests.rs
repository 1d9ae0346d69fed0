//! The loader with servers that fail, lie and hang.

use super::*;
use crate::platform::audio::buffer_from_samples;
use crate::platform::clock::{monotonic_millis, sleep, within};
use shared::bundle::MediaKind;
use std::cell::Cell;
use std::future::pending;
use wasm_bindgen_test::wasm_bindgen_test;

const QUICK: ClipSettings = ClipSettings {
    timeout_millis: 60,
    n_tries: 3,
    first_backoff_millis: 5,
    n_at_a_time: 3,
    n_kept: 4,
};

/// What the fake server does at a try (from 0) of a file.
type Behaviour = Rc<dyn Fn(&str, usize) -> Act>;

enum Act {
    Give(&'static [u8]),
    Fail(FetchError),
    Hang,
    /// The right bytes, in more than the time of a try and less than twice that.
    Slow,
}

/// A fake server and what was asked of it.
struct Server {
    loader: ClipLoader,
    asked: Rc<RefCell<Vec<(String, Freshness)>>>,
    n_open: Rc<Cell<usize>>,
    most_open: Rc<Cell<usize>>,
}

/// Files `0` to `19`, whose right bytes are `right`.
fn server(settings: ClipSettings, act: impl Fn(&str, usize) -> Act + 'static) -> Server {
    let act: Behaviour = Rc::new(act);
    let asked = Rc::new(RefCell::new(Vec::new()));
    let (n_open, most_open) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let fetch: Fetch = {
        let (asked, n_open, most_open) = (asked.clone(), n_open.clone(), most_open.clone());
        Rc::new(move |url: String, freshness| {
            let n_before = asked.borrow().iter().filter(|(found, _)| *found == url).count();
            asked.borrow_mut().push((url.clone(), freshness));
            let open = Open::new(n_open.clone());
            most_open.set(most_open.get().max(n_open.get()));
            let act = act.clone();
            async move {
                let _open = open;
                sleep(5).await;
                match act(&url, n_before) {
                    Act::Give(bytes) => Ok(bytes.to_vec()),
                    Act::Fail(error) => Err(error),
                    Act::Hang => pending().await,
                    Act::Slow => {
                        sleep(75).await;
                        Ok(b"right".to_vec())
                    }
                }
            }
            .boxed_local()
        })
    };
    let decode: Decode = Rc::new(|bytes| {
        async move {
            match bytes == b"right" {
                true => buffer_from_samples(&[vec![0.1; 100]], 48_000.0),
                false => Err(AudioError::Undecodable { reason: "noise".into() }),
            }
        }
        .boxed_local()
    });
    let record = |bytes| FileRecord::of(FileRole::Stimulus, MediaKind::Mp3, bytes);
    let mut files: HashMap<_, _> = (0..20).map(|n| (n.to_string(), record(b"right"))).collect();
    files.insert("noise".to_owned(), record(b"noise"));
    let loader = ClipLoader::new(ClipSources { fetch, decode, files }, settings);
    Server { loader, asked, n_open, most_open }
}

/// A request, counted as long as it is open.
struct Open(Rc<Cell<usize>>);

impl Open {
    fn new(n_open: Rc<Cell<usize>>) -> Self {
        n_open.set(n_open.get() + 1);
        Self(n_open)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

fn urls(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

fn asked(server: &Server) -> Vec<String> {
    server.asked.borrow().iter().map(|(url, _)| url.clone()).collect()
}

#[wasm_bindgen_test]
async fn clips_are_loaded_ahead_in_order_and_few_at_a_time() {
    let server = server(QUICK, |_, _| Act::Give(b"right"));
    server.loader.want(&urls(0..10));
    sleep(100).await;
    assert_eq!(asked(&server), urls(0..3), "one place on the shelf is left");
    assert_eq!(server.most_open.get(), 2, "one place is kept for what is waited for");
    assert!(server.loader.is_ready("2") && !server.loader.is_ready("3"));
    server.loader.get("0").await.unwrap();
    assert_eq!(server.asked.borrow().len(), 3, "it was there");
    server.loader.want(&urls(1..10));
    sleep(100).await;
    assert_eq!(asked(&server), urls(0..4));
}

#[wasm_bindgen_test]
async fn a_clip_that_is_waited_for_overtakes_and_is_loaded_once() {
    let server = server(QUICK, |url, _| match url {
        "0" | "1" => Act::Hang,
        _ => Act::Give(b"right"),
    });
    server.loader.want(&urls(0..3));
    let (first, second) = (server.loader.get("9"), server.loader.get("9"));
    let begun = monotonic_millis();
    let (first, second) = futures_util::join!(first, second);
    assert!(Rc::ptr_eq(&first.unwrap(), &second.unwrap()));
    assert!(monotonic_millis() - begun < 50.0, "it does not wait for those that hang");
    assert_eq!(asked(&server), ["0", "1", "9"]);
}

#[wasm_bindgen_test]
async fn many_that_are_waited_for_at_once_stay_few_at_a_time() {
    let server = server(QUICK, |_, _| Act::Give(b"right"));
    let all = (0..12).map(|n| {
        let loader = server.loader.clone();
        async move { loader.get(&n.to_string()).await.unwrap() }
    });
    futures_util::future::join_all(all).await;
    assert_eq!((server.most_open.get(), server.loader.n_kept()), (3, 4));
}

#[wasm_bindgen_test]
async fn what_fails_once_is_fetched_anew() {
    let offline = || Act::Fail(FetchError::Offline);
    let server = server(QUICK, move |url, n_before| match (url, n_before) {
        ("0", 0) => Act::Give(b"wrong"),
        ("0", 1) => Act::Hang,
        ("1", 0) => Act::Fail(FetchError::Refused { url: "1".into(), status: 503 }),
        ("1", 1) => offline(),
        _ => Act::Give(b"right"),
    });
    for url in ["0", "1"] {
        server.loader.get(url).await.unwrap();
        let asked = server.asked.borrow();
        let how: Vec<_> = asked
            .iter()
            .filter(|(found, _)| found == url)
            .map(|(_, freshness)| *freshness)
            .collect();
        assert_eq!(how, [Freshness::Kept, Freshness::Anew, Freshness::Anew]);
    }
    assert_eq!(server.n_open.get(), 0, "a request that hung was ended");
}

#[wasm_bindgen_test]
async fn each_failure_has_its_name_and_its_number_of_tries() {
    let server = server(QUICK, |url, _| match url {
        "0" => Act::Fail(FetchError::Missing { url: "0".into() }),
        "1" => Act::Give(b"wrong"),
        "2" => Act::Give(b"cut"),
        "3" => Act::Hang,
        "4" => Act::Fail(FetchError::Offline),
        "5" => Act::Fail(FetchError::Refused { url: "5".into(), status: 403 }),
        _ => Act::Give(b"noise"),
    });
    for (url, name, n_tries) in [
        ("0", "missing", 1),
        ("1", "wrong_checksum", 3),
        ("2", "wrong_checksum", 3),
        ("3", "timeout", 3),
        ("4", "offline", 3),
        ("5", "refused", 1),
        ("noise", "undecodable", 1),
        ("foreign", "unlisted", 0),
    ] {
        let error = server.loader.get(url).await.unwrap_err();
        assert_eq!(error.name(), name, "{url}: {error}");
        assert_eq!(asked(&server).iter().filter(|found| *found == url).count(), n_tries, "{url}");
    }
    let n_asked = server.asked.borrow().len();
    assert_eq!(server.loader.get("1").await.unwrap_err().name(), "wrong_checksum");
    assert_eq!(server.asked.borrow().len(), n_asked, "wrong bytes stay wrong");
    server.loader.get("4").await.unwrap_err();
    assert_eq!(server.asked.borrow().len(), n_asked + 3, "a connection may be back");
}

#[wasm_bindgen_test]
async fn what_did_not_come_in_time_gets_longer_when_it_is_asked_for_again() {
    let server = server(QUICK, |_, _| Act::Slow);
    assert_eq!(server.loader.get("0").await.unwrap_err().name(), "timeout");
    server.loader.get("0").await.unwrap();
}

#[wasm_bindgen_test]
async fn what_failed_ahead_does_not_hold_up_the_rest_and_is_tried_again_when_wanted() {
    let is_online = Rc::new(Cell::new(false));
    let server = {
        let is_online = is_online.clone();
        server(QUICK, move |url, _| match is_online.get() || url != "0" {
            true => Act::Give(b"right"),
            false => Act::Fail(FetchError::Offline),
        })
    };
    server.loader.want(&urls(0..3));
    sleep(150).await;
    assert!(!server.loader.is_ready("0") && server.loader.is_ready("2"));
    is_online.set(true);
    server.loader.want(&urls(0..3));
    sleep(50).await;
    assert!(server.loader.is_ready("0"));
}

#[wasm_bindgen_test]
async fn a_long_session_keeps_few_clips_and_never_hangs() {
    let server = server(QUICK, |url, _| match url {
        "7" => Act::Fail(FetchError::Missing { url: "7".into() }),
        _ => Act::Give(b"right"),
    });
    let session = async {
        for trial in 0..200_usize {
            let next: Vec<String> = (trial..trial + 6).map(|at| (at % 20).to_string()).collect();
            server.loader.want(&next);
            let loaded = server.loader.get(&next[0]).await;
            assert_eq!(loaded.is_ok(), trial % 20 != 7);
            assert!(server.loader.n_kept() <= QUICK.n_kept);
        }
    };
    within(20_000, session).await.expect("the session ends");
    assert!(server.most_open.get() <= QUICK.n_at_a_time);
}

#[wasm_bindgen_test]
async fn a_real_file_is_fetched_checked_and_decoded() {
    let wav = crate::platform::audio::tests::wav(4_800, 48_000);
    let base64: String = {
        let text: String = wav.iter().map(|byte| char::from(*byte)).collect();
        crate::platform::page::window().btoa(&text).unwrap()
    };
    let url = format!("data:audio/wav;base64,{base64}");
    let engine = Rc::new(AudioEngine::unlock().await.unwrap());
    let mut sources = ClipSources::of_bundle(engine, "bundle", &empty_manifest());
    sources.files =
        HashMap::from([(url.clone(), FileRecord::of(FileRole::Stimulus, MediaKind::Mp3, &wav))]);
    let loader = ClipLoader::new(sources, ClipSettings::default());
    let clip = loader.get(&url).await.unwrap();
    assert!((clip.duration_secs() - 0.1).abs() < 1e-3);
}

fn empty_manifest() -> Manifest {
    let json = r#"{"format":"segue-bundle","schema_version":1,"created_by":"","name":"","files":{},
        "embeddings":{},"models":{},"conditions":[],"configs":{"prepare":{},"models":{}},
        "provenance":{"catalog_sha256":"","data_hash":"","recommend":null,"runs":{}}}"#;
    Manifest::from_json(json.as_bytes()).unwrap()
}
