use super::*;
use crate::commands::embed::WEIGHTS_BLAKE3;
use crate::commands::{made_up, recommend, verify};
use clap::Parser;
use shared::bundle::{Bundle, Manifest};
use shared::embedding::ValueFormat;
use shared::recommend::{Condition, PartIndex};
use shared::study::{Preset, StudyDesign};
use std::collections::BTreeMap;

#[derive(Debug, Parser)]
struct Line<A: clap::Args> {
    #[command(flatten)]
    args: A,
}

fn parse<A: clap::Args>(line: &[&str]) -> A {
    Line::<A>::try_parse_from([&["segue"], line].concat()).unwrap().args
}

/// A folder with all inputs; song 4 lacks a stimulus, song 6 an embedding.
struct Inputs {
    folder: tempfile::TempDir,
    tables: String,
}

impl Inputs {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = made_up::catalog(folder.path());
        made_up::prepared(folder.path(), &catalog, |song| song != 4);
        let audio = made_up::table(folder.path(), "audio", 0.3, |_| true);
        let lyrics = made_up::table(folder.path(), "lyrics", 1.1, |song| song != 6);
        made_up::run(folder.path(), "audio");
        let tables = format!("audio={},lyrics={}", audio.display(), lyrics.display());
        let inputs = Self { folder, tables };
        inputs.recommend();
        inputs
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn recommend(&self) {
        let (catalog, out) = (self.path("catalog.csv"), self.path("recommendations.csv"));
        let line =
            ["--catalog", &catalog, "--embeddings", &self.tables, "--out", &out, "--split", "all"];
        recommend::run(&parse(&line)).unwrap();
    }

    fn export(&self, out: &str) -> anyhow::Result<()> {
        self.export_with(out, &[])
    }

    fn export_with(&self, out: &str, further: &[&str]) -> anyhow::Result<()> {
        let [catalog, prepared, recommendations, run, out] =
            ["catalog.csv", "prepared", "recommendations.csv", "runs/audio", out]
                .map(|name| self.path(name));
        let runs = format!("audio={run}");
        let line = [
            "--catalog",
            &catalog,
            "--prepared",
            &prepared,
            "--embeddings",
            &self.tables,
            "--recommendations",
            &recommendations,
            "--runs",
            &runs,
            "--out",
            &out,
        ];
        run_export(&[&line, further].concat())
    }

    fn study(&self, bundle: &str) -> StudyDesign {
        let files = files_in(&self.path(bundle));
        let manifest = Manifest::from_json(&files["manifest.json"]).unwrap();
        Bundle::from_files(manifest, &files).unwrap().study.unwrap()
    }

    fn verify(&self, bundle: &str) -> anyhow::Result<()> {
        verify::run(&parse(&[&self.path(bundle)]))
    }
}

fn run_export(line: &[&str]) -> anyhow::Result<()> {
    run(&parse(line))
}

/// Every file of a folder by its name.
fn files_in(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(folder);
    let name = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
    let paths = files::list_below(folder).unwrap();
    paths.iter().map(|path| (name(path), files::read(path).unwrap())).collect()
}

