//! Whole `segue prepare`, from mp3 files to slices on the disk, without stimuli, by two workers; and the parts of it that
//! can be taken alone, by one.
//!
//! `cargo bench -p trainer --bench prepare` on songs of the demo. `benches/peers/run.sh` compares the program with librosa,
//! on any songs.

mod songs;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use shared::audio::{ClipSettings, decode_mono_clip};
use shared::spectrogram::{ClipAnalyzer, MelConfig, SlicePreset, SliceStack};
use std::fs;
use std::hint::black_box;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use trainer::prepared::{PrepareJob, PrepareSettings, Shard, prepare};

fn whole(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let n_songs = songs::write(folder.path());
    let job = PrepareJob {
        catalog: folder.path().join("catalog.csv"),
        out: folder.path().join("prepared"),
        settings: PrepareSettings { stimulus: None, ..PrepareSettings::default() },
        shard: Shard::ALL,
    };
    let workers = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let run = || {
        let report = workers.install(|| prepare(&job, &AtomicBool::new(false), &|_| {}));
        assert_eq!(report.expect("songs are prepared").n_prepared, n_songs);
    };
    let anew = || {
        if job.out.exists() {
            fs::remove_dir_all(&job.out).expect("it can be removed");
        }
    };
    let mut group = criterion.benchmark_group("prepare");
    group.sample_size(10).measurement_time(Duration::from_secs(15));
    group.throughput(Throughput::Elements(n_songs as u64));
    group.bench_function("whole, two workers", |bencher| {
        bencher.iter_batched(anew, |()| run(), BatchSize::PerIteration);
    });
    group.finish();
}

fn parts(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    songs::write(folder.path());
    let mut files = fs::read_dir(folder.path().join("audio")).expect("a folder of songs");
    let song = files.find_map(|entry| {
        let path = entry.ok()?.path();
        (path.extension()? == "mp3").then(|| fs::read(path).ok())?
    });
    let song = song.expect("one of the songs is an mp3 file");
    let decode = || {
        let bytes: &[u8] = black_box(&song);
        decode_mono_clip(&bytes, Some("mp3"), &ClipSettings::default())
    };
    let decoded = decode().expect("it can be decoded");
    let mut analyzer = ClipAnalyzer::new(&MelConfig::default()).expect("the default is valid");
    let samples = analyzer.samples(decoded.waveform.clone()).expect("sound");
    let mut group = criterion.benchmark_group("prepare, one song");
    group.bench_function("decoding the clip and mixing it down", |bencher| bencher.iter(decode));
    group.bench_function("resampling", |bencher| {
        let sound = || decoded.waveform.clone();
        bencher.iter_batched(sound, |sound| analyzer.samples(sound), BatchSize::LargeInput);
    });
    group.bench_function("mel spectrogram and slices", |bencher| {
        bencher.iter(|| SliceStack::cut(&analyzer.mel(black_box(&samples)), SlicePreset::Full));
    });
    group.bench_function("hash of the file", |bencher| {
        bencher.iter(|| blake3::hash(black_box(&song)));
    });
    group.finish();
}

criterion_group!(benches, whole, parts);
criterion_main!(benches);
