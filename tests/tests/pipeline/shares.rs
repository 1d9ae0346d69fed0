//! Work that is shared out: over devices, and over machines.

use crate::{
    CHECKPOINT, Place, bytes, demo, interrupt, interrupt_after, prepared, quiet_training, succeed,
    training,
};
use std::path::Path;
use tests::runs::fail;

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&bytes(path)).unwrap()
}

#[test]
fn two_workers_train_together_until_nothing_is_gained_and_one_goes_on() {
    let (data, place) = (prepared(), Place::new());
    let out = place.text("still");
    // Such steps move no weight, and nothing in this network but its weights changes: no epoch is better than the first.
    let still = ["--model", "lyrics", "--learning-rate", "1e-30", "--epochs", "9"];
    let patient = ["--patience", "2", "--device", "cpu:2"];
    succeed(&quiet_training(&data, &out, &[&still[..], &patient].concat()));
    let report = json(&place.path("still/report.json"));
    assert_eq!(report["kept_epoch"], 1, "{report}");
    assert_eq!(report["n_epochs"], 3, "{report}");

    let out = place.text("moved");
    let model = ["--model", "audio", "--epochs", "6", "--patience", "6"];
    let options = quiet_training(&data, &out, &model);
    let two = [&options[..], &["--device", "cpu:2"]].concat();
    assert!(interrupt(&two, &place.path("moved"), CHECKPOINT, "-KILL"), "it had ended already");
    succeed(&[&options[..], &["--device", "cpu", "--resume"]].concat());
    let run = json(&place.path("moved/run.json"));
    assert_eq!(run["device"], "cpu:2", "{run}");
    let continued = &run["continued"][0];
    assert_eq!(continued["device"], "cpu", "{run}");
    assert!(continued["after_epoch"].as_u64().is_some_and(|n_epochs| n_epochs >= 1), "{run}");
    let metrics = String::from_utf8(bytes(&place.path("moved/metrics.jsonl"))).unwrap();
    assert_eq!(metrics.lines().count(), 6, "{metrics}");
    assert_eq!(json(&place.path("moved/report.json"))["n_epochs"], 6);
}

#[test]
fn what_two_workers_trained_says_so() {
    let (data, place) = (prepared(), Place::new());
    let out = place.text("run");
    let said = succeed(&training(&data, &out, &["--epochs", "1", "--device", "cpu:2"]));
    assert!(said.contains("test:"), "{said}");
    assert_eq!(json(&place.path("run/run.json"))["device"], "cpu:2");
    let metrics = String::from_utf8(bytes(&place.path("run/metrics.jsonl"))).unwrap();
    let epoch: serde_json::Value = serde_json::from_str(metrics.lines().next().unwrap()).unwrap();
    assert!(epoch["train"]["loss"].as_f64().is_some_and(f64::is_finite), "{metrics}");
    let config = String::from_utf8(bytes(&place.path("run/config.toml"))).unwrap();
    assert!(config.contains("device = \"cpu:2\""), "{config}");
}

#[test]
fn several_workers_need_a_batch_each_and_only_train() {
    let (data, place) = (prepared(), Place::new());
    let (out, run) = (place.text("x"), demo("runs/audio"));
    let many = ["--model", "audio", "--device", "cpu:99"];
    let few = fail(&quiet_training(&data, &out, &many));
    assert!(few.contains("cpu:99 are 99 devices") && few.contains("--batch-size"), "{few}");
    let line = ["embed", "--run", &run, "--data", &data, "--out", &out, "--device", "cpu:2"];
    let embed = fail(&line);
    assert!(embed.contains("'cpu:2' names several devices"), "{embed}");
}

