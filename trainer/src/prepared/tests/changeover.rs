//! Folders that are prepared anew, with other settings or another catalogue.

use super::*;

/// Six tones, prepared.
fn prepared_songs() -> Collection {
    let mut songs = Collection::new();
    for k in 0..6 {
        songs = songs.with_tone(&format!("t{k}.wav"), 22_050, 1, 6.0);
    }
    songs.run();
    songs
}

fn other_job(songs: &Collection) -> PrepareJob {
    let mut job = songs.job();
    job.settings.clip.start_secs = 0.5;
    job
}

/// What stands in the folder of a run that had it for itself, by the name in the folder.
fn files_of_fresh_run(songs: &Collection, job: &PrepareJob) -> BTreeMap<PathBuf, Vec<u8>> {
    let out = songs.path("fresh");
    run(&PrepareJob { out: out.clone(), ..job.clone() });
    names(&out, &files::list_below(&out).unwrap())
}

fn names(root: &Path, paths: &[PathBuf]) -> BTreeMap<PathBuf, Vec<u8>> {
    let name = |path: &Path| path.strip_prefix(root).unwrap().to_owned();
    paths.iter().map(|path| (name(path), files::read(path).unwrap())).collect()
}

fn files_now(songs: &Collection) -> BTreeMap<PathBuf, Vec<u8>> {
    let out = songs.path("prepared");
    names(&out, &files::list_below(&out).unwrap())
}

#[test]
fn an_interrupted_run_with_other_settings_leaves_what_was_there() {
    let songs = prepared_songs();
    let (before, first) = (songs.prepared_files(), songs.open());
    let job = other_job(&songs);
    let stop = AtomicBool::new(false);
    let report = prepare(&job, &stop, &|_| stop.store(true, Ordering::SeqCst)).unwrap();
    assert!(report.n_left > 0 && report.n_prepared > 0, "{report:?}");
    assert_eq!(report.n_awaited, Some(report.n_left));
    let now = songs.open();
    assert_eq!((&now.settings, &now.tracks), (&first.settings, &first.tracks));
    let after = songs.prepared_files();
    assert!(before.iter().all(|(path, content)| after.get(path) == Some(content)));
    // The earlier options find all of it, and clear away what the other run had begun.
    let report = songs.run();
    assert_eq!((report.n_prepared, report.n_unchanged, report.n_awaited), (0, 6, None));
    assert_eq!(songs.prepared_files(), before);
    // Run to its end, the other run changes the folder over.
    assert_eq!(run(&job).n_awaited, None);
    assert_eq!(files_now(&songs), files_of_fresh_run(&songs, &job));
}

#[test]
fn the_last_share_changes_the_folder_over() {
    let songs = prepared_songs();
    let first = songs.open();
    let job = other_job(&songs);
    let shards = [2, 0, 1].map(|index| Shard { index, count: 3 });
    let mut n_awaited = Vec::new();
    for shard in shards {
        assert_eq!(songs.open().tracks, first.tracks);
        n_awaited.push(run(&PrepareJob { shard, ..job.clone() }).n_awaited);
    }
    let n_of = |shard: Shard| first.tracks.keys().filter(|id| shard.holds(id)).count();
    let [a, b] = [shards[0], shards[1]].map(n_of);
    assert_eq!(n_awaited, [Some(6 - a), Some(6 - a - b), None]);
    assert_eq!(files_now(&songs), files_of_fresh_run(&songs, &job));
}

#[test]
fn another_catalogue_changes_over_when_its_tracks_are_there() {
    let songs = prepared_songs();
    let first = songs.open();
    // Other words for all songs and one song more, which can't be prepared: it is not waited for.
    let songs = songs.with("t6.wav", b"broken");
    songs.write_catalog("other words");
    let half = PrepareJob { shard: Shard { index: 0, count: 2 }, ..songs.job() };
    assert!(run(&half).n_awaited.is_some());
    assert_eq!(songs.open().catalog, first.catalog);
    assert_eq!(songs.open().tracks, first.tracks);
    let report = songs.run();
    assert_eq!((report.failed.len(), report.n_awaited), (1, None));
    let now = songs.open();
    assert_eq!((now.tracks.len(), now.failed.len()), (6, 1));
    assert!(now.tracks.values().all(|record| record.lyrics == "other words"));
    assert_eq!(files_now(&songs), files_of_fresh_run(&songs, &songs.job()));
}

#[test]
fn a_run_in_which_every_track_fails_leaves_what_was_there() {
    let songs = prepared_songs();
    let first = songs.open();
    for name in &songs.names {
        fs::remove_file(songs.path(name)).unwrap();
    }
    let report = run(&other_job(&songs));
    assert_eq!((report.failed.len(), report.n_awaited), (6, Some(0)));
    assert_eq!(songs.open().tracks, first.tracks);
    assert_eq!(songs.run().n_unchanged, 6);
}

/// Files of the layout before this one go with the first run.
#[test]
fn what_an_older_schema_left_is_removed() {
    let songs = prepared_songs();
    let before = songs.prepared_files();
    let settings = songs.path("prepared/settings.json");
    files::write(&settings, b"{\"schema_version\": 1}").unwrap();
    fs::rename(songs.record("t0"), songs.path("prepared/records/t0.json")).unwrap();
    files::write(&songs.path("prepared/failed/t1.json"), b"{}").unwrap();
    assert_eq!(songs.run().n_prepared, 1);
    assert_eq!(songs.prepared_files(), before);
}
