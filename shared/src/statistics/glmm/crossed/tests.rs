use super::*;
use crate::random::Seed;

/// Beside the dense matrix: determinant, solution and every block of the inverse.
#[test]
fn it_is_the_dense_matrix() {
    for (q_e, q_k) in [(1, 1), (1, 3), (3, 1), (2, 2)] {
        let (n_e, n_k) = (7, 5);
        let mut stream = Seed(9).stream("crossed");
        let mut rows: Vec<(u32, u32)> =
            (0..40).map(|_| (stream.below(n_e) as u32, stream.below(n_k) as u32)).collect();
        rows.sort_unstable();
        let (e, k): (Vec<u32>, Vec<u32>) = rows.iter().copied().unzip();
        let mut draw =
            |n: usize| -> Vec<f64> { (0..n).map(|_| stream.between(0.1, 2.0)).collect() };
        let (w, a_e, a_k) = (draw(40), draw(40 * q_e), draw(40 * q_k));
        let (b_e, b_k) = (draw(n_e * q_e), draw(n_k * q_k));

        let n = n_e * q_e + n_k * q_k;
        let dense_row = |row: usize| {
            let mut dense = vec![0.0; n];
            dense[e[row] as usize * q_e..][..q_e].copy_from_slice(&a_e[row * q_e..][..q_e]);
            dense[n_e * q_e + k[row] as usize * q_k..][..q_k]
                .copy_from_slice(&a_k[row * q_k..][..q_k]);
            dense
        };
        let mut h = vec![0.0; n * n];
        for (row, w) in w.iter().enumerate() {
            let a = dense_row(row);
            for i in 0..n * n {
                h[i] += w * a[i / n] * a[i % n];
            }
        }
        (0..n).for_each(|i| h[i * n + i] += 1.0);
        let inverse = cholesky::inverse_of(&h, n).unwrap();
        cholesky::factorize(&mut h, n);

        let mut crossed = Crossed::new(&e, &k, [n_e, n_k], [q_e, q_k]);
        let ln_determinant = crossed.factorize(&w, &a_e, &a_k).unwrap();
        assert!((ln_determinant - cholesky::ln_determinant(&h, n)).abs() < 1e-10);

        let (mut x_e, mut x_k) = (b_e.clone(), b_k.clone());
        crossed.solve(&mut x_e, &mut x_k);
        let mut x = [b_e, b_k].concat();
        cholesky::solve(&h, n, &mut x);
        for (got, expected) in x_e.iter().chain(&x_k).zip(&x) {
            assert!((got - expected).abs() < 1e-10);
        }

        let blocks = crossed.inverse_blocks();
        crossed.for_rows(|row, pair, level| {
            assert_eq!(level, e[row] as usize);
            let (e_at, k_at) = (level * q_e, n_e * q_e + k[row] as usize * q_k);
            let kept_at = k[row] as usize * q_k;
            let agree = |got: f64, i: usize, j: usize| {
                assert!((got - inverse[i * n + j]).abs() < 1e-10, "{q_e} {q_k}");
            };
            for i in 0..q_e {
                for j in 0..q_e {
                    agree(blocks.eliminated[(level * q_e + i) * q_e + j], e_at + i, e_at + j);
                }
                for j in 0..q_k {
                    agree(blocks.pairs[(pair * q_e + i) * q_k + j], e_at + i, k_at + j);
                }
            }
            for i in 0..q_k {
                let at = (kept_at + i) * n_k * q_k + kept_at;
                (0..q_k).for_each(|j| agree(blocks.kept[at + j], k_at + i, k_at + j));
            }
        });
    }
}
