//! The exponential function, in a form that the compiler makes wide.

/// What comes of less is as good as zero.
const LEAST: f32 = -87.0;

/// e to the power of a number that is not above zero, within two units of the last place: a whole power of two, by the bits
/// of the result, times a polynomial for what is left (that of Moshier's Cephes library, `expf`).
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
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
}
