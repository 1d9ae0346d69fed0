//! The matrix of two crossed groupings, `A' W A + I`, and its factor.
//!
//! Each row of `A` touches one level of either grouping. Sorted by levels, the matrix has blocks along
//! the diagonal for each grouping, and one block for each pair of levels that occurs:
//!
//! ```text
//! | D   B |   D  block diagonal: the levels of the grouping that is eliminated, q_e values each
//! | B'  K |   K  block diagonal: the levels that are kept, q_k values each
//! ```
//!
//! With `D = L L'` and `V = L^-1 B` only the Schur complement `S = K - V' V` is dense. It is as large
//! as the smaller of the two groupings, so that thousands of songs or of participants do no harm.
//! Source of the idea: D. Bates and S. DebRoy, "Linear mixed models and penalized least squares", Journal
//! of Multivariate Analysis 91 (2004).

use super::cholesky;

/// Which levels meet, and the factor of the matrix.
#[derive(Debug, Clone)]
pub(super) struct Crossed {
    q_e: usize,
    q_k: usize,
    n_k: usize,
    /// The pairs of each eliminated level; one more than there are levels.
    pair_start: Vec<usize>,
    /// The kept level of each pair.
    pair_k: Vec<usize>,
    /// The rows of each pair; one more than there are pairs.
    row_start: Vec<usize>,
    /// `L` of each eliminated level, `[n_e, q_e, q_e]`.
    l: Vec<f64>,
    /// `V` of each pair, `[n_pairs, q_e, q_k]`.
    v: Vec<f64>,
    /// The factor of `S`, `[n_k q_k, n_k q_k]`.
    schur: Vec<f64>,
}

/// The blocks of the inverse that rows meet.
#[derive(Debug)]
pub(super) struct InverseBlocks {
    /// Of the kept levels, with all others: `[n_k q_k, n_k q_k]`.
    pub(super) kept: Vec<f64>,
    /// Of each eliminated level with itself, `[n_e, q_e, q_e]`.
    pub(super) eliminated: Vec<f64>,
    /// Of each pair, `[n_pairs, q_e, q_k]`.
    pub(super) pairs: Vec<f64>,
}

impl Crossed {
    /// The structure of rows that are sorted by eliminated, then by kept level.
    pub(super) fn new(
        eliminated: &[u32],
        kept: &[u32],
        [n_e, n_k]: [usize; 2],
        q: [usize; 2],
    ) -> Self {
        let [q_e, q_k] = q;
        let mut pair_start = vec![0; n_e + 1];
        let (mut pair_k, mut row_start) = (Vec::new(), Vec::new());
        for (row, (e, k)) in eliminated.iter().zip(kept).enumerate() {
            if row == 0 || *e != eliminated[row - 1] || *k != kept[row - 1] {
                pair_k.push(*k as usize);
                row_start.push(row);
                pair_start[*e as usize + 1] = pair_k.len();
            }
        }
        row_start.push(eliminated.len());
        for e in 0..n_e {
            pair_start[e + 1] = pair_start[e + 1].max(pair_start[e]);
        }
        let (l, v) = (vec![0.0; n_e * q_e * q_e], vec![0.0; pair_k.len() * q_e * q_k]);
        let schur = vec![0.0; (n_k * q_k).pow(2)];
        Self { q_e, q_k, n_k, pair_start, pair_k, row_start, l, v, schur }
    }

    fn n_e(&self) -> usize {
        self.pair_start.len() - 1
    }

    /// Number of values that are kept.
    pub(super) fn dim(&self) -> usize {
        self.n_k * self.q_k
    }

    /// Calls `use_row` with each row, the number of its pair and of its eliminated level.
    pub(super) fn for_rows(&self, mut use_row: impl FnMut(usize, usize, usize)) {
        for e in 0..self.n_e() {
            for pair in self.pair_start[e]..self.pair_start[e + 1] {
                for row in self.row_start[pair]..self.row_start[pair + 1] {
                    use_row(row, pair, e);
                }
            }
        }
    }

    /// Factorizes the matrix of weights `[n]` and rows `a_e` `[n, q_e]`, `a_k` `[n, q_k]`, and gives
    /// the logarithm of its determinant; `None` where rounding leaves it not positive definite.
    pub(super) fn factorize(&mut self, weights: &[f64], a_e: &[f64], a_k: &[f64]) -> Option<f64> {
        // The usual numbers of values are known to the compiler: loops of one or three unroll.
        match (self.q_e, self.q_k) {
            (1, 1) => self.factorize_of::<1, 1>(weights, a_e, a_k),
            (1, 3) => self.factorize_of::<1, 3>(weights, a_e, a_k),
            (3, 1) => self.factorize_of::<3, 1>(weights, a_e, a_k),
            _ => self.factorize_of::<0, 0>(weights, a_e, a_k),
        }
    }

