//! How many slices a second are put together for a device: from the mapped files of `segue prepare`, by one thread, two batches
//! ahead. A device that takes fewer never waits.
//!
//! `cargo bench -p trainer --bench batches`

mod songs;

use burn::data::dataloader::DataLoader;
use burn::tensor::Device;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shared::catalog::Split;
use shared::random::Seed;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use trainer::prepared::{PrepareJob, PrepareSettings, Prepared, Shard, prepare};
use trainer::training::augment::Augmentation;
use trainer::training::batches::{Batches, Batching};
use trainer::training::songs::{Songs, Wanted};

fn batches(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    songs::write(folder.path());
    let job = PrepareJob {
        catalog: folder.path().join("catalog.csv"),
        out: folder.path().join("prepared"),
        settings: PrepareSettings { stimulus: None, ..PrepareSettings::default() },
        shard: Shard::ALL,
    };
    prepare(&job, &AtomicBool::new(false), &|_| {}).expect("songs are prepared");
    let prepared = Prepared::open(&job.out).expect("a prepared folder");
    let genres = prepared.catalog.genres();
    let wanted = Wanted { genres: &genres, hears: true, reads: None };
    let songs = Arc::new(Songs::read(&prepared, Split::Train, wanted).expect("songs"));
    let as_they_are = Augmentation::default();
    let masked =
        Augmentation { mask_bands: 16, mask_frames: 16, random_offset: true, ..as_they_are };
    let mut group = criterion.benchmark_group("batches of 32 slices");
    for (name, augmentation) in [
        ("as they are", as_they_are),
        ("masks and offsets", masked),
        ("masks, offsets and mixup", Augmentation { mixup: 0.2, ..masked }),
    ] {
        let batching = Batching {
            batch_size: 32,
            group_size: 1,
            hears: true,
            reads: false,
            pad_token_id: 0,
            augmentation,
        };
        let epochs = Batches::in_order(Arc::clone(&songs), batching, &Device::flex());
        let epochs = epochs.shuffled(Seed(1), 0);
        group.throughput(Throughput::Elements(epochs.num_items() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| epochs.iter().count()));
    }
    group.finish();
}

criterion_group!(benches, batches);
criterion_main!(benches);
