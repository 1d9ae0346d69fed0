use super::*;
use crate::commands::embed::TRAINED_ON;
use crate::commands::made_up;
use crate::training::run::split_hash;
use clap::Parser;
use serde_json::Value;
use shared::catalog::{Catalog, Split};
use shared::embedding::{EmbeddingTable, ValueFormat};

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

/// Runs the command in a folder of made-up songs: twelve of the test split, by nine artists.
fn evaluate_in(folder: &Path, more: &[&str]) -> anyhow::Result<Value> {
    evaluate_edited(folder, |csv| csv, more)
}

/// As [`evaluate_in`], on a catalogue that is edited before.
fn evaluate_edited(
    folder: &Path,
    edit: fn(String) -> String,
    more: &[&str],
) -> anyhow::Result<Value> {
    let catalog = made_up::catalog(folder);
    files::write(&catalog, edit(files::read_text(&catalog)?).as_bytes())?;
    let audio = made_up::table(folder, "audio", 0.3, |_| true);
    let lyrics = made_up::table(folder, "lyrics", 1.7, |song| song != 4);
    let out = folder.join("evaluation");
    let [catalog, audio, lyrics, to] =
        [&catalog, &audio, &lyrics, &out].map(|path| path.to_str().unwrap());
    let tables = format!("audio={audio},lyrics={lyrics}");
    let line = ["evaluate", "--catalog", catalog, "--embeddings", &tables, "--out", to];
    let few = ["--resamples", "200"];
    run(&Line::try_parse_from(line.iter().chain(&few).chain(more))?.args)?;
    Ok(serde_json::from_slice(&files::read(&out.join("evaluation.json"))?)?)
}

fn error_in(folder: &Path, more: &[&str]) -> String {
    format!("{:#}", evaluate_in(folder, more).unwrap_err())
}

fn figure(report: &Value, part: &str, measure: &str, recommender: &str) -> Value {
    let measures = report.pointer(part).unwrap().as_array().unwrap();
    let own = measures.iter().find(|own| own["measure"] == measure).unwrap();
    let values = own["values"].as_array().unwrap();
    values.iter().find(|own| own["recommender"] == recommender).unwrap().clone()
}

#[test]
fn every_table_is_measured_on_the_same_songs() {
    let folder = tempfile::tempdir().unwrap();
    let report = evaluate_in(folder.path(), &[]).unwrap();
    // Song 4 has no lyrics, and so no table has it.
    assert_eq!((&report["n_songs"], &report["n_artists"]), (&11.into(), &8.into()));
    let notes = report["notes"].to_string();
    assert!(notes.contains("lacks 1 songs of the split") && notes.contains("song04"), "{notes}");
    assert!(notes.contains("no page views"), "{notes}");
    // The songs of an artist stand side by side on the circle of the table `audio`.
    let first = figure(&report, "/songs", "same_artist_precision_1", "audio");
    assert_eq!((&first["n"], first["estimate"].as_f64()), (&6.into(), Some(1.0)));
    let hubs = figure(&report, "/songs", "anti_hubs", "random");
    assert_eq!(hubs["n"], 11);
    // All songs of the train split are rap.
    assert!(
        notes.contains("no linear probe of 'lyrics'") && notes.contains("of 1 genres"),
        "{notes}"
    );
    for file in [
        "metrics.csv",
        "report.html",
        "figures/same_genre_ndcg_10.svg",
        "figures/same_genre_ndcg_10.png",
    ] {
        assert!(folder.path().join("evaluation").join(file).is_file(), "{file}");
    }
    let again = evaluate_in(folder.path(), &[]).unwrap();
    assert_eq!(again, report, "the same seed gives the same figures");
}

#[test]
fn a_probe_learns_from_the_train_split_and_is_asked_about_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    // Songs 9, 10 and 12 to 16 are for training, too, so that there are three genres.
    let edit = |csv: String| {
        let edited = csv.lines().map(|line| {
            let moves = line.starts_with("song1") || line.starts_with("song09");
            if moves { line.replace(",test,", ",train,") } else { line.to_owned() }
        });
        edited.collect::<Vec<_>>().join("\n") + "\n"
    };
    let report = evaluate_edited(folder.path(), edit, &["--split", "all"]).unwrap();
    let [audio, lyrics] = report["probes"].as_array().unwrap().as_slice() else {
        panic!("{report}")
    };
    assert_eq!((&audio["n_train"], &lyrics["n_train"]), (&12.into(), &12.into()));
    // Of the 17 songs that both tables have the five that it was not fitted to; two are pop.
    let accuracy = figure(&report, "/songs", "probe_accuracy", "audio");
    assert_eq!(accuracy["n"], 5);
    let svg = folder.path().join("evaluation/figures/confusion_probe_audio.svg");
    assert!(svg.is_file());
}

