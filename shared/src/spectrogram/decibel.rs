//! Powers as decibels.

#[cfg(feature = "sound")]
use pulp::{Arch, Simd, WithSimd};
use std::f64::consts::{FRAC_1_SQRT_2, LOG2_E, LOG10_2};

/// Turns powers into decibels in place, as `librosa.power_to_db(powers, ref=1.0)` does: 10 log10 of
/// the power, at least `power_floor`, and at most `range_db` below the largest.
#[cfg(feature = "sound")]
pub fn power_to_db(powers: &mut [f32], power_floor: f32, range_db: f32) {
    Arch::new().dispatch(PowerToDb { powers, power_floor, range_db });
}

/// Turns as many at once as the processor can.
#[cfg(feature = "sound")]
struct PowerToDb<'a> {
    powers: &'a mut [f32],
    power_floor: f32,
    range_db: f32,
}

#[cfg(feature = "sound")]
impl WithSimd for PowerToDb<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for value in self.powers.iter_mut() {
            *value = decibels(value.max(self.power_floor));
        }
        let largest = self.powers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let lowest = largest - self.range_db;
        for value in self.powers {
            *value = value.max(lowest);
        }
    }
}

/// 10 log10 of a power (at least the smallest of full precision), rounded once: the same number on every machine and in every browser, which differ in what their
/// own logarithms round. Without a branch, so that several are computed at once.
#[inline(always)]
pub(super) fn decibels(power: f32) -> f32 {
    /// Of the series 2 (s + s^3/3 + s^5/5 + ...) of ln((1 + s) / (1 - s)) what counts in 32 bits: |s| is at most 0.172.
    const SERIES: [f64; 7] = [1.0 / 13.0, 1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0, 0.2, 1.0 / 3.0, 1.0];
    const EXPONENT_BIT: i32 = 23;
    // power = 2^exponent * mantissa, which lies from the square root of 1/2 to that of 2.
    let bits = power.max(f32::MIN_POSITIVE).to_bits().cast_signed();
    let exponent = (bits - (FRAC_1_SQRT_2 as f32).to_bits().cast_signed()) >> EXPONENT_BIT;
    let mantissa = f32::from_bits((bits - (exponent << EXPONENT_BIT)).cast_unsigned());
    let mantissa = f64::from(mantissa);
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let sum = SERIES.iter().fold(0.0, |sum, term| sum * square + term);
    let log2 = f64::from(exponent) + 2.0 * LOG2_E * s * sum;
    if power.is_infinite() { power } else { (10.0 * LOG10_2 * log2) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "sound")]
    fn powers_of_ten() {
        let mut values = [1.0, 10.0, 0.001, 0.0];
        power_to_db(&mut values, 1e-10, 80.0);
        assert_eq!(values, [0.0, 10.0, -30.0, -70.0]);
    }

    #[test]
    #[cfg(feature = "sound")]
    fn silence_is_the_floor() {
        let mut values = [0.0; 3];
        power_to_db(&mut values, 1e-10, 80.0);
        assert_eq!(values, [-100.0; 3]);
        power_to_db(&mut [], 1e-10, 80.0);
    }

    /// All of 2^32 powers would take minutes; these are spread over them, and stand around what is special.
    #[test]
    fn as_the_logarithm_in_twice_the_precision() {
        let around = [f32::MIN_POSITIVE, 1e-10, FRAC_1_SQRT_2 as f32, 1.0, 2.0, 10.0, f32::MAX];
        let around = around.into_iter().flat_map(|power| {
            let bits = power.to_bits();
            bits - 3..=(bits + 3).min(f32::MAX.to_bits())
        });
        let spread = (f32::MIN_POSITIVE.to_bits()..f32::MAX.to_bits()).step_by(9973);
        for bits in around.chain(spread) {
            let power = f32::from_bits(bits).max(f32::MIN_POSITIVE);
            let exact = 10.0 * f64::from(power).log10();
            // The step from one number of 32 bits to the next: rounding takes half of it.
            let step = f64::from((exact as f32).abs().next_up()) - f64::from((exact as f32).abs());
            let error = (f64::from(decibels(power)) - exact).abs() / step;
            assert!(error < 0.5001, "{power}: {}, not {exact}", decibels(power));
        }
        assert_eq!(decibels(f32::INFINITY), f32::INFINITY);
    }
}
