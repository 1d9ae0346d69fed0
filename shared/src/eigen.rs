//! Eigenvalues and eigenvectors of small symmetric matrices, by Jacobi rotations (Golub and Van Loan, *Matrix
//! Computations*, 8.5).

/// Rotations go through the matrix this often at most; six or seven times are enough for any that is met here.
const MAX_SWEEPS: usize = 64;

/// What a symmetric matrix has.
#[derive(Debug, Clone)]
pub(crate) struct Eigen {
    /// The eigenvalues, the largest first.
    pub(crate) values: Vec<f64>,
    /// The eigenvector of each, of length 1.
    pub(crate) vectors: Vec<Vec<f64>>,
}

impl Eigen {
    /// Of a symmetric matrix `[n, n]`.
    pub(crate) fn of(mut matrix: Vec<f64>, n: usize) -> Self {
        let mut vectors: Vec<f64> =
            (0..n * n).map(|at| f64::from(u8::from(at / n == at % n))).collect();
        let scale: f64 = matrix.iter().map(|value| value * value).sum();
        for _ in 0..MAX_SWEEPS {
            let off_diagonal: f64 =
                (0..n * n).filter(|at| at / n != at % n).map(|at| matrix[at] * matrix[at]).sum();
            if off_diagonal <= scale * 1e-24 {
                break;
            }
            for p in 0..n {
                for q in p + 1..n {
                    rotate(&mut matrix, &mut vectors, n, (p, q));
                }
            }
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| matrix[b * n + b].total_cmp(&matrix[a * n + a]));
        let values = order.iter().map(|at| matrix[at * n + at]).collect();
        let vector = |at: &usize| (0..n).map(|row| vectors[row * n + at]).collect();
        Self { values, vectors: order.iter().map(vector).collect() }
    }
}

/// One Jacobi rotation, after which the element at `(p, q)` is zero.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], n: usize, (p, q): (usize, usize)) {
    let off = matrix[p * n + q];
    if off == 0.0 {
        return;
    }
    let theta = (matrix[q * n + q] - matrix[p * n + p]) / (2.0 * off);
    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cosine = tangent.hypot(1.0).recip();
    let sine = tangent * cosine;
    let turn = |values: &mut [f64], a: usize, b: usize| {
        let (old_a, old_b) = (values[a], values[b]);
        values[a] = cosine * old_a - sine * old_b;
        values[b] = sine * old_a + cosine * old_b;
    };
    for at in 0..n {
        turn(matrix, at * n + p, at * n + q);
        turn(vectors, at * n + p, at * n + q);
    }
    for at in 0..n {
        turn(matrix, p * n + at, q * n + at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    #[test]
    fn a_matrix_is_made_of_its_eigenvectors() {
        let n = 9;
        let mut stream = Seed(5).stream("eigen");
        let mut matrix = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                matrix[i * n + j] = stream.normal(0.0, 1.0);
                matrix[j * n + i] = matrix[i * n + j];
            }
        }
        let Eigen { values, vectors } = Eigen::of(matrix.clone(), n);
        assert!(values.is_sorted_by(|a, b| a >= b) && values[n - 1] < 0.0, "{values:?}");
        for i in 0..n {
            for j in 0..n {
                let sum: f64 = (0..n).map(|at| values[at] * vectors[at][i] * vectors[at][j]).sum();
                assert!((sum - matrix[i * n + j]).abs() < 1e-10, "{i}, {j}");
            }
        }
    }
}
