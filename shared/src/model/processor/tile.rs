//! The inner loop: sums of products for four streams of numbers by two registers.

use pulp::Simd;

/// Streams at once: with two registers of sums each, as many as keep a processor with AVX2 or AVX-512 busy, and few enough that
/// browsers find registers for all of wasm's.
pub(super) const STREAMS: usize = 4;

/// Sums of one tile.
pub(super) type Sums<S> = [[<S as Simd>::f32s; 2]; STREAMS];

/// Numbers in two registers.
pub(super) const fn width<S: Simd>() -> usize {
    2 * S::F32_LANES
}

/// Adds to each stream's sums its numbers times the factors, `width` of them a number.
#[inline(always)]
pub(super) fn add_products<S: Simd>(
    simd: S,
    sums: &mut Sums<S>,
    streams: [&[f32]; STREAMS],
    factors: &[f32],
) {
    let [p, q, r, s] = streams;
    let [mut a, mut b, mut c, mut d] = *sums;
    // Zipped, so that nothing is left to check in the loop; one by one, so that sums stay in registers at every level
    // of optimisation.
    let numbers = p.iter().zip(q).zip(r).zip(s);
    for (factors, (((p, q), r), s)) in pairs::<S>(factors).iter().zip(numbers) {
        a = add_product(simd, *p, factors, a);
        b = add_product(simd, *q, factors, b);
        c = add_product(simd, *r, factors, c);
        d = add_product(simd, *s, factors, d);
    }
    *sums = [a, b, c, d];
}

/// One step of it: adds a number times two registers of factors.
#[inline(always)]
pub(super) fn add_product<S: Simd>(
    simd: S,
    number: f32,
    factors: &[S::f32s; 2],
    sums: [S::f32s; 2],
) -> [S::f32s; 2] {
    let number = simd.splat_f32s(number);
    [
        simd.mul_add_e_f32s(number, factors[0], sums[0]),
        simd.mul_add_e_f32s(number, factors[1], sums[1]),
    ]
}

/// Numbers as pairs of registers.
#[inline(always)]
pub(super) fn pairs<S: Simd>(numbers: &[f32]) -> &[[S::f32s; 2]] {
    let (registers, _) = S::as_simd_f32s(numbers);
    pulp::as_arrays(registers).0
}

/// The same, to change them.
#[inline(always)]
#[cfg(any(test, feature = "gradients"))]
pub(super) fn pairs_mut<S: Simd>(numbers: &mut [f32]) -> &mut [[S::f32s; 2]] {
    let (registers, _) = S::as_mut_simd_f32s(numbers);
    pulp::as_arrays_mut(registers).0
}

/// A pair of registers as numbers.
#[inline(always)]
pub(super) fn numbers<S: Simd>(pair: &[S::f32s; 2]) -> &[f32] {
    pulp::bytemuck::cast_slice(pair)
}

/// The sum of two pairs of registers.
#[inline(always)]
#[cfg(any(test, feature = "gradients"))]
pub(super) fn add_pair<S: Simd>(simd: S, a: &[S::f32s; 2], b: &[S::f32s; 2]) -> [S::f32s; 2] {
    [simd.add_f32s(a[0], b[0]), simd.add_f32s(a[1], b[1])]
}

/// What belongs to each pixel, tile by tile; the last is repeated until its tile is full.
pub(super) fn in_tiles(mut of_pixels: Vec<usize>) -> Vec<[usize; STREAMS]> {
    let n_tiles = of_pixels.len().div_ceil(STREAMS);
    let last = of_pixels.last().copied().unwrap_or_default();
    of_pixels.resize(n_tiles * STREAMS, last);
    of_pixels.as_chunks().0.to_vec()
}
