//! What is wrong with files, folders and catalogues, and what is left then.

use super::*;
use crate::causes::chain;

const MP3: &[u8] = include_bytes!("../../../../tests/golden/audio/song.mp3");
const AAC: &[u8] = include_bytes!("../../../../tests/golden/audio/song_aac.m4a");

/// A record that is there and can't be read is no song that is not prepared: who counts it as that computes with fewer
/// songs, or removes what stands beside it.
#[test]
fn a_record_that_cant_be_read_is_told_and_nothing_is_removed() {
    let songs =
        Collection::new().with_tone("a.wav", 22_050, 1, 6.0).with_tone("b.wav", 22_050, 1, 6.0);
    songs.write_catalog("");
    songs.run();
    let before = songs.prepared_files();
    let record = songs.record("a");
    let kept = record.with_extension("kept");
    std::fs::rename(&record, &kept).unwrap();
    // Reading a folder fails as a disk does that does not answer.
    std::fs::create_dir(&record).unwrap();
    let error = Prepared::open(&songs.job().out).unwrap_err();
    assert!(chain(&error).contains("records/a-"), "{error}");
    let error = prepare(&songs.job(), &AtomicBool::new(false), &|_| {}).unwrap_err();
    assert!(chain(&error).contains("records/a-"), "{error}");
    std::fs::remove_dir(&record).unwrap();
    std::fs::rename(&kept, &record).unwrap();
    assert_eq!(songs.prepared_files(), before);
    assert_eq!(songs.open().tracks.len(), 2);
}

/// Bad files are reported, with their reason, and the others prepared.
#[test]
fn bad_files_do_not_stop_the_others() {
    let mut drm = AAC.to_vec();
    let at = drm.windows(4).position(|window| window == b"mp4a").unwrap();
    drm[at..at + 4].copy_from_slice(b"drms");
    let silent = wav(22_050, 1, 6.0, 0.0);
    let tone = |k: u32| (k as f32 * 0.1).sin() * 0.5;
    let no_samples = wav(22_050, 1, 0.0, 0.0);
    let mut songs = Collection::new()
        .with("empty.mp3", b"")
        .with("text.mp3", b"<html>404 not found</html>")
        .with("drm.m4a", &drm)
        .with("silent.wav", &silent)
        .with("nosamples.wav", &no_samples)
        .with("header.mp3", &MP3[..64])
        .with("cut.mp3", &MP3[..MP3.len() / 2])
        .with("numbers.wav", &float_wav(6.0, |k| if k % 9999 == 9 { f32::NAN } else { tone(k) }))
        .with("infinite.wav", &float_wav(6.0, |_| f32::INFINITY))
        .with("loud.wav", &float_wav(6.0, |k| tone(k) * 1e30))
        .with_tone("phone.wav", 8_000, 1, 6.0)
        .with_tone("cinema.wav", 96_000, 6, 6.0);
    songs.names.push("gone.mp3".to_owned());
    songs.write_catalog("");
    let report = songs.run();
    let reasons: BTreeMap<&str, &str> =
        report.failed.iter().map(|f| (f.track_id.as_str(), f.reason.as_str())).collect();
    for (track, reason) in [
        ("empty", "the file is empty"),
        ("text", "the file is not mp3"),
        ("drm", "protected"),
        ("silent", "the clip is silent"),
        ("infinite", "the clip is silent"),
        ("nosamples", "holds no samples"),
        ("header", "the file"),
        ("gone", "gone.mp3"),
    ] {
        assert!(reasons[track].contains(reason), "{track}: {}", reasons[track]);
    }
    assert_eq!((report.n_prepared, report.failed.len()), (5, 8), "{reasons:?}");
    let prepared = songs.open();
    assert_eq!(prepared.failed.len(), 8);
    let cinema = &prepared.tracks[&id("cinema")];
    assert_eq!((cinema.source.sample_rate_hz, cinema.source.n_channels), (96_000, 6));
    assert_eq!(cinema.stimulus.as_ref().unwrap().sample_rate_hz, 48_000);
    let phone = &prepared.tracks[&id("phone")];
    assert_eq!(phone.stimulus.as_ref().unwrap().sample_rate_hz, 8_000);
    assert!(!prepared.tracks[&id("cut")].notes.is_empty());
    let numbers = prepared.tracks[&id("numbers")].notes.join("; ");
    assert!(numbers.contains("samples that are no finite numbers"), "{numbers}");
}

