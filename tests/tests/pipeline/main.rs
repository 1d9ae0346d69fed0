//! The whole native pipeline, as a researcher runs it: `segue demo` on few short songs, then what must
//! hold of training (it repeats, it resumes, it survives) and of the bundle.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod faults;
mod reading;
mod shares;
mod training;

use safetensors::SafeTensors;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tests::demo::{OPTIONS, short_demo};
use tests::programs::segue;
use tests::runs::succeed;

/// A folder of its own for one test.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }
}

/// A file or folder of the short demo.
fn demo(name: &str) -> String {
    short_demo().join(name).to_str().unwrap().to_owned()
}

fn prepared() -> String {
    demo("prepared")
}

/// What the demo has of each of its models, as `NAME=PATH,..`.
fn of_models(folder: &str, ending: &str) -> String {
    let models = ["audio", "lyrics", "multimodal"];
    models.map(|model| format!("{model}={}/{model}{ending}", demo(folder))).join(",")
}

/// Options of a short training by sound; `more` may set another number of epochs.
fn training<'a>(prepared: &'a str, out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut options = vec!["train", "--data", prepared, "--model", "audio", "--out", out];
    if !more.contains(&"--epochs") {
        options.extend(["--epochs", "3"]);
    }
    options.extend(more);
    options
}

/// As [`training`], without a word.
fn quiet_training<'a>(prepared: &'a str, out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut options = vec!["train", "--data", prepared, "--out", out, "--progress", "none"];
    options.extend(more);
    options
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_demo_ends_in_a_sound_bundle_and_is_not_made_twice() {
    let bundle = short_demo().join("bundle");
    let bundle = bundle.to_str().unwrap();
    succeed(&["verify", bundle]);
    for model in ["audio", "lyrics", "multimodal"] {
        let run = short_demo().join("runs").join(model);
        for file in [
            "run.json",
            "model.json",
            "model.bpk",
            "model.safetensors",
            "metrics.csv",
            "metrics.jsonl",
            "predictions.csv",
            "report.json",
            "figures/loss.svg",
            "figures/loss.png",
            "figures/accuracy.svg",
            "figures/confusion.png",
        ] {
            assert!(run.join(file).is_file(), "{model}: {file} is missing");
        }
        assert_eq!(run.join("tokenizer.json").is_file(), model != "audio", "{model}");
        assert_eq!(bytes(&run.join("metrics.csv")).iter().filter(|b| **b == b'\n').count(), 3);
    }
    let begun = Instant::now();
    let out = short_demo().to_str().unwrap();
    let said = succeed(&[&["demo", "--out", out], &OPTIONS[..]].concat());
    assert!(said.matches("is finished: nothing to do").count() == 3, "{said}");
    println!("the second demo took {:.1} s", begun.elapsed().as_secs_f64());
}

#[test]
fn every_song_has_one_finite_embedding() {
    let table = bytes(&short_demo().join("embeddings/multimodal.safetensors"));
    let tensors = SafeTensors::deserialize(&table).unwrap();
    let embeddings = tensors.tensor("embeddings").unwrap();
    assert_eq!(embeddings.shape(), [64, 32]);
    let values: Vec<f32> = embeddings
        .data()
        .chunks_exact(4)
        .map(|value| f32::from_le_bytes(value.try_into().unwrap()))
        .collect();
    assert!(values.iter().all(|value| value.is_finite() && *value >= 0.0));
    assert!(values.iter().any(|value| *value > 0.0));
}

#[test]
fn the_demo_can_be_evaluated() {
    let place = Place::new();
    let (tables, runs) = (of_models("embeddings", ".safetensors"), of_models("runs", ""));
    let (catalog, out) = (demo("catalog.csv"), place.text("evaluation"));
    let line = ["evaluate", "--catalog", &catalog, "--embeddings", &tables, "--out", &out];
    let said = succeed(&[&line[..], &["--run", &runs, "--resamples", "100"]].concat());
    assert!(said.contains("same_genre_ndcg_10") && said.contains("probe_accuracy"), "{said}");
    let page = String::from_utf8(bytes(&place.path("evaluation/report.html"))).unwrap();
    assert!(page.contains("Genres by the network of lyrics"), "{page}");
    for foreign in ["<script", "<link", "src=\"http", "url(http", "@import"] {
        assert!(!page.contains(foreign), "{foreign} asks for something beside the page");
    }
    let report = bytes(&place.path("evaluation/evaluation.json"));
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let of_run: serde_json::Value =
        serde_json::from_slice(&bytes(&short_demo().join("runs/audio/report.json"))).unwrap();
    let measures = report["songs"].as_array().unwrap();
    let accuracy = measures.iter().find(|own| own["measure"] == "network_accuracy").unwrap();
    assert_eq!(accuracy["values"][0]["estimate"], of_run["song_accuracy"]);
    // Three tables and random songs: six differences of each measure.
    assert_eq!(measures[0]["differences"].as_array().unwrap().len(), 6);
}

/// The parts of a checkpoint.
const CHECKPOINT: [&str; 3] = ["model", "optimizer", "schedule"];

/// Starts a training and ends it once the checkpoint of its first epoch is whole, of which these are the
/// parts (they are written at the same time); whether it was still running.
fn interrupt(options: &[&str], run: &Path, parts: [&str; 3], signal: &str) -> bool {
    let files = parts.map(|part| run.join(format!("checkpoints/{part}-1.bpk")));
    interrupt_after(options, &files, signal).is_some()
}

/// Starts a training and ends it once these files are there; what came of it, if it was still running.
fn interrupt_after(options: &[&str], files: &[PathBuf], signal: &str) -> Option<Output> {
    let mut child = Command::new(segue().unwrap())
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let patience = Instant::now();
    while !files.iter().all(|file| file.exists()) {
        assert!(patience.elapsed() < Duration::from_secs(300), "no {files:?} in five minutes");
        assert!(child.try_wait().unwrap().is_none(), "training ended before {files:?} were there");
        std::thread::sleep(Duration::from_millis(5));
    }
    let was_running = child.try_wait().unwrap().is_none();
    let pid = child.id().to_string();
    Command::new("kill").args([signal, &pid]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    was_running.then_some(output)
}