    /// The numbers of values; 0 stands for any.
    fn q<const E: usize, const K: usize>(&self) -> (usize, usize) {
        (if E == 0 { self.q_e } else { E }, if K == 0 { self.q_k } else { K })
    }

    fn factorize_of<const E: usize, const K: usize>(
        &mut self,
        weights: &[f64],
        a_e: &[f64],
        a_k: &[f64],
    ) -> Option<f64> {
        let dim = self.dim();
        self.schur.fill(0.0);
        for i in 0..dim {
            self.schur[i * dim + i] = 1.0;
        }
        let mut ln_determinant = 0.0;
        for e in 0..self.n_e() {
            self.collect::<E, K>(e, weights, a_e, a_k);
            let (q, q_k) = self.q::<E, K>();
            let pairs = self.pair_start[e]..self.pair_start[e + 1];
            let l = &mut self.l[e * q * q..][..q * q];
            if !cholesky::factorize(l, q) {
                return None;
            }
            ln_determinant += cholesky::ln_determinant(l, q);
            let own = &mut self.v[pairs.start * q * q_k..pairs.end * q * q_k];
            own.chunks_exact_mut(q * q_k).for_each(|v| solve_lower_columns(l, v, q, q_k));
            self.subtract::<E, K>(e);
        }
        let ok = cholesky::factorize(&mut self.schur, dim);
        ok.then(|| ln_determinant + cholesky::ln_determinant(&self.schur, dim))
    }

    /// Adds up the rows of an eliminated level: `D` into `l`, `B` into `v`, `K` into `schur`.
    fn collect<const E: usize, const K: usize>(
        &mut self,
        e: usize,
        weights: &[f64],
        a_e: &[f64],
        a_k: &[f64],
    ) {
        let ((q_e, q_k), dim) = (self.q::<E, K>(), self.dim());
        let d = &mut self.l[e * q_e * q_e..][..q_e * q_e];
        d.fill(0.0);
        for i in 0..q_e {
            d[i * q_e + i] = 1.0;
        }
        for pair in self.pair_start[e]..self.pair_start[e + 1] {
            let b = &mut self.v[pair * q_e * q_k..][..q_e * q_k];
            b.fill(0.0);
            let at = self.pair_k[pair] * q_k;
            for row in self.row_start[pair]..self.row_start[pair + 1] {
                let (w, e_row, k_row) =
                    (weights[row], &a_e[row * q_e..][..q_e], &a_k[row * q_k..][..q_k]);
                for i in 0..q_e {
                    let scaled = w * e_row[i];
                    for j in 0..=i {
                        d[i * q_e + j] += scaled * e_row[j];
                    }
                    for j in 0..q_k {
                        b[i * q_k + j] += scaled * k_row[j];
                    }
                }
                for (i, left) in k_row.iter().enumerate() {
                    let target = &mut self.schur[(at + i) * dim + at..][..=i];
                    for (target, right) in target.iter_mut().zip(k_row) {
                        *target += w * left * right;
                    }
                }
            }
        }
    }

    /// Subtracts `V' V` of an eliminated level from the Schur complement.
    fn subtract<const E: usize, const K: usize>(&mut self, e: usize) {
        let ((q_e, q_k), dim) = (self.q::<E, K>(), self.dim());
        let pairs = self.pair_start[e]..self.pair_start[e + 1];
        let size = q_e * q_k;
        for first in pairs.clone() {
            let at = self.pair_k[first] * q_k;
            for i in 0..q_k {
                let row = &mut self.schur[(at + i) * dim..][..at + q_k];
                for r in 0..q_e {
                    let factor = self.v[first * size + r * q_k + i];
                    for second in pairs.start..=first {
                        let target = &mut row[self.pair_k[second] * q_k..][..q_k];
                        let source = &self.v[second * size + r * q_k..][..q_k];
                        for (target, source) in target.iter_mut().zip(source) {
                            *target -= factor * source;
                        }
                    }
                }
            }
        }
    }

    /// Replaces `b_e` `[n_e, q_e]` and `b_k` `[n_k, q_k]` by the solution.
    pub(super) fn solve(&self, b_e: &mut [f64], b_k: &mut [f64]) {
        let (q_e, q_k) = (self.q_e, self.q_k);
        for (e, y) in b_e.chunks_exact_mut(q_e).enumerate() {
            cholesky::solve_lower(&self.l[e * q_e * q_e..][..q_e * q_e], q_e, y);
            for pair in self.pair_start[e]..self.pair_start[e + 1] {
                let v = &self.v[pair * q_e * q_k..][..q_e * q_k];
                let target = &mut b_k[self.pair_k[pair] * q_k..][..q_k];
                for (v, y) in v.chunks_exact(q_k).zip(&*y) {
                    for (target, v) in target.iter_mut().zip(v) {
                        *target -= v * y;
                    }
                }
            }
        }
        cholesky::solve(&self.schur, self.dim(), b_k);
        for (e, y) in b_e.chunks_exact_mut(q_e).enumerate() {
            for pair in self.pair_start[e]..self.pair_start[e + 1] {
                let v = &self.v[pair * q_e * q_k..][..q_e * q_k];
                let x = &b_k[self.pair_k[pair] * q_k..][..q_k];
                for (v, y) in v.chunks_exact(q_k).zip(y.iter_mut()) {
                    *y -= v.iter().zip(x).map(|(v, x)| v * x).sum::<f64>();
                }
            }
            cholesky::solve_upper(&self.l[e * q_e * q_e..][..q_e * q_e], q_e, y);
        }
    }

