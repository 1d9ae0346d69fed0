//! `segue prepare` under misfortune: killed in the middle, and on a disk that takes no more.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tests::programs::segue;
use tests::runs::{fail_on_full_disk, succeed};

const N_SONGS: usize = 48;

/// A catalogue of short songs, made once for all tests; they only read it.
fn catalog() -> &'static str {
    static MADE: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    let (_, catalog) = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let text = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (out, catalog) = (text(""), text("catalog.csv"));
        let n_songs = N_SONGS.to_string();
        succeed(&["demo", "--out", &out, "--songs", &n_songs, "--secs", "6", "--catalogue-only"]);
        let (lyrics, audio) = (text("lyrics.csv"), text("audio"));
        succeed(&["catalog", "--lyrics", &lyrics, "--audio", &audio, "--out", &catalog]);
        (folder, catalog)
    });
    catalog
}

fn options<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["prepare", "--catalog", catalog(), "--out", out, "--quiet"], more].concat()
}

/// All files of a folder by their path in it, with their content.
fn files_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn n_records(out: &Path) -> usize {
    let is_record = |entry: &std::io::Result<std::fs::DirEntry>| {
        entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|end| end == "json"))
    };
    std::fs::read_dir(out.join("records")).map_or(0, |entries| entries.filter(is_record).count())
}

/// Starts `prepare` and kills it once a few more songs are done.
fn kill_in_the_middle(options: &[&str], out: &Path) {
    let n_before = n_records(out);
    let mut child = Command::new(segue().unwrap())
        .args(options)
        .args(["--jobs", "1"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let patience = Instant::now();
    while n_records(out) < n_before + 3 {
        assert!(patience.elapsed() < Duration::from_secs(120), "no three songs in two minutes");
        assert!(child.try_wait().unwrap().is_none(), "prepare ended before it could be killed");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Half of a file may be left under a name that is never read; it is cleared away after an hour.
fn without_halves(mut files: BTreeMap<PathBuf, Vec<u8>>) -> BTreeMap<PathBuf, Vec<u8>> {
    files.retain(|name, _| name.extension().is_none_or(|end| end != "tmp"));
    files
}

fn assert_same_files(expected: &BTreeMap<PathBuf, Vec<u8>>, got: &BTreeMap<PathBuf, Vec<u8>>) {
    assert!(expected.keys().eq(got.keys()), "{:?}, not {:?}", got.keys(), expected.keys());
    let other: Vec<_> = expected.iter().filter(|(name, file)| got[*name] != **file).collect();
    assert!(other.is_empty(), "{} files are others, {:?} first", other.len(), other[0].0);
}

#[test]
fn a_killed_run_goes_on_to_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    succeed(&options(whole.to_str().unwrap(), &[]));
    kill_in_the_middle(&options(killed.to_str().unwrap(), &[]), &killed);
    let n_done = n_records(&killed);
    assert!((3..N_SONGS).contains(&n_done), "{n_done} songs were done: not the middle");
    let report = succeed(&options(killed.to_str().unwrap(), &[]));
    let n_left = N_SONGS - n_done;
    assert!(report.contains(&format!("{n_left} prepared, {n_done} unchanged")), "{report}");
    assert_same_files(&files_below(&whole), &without_halves(files_below(&killed)));
}

#[test]
fn a_killed_run_with_other_options_costs_nothing_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let (out, fresh) = (folder.path().join("prepared"), folder.path().join("fresh"));
    let [out_text, fresh_text] = [&out, &fresh].map(|path| path.to_str().unwrap());
    succeed(&options(out_text, &["--no-stimuli"]));
    let before = files_below(&out);
    let other = options(out_text, &["--no-stimuli", "--clip-start", "1"]);
    kill_in_the_middle(&other, &out);
    let after = files_below(&out);
    for (name, file) in &before {
        assert!(after.get(name) == Some(file), "{} is not what it was", name.display());
    }
    // The earlier options find everything there ...
    let report = succeed(&options(out_text, &["--no-stimuli"]));
    assert!(report.contains(&format!("0 prepared, {N_SONGS} unchanged")), "{report}");
    assert_same_files(&before, &without_halves(files_below(&out)));
    // ... and one share of the other options after the other changes the folder over.
    let share = |share: &str| succeed(&[&other[..], &["--shard", share]].concat());
    let report = share("1/2");
    assert!(report.contains("other shares are still to be prepared"), "{report}");
    assert!(report.contains("still holds what was prepared there before"), "{report}");
    let report = share("0/2");
    assert!(!report.contains("still"), "{report}");
    succeed(&options(fresh_text, &["--no-stimuli", "--clip-start", "1"]));
    assert_same_files(&files_below(&fresh), &without_halves(files_below(&out)));
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_said_and_what_was_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("prepared");
    let out_text = out.to_str().unwrap();
    succeed(&options(out_text, &["--no-stimuli"]));
    let before = files_below(&out);
    let said = fail_on_full_disk(&options(out_text, &["--no-stimuli", "--clip-start", "1"]));
    assert!(said.contains("can't write") && said.contains("slices"), "{said}");
    let after = files_below(&out);
    for (name, file) in &before {
        assert!(after.get(name) == Some(file), "{} is not what it was", name.display());
    }
    let left_over: Vec<_> = after.keys().filter(|name| !before.contains_key(*name)).collect();
    assert!(left_over.is_empty(), "half files stay: {left_over:?}");
    let report = succeed(&options(out_text, &["--no-stimuli"]));
    assert!(report.contains(&format!("0 prepared, {N_SONGS} unchanged")), "{report}");
}
