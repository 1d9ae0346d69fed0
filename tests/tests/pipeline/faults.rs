//! Data, devices, disks and weights that are not as they should be.

use super::{CHECKPOINT, Place, bytes, interrupt, prepared, quiet_training, training};
use safetensors::SafeTensors;
use shared::catalog::{Catalog, Track};
use std::path::Path;
use tests::demo::short_demo;
use tests::programs::copy_folder;
use tests::runs::{fail, fail_on_full_disk, succeed};

#[test]
fn a_loss_that_is_no_number_stops_training_and_says_so() {
    let (prepared, place) = (prepared(), Place::new());
    let out = place.text("run");
    let error = fail(&training(&prepared, &out, &["--l2", "1e300"]));
    assert!(error.contains("loss is") && error.contains("--learning-rate"), "{error}");
    // Nor is it taken for a wish to stop where something was learnt before.
    let out = place.text("pairs");
    let pairs = ["--model", "multimodal", "--contrastive-epochs", "1", "--l2", "1e300"];
    let error = fail(&quiet_training(&prepared, &out, &pairs));
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
    assert!(
        interrupt(&options, &place.path("run"), CHECKPOINT, "-KILL"),
        "200 epochs were over already"
    );
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
    assert!(!place.path("run").exists(), "a run was begun that can't be");
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
fn a_network_that_reads_needs_something_to_read() {
    let place = Place::new();
    let demo = Catalog::read_csv(&*bytes(&short_demo().join("catalog.csv"))).unwrap();
    let without_lyrics = |track: &Track| Track {
        audio_path: short_demo().join(&track.audio_path).to_str().unwrap().to_owned(),
        lyrics: String::new(),
        ..track.clone()
    };
    let mut csv = Vec::new();
    let silent = Catalog::new(demo.tracks().iter().map(without_lyrics).collect()).unwrap();
    silent.write_csv(&mut csv).unwrap();
    std::fs::write(place.path("catalog.csv"), &csv).unwrap();
    let [catalog, prepared, out] = ["catalog.csv", "prepared", "run"].map(|name| place.text(name));
    // Nor does the copy of a prepared folder take the place of the catalogue.
    let here = place.text(".");
    let error = fail(&["prepare", "--catalog", &catalog, "--out", &here, "--no-stimuli"]);
    assert!(error.contains("is the folder of the catalogue"), "{error}");
    assert!(bytes(&place.path("catalog.csv")) == csv);
    succeed(&["prepare", "--catalog", &catalog, "--out", &prepared, "--no-stimuli"]);
    for model in ["lyrics", "multimodal"] {
        let error = fail(&quiet_training(&prepared, &out, &["--model", model, "--epochs", "1"]));
        assert!(error.contains("no song of the train split"), "{error}");
        assert!(!place.path("run").exists(), "nothing is begun");
    }
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
