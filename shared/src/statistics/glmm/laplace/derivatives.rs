//! What moves with the parameters: the gradient of the deviance, and what is known about them.

use super::{Laplace, product};

impl Laplace {
    /// The gradient at the parameters of the last evaluation.
    pub(in super::super) fn gradient(&self) -> Vec<f64> {
        let inverse = Inverse::new(self);
        // How the logarithm of the determinant moves with each eta.
        let by_eta: Vec<f64> = (0..self.n)
            .map(|row| self.weights[row] * (1.0 - 2.0 * self.mu[row]) * inverse.leverage[row])
            .collect();
        let mut s = self.transposed(&by_eta);
        self.solve(&mut s);
        let moved = self.times(&s);
        let (q, n_theta) = (self.q[0], self.n_theta());
        let mut gradient = vec![0.0; self.n_parameters()];
        // [z, value] of participants: theta's derivative before it is put into column order.
        let mut factor = vec![0.0; q * q];
        for row in 0..self.n {
            let residual = self.y[row] - self.mu[row];
            let w = self.weights[row];
            let by_row = by_eta[row] - w * moved[row] - 2.0 * residual;
            let x = &self.x[row * self.n_terms..][..self.n_terms];
            for (target, x) in gradient[n_theta..].iter_mut().zip(x) {
                *target += by_row * x;
            }
            let participant = self.levels[0][row] as usize;
            let song = self.levels[1][row] as usize;
            gradient[n_theta - 1] +=
                by_row * self.u[1][song] + residual * s[1][song] + 2.0 * w * inverse.rows[1][row];
            for c in 0..q {
                let at = participant * q + c;
                let value = by_row * self.u[0][at]
                    + residual * s[0][at]
                    + 2.0 * w * inverse.rows[0][row * q + c];
                for (j, z) in self.z[row * q..][..q].iter().enumerate() {
                    factor[j * q + c] += z * value;
                }
            }
        }
        let lower = (0..q).flat_map(|c| (c..q).map(move |j| j * q + c));
        gradient.iter_mut().zip(lower).for_each(|(target, at)| *target = factor[at]);
        gradient
    }

    /// `X' W X - X' W A (A' W A + I)^-1 A' W X`: what is known about `beta` with `theta` held fixed,
    /// `[n_terms, n_terms]`.
    pub(in super::super) fn information(&self) -> Vec<f64> {
        let p = self.n_terms;
        let column = |term: usize| -> Vec<f64> {
            (0..self.n).map(|row| self.weights[row] * self.x[row * p + term]).collect()
        };
        let mut information = vec![0.0; p * p];
        for term in 0..p {
            let weighted = column(term);
            let mut solved = self.transposed(&weighted);
            self.solve(&mut solved);
            let explained = self.times(&solved);
            for row in 0..self.n {
                let left = weighted[row] - self.weights[row] * explained[row];
                let x = &self.x[row * p..][..p];
                for (target, x) in information[term * p..][..p].iter_mut().zip(x) {
                    *target += left * x;
                }
            }
        }
        information
    }

    /// The variance of each participant's values around the most probable ones, `[n, q, q]`.
    pub(in super::super) fn participant_covariances(&self) -> Vec<f64> {
        let blocks = self.crossed.inverse_blocks();
        if self.eliminated == 0 {
            return blocks.eliminated;
        }
        let (q, dim) = (self.q[0], self.crossed.dim());
        let n_levels = dim / q;
        let entry =
            |level: usize, i: usize, j: usize| blocks.kept[(level * q + i) * dim + level * q + j];
        let levels = (0..n_levels).flat_map(|level| (0..q * q).map(move |at| (level, at)));
        levels.map(|(level, at)| entry(level, at / q, at % q)).collect()
    }
}

/// The inverse of `A' W A + I`, as the rows of `A` meet it.
struct Inverse {
    /// `a' H^-1 a` of each row.
    leverage: Vec<f64>,
    /// `H^-1 a` of each row at its own participant and song, `[n, q]` each.
    rows: [Vec<f64>; 2],
}

impl Inverse {
    fn new(laplace: &Laplace) -> Self {
        let blocks = laplace.crossed.inverse_blocks();
        let (e, k) = (laplace.eliminated, 1 - laplace.eliminated);
        let (q_e, q_k, dim) = (laplace.q[e], laplace.q[k], laplace.crossed.dim());
        let mut rows = laplace.q.map(|q| vec![0.0; laplace.n * q]);
        let mut leverage = vec![0.0; laplace.n];
        laplace.crossed.for_rows(|row, pair, level| {
            let (a_e, a_k) = (&laplace.a[e][row * q_e..][..q_e], &laplace.a[k][row * q_k..][..q_k]);
            let own = &blocks.eliminated[level * q_e * q_e..][..q_e * q_e];
            let cross = &blocks.pairs[pair * q_e * q_k..][..q_e * q_k];
            let at = laplace.levels[k][row] as usize * q_k;
            for i in 0..q_e {
                let value =
                    product(&own[i * q_e..][..q_e], a_e) + product(&cross[i * q_k..][..q_k], a_k);
                rows[e][row * q_e + i] = value;
                leverage[row] += value * a_e[i];
            }
            for j in 0..q_k {
                let from_e: f64 = (0..q_e).map(|i| cross[i * q_k + j] * a_e[i]).sum();
                let value = from_e + product(&blocks.kept[(at + j) * dim + at..][..q_k], a_k);
                rows[k][row * q_k + j] = value;
                leverage[row] += value * a_k[j];
            }
        });
        Self { leverage, rows }
    }
}
