//! Exact top 10 of 1,000,000 vectors of 64 values on one core, beside the limit: a plain sum over
//! the same 256 MB, which no search over all of them can beat by more than noise.
//!
//! `cargo bench -p shared --no-default-features --bench nearest`

use criterion::{Criterion, Throughput};
use shared::catalog::TrackId;
use shared::embedding::EmbeddingTable;
use shared::random::Seed;
use shared::recommend::{EightBitRows, NearestIndex, PartIndex, merged};
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

    let short = EightBitRows::of_rows(DIM, values.chunks_exact(DIM));
    let short_search = || short.top_k(black_box(&query), K, |position| position != 0);
    let (search_time, read_time) = fastest(search, read);
    let (short_time, _) = fastest(short_search, || ());
    println!("top 10:    {}", report(search_time));
    println!("plain sum: {}", report(read_time));
    let ratio = search_time.as_secs_f64() / read_time.as_secs_f64();
    println!("the search takes {ratio:.2} times as long as reading the vectors once");
    println!(
        "top 10 in 8 bits: {:.1} ms over {} MB",
        short_time.as_secs_f64() * 1e3,
        N * (DIM + 4) / 1_000_000
    );
    drop((short, index));
    parts(&clustered());
}

/// A million vectors around 3,000 directions, some much more often than others.
fn clustered() -> Vec<f32> {
    const N_DIRECTIONS: usize = 3_000;
    let mut stream = Seed(2).stream("bench/clustered");
    let mut normal = |deviation| stream.normal(0.0, deviation) as f32;
    let directions: Vec<f32> = (0..N_DIRECTIONS * DIM).map(|_| normal(1.0)).collect();
    let mut values = Vec::with_capacity(N * DIM);
    for at in 0..N {
        // The triangle of numbers: direction 0 is met most often, the last one hardly.
        let direction =
            N_DIRECTIONS - ((at as f64 / N as f64).sqrt() * N_DIRECTIONS as f64) as usize - 1;
        let direction = &directions[direction * DIM..][..DIM];
        values.extend(direction.iter().map(|value| value + normal(0.7)));
    }
    values
}

/// Recall of a search that looks at a twentieth of the vectors, in 8 bits, against the exact one.
fn parts(values: &[f32]) {
    let ids = (0..N).map(|at| TrackId::parse(&format!("{at:07}")).expect("digits are an id"));
    let table = EmbeddingTable::new("audio", DIM, ids.collect(), values.to_vec());
    let table = table.expect("finite values");
    let start = Instant::now();
    let (index, parts) = PartIndex::cut(&table);
    println!("{} parts in {:.0} s", index.n_parts(), start.elapsed().as_secs_f64());
    let exact = NearestIndex::of_table(&table);
    let sizes: Vec<usize> = parts.iter().map(|part| part.to_safetensors().len()).collect();
    let index_bytes = index.to_safetensors().len();
    let (mut n_rows, mut n_queries, mut n_bytes) = (0, 0, 0);
    // All songs, and those that no network learnt from, which are what is recommended by default.
    for (of, n_th) in [("all vectors", 1), ("every fifth vector", 5)] {
        let (mut n_found, mut n_wanted) = (0, 0);
        for anchor in (0..N).step_by(4_999) {
            let query = table.row_at(anchor);
            let keep = |at: usize| at != anchor && at.is_multiple_of(n_th);
            let wanted = index.nearest_parts(query, N / 20);
            n_rows += wanted.iter().map(|part| index.size(*part)).sum::<usize>();
            n_bytes += wanted.iter().map(|part| sizes[*part]).sum::<usize>();
            n_queries += 1;
            let lists = wanted.iter().map(|part| parts[*part].top_k(query, K, keep));
            let found = merged(lists, K);
            for own in exact.top_k(query, K, keep) {
                n_wanted += 1;
                n_found += usize::from(found.iter().any(|other| other.position == own.position));
            }
        }
        println!("recall@{K} {:.3}, of {of}", n_found as f64 / n_wanted as f64);
    }
    println!("{:.1} % of the vectors looked at", 100.0 * n_rows as f64 / (n_queries * N) as f64);
    // What a page fetches for its first search, with the index: of the table as the bundle holds it, and of all parts.
    let megabytes = |bytes: usize| bytes as f64 / 1e6;
    let fetched = megabytes(n_bytes / n_queries + index_bytes);
    let (whole, all) = (megabytes(N * DIM * 2), megabytes(sizes.iter().sum()));
    println!(
        "fetched: {fetched:.1} MB, {:.1} MB of it the index: {:.1} % of the table in 16 bits ({whole:.0} MB), \
         {:.1} % of its parts in 8 bits ({all:.0} MB)",
        megabytes(index_bytes),
        100.0 * fetched / whole,
        100.0 * fetched / all
    );
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
