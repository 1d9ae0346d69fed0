use super::*;
use crate::random::Seed;
use crate::recommend::NearestIndex;

fn rows(n: usize, dim: usize) -> Vec<Vec<f32>> {
    let mut stream = Seed(11).stream("eight bits");
    let row = |_| (0..dim).map(|_| stream.normal(0.0, 1.0) as f32).collect();
    (0..n).map(row).collect()
}

#[test]
fn similarities_are_those_of_32_bits_but_for_rounding() {
    for dim in [1, 3, 16, 64, 700] {
        let rows = rows(300, dim);
        let slices = || rows.iter().map(Vec::as_slice);
        let (short, whole) =
            (EightBitRows::of_rows(dim, slices()), NearestIndex::of_rows(dim, slices()));
        let [found, expected] =
            [short.top_k(&rows[7], 300, |_| true), whole.top_k(&rows[7], 300, |_| true)];
        let mut by_position = vec![0.0; 300];
        expected.iter().for_each(|own| by_position[own.position] = own.similarity);
        for own in &found {
            let off = (own.similarity - by_position[own.position]).abs();
            assert!(off < 0.005, "dim {dim}, row {}: off by {off}", own.position);
        }
        if dim > 3 {
            assert_eq!(found[0].position, 7, "a song is nearest to itself");
        }
    }
}

/// As another processor makes them: whole numbers, by the words alone.
fn products(short: &EightBitRows, query: &[f32]) -> Vec<i32> {
    let (words, query, n) = (short.words(), short.query_codes(query), short.len());
    assert_eq!((words.len(), query.len()), (short.n_words() * n, short.n_words() * 4));
    let product = |row: usize| {
        let words = (0..short.n_words()).map(|word| words[word * n + row]);
        let codes = words.flat_map(|word| word.to_le_bytes().map(u8::cast_signed));
        codes.zip(&query).map(|(code, value)| i32::from(code) * value).sum()
    };
    (0..n).map(product).collect()
}

#[test]
fn products_made_elsewhere_lead_to_the_same_rows() {
    for dim in [1, 3, 16, 64, 700] {
        let rows = rows(300, dim);
        let slices = || rows.iter().map(Vec::as_slice);
        let (short, whole) =
            (EightBitRows::of_rows(dim, slices()), NearestIndex::of_rows(dim, slices()));
        for query in [&rows[7], &rows[8]] {
            let (products, keep) = (products(&short, query), |at: usize| !at.is_multiple_of(3));
            let found = short.top_k_by_products(query, &products, 10, keep);
            assert_eq!(found, short.top_k(query, 10, keep), "dim {dim}");
            let candidates = short.candidates(query, &products, 10, keep);
            assert!(candidates.is_sorted() && candidates.iter().all(|at| keep(*at)));
            for own in whole.top_k(query, 10, keep) {
                assert!(candidates.contains(&own.position), "dim {dim}: {own:?} is lost");
            }
            assert!(dim < 16 || candidates.len() < 100, "dim {dim}: {}", candidates.len());
        }
        assert!(short.candidates(&rows[7], &products(&short, &rows[7]), 0, |_| true).is_empty());
    }
}

/// Rows that rounding can't tell apart, at every place where it may turn.
#[test]
fn no_row_that_may_be_nearest_is_lost() {
    let mut stream = Seed(12).stream("nearly the same");
    for round in 0..40 {
        let dim = 1 + round * 3;
        let base: Vec<f32> = (0..dim).map(|_| stream.normal(0.0, 1.0) as f32).collect();
        let mut near = || {
            let moved = base.iter().map(|value| value + stream.normal(0.0, 1e-2) as f32);
            moved.collect::<Vec<f32>>()
        };
        let rows: Vec<Vec<f32>> = (0..200).map(|_| near()).collect();
        let slices = || rows.iter().map(Vec::as_slice);
        let (short, whole) =
            (EightBitRows::of_rows(dim, slices()), NearestIndex::of_rows(dim, slices()));
        let candidates = short.candidates(&base, &products(&short, &base), 5, |_| true);
        for own in whole.top_k(&base, 5, |_| true) {
            assert!(candidates.contains(&own.position), "dim {dim}: {own:?} is lost");
        }
    }
}

#[test]
fn rows_come_back_from_their_parts() {
    let rows = rows(5, 20);
    let short = EightBitRows::of_rows(20, rows.iter().map(Vec::as_slice));
    let codes: Vec<i8> = (0..5).flat_map(|at| short.codes(at)).collect();
    let again = EightBitRows::from_parts(20, &codes, short.scales().to_vec()).unwrap();
    assert_eq!(again, short);
    assert_eq!(EightBitRows::from_parts(20, &codes[1..], short.scales().to_vec()), None);
    assert_eq!(EightBitRows::from_parts(20, &codes, vec![f32::NAN; 5]), None);
    assert_eq!(EightBitRows::from_parts(1, &[i8::MIN], vec![1.0]), None);
    let length: f32 = short.row(3).iter().map(|value| value * value).sum();
    assert!((length - 1.0).abs() < 0.01, "{length}");
}

#[test]
fn zeros_extremes_and_ties_are_defined() {
    let rows = [[0.0f32; 2], [f32::MAX, f32::MAX], [1e-30, 1e-30], [-1.0, -1.0]];
    let tiny = EightBitRows::of_rows(2, [[-1e-44f32, 0.0].as_slice()]);
    assert!(tiny.codes(0).all(|code| code >= -127));
    let short = EightBitRows::of_rows(2, rows.iter().map(<[f32; 2]>::as_slice));
    let found = short.top_k(&[2.0, 2.0], 4, |_| true);
    let positions: Vec<usize> = found.iter().map(|own| own.position).collect();
    assert_eq!(positions, [1, 2, 0, 3], "{found:?}");
    assert!((found[0].similarity - 1.0).abs() < 1e-4 && found[2].similarity == 0.0);
    assert_eq!(short.top_k(&[0.0, 0.0], 1, |_| true)[0].similarity, 0.0);
    assert!(short.top_k(&[1.0, 0.0], 0, |_| true).is_empty());
}
