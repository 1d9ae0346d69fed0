//! A small made-up bundle, and everything that can be broken in it.

use super::*;
use crate::catalog::{Split, TrackId};
use crate::embedding::{EmbeddingTable, ValueFormat, cosine_similarity, principal_map};
use crate::hash::sha256_hex;
use crate::recommend::{Condition, PartIndex, Recommendation, Recommendations};
use crate::study::{Preset, StudyDesign};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::LazyLock;

mod damage;
mod large;

type Files = BTreeMap<String, Vec<u8>>;

fn id(text: &str) -> TrackId {
    TrackId::parse(text).unwrap()
}

fn songs() -> SongList {
    let song = |name: &str| Song {
        track_id: id(name),
        title: format!("Song {name}, \"quoted\""),
        artist: "Ä".into(),
        artist_key: "a".into(),
        genre: "pop".into(),
        year: Some(1999),
        views: None,
        split: Split::Test,
        language: "en".into(),
        stimulus: format!("{name}.mp3"),
    };
    SongList { genres: vec!["pop".into()], tracks: ["a", "b", "c"].map(song).to_vec() }
}

fn table(name: &str) -> EmbeddingTable {
    let values = vec![1.0, 0.1, 0.3, 1.2, -0.7, 0.9];
    EmbeddingTable::new(name, 2, songs().tracks.into_iter().map(|s| s.track_id).collect(), values)
        .unwrap()
}

/// The table with two slices a song.
fn with_slices() -> EmbeddingTable {
    let two = |(track_id, row): (&TrackId, &[f32])| (track_id.clone(), [row, row].concat());
    let slices = table("audio").rows().map(two).collect();
    table("audio").with_slices(&slices).unwrap()
}

fn row(anchor: &str, condition: Condition, rank: usize, track: &str) -> Recommendation {
    let (table, anchor_id, track_id) = (table("audio"), id(anchor), id(track));
    let by_table =
        || cosine_similarity(table.row(&anchor_id).unwrap(), table.row(&track_id).unwrap());
    let similarity = condition.needs_embeddings().then(by_table);
    Recommendation { anchor_id, condition, rank, track_id, similarity }
}

fn recommendations() -> Recommendations {
    Recommendations::new(vec![
        row("a", Condition::Audio, 1, "b"),
        row("a", Condition::Audio, 2, "c"),
        row("a", Condition::Random, 1, "c"),
    ])
}

/// A study that three songs are enough for.
fn study() -> StudyDesign {
    let mut design = Preset::Default.design();
    design.recommenders = vec![Condition::Audio];
    design.practice_trials = 0;
    design
}

fn write() -> Files {
    let mut files = Files::new();
    let mut writer = BundleWriter::new(|path: &str, bytes: &[u8]| {
        files.insert(path.to_owned(), bytes.to_vec());
        Ok::<(), Infallible>(())
    });
    writer.catalog(&songs()).unwrap();
    writer.song_pages(&songs()).unwrap();
    writer.embeddings(&table("audio")).unwrap();
    writer.parts("audio", &PartIndex::cut(&table("audio")), (2, 1)).unwrap();
    writer.moments(&with_slices().moments(1, |_| true).unwrap()).unwrap();
    writer.map(&principal_map(&table("audio"))).unwrap();
    writer.recommendations(&recommendations()).unwrap();
    writer.study(&study().to_json()).unwrap();
    for song in songs().tracks {
        writer.stimulus(&song.stimulus, song.title.as_bytes()).unwrap();
    }
    let model = ModelFiles {
        config: br#"{"kind": "compact", "n_classes": 1}"#,
        weights: &[1, 2, 3],
        tokenizer: Some(b"{}"),
        text_weights: None,
    };
    writer.model("audio", model).unwrap();
    let provenance = Provenance {
        catalog_sha256: "00".into(),
        data_hash: "11".into(),
        recommend: None,
        runs: BTreeMap::new(),
    };
    let parts =
        ManifestParts { name: "example".into(), prepare: json!({"n_mels": 128}), provenance };
    writer.finish(parts).unwrap();
    files
}

static EXAMPLE: LazyLock<Files> = LazyLock::new(write);

fn faults(files: &Files) -> Vec<String> {
    let mut checker = match Checker::new(&files[MANIFEST_FILE], |list| files.get(list).cloned()) {
        Ok(checker) => checker,
        Err(error) => return vec![error.to_string()],
    };
    for (path, bytes) in files {
        checker.file(path, bytes);
    }
    checker.finish().iter().map(|fault| with_sources(fault)).collect()
}

fn with_sources(error: &dyn std::error::Error) -> String {
    error
        .source()
        .map_or_else(|| error.to_string(), |source| format!("{error}: {}", with_sources(source)))
}

/// The example with other bytes for a file, and a manifest that agrees with them.
fn with_file(path: &str, bytes: &[u8]) -> Files {
    let mut files = EXAMPLE.clone();
    files.insert(path.to_owned(), bytes.to_vec());
    let mut manifest = Manifest::from_json(&files[MANIFEST_FILE]).unwrap();
    let old = manifest.files[path].clone();
    manifest.files.insert(path.to_owned(), FileRecord::of(old.role, old.media, bytes));
    files.insert(MANIFEST_FILE.to_owned(), manifest.to_json());
    files
}

