//! Tests of whole runs of `prepare` on small folders.

use super::*;
use crate::files;
use hound::{SampleFormat, WavSpec, WavWriter};
use shared::audio::ClipSettings;
use shared::catalog::{Split, Track};
use shared::spectrogram::SlicePreset;
use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

mod changeover;
mod faults;

/// A folder with audio files, their catalogue and room for a prepared folder.
struct Collection {
    folder: tempfile::TempDir,
    names: Vec<String>,
}

impl Collection {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), names: Vec::new() }
    }

    /// Adds a file; its track's id is the name up to the dot.
    fn with(mut self, name: &str, bytes: &[u8]) -> Self {
        files::write(&self.path(name), bytes).unwrap();
        self.names.push(name.to_owned());
        self.write_catalog("[Verse 1]\nla la");
        self
    }

    /// Adds a wav file with a tone of that many seconds.
    fn with_tone(self, name: &str, rate_hz: u32, n_channels: u16, secs: f64) -> Self {
        let wav = wav(rate_hz, n_channels, secs, 0.3);
        self.with(name, &wav)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write_catalog(&self, lyrics: &str) {
        let tracks = self.names.iter().map(|name| track(name, lyrics)).collect();
        let mut csv = Vec::new();
        Catalog::new(tracks).unwrap().write_csv(&mut csv).unwrap();
        files::write(&self.path("catalog.csv"), &csv).unwrap();
    }

    fn job(&self) -> PrepareJob {
        PrepareJob {
            catalog: self.path("catalog.csv"),
            out: self.path("prepared"),
            settings: short_settings(),
            shard: Shard::ALL,
        }
    }

    fn run(&self) -> PrepareReport {
        run(&self.job())
    }

    /// Where the record of a track stands.
    fn record(&self, track: &str) -> PathBuf {
        Folder::new(&self.path("prepared")).record(&id(track), &self.recipe(track))
    }

    fn recipe(&self, track: &str) -> String {
        let catalog = read_catalog(&self.path("catalog.csv")).unwrap();
        key::recipe(&catalog.track(&id(track)).unwrap().lyrics, &short_settings())
    }

    fn open(&self) -> Prepared {
        Prepared::open(&self.path("prepared")).unwrap()
    }

    /// All files of the prepared folder by name, with their content.
    fn prepared_files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let all = files::list_below(&self.path("prepared")).unwrap();
        all.into_iter().map(|path| (path.clone(), files::read(&path).unwrap())).collect()
    }
}

/// Clips of 4 s from 1 s on and stimuli of 1 s keep the tests quick.
fn short_settings() -> PrepareSettings {
    let defaults = StimulusSettings::default();
    PrepareSettings {
        clip: ClipSettings { start_secs: 1.0, duration_secs: 4.0 },
        stimulus: Some(StimulusSettings { duration_secs: 1.0, ..defaults }),
        ..PrepareSettings::default()
    }
}

fn run(job: &PrepareJob) -> PrepareReport {
    prepare(job, &AtomicBool::new(false), &|_| {}).unwrap()
}

fn id(text: &str) -> TrackId {
    TrackId::parse(text).unwrap()
}

fn track(name: &str, lyrics: &str) -> Track {
    Track {
        track_id: id(name.split('.').next().unwrap()),
        title: name.to_owned(),
        artist: "Artist".to_owned(),
        genre: "pop".to_owned(),
        year: None,
        views: None,
        language: String::new(),
        language_source: String::new(),
        language_confidence: None,
        audio_path: name.to_owned(),
        lyrics: lyrics.to_owned(),
        split: Split::Train,
        link_score: None,
        link_reasons: String::new(),
    }
}

