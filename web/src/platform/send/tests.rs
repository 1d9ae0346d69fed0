//! Sending to servers that accept, refuse, fail, drop and hang.

use super::*;
use crate::platform::clock::{monotonic_millis, sleep};
use crate::platform::page::{property, window};
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

const QUICK: Retries = Retries { n_tries: 3, first_backoff_millis: 5, timeout_millis: 80 };

/// Takes the place of the browser's `fetch`: answers in turn, as `201 text`, `drop` or `hang`, and
/// keeps what was sent, until it is dropped.
struct Server {
    original: JsValue,
    sent: Array,
}

impl Server {
    fn new(answers: &[&str]) -> Self {
        let original = property(&window(), "fetch").unwrap();
        let (sent, queue) = (Array::new(), Array::new());
        answers.iter().for_each(|answer| {
            queue.push(&(*answer).into());
        });
        let make = Function::new_with_args(
            "sent, queue",
            "return async (request) => {
                const kind = request.headers.get('content-type');
                sent.push([request.url, request.method, kind, await request.clone().text()]);
                const answer = queue.shift();
                if (answer === 'drop') throw new TypeError('Failed to fetch');
                if (answer === 'hang') return new Promise((_, reject) => {
                    request.signal.onabort = () => { sent.push('aborted'); reject(new Error()); };
                });
                const [status, ...text] = answer.split(' ');
                return new Response(text.join(' ') || null, { status: Number(status) });
            };",
        );
        let fake = make.call2(&JsValue::NULL, &sent, &queue).unwrap();
        Reflect::set(&window(), &"fetch".into(), &fake).unwrap();
        Self { original, sent }
    }

    fn n_sent(&self) -> u32 {
        self.sent.length()
    }

    /// The text of a request.
    fn body(&self, at: u32) -> String {
        let request: Array = self.sent.get(at).unchecked_into();
        request.get(3).as_string().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        Reflect::set(&window(), &"fetch".into(), &self.original).unwrap();
    }
}

fn pipe() -> DataPipe {
    DataPipe { url: "https://pipe.example/".into(), experiment_id: "abcdefghijkl".into() }
}

fn own() -> OwnAddress {
    OwnAddress { url: "https://lab.example/take".into() }
}

#[wasm_bindgen_test]
async fn datapipe_gets_its_three_fields_and_both_kinds_of_success_count() {
    let server = Server::new(&["201 {\"message\":\"Success\"}", "202 queued"]);
    let stored = pipe().send("a_data.csv", "\"x\"\r\n", &QUICK).await.unwrap();
    assert_eq!(stored, Receipt { file: "a_data.csv".into(), is_stored: true });
    let queued = pipe().send("b_data.csv", "y", &QUICK).await.unwrap();
    assert!(!queued.is_stored);
    let body = r#"{"experimentID":"abcdefghijkl","filename":"a_data.csv","data":"\"x\"\r\n"}"#;
    let sent: Array = server.sent.get(0).unchecked_into();
    let sent: Vec<_> = sent.iter().map(|part| part.as_string().unwrap()).collect();
    assert_eq!(sent, ["https://pipe.example/", "POST", "application/json", body]);
}

#[wasm_bindgen_test]
async fn what_may_pass_is_tried_again_and_no_more_often_than_said() {
    for (answers, n_sent, expected) in [
        (&["500 oops", "drop", "201 ok"][..], 3, Ok(())),
        (&["503", "429", "500 still"], 3, Err("refused")),
        (&["drop", "drop", "drop"], 3, Err("unreachable")),
        (&["400 {\"error\":\"INVALID_DATA\"}"], 1, Err("refused")),
        (&["413 too much"], 1, Err("too_large")),
        (&["200 <html>a page of some host</html>"], 1, Err("refused")),
    ] {
        let server = Server::new(answers);
        let outcome = pipe().send("a.csv", "x", &QUICK).await;
        assert_eq!(outcome.map(drop).map_err(|error| error.name()), expected, "{answers:?}");
        assert_eq!(server.n_sent(), n_sent, "{answers:?}");
    }
}

#[wasm_bindgen_test]
async fn a_server_that_hangs_is_left_and_its_request_ended() {
    let server = Server::new(&["hang", "hang", "hang"]);
    let begun = monotonic_millis();
    let error = own().send("text/csv", "x", &QUICK).await.unwrap_err();
    assert_eq!(error.name(), "timeout");
    assert!(monotonic_millis() - begun < 2_000.0);
    let n_aborted = server.sent.iter().filter(|entry| entry.is_string()).count();
    assert_eq!(n_aborted, 3);
}

#[wasm_bindgen_test]
async fn a_file_that_exists_is_sent_once_more_under_another_name() {
    let exists = "400 {\"error\":\"OSF_FILE_EXISTS\",\"message\":\"\"}";
    let server = Server::new(&["drop", exists, "201 ok"]);
    let receipt = pipe().send("s_data.csv", "x", &QUICK).await.unwrap();
    assert!(receipt.file.starts_with("s_copy-") && receipt.file.ends_with("_data.csv"));
    assert!(server.body(2).contains(&receipt.file), "{}", server.body(2));
    drop(server);
    let server = Server::new(&[exists, exists, exists]);
    assert_eq!(pipe().send("s.csv", "x", &QUICK).await.unwrap_err().name(), "refused");
    assert_eq!(server.n_sent(), 2, "once, not for ever");
}