#[test]
fn a_repaired_file_is_prepared() {
    let songs = Collection::new().with("a.wav", b"broken");
    assert_eq!(songs.run().failed.len(), 1);
    files::write(&songs.path("a.wav"), &wav(22_050, 1, 6.0, 0.3)).unwrap();
    let report = songs.run();
    assert_eq!((report.n_prepared, report.failed.len()), (1, 0));
    assert!(songs.open().failed.is_empty());
    assert!(files::list(&songs.path("prepared/failed")).unwrap().is_empty());
}

#[test]
fn a_damaged_record_or_file_is_computed_anew() {
    let songs = Collection::new().with_tone("a.wav", 22_050, 1, 6.0);
    songs.run();
    let whole = songs.prepared_files();
    fs::write(songs.record("a"), b"{\"track").unwrap();
    assert_eq!(songs.run().n_prepared, 1);
    let slices = whole.keys().find(|path| path.to_string_lossy().contains("slices")).unwrap();
    fs::write(slices, b"short").unwrap();
    assert!(matches!(songs.open().slices(&id("a")), Err(PreparedError::Slices { .. })));
    assert_eq!(songs.run().n_prepared, 1);
    assert_eq!(songs.prepared_files(), whole);
}

#[test]
fn a_folder_of_another_schema() {
    let songs = Collection::new().with_tone("a.wav", 22_050, 1, 6.0);
    songs.run();
    let settings = songs.path("prepared/settings.json");
    let text = files::read_text(&settings).unwrap();
    let version = format!("\"schema_version\": {SCHEMA_VERSION}");
    assert!(text.contains(&version));
    files::write(&settings, text.replace(&version, "\"schema_version\": 0").as_bytes()).unwrap();
    let error = Prepared::open(&songs.path("prepared")).unwrap_err();
    assert!(matches!(error, PreparedError::OlderSchema { found: 0, .. }), "{error:?}");
    songs.run();
    assert_eq!(songs.open().tracks.len(), 1);
    files::write(&settings, b"{\"schema_version\": 999}").unwrap();
    let error = Prepared::open(&songs.path("prepared")).unwrap_err();
    assert!(matches!(error, PreparedError::NewerSchema { found: 999, .. }), "{error:?}");
    let error = prepare(&songs.job(), &AtomicBool::new(false), &|_| {}).unwrap_err();
    assert!(matches!(error, PreparedError::NewerSchema { .. }), "{error:?}");
}

#[test]
fn a_folder_that_was_never_prepared() {
    let folder = tempfile::tempdir().unwrap();
    let error = Prepared::open(folder.path()).unwrap_err();
    assert!(matches!(error, PreparedError::NotPrepared { .. }), "{error:?}");
}

/// A folder stands where a file must be written: the same failure for every user, root included.
#[test]
fn an_unwritable_folder_ends_the_run_and_keeps_what_was_there() {
    let songs = Collection::new().with_tone("a.wav", 22_050, 1, 6.0);
    songs.run();
    let before = songs.prepared_files();
    let songs = songs.with_tone("b.wav", 22_050, 1, 6.0);
    fs::create_dir_all(songs.record("b").join("in the way")).unwrap();
    let error = prepare(&songs.job(), &AtomicBool::new(false), &|_| {}).unwrap_err();
    assert!(matches!(error, PreparedError::File(_)), "{error:?}");
    let in_the_way = songs.record("b");
    let name = in_the_way.file_name().unwrap().to_str().unwrap();
    assert!(error.to_string().contains(name), "{error}");
    for (path, content) in before {
        assert_eq!(files::read(&path).unwrap(), content, "{}", path.display());
    }
    assert_eq!(songs.open().catalog.tracks().len(), 1);
    fs::remove_dir_all(in_the_way).unwrap();
    let report = songs.run();
    assert_eq!((report.n_prepared, report.n_unchanged), (1, 1));
}

#[test]
fn a_missing_catalogue_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let job = PrepareJob {
        catalog: folder.path().join("nowhere.csv"),
        out: folder.path().join("prepared"),
        settings: short_settings(),
        shard: Shard::ALL,
    };
    let error = prepare(&job, &AtomicBool::new(false), &|_| {}).unwrap_err();
    assert!(error.to_string().contains("nowhere.csv"), "{error}");
    assert!(!job.out.exists());
}
