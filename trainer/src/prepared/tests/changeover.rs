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

fn awaits(n_open: usize, n_lost: usize) -> Option<Awaited> {
    Some(Awaited { n_open, n_lost, n_lost_here: n_lost })
}

#[test]
fn an_interrupted_run_with_other_settings_leaves_what_was_there() {
    let songs = prepared_songs();
    let (before, first) = (songs.prepared_files(), songs.open());
    let job = other_job(&songs);
    let stop = AtomicBool::new(false);
    let report = prepare(&job, &stop, &|_| stop.store(true, Ordering::SeqCst)).unwrap();
    assert!(report.n_left > 0 && report.n_prepared > 0, "{report:?}");
    assert_eq!(report.awaited, awaits(report.n_left, 0));
    let now = songs.open();
    assert_eq!((&now.settings, &now.tracks), (&first.settings, &first.tracks));
    let after = songs.prepared_files();
    assert!(before.iter().all(|(path, content)| after.get(path) == Some(content)));
    // The earlier options find all of it, and clear away what the other run had begun.
    let report = songs.run();
    assert_eq!((report.n_prepared, report.n_unchanged, report.awaited), (0, 6, None));
    assert_eq!(songs.prepared_files(), before);
    // Run to its end, the other run changes the folder over.
    assert_eq!(run(&job).awaited, None);
    assert_eq!(files_now(&songs), files_of_fresh_run(&songs, &job));
}

#[test]
fn the_last_share_changes_the_folder_over() {
    let songs = prepared_songs();
    let first = songs.open();
    let job = other_job(&songs);
    let shards = [2, 0, 1].map(|index| Shard { index, count: 3 });
    let mut awaited = Vec::new();
    for shard in shards {
        assert_eq!(songs.open().tracks, first.tracks);
        awaited.push(run(&PrepareJob { shard, ..job.clone() }).awaited);
    }
    let n_of = |shard: Shard| first.tracks.keys().filter(|id| shard.holds(id)).count();
    let [a, b] = [shards[0], shards[1]].map(n_of);
    assert_eq!(awaited, [awaits(6 - a, 0), awaits(6 - a - b, 0), None]);
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
    assert!(run(&half).awaited.is_some());
    assert_eq!(songs.open().catalog, first.catalog);
    assert_eq!(songs.open().tracks, first.tracks);
    let report = songs.run();
    assert_eq!((report.failed.len(), report.awaited), (1, None));
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
    assert_eq!((report.failed.len(), report.awaited), (6, awaits(0, 6)));
    assert_eq!(songs.open().tracks, first.tracks);
    assert_eq!(songs.run().n_unchanged, 6);
}

/// A disk that is away after the first share: what was made of its songs stays.
#[test]
fn songs_that_can_no_longer_be_read_keep_what_was_made_of_them() {
    let songs = prepared_songs();
    let first = songs.open();
    let job = other_job(&songs);
    let shards = [0, 1].map(|index| Shard { index, count: 2 });
    let n_second = first.tracks.keys().filter(|id| shards[1].holds(id)).count();
    run(&PrepareJob { shard: shards[0], ..job.clone() });
    for name in &songs.names {
        fs::rename(songs.path(name), songs.path(name).with_extension("away")).unwrap();
    }
    let report = run(&PrepareJob { shard: shards[1], ..job.clone() });
    assert_eq!((report.failed.len(), report.awaited), (n_second, awaits(0, n_second)));
    assert_eq!((songs.open().tracks, songs.open().settings), (first.tracks, first.settings));
    for name in &songs.names {
        fs::rename(songs.path(name).with_extension("away"), songs.path(name)).unwrap();
    }
    // Another share is not to blame.
    let report = run(&PrepareJob { shard: shards[0], ..job.clone() });
    assert_eq!(report.awaited.unwrap().n_lost_here, 0);
    assert_eq!(run(&PrepareJob { shard: shards[1], ..job.clone() }).awaited, None);
    assert_eq!(files_now(&songs), files_of_fresh_run(&songs, &job));
}

/// What is nobody's track, by its name or by what it holds, stays.
#[test]
fn files_of_somebody_else_are_not_removed() {
    let songs = prepared_songs();
    let others = [
        "stimuli/pilot-01.wav",
        "stimuli/tone-440.mp3",
        "records/participants.json",
        "records/2026-05-01.json",
        "slices/slice-1.npy",
        "slices/a-0123456789abcdef0123456789abcdef.npy",
    ];
    for other in others {
        files::write(&songs.path("prepared").join(other), b"{\"mine\": 1}").unwrap();
    }
    assert_eq!(run(&other_job(&songs)).awaited, None);
    for other in others {
        assert!(songs.path("prepared").join(other).exists(), "{other}");
    }
}

/// Files of the layout before this one go with the first run.
#[test]
fn what_an_older_schema_left_is_removed() {
    let songs = prepared_songs();
    let before = songs.prepared_files();
    let settings = songs.path("prepared/settings.json");
    files::write(&settings, b"{\"schema_version\": 1}").unwrap();
    fs::rename(songs.record("t0"), songs.path("prepared/records/t0.json")).unwrap();
    let failure = b"{\"track_id\": \"t1\"}";
    files::write(&songs.path("prepared/failed/t1.json"), failure).unwrap();
    assert_eq!(songs.run().n_prepared, 1);
    assert_eq!(songs.prepared_files(), before);
}
