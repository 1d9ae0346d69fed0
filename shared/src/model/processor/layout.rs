//! Orders of the numbers in pictures and matrices.

use std::borrow::Cow;

/// Pixels of a square block that is turned at once: what it reads and writes fits the first cache.
const BLOCK: usize = 16;

/// Pictures `[batch, channels, pixels]` as `[batch, pixels, channels]`.
pub(super) fn channels_last(
    pictures: &[f32],
    n_channels: usize,
    n_pixels: usize,
) -> Cow<'_, [f32]> {
    turned(pictures, n_channels, n_pixels)
}

/// Pictures `[batch, pixels, channels]` as `[batch, channels, pixels]`.
#[cfg(any(test, feature = "gradients"))]
pub(super) fn channels_first(
    pictures: &[f32],
    n_channels: usize,
    n_pixels: usize,
) -> Cow<'_, [f32]> {
    turned(pictures, n_pixels, n_channels)
}

/// Each matrix `[n_rows, n_columns]` turned.
pub(super) fn turned(matrices: &[f32], n_rows: usize, n_columns: usize) -> Cow<'_, [f32]> {
    if n_rows == 1 || n_columns == 1 {
        return Cow::Borrowed(matrices);
    }
    let mut out = vec![0.0; matrices.len()];
    let size = n_rows * n_columns;
    for (from, to) in matrices.chunks_exact(size).zip(out.chunks_exact_mut(size)) {
        for first_row in (0..n_rows).step_by(BLOCK) {
            for first_column in (0..n_columns).step_by(BLOCK) {
                for row in first_row..n_rows.min(first_row + BLOCK) {
                    let last = n_columns.min(first_column + BLOCK);
                    let from = &from[row * n_columns..][first_column..last];
                    let to = to[first_column * n_rows + row..].iter_mut().step_by(n_rows);
                    to.zip(from).for_each(|(to, &from)| *to = from);
                }
            }
        }
    }
    Cow::Owned(out)
}
