//! The site asked directly, and over a real socket.

use super::*;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// A folder with a page, a sound, a sub-folder, and a secret beside it.
fn site() -> (tempfile::TempDir, Site) {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().join("dist");
    files::write(&outer.path().join("secret.txt"), b"secret").unwrap();
    files::write(&root.join("index.html"), b"<!doctype html>").unwrap();
    files::write(&root.join("bundle/a b.mp3"), b"0123456789").unwrap();
    files::write(&root.join("bundle/index.html"), b"inner").unwrap();
    files::write(&root.join("empty/x.json"), b"{}").unwrap();
    let site = Site::open(&root).unwrap();
    (outer, site)
}

fn get(site: &Site, url: &str) -> (u16, String) {
    text(site.answer(&Request { url, ..Request::default() }))
}

fn text(answer: Answer) -> (u16, String) {
    let text = match answer.body {
        Body::Text(text) => text,
        Body::Known { .. } => String::new(),
        Body::File { file, n_bytes } => {
            let mut text = String::new();
            file.take(n_bytes).read_to_string(&mut text).unwrap();
            text
        }
    };
    (answer.status, text)
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let found = answer.headers.iter().find(|(known, _)| *known == name);
    found.map_or("", |(_, value)| value.as_str())
}

#[test]
fn files_and_folders_are_found() {
    let (_folder, site) = site();
    assert_eq!(get(&site, "/"), (200, "<!doctype html>".to_owned()));
    assert_eq!(get(&site, "/index.html?x=1").0, 200);
    assert_eq!(get(&site, "/bundle/a%20b.mp3"), (200, "0123456789".to_owned()));
    assert_eq!(get(&site, "/bundle/").1, "inner");
    let moved = site.answer(&Request { url: "/bundle", ..Request::default() });
    assert_eq!((moved.status, header(&moved, "Location")), (301, "./bundle/"));
    assert_eq!(get(&site, "/empty/").0, 404);
    assert_eq!(get(&site, "/nothing").0, 404);
}

#[test]
fn nothing_outside_the_folder_is_served() {
    let (_folder, site) = site();
    for url in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2E%2Fsecret.txt",
        "/bundle/../../secret.txt",
        "/bundle/..%2f..%2fsecret.txt",
        "/..\\secret.txt",
        "/..%5csecret.txt",
        "//../secret.txt",
        "/index.html%00",
        "../secret.txt",
    ] {
        let (status, text) = get(&site, url);
        assert_eq!(status, 404, "{url}");
        assert!(!text.contains("secret"), "{url}");
    }
}

#[test]
fn hidden_files_are_not_served() {
    let (folder, site) = site();
    let root = folder.path().join("dist");
    for file in [".git/config", ".env", "bundle/.secret/a.json", "bundle/.b.mp3"] {
        files::write(&root.join(file), b"secret").unwrap();
    }
    files::write(&root.join(".well-known/security.txt"), b"to whom").unwrap();
    for url in [
        "/.git/config",
        "/%2egit/config",
        "/./.git/config",
        "/.git/",
        "/.git",
        "/.env?x=1",
        "/bundle/.secret/a.json",
        "/bundle/.b.mp3",
    ] {
        let (status, text) = get(&site, url);
        assert_eq!(status, 404, "{url}");
        assert!(!text.contains("secret"), "{url}");
    }
    assert_eq!(get(&site, "/.well-known/security.txt"), (200, "to whom".to_owned()));
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_only_inside_the_folder() {
    let (outer, site) = site();
    let link = |target: &Path, name: &str| {
        std::os::unix::fs::symlink(target, outer.path().join("dist").join(name)).unwrap();
    };
    link(&outer.path().join("secret.txt"), "out.txt");
    link(outer.path(), "up");
    link(Path::new("bundle/a b.mp3"), "in.mp3");
    assert_eq!(get(&site, "/out.txt").0, 404);
    assert_eq!(get(&site, "/up/secret.txt").0, 404);
    assert_eq!(get(&site, "/in.mp3").0, 200);
}

#[test]
fn ranges_tags_and_types() {
    let (_folder, site) = site();
    let url = "/bundle/a%20b.mp3";
    let whole = site.answer(&Request { url, ..Request::default() });
    assert_eq!(header(&whole, "Content-Type"), "audio/mpeg");
    assert_eq!(header(&whole, "Cache-Control"), "no-cache");
    let tag = header(&whole, "ETag").to_owned();

    let part = Request { url, range: Some("bytes=2-4"), ..Request::default() };
    let answer = site.answer(&part);
    assert_eq!(header(&answer, "Content-Range"), "bytes 2-4/10");
    assert_eq!(text(answer), (206, "234".to_owned()));
    let same = site.answer(&Request { if_range: Some(&tag), ..part });
    assert_eq!(same.status, 206);
    let changed = site.answer(&Request { if_range: Some("\"old\""), ..part });
    assert_eq!(text(changed), (200, "0123456789".to_owned()));
    let beyond = site.answer(&Request { range: Some("bytes=10-"), ..part });
    assert_eq!((beyond.status, header(&beyond, "Content-Range")), (416, "bytes */10"));

    let tags = format!("\"other\", W/{tag}");
    let known = Request { url, if_none_match: Some(&tags), ..Request::default() };
    assert_eq!(text(site.answer(&known)), (304, String::new()));
    let stale = Request { url, if_none_match: Some("\"other\""), ..Request::default() };
    assert_eq!(site.answer(&stale).status, 200);
}

#[test]
fn a_missing_folder_and_a_folder_without_a_page_name_the_fix() {
    let (outer, _site) = site();
    let missing = Site::open(&outer.path().join("none")).unwrap_err().to_string();
    assert!(missing.contains("none") && missing.contains("cargo xtask demo"), "{missing}");
    let pageless = Site::open(outer.path()).unwrap_err().to_string();
    assert!(pageless.contains("no index.html"), "{pageless}");
    let file = Site::open(&outer.path().join("secret.txt")).unwrap_err();
    assert!(matches!(file, SiteError::NoFolder { .. }), "{file}");
}

fn on_a_socket(site: Site) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || serve(site, listener));
    address
}

