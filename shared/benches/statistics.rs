//! Time of a mixed model of 4,800 answers, of the thesis's power simulation, and of a simulated study of 30
//! participants by 160 rated songs from its plan to its analysis.
//!
//! `cargo bench -p shared --no-default-features --bench statistics`; `benches/peers/statistics.sh` compares
//! with R on the same table, which it names in `SEGUE_TABLE`.

use criterion::{Criterion, criterion_group, criterion_main};
use shared::random::Seed;
use shared::simulate::{Population, PowerPlan, PowerSimulation, ThesisPower};
use shared::statistics::glmm::{MixedModel, ModelOptions, Rating, RatingTable};
use shared::statistics::special::logistic;
use shared::study::Preset;
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

/// Studies of 30 participants, of whom each likes 54 anchors and so rates 162 songs.
fn studies() -> PowerSimulation {
    let mut design = Preset::Default.design();
    design.stop.minutes = None;
    let plan = PowerPlan {
        design,
        population: Population::default(),
        n_participants: vec![N_PARTICIPANTS],
        n_liked_anchors: vec![54],
        n_songs: 800,
        n_replications: 1_000_000,
        alpha: 0.05,
        seed: Seed(1),
    };
    PowerSimulation::new(&plan).expect("enough songs")
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
    group.bench_function("power of prop.test, 10,000 replications", |bencher| {
        bencher.iter(|| ThesisPower::ONE.simulate(0..10_000, black_box(Seed(1))));
    });
    let studies = studies();
    let mut step = 0;
    group.bench_function("simulated study of 30 by 162", |bencher| {
        bencher.iter(|| {
            step += 1;
            studies.step(step).expect("enough songs")
        });
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
