//! Time of the parts of preparing one song: the mel spectrogram of 30 s, resampling, cutting.
//!
//! `cargo bench -p shared --no-default-features --features sound --bench mel`; `benches/peers/run.sh` compares with librosa.

use criterion::{Criterion, criterion_group, criterion_main};
use shared::audio::Resampler;
use shared::random::Seed;
use shared::spectrogram::{MelConfig, MelExtractor, SlicePreset, SliceStack};
use std::hint::black_box;

fn noise(n_samples: usize) -> Vec<f32> {
    let mut stream = Seed(1).stream("noise");
    (0..n_samples).map(|_| stream.between(-0.5, 0.5) as f32).collect()
}

fn benches(criterion: &mut Criterion) {
    let mut extractor = MelExtractor::new(&MelConfig::default()).expect("the default is valid");
    let clip = noise(30 * 22_050);
    criterion.bench_function("mel spectrogram of 30 s", |bencher| {
        bencher.iter(|| extractor.extract(black_box(&clip)));
    });
    let mel = extractor.extract(&clip);
    criterion.bench_function("slices of 30 s", |bencher| {
        bencher.iter(|| SliceStack::cut(black_box(&mel), SlicePreset::Full));
    });
    // By a half-band filter, and by Fourier transforms.
    for rate_hz in [44_100, 48_000] {
        let mut resampler = Resampler::new(rate_hz, 22_050).expect("valid rates");
        let original = noise(30 * rate_hz as usize);
        criterion.bench_function(&format!("resampling of 30 s from {rate_hz} Hz"), |bencher| {
            bencher.iter(|| resampler.convert(black_box(&original)));
        });
    }
}

criterion_group!(group, benches);
criterion_main!(group);
