//! One training step of the audio networks on the CPU: forward, backward, Adam, batches of 16 slices.
//!
//! Beside PyTorch on the same cores steps are timed by `benches/peers/train_step.sh`, which runs `segue parity`.

use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Distribution, Int, Tensor};
use criterion::{Criterion, criterion_group, criterion_main};
use shared::model::{AudioConfig, Network, NetworkConfig, NetworkInput};
use shared::random::Seed;
use shared::spectrogram::SLICE_FRAMES;
use std::hint::black_box;
use std::time::Duration;

const BATCH_SIZE: usize = 16;

fn train_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("train step, batch 16");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    for (name, audio) in [("thesis", AudioConfig::Thesis), ("compact", AudioConfig::compact())] {
        let device = Device::flex().autodiff();
        let genres = ["country", "pop", "rap", "rock"].map(str::to_owned).to_vec();
        let config = NetworkConfig::new(genres, Some(audio), None);
        let mut model = Network::new(&config, Seed(1), &device);
        let mut optimizer = AdamConfig::new().with_epsilon(1e-7).init();
        let shape = [BATCH_SIZE, 1, 128, SLICE_FRAMES];
        let slices = Tensor::<4>::random(shape, Distribution::Uniform(0.0, 1.0), &device);
        let targets = Tensor::<1, Int>::arange(0..BATCH_SIZE as i64, &device).remainder_scalar(4);
        let loss = CrossEntropyLossConfig::new().init(&device);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let input =
                    NetworkInput { slices: Some(slices.clone()), ..NetworkInput::default() };
                let said = model.forward(input);
                let gradients = loss.forward(said.logits, targets.clone()).backward();
                let gradients = GradientsParams::from_grads(gradients, &model);
                model = optimizer.step(5e-5, model.clone(), gradients);
                black_box(&model);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, train_step);
criterion_main!(benches);