#[test]
fn shares_of_a_table_are_joined_by_the_last_one() {
    let place = Place::new();
    let (data, run) = (prepared(), demo("runs/audio"));
    let embed = |out: &str, more: &[&str]| {
        let out = place.text(out);
        let mut line =
            vec!["embed", "--run", &run, "--data", &data, "--out", &out, "--device", "cpu"];
        line.extend(more);
        succeed(&line)
    };
    embed("one.safetensors", &["--slices"]);
    for (share, wanted) in
        [("2/3", "not yet there: 0, 1"), ("0/3", "not yet there: 1"), ("1/3", "64 songs")]
    {
        let said = embed("many.safetensors", &["--slices", "--shard", share]);
        assert!(said.contains(wanted), "{said}");
    }
    assert_eq!(bytes(&place.path("one.safetensors")), bytes(&place.path("many.safetensors")));
    assert!(!place.path("many.safetensors.parts").exists());
    let again = embed("many.safetensors", &["--slices", "--shard", "0/3"]);
    assert!(again.contains("nothing to do"), "{again}");
}

fn parts(line: &[String]) -> Vec<&str> {
    line.iter().map(String::as_str).collect()
}

#[test]
fn songs_are_embedded_with_the_weights_of_an_epoch() {
    let place = Place::new();
    let (data, run) = (prepared(), place.text("run"));
    std::fs::create_dir(&run).unwrap();
    let take = |from: &str, to: &str| {
        std::fs::copy(demo(&format!("runs/{from}")), place.path("run").join(to)).unwrap();
    };
    take("audio/model.json", "model.json");
    take("audio/model.bpk", "model.bpk");
    let line = |weights: &'static str| -> Vec<String> {
        let out = place.text(&format!("{weights}.safetensors"));
        let line = ["embed", "--run", &run, "--data", &data, "--out", &out, "--device", "cpu"];
        [&line[..], &["--weights", weights]].concat().into_iter().map(str::to_owned).collect()
    };
    // Without a file of its own the best epoch is the kept one.
    succeed(&parts(&line("kept")));
    let said = succeed(&parts(&line("best")));
    assert!(said.contains("with the weights in '") && said.contains("model.bpk'"), "{said}");
    assert_eq!(bytes(&place.path("kept.safetensors")), bytes(&place.path("best.safetensors")));
    take("multimodal/model.bpk", "last.bpk");
    let said = fail(&parts(&line("last")));
    assert!(said.contains("the weights do not fit the network"), "{said}");
    succeed(&parts(&line("kept")));
}

