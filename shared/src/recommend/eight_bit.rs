//! Nearest neighbours among vectors of 8 bits: a quarter of the memory, and of the download.
//!
//! A row is a vector of length 1 with one scale: value `i` is `scale * code[i]`, codes are -127 to 127, so
//! that the largest value of the row is met exactly (symmetric quantization by row, as in Jacob et al. 2018).
//! The query keeps 16 bits. All rows are looked at; products and sums are whole numbers, so that every
//! machine finds the same. Against 32 bits a similarity is off by 0.004 at most at 64 values.

use super::nearest::{Best, Neighbour};
use crate::embedding::as_similarity;
use wide::{i16x8, i32x4};

/// Codes that are looked at together.
const LANES: usize = 16;
/// Words of 32 bits that they make.
const WORDS: usize = 4;
/// Largest code of a row.
const MOST_CODE: f32 = 127.0;
/// How far a similarity of vectors in 32 bits may be off by rounding, with room: thousands of values add up to less.
const OFF_IN_32_BITS: f32 = 1e-4;

/// So many codes, two in a number of 16 bits: the earlier one is its lower half.
type Pairs = i16x8;

/// Vectors of length 1 in 8 bits.
#[derive(Debug, Clone, PartialEq)]
pub struct EightBitRows {
    dim: usize,
    /// `[n, dim filled up to whole lanes]` row-major.
    codes: Vec<Pairs>,
    /// `[n]`.
    scales: Vec<f32>,
}