#[wasm_bindgen_test]
async fn an_own_address_may_answer_with_any_success() {
    let server = Server::new(&["204", "200 ok", "401 who are you"]);
    for _ in 0..2 {
        own().send("application/json", "{}", &QUICK).await.unwrap();
    }
    let error = own().send("application/json", "{}", &QUICK).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "'https://lab.example/take' answered with status 401: who are you"
    );
    assert_eq!(server.n_sent(), 3);
}

#[wasm_bindgen_test]
async fn an_address_that_nobody_answers_is_unreachable() {
    let nobody = OwnAddress { url: "http://127.0.0.1:1/".into() };
    let error = nobody.send("text/csv", "x", &QUICK).await.unwrap_err();
    assert_eq!(error.name(), "unreachable");
}

/// A JATOS that writes down its calls in `calls` and does as `outcomes` say.
fn fake_jatos(outcomes: &[&str]) -> Array {
    let (calls, queue) = (Array::new(), Array::new());
    outcomes.iter().for_each(|outcome| {
        queue.push(&(*outcome).into());
    });
    let make = Function::new_with_args(
        "calls, queue",
        "let busy = false;
         const act = (name) => (data) => {
             calls.push(name + ' ' + data + (busy ? ' AT ONCE' : ''));
             busy = true;
             const outcome = queue.shift();
             return { then(resolve, reject) {
                 setTimeout(() => {
                     busy = false;
                     if (outcome === 'ok') resolve(); else reject(outcome);
                 }, 20);
             } };
         };
         window.jatos = {
             // Once in the life of a page.
             onLoad(ready) { if (!this.heard) setTimeout(ready, 5); this.heard = true; },
             submitResultData: act('submit'),
             appendResultData: act('append'),
             endStudyAndRedirect: act('end'),
         };",
    );
    make.call2(&JsValue::NULL, &calls, &queue).unwrap();
    calls
}

fn no_jatos() {
    Reflect::delete_property(&window(), &"jatos".into()).unwrap();
}

#[wasm_bindgen_test]
async fn jatos_calls_come_one_after_the_other_and_each_is_awaited() {
    let too_much = "PUT to http://x/500 failed: 413, Request Entity Too Large";
    let calls = fake_jatos(&["ok", "ok", "this study run is invalid", too_much, "ok"]);
    let jatos = PageJatos::default().ready(1_000).await.unwrap();
    let both = futures_util::join!(jatos.append("1"), jatos.append("2"));
    assert_eq!(both, (Ok(()), Ok(())));
    let invalid = jatos.append("3").await.unwrap_err();
    assert_eq!(invalid.to_string(), "JATOS failed: this study run is invalid");
    assert_eq!(jatos.submit("all").await.unwrap_err().name(), "too_large");
    jatos.end_and_redirect("https://there.example/?cc=1").await.unwrap();
    let calls: Vec<_> = calls.iter().map(|call| call.as_string().unwrap()).collect();
    let expected =
        ["append 1", "append 2", "append 3", "submit all", "end https://there.example/?cc=1"];
    assert_eq!(calls, expected);
    let timeout = Reflect::get(&property(&window(), "jatos").unwrap(), &"httpTimeout".into());
    assert_eq!(timeout.unwrap().as_f64(), Some(20_000.0));
    no_jatos();
}

#[wasm_bindgen_test]
async fn after_a_call_that_is_dropped_the_next_comes_once_that_has_ended() {
    let calls = fake_jatos(&["ok", "ok", "ok"]);
    let jatos = PageJatos::default().ready(1_000).await.unwrap();
    {
        let dropped = std::pin::pin!(jatos.append("1"));
        let timer = std::pin::pin!(sleep(1));
        futures_util::future::select(dropped, timer).await;
    }
    jatos.append("2").await.unwrap();
    let calls: Vec<_> = calls.iter().map(|call| call.as_string().unwrap()).collect();
    assert_eq!(calls, ["append 1", "append 2"]);
    no_jatos();
}

#[wasm_bindgen_test]
async fn all_of_a_page_have_the_same_jatos_also_after_one_waited_in_vain() {
    let calls = fake_jatos(&["ok", "ok"]);
    let page = PageJatos::default();
    assert_eq!(page.ready(0).await.map(drop).unwrap_err().name(), "timeout");
    let first = page.ready(1_000).await.unwrap();
    let second = page.ready(1_000).await.unwrap();
    let both = futures_util::join!(first.append("1"), second.append("2"));
    assert_eq!(both, (Ok(()), Ok(())));
    let calls: Vec<_> = calls.iter().map(|call| call.as_string().unwrap()).collect();
    assert_eq!(calls, ["append 1", "append 2"]);
    no_jatos();
}

#[wasm_bindgen_test]
async fn a_page_without_jatos_says_so() {
    no_jatos();
    let error = PageJatos::default().ready(3_000).await.map(drop).unwrap_err();
    assert_eq!(error, SendError::NoJatos);
    Function::new_no_args("window.jatos = { onLoad() {} };").call0(&JsValue::NULL).unwrap();
    let error = PageJatos::default().ready(50).await.map(drop).unwrap_err();
    assert_eq!(error.name(), "timeout");
    no_jatos();
}