fn with_manifest(change: impl FnOnce(&mut Value)) -> Files {
    let mut files = EXAMPLE.clone();
    let mut manifest: Value = serde_json::from_slice(&files[MANIFEST_FILE]).unwrap();
    change(&mut manifest);
    files.insert(MANIFEST_FILE.to_owned(), manifest.to_string().into_bytes());
    files
}

fn with_recommendations(rows: Vec<Recommendation>) -> Files {
    let mut csv = Vec::new();
    Recommendations::new(rows).write_csv(&mut csv).unwrap();
    with_file(RECOMMENDATIONS_FILE, &csv)
}

/// The faults are exactly these, in any order; each expectation is a part of the text.
#[track_caller]
fn assert_faults(files: &Files, expected: &[&str]) {
    let found = faults(files);
    let all = expected.iter().all(|text| found.iter().any(|fault| fault.contains(text)));
    assert!(all && found.len() == expected.len(), "expected {expected:#?}, found {found:#?}");
}

#[test]
fn a_whole_bundle_has_no_fault_and_reads_back() {
    assert_faults(&EXAMPLE, &[]);
    let manifest = Manifest::from_json(&EXAMPLE[MANIFEST_FILE]).unwrap();
    let wanted = Bundle::core_files(&manifest);
    let core: Files =
        wanted.iter().map(|path| ((*path).to_owned(), EXAMPLE[*path].clone())).collect();
    assert_eq!(core.len(), 4);
    let bundle = Bundle::from_files(manifest, &core).unwrap();
    assert_eq!(bundle.songs, songs());
    assert_eq!(bundle.recommendations, recommendations());
    assert_eq!(bundle.study, Some(study()));
    assert_eq!(bundle.study_sha256(), Some(sha256_hex(&study().to_json()).as_str()));
    assert_eq!(bundle.study_songs().count(), 3);
    let got = bundle.embeddings["audio"].values().to_vec();
    let close =
        got.iter().zip(table("audio").values()).all(|(a, b)| (a - b).abs() <= b.abs() / 2048.0);
    assert!(close, "{got:?} is not f16 of the table");
    assert_eq!(bundle.manifest.configs.models["audio"]["kind"], "compact");
}

#[test]
fn a_bundle_may_lack_a_study() {
    let mut files = EXAMPLE.clone();
    files.remove("study.json");
    let mut manifest = Manifest::from_json(&files[MANIFEST_FILE]).unwrap();
    manifest.files.remove("study.json");
    files.insert(MANIFEST_FILE.to_owned(), manifest.to_json());
    assert_faults(&files, &[]);
    let bundle = Bundle::from_files(manifest, &files).unwrap();
    assert_eq!((bundle.study.as_ref(), bundle.study_sha256()), (None, None));
    assert_eq!(bundle.study_songs().count(), 0);
}

#[test]
fn studies_that_the_bundle_does_not_serve_are_named() {
    let with_study = |change: fn(&mut StudyDesign)| {
        let mut design = study();
        change(&mut design);
        with_file("study.json", &design.to_json())
    };
    let files = with_study(|design| design.recommenders.push(Condition::Lyrics));
    let too_few =
        "the bundle holds 3 songs for a study over its test songs, which needs 4 at least";
    assert_faults(&files, &["has no embeddings 'lyrics'", too_few]);
    assert_faults(&with_study(|design| design.practice_trials = 1), &[too_few]);
    assert_faults(
        &with_study(|design| design.resume_hours = 0),
        &["'resume_hours': expected 1 to"],
    );
    assert_faults(&with_file("study.json", b"{}"), &["study.json is not the design of a study"]);
    let mut writer = BundleWriter::new(|_: &str, _: &[u8]| Ok::<(), Infallible>(()));
    assert!(writer.study(b"{}").is_err());
}

#[test]
fn the_documented_manifest_is_one() {
    let page = include_str!("../../../docs/bundle-format.md");
    let json = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let checker = Checker::new(json.as_bytes(), |_| None).unwrap();
    let manifest = checker.manifest().clone();
    let rewritten: Value = serde_json::from_slice(&manifest.to_json()).unwrap();
    assert_eq!(rewritten, serde_json::from_str::<Value>(json).unwrap());
    // No file was given: all are missing, and nothing else is wrong.
    let faults = checker.finish();
    assert_eq!(faults.len(), manifest.files.len(), "{faults:?}");
}

#[test]
fn the_same_parts_give_the_same_bytes() {
    assert_eq!(write(), *EXAMPLE);
}

