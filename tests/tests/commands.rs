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
    for command in [
        "catalog",
        "prepare",
        "train",
        "embed",
        "recommend",
        "export",
        "verify",
        "demo",
        "serve",
        "statistics",
    ] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command}");
    }
}

/// What it printed, as JSON.
fn json(arguments: &[&str]) -> serde_json::Value {
    let output = segue(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn statistics_of_the_thesis_are_those_of_r() {
    let arguments = ["statistics", "prop-test", "149/239", "86/239", "--alternative", "greater"];
    let test = json(&[&arguments[..], &["--json"]].concat());
    assert!((test["p_value"].as_f64().unwrap() - 7.03961161239506e-9).abs() < 1e-18);
    assert!((test["statistic"].as_f64().unwrap() - 32.1763768496629).abs() < 1e-9);
    assert!((test["conf_low"].as_f64().unwrap() - 0.186852127005096).abs() < 1e-10);
    assert_eq!(test["conf_high"], 1.0);
    let said = failure(&["statistics", "prop-test", "149/239", "300/239"]);
    assert!(said.contains("'300/239'") && said.contains("at most as many"), "{said}");
}

#[test]
fn statistics_fit_a_table_and_name_what_is_wrong_with_one() {
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/statistics/glmm/no_song_variance.csv");
    let fit = json(&["statistics", "glmm", table, "--reference", "control", "--json"]);
    let estimate = fit["fixed"]["conditionaudio"]["estimate"].as_f64().unwrap();
    assert!((estimate - 0.52447).abs() < 1e-4, "{fit}");
    assert!(fit["random"]["participant"]["variance"].as_f64().unwrap() > 1.0);
    assert_eq!((&fit["converged"], &fit["singular"]), (&true.into(), &true.into()));

    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.csv");
    std::fs::write(&broken, "participant,song,condition,like\np,s,control,2\n").unwrap();
    let said = failure(&["statistics", "glmm", broken.to_str().unwrap()]);
    assert!(said.contains("broken.csv") && said.contains("row 1, column 'like'"), "{said}");
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
