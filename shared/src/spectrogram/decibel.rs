//! Powers as decibels.

/// Turns powers into decibels in place, as `librosa.power_to_db(powers, ref=1.0)` does: 10 log10 of
/// the power, at least `power_floor`, and at most `range_db` below the largest.
pub fn power_to_db(powers: &mut [f32], power_floor: f32, range_db: f32) {
    let mut largest = f32::NEG_INFINITY;
    for value in powers.iter_mut() {
        *value = 10.0 * value.max(power_floor).log10();
        largest = largest.max(*value);
    }
    let lowest = largest - range_db;
    for value in powers {
        *value = value.max(lowest);
    }
}

#[cfg(test)]
mod tests {
    use super::power_to_db;

    #[test]
    fn powers_of_ten() {
        let mut values = [1.0, 10.0, 0.001, 0.0];
        power_to_db(&mut values, 1e-10, 80.0);
        assert_eq!(values, [0.0, 10.0, -30.0, -70.0]);
    }

    #[test]
    fn silence_is_the_floor() {
        let mut values = [0.0; 3];
        power_to_db(&mut values, 1e-10, 80.0);
        assert_eq!(values, [-100.0; 3]);
        power_to_db(&mut [], 1e-10, 80.0);
    }
}
