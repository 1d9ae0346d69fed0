//! Which letters a name has: a quick upper bound on how alike two names can be.
//!
//! Most pairs that share a blocking key are names of other songs. To compute their edit distance is
//! slow, to count the letters they share is not, and few letters in common settle the matter.

/// Letters of the alphabet, pairs of digits, and one for all else.
const N_BINS: usize = 32;

/// Length of names that are too long to be counted: nothing is said of them.
const UNKNOWN: u32 = u32::MAX;

/// How often a name has each letter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Letters {
    counts: [u8; N_BINS],
    n_chars: u32,
}

impl Letters {
    /// Of a folded name.
    pub(super) fn of(name: &str) -> Self {
        let (mut counts, mut n_chars) = ([0u8; N_BINS], 0);
        for c in name.chars() {
            let bin = match c {
                'a'..='z' => c as usize - 'a' as usize,
                '0'..='9' => 26 + (c as usize - '0' as usize) / 2,
                _ => N_BINS - 1,
            };
            if counts[bin] == u8::MAX {
                return Self { counts, n_chars: UNKNOWN };
            }
            counts[bin] += 1;
            n_chars += 1;
        }
        Self { counts, n_chars }
    }

    /// Number of letters that both have.
    fn shared(&self, other: &Self) -> f64 {
        let pairs = self.counts.iter().zip(&other.counts);
        f64::from(pairs.map(|(a, b)| u16::from(*a.min(b))).sum::<u16>())
    }

    /// No less than the normalised Damerau-Levenshtein likeness of the names: each edit, at its price
    /// of 1, changes the letters of a name by one at most.
    pub(super) fn edit_likeness(&self, other: &Self) -> f64 {
        let longer = self.n_chars.max(other.n_chars);
        if longer == 0 || longer == UNKNOWN {
            return 1.0;
        }
        self.shared(other) / f64::from(longer)
    }

    /// No less than the share of letters in words that both have, where words within Jaro-Winkler 0.92
    /// agree. Such words of `a` and `b` letters have a Jaro likeness of 13/15 at least, thus `m` matching
    /// letters with `m/a + m/b >= 1.6`, from which `a + b <= 4/3 * 2m` follows. For ASCII only.
    pub(super) fn words_in_common(&self, other: &Self) -> f64 {
        if self.n_chars.max(other.n_chars) == UNKNOWN || self.n_chars + other.n_chars == 0 {
            return 1.0;
        }
        let total = self.n_chars + other.n_chars;
        (4.0 / 3.0 * 2.0 * self.shared(other) / f64::from(total)).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use strsim::normalized_damerau_levenshtein;

    #[test]
    fn letters_in_common() {
        let bound = |a, b| Letters::of(a).edit_likeness(&Letters::of(b));
        assert_eq!(bound("abcd", "dcba"), 1.0);
        assert_eq!(bound("abcd", "abxy"), 0.5);
        assert_eq!(bound("", ""), 1.0);
        assert_eq!(bound("", "abc"), 0.0);
        assert_eq!(bound(&"a".repeat(1000), "b"), 1.0, "beyond counting");
    }

    proptest! {
        #[test]
        fn no_name_is_more_alike_than_its_letters(one in "[abcé019]{0,9}", other in "[abcé019]{0,9}") {
            let bound = Letters::of(&one).edit_likeness(&Letters::of(&other));
            let exact = normalized_damerau_levenshtein(&one, &other);
            prop_assert!(exact <= bound + 1e-9, "'{one}' and '{other}': {exact} above {bound}");
        }
    }
}