impl EightBitRows {
    /// These vectors, scaled to length 1 and rounded.
    ///
    /// # Panics
    ///
    /// If `dim` is 0 or a vector has another length.
    pub fn of_rows<'a>(dim: usize, rows: impl IntoIterator<Item = &'a [f32]>) -> Self {
        assert!(dim > 0, "vectors of length 0");
        let (mut codes, mut scales) = (Vec::new(), Vec::new());
        for row in rows {
            assert_eq!(row.len(), dim, "vectors of length {dim}");
            let length = row.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
            let largest = row.iter().fold(0f32, |most, value| most.max(value.abs()));
            // In 64 bits, where no quotient is infinite.
            let to_code =
                if largest > 0.0 { f64::from(MOST_CODE) / f64::from(largest) } else { 0.0 };
            for part in row.chunks(LANES) {
                let mut lanes = [0i8; LANES];
                for (code, value) in lanes.iter_mut().zip(part) {
                    *code = (f64::from(*value) * to_code).round() as i8;
                }
                codes.push(pairs(lanes));
            }
            let unit = if length > 0.0 { f64::from(largest) / length } else { 0.0 };
            scales.push((unit / f64::from(MOST_CODE)) as f32);
        }
        Self { dim, codes, scales }
    }

    /// Rows as they stand in a file: `codes` is `[n, dim]`; `None` where the numbers do not fit each
    /// other, a scale is no finite number, or a code is -128.
    pub fn from_parts(dim: usize, codes: &[i8], scales: Vec<f32>) -> Option<Self> {
        let fits = dim > 0 && codes.len() == scales.len() * dim;
        // With -128 sums could leave 32 bits.
        let in_range = !codes.contains(&i8::MIN) && scales.iter().all(|scale| scale.is_finite());
        if !fits || !in_range {
            return None;
        }
        let mut lanes = Vec::with_capacity(scales.len() * dim.div_ceil(LANES));
        for row in codes.chunks_exact(dim) {
            for part in row.chunks(LANES) {
                let mut filled = [0i8; LANES];
                filled[..part.len()].copy_from_slice(part);
                lanes.push(pairs(filled));
            }
        }
        Some(Self { dim, codes: lanes, scales })
    }

    /// Length of a vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Whether there is no vector.
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// The codes of a row, `[dim]`.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn codes(&self, position: usize) -> impl Iterator<Item = i8> {
        let n_chunks = self.n_chunks();
        let row = &self.codes[position * n_chunks..][..n_chunks];
        let bytes = row.iter().flat_map(|pairs| pairs.to_array()).flat_map(i16::to_le_bytes);
        bytes.map(u8::cast_signed).take(self.dim)
    }

    /// The scales, `[n]`.
    pub fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// The vector of a row, of length 1 but for rounding.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn row(&self, position: usize) -> Vec<f32> {
        let scale = self.scales[position];
        self.codes(position).map(|code| f32::from(code) * scale).collect()
    }

    /// The `k` rows most similar to `query` among those that `keep` accepts, best first, ties by position;
    /// fewer where there are fewer.
    ///
    /// # Panics
    ///
    /// If `query` is not of the length of the vectors.
    pub fn top_k(&self, query: &[f32], k: usize, keep: impl Fn(usize) -> bool) -> Vec<Neighbour> {
        let query = self.query(query);
        let halves = query.halves();
        let rows = self.codes.chunks_exact(halves.len());
        self.best(&query, rows.map(|row| dot(&halves, row)), k, keep)
    }

    /// The rows as another processor takes them, `[n_words, n]`: word `w` of a row holds its codes from `4 * w` on, the
    /// first one lowest; rows are filled up with zeros to a multiple of 16 codes. Neighbouring rows stand beside each other,
    /// so that processors that take one row each read neighbouring words.
    pub fn words(&self) -> Vec<u32> {
        let (n, n_words) = (self.len(), self.n_words());
        let mut words = vec![0; n * n_words];
        for (at, pairs) in self.codes.iter().enumerate() {
            let (row, first) = (at / self.n_chunks(), at % self.n_chunks() * WORDS);
            for (word, pair) in pairs.to_array().as_chunks::<2>().0.iter().enumerate() {
                let [low, high] = pair.map(|codes| u32::from(codes.cast_unsigned()));
                words[(first + word) * n + row] = low | high << 16;
            }
        }
        words
    }

    /// Words of a row.
    pub fn n_words(&self) -> usize {
        self.n_chunks() * WORDS
    }

    /// A query as [`Self::top_k`] takes it, in whole numbers, `[4 * n_words]`.
    ///
    /// # Panics
    ///
    /// If `query` is not of the length of the vectors.
    pub fn query_codes(&self, query: &[f32]) -> Vec<i32> {
        self.query(query).codes.iter().map(|code| i32::from(*code)).collect()
    }

    /// What [`Self::top_k`] gives, from the sums of the products of [`Self::query_codes`] with the codes of each row, `[n]`.
    ///
    /// # Panics
    ///
    /// If `query` is not of the length of the vectors, or `products` not of that of the rows.
    pub fn top_k_by_products(
        &self,
        query: &[f32],
        products: &[i32],
        k: usize,
        keep: impl Fn(usize) -> bool,
    ) -> Vec<Neighbour> {
        assert_eq!(products.len(), self.len(), "a product a row");
        self.best(&self.query(query), products.iter().copied(), k, keep)
    }

    /// The rows that may be among the `k` most similar before they were rounded, rising; from the same sums.
    ///
    /// A value of a row is off by half its scale at most, and one of the query by half the query's, which bounds how far
    /// a similarity may be off. Rows stay that may be as similar as the `k`-th is at least.
    ///
    /// # Panics
    ///
    /// As [`Self::top_k_by_products`].
    pub(super) fn candidates(
        &self,
        query: &[f32],
        products: &[i32],
        k: usize,
        keep: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        assert_eq!(products.len(), self.len(), "a product a row");
        let query = self.query(query);
        let sum: f32 = query.codes.iter().map(|code| f32::from(code.unsigned_abs())).sum();
        let dim = self.dim as f32;
        let off = |row_scale: f32| {
            let of_row = row_scale / 2.0 * (sum + dim / 2.0) * query.scale;
            // The absolute values of a vector of length 1 add up to the root of their number at most.
            let of_query = query.scale / 2.0 * (dim.sqrt() + dim / 2.0 * row_scale);
            of_row + of_query + OFF_IN_32_BITS
        };
        let rows = products.iter().zip(&self.scales);
        let rows = rows.map(|(product, row_scale)| {
            (*product as f32 * (row_scale * query.scale), off(*row_scale))
        });
        let mut best = Best::new(k);
        for (position, (similarity, off)) in rows.clone().enumerate() {
            if best.beats(similarity - off) && keep(position) {
                best.push(Neighbour { position, similarity: similarity - off });
            }
        }
        let Some(least) = best.into_sorted().last().map(|own| own.similarity) else {
            return Vec::new();
        };
        let near = rows.enumerate().filter(|(_, (similarity, off))| similarity + off >= least);
        near.map(|(position, _)| position).filter(|position| keep(*position)).collect()
    }

    fn n_chunks(&self) -> usize {
        self.dim.div_ceil(LANES)
    }

    fn query(&self, query: &[f32]) -> Query {
        assert_eq!(query.len(), self.dim, "a query for vectors of length {}", self.dim);
        Query::of(query)
    }

    fn best(
        &self,
        query: &Query,
        products: impl Iterator<Item = i32>,
        k: usize,
        keep: impl Fn(usize) -> bool,
    ) -> Vec<Neighbour> {
        let mut best = Best::new(k);
        for (position, (product, row_scale)) in products.zip(&self.scales).enumerate() {
            let similarity = as_similarity(product as f32 * (row_scale * query.scale));
            if best.beats(similarity) && keep(position) {
                best.push(Neighbour { position, similarity });
            }
        }
        best.into_sorted()
    }
}

