//! Small dense symmetric matrices, row by row: `[n, n]`, of which only the lower triangle is used.

/// The sum of products, in four partial sums so that it can be computed four at a time.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    for (a, b) in a.iter().zip(b) {
        for i in 0..4 {
            sums[i] += a[i] * b[i];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// `target += factor * source`, as far as both reach.
fn add_scaled(target: &mut [f64], factor: f64, source: &[f64]) {
    for (target, source) in target.iter_mut().zip(source) {
        *target += factor * source;
    }
}

/// Replaces a symmetric matrix by its Cholesky factor `L`, `A = L L'`; `false` where it is not
/// positive definite.
pub(super) fn factorize(a: &mut [f64], n: usize) -> bool {
    for i in 0..n {
        let (above, row) = a.split_at_mut(i * n);
        for j in 0..i {
            let row_j = &above[j * n..j * n + j + 1];
            row[j] = (row[j] - dot(&row[..j], &row_j[..j])) / row_j[j];
        }
        let pivot = row[i] - dot(&row[..i], &row[..i]);
        if pivot <= 0.0 || !pivot.is_finite() {
            return false;
        }
        row[i] = pivot.sqrt();
    }
    true
}

/// ln of the determinant of the matrix whose factor this is.
pub(super) fn ln_determinant(l: &[f64], n: usize) -> f64 {
    2.0 * (0..n).map(|i| l[i * n + i].ln()).sum::<f64>()
}

/// Replaces `b` by `L^-1 b`.
pub(super) fn solve_lower(l: &[f64], n: usize, b: &mut [f64]) {
    for i in 0..n {
        b[i] = (b[i] - dot(&l[i * n..i * n + i], &b[..i])) / l[i * n + i];
    }
}

/// Replaces `b` by `L'^-1 b`.
pub(super) fn solve_upper(l: &[f64], n: usize, b: &mut [f64]) {
    for i in (0..n).rev() {
        let (before, at) = b.split_at_mut(i);
        at[0] /= l[i * n + i];
        add_scaled(before, -at[0], &l[i * n..i * n + i]);
    }
}

/// Replaces `b` by `(L L')^-1 b`.
pub(super) fn solve(l: &[f64], n: usize, b: &mut [f64]) {
    solve_lower(l, n, b);
    solve_upper(l, n, b);
}

/// `(L L')^-1`, both triangles.
pub(super) fn invert(l: &[f64], n: usize) -> Vec<f64> {
    // L^-1 first: each row is a combination of those above.
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        let (above, row) = lower.split_at_mut(i * n);
        let pivot = 1.0 / l[i * n + i];
        for k in 0..i {
            add_scaled(&mut row[..=k], -l[i * n + k] * pivot, &above[k * n..=k * n + k]);
        }
        row[i] = pivot;
    }
    let mut inverse = vec![0.0; n * n];
    for row in lower.chunks_exact(n).enumerate().map(|(i, row)| &row[..=i]) {
        for (a, factor) in row.iter().enumerate() {
            add_scaled(&mut inverse[a * n..=a * n + a], *factor, row);
        }
    }
    for i in 0..n {
        for j in 0..i {
            inverse[j * n + i] = inverse[i * n + j];
        }
    }
    inverse
}

/// The inverse of a symmetric positive definite matrix; `None` where it is not.
pub(super) fn inverse_of(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut factor = matrix.to_vec();
    factorize(&mut factor, n).then(|| invert(&factor, n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    /// `M M' + n I` of random numbers.
    fn positive_definite(n: usize) -> Vec<f64> {
        let mut stream = Seed(3).stream("cholesky");
        let m: Vec<f64> = (0..n * n).map(|_| stream.normal(0.0, 1.0)).collect();
        let entry = |i: usize, j: usize| {
            (0..n).map(|k| m[i * n + k] * m[j * n + k]).sum::<f64>() + f64::from(u8::from(i == j))
        };
        (0..n * n).map(|at| entry(at / n, at % n)).collect()
    }

    #[test]
    fn factor_inverse_and_solution_fit_each_other() {
        for n in [1, 2, 3, 7, 20] {
            let a = positive_definite(n);
            let mut l = a.clone();
            assert!(factorize(&mut l, n));
            let inverse = invert(&l, n);
            let b: Vec<f64> = (0..n).map(|i| i as f64 - 1.5).collect();
            let mut x = b.clone();
            solve(&l, n, &mut x);
            for i in 0..n {
                let row = |m: &[f64], x: &[f64]| (0..n).map(|j| m[i * n + j] * x[j]).sum::<f64>();
                assert!((row(&a, &x) - b[i]).abs() < 1e-9, "n = {n}");
                assert!((row(&inverse, &b) - x[i]).abs() < 1e-9, "n = {n}");
                for j in 0..n {
                    let product: f64 = (0..=i.min(j)).map(|k| l[i * n + k] * l[j * n + k]).sum();
                    assert!((product - a[i * n + j]).abs() < 1e-9, "n = {n}");
                }
            }
        }
    }

    #[test]
    fn the_determinant_is_that_of_the_matrix() {
        let mut l = vec![4.0, 0.0, 2.0, 3.0];
        assert!(factorize(&mut l, 2));
        assert!((ln_determinant(&l, 2) - 8f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_positive_definite_is_refused() {
        assert!(!factorize(&mut [1.0, 0.0, 2.0, 1.0], 2));
        assert!(!factorize(&mut [f64::NAN], 1));
        assert_eq!(inverse_of(&[0.0], 1), None);
    }
}