#[test]
fn the_split_decides_what_can_be_said() {
    let folder = tempfile::tempdir().unwrap();
    let report = evaluate_in(folder.path(), &["--split", "train"]).unwrap();
    let notes = report["notes"].to_string();
    assert!(notes.contains("no linear probe of 'audio': all songs of the split"), "{notes}");
    let error = error_in(folder.path(), &["--split", "validation"]);
    assert!(
        error.contains("split 'validation'") && error.contains("audio.safetensors'"),
        "{error}"
    );
}

#[test]
fn a_name_of_a_baseline_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let table = made_up::table(folder.path(), "x", 0.3, |_| true);
    let more = format!("random={}", table.display());
    let error = error_in(folder.path(), &["--embeddings", &more]);
    assert!(error.contains("'random' is the name of a baseline"), "{error}");
}

#[test]
fn a_run_has_no_baselines_name_and_a_table_is_of_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let run = predictions(folder.path(), "song00,a,x,pop\n").replace("audio=", "random=");
    let error = error_in(folder.path(), &["--run", &run]);
    assert!(error.contains("--run: 'random' is the name of a baseline"), "{error}");
    let path = made_up::table(folder.path(), "other", 0.3, |_| true);
    let table = EmbeddingTable::from_safetensors(&files::read(&path).unwrap()).unwrap();
    let table = table.with_metadata("model", "lyrics");
    files::write(&path, &table.to_safetensors(ValueFormat::F32).unwrap()).unwrap();
    let error =
        error_in(folder.path(), &["--embeddings", &format!("multimodal={}", path.display())]);
    assert!(error.contains("whose network is one of 'lyrics'"), "{error}");
}

/// Songs that a network learnt from are not new to it.
#[test]
fn what_makes_figures_worth_less_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let told = |more: &[&str]| evaluate_in(folder.path(), more).unwrap()["notes"].to_string();
    let notes = told(&[]);
    assert!(notes.contains("are by 8 artists, and intervals that draw so few"), "{notes}");
    assert!(!notes.contains("of the train split"), "{notes}");
    let notes = told(&["--split", "all"]);
    assert!(notes.contains("6 of the 17 songs are of the train split"), "{notes}");

    let catalog =
        Catalog::read_csv(&*files::read(&folder.path().join("catalog.csv")).unwrap()).unwrap();
    let own = split_hash(catalog.split(Split::Train));
    for (trained_on, is_told) in [(own.as_str(), false), ("of other songs", true)] {
        let path = made_up::table(folder.path(), "third", 0.3, |_| true);
        let table = EmbeddingTable::from_safetensors(&files::read(&path).unwrap()).unwrap();
        let table = table.with_metadata(TRAINED_ON, trained_on);
        files::write(&path, &table.to_safetensors(ValueFormat::F32).unwrap()).unwrap();
        let notes = told(&["--embeddings", &format!("third={}", path.display())]);
        assert_eq!(notes.contains("trained on other songs than those"), is_told, "{notes}");
    }
}

/// A run whose network called every song pop.
fn predictions(folder: &Path, rows: &str) -> String {
    let csv = format!("track_id,artist,genre,predicted\n{rows}");
    files::write(&folder.join("run/predictions.csv"), csv.as_bytes()).unwrap();
    format!("audio={}", folder.join("run").display())
}

#[test]
fn what_networks_said_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = [0, 1, 3, 6, 7].map(|song| format!("song{song:02},a,x,pop\n")).concat();
    let run = predictions(folder.path(), &rows);
    let report = evaluate_in(folder.path(), &["--run", &run]).unwrap();
    let accuracy = figure(&report, "/songs", "network_accuracy", "audio");
    assert_eq!((&accuracy["n"], accuracy["estimate"].as_f64()), (&5.into(), Some(0.4)));
    assert_eq!(
        report["networks"][0]["confusion"],
        serde_json::json!([[0, 3, 0], [0, 2, 0], [0, 0, 0]])
    );
    let notes = report["notes"].to_string();
    assert!(notes.contains("says nothing of 6 songs"), "{notes}");
}

