use super::*;
use crate::commands::made_up;
use clap::Parser;
use serde_json::Value;
use shared::embedding::ValueFormat;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

/// Runs the command in a folder of made-up songs.
fn recommend_in(folder: &Path, more: &[&str]) -> anyhow::Result<Recommendations> {
    let catalog = made_up::catalog(folder);
    let audio = made_up::table(folder, "audio", 0.3, |_| true);
    let multimodal = made_up::table(folder, "multimodal", 1.7, |song| song != 4);
    let out = folder.join("recommendations.csv");
    let [catalog, audio, multimodal, to] =
        [&catalog, &audio, &multimodal, &out].map(|path| path.to_str().unwrap());
    let tables = format!("audio={audio},multimodal={multimodal}");
    let line = ["recommend", "--catalog", catalog, "--embeddings", &tables, "--out", to];
    run(&Line::try_parse_from(line.iter().chain(more))?.args)?;
    Ok(Recommendations::read_csv(files::open(&out)?)?)
}

fn report(folder: &Path) -> Value {
    serde_json::from_slice(&files::read(&folder.join("recommendations.overlap.json")).unwrap())
        .unwrap()
}

#[test]
fn every_condition_chooses_from_the_same_songs() {
    let folder = tempfile::tempdir().unwrap();
    let recommendations = recommend_in(folder.path(), &["--k", "5"]).unwrap();
    let expected = [Condition::Audio, Condition::Multimodal, Condition::Random, Condition::Genre];
    assert_eq!(recommendations.conditions(), expected);
    let catalog = read_catalog(&folder.path().join("catalog.csv")).unwrap();
    for row in recommendations.rows() {
        let [anchor, track] = [&row.anchor_id, &row.track_id].map(|id| catalog.track(id).unwrap());
        assert_eq!((anchor.split, track.split), (Split::Test, Split::Test), "{row:?}");
        assert_ne!(anchor.artist, track.artist, "{row:?}");
        assert!(row.condition != Condition::Genre || anchor.genre == track.genre, "{row:?}");
        assert_eq!(row.similarity.is_some(), row.condition.needs_embeddings(), "{row:?}");
        // Song 4 has no multimodal embedding, and so no condition has it.
        assert!(![&row.anchor_id, &row.track_id].contains(&&made_up::track_id(4)), "{row:?}");
    }
    let report = report(folder.path());
    assert_eq!(report["without_embedding"][1]["track_ids"], serde_json::json!(["song04"]));
    assert_eq!(report["n_anchors"], 11);
    assert_eq!(report["pairs"].as_array().unwrap().len(), 6);
    assert_eq!(report["pairs"][0]["jaccard"].as_array().unwrap().len(), 2, "depths 1 and 5");
}

#[test]
fn the_nearest_song_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--same-artist", "allow", "--split", "all", "--conditions", "audio", "--k", "2"];
    let recommendations = recommend_in(folder.path(), &more).unwrap();
    // On the circle the first and the last song have neighbours on one side only.
    for (anchor, nearest) in [(0, [1, 2]), (17, [16, 15])] {
        let list = recommendations.of(&made_up::track_id(anchor), Condition::Audio);
        let found: Vec<&TrackId> = list.iter().map(|row| &row.track_id).collect();
        assert_eq!(found, nearest.map(made_up::track_id).iter().collect::<Vec<_>>());
        for (row, angle) in list.iter().zip([0.3f32, 0.6]) {
            assert!((row.similarity.unwrap() - angle.cos()).abs() < 1e-6, "{row:?}");
        }
    }
}

#[test]
fn a_seed_repeats_and_another_differs() {
    let folder = tempfile::tempdir().unwrap();
    let with_seed = |seed: &str| recommend_in(folder.path(), &["--seed", seed]).unwrap();
    let first = with_seed("1");
    assert_eq!(with_seed("1"), first);
    assert_ne!(with_seed("2"), first);
}

#[test]
fn a_condition_without_its_table_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = recommend_in(folder.path(), &["--conditions", "lyrics"]).unwrap_err().to_string();
    assert!(error.contains("--embeddings lyrics=FILE"), "{error}");
}

#[test]
fn tables_under_each_others_names_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = made_up::table(folder.path(), "audio", 0.3, |_| true);
    let named = |name: &str| [NamedPath { name: name.to_owned(), path: path.clone() }];
    read_tables(&named("multimodal")).unwrap();
    let table = EmbeddingTable::from_safetensors(&files::read(&path).unwrap()).unwrap();
    let table = table.with_metadata(MODEL, "audio");
    files::write(&path, &table.to_safetensors(ValueFormat::F32).unwrap()).unwrap();
    read_tables(&named("audio")).unwrap();
    read_tables(&named("first-try")).unwrap();
    let error = read_tables(&named("multimodal")).unwrap_err().to_string();
    assert!(
        error.contains("--embeddings multimodal= names") && error.contains("audio="),
        "{error}"
    );
}

#[test]
fn a_file_of_another_kind_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    recommend_in(folder.path(), &[]).unwrap();
    recommend_in(folder.path(), &[]).expect("recommendations may be made anew");
    let out = folder.path().join("recommendations.csv");
    let catalog = files::read(&folder.path().join("catalog.csv")).unwrap();
    files::write(&out, &catalog).unwrap();
    let error = recommend_in(folder.path(), &[]).unwrap_err().to_string();
    assert!(error.contains("is no csv of recommendations"), "{error}");
    assert!(files::read(&out).unwrap() == catalog);
}

#[test]
fn an_empty_split_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = recommend_in(folder.path(), &["--split", "validation"]).unwrap_err().to_string();
    assert!(error.contains("split 'validation'") && error.contains("choose another"), "{error}");
    assert!(!folder.path().join("recommendations.csv").exists());
}
