//! Sums over rows, in an order that does not depend on how many threads there are.

#[cfg(feature = "reading")]
use super::split::each;
#[cfg(feature = "reading")]
use pulp::{Arch, Simd, WithSimd};

/// Rows that are added up by themselves.
pub(super) const ROWS: usize = 64;

/// The sum of each column of a matrix whose rows have `n_columns`.
#[cfg(feature = "reading")]
pub(super) fn sums_of_columns(matrix: &[f32], n_columns: usize) -> Vec<f32> {
    let blocks = matrix.chunks(ROWS * n_columns);
    let mut sums = vec![0.0; blocks.len() * n_columns];
    each(blocks.zip(sums.chunks_exact_mut(n_columns)), |(block, sums)| {
        Arch::new().dispatch(Add { block, sums });
    });
    added(&sums, n_columns)
}

#[cfg(feature = "reading")]
struct Add<'a> {
    block: &'a [f32],
    sums: &'a mut [f32],
}

#[cfg(feature = "reading")]
impl WithSimd for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for row in self.block.chunks_exact(self.sums.len()) {
            self.sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
    }
}

/// The sums of blocks, one after another, as one.
pub(super) fn added(sums: &[f32], n_columns: usize) -> Vec<f32> {
    let mut all = vec![0.0; n_columns];
    for sums in sums.chunks_exact(n_columns) {
        all.iter_mut().zip(sums).for_each(|(all, sum)| *all += f64::from(*sum));
    }
    all.into_iter().map(|sum| sum as f32).collect()
}
