//! Encoders from elsewhere, and lyrics that are told to belong to their sound.

use super::{Place, bytes, demo, interrupt, of_models, prepared, quiet_training, training};
use safetensors::SafeTensors;
use std::path::Path;
use tests::programs::copy_folder;
use tests::runs::{fail, succeed};

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
        let said = succeed(&quiet_training(&prepared, &out, &options));
        assert_eq!(said.contains(" of them trained"), tuning != "full", "{said}");
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
    let tuned = ["--model", "lyrics", "--text-encoder", &encoder, "--text-tuning", "last-50"];
    let error = fail(&quiet_training(&prepared, &out, &tuned));
    assert!(error.contains("last-50") && error.contains("layers; give last-1 to last-"), "{error}");
}

/// Whatever a training is refused for, its folder is free for the corrected command.
#[test]
fn a_refused_training_does_not_begin_its_folder() {
    let (prepared, place) = (prepared(), Place::new());
    let (out, sound, damaged) = (place.text("run"), small_encoder("bert"), place.text("damaged"));
    copy_folder(Path::new(&sound), &place.path("damaged")).unwrap();
    let other = Path::new(&small_encoder("distilbert")).join("model.safetensors");
    std::fs::copy(other, place.path("damaged/model.safetensors")).unwrap();
    let reads = ["--model", "lyrics", "--epochs", "1"];
    let options = quiet_training(&prepared, &out, &reads);
    for (more, told) in [
        (&["--text-encoder", &damaged][..], "do not fit its config.json"),
        (&["--text-encoder", &out], "config.json"),
        (&["--text-encoder", &sound, "--text-tuning", "last-9"], "last-9"),
        (&["--max-tokens", "1000"], "max_position_embeddings"),
    ] {
        let error = fail(&[&options[..], more].concat());
        assert!(error.contains(told), "{more:?}: {error}");
        assert!(!place.path("run").exists(), "{more:?}");
    }
    succeed(&[&options[..], &["--text-encoder", &sound]].concat());
}

/// What belongs together is learnt before genres, goes on where it was interrupted, and changes what is learnt
/// after it.
#[test]
fn contrastive_pretraining_repeats_and_resumes() {
    let (prepared, place) = (prepared(), Place::new());
    let plain = ["--model", "multimodal", "--epochs", "1", "--seed", "3"];
    let model = [&plain[..], &["--contrastive-epochs", "3"]].concat();
    let whole = place.text("whole");
    succeed(&quiet_training(&prepared, &whole, &model));
    let epochs = String::from_utf8(bytes(&place.path("whole/contrastive.jsonl"))).unwrap();
    assert_eq!(epochs.lines().count(), 3, "{epochs}");
    let loss = |line: &str| {
        let epoch: serde_json::Value = serde_json::from_str(line).unwrap();
        epoch["train_loss"].as_f64().unwrap()
    };
    let losses: Vec<f64> = epochs.lines().map(loss).collect();
    assert!(losses[2] < losses[0], "nothing was learnt: {losses:?}");
    for file in ["figures/contrastive_loss.svg", "figures/contrastive_loss.png", "contrastive.csv"]
    {
        assert!(place.path("whole").join(file).exists(), "{file} is missing");
    }

    let cut = place.text("cut");
    let parts = ["contrastive", "contrastive-optimizer", "contrastive-schedule"];
    let was_running =
        interrupt(&quiet_training(&prepared, &cut, &model), &place.path("cut"), parts, "-KILL");
    assert!(was_running, "training was over before it could be interrupted");
    let resumed = [&quiet_training(&prepared, &cut, &model)[..], &["--resume"]].concat();
    succeed(&resumed);
    let without = place.text("without");
    succeed(&quiet_training(&prepared, &without, &plain));
    for file in ["model.safetensors", "metrics.csv"] {
        let of = |name: &str| bytes(&place.path(name).join(file));
        assert!(of("cut") == of("whole"), "{file} is another than without interruption");
        assert!(of("without") != of("whole"), "{file} is as without pretraining");
    }
    assert!(bytes(&place.path("cut/contrastive.jsonl")) == epochs.as_bytes());
}

#[test]
fn contrastive_pretraining_needs_both_parts() {
    let (prepared, place) = (prepared(), Place::new());
    let out = place.text("run");
    let error = fail(&training(&prepared, &out, &["--contrastive-epochs", "2"]));
    assert!(error.contains("--model multimodal"), "{error}");
}

#[test]
fn the_weights_of_a_reader_are_stored_in_fewer_bytes_and_what_that_costs_is_said() {
    let place = Place::new();
    let mut sizes = Vec::new();
    for format in ["f32", "f16", "int8", "auto"] {
        let bundle = place.text(format);
        let said = succeed(&[
            "export",
            "--catalog",
            &demo("catalog.csv"),
            "--prepared",
            &demo("prepared"),
            "--embeddings",
            &of_models("embeddings", ".safetensors"),
            "--recommendations",
            &demo("recommendations.csv"),
            "--runs",
            &of_models("runs", ""),
            "--text-weights",
            format,
            "--out",
            &bundle,
        ]);
        succeed(&["verify", &bundle]);
        sizes.push(bytes(&place.path(format).join("models/lyrics/model.bpk")).len());
        let manifest = bytes(&place.path(format).join("manifest.json"));
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        assert!(manifest["models"]["audio"].get("text_weights").is_none());
        let stored = &manifest["models"]["multimodal"]["text_weights"];
        if ["f16", "int8"].contains(&format) {
            assert!(said.contains(&format!("weights of 'lyrics' as {format}")), "{said}");
            assert_eq!(stored["format"], format);
            assert!(stored["lowest_cosine"].as_f64().unwrap() > 0.99, "{stored}");
            assert_eq!(stored["n_songs"], n_test_songs(&demo("runs/audio/report.json")));
        } else {
            assert!(stored.is_null(), "{stored}");
        }
    }
    let [f32, f16, int8, auto] = sizes[..] else { unreachable!("four formats") };
    // The tables and matrices are nearly all of it; small networks are left as they are.
    assert!(f16 * 10 < f32 * 6 && int8 * 10 < f32 * 4, "{sizes:?}");
    assert_eq!(auto, f32);
}

/// How many songs a run was tested on.
fn n_test_songs(report: &str) -> serde_json::Value {
    let report: serde_json::Value = serde_json::from_slice(&bytes(Path::new(report))).unwrap();
    report["n_songs"].clone()
}
