#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use super::*;
use crate::http::exchange_raw;
use std::time::Instant;

struct Site {
    host: StaticHost,
    folder: tempfile::TempDir,
}

fn site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("bundle")).unwrap();
    std::fs::write(folder.path().join("index.html"), "page").unwrap();
    std::fs::write(folder.path().join("bundle/song.mp3"), [7; 1_000]).unwrap();
    Site { host: StaticHost::start(folder.path()).unwrap(), folder }
}

/// Head and body of what came back.
fn get(address: &str, path: &str) -> (String, Vec<u8>) {
    split(&exchange_raw(address, &format!("GET {path}"), b"").unwrap())
}

fn split(answer: &[u8]) -> (String, Vec<u8>) {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return (String::new(), answer.to_vec());
    };
    (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec())
}

#[test]
fn files_come_with_their_types_and_are_counted() {
    let site = site();
    let (head, body) = get(&site.host.address, "/?x=1");
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/html"), "{head}");
    assert_eq!(body, b"page");
    let (head, body) = get(&site.host.address, "/bundle/song.mp3");
    assert!(head.contains("audio/mpeg") && head.contains("Content-Length: 1000"), "{head}");
    assert_eq!(body, [7; 1_000]);
    assert!(get(&site.host.address, "/none").0.starts_with("HTTP/1.1 404"));
    assert!(get(&site.host.address, "/../secret").0.starts_with("HTTP/1.1 404"));
    assert_eq!(site.host.n_requests("bundle/song.mp3"), 1);
    assert_eq!(site.host.n_requests("bundle/*"), 1);
    assert_eq!(site.host.requests(), ["", "bundle/song.mp3", "none", "../secret"]);
}

#[test]
fn each_fault_is_that_fault_and_ends() {
    let site = site();
    let song = "bundle/song.mp3";
    let faulty = |fault| {
        site.host.fail_times(song, fault, 1);
        get(&site.host.address, "/bundle/song.mp3")
    };
    assert!(faulty(Fault::Status(500)).0.starts_with("HTTP/1.1 500"));
    let (head, body) = faulty(Fault::Truncated { n_bytes: 10 });
    assert!(head.contains("Content-Length: 1000"), "{head}");
    assert_eq!(body.len(), 10);
    let (head, body) = faulty(Fault::Cut { n_bytes: 10 });
    assert!(head.contains("Content-Length: 10"), "{head}");
    assert_eq!(body.len(), 10);
    let (_, body) = faulty(Fault::WrongBytes);
    assert_eq!(body.iter().filter(|byte| **byte != 7).count(), 1);
    assert_eq!(faulty(Fault::Drop), (String::new(), vec![]));
    let (_, body) = get(&site.host.address, "/bundle/song.mp3");
    assert_eq!(body, [7; 1_000], "a fault for one request lasted longer");
    site.host.fail("bundle/*", Fault::Drop);
    assert!(get(&site.host.address, "/bundle/song.mp3").0.is_empty());
    site.host.heal();
    assert_eq!(get(&site.host.address, "/bundle/song.mp3").1.len(), 1_000);
}

#[test]
fn slow_late_and_hanging_take_their_time() {
    let site = site();
    for (fault, at_least_millis, n_bytes) in [
        (Fault::Delay(Duration::from_millis(200)), 200, 1_000),
        (Fault::Slow { bytes_per_second: 5_000 }, 150, 1_000),
        (Fault::Hang(Duration::from_millis(200)), 200, 0),
    ] {
        site.host.fail("bundle/song.mp3", fault);
        let begun = Instant::now();
        let (_, body) = get(&site.host.address, "/bundle/song.mp3");
        let took = begun.elapsed().as_millis();
        assert!(took >= at_least_millis, "{fault:?} took {took} ms");
        assert_eq!(body.len(), n_bytes, "{fault:?}");
    }
}

#[test]
fn a_host_that_went_down_comes_back_at_the_same_address() {
    let Site { mut host, folder: _folder } = site();
    host.go_down();
    assert!(exchange_raw(&host.address, "GET /", b"").is_err());
    host.come_up().unwrap();
    assert_eq!(get(&host.address, "/").1, b"page");
}

#[test]
fn below_a_name_the_rest_is_somebody_elses() {
    let site = site();
    let host = StaticHost::start_under("study-1", site.folder.path()).unwrap();
    assert!(host.address.ends_with("/study-1/"), "{}", host.address);
    let origin = host.address.strip_suffix("/study-1/").unwrap();
    assert_eq!(get(origin, "/study-1/").1, b"page");
    assert!(get(origin, "/index.html").0.starts_with("HTTP/1.1 404"));
    assert_eq!(host.outside(), ["/index.html"]);
    assert_eq!(host.requests(), [""]);
}
