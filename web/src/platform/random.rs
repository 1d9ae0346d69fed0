//! Randomness from the device: only ever used to draw a seed or an identity; everything else is
//! drawn from a seed, so that it can be drawn again.

use super::page::window;

/// A seed below 2^53, so that it stays exact as a number of JavaScript or JSON.
pub(crate) fn random_seed() -> u64 {
    u64::from_le_bytes(random_bytes()) >> 11
}

/// 16 hexadecimal digits: 64 bits that name a session or participant without saying who it is.
pub(crate) fn random_id() -> String {
    shared::hash::hex(&random_bytes::<8>())
}

fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let crypto = window().crypto().expect("every browser with wasm has a random source");
    crypto.get_random_values_with_u8_array(&mut bytes).expect("a few bytes are always to be had");
    bytes
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn seeds_are_exact_numbers_and_ids_differ() {
        let seeds: BTreeSet<u64> = (0..200).map(|_| random_seed()).collect();
        assert_eq!(seeds.len(), 200);
        assert!(seeds.iter().all(|seed| *seed < 1 << 53), "{seeds:?}");
        assert!(seeds.iter().any(|seed| *seed > 1 << 50), "the upper bits are drawn too");
        let ids: BTreeSet<String> = (0..200).map(|_| random_id()).collect();
        assert_eq!(ids.len(), 200);
        let is_id = |id: &String| id.len() == 16 && id.chars().all(|c| c.is_ascii_hexdigit());
        assert!(ids.iter().all(is_id), "{ids:?}");
    }
}
