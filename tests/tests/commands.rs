//! The program `segue`, run as people run it.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::net::TcpListener;
use std::process::{Command, Output};
use tests::programs::{self, Server};
use tests::runs::{fail, run, succeed};

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
        "spectrogram",
        "train",
        "sweep",
        "runs",
        "parity",
        "embed",
        "recommend",
        "evaluate",
        "export",
        "verify",
        "demo",
        "serve",
        "study",
        "analyse",
        "power",
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

/// As of `segue runs | head -1`.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_nobody_reads_is_no_fault() {
    let mut command = Command::new(programs::segue().unwrap());
    command.args(["statistics", "prop-test", "149/239", "86/239"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command.stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(141), 0), "{output:?}");

    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = command.stdout(full).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && said.starts_with("segue: its output can't be written"),
        "{said}"
    );
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
fn the_published_counts_give_the_p_values_of_r() {
    let counts = ["analyse", "--counts", "149,148,86/239", "--counts", "79,94,76/172", "--json"];
    let layer = json(&counts);
    let tests = layer["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 6);
    let p = |at: usize| tests[at]["test"]["p_value"].as_f64().unwrap();
    assert!((p(0) - 7.03961161239506e-9).abs() < 1e-18, "audio > control: {}", p(0));
    let said = failure(&["analyse", "--counts", "149,148/239"]);
    assert!(said.contains("149,148,86/239"), "{said}");
}

#[test]
fn a_study_is_begun_checked_simulated_and_analysed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (study, data, out) = (path("study.json"), path("data"), path("report"));
    succeed(&["study", "new", "--out", &study]);
    assert!(succeed(&["study", "check", &study]).contains("is sound"));
    assert!(fail(&["study", "new", "--out", &study]).contains("--force"));
    succeed(&["study", "simulate", &study, "--out", &data, "--participants", "8", "--seed", "3"]);
    // One file is edited, one cut off, one twice, and one is of something else.
    let file = |at: usize| folder.path().join("data").join(format!("session-{at:04}.csv"));
    let text = std::fs::read_to_string(file(0)).unwrap();
    let edited = text.replacen("\"\"response\"\":1", "\"\"response\"\":0", 1);
    assert_ne!(edited, text);
    std::fs::write(file(0), edited).unwrap();
    std::fs::copy(file(1), folder.path().join("data/again.csv")).unwrap();
    std::fs::write(folder.path().join("data/empty.csv"), "").unwrap();
    let arguments = ["analyse", &data, "--study", &study, "--out", &out, "--mode", "sim"];
    // A bundle of other songs, here of none, tells no genre of those that were answered.
    let bundle = path("bundle");
    std::fs::create_dir(&bundle).unwrap();
    std::fs::write(path("bundle/catalog.json"), r#"{"genres":[],"tracks":[]}"#).unwrap();
    let more = ["--bootstrap", "200", "--bundle", &bundle];
    let output = run(&[&arguments[..], &more].concat());
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    for wanted in [
        "session-0000.csv",
        "empty.csv: the file is empty",
        "it counts once",
        "bundle' has none of the songs that were answered",
    ] {
        assert!(errors.contains(wanted), "'{wanted}' is missing in:\n{errors}");
    }
    let report = std::fs::read_to_string(folder.path().join("report/report.html")).unwrap();
    assert!(report.contains("<svg") && report.contains("multimodal \u{2212} audio"), "{report}");
    assert!(!report.contains("http://") || !report.contains("src="), "it needs nothing beside it");
    let results: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("report/results.json")).unwrap())
            .unwrap();
    // The edited session is not among them; the study's own rules leave out some more.
    assert_eq!(results["left"]["n_sessions"], 7);
    let n_left_out = results["left"]["n_sessions_left_out"].as_u64().unwrap();
    assert_eq!(results["n_participants"].as_u64().unwrap(), 7 - n_left_out);
    for file in ["results.csv", "figures/like_rates.svg", "figures/like_rates.png"] {
        assert!(folder.path().join("report").join(file).is_file(), "{file}");
    }
    let other = path("other.json");
    succeed(&["study", "new", "--preset", "thesis", "--out", &other]);
    let said = fail(&["analyse", &data, "--study", &other, "--mode", "sim"]);
    assert!(said.contains("sessions of different studies are not mixed"), "{said}");
}

