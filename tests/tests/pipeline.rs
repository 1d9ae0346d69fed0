//! The whole native pipeline, as a researcher runs it: `segue demo` on few short songs, then what must
//! hold of training (it repeats, it resumes, it survives) and of the bundle.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use safetensors::SafeTensors;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tests::demo::{OPTIONS, short_demo};
use tests::programs::{copy_folder, segue};
use tests::runs::{fail, fail_on_full_disk, succeed};

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

fn prepared() -> String {
    short_demo().join("prepared").to_str().unwrap().to_owned()
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
fn the_same_seed_gives_the_same_weights() {
    let (prepared, place) = (prepared(), Place::new());
    for (name, seed) in [("a", "5"), ("b", "5"), ("c", "6")] {
        let out = place.text(name);
        succeed(&training(&prepared, &out, &["--seed", seed]));
    }
    for file in ["model.safetensors", "model.bpk", "metrics.csv", "predictions.csv"] {
        let of = |name: &str| bytes(&place.path(name).join(file));
        assert!(of("a") == of("b"), "{file} differs between two runs of one seed");
        assert!(of("a") != of("c"), "{file} does not depend on the seed");
    }
}

/// Starts a training and ends it once the checkpoint of its first epoch is whole (its parts are
/// written at the same time); whether it was still running.
fn interrupt(options: &[&str], run: &Path, signal: &str) -> bool {
    let mut child = Command::new(segue().unwrap())
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let patience = Instant::now();
    let is_written = |part: &&str| run.join(format!("checkpoints/{part}-1.bpk")).exists();
    while !["model", "optimizer", "schedule"].iter().all(is_written) {
        assert!(patience.elapsed() < Duration::from_secs(300), "no epoch in five minutes");
        assert!(child.try_wait().unwrap().is_none(), "training ended before its first epoch");
        std::thread::sleep(Duration::from_millis(5));
    }
    let was_running = child.try_wait().unwrap().is_none();
    let pid = child.id().to_string();
    Command::new("kill").args([signal, &pid]).status().unwrap();
    child.wait().unwrap();
    was_running
}

#[test]
fn an_interrupted_training_ends_as_an_uninterrupted_one() {
    let (prepared, place) = (prepared(), Place::new());
    let whole = place.text("whole");
    let model = ["--model", "multimodal", "--epochs", "4", "--seed", "3"];
    let prepared = prepared.as_str();
    succeed(&quiet_training(prepared, &whole, &model));
    for (name, signal) in [("asked", "-INT"), ("killed", "-KILL")] {
        let out = place.text(name);
        let was_running =
            interrupt(&quiet_training(prepared, &out, &model), &place.path(name), signal);
        assert!(was_running, "training was over before it could be interrupted");
        let unfinished = fail(&quiet_training(prepared, &out, &model));
        assert!(unfinished.contains("--resume"), "{unfinished}");
        let mut resumed = quiet_training(prepared, &out, &model);
        resumed.push("--resume");
        succeed(&resumed);
        for file in ["model.safetensors", "model.bpk", "metrics.csv", "predictions.csv"] {
            let of = |name: &str| bytes(&place.path(name).join(file));
            assert!(of(name) == of("whole"), "{name}: {file} is another than without interruption");
        }
    }
}

#[test]
fn a_run_is_not_mixed_with_another() {
    let (prepared, place) = (prepared(), Place::new());
    let out = place.text("run");
    succeed(&training(&prepared, &out, &["--epochs", "1"]));
    let error = fail(&training(&prepared, &out, &["--epochs", "2", "--resume"]));
    assert!(error.contains("n_epochs (1, now 2)"), "{error}");
}

#[test]
fn a_loss_that_is_no_number_stops_training_and_says_so() {
    let (prepared, place) = (prepared(), Place::new());
    let out = place.text("run");
    let error = fail(&training(&prepared, &out, &["--learning-rate", "1e30"]));
    assert!(error.contains("loss is") && error.contains("--learning-rate"), "{error}");
}

/// Moments of the optimizer that are no numbers, as a step too long leaves them, met after a good
/// epoch: the first step spreads them over all weights.
#[test]
fn a_loss_that_becomes_no_number_keeps_the_last_good_epoch() {
    let (prepared, place) = (prepared(), Place::new());
    let out = place.text("run");
    // More than are done before the program is killed, however late that is.
    let model = ["--model", "audio", "--epochs", "200", "--patience", "200"];
    let options = quiet_training(&prepared, &out, &model);
    assert!(interrupt(&options, &place.path("run"), "-KILL"), "200 epochs were over already");
    for entry in std::fs::read_dir(place.path("run/checkpoints")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("optimizer-") {
            poison(&path);
        }
    }
    let mut resumed = quiet_training(&prepared, &out, &model);
    resumed.push("--resume");
    let error = fail(&resumed);
    assert!(error.contains("loss is") && error.contains("the weights are those of"), "{error}");
    let weights = bytes(&place.path("run/model.safetensors"));
    let tensors = SafeTensors::deserialize(&weights).unwrap();
    for (name, tensor) in tensors.tensors() {
        let (values, _) = tensor.data().as_chunks::<4>();
        let all_finite = values.iter().all(|value| f32::from_le_bytes(*value).is_finite());
        assert!(all_finite, "{name} holds what is no number");
    }
}

/// Overwrites the second half of a checkpoint's values, which end the file, by what is no number.
fn poison(checkpoint: &Path) {
    let mut file = bytes(checkpoint);
    let half = file.len() / 2;
    let (_, values) = file.as_rchunks_mut::<4>();
    let from = half / 4;
    for value in &mut values[from..] {
        *value = f32::NAN.to_le_bytes();
    }
    std::fs::write(checkpoint, file).unwrap();
}

/// As a failing disk or memory may leave them.
#[test]
fn slices_that_are_no_numbers_are_refused_with_their_file() {
    let place = Place::new();
    let (data, out) = (place.text("prepared"), place.text("run"));
    copy_folder(Path::new(&prepared()), &place.path("prepared")).unwrap();
    for entry in std::fs::read_dir(place.path("prepared/slices")).unwrap() {
        let path = entry.unwrap().path();
        let mut file = bytes(&path);
        let n = file.len();
        file[n - 2..].copy_from_slice(&0x7e00u16.to_le_bytes());
        std::fs::write(&path, file).unwrap();
    }
    let error = fail(&training(&data, &out, &[]));
    assert!(error.contains("no sound slices") && error.contains("prepared/slices/"), "{error}");
    assert!(error.contains("no finite number: slice ") && error.contains("mel band "), "{error}");
}

#[cfg(unix)]
#[test]
fn a_checkpoint_that_cannot_be_written_ends_training() {
    let (prepared, place) = (prepared(), Place::new());
    let out = place.text("run");
    let error = fail_on_full_disk(&training(&prepared, &out, &["--epochs", "2"]));
    assert!(error.contains("can't write") && error.contains("checkpoints"), "{error}");
    assert!(error.contains("too large"), "the system's reason is not said: {error}");
    succeed(&training(&prepared, &out, &["--epochs", "2", "--resume"]));
}

#[test]
fn a_device_that_is_not_there_is_said() {
    let (prepared, place) = (prepared(), Place::new());
    let out = place.text("run");
    let error = fail(&training(&prepared, &out, &["--device", "cuda:0"]));
    assert!(error.contains("found: cpu") && error.contains("--features cuda"), "{error}");
    let error = fail(&training(&prepared, &out, &["--device", "tpu"]));
    assert!(error.contains("unknown device 'tpu'"), "{error}");
}

#[test]
fn training_data_that_are_none_are_said() {
    let place = Place::new();
    let (data, out) = (place.text("nothing"), place.text("run"));
    let error = fail(&training(&data, &out, &[]));
    assert!(error.contains("segue prepare"), "{error}");
    let prepared = prepared();
    let error = fail(&training(&prepared, "/proc/nowhere/run", &[]));
    assert!(error.contains("can't write '/proc/nowhere"), "{error}");
}

#[test]
fn a_network_is_only_used_on_spectrograms_of_its_kind() {
    let place = Place::new();
    let other = place.text("thesis");
    let catalog = short_demo().join("catalog.csv");
    let catalog = catalog.to_str().unwrap();
    succeed(&["prepare", "--catalog", catalog, "--out", &other, "--preset", "thesis", "--quiet"]);
    let run = short_demo().join("runs/audio");
    let (run, out) = (run.to_str().unwrap(), place.text("e.safetensors"));
    let error = fail(&["embed", "--run", run, "--data", &other, "--out", &out]);
    assert!(error.contains("other settings"), "{error}");
    assert!(!place.path("e.safetensors").exists());
}

#[test]
fn the_preset_of_the_thesis_trains() {
    let (prepared, place) = (prepared(), Place::new());
    let out = place.text("run");
    let options = ["--preset", "thesis", "--epochs", "1", "--batch-size", "8"];
    let said = succeed(&training(&prepared, &out, &options));
    assert!(said.contains("epoch 1 of 1 kept"), "{said}");
    let model = String::from_utf8(bytes(&place.path("run/model.json"))).unwrap();
    assert!(model.contains(r#""type": "thesis""#), "{model}");
}

/// The small encoder of random weights that the goldens hold.
fn small_encoder(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/text_encoders").join(name);
    folder.to_str().unwrap().to_owned()
}

/// The values of a tensor, as bytes.
fn tensor(file: &Path, name: &str) -> Vec<u8> {
    let file = bytes(file);
    SafeTensors::deserialize(&file).unwrap().tensor(name).unwrap().data().to_vec()
}

#[test]
fn a_pretrained_encoder_is_trained_frozen_or_in_part() {
    let (prepared, place) = (prepared(), Place::new());
    let encoder = small_encoder("distilbert");
    let names = ["text.words.weight", "text.layers.1.widen.bias", "text.layers.2.widen.bias"];
    let theirs = [
        "embeddings.word_embeddings.weight",
        "transformer.layer.1.ffn.lin1.bias",
        "transformer.layer.2.ffn.lin1.bias",
    ]
    .map(|name| format!("distilbert.{name}"));
    for (tuning, stays) in [
        ("frozen", [true, true, true]),
        ("last-1", [true, true, false]),
        ("full", [false, false, false]),
    ] {
        let out = place.text(tuning);
        let options = [
            "--model",
            "lyrics",
            "--epochs",
            "1",
            "--text-encoder",
            &encoder,
            "--text-tuning",
            tuning,
            "--text-windows",
            "mean",
            "--text-learning-rate",
            "1e-3",
            "--warmup-steps",
            "2",
        ];
        succeed(&quiet_training(&prepared, &out, &options));
        let trained = place.path(tuning).join("model.safetensors");
        for ((ours, theirs), stays) in names.iter().zip(&theirs).zip(stays) {
            let before = tensor(&Path::new(&encoder).join("model.safetensors"), theirs);
            assert_eq!(tensor(&trained, ours) == before, stays, "{tuning}: {ours}");
        }
    }
    let (run, table) = (place.text("frozen"), place.text("table.safetensors"));
    let said = succeed(&["embed", "--run", &run, "--data", &prepared, "--out", &table]);
    assert!(said.contains("64 songs, 32 values each (lyrics)"), "{said}");
}

#[test]
fn a_pretrained_encoder_without_a_reader_is_refused() {
    let (prepared, place) = (prepared(), Place::new());
    let (out, encoder) = (place.text("run"), small_encoder("bert"));
    let error = fail(&training(&prepared, &out, &["--text-encoder", &encoder]));
    assert!(error.contains("--model lyrics or multimodal"), "{error}");
    let error =
        fail(&quiet_training(&prepared, &out, &["--model", "lyrics", "--text-encoder", &out]));
    assert!(error.contains("config.json"), "{error}");
}

#[test]
fn a_damaged_bundle_is_told_from_a_sound_one() {
    let place = Place::new();
    let bundle = place.path("bundle");
    copy_folder(&short_demo().join("bundle"), &bundle).unwrap();
    let weights = bundle.join("models/audio/model.bpk");
    let mut damaged = bytes(&weights);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(&weights, damaged).unwrap();
    let stimuli: Vec<_> = std::fs::read_dir(bundle.join("stimuli")).unwrap().collect();
    let missing = stimuli[0].as_ref().unwrap().path();
    std::fs::remove_file(&missing).unwrap();
    let error = fail(&["verify", bundle.to_str().unwrap()]);
    let missing = missing.file_name().unwrap().to_str().unwrap();
    assert!(error.contains("models/audio/model.bpk") && error.contains(missing), "{error}");
}

#[test]
fn the_demo_can_be_evaluated() {
    let place = Place::new();
    let demo = |name: &str| short_demo().join(name).to_str().unwrap().to_owned();
    let of = |folder: &str, ending: &str| {
        let models = ["audio", "lyrics", "multimodal"];
        models.map(|model| format!("{model}={}/{model}{ending}", demo(folder))).join(",")
    };
    let (tables, runs) = (of("embeddings", ".safetensors"), of("runs", ""));
    let (catalog, out) = (demo("catalog.csv"), place.text("evaluation"));
    let line = ["evaluate", "--catalog", &catalog, "--embeddings", &tables, "--out", &out];
    let said = succeed(&[&line[..], &["--run", &runs, "--resamples", "100"]].concat());
    assert!(said.contains("same_genre_ndcg_10") && said.contains("probe_accuracy"), "{said}");
    let page = String::from_utf8(bytes(&place.path("evaluation/report.html"))).unwrap();
    assert!(
        page.contains("Genres by the network of lyrics") && !page.contains("<script"),
        "{page}"
    );
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

#[test]
fn a_run_is_recorded_listed_and_repeated_from_its_config() {
    let place = Place::new();
    let first = short_demo().join("runs/audio");
    for file in ["MODEL_CARD.md", "config.toml", "events.out.tfevents.0.segue"] {
        assert!(first.join(file).is_file(), "{file} is missing");
    }
    let (config, out) = (first.join("config.toml"), place.text("again"));
    let config = config.to_str().unwrap();
    succeed(&["train", "--config", config, "--out", &out, "--progress", "none"]);
    for file in ["model.safetensors", "metrics.csv", "predictions.csv"] {
        assert!(
            bytes(&first.join(file)) == bytes(&place.path("again").join(file)),
            "{file} differs"
        );
    }
    let other = place.text("other");
    let more = ["--config", config, "--out", &other, "--epochs", "1", "--progress", "none"];
    succeed(&[&["train"][..], &more].concat());
    let root = place.folder.path().to_str().unwrap();
    let table = succeed(&["runs", root, "--sort", "epochs", "--csv"]);
    let rows: Vec<&str> = table.lines().collect();
    assert!(rows.len() == 3 && rows[0].ends_with("parameters,n_epochs"), "{table}");
    assert!(rows[1].starts_with(&other) && rows[1].ends_with(",1"), "{table}");
    assert!(succeed(&["runs", root]).contains("the same in all: audio_network compact"));
    std::fs::write(place.path("wrong.toml"), "epoch = 1\n").unwrap();
    let error = fail(&["train", "--config", &place.text("wrong.toml"), "--out", &other]);
    assert!(error.contains("'epoch', which is no option") && error.contains("epochs"), "{error}");
    assert!(fail(&["runs", &place.text("again/figures")]).contains("there is no run"));
}

/// The best epoch of a run that keeps its last, and the last of one that keeps the best.
#[test]
fn both_the_best_and_the_last_weights_are_there() {
    let (prepared, place) = (prepared(), Place::new());
    // Such steps make the loss worse after the first epochs.
    let steps = ["--learning-rate", "0.03", "--epochs", "4", "--seed", "2"];
    for keep in ["best", "last"] {
        let out = place.text(keep);
        succeed(&training(&prepared, &out, &[&steps[..], &["--keep", keep]].concat()));
    }
    let kept = |run: &str| bytes(&place.path(run).join("model.safetensors"));
    let other = |run: &str, name: &str| std::fs::read(place.path(run).join(name)).ok();
    if kept("best") == kept("last") {
        // The last was the best: there is no other.
        assert_eq!(other("best", "last.safetensors"), None);
        assert_eq!(other("last", "best.safetensors"), None);
    } else {
        assert!(other("best", "last.safetensors").unwrap() == kept("last"));
        assert!(other("last", "best.safetensors").unwrap() == kept("best"));
    }
}
