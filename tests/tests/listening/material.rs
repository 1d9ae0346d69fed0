//! A demo of few short songs, and what the trainer makes of files in all formats with its networks.

use shared::catalog::{Catalog, TrackId};
use shared::embedding::EmbeddingTable;
use std::path::{Path, PathBuf};
use tests::demo::short_demo;
use tests::programs::copy_folder;
use tests::runs::succeed;
use tests::website::Website;

/// Sound in every format, a second and a half of it.
pub(crate) const FORMATS: [&str; 6] =
    ["song.mp3", "song_vbr.mp3", "song.flac", "song.wav", "song_aac.m4a", "song_alac.m4a"];
/// The networks of the demo.
pub(crate) const NETWORKS: [&str; 3] = ["audio", "multimodal", "lyrics"];
/// The lyrics of all songs in [`FORMATS`].
pub(crate) const LYRICS: &str = "[Chorus] Dance (oh) with me tonight\nunder the neon light";

/// The website with the bundle of the demo.
pub(crate) fn website() -> Website {
    let website = Website::bare().unwrap();
    copy_folder(&short_demo().join("bundle"), &website.bundle()).unwrap();
    website
}

/// The website with the bundle of the demo, exported anew with these options.
pub(crate) fn exported(options: &[&str]) -> anyhow::Result<Website> {
    let (website, folder) = (Website::bare()?, tempfile::tempdir()?);
    let text = |path: PathBuf| path.display().to_string();
    let of_demo = |file: &str| text(short_demo().join(file));
    let named = |folder: &str, end: &str| {
        NETWORKS
            .map(|name| format!("{name}={}", of_demo(&format!("{folder}/{name}{end}"))))
            .join(",")
    };
    let (tables, runs) = (named("embeddings", ".safetensors"), named("runs", ""));
    let [catalog, prepared, rows, study] =
        ["catalog.csv", "prepared", "recommendations.csv", "study.json"].map(of_demo);
    let out = text(folder.path().join("bundle"));
    let inputs = [
        ("--catalog", &catalog),
        ("--prepared", &prepared),
        ("--embeddings", &tables),
        ("--runs", &runs),
        ("--recommendations", &rows),
        ("--study", &study),
        ("--out", &out),
    ];
    let mut arguments = vec!["export"];
    arguments.extend(inputs.iter().flat_map(|(name, value)| [*name, value.as_str()]));
    arguments.extend(options);
    succeed(&arguments);
    copy_folder(Path::new(&out), &website.bundle())?;
    Ok(website)
}

/// The catalogue of the demo.
pub(crate) fn catalog() -> Catalog {
    Catalog::read_csv(std::fs::File::open(short_demo().join("catalog.csv")).unwrap()).unwrap()
}

/// One of the files in [`FORMATS`].
pub(crate) fn sound(file: &str) -> Vec<u8> {
    std::fs::read(golden().join(file)).unwrap()
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/audio")
}

/// The id of one of the files in [`FORMATS`].
pub(crate) fn id_of(file: &str) -> TrackId {
    TrackId::from_parts(&["format", file])
}

/// What `segue embed` makes of all [`FORMATS`] with each of [`NETWORKS`], slices included.
pub(crate) fn embeddings_of_formats() -> Vec<EmbeddingTable> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let [catalog, data] = ["catalog.csv", "prepared"].map(path);
    let mut csv = csv::Writer::from_path(&catalog).unwrap();
    csv.write_record(["track_id", "title", "artist", "genre", "audio_path", "lyrics", "split"])
        .unwrap();
    for file in FORMATS {
        let audio = golden().join(file);
        let (id, audio) = (id_of(file), audio.to_str().unwrap());
        csv.write_record([id.as_str(), file, "X", "pop", audio, LYRICS, "test"]).unwrap();
    }
    csv.flush().unwrap();
    succeed(&["prepare", "--catalog", &catalog, "--out", &data, "--no-stimuli", "--quiet"]);
    let embed = |network: &str| {
        let (run, out) = (short_demo().join("runs").join(network), path(network));
        let run = run.to_str().unwrap();
        succeed(&["embed", "--run", run, "--data", &data, "--out", &out, "--slices"]);
        EmbeddingTable::from_safetensors(&std::fs::read(out).unwrap()).unwrap()
    };
    NETWORKS.map(embed).to_vec()
}