#[test]
fn power_is_that_of_the_thesis_and_goes_on_where_it_was() {
    let power = json(&["power", "--preset", "thesis", "--replications", "2000", "--json"]);
    let share = |what: &str| power["one"][what]["audio_control"].as_f64().unwrap();
    assert!((share("exact") - 0.645).abs() < 0.02 && (share("simulated") - 0.645).abs() < 0.05);

    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("power").to_str().unwrap().to_owned();
    let run = |n: &str| {
        let setting = ["--participants", "6", "--anchors", "6", "--songs", "60"];
        let arguments = ["power", "--out", &out, "--replications", n, "--json"];
        json(&[&arguments[..], &setting].concat())
    };
    assert_eq!(run("2")["cells"][0]["n_studies"], 2);
    let studies = folder.path().join("power/studies.jsonl");
    let before = std::fs::read_to_string(&studies).unwrap();
    // As if the program had ended in the middle of a line.
    std::fs::write(&studies, format!("{before}{{\"step\":2,")).unwrap();
    assert_eq!(run("4")["cells"][0]["n_studies"], 4);
    let after = std::fs::read_to_string(&studies).unwrap();
    assert!(after.starts_with(&before) && after.lines().count() == 4, "{after}");
    let said = fail(&["power", "--out", &out, "--participants", "7", "--anchors", "6"]);
    assert!(said.contains("another plan"), "{said}");
}

#[test]
fn false_positives_are_simulated_beside_the_power() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let few = ["--participants", "4,6", "--anchors", "6", "--songs", "60", "--replications", "3"];
    let more = ["power", "--false-positives", "--json", "--out", out];
    let both = json(&[&more[..], &few].concat());
    assert_eq!(both["cells"].as_array().unwrap().len(), 2);
    assert_eq!(both["false_positives"]["cells"][1]["n_studies"], 3);
    for file in ["power.csv", "power.png", "false_positives.csv", "false_positives.svg"] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
    // What there is no effect in is the same as when asked for alone.
    let alone = json(&[&["power", "--without-effect", "--json"], &few[..]].concat());
    assert_eq!(both["false_positives"]["cells"], alone["cells"]);
    assert_ne!(both["cells"], alone["cells"]);
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

/// A machine with a graphics processor: programs in place of `segue`, Python and `nvidia-smi` that write down what they
/// are asked.
#[cfg(unix)]
struct Machine {
    folder: tempfile::TempDir,
}