#[test]
fn neither_lyrics_nor_paths_are_in_the_catalog() {
    let json: Value = serde_json::from_slice(&EXAMPLE[CATALOG_FILE]).unwrap();
    let mut keys: Vec<&String> = json["tracks"][0].as_object().unwrap().keys().collect();
    keys.sort();
    let expected = [
        "artist",
        "artist_key",
        "genre",
        "language",
        "split",
        "stimulus",
        "title",
        "track_id",
        "views",
        "year",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn truncated_tables_say_so() {
    let path = embeddings_file("audio");
    let bytes = &EXAMPLE[&path];
    let mut files = EXAMPLE.clone();
    files.insert(path.clone(), bytes[..bytes.len() - 3].to_vec());
    assert_faults(&files, &["the manifest says", "not a whole safetensors file"]);
}

#[test]
fn tables_of_another_shape_or_type_are_named() {
    let path = embeddings_file("audio");
    let wide =
        EmbeddingTable::new("audio", 1, vec![id("a"), id("b"), id("c")], vec![1.; 3]).unwrap();
    let files = with_file(&path, &wide.to_safetensors(ValueFormat::F16).unwrap());
    let found = faults(&files);
    assert!(found[0].contains("the length of a vector is 1, the manifest says 2"), "{found:?}");
    let long = table("audio").to_safetensors(ValueFormat::F32).unwrap();
    assert_faults(&with_file(&path, &long), &["the type of the values is F32"]);
}

#[test]
fn rows_and_songs_must_be_the_same() {
    let path = embeddings_file("audio");
    let other = EmbeddingTable::new(
        "audio",
        2,
        vec![id("a"), id("b"), id("x")],
        table("audio").values().to_vec(),
    );
    let files = with_file(&path, &other.unwrap().to_safetensors(ValueFormat::F16).unwrap());
    assert_faults(
        &files,
        &["track 'c' of catalog.json has no row", "the row of 'x' belongs to no song"],
    );
}

#[test]
fn nan_is_found() {
    let path = embeddings_file("audio");
    let mut bytes = EXAMPLE[&path].clone();
    let last = bytes.len() - 2;
    bytes[last..].copy_from_slice(&half::f16::NAN.to_le_bytes());
    assert_faults(&with_file(&path, &bytes), &["value 1 of track 'c' is not a finite number"]);
}

#[test]
fn impossible_recommendations_are_named() {
    let mut itself = row("a", Condition::Audio, 1, "b");
    itself.track_id = id("a");
    itself.similarity = Some(1.0);
    let mut unknown = row("b", Condition::Random, 1, "c");
    unknown.track_id = id("x");
    let mut stale = row("b", Condition::Audio, 1, "c");
    stale.similarity = Some(-0.9);
    let twice = [row("c", Condition::Random, 1, "a"), row("c", Condition::Random, 2, "a")];
    let gap = row("c", Condition::Audio, 2, "a");
    let rows = [vec![itself, unknown, stale, gap], twice.to_vec()].concat();
    assert_faults(
        &with_recommendations(rows),
        &[
            "'a' is recommended to itself (audio)",
            "track 'x' (random, anchor 'b') is unknown",
            "the similarity of 'c' to 'b' (audio) is -0.9",
            "'a' stands twice for 'c' (random)",
            "anchor 'c' (audio): expected rank 1, got 2",
        ],
    );
}

#[test]
fn conditions_need_their_tables() {
    let mut rows = recommendations().rows().to_vec();
    rows.push(row("a", Condition::Lyrics, 1, "b"));
    assert_faults(
        &with_recommendations(rows),
        &[
            "the list of conditions is audio, lyrics, random, the manifest says audio, random",
            "the condition 'lyrics', the bundle no such embeddings",
        ],
    );
}

#[test]
fn manifests_that_lie_are_found() {
    let newer = with_manifest(|manifest| manifest["schema_version"] = json!(2));
    let text = "made by a newer Segue (schema 2), this one reads up to 1: update";
    assert_faults(&newer, &[text]);
    let outside = with_manifest(|manifest| {
        let record = manifest["files"][CATALOG_FILE].clone();
        manifest["files"]["../secret"] = record;
    });
    assert_faults(&outside, &["names '../secret'"]);
    let config = with_manifest(|m| m["configs"]["models"]["audio"]["n_classes"] = json!(9));
    assert_faults(&config, &["models/audio/model.json': the configuration is"]);
    let unlisted = with_manifest(|m| m["models"]["audio"]["weights"] = json!("models/audio/w.bpk"));
    assert_faults(&unlisted, &["'models.audio' names the file 'models/audio/w.bpk'"]);
}

#[test]
fn songs_out_of_order_and_unknown_genres_are_named() {
    let mut list = songs();
    list.tracks.swap(0, 1);
    list.tracks[2].genre = "polka".into();
    let files = with_file(CATALOG_FILE, &serde_json::to_vec(&list).unwrap());
    assert_faults(&files, &["track 'a' is out of order", "genre 'polka' of track 'c'"]);
}

#[test]
fn impossible_names_are_not_written() {
    let mut writer = BundleWriter::new(|_: &str, _: &[u8]| Ok::<(), Infallible>(()));
    assert!(writer.stimulus("../a.mp3", b"x").is_err());
    assert!(writer.embeddings(&table("A b")).is_err());
}