/// Sends bytes and gives the whole answer.
fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.to_ascii_lowercase()
}

#[test]
fn over_a_socket_with_several_clients_at_once() {
    let (_folder, site) = site();
    let address = on_a_socket(site);
    let ask = |method: &str, url: &str, headers: &str| {
        let line = format!("{method} {url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        exchange(address, &format!("{line}{headers}\r\n"))
    };
    // Clients that connect and say nothing must not keep the others waiting.
    let _silent: Vec<_> = (0..8).map(|_| TcpStream::connect(address).unwrap()).collect();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let answer = ask("GET", "/bundle/a%20b.mp3", "Range: bytes=-2\r\n");
                assert!(answer.starts_with("http/1.1 206"), "{answer}");
                assert!(answer.contains("content-length: 2\r\n"), "{answer}");
                assert!(answer.ends_with("\r\n\r\n89"), "{answer}");
            });
        }
    });
    let head = ask("HEAD", "/", "");
    assert!(head.contains("content-length: 15\r\n"), "{head}");
    assert!(head.ends_with("\r\n\r\n"), "{head}");
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    let known = ask("GET", "/", &format!("If-None-Match: {tag}\r\n"));
    assert!(known.starts_with("http/1.1 304") && known.ends_with("\r\n\r\n"), "{known}");
    assert!(known.contains("content-length: 15\r\n"), "{known}");
    let posted = ask("POST", "/", "");
    assert!(posted.starts_with("http/1.1 405"), "{posted}");
    assert!(posted.contains("allow: get, head\r\n"), "{posted}");
    assert!(ask("GET", "/../secret.txt", "").starts_with("http/1.1 404"));
}

#[test]
fn a_connection_is_kept_and_a_long_file_comes_whole() {
    let (folder, site) = site();
    // Some chunks, and a part of one.
    let sound: Vec<u8> = (0..1_000_003_u32).map(|i| (i % 251) as u8).collect();
    files::write(&folder.path().join("dist/long.mp3"), &sound).unwrap();
    let mut stream = TcpStream::connect(on_a_socket(site)).unwrap();
    for close in ["", "", "Connection: close\r\n"] {
        for method in ["HEAD", "GET"] {
            let closing = if method == "GET" { close } else { "" };
            let request = format!("{method} /long.mp3 HTTP/1.1\r\nHost: x\r\n{closing}\r\n");
            stream.write_all(request.as_bytes()).unwrap();
            let head = read_head(&mut stream);
            assert!(head.starts_with("http/1.1 200"), "{head}");
            assert!(head.contains("content-length: 1000003\r\n"), "{head}");
        }
        let mut body = vec![0; sound.len()];
        stream.read_exact(&mut body).unwrap();
        assert!(body == sound, "the file came otherwise than it was");
    }
    assert_eq!(stream.read(&mut [0]).unwrap(), 0, "the connection is still open");
}

/// An answer up to its body, byte by byte so that nothing of the body is taken.
fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    String::from_utf8(head).unwrap().to_ascii_lowercase()
}

#[test]
fn one_who_asks_nothing_is_sent_away() {
    let (_folder, site) = site();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || socket::serve_with_patience(site, listener, Duration::from_secs(1)));
    for started in ["", "GET / HTTP/1.1\r\nHos"] {
        // The client does not close, so an answer that ends was ended by the server.
        assert_eq!(exchange(address, started), "", "{started}");
    }
}

#[test]
fn one_who_leaves_or_talks_nonsense_is_no_concern_of_others() {
    let (folder, site) = site();
    let long = File::create(folder.path().join("dist/long.mp3")).unwrap();
    long.set_len(1 << 30).unwrap();
    let address = on_a_socket(site);
    let mut leaving = TcpStream::connect(address).unwrap();
    leaving.write_all(b"GET /long.mp3 HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(read_head(&mut leaving).contains("content-length: 1073741824\r\n"));
    drop(leaving);
    let nonsense = exchange(address, "what?\r\n\r\n");
    assert!(nonsense.starts_with("http/1.1 400"), "{nonsense}");
    let answer = exchange(address, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.ends_with("<!doctype html>"), "{answer}");
}
