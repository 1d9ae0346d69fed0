//! Exact top 10 of 1,000,000 vectors of 64 values on one core, beside the limit: a plain sum over
//! the same 256 MB, which no search over all of them can beat by more than noise.
//!
//! `cargo bench -p shared --no-default-features --bench nearest`

use criterion::{Criterion, Throughput};
use shared::random::Seed;
use shared::recommend::NearestIndex;
use std::hint::black_box;
use std::time::{Duration, Instant};

const N: usize = 1_000_000;
const DIM: usize = 64;
const K: usize = 10;
const N_BYTES: usize = N * DIM * size_of::<f32>();

fn main() {
    let mut stream = Seed(1).stream("bench/nearest");
    let values: Vec<f32> = (0..N * DIM).map(|_| stream.unit() as f32 - 0.5).collect();
    let index = NearestIndex::of_rows(DIM, values.chunks_exact(DIM));
    let query = values[..DIM].to_vec();
    let search = || index.top_k(black_box(&query), K, |position| position != 0);
    let read = || plain_sum(black_box(&values));

    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    let mut group = criterion.benchmark_group("nearest 1,000,000 x 64");
    group.throughput(Throughput::Bytes(N_BYTES as u64));
    group.bench_function("top 10", |bencher| bencher.iter(search));
    group.bench_function("plain sum (limit)", |bencher| bencher.iter(read));
    group.finish();

    let (search_time, read_time) = fastest(search, read);
    println!("top 10:    {}", report(search_time));
    println!("plain sum: {}", report(read_time));
    let ratio = search_time.as_secs_f64() / read_time.as_secs_f64();
    println!("the search takes {ratio:.2} times as long as reading the vectors once");
}

/// Sums as fast as the memory gives: many independent partial sums.
fn plain_sum(values: &[f32]) -> f32 {
    let mut sums = [0f32; 64];
    for chunk in values.as_chunks::<64>().0 {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += value;
        }
    }
    sums.iter().sum()
}

/// The fastest of 30 runs of each, taken in turn so that both meet the same machine: noise only
/// ever adds time.
fn fastest<A, B>(mut a: impl FnMut() -> A, mut b: impl FnMut() -> B) -> (Duration, Duration) {
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..30 {
        best.0 = best.0.min(time(&mut a));
        best.1 = best.1.min(time(&mut b));
    }
    best
}

fn time<T>(run: &mut impl FnMut() -> T) -> Duration {
    let start = Instant::now();
    black_box(run());
    start.elapsed()
}

fn report(time: Duration) -> String {
    let gigabytes_per_sec = N_BYTES as f64 / time.as_secs_f64() / 1e9;
    format!("{:.1} ms, {gigabytes_per_sec:.1} GB/s", time.as_secs_f64() * 1e3)
}
