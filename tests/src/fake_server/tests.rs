#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use super::*;
use crate::http::exchange_raw;
use serde_json::json;
use std::time::{Duration, Instant};

/// Status (0 without an answer) and all that came back.
fn send(server: &FakeServer, request: &str, body: &str) -> (u16, String) {
    let answer = exchange_raw(&server.origin, request, body.as_bytes()).unwrap();
    let text = String::from_utf8(answer).unwrap();
    let status = text.split_whitespace().nth(1).map_or(0, |word| word.parse().unwrap());
    (status, text)
}

fn data_pipe(server: &FakeServer, filename: &str) -> (u16, String) {
    let body = json!({"experimentID": "abcdefghijkl", "filename": filename, "data": "a,b"});
    send(server, "POST /api/data/", &body.to_string())
}

#[test]
fn data_pipe_stores_a_name_once() {
    let server = FakeServer::start().unwrap();
    let (status, text) = data_pipe(&server, "one.csv");
    assert_eq!(status, 201, "{text}");
    assert!(text.contains("Access-Control-Allow-Origin: *"), "{text}");
    let (status, text) = data_pipe(&server, "one.csv");
    assert!(status == 400 && text.contains(r#""error":"OSF_FILE_EXISTS""#), "{text}");
    let files = server.data_pipe_files();
    assert_eq!(files.into_iter().collect::<Vec<_>>(), [("one.csv".into(), "a,b".into())]);
    let (status, text) = send(&server, "POST /api/data/", r#"{"experimentID": "abcdefghijkl"}"#);
    assert!(status == 400 && text.contains("MISSING_PARAMETER"), "{text}");
    let short = r#"{"experimentID": "abc", "filename": "x", "data": "y"}"#;
    assert!(send(&server, "POST /api/data/", short).1.contains("EXPERIMENT_NOT_FOUND"));
    assert_eq!(server.received(Route::DataPipe).len(), 4);
}

#[test]
fn scripts_are_followed_one_reply_a_request() {
    let server = FakeServer::start().unwrap();
    let soon = Duration::from_millis(100);
    server.script(
        Route::DataPipe,
        [
            Reply::Status(500),
            Reply::Drop,
            Reply::Hang(soon),
            Reply::Status(429).after(soon),
            Reply::DataPipeError("SESSION_LIMIT_REACHED"),
            Reply::WithoutCors,
            Reply::Drop.though_stored(),
        ],
    );
    let (status, text) = data_pipe(&server, "x");
    assert!(status == 500 && text.contains("Access-Control"), "{text}");
    assert_eq!(data_pipe(&server, "x"), (0, String::new()));
    let begun = Instant::now();
    assert_eq!(data_pipe(&server, "x").0, 0);
    assert!(begun.elapsed() >= soon);
    assert_eq!(data_pipe(&server, "x").0, 429);
    let (status, text) = data_pipe(&server, "x");
    assert!(status == 400 && text.contains("SESSION_LIMIT_REACHED"), "{text}");
    let (status, text) = data_pipe(&server, "x");
    assert!(status == 503 && !text.contains("Access-Control"), "{text}");
    assert!(server.data_pipe_files().is_empty(), "a fault stored something");
    assert_eq!(data_pipe(&server, "x").0, 0);
    assert_eq!(server.data_pipe_files().len(), 1, "the answer alone was to be lost");
    assert_eq!(data_pipe(&server, "x").0, 400, "the second try meets the first");
    assert_eq!(data_pipe(&server, "y").0, 201, "after the script it is itself again");
    server.script(Route::DataPipe, [Reply::Status(202)]);
    assert_eq!(data_pipe(&server, "z").0, 202);
    assert!(server.data_pipe_files().contains_key("z"), "202 means: kept and sent later");
}

#[test]
fn jatos_replaces_with_put_and_appends_with_post() {
    let server = FakeServer::start().unwrap();
    let result = Route::JatosResult.path();
    for (method, body) in [("POST", "a\n"), ("POST", "b\n")] {
        assert_eq!(send(&server, &format!("{method} {result}"), body).0, 200);
    }
    assert_eq!(server.jatos_result(), "a\nb\n");
    send(&server, &format!("PUT {result}"), "all");
    assert_eq!(server.jatos_result(), "all");
    send(&server, "POST /publix/study-result/component/files/x.csv", "1,2");
    assert_eq!(server.jatos_files()["x.csv"], b"1,2");
    assert_eq!(send(&server, "GET /publix/study-result/abort?message=x", "").0, 200);
    assert!(server.jatos_result().is_empty() && server.jatos_files().is_empty());
    assert_eq!(server.received(Route::JatosAbort)[0].query, "message=x");
    assert_eq!(server.received(Route::JatosResult).len(), 3);
}

#[test]
fn the_own_address_keeps_bodies_and_browsers_may_ask_first() {
    let server = FakeServer::start().unwrap();
    let (status, text) = send(&server, "OPTIONS /own/", "");
    assert!(status == 204 && text.contains("Access-Control-Allow-Headers"), "{text}");
    assert_eq!(send(&server, "POST /own/", "{}").0, 200);
    assert_eq!(server.own(), ["{}"]);
    assert_eq!(server.received(Route::Own).len(), 1, "the question ahead is no request");
    assert_eq!(send(&server, "GET /own/", "").0, 405);
    assert_eq!(send(&server, "POST /else", "").0, 404);
}
