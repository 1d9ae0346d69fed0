//! Valleys and saddles.

use super::*;

/// Rosenbrock's valley and a bowl.
struct Valley(Vec<f64>);

impl Objective for Valley {
    fn value(&mut self, at: &[f64]) -> f64 {
        self.0 = at.to_vec();
        let (x, y, z) = (at[0], at[1], at[2]);
        (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2) + 3.0 * (z - 2.0).powi(2)
    }

    fn gradient(&mut self) -> Vec<f64> {
        let (x, y, z) = (self.0[0], self.0[1], self.0[2]);
        let inner = 200.0 * (y - x * x);
        vec![-2.0 * (1.0 - x) - 2.0 * x * inner, inner, 6.0 * (z - 2.0)]
    }
}

/// Even in x, with a saddle where x is zero.
struct Saddle(Vec<f64>);

impl Objective for Saddle {
    fn value(&mut self, at: &[f64]) -> f64 {
        self.0 = at.to_vec();
        (at[0].powi(2) - 1.0).powi(2) + (at[1] - 1.0).powi(2)
    }

    fn gradient(&mut self) -> Vec<f64> {
        let x = self.0[0];
        vec![4.0 * x * (x * x - 1.0), 2.0 * (self.0[1] - 1.0)]
    }
}

#[test]
fn it_does_not_rest_on_a_saddle() {
    let identity = vec![1.0, 0.0, 0.0, 1.0];
    let found = minimize(&mut Saddle(Vec::new()), &[0.0, 4.0], identity);
    assert!((found.at[0].abs() - 1.0).abs() < 1e-5, "{found:?}");
    assert!(found.value < 1e-9 && found.decrement.unwrap() < 1e-9);
}

/// Along no parameter it curves downwards where both are zero, but between them.
struct Crossing(Vec<f64>);

impl Objective for Crossing {
    fn value(&mut self, at: &[f64]) -> f64 {
        self.0 = at.to_vec();
        let (sum, difference) = (at[0] + at[1], at[0] - at[1]);
        2.0 * sum.powi(2) + (difference.powi(2) - 1.0).powi(2) + (at[2] - 1.0).powi(2)
    }

    fn gradient(&mut self) -> Vec<f64> {
        let (sum, difference) = (self.0[0] + self.0[1], self.0[0] - self.0[1]);
        let slope = 4.0 * difference * (difference.powi(2) - 1.0);
        vec![4.0 * sum + slope, 4.0 * sum - slope, 2.0 * (self.0[2] - 1.0)]
    }
}

#[test]
fn it_leaves_a_saddle_between_parameters() {
    let mut identity = vec![0.0; 9];
    (0..3).for_each(|i| identity[i * 4] = 1.0);
    let found = minimize(&mut Crossing(Vec::new()), &[0.0, 0.0, 4.0], identity);
    assert!((found.at[0] - found.at[1]).abs() > 0.99, "{found:?}");
    assert!(found.value < 1e-9 && found.decrement.unwrap() < 1e-9, "{found:?}");
}

#[test]
fn it_finds_the_bottom_of_a_valley() {
    let mut identity = vec![0.0; 9];
    (0..3).for_each(|i| identity[i * 4] = 1.0);
    let found = minimize(&mut Valley(Vec::new()), &[-1.2, 1.0, 0.0], identity);
    for (got, expected) in found.at.iter().zip([1.0, 1.0, 2.0]) {
        assert!((got - expected).abs() < 1e-5, "{found:?}");
    }
    assert!(found.value < 1e-11 && found.decrement.unwrap() < 1e-9);
    // Of Rosenbrock's valley [[802, -400], [-400, 200]].
    for (at, expected) in [(0, 802.0), (1, -400.0), (4, 200.0), (8, 6.0), (2, 0.0)] {
        assert!(
            (found.hessian[at] - expected).abs() < 1e-3 * (1.0 + expected.abs()),
            "{:?}",
            found.hessian
        );
    }
}