#[test]
fn a_sweep_trains_what_is_missing_and_compares_over_seeds() {
    let place = Place::new();
    let (data, out) = (prepared(), place.text("runs"));
    let text = "model = 'lyrics'\nepochs = 1\n[grid]\nseed = [1, 2]\n\
        [[variants]]\nname = 'quick'\nlearning-rate = 0.01\n[[variants]]\nname = 'slow'\n";
    std::fs::write(place.path("s.toml"), text).unwrap();
    let grid = place.text("s.toml");
    let line = |more: &[&'static str]| {
        let mut line =
            vec!["sweep", "--grid", &grid, "--data", &data, "--out", &out, "--progress", "none"];
        line.extend(more);
        line.iter().map(|part| (*part).to_owned()).collect::<Vec<String>>()
    };
    let sweep = |more: &[&'static str]| {
        let line = line(more);
        succeed(&line.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let list = sweep(&["--list"]);
    assert_eq!(list.lines().count(), 4, "{list}");
    assert!(list.contains("slow-seed-2\tsegue train") && !place.path("runs").exists(), "{list}");
    sweep(&["--shard", "1/2"]);
    assert!(place.path("runs/quick-seed-2/report.json").exists());
    assert!(!place.path("runs/quick-seed-1").exists());
    let whole = sweep(&[]);
    assert!(whole.contains("is finished: nothing to do"), "{whole}");
    let csv = String::from_utf8(bytes(&place.path("runs/sweep.csv"))).unwrap();
    let rows: Vec<&str> = csv.lines().collect();
    assert!(
        rows.len() == 3
            && rows[1].starts_with("quick,2,2,0.")
            && rows[2].starts_with("slow,2,2,0."),
        "{csv}"
    );
    // One training that can't go on does not stop the others.
    std::fs::write(place.path("runs/quick-seed-1/run.json"), "{").unwrap();
    std::fs::remove_dir_all(place.path("runs/slow-seed-2")).unwrap();
    let line = line(&[]);
    let said = fail(&line.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(said.contains("1 of 4 trainings failed: quick-seed-1;"), "{said}");
    assert!(place.path("runs/slow-seed-2/report.json").exists());
}

#[test]
fn a_share_of_a_table_that_dies_is_run_again_alone() {
    let place = Place::new();
    let (data, run) = (prepared(), demo("runs/audio"));
    let out = place.text("many.safetensors");
    let line = ["embed", "--run", &run, "--data", &data, "--out", &out, "--device", "cpu"];
    let share = |share: &'static str| [&line[..], &["--shard", share]].concat();
    assert!(interrupt_after(&share("0/2"), &[], "-KILL").is_some(), "it had ended already");
    assert!(!place.path("many.safetensors.parts/0-of-2.safetensors").exists());
    let waits = succeed(&share("1/2"));
    assert!(waits.contains("not yet there: 0"), "{waits}");
    assert!(!place.path("many.safetensors").exists());
    succeed(&share("0/2"));
    let one = place.text("one.safetensors");
    succeed(&["embed", "--run", &run, "--data", &data, "--out", &one, "--device", "cpu"]);
    assert_eq!(bytes(&place.path("one.safetensors")), bytes(&place.path("many.safetensors")));
}

#[test]
fn a_share_of_a_sweep_that_dies_is_run_again_alone() {
    let place = Place::new();
    let data = prepared();
    let text = "model = 'audio'\nepochs = 4\npatience = 4\n[grid]\nseed = [1, 2]\n";
    std::fs::write(place.path("s.toml"), text).unwrap();
    let (grid, shared, alone) = (place.text("s.toml"), place.text("shared"), place.text("alone"));
    let sweep = |out: &str, share: &str| {
        let line = ["sweep", "--grid", &grid, "--data", &data, "--out", out, "--progress", "none"];
        let line: Vec<String> =
            line.into_iter().chain(["--shard", share]).map(str::to_owned).collect();
        line
    };
    let run = |out: &str, share: &str| {
        let line = sweep(out, share);
        succeed(&line.iter().map(String::as_str).collect::<Vec<_>>());
    };
    let line = sweep(&shared, "0/2");
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    let first = place.path("shared/seed-1");
    assert!(interrupt(&line, &first, CHECKPOINT, "-KILL"), "it had ended already");
    assert!(!place.path("shared/seed-1/report.json").exists());
    run(&shared, "1/2");
    run(&shared, "0/2");
    run(&alone, "0/1");
    for seed in [1, 2] {
        let weights = |of: &str| bytes(&place.path(&format!("{of}/seed-{seed}/model.safetensors")));
        assert_eq!(weights("shared"), weights("alone"), "seed {seed}");
    }
    let table = |of: &str| bytes(&place.path(&format!("{of}/sweep.csv")));
    assert_eq!(table("shared"), table("alone"));
}

#[test]
fn the_processor_agrees_with_itself() {
    let said = succeed(&[
        "parity",
        "--device",
        "cpu",
        "--batch-size",
        "4",
        "--networks",
        "lyrics,compact",
    ]);
    assert!(
        said.contains("lyrics") && said.contains("compact") && !said.contains("thesis"),
        "{said}"
    );
    let (data, run) = (prepared(), demo("runs/audio"));
    let said = succeed(&["parity", "--device", "cpu", "--run", &run, "--data", &data]);
    assert!(said.contains("embeddings of 64 songs: cpu at most 0.0e0"), "{said}");
    let wrong = fail(&["parity", "--device", "cpu", "--networks", "deep"]);
    assert!(wrong.contains("'deep'") && wrong.contains("compact"), "{wrong}");
}