#[test]
fn a_bundle_is_whole_and_holds_what_fits() {
    let inputs = Inputs::new();
    inputs.export("bundle").unwrap();
    inputs.verify("bundle").unwrap();
    let files = files_in(&inputs.path("bundle"));
    let manifest = Manifest::from_json(&files["manifest.json"]).unwrap();
    let bundle = Bundle::from_files(manifest, &files).unwrap();
    assert_eq!(bundle.songs.tracks.len(), made_up::N_SONGS - 2);
    for gone in [4, 6].map(made_up::track_id) {
        assert!(bundle.songs.song(&gone).is_none());
        assert!(!files.contains_key(&format!("stimuli/{gone}.mp3")));
        assert!(!bundle.recommendations.rows().iter().any(|row| row.track_id == gone));
    }
    assert_eq!(bundle.manifest.name, "bundle");
    assert_eq!(bundle.manifest.provenance.runs["audio"].seed, Some(7));
    assert_eq!(bundle.manifest.provenance.recommend.as_ref().unwrap()["split"], "all");
    assert_eq!(bundle.manifest.configs.prepare["mel"]["n_mels"], 128);
    assert_eq!(files["models/audio/model.json"], br#"{"kind": "compact", "rate": 0.1}"#);
    assert_eq!(files["stimuli/song03.mp3"], b"sound of song 3");
    assert!(!files.contains_key("models/audio/metrics.csv"));
}

#[test]
fn a_preset_is_fitted_to_the_bundle() {
    let inputs = Inputs::new();
    inputs.export("bundle").unwrap();
    let study = inputs.study("bundle");
    assert_eq!(study.recommenders, [Condition::Audio], "there is no table 'multimodal'");
    let expected = StudyDesign {
        recommenders: study.recommenders.clone(),
        songs: study.songs,
        ..Preset::Default.design()
    };
    assert_eq!(study, expected);
    inputs.export_with("bundle", &["--study", "thesis"]).unwrap();
    assert_eq!(inputs.study("bundle").study_id, "thesis");
    inputs.verify("bundle").unwrap();
}

#[test]
fn a_study_of_ones_own_is_taken_byte_for_byte_or_refused() {
    let inputs = Inputs::new();
    let path = inputs.path("my-study.json");
    let mut design = Preset::Default.design();
    design.recommenders = vec![Condition::Lyrics];
    design.songs = shared::study::Songs::All;
    let json = [b"\n".to_vec(), design.to_json()].concat();
    std::fs::write(&path, &json).unwrap();
    inputs.export_with("bundle", &["--study", &path]).unwrap();
    assert_eq!(files_in(&inputs.path("bundle"))["study.json"], json);
    let error = |design: &StudyDesign| {
        std::fs::write(&path, design.to_json()).unwrap();
        format!("{:#}", inputs.export_with("bundle", &["--study", &path]).unwrap_err())
    };
    design.clip.seconds = 25.0;
    assert!(error(&design).contains("clip.seconds is 25, and the stimuli last 10 s"));
    design.clip.seconds = 10.0;
    design.recommenders.push(Condition::Multimodal);
    assert!(error(&design).contains("no embeddings 'multimodal'"), "{}", error(&design));
    design.resume_hours = 0;
    assert!(error(&design).contains("'resume_hours'"), "{}", error(&design));
    let unknown = inputs.export_with("bundle", &["--study", "other"]).unwrap_err();
    assert!(
        format!("{unknown:#}").contains("takes default, thesis or a study.json"),
        "{unknown:#}"
    );
    assert_eq!(files_in(&inputs.path("bundle"))["study.json"], json, "the older bundle stays");
}

#[test]
fn a_large_catalogue_is_there_in_parts_and_pages_too() {
    let inputs = Inputs::new();
    inputs.export_with("bundle", &["--parts-above", "5"]).unwrap();
    inputs.verify("bundle").unwrap();
    let files = files_in(&inputs.path("bundle"));
    let manifest = Manifest::from_json(&files["manifest.json"]).unwrap();
    let table = &manifest.embeddings["audio"];
    let parts = table.parts.as_ref().unwrap();
    let index = PartIndex::from_safetensors(&files[&parts.index]).unwrap();
    assert_eq!((index.n_tracks(), index.n_parts()), (table.n_tracks, parts.files.len()));
    let pages = manifest.song_pages.as_ref().unwrap();
    let songs = pages.read_index(&files[&pages.index]).unwrap();
    assert_eq!(songs.n_songs(), table.n_tracks);
    let first = pages.read_page(0, table.n_tracks, &files[&pages.pages[0]]).unwrap();
    let all = SongList::from_json(&files["catalog.json"]).unwrap();
    assert_eq!(first.tracks, all.tracks, "so few fit on one page");
    inputs.export("bundle").unwrap();
    let few = files_in(&inputs.path("bundle"));
    for file in [&parts.index, &pages.index] {
        assert!(!few.contains_key(file), "few songs need no {file}");
    }
}

#[test]
fn neither_lyrics_nor_paths_leave_the_machine() {
    let inputs = Inputs::new();
    inputs.export("bundle").unwrap();
    let here = inputs.folder.path().display().to_string();
    for (name, bytes) in files_in(&inputs.path("bundle")) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("secret") && !text.contains(&here), "{name}: {text}");
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let inputs = Inputs::new();
    inputs.export("bundle").unwrap();
    let first = files_in(&inputs.path("bundle"));
    inputs.export("bundle").unwrap();
    assert_eq!(files_in(&inputs.path("bundle")), first);
}