#[cfg(unix)]
impl Machine {
    fn new() -> Self {
        let machine = Self { folder: tempfile::tempdir().unwrap() };
        // A training lasts until the memory was looked at meanwhile, and says its epochs where they are asked for.
        machine.program(
            "segue",
            "n=$(grep -cE '^train.*/runs/(audio|lyrics|multimodal) ' \"$0.log\")
             case $* in
             catalog*) echo '  16  pop: 11 train, 2 validation, 3 test' ;;
             train*/runs/audio\\ *|train*/runs/lyrics\\ *|train*/runs/multimodal\\ *)
                 until [ \"$(wc -l <\"${0%segue}looks\" 2>/dev/null || echo 0)\" -ge \"$n\" ]; do
                     sleep 0.02
                 done ;;
             train*'--progress plain'*) echo 'epoch   1   loss 2.5'; echo 'epoch   2   loss 1.5' ;;
             esac",
        );
        machine.program("python", "echo \"PyTorch in ${PRECISION:-f32}\"");
        let looks =
            "echo 7; case $* in *loop*) echo >>\"${0%nvidia-smi}looks\"; exec sleep 60 ;; esac";
        machine.program("nvidia-smi", looks);
        machine
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self, name: &str, does: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let text = format!("#!/bin/sh\necho \"$*\" >>\"$0.log\"\n{does}\n");
        std::fs::write(self.path(name), text).unwrap();
        let may_run = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.path(name), may_run).unwrap();
    }

    /// What a program was asked.
    fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(&format!("{name}.log"))).unwrap()
    }

    fn check(&self, device: &str, settings: &[(&str, &str)]) -> Output {
        let path = std::env::var("PATH").unwrap();
        Command::new("sh")
            .args([concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/gpu-check"), device])
            .arg(self.path("check"))
            .env_remove("GPU_CHECK_SMALL")
            .env_remove("SEGUE_TEXT_ENCODER")
            .envs(settings.iter().copied())
            .env("SEGUE", self.path("segue"))
            .env("PYTHON", self.path("python"))
            .env("PATH", format!("{}:{path}", self.folder.path().display()))
            .output()
            .unwrap()
    }

    /// What a check that succeeds says.
    fn report(&self, device: &str, settings: &[(&str, &str)]) -> String {
        let output = self.check(device, settings);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{said}");
        said
    }
}

#[cfg(unix)]
#[test]
fn the_check_of_a_card_is_of_that_card() {
    for (device, torch, id) in [
        ("cuda", "cuda:0", Some("--id=0")),
        ("cuda:1", "cuda:1", Some("--id=1")),
        ("cuda:2,3", "cuda:2", Some("--id=2,3")),
        ("wgpu:1", "cuda:1", Some("--id=1")),
        ("wgpu", "cuda:0", None),
    ] {
        let machine = Machine::new();
        let said = machine.report(device, &[]);
        assert!(said.contains("memory: at most 7 MB"), "{said}");
        let (steps, looks) = (machine.log("python"), machine.log("nvidia-smi"));
        for batch in [16, 256] {
            let step = format!("train_step.py 0 {torch} {batch} compact thesis lyrics multimodal");
            assert!(steps.contains(&format!("{step} thesis-multimodal")), "{steps}");
        }
        assert_eq!(said.matches("PyTorch in bf16").count(), 1, "{said}");
        assert_eq!(looks.lines().count(), 4, "{looks}");
        for look in looks.lines() {
            let asked = look.split(' ').find(|word| word.starts_with("--id"));
            assert_eq!(asked, id, "{device}: {look}");
        }
        let asked = machine.log("segue");
        for wanted in [
            "--networks compact,thesis,lyrics,multimodal,thesis-multimodal --batch-size 256",
            &format!("--epochs 2 --batch-size 8 --device {device} "),
            "--accumulate 2 --mask-bands 16 --mask-frames 16 --random-offset --mixup 0.2",
            "sweep --grid",
        ] {
            assert!(asked.contains(wanted), "'{wanted}' is missing in:\n{asked}");
        }
        let grid = std::fs::read_to_string(machine.path("check/sweep.toml")).unwrap();
        let first = device.split(',').next().unwrap();
        assert!(grid.contains(&format!("device = \"{first}\"")), "{grid}");
        let losses =
            |on: &str| said.contains(&format!("on {on} slices each: epoch   2   loss 1.5; "));
        let has_several = device == "cuda:2,3";
        assert_eq!(losses("cuda:2,3, 16") && losses("cuda:2, 32"), has_several, "{said}");
        assert_eq!(said.contains(" songs a second"), has_several, "{said}");
    }
}

#[cfg(unix)]
#[test]
fn the_check_of_a_card_may_be_quick_and_does_without_what_is_not_there() {
    let machine = Machine::new();
    assert!(machine.report("wgpu", &[]).contains("text encoder: not tried"));
    machine.program("python", "exit 1");
    let encoder = machine.folder.path().to_str().unwrap();
    let settings = [("GPU_CHECK_SMALL", "1"), ("SEGUE_TEXT_ENCODER", encoder)];
    std::fs::remove_file(machine.path("segue.log")).unwrap();
    std::fs::remove_file(machine.path("looks")).unwrap();
    let said = machine.report("wgpu", &settings);
    assert!(said.contains("PyTorch: not measured (no torch with CUDA)"), "{said}");
    let asked = machine.log("segue");
    assert!(!asked.contains("thesis") && asked.contains("--epochs 1 --batch-size 8"), "{asked}");
    for tuning in ["frozen", "last-1"] {
        let wanted = format!("--text-encoder {encoder} --text-tuning {tuning}");
        assert!(asked.contains(&wanted), "{asked}");
    }
    for (name, value) in [("GPU_CHECK_SMALL", "yes"), ("SEGUE_TEXT_ENCODER", "/no/encoder")] {
        let output = machine.check("wgpu", &[(name, value)]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(name) && said.contains(&format!("'{value}'")), "{said}");
    }
}