/// A query at length 1 in whole numbers, filled up with zeros to whole lanes: value `i` is `scale * codes[i]`.
struct Query {
    codes: Vec<i16>,
    scale: f32,
}

impl Query {
    /// Codes are as large as they can be while no sum of products leaves 32 bits.
    fn of(query: &[f32]) -> Self {
        let most =
            (f64::from(i32::MAX) / (127.0 * query.len() as f64)).min(f64::from(i16::MAX)).floor();
        let length = query.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
        let largest = query.iter().fold(0f64, |most, value| most.max(f64::from(value.abs())));
        let to_code = if largest > 0.0 { most / largest } else { 0.0 };
        let code = |value: &f32| (f64::from(*value) * to_code).round() as i16;
        let mut codes: Vec<i16> = query.iter().map(code).collect();
        codes.resize(query.len().next_multiple_of(LANES), 0);
        let scale = if length > 0.0 { largest / length / most } else { 0.0 };
        Self { codes, scale: scale as f32 }
    }

    /// Those in even and those in odd places.
    fn halves(&self) -> Vec<[i16x8; 2]> {
        let half = |lanes: &[i16; LANES], half| {
            i16x8::new(std::array::from_fn(|pair| lanes[2 * pair + half]))
        };
        let lanes = self.codes.as_chunks().0.iter();
        lanes.map(|lanes| [half(lanes, 0), half(lanes, 1)]).collect()
    }
}

fn pairs(codes: [i8; LANES]) -> Pairs {
    let code = |at: usize| codes[at].cast_unsigned();
    i16x8::new(std::array::from_fn(|pair| i16::from_le_bytes([code(2 * pair), code(2 * pair + 1)])))
}

/// The sum of the products. Shifts keep the sign, so that each half of a pair becomes a number of its own.
#[inline]
fn dot(query: &[[i16x8; 2]], row: &[Pairs]) -> i32 {
    let mut sums = i32x4::ZERO;
    for ([even, odd], pairs) in query.iter().zip(row) {
        sums += even.dot(*pairs << 8 >> 8) + odd.dot(*pairs >> 8);
    }
    sums.reduce_add()
}

#[cfg(test)]
mod tests;