fn wav(rate_hz: u32, n_channels: u16, secs: f64, amplitude: f32) -> Vec<u8> {
    let spec = WavSpec {
        channels: n_channels,
        sample_rate: rate_hz,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
    for k in 0..(secs * f64::from(rate_hz)) as u32 {
        let turn = std::f64::consts::TAU * 440.0 * f64::from(k) / f64::from(rate_hz);
        for _ in 0..n_channels {
            writer.write_sample((turn.sin() as f32 * amplitude * 32_767.0) as i16).unwrap();
        }
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// The same in floating point, each sample that value.
fn float_wav(secs: f64, value: impl Fn(u32) -> f32) -> Vec<u8> {
    let (sample_rate, sample_format) = (22_050, SampleFormat::Float);
    let spec = WavSpec { channels: 1, sample_rate, bits_per_sample: 32, sample_format };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
    for k in 0..(secs * f64::from(sample_rate)) as u32 {
        writer.write_sample(value(k)).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

#[test]
fn a_run_gives_slices_lyrics_and_stimuli() {
    let songs = Collection::new().with_tone("a.wav", 44_100, 2, 6.0);
    let report = songs.run();
    assert_eq!((report.n_tracks, report.n_prepared, report.failed.len()), (1, 1, 0));
    let prepared = songs.open();
    let record = &prepared.tracks[&id("a")];
    assert_eq!((record.n_slices, record.lyrics.as_str()), (1, " la la"));
    assert_eq!((record.clip.start_secs, record.clip.duration_secs), (1.0, 4.0));
    let slices = prepared.slices(&id("a")).unwrap().stack().unwrap();
    assert_eq!((slices.n_slices, slices.n_mels, slices.n_frames), (1, 128, 128));
    let stimulus = record.stimulus.as_ref().unwrap();
    let path = prepared.stimulus_path(&id("a")).unwrap().unwrap();
    assert_eq!(files::read(&path).unwrap().len() as u64, stimulus.n_bytes);
    assert_eq!(prepared.missing().count(), 0);
}

#[test]
fn the_thesis_preset_keeps_one_slice_of_greys() {
    let songs = Collection::new().with_tone("a.wav", 22_050, 1, 10.0);
    let mut job = songs.job();
    job.settings.clip.duration_secs = 8.0;
    job.settings.preset = SlicePreset::Thesis;
    job.settings.stimulus = None;
    run(&job);
    let prepared = songs.open();
    let slices = prepared.slices(&id("a")).unwrap().stack().unwrap();
    assert_eq!(slices.n_slices, 1);
    assert!(slices.values.iter().all(|v| (v * 255.0 - (v * 255.0).round()).abs() < 1e-4));
    assert_eq!(prepared.stimulus_path(&id("a")).unwrap(), None);
}

#[test]
fn a_finished_run_does_nothing_even_without_the_audio() {
    let songs = Collection::new().with_tone("a.wav", 22_050, 1, 6.0).with("bad.mp3", b"no sound");
    songs.run();
    let before = songs.prepared_files();
    let report = songs.run();
    assert_eq!((report.n_prepared, report.n_unchanged, report.failed.len()), (0, 1, 1));
    assert_eq!(songs.prepared_files(), before);
    fs::remove_file(songs.path("a.wav")).unwrap();
    assert_eq!(songs.run().n_unchanged, 1);
}

#[test]
fn what_changed_is_computed_anew_and_the_old_is_gone() {
    let songs =
        Collection::new().with_tone("a.wav", 22_050, 1, 6.0).with_tone("b.wav", 22_050, 1, 6.5);
    songs.run();
    let first = songs.open();
    // Another sound for one of them.
    files::write(&songs.path("a.wav"), &wav(22_050, 1, 6.0, 0.1)).unwrap();
    assert_eq!(songs.run().n_prepared, 1);
    let second = songs.open();
    assert_ne!(second.tracks[&id("a")].key, first.tracks[&id("a")].key);
    assert_eq!(second.tracks[&id("b")], first.tracks[&id("b")]);
    // Other settings for all.
    let mut job = songs.job();
    job.settings.clip.start_secs = 0.5;
    assert_eq!(run(&job).n_prepared, 2);
    // Other lyrics.
    songs.write_catalog("other words");
    assert_eq!(run(&job).n_prepared, 2);
    assert_eq!(songs.open().tracks[&id("a")].lyrics, "other words");
    // Two tracks: settings, catalogue, and of each record, slices and stimulus.
    assert_eq!(songs.prepared_files().len(), 2 + 2 * 3);
}

#[test]
fn a_touched_file_is_not_computed_anew() {
    let songs = Collection::new().with_tone("a.wav", 22_050, 1, 6.0);
    songs.run();
    let file = fs::File::options().append(true).open(songs.path("a.wav")).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(songs.run().n_unchanged, 1);
    assert_eq!(songs.open().tracks[&id("a")].source.stamp.modified_nanos, 0);
}

#[test]
fn records_of_other_settings_are_never_used() {
    let songs = Collection::new().with_tone("a.wav", 22_050, 1, 6.0);
    songs.run();
    let settings = PrepareSettings { stimulus: None, ..short_settings() };
    folder::write_json(&songs.path("prepared/settings.json"), &settings).unwrap();
    let prepared = songs.open();
    assert!(prepared.tracks.is_empty());
    assert_eq!(prepared.missing().count(), 1);
    assert!(matches!(prepared.slices(&id("a")), Err(PreparedError::UnknownTrack { .. })));
}

#[test]
fn tracks_that_left_the_catalogue_leave_the_folder() {
    let mut songs =
        Collection::new().with_tone("a.wav", 22_050, 1, 6.0).with_tone("b.wav", 22_050, 1, 6.0);
    songs.run();
    songs.names.retain(|name| name != "b.wav");
    songs.write_catalog("");
    songs.run();
    assert!(songs.prepared_files().keys().all(|path| !path.display().to_string().contains("/b")));
}

/// A run that is stopped after one track and one that is killed in the middle of a track (files without
/// a record, half a temporary file) end, when run again, as one that was never disturbed.
#[test]
fn an_interrupted_run_goes_on_to_the_same_result() {
    let mut songs = Collection::new();
    for k in 0..6 {
        songs = songs.with_tone(&format!("t{k}.wav"), 22_050, 1, 6.0);
    }
    songs.run();
    let undisturbed = songs.prepared_files();
    fs::remove_dir_all(songs.path("prepared")).unwrap();
    let (stop, n_done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let report = prepare(&songs.job(), &stop, &|_| {
        n_done.fetch_add(1, Ordering::SeqCst);
        stop.store(true, Ordering::SeqCst);
    })
    .unwrap();
    assert!(report.n_left > 0 && report.n_prepared >= 1, "{report:?}");
    assert_eq!(report.n_prepared, n_done.load(Ordering::SeqCst));
    let first = songs.open().tracks.keys().next().unwrap().clone();
    fs::remove_file(songs.record(first.as_str())).unwrap();
    files::write(&songs.path("prepared/slices/.segue-x.tmp"), b"half").unwrap();
    let report = songs.run();
    assert_eq!(report.n_prepared + report.n_unchanged, 6);
    assert_eq!(songs.prepared_files(), undisturbed);
}

#[test]
fn shards_combine_to_the_whole() {
    let mut songs = Collection::new();
    for k in 0..7 {
        songs = songs.with_tone(&format!("t{k}.wav"), 22_050, 1, 6.0);
    }
    songs.run();
    let whole = songs.prepared_files();
    fs::remove_dir_all(songs.path("prepared")).unwrap();
    let mut n_tracks = 0;
    for index in 0..3 {
        n_tracks += run(&PrepareJob { shard: Shard { index, count: 3 }, ..songs.job() }).n_tracks;
    }
    assert_eq!(n_tracks, 7);
    assert_eq!(songs.prepared_files(), whole);
}

#[test]
fn shards_are_read_and_checked() {
    assert_eq!(Shard::parse("2/3"), Some(Shard { index: 2, count: 3 }));
    for wrong in ["3/3", "0/0", "1", "a/b", "-1/2", ""] {
        assert_eq!(Shard::parse(wrong), None, "{wrong}");
    }
}
