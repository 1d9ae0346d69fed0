//! How alike two vectors are.

use wide::f32x16;

/// Number of partial sums of a dot product: four SIMD registers of four values, which hides the
/// latency of an addition and is the same on every machine.
const LANES: usize = 16;

/// As many values as there are partial sums.
pub(crate) type Chunk = [f32; LANES];

/// The dot product of two vectors whose last chunk is filled up with zeros.
///
/// Partial sums are added in one fixed order and without fused multiply-add, so that the trainer
/// and the browser (wasm `simd128`) get the same bits.
#[inline]
pub(crate) fn dot_chunks(a: &[Chunk], b: &[Chunk]) -> f32 {
    let mut sums = [0f32; LANES];
    add_products(a, b, &mut sums);
    let eight: [f32; 8] = std::array::from_fn(|lane| sums[lane] + sums[lane + 8]);
    let four: [f32; 4] = std::array::from_fn(|lane| eight[lane] + eight[lane + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// The partial sums of a dot product.
///
/// A function of its own, over whole chunks: where the compiler sees the sums together with what is
/// done to them later, it splits the registers and a search takes twice as long.
#[inline(never)]
fn add_products(a: &[Chunk], b: &[Chunk], out: &mut Chunk) {
    let mut sums = f32x16::ZERO;
    for (a, b) in a.iter().zip(b) {
        sums += f32x16::new(*a) * f32x16::new(*b);
    }
    *out = sums.to_array();
}

/// The vector in chunks, scaled to length 1 and filled up with zeros, appended to `unit`; a vector
/// of zeros stays one.
///
/// The length is computed in `f64`, where no finite `f32` overflows or vanishes.
pub(crate) fn push_unit(vector: &[f32], unit: &mut Vec<Chunk>) {
    let length = vector.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
    for part in vector.chunks(LANES) {
        let mut chunk = [0f32; LANES];
        for (place, value) in chunk.iter_mut().zip(part) {
            *place = (f64::from(*value) * scale) as f32;
        }
        unit.push(chunk);
    }
}

/// Number of chunks of a vector of that length.
pub(crate) fn n_chunks(dim: usize) -> usize {
    dim.div_ceil(LANES)
}

/// The cosine of the angle between two vectors, in -1 to 1; 0 where one of them is all zeros,
/// since nothing is known about such a song.
///
/// # Panics
///
/// If the lengths differ.
pub fn cosine_similarity(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len(), "cosine similarity of vectors of different lengths");
    let (mut unit_a, mut unit_b) = (Vec::new(), Vec::new());
    push_unit(a, &mut unit_a);
    push_unit(b, &mut unit_b);
    as_similarity(dot_chunks(&unit_a, &unit_b))
}

/// The dot product of two vectors of length 1 without the rounding beyond -1 and 1, and with one
/// zero instead of two, so that every way to sort similarities agrees.
#[inline]
pub(crate) fn as_similarity(dot: f32) -> f32 {
    dot.clamp(-1.0, 1.0) + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_angles() {
        assert_eq!(cosine_similarity(&[1., 0.], &[0., 3.]), 0.0);
        assert_eq!(cosine_similarity(&[2., 0.], &[5., 0.]), 1.0);
        assert_eq!(cosine_similarity(&[2., 0.], &[-5., 0.]), -1.0);
        assert!((cosine_similarity(&[1., 0.], &[1., 1.]) - 0.5f32.sqrt()).abs() < 1e-7);
    }

    #[test]
    fn zeros_and_extremes_are_defined() {
        assert_eq!(cosine_similarity(&[0., 0.], &[1., 1.]), 0.0);
        assert_eq!(cosine_similarity(&[0., 0.], &[0., 0.]), 0.0);
        assert_eq!(cosine_similarity(&[], &[]), 0.0);
        let huge = [f32::MAX, f32::MAX];
        assert!((cosine_similarity(&huge, &[1., 1.]) - 1.0).abs() < 1e-6);
        let tiny = [f32::MIN_POSITIVE, f32::MIN_POSITIVE];
        assert!((cosine_similarity(&tiny, &[1., 1.]) - 1.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(
            pairs in prop::collection::vec((-10f32..10., -10f32..10.), 1..100)
        ) {
            let (a, b): (Vec<f32>, Vec<f32>) = pairs.iter().copied().unzip();
            let plain = |a: &[f32], b: &[f32]| -> f64 {
                a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
            };
            let expected = plain(&a, &b) / (plain(&a, &a) * plain(&b, &b)).sqrt();
            let got = f64::from(cosine_similarity(&a, &b));
            // 24 bits a product and a sum of at most 7 roundings in each of 16 lanes.
            prop_assert!((got - expected).abs() < 1e-6, "{} and {}", got, expected);
        }

        #[test]
        fn similarity_is_symmetric(
            pairs in prop::collection::vec((-10f32..10., -10f32..10.), 1..40)
        ) {
            let (a, b): (Vec<f32>, Vec<f32>) = pairs.iter().copied().unzip();
            prop_assert_eq!(cosine_similarity(&a, &b), cosine_similarity(&b, &a));
        }
    }
}
