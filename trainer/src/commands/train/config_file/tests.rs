//! Files of options, and what is wrong with them.

use super::*;
use crate::commands::train::line::Line;
use crate::commands::train::{check_options, config};
use clap::{CommandFactory, Parser};

/// What a file and the options after it make.
fn read(text: &str, more: &[&str]) -> Result<Args, ConfigFileError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    files::write(&path, text.as_bytes()).unwrap();
    let line = ["segue", "train", "--config", path.to_str().unwrap()];
    let line = line.iter().chain(more).map(OsString::from).collect();
    let line = expand(line, &Line::command())?;
    Ok(Line::try_parse_from(&line[1..]).unwrap().args)
}

fn error(text: &str) -> String {
    read(text, &["--data", "d", "--model", "audio", "--out", "o"]).unwrap_err().to_string()
}

#[test]
fn the_command_line_comes_last() {
    let text = "data = 'd'\nmodel = 'audio'\nlearning-rate = 1\nbatch_size = 8\nresume = true\n";
    let args = read(text, &["--out", "o", "--batch-size", "9"]).unwrap();
    let config = config(&args);
    assert_eq!((config.batch_size, config.learning_rate, args.resume), (9, 1.0, true));
    // What the file switches on can be switched off, and the other way round.
    let off = ["--out", "o", "--resume=false", "--random-offset=false"];
    let args = read(&format!("{text}random-offset = true\n"), &off).unwrap();
    assert_eq!((args.resume, args.augmentation.random_offset), (false, false));
    let on = ["--out", "o", "--random-offset"];
    assert!(
        read(&format!("{text}random_offset = false\n"), &on).unwrap().augmentation.random_offset
    );
}

#[test]
fn what_a_run_writes_gives_its_settings() {
    for model in ["audio", "lyrics", "multimodal"] {
        for preset in ["default", "thesis"] {
            let seed = u64::MAX.to_string();
            let line = ["--data", "d", "--model", model, "--out", "o", "--preset", preset];
            let some = ["--seed", &seed, "--weight-decay", "0.1", "--epochs", "3"];
            let read_so = [
                "--text-pooling",
                "first",
                "--text-windows",
                "mean",
                "--text-encoder",
                "hf",
                "--text-tuning",
                "last-2",
                "--dropout",
                "0.25",
            ];
            let reads: &[&str] = if model == "audio" { &[] } else { &read_so };
            let line = [&line[..], &some, reads].concat();
            let args = read("", &line).unwrap();
            let written = resolved(&args, &config(&args), "cpu");
            let again = read(&written, &["--out", "other"]).unwrap();
            assert_eq!(config(&again), config(&args), "{written}");
            assert_eq!((again.data.clone(), again.preset), (args.data, args.preset));
            check_options(&again).unwrap();
            assert!(written.contains("weight-decay = 0.1\n"), "{written}");
        }
    }
}

#[test]
fn every_setting_is_written() {
    for model in ["audio", "lyrics", "multimodal"] {
        for preset in ["default", "thesis"] {
            let line = ["--data", "d", "--model", model, "--out", "o", "--preset", preset];
            let args = read("", &line).unwrap();
            let config = config(&args).resolved(None);
            let written = resolved(&args, &config, "cpu");
            let table: Table = toml::from_str(&written).unwrap();
            // Of a pretrained encoder there is none; without a step size of its own it has that of the rest.
            let mut left_out =
                vec!["text_encoder", "text_encoder_blake3", "text_tuning", "text_learning_rate"];
            if model == "audio" {
                left_out.extend(["text_pooling", "max_tokens"]);
            }
            for (name, value) in as_map(&config) {
                let is_left_out = left_out.contains(&name.as_str());
                assert!(is_left_out != table.contains_key(&option_of(&name)), "{name}");
                assert!(is_left_out || !value.is_null(), "{name}");
            }
            // What was resolved is what it is again, whatever presets say then.
            let again = read(&written, &["--out", "other"]).unwrap();
            check_options(&again).unwrap();
            assert_eq!(super::super::config(&again).resolved(None), config, "{written}");
        }
    }
}

/// The settings of a run that reads may be those of one that does not, and the other way round.
#[test]
fn settings_serve_another_network() {
    let written = |model: &str| {
        let args = read("", &["--data", "d", "--model", model, "--out", "o"]).unwrap();
        resolved(&args, &config(&args).resolved(None), "cpu")
    };
    for (from, to) in [("multimodal", "audio"), ("audio", "multimodal"), ("audio", "lyrics")] {
        let args = read(&written(from), &["--model", to, "--out", "o"]).unwrap();
        check_options(&args).unwrap();
    }
}

#[test]
fn what_is_wrong_is_named() {
    let unknown = error("learning-rat = 1\n");
    assert!(unknown.contains("c.toml' has the key 'learning-rat'"), "{unknown}");
    assert!(unknown.contains("learning-rate") && !unknown.contains("help"), "{unknown}");
    assert!(error("config = 'x'\n").contains("'config'"));
    let kind = error("resume = 1\n");
    assert!(kind.contains("key 'resume': expected true or false, got integer"), "{kind}");
    assert!(error("[epochs]\nx = 1\n").contains("got table"));
    let value = error("epochs = 'many'\n");
    assert!(
        value.contains("c.toml'") && value.contains("--epochs") && value.contains("'many'"),
        "{value}"
    );
    let value = error("network = 'deep'\n");
    assert!(value.contains("'deep'") && value.contains("compact"), "{value}");
    for (text, option, range) in [
        ("learning-rate = -1\n", "--learning-rate", "above 0 and at most 1"),
        ("learning_rate = nan\n", "--learning-rate", "above 0 and at most 1"),
        ("text-learning-rate = 5\n", "--text-learning-rate", "above 0 and at most 1"),
        ("dropout = 1.0\n", "--dropout", "from 0 to less than 1"),
        ("weight-decay = -1\n", "--weight-decay", "0 or a larger number"),
        ("l2 = -0.5\n", "--l2", "0 or a larger number"),
        ("epochs = 0\n", "--epochs", "is not in 1.."),
    ] {
        let value = error(text);
        let told = value.contains("c.toml'") && value.contains(option);
        assert!(told && value.contains(range), "{value}");
    }
    assert!(error("epochs = \n").contains("is no TOML"));
}

/// The file of a run decides everything, so that another preset would change nothing but what is recorded.
#[test]
fn another_preset_than_the_files_is_refused() {
    let line = ["--data", "d", "--model", "audio", "--out", "o"];
    let args = read("", &line).unwrap();
    let written = resolved(&args, &config(&args).resolved(None), "cpu");
    for more in [&["--preset", "thesis"][..], &["--preset=thesis"]] {
        let error = read(&written, more).unwrap_err().to_string();
        assert!(error.contains("c.toml' is of the preset 'default'"), "{error}");
        assert!(error.contains("--preset thesis"), "{error}");
    }
    read(&written, &["--out", "o", "--preset", "default"]).unwrap();
    let own = "data = 'd'\nmodel = 'audio'\nepochs = 3\n";
    let asked = config(&read(own, &["--out", "o", "--preset", "thesis"]).unwrap());
    assert_eq!((asked.n_epochs, asked.batch_size), (3, 16));
}

#[test]
fn other_commands_are_left_alone() {
    let line: Vec<OsString> = ["segue", "embed", "--config", "none"].map(OsString::from).into();
    assert_eq!(expand(line.clone(), &Line::command()).unwrap(), line);
}