    /// The blocks of the inverse that rows meet.
    pub(super) fn inverse_blocks(&self) -> InverseBlocks {
        match (self.q_e, self.q_k) {
            (1, 1) => self.inverse_blocks_of::<1, 1>(),
            (1, 3) => self.inverse_blocks_of::<1, 3>(),
            (3, 1) => self.inverse_blocks_of::<3, 1>(),
            _ => self.inverse_blocks_of::<0, 0>(),
        }
    }

    fn inverse_blocks_of<const E: usize, const K: usize>(&self) -> InverseBlocks {
        let (q_e, q_k) = self.q::<E, K>();
        let size = q_e * q_k;
        let kept = cholesky::invert(&self.schur, self.dim());
        let mut pairs = vec![0.0; self.pair_k.len() * size];
        let mut eliminated = vec![0.0; self.n_e() * q_e * q_e];
        for e in 0..self.n_e() {
            let own = self.pair_start[e]..self.pair_start[e + 1];
            let l = &self.l[e * q_e * q_e..][..q_e * q_e];
            // 1 + V S^-1 V'
            let middle = &mut eliminated[e * q_e * q_e..][..q_e * q_e];
            (0..q_e).for_each(|i| middle[i * q_e + i] = 1.0);
            for pair in own.clone() {
                let g = &mut pairs[pair * size..][..size];
                self.times_inverse::<E, K>(own.clone(), &kept, pair, g);
                let v = &self.v[pair * size..][..size];
                for r in 0..q_e {
                    for s in 0..q_e {
                        let products = g[r * q_k..][..q_k].iter().zip(&v[s * q_k..][..q_k]);
                        middle[r * q_e + s] += products.map(|(g, v)| g * v).sum::<f64>();
                    }
                }
                g.iter_mut().for_each(|g| *g = -*g);
                solve_upper_columns(l, g, q_e, q_k);
            }
            // L'^-1 M L^-1; M is symmetric, so that one side can be solved as the other.
            solve_upper_columns(l, middle, q_e, q_e);
            transpose(middle, q_e);
            solve_upper_columns(l, middle, q_e, q_e);
        }
        InverseBlocks { kept, eliminated, pairs }
    }

    /// `V S^-1` of an eliminated level with these pairs, at the kept level of one of them:
    /// `[q_e, q_k]`.
    fn times_inverse<const E: usize, const K: usize>(
        &self,
        own: std::ops::Range<usize>,
        kept: &[f64],
        pair: usize,
        g: &mut [f64],
    ) {
        let ((q_e, q_k), dim) = (self.q::<E, K>(), self.dim());
        for i in 0..q_k {
            let row = &kept[(self.pair_k[pair] * q_k + i) * dim..][..dim];
            for r in 0..q_e {
                let mut sum = 0.0;
                for other in own.clone() {
                    let v = &self.v[(other * q_e + r) * q_k..][..q_k];
                    let inverse = &row[self.pair_k[other] * q_k..][..q_k];
                    sum += v.iter().zip(inverse).map(|(v, t)| v * t).sum::<f64>();
                }
                g[r * q_k + i] = sum;
            }
        }
    }
}

/// Replaces a matrix `[n, n_columns]` by `L^-1` times it.
fn solve_lower_columns(l: &[f64], matrix: &mut [f64], n: usize, n_columns: usize) {
    for column in 0..n_columns {
        for i in 0..n {
            let mut value = matrix[i * n_columns + column];
            for j in 0..i {
                value -= l[i * n + j] * matrix[j * n_columns + column];
            }
            matrix[i * n_columns + column] = value / l[i * n + i];
        }
    }
}

/// Replaces a matrix `[n, n_columns]` by `L'^-1` times it.
fn solve_upper_columns(l: &[f64], matrix: &mut [f64], n: usize, n_columns: usize) {
    for column in 0..n_columns {
        for i in (0..n).rev() {
            let mut value = matrix[i * n_columns + column];
            for j in i + 1..n {
                value -= l[j * n + i] * matrix[j * n_columns + column];
            }
            matrix[i * n_columns + column] = value / l[i * n + i];
        }
    }
}

fn transpose(matrix: &mut [f64], n: usize) {
    for i in 0..n {
        for j in 0..i {
            matrix.swap(i * n + j, j * n + i);
        }
    }
}

#[cfg(test)]
mod tests;