#[test]
fn a_failed_export_leaves_the_older_bundle() {
    let inputs = Inputs::new();
    inputs.export("bundle").unwrap();
    let before = files_in(&inputs.path("bundle"));
    // Other embeddings than the recommendations were made from.
    made_up::table(inputs.folder.path(), "audio", 2.9, |_| true);
    let error = inputs.export("bundle").unwrap_err().to_string();
    assert!(error.contains("recommend again from the same tables"), "{error}");
    assert_eq!(files_in(&inputs.path("bundle")), before);
    let entries = std::fs::read_dir(inputs.folder.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = names.filter(|name| name.starts_with(".segue-")).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
    inputs.verify("bundle").unwrap();
}

#[test]
fn what_is_no_bundle_is_not_overwritten() {
    let inputs = Inputs::new();
    let error = inputs.export("prepared").unwrap_err().to_string();
    assert!(error.contains("is no bundle"), "{error}");
    assert!(Path::new(&inputs.path("prepared/settings.json")).exists());
    // A page that can be installed has a manifest.json as well.
    let page = Path::new(&inputs.path("page")).join("manifest.json");
    files::write(&page, b"{\"name\": \"a page\"}").unwrap();
    let error = inputs.export("page").unwrap_err().to_string();
    assert!(error.contains("is no bundle"), "{error}");
    inputs.export("bundle").unwrap();
    let git = Path::new(&inputs.path("bundle")).join(".git/config");
    files::write(&git, b"mine").unwrap();
    let error = inputs.export("bundle").unwrap_err().to_string();
    assert!(error.contains("holds '.git' beside a bundle"), "{error}");
    assert!(git.exists() && page.exists());
}

#[test]
fn a_changed_stimulus_is_left_out() {
    let inputs = Inputs::new();
    let path = inputs.path("prepared/stimuli/song00-key.mp3");
    files::write(Path::new(&path), b"another sound").unwrap();
    inputs.export("bundle").unwrap();
    assert!(!files_in(&inputs.path("bundle")).contains_key("stimuli/song00.mp3"));
    inputs.verify("bundle").unwrap();
}

#[test]
fn an_unfinished_run_is_named() {
    let inputs = Inputs::new();
    files::remove(Path::new(&inputs.path("runs/audio/model.bpk"))).unwrap();
    let error = inputs.export("bundle").unwrap_err().to_string();
    assert!(error.contains("model.bpk") && error.contains("--runs audio="), "{error}");
}

#[test]
fn doubts_about_a_run_are_told() {
    let inputs = Inputs::new();
    let [catalog, prepared, recommendations, run, out] =
        ["catalog.csv", "prepared", "recommendations.csv", "runs/audio", "bundle"]
            .map(|name| inputs.path(name));
    let runs = format!("audio={run}");
    let args: Args = parse(&[
        "--catalog",
        &catalog,
        "--prepared",
        &prepared,
        "--embeddings",
        &inputs.tables,
        "--recommendations",
        &recommendations,
        "--runs",
        &runs,
        "--out",
        &out,
    ]);
    let notes = || super::Inputs::read(&args).unwrap().notes().join("\n");
    assert!(notes().contains("the run 'audio' is not finished"), "{}", notes());
    assert!(!notes().contains("trained on other songs"), "an older record does not say which");
    let write = |file: &str, text: &str| {
        files::write(&Path::new(&run).join(file), text.as_bytes()).unwrap();
    };
    write("report.json", "{}");
    write("run.json", r#"{"data": {"split_hashes": {"train": "another"}}}"#);
    assert!(!notes().contains("not finished"), "{}", notes());
    assert!(notes().contains("the run 'audio' was trained on other songs"), "{}", notes());
}

#[test]
fn songs_split_anew_since_they_were_prepared_are_refused() {
    let inputs = Inputs::new();
    let path = inputs.path("catalog.csv");
    let csv = files::read_text(Path::new(&path)).unwrap();
    let anew = csv.replacen(",train,", ",test,", 1);
    assert_ne!(csv, anew);
    std::fs::write(&path, anew).unwrap();
    let error = inputs.export("bundle").unwrap_err().to_string();
    assert!(error.contains("in the split test") && error.contains("segue prepare"), "{error}");
}

#[test]
fn a_table_of_other_weights_is_refused() {
    let inputs = Inputs::new();
    let path = inputs.folder.path().join("audio.safetensors");
    let made_with = |weights: &[u8]| {
        let table = EmbeddingTable::from_safetensors(&files::read(&path).unwrap()).unwrap();
        let table = table.with_metadata(WEIGHTS_BLAKE3, blake3::hash(weights).to_string());
        files::write(&path, &table.to_safetensors(ValueFormat::F32).unwrap()).unwrap();
    };
    made_with(b"weights");
    inputs.export("bundle").unwrap();
    made_with(b"weights of another seed");
    let error = inputs.export("other").unwrap_err().to_string();
    assert!(error.contains("the table 'audio' was not made with"), "{error}");
    assert!(error.contains(&format!("segue embed --run {}", inputs.path("runs/audio"))), "{error}");
    assert!(!Path::new(&inputs.path("other")).exists());
}

#[test]
fn verify_counts_every_fault() {
    let inputs = Inputs::new();
    inputs.export("bundle").unwrap();
    let file = |name: &str| inputs.folder.path().join("bundle").join(name);
    files::remove(&file("stimuli/song00.mp3")).unwrap();
    files::write(&file("models/audio/model.bpk"), b"Weights").unwrap();
    files::write(&file("notes/extra.txt"), b"extra").unwrap();
    let faults = bundle_folder::check(&file("")).unwrap().faults;
    let texts: Vec<String> = faults.iter().map(|fault| chain(fault)).collect();
    assert_eq!(texts.len(), 3, "{texts:#?}");
    for expected in
        ["'stimuli/song00.mp3' of track 'song00' is missing", "model.bpk' was changed", "extra.txt"]
    {
        assert!(texts.iter().any(|text| text.contains(expected)), "{texts:#?}");
    }
    let error = inputs.verify("bundle").unwrap_err().to_string();
    assert!(error.contains("3 faults"), "{error}");
}

#[test]
fn verify_tells_a_newer_bundle() {
    let inputs = Inputs::new();
    inputs.export("bundle").unwrap();
    let path = inputs.folder.path().join("bundle/manifest.json");
    let json = files::read_text(&path).unwrap();
    let newer = json.replace("\"schema_version\": 1", "\"schema_version\": 2");
    files::write(&path, newer.as_bytes()).unwrap();
    let error = format!("{:#}", inputs.verify("bundle").unwrap_err());
    assert!(error.contains("made by a newer Segue (schema 2)"), "{error}");
}
