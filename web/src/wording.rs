//! Numbers and errors as people read them.

use std::error::Error;

/// `12345` as `12,345`.
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 song`, `2 songs`.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A size in decimal units, as `3.2 MB`.
pub(crate) fn size(bytes: u64) -> String {
    match unit(bytes) {
        Some((divisor, unit)) => format!("{:.1} {unit}", bytes as f64 / divisor),
        None => counted(bytes as usize, "byte", "bytes"),
    }
}

/// How much of a size is there, in the unit of the whole, as `0.3 of 3.2 MB`.
pub(crate) fn part_of_size(bytes: u64, of: u64) -> String {
    match unit(of) {
        Some((divisor, _)) => format!("{:.1} of {}", bytes as f64 / divisor, size(of)),
        None => format!("{bytes} of {}", size(of)),
    }
}

/// How many bytes a unit has in which a size is below 1,000, and its name; `None` for bytes themselves.
fn unit(bytes: u64) -> Option<(f64, &'static str)> {
    const UNITS: [(f64, &str); 4] = [(1e3, "kB"), (1e6, "MB"), (1e9, "GB"), (1e12, "TB")];
    if bytes < 1_000 {
        return None;
    }
    // 999.95 would be shown as 1000.0.
    let fits = |(divisor, _): &&(f64, &str)| (bytes as f64) < 999.95 * divisor;
    Some(*UNITS.iter().find(fits).unwrap_or(&UNITS[3]))
}

/// An error and its causes, in one sentence.
pub(crate) fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let mut text = error.to_string();
    for cause in causes {
        text.push_str(": ");
        text.push_str(&cause.to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn numbers_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "song", "songs"), "1 song");
        assert_eq!(counted(0, "song", "songs"), "0 songs");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn sizes_carry_their_unit() {
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(160_260), "160.3 kB");
        assert_eq!(size(999_960), "1.0 MB");
        assert_eq!(size(25_000_000), "25.0 MB");
        assert_eq!(size(2_500_000_000_000_000), "2500.0 TB");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_part_of_a_size_has_the_unit_of_the_whole() {
        assert_eq!(part_of_size(3_100_000, 23_700_000), "3.1 of 23.7 MB");
        assert_eq!(part_of_size(0, 1_500), "0.0 of 1.5 kB");
        assert_eq!(part_of_size(3, 900), "3 of 900 bytes");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn causes_follow_the_error() {
        let cause = serde_json::from_str::<u8>("x").unwrap_err();
        let error = shared::bundle::ManifestError::NotJson(cause);
        let text = chain(&error);
        assert!(text.starts_with("manifest.json is no JSON: "), "{text}");
        assert!(text.contains("line 1 column 1"), "{text}");
    }
}
