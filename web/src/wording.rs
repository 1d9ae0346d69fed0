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
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return counted(bytes as usize, "byte", "bytes");
    }
    let mut value = bytes as f64 / 1_000.0;
    let mut unit = 0;
    // 999.95 would be shown as 1000.0.
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
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
