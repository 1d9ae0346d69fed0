//! Random bits by place and not by turn: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
//! 1, 2, 3", 2011), whatever the order in which they are asked for, and on however many threads.

/// Numbers of a run: four from each of eight counters, which the compiler keeps beside each other.
pub(super) const RUN: usize = 4 * LANES;

const LANES: usize = 8;

/// The run of that number under a key.
#[inline(always)]
pub(super) fn bits(key: [u32; 2], run: u64) -> [u32; RUN] {
    let counters: [u64; LANES] = std::array::from_fn(|lane| run * LANES as u64 + lane as u64);
    let halves =
        [counters.map(|counter| counter as u32), counters.map(|counter| (counter >> 32) as u32)];
    let words = philox([halves[0], halves[1], [0; LANES], [0; LANES]], key);
    let mut bits = [0; RUN];
    bits.copy_from_slice(words.as_flattened());
    bits
}

/// Ten rounds over eight counters of four words.
#[inline(always)]
fn philox(counters: [[u32; LANES]; 4], key: [u32; 2]) -> [[u32; LANES]; 4] {
    const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
    const STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
    let [mut a, mut b, mut c, mut d] = counters;
    let mut key = key;
    for _ in 0..10 {
        let [product_a, product_c] = [product(a, MULTIPLIERS[0]), product(c, MULTIPLIERS[1])];
        for lane in 0..LANES {
            a[lane] = (product_c[lane] >> 32) as u32 ^ b[lane] ^ key[0];
            c[lane] = (product_a[lane] >> 32) as u32 ^ d[lane] ^ key[1];
            b[lane] = product_c[lane] as u32;
            d[lane] = product_a[lane] as u32;
        }
        key = [key[0].wrapping_add(STEPS[0]), key[1].wrapping_add(STEPS[1])];
    }
    [a, b, c, d]
}

#[inline(always)]
fn product(words: [u32; LANES], multiplier: u32) -> [u64; LANES] {
    words.map(|word| u64::from(word) * u64::from(multiplier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        // Of the authors' library Random123 (`kat_vectors`).
        for (counter, key, expected) in [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ] {
            let words = philox(counter.map(|word| [word; LANES]), key);
            assert_eq!(words, expected.map(|word: u32| [word; LANES]));
        }
    }

    #[test]
    fn no_run_is_another() {
        let runs: Vec<[u32; RUN]> = [0, 1, 2, 1 << 40]
            .iter()
            .flat_map(|run| [[1, 2], [3, 2]].map(|key| bits(key, *run)))
            .collect();
        let mut all: Vec<u32> = runs.concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 8 * RUN);
    }
}
