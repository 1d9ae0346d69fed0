//! Exact top 10 of 20,000 vectors of 64 values in the browser, as a session asks for it when an anchor
//! was liked, and of 1,000,000 in 8 bits. With the website's own profile:
//!
//! `WASM_BINDGEN_TEST_TIMEOUT=200 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner CHROMEDRIVER=$(which chromedriver) \
//!  cargo bench -p web --target wasm32-unknown-unknown --profile web`

#[cfg(target_arch = "wasm32")]
mod in_browser {
    use shared::random::Seed;
    use shared::recommend::{EightBitRows, NearestIndex};
    use std::hint::black_box;
    use wasm_bindgen_test::{Criterion, wasm_bindgen_bench, wasm_bindgen_test_configure};

    wasm_bindgen_test_configure!(run_in_browser);

    const N: usize = 20_000;
    const DIM: usize = 64;
    const K: usize = 10;

    #[wasm_bindgen_bench]
    fn top_10_of_20_000(criterion: &mut Criterion) {
        let mut stream = Seed(1).stream("bench/nearest");
        let values: Vec<f32> = (0..N * DIM).map(|_| stream.unit() as f32 - 0.5).collect();
        let index = NearestIndex::of_rows(DIM, values.chunks_exact(DIM));
        let query = values[..DIM].to_vec();
        criterion.bench_function("top 10 of 20,000 x 64", |bencher| {
            bencher.iter(|| index.top_k(black_box(&query), K, |position| position != 0));
        });
    }

    /// The largest catalogue that is thought of: 64 MB, and 4 MB of scales.
    #[wasm_bindgen_bench]
    fn top_10_of_1_000_000_in_8_bits(criterion: &mut Criterion) {
        const N_LARGE: usize = 1_000_000;
        let mut stream = Seed(1).stream("bench/nearest");
        let some: Vec<f32> = (0..N * DIM).map(|_| stream.unit() as f32 - 0.5).collect();
        let rows = (0..N_LARGE).map(|at| &some[(at * 7 % N) * DIM..][..DIM]);
        let table = EightBitRows::of_rows(DIM, rows);
        let query = some[..DIM].to_vec();
        criterion.bench_function("top 10 of 1,000,000 x 64 in 8 bits", |bencher| {
            bencher.iter(|| table.top_k(black_box(&query), K, |position| position != 0));
        });
    }
}

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    println!("this bench runs in a browser: its first lines say how");
}