#[test]
fn predictions_that_do_not_fit_are_named_by_line() {
    let folder = tempfile::tempdir().unwrap();
    for end in ["\n", "\r\n"] {
        let run = predictions(folder.path(), &format!("song00,a,x,pop{end}other,a,x,pop{end}"));
        let error = error_in(folder.path(), &["--run", &run]);
        assert!(error.contains("predictions.csv' line 3") && error.contains("'other'"), "{error}");
    }
    let run = predictions(folder.path(), "song00,a,x,polka\n");
    let error = error_in(folder.path(), &["--run", &run]);
    assert!(error.contains("country, pop, rap, got 'polka'"), "{error}");
    let error = error_in(folder.path(), &["--run", "audio=/nowhere"]);
    assert!(error.contains("/nowhere/predictions.csv' is missing"), "{error}");
}

/// Twenty listeners who go round the circle of the songs, each from another place.
fn history(folder: &Path, more: &str) -> String {
    let songs = [0, 1, 3, 6, 7, 9, 10, 12, 13, 15, 16];
    let row = |(user, step): (usize, usize)| {
        let song = songs[(user + step) % songs.len()];
        format!("u{user},song{song:02},2026-11-24T10:{step:02}:{user:02}Z\n")
    };
    let steps = (0..20).flat_map(|user| (0..10).map(move |step| (user, step)));
    let csv = format!("user,track,time\n{}{more}", steps.map(row).collect::<String>());
    let path = folder.join("history.csv");
    files::write(&path, csv.as_bytes()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_history_tells_what_was_played_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = history(folder.path(), "u0,song02,1\nu0,nothing,2\nu0,song00,soon\n");
    let report = evaluate_in(folder.path(), &["--history", &path]).unwrap();
    let own = &report["history"];
    assert_eq!(
        (&own["n_rows"], &own["n_outside"], &own["n_faulty"]),
        (&203.into(), &1.into(), &2.into())
    );
    assert_eq!((&own["n_past"], &own["n_transitions"]), (&160.into(), &40.into()));
    assert!(own["cut"].as_f64().unwrap() > 1.7e9, "{own}");
    let notes = report["notes"].to_string();
    assert!(!notes.contains("before the cut") && !notes.contains("listener"), "{notes}");
    let faults = own["faults"].to_string();
    assert!(faults.contains("line 203") && faults.contains("'nothing'"), "{faults}");
    assert!(faults.contains("line 204") && faults.contains("got 'soon'"), "{faults}");
    let random = figure(own, "/measures", "hit_rate_5", "random");
    assert_eq!(random["estimate"], 0.5, "five of the ten others");
    let hit =
        |name: &str| figure(own, "/measures", "hit_rate_5", name)["estimate"].as_f64().unwrap();
    // Neighbours on the circle were played next; how often each was played says nothing.
    assert!(hit("audio") > 0.9, "{}", hit("audio"));
    assert!(hit("item-knn") > hit("popularity"), "{} {}", hit("item-knn"), hit("popularity"));
    let page = files::read_text(&folder.path().join("evaluation/report.html")).unwrap();
    assert!(page.contains("What was played next"), "{page}");
}

/// Days without times: many listens are of the moment of the cut.
#[test]
fn a_history_with_little_past_is_told_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.csv");
    let text = path.to_str().unwrap();
    let write = |days: [&str; 6]| {
        let rows = days.iter().zip([0, 1, 3, 6, 7, 9]);
        let rows = rows.map(|(day, song)| format!("u,song{song:02},{day}\n"));
        let csv = format!("user,track,time\n{}", rows.collect::<String>());
        files::write(&path, csv.as_bytes()).unwrap();
    };
    write(["2026-11-24"; 6]);
    let error = error_in(folder.path(), &["--history", text]);
    assert!(error.contains("history.csv'") && error.contains("give times of day"), "{error}");
    write(["1", "2", "3", "4", "4", "4"]);
    let report = evaluate_in(folder.path(), &["--history", text]).unwrap();
    let notes = report["notes"].to_string();
    assert!(notes.contains("only 50 % of the listens are before the cut"), "{notes}");
    assert!(notes.contains("is of one listener, so that there are no intervals"), "{notes}");
    let hit = figure(&report["history"], "/measures", "hit_rate_5", "audio");
    assert_eq!((&hit["n"], &hit["interval"]), (&3.into(), &Value::Null));
}

#[test]
fn a_history_that_says_nothing_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.csv");
    let text = path.to_str().unwrap();
    files::write(&path, b"user,song,time\n").unwrap();
    let error = error_in(folder.path(), &["--history", text]);
    assert!(error.contains("history.csv'") && error.contains("no column 'track'"), "{error}");
    files::write(&path, b"user,track,time\nu,song02,1\nu,song05,2\n").unwrap();
    let error = error_in(folder.path(), &["--history", text]);
    assert!(error.contains("2 are of songs that are not evaluated (split 'test')"), "{error}");
}
