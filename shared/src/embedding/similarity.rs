//! How alike two vectors are.

/// Number of partial sums of [`dot`]: four SIMD registers of four values, which hides the latency
/// of an addition and is the same on every machine.
const LANES: usize = 16;

/// The dot product of two vectors.
///
/// Partial sums are added in one fixed order and without fused multiply-add, so that the trainer
/// and the browser (wasm `simd128`) get the same bits.
///
/// # Panics
///
/// If the lengths differ.
#[inline]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len(), "dot: vectors of different lengths");
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0f32; LANES];
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    for (lane, (a, b)) in a_rest.iter().zip(b_rest).enumerate() {
        sums[lane] += a * b;
    }
    fold(sums)
}

/// The sum of the partial sums, halving each time.
#[inline]
fn fold(mut sums: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0]
}

/// The vector scaled to length 1, appended to `unit`; a vector of zeros stays one.
///
/// The length is computed in `f64`, where no finite `f32` overflows or vanishes.
pub(crate) fn push_unit(vector: &[f32], unit: &mut Vec<f32>) {
    let length = vector.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
    unit.extend(vector.iter().map(|v| (f64::from(*v) * scale) as f32));
}

/// The cosine of the angle between two vectors, in -1 to 1; 0 where one of them is all zeros,
/// since nothing is known about such a song.
///
/// # Panics
///
/// If the lengths differ.
pub fn cosine_similarity(a: &[f32], b: &[f32]) -> f32 {
    let (mut unit_a, mut unit_b) = (Vec::with_capacity(a.len()), Vec::with_capacity(b.len()));
    push_unit(a, &mut unit_a);
    push_unit(b, &mut unit_b);
    as_similarity(dot(&unit_a, &unit_b))
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
        fn dot_agrees_with_the_plain_sum(
            pairs in prop::collection::vec((-10f32..10., -10f32..10.), 0..100)
        ) {
            let (a, b): (Vec<f32>, Vec<f32>) = pairs.iter().copied().unzip();
            let plain: f64 = pairs.iter().map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            let scale: f64 = pairs.iter().map(|(a, b)| f64::from(a * b).abs()).sum();
            prop_assert!((f64::from(dot(&a, &b)) - plain).abs() <= 1e-6 * scale);
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
