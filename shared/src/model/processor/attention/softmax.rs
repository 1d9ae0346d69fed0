//! The softmax of a row, in loops that the compiler makes wide.

use crate::model::processor::{LANES, sum_of};

/// What `exp` gives for less is as good as zero.
const LEAST: f32 = -87.0;

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

/// e to the power of a number that is not above zero, within two units of the last place: a whole power of two, by the bits
/// of the result, times a polynomial for what is left (that of Moshier's Cephes library, `expf`).
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Added and taken away again, it leaves the nearest whole number, which until then stands in the lowest bits.
    const ROUNDING: f32 = 12_582_912.0;
    const COEFFICIENTS: [f32; 6] =
        [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_6e-1, 0.5];
    // What is no number stays none.
    let x = if x < LEAST { LEAST } else { x };
    let rounded = x * std::f32::consts::LOG2_E + ROUNDING;
    let n = rounded - ROUNDING;
    // ln 2 in two parts, so that nothing is lost.
    let x = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let polynomial = COEFFICIENTS.into_iter().reduce(|sum, next| sum * x + next);
    let fraction = polynomial.unwrap_or_default() * (x * x) + x + 1.0;
    let n = rounded.to_bits().wrapping_sub(ROUNDING.to_bits());
    fraction * f32::from_bits(n.wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_those_of_double_precision() {
        for at in 0..=87_000 {
            let x = -(at as f32) / 1000.0;
            let (got, expected) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((got / expected - 1.0).abs() < 2.4e-7, "exp({x}): {got}, not {expected}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-1e30) < 1e-37 && exp(f32::NEG_INFINITY) < 1e-37);
        assert!(exp(f32::NAN).is_nan());
    }

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
