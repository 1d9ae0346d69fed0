//! Products of matrices of which one is laid out in panels: columns beside each other for two registers.

use crate::model::processor::tile::{STREAMS, Sums, add_products, numbers, width};
use pulp::Simd;

/// A matrix whose rows are runs of numbers in a larger one, such as the columns of one head.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    /// From the first number of the first row on.
    pub(super) values: &'a [f32],
    /// From the start of a row to that of the next.
    pub(super) stride: usize,
    pub(super) n_rows: usize,
    pub(super) n_columns: usize,
}

impl<'a> Rows<'a> {
    fn row(&self, at: usize) -> &'a [f32] {
        &self.values[at * self.stride..][..self.n_columns]
    }

    /// The first of its rows.
    pub(super) fn first(self, n_rows: usize) -> Self {
        Self { n_rows, ..self }
    }
}

/// A matrix `[n_rows, n_columns]` as panels `[panel, n_rows, width]`; columns that there are not are 0.
pub(super) fn panels(matrix: Rows<'_>, width: usize, panels: &mut Vec<f32>) {
    clear(panels, matrix.n_columns.div_ceil(width) * matrix.n_rows * width);
    for at in 0..matrix.n_rows {
        for (panel, run) in matrix.row(at).chunks(width).enumerate() {
            panels[(panel * matrix.n_rows + at) * width..][..run.len()].copy_from_slice(run);
        }
    }
}

/// The panels of the turned matrix `[n_columns, n_rows]`.
pub(super) fn turned_panels(matrix: Rows<'_>, width: usize, panels: &mut Vec<f32>) {
    clear(panels, matrix.n_rows.div_ceil(width) * matrix.n_columns * width);
    for at in 0..matrix.n_rows {
        let panel = &mut panels[at / width * matrix.n_columns * width + at % width..];
        panel.iter_mut().step_by(width).zip(matrix.row(at)).for_each(|(to, &from)| *to = from);
    }
}

fn clear(values: &mut Vec<f32>, n: usize) {
    values.clear();
    values.resize(n, 0.0);
}

/// Fills in the product of `matrix` with what the panels hold: `n_columns` of each row, whose starts lie `stride` apart.
#[inline(always)]
pub(super) fn multiply<S: Simd>(
    simd: S,
    matrix: Rows<'_>,
    panels: &[f32],
    product: &mut [f32],
    (stride, n_columns): (usize, usize),
) {
    if matrix.n_rows == 0 || matrix.n_columns == 0 {
        return;
    }
    let panels = panels.chunks_exact(matrix.n_columns * width::<S>());
    for (panel, first) in panels.zip((0..n_columns).step_by(width::<S>())) {
        let n_here = width::<S>().min(n_columns - first);
        for from in (0..matrix.n_rows).step_by(STREAMS) {
            // Where fewer are left, the last is computed more than once.
            let row = |at: usize| matrix.row((from + at).min(matrix.n_rows - 1));
            let mut sums: Sums<S> = [[simd.splat_f32s(0.0); 2]; STREAMS];
            add_products(simd, &mut sums, [row(0), row(1), row(2), row(3)], panel);
            for (at, sums) in (from..matrix.n_rows).zip(&sums) {
                let to = &mut product[at * stride + first..][..n_here];
                to.copy_from_slice(&numbers::<S>(sums)[..n_here]);
            }
        }
    }
}
