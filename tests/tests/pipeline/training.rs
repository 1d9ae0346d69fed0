//! Training repeats, resumes, and leaves what it should.

use super::{
    CHECKPOINT, Place, bytes, interrupt, interrupt_after, prepared, quiet_training, training,
};
use safetensors::SafeTensors;
use std::path::Path;
use tests::demo::short_demo;
use tests::runs::{fail, succeed, succeed_with_threads};

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

/// Shares of a sweep may run on machines with more or fewer processors.
#[test]
fn any_number_of_threads_gives_the_same_weights() {
    let (prepared, place) = (prepared(), Place::new());
    let model = ["--model", "multimodal", "--epochs", "1", "--seed", "3"];
    for n_threads in 1..=3 {
        let out = place.text(&n_threads.to_string());
        succeed_with_threads(n_threads, &quiet_training(&prepared, &out, &model));
        let of = |name: &str| bytes(&place.path(name).join("model.safetensors"));
        assert!(of(&n_threads.to_string()) == of("1"), "{n_threads} threads give other weights");
    }
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
        let was_running = interrupt(
            &quiet_training(prepared, &out, &model),
            &place.path(name),
            CHECKPOINT,
            signal,
        );
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

/// Nothing is whole yet: it says so, and begins again.
#[test]
fn a_training_that_is_interrupted_in_its_first_epoch_begins_again() {
    let (prepared, place) = (prepared(), Place::new());
    let (whole, out) = (place.text("whole"), place.text("cut"));
    let model = ["--model", "multimodal", "--epochs", "2", "--seed", "3"];
    succeed(&quiet_training(&prepared, &whole, &model));
    for more in [&[][..], &["--contrastive-epochs", "1"]] {
        let options = [&quiet_training(&prepared, &out, &model)[..], more].concat();
        // The last file that is written before the first step.
        let begun = [place.path("cut/model.json")];
        let output = interrupt_after(&options, &begun, "-INT").expect("it was over already");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("stopped (Ctrl-C) before its first epoch was whole"), "{said}");
        assert!(said.contains("with --resume begins again from the start"), "{said}");
        assert!(!place.path("cut/checkpoints").exists() && !place.path("cut/model.bpk").exists());
        assert!(fail(&options).contains("--resume"));
        if more.is_empty() {
            succeed(&[&options[..], &["--resume"]].concat());
            for file in ["model.safetensors", "model.bpk", "metrics.csv", "predictions.csv"] {
                let of = |name: &str| bytes(&place.path(name).join(file));
                assert!(of("cut") == of("whole"), "{file} is another than without interruption");
            }
            std::fs::remove_dir_all(place.path("cut")).unwrap();
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
fn the_preset_of_the_thesis_trains() {
    let (prepared, place) = (prepared(), Place::new());
    let out = place.text("run");
    let options = ["--preset", "thesis", "--epochs", "1", "--batch-size", "8"];
    let said = succeed(&training(&prepared, &out, &options));
    assert!(said.contains("epoch 1 of 1 kept"), "{said}");
    let model = String::from_utf8(bytes(&place.path("run/model.json"))).unwrap();
    assert!(model.contains(r#""type": "thesis""#), "{model}");
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
    assert!(
        succeed(&["runs", root]).contains("the same in all: accumulate 1, audio_network compact")
    );
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

/// Every kind of augmentation, gradients of two batches, and an interruption in between.
#[test]
fn augmentation_follows_the_seed_and_resumes() {
    let (prepared, place) = (prepared(), Place::new());
    let model = [
        "--model",
        "audio",
        "--epochs",
        "4",
        "--mask-bands",
        "16",
        "--mask-frames",
        "16",
        "--random-offset",
        "--mixup",
        "0.2",
        "--accumulate",
        "2",
    ];
    let (whole, cut, plain) = (place.text("whole"), place.text("cut"), place.text("plain"));
    succeed(&quiet_training(&prepared, &whole, &model));
    let options = quiet_training(&prepared, &cut, &model);
    assert!(interrupt(&options, &place.path("cut"), CHECKPOINT, "-KILL"), "it was over already");
    succeed(&[&options[..], &["--resume"]].concat());
    succeed(&quiet_training(&prepared, &plain, &model[..4]));
    for file in ["model.safetensors", "metrics.csv"] {
        let of = |name: &str| bytes(&place.path(name).join(file));
        assert!(of("cut") == of("whole"), "{file} is another than without interruption");
        assert!(of("plain") != of("whole"), "{file} is as without augmentation");
    }
    let error = fail(&quiet_training(
        &prepared,
        &place.text("x"),
        &["--model", "lyrics", "--mixup", "0.2"],
    ));
    assert!(error.contains("--model audio"), "{error}");
    let masked = ["--model", "lyrics", "--mask-frames", "8"];
    let error = fail(&quiet_training(&prepared, &place.text("x"), &masked));
    assert!(error.contains("network that hears"), "{error}");
    let error = fail(&training(&prepared, &place.text("x"), &["--fusion", "gated"]));
    assert!(error.contains("--fusion is for") && error.contains("--model multimodal"), "{error}");
    let error = fail(&training(&prepared, &place.text("x"), &["--mixup", "2"]));
    assert!(error.contains("from 0.01 to 1"), "{error}");
}

/// The numbers that training moves: all but the running statistics of normalisation.
fn trained(run: &Path) -> Vec<f32> {
    let file = bytes(&run.join("model.safetensors"));
    let tensors = SafeTensors::deserialize(&file).unwrap();
    let mut named: Vec<_> = tensors.iter().filter(|(name, _)| !name.contains("running")).collect();
    named.sort_by_key(|(name, _)| *name);
    let numbers = named.iter().flat_map(|(_, tensor)| tensor.data().as_chunks().0);
    numbers.map(|number| f32::from_le_bytes(*number)).collect()
}

/// Adam's first step moves no number by more than the step size, whatever the gradient. So the weights of two runs of one
/// step, which differ in the step size alone, are apart by just the difference.
#[test]
fn gradients_of_several_batches_make_one_step() {
    let (prepared, place) = (prepared(), Place::new());
    let weights = |rate: &str, accumulate: &str| {
        let out = place.text(&format!("{rate}-{accumulate}"));
        let sizes = ["--epochs", "1", "--batch-size", "8", "--weight-decay", "0"];
        let steps = ["--learning-rate", rate, "--accumulate", accumulate];
        succeed(&training(&prepared, &out, &[&sizes[..], &steps[..]].concat()));
        trained(Path::new(&out))
    };
    let furthest = |accumulate: &str| {
        let [near, far] = ["0.001", "0.002"].map(|rate| weights(rate, accumulate));
        let apart = near.iter().zip(&far).map(|(near, far)| f64::from((near - far).abs()));
        apart.fold(0.0, f64::max)
    };
    // All batches of the epoch, of which there are fewer; what is left at its end makes a step as well.
    let once = furthest("1000");
    assert!((once / 0.001 - 1.0).abs() < 0.01, "{once}");
    let step_by_step = furthest("1");
    assert!(step_by_step > 0.0015, "{step_by_step}");
}

/// Half the digits in products: nearly the same course, the same files.
#[test]
fn products_in_bf16_train_nearly_the_same_network() {
    let (prepared, place) = (prepared(), Place::new());
    let train_loss = |precision: &str| -> f64 {
        let model = ["--model", "multimodal", "--epochs", "2", "--contrastive-epochs", "1"];
        let options = [&model[..], &["--precision", precision]].concat();
        succeed(&quiet_training(&prepared, &place.text(precision), &options));
        let metrics = String::from_utf8(bytes(&place.path(precision).join("metrics.csv"))).unwrap();
        let mut rows = metrics.lines();
        let at = rows.next().unwrap().split(',').position(|name| name == "train_loss").unwrap();
        rows.last().unwrap().split(',').nth(at).unwrap().parse().unwrap()
    };
    let (single, half) = (train_loss("f32"), train_loss("bf16"));
    assert!(single != half && (single / half - 1.0).abs() < 0.1, "{single} and {half}");
    let pairs = |precision: &str| bytes(&place.path(precision).join("contrastive.jsonl"));
    assert!(pairs("f32") != pairs("bf16"), "pairs are learnt in f32");
    let weights = |precision: &str| bytes(&place.path(precision).join("model.safetensors"));
    assert_eq!(weights("f32").len(), weights("bf16").len());
    let run = String::from_utf8(bytes(&place.path("bf16/run.json"))).unwrap();
    assert!(run.contains(r#""precision": "bf16""#), "{run}");
}
