//! Time of a mixed model of 4,800 answers and of the thesis's power simulation.
//!
//! `cargo bench -p shared --no-default-features --bench statistics`; `benches/peers/statistics.sh` compares
//! with R on the same table, which it names in `SEGUE_TABLE`.

use criterion::{Criterion, criterion_group, criterion_main};
use shared::random::{Seed, Stream};
use shared::statistics::glmm::{MixedModel, ModelOptions, Rating, RatingTable};
use shared::statistics::special::logistic;
use shared::statistics::{Alternative, two_proportions_p_value};
use std::hint::black_box;

const N_PARTICIPANTS: usize = 30;
const N_RATED: usize = 160;
const N_SONGS: usize = 400;
const CONDITIONS: [(&str, f64); 3] = [("control", -0.2), ("audio", 0.3), ("multimodal", 0.7)];

/// A table like that of R's side.
fn simulated_table() -> String {
    let mut stream = Seed(1).stream("bench/statistics");
    let mut draw =
        |n: usize, sd: f64| -> Vec<f64> { (0..n).map(|_| stream.normal(0.0, sd)).collect() };
    let (participants, songs) = (draw(N_PARTICIPANTS, 0.8), draw(N_SONGS, 0.6));
    let mut csv = String::from("participant,song,condition,like\n");
    for (participant, of_participant) in participants.iter().enumerate() {
        let mut order: Vec<usize> = (0..N_SONGS).collect();
        stream.shuffle(&mut order);
        for (at, song) in order.into_iter().take(N_RATED).enumerate() {
            let (condition, effect) = CONDITIONS[at % CONDITIONS.len()];
            let like = u8::from(stream.chance(logistic(effect + of_participant + songs[song])));
            csv.push_str(&format!("{participant},{song},{condition},{like}\n"));
        }
    }
    csv
}

fn fit(ratings: &[Rating<'_>], has_slopes: bool) -> f64 {
    let options = ModelOptions { reference: "control", has_slopes, ..ModelOptions::default() };
    MixedModel::new(ratings, options).expect("a model").fit().log_likelihood
}

/// How often each test of the thesis's simulation rejects.
fn power(n_replications: usize, stream: &mut Stream) -> [usize; 3] {
    let mut rejected = [0; 3];
    for _ in 0..n_replications {
        let likes = [0.6, 0.7, 0.8]
            .map(|p| (0..200).map(|_| f64::from(u8::from(stream.chance(p)))).sum::<f64>());
        for (rejected, (first, second)) in rejected.iter_mut().zip([(1, 0), (2, 0), (2, 1)]) {
            let x = [likes[first], likes[second]];
            let p = two_proportions_p_value(x, [200.0; 2], Alternative::Greater, true);
            *rejected += usize::from(p.is_some_and(|p| p < 0.05));
        }
    }
    rejected
}

fn benches(criterion: &mut Criterion) {
    let csv = match std::env::var("SEGUE_TABLE") {
        Ok(path) => std::fs::read_to_string(path).expect("a table"),
        Err(_) => simulated_table(),
    };
    let table = RatingTable::from_csv(&csv).expect("a table");
    let ratings = table.ratings();
    let mut group = criterion.benchmark_group("statistics");
    group.sample_size(10);
    group.bench_function("glmm of 4,800 answers", |bencher| {
        bencher.iter(|| fit(black_box(&ratings), false));
    });
    group.bench_function("glmm of 4,800 answers, slopes", |bencher| {
        bencher.iter(|| fit(black_box(&ratings), true));
    });
    let mut stream = Seed(1).stream("bench/power");
    group.bench_function("power of prop.test, 10,000 replications", |bencher| {
        bencher.iter(|| power(10_000, &mut stream));
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
