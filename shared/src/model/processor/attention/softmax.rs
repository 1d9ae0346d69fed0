//! The softmax of a row, in loops that the compiler makes wide.

use crate::model::processor::exp::exp;
use crate::model::processor::{LANES, sum_of};

/// Turns each number x of a row into exp(`scale` x) over the sum of these.
#[inline(always)]
pub(super) fn softmax(row: &mut [f32], scale: f32) {
    let most = most(row);
    row.iter_mut().for_each(|x| *x = exp((*x - most) * scale));
    let share = sum_of(row, |x| x).recip();
    row.iter_mut().for_each(|x| *x *= share);
}

#[inline(always)]
fn most(row: &[f32]) -> f32 {
    let (whole, rest) = row.as_chunks::<LANES>();
    let mut most = [f32::NEG_INFINITY; LANES];
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    for numbers in whole {
        most.iter_mut().zip(numbers).for_each(|(most, &x)| *most = larger(x, *most));
    }
    most.iter().chain(rest).fold(f32::NEG_INFINITY, |most, &x| larger(x, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_adds_up_to_one() {
        for n in [1, 7, 8, 9, 31] {
            let numbers: Vec<f32> =
                (0..n).map(|at| ((at * 7) % 11) as f32 * 30.0 - 100.0).collect();
            let mut row = numbers.clone();
            softmax(&mut row, 0.1);
            let weights: Vec<f64> = numbers.iter().map(|x| (f64::from(*x) * 0.1).exp()).collect();
            for (got, weight) in row.iter().zip(&weights) {
                let expected = weight / weights.iter().sum::<f64>();
                assert!((f64::from(*got) - expected).abs() < 1e-6, "{got}, not {expected}");
            }
        }
    }
}
