//! The program `segue`, run as people run it.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::net::TcpListener;
use std::process::{Command, Output};
use tests::programs::{self, Server};

fn segue(arguments: &[&str]) -> Output {
    Command::new(programs::segue().unwrap()).args(arguments).output().unwrap()
}

/// What it said about its failure.
fn failure(arguments: &[&str]) -> String {
    let output = segue(arguments);
    assert!(!output.status.success(), "{arguments:?} should have failed");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn help_names_every_command() {
    let help = String::from_utf8(segue(&["--help"]).stdout).unwrap();
    for command in
        ["catalog", "prepare", "train", "embed", "recommend", "export", "verify", "demo", "serve"]
    {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command}");
    }
}

#[test]
fn serve_needs_a_folder_with_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    assert!(failure(&["serve", empty]).contains("no index.html"));
    let missing = failure(&["serve", &format!("{empty}/none")]);
    assert!(missing.contains("cargo xtask demo"), "{missing}");
}

#[test]
fn serve_says_that_a_port_is_taken_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.html"), "x").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = failure(&["serve", folder.path().to_str().unwrap(), "--port", &port]);
    assert!(said.contains(&port) && said.contains("--port 0"), "{said}");
}

#[test]
fn serve_prints_where_and_answers_there() {
    use std::io::{Read, Write};
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.html"), "hello").unwrap();
    let server = Server::start(folder.path()).unwrap();
    let host = server.address.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    write!(stream, "GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with("hello"), "{answer}");
}
