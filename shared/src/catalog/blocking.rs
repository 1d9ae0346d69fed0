//! Which rows are worth comparing with which audio files.
//!
//! Comparing 5 million rows with 18,000 files is 10^11 comparisons. Names that are the same song almost
//! always share one of a few *keys*; only pairs that share one are compared. A key may be shared by
//! chance, which costs time; a true pair that shares none is lost, so there are several, each robust
//! against other faults: a misspelt artist leaves the title's keys, and the other way round.

use super::normalize::ArtistName;
use super::title::TitleName;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Keys of one name, as hashes.
pub(super) fn keys(artist: Option<&ArtistName>, title: &TitleName) -> Vec<u64> {
    let mut keys = Vec::with_capacity(24);
    let mut push = |kind: &str, one: &str, other: &str| keys.push(key(kind, one, other));
    let (core, full) = (title.core.concat(), title.full.concat());
    push("title", &core, "");
    push("title", &full, "");
    let skeleton = skeleton(&core);
    if skeleton.len() >= 4 {
        push("skeleton", prefix(&skeleton, 5), "");
    }
    let mut longest: Vec<&str> = title.full.iter().map(String::as_str).collect();
    longest.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    if let [one, other, ..] = longest[..] {
        push("words", one.min(other), one.max(other));
    }
    for artist in artist.iter().flat_map(|artist| artist.all().take(4)) {
        for word in title.full.iter().take(6) {
            push("artist, word", artist, prefix(word, 3));
        }
        push("starts", prefix(artist, 3), prefix(&core, 3));
        push("ends", suffix(artist, 3), suffix(&core, 3));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The key of a recording code.
pub(super) fn isrc_key(isrc: &str) -> u64 {
    key("isrc", isrc, "")
}

fn key(kind: &str, one: &str, other: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (kind, one, other).hash(&mut hasher);
    hasher.finish()
}

/// Consonants, without doubling.
fn skeleton(text: &str) -> String {
    let mut kept = String::new();
    for c in text.chars().filter(|c| !"aeiouyh".contains(*c)) {
        if !kept.ends_with(c) {
            kept.push(c);
        }
    }
    kept
}

fn prefix(text: &str, n_chars: usize) -> &str {
    text.char_indices().nth(n_chars).map_or(text, |(at, _)| &text[..at])
}

fn suffix(text: &str, n_chars: usize) -> &str {
    text.char_indices().rev().nth(n_chars - 1).map_or(text, |(at, _)| &text[at..])
}

/// From keys to the numbers of the audio files that have them.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    files: HashMap<u64, Vec<u32>>,
}

impl Blocks {
    /// Enters a file under a key.
    pub(super) fn insert(&mut self, key: u64, file: u32) {
        let files = self.files.entry(key).or_default();
        if files.last() != Some(&file) {
            files.push(file);
        }
    }

    /// The files that share one of these keys, sorted.
    pub(super) fn sharing(&self, keys: &[u64]) -> Vec<u32> {
        let mut found: Vec<u32> =
            keys.iter().filter_map(|key| self.files.get(key)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(one: (&str, &str), other: (&str, &str)) -> bool {
        let of = |(artist, title)| keys(Some(&ArtistName::of(artist)), &TitleName::of(title));
        let mut blocks = Blocks::default();
        of(one).into_iter().for_each(|key| blocks.insert(key, 7));
        blocks.sharing(&of(other)) == [7]
    }

    #[test]
    fn faulty_names_still_meet() {
        for (one, other) in [
            (("Ann Archer", "Silver Rain"), ("Anne Archer", "Silver Rain")),
            (("Ann Archer", "Silver Rain"), ("Ann Archer", "Sliver Rian")),
            (("Ann Archer", "Silver Rain"), ("Ann Archr", "Silver Rian")),
            (("Ann Archer", "Silver Rain"), ("Bob, Ann Archer", "Silver Rain (Live)")),
            (("", "Silver Rain"), ("Ann Archer", "Silver Rain")),
        ] {
            assert!(share(one, other), "{one:?} and {other:?}");
        }
        assert!(!share(("Ann Archer", "Silver Rain"), ("Bob", "Golden Sun")));
    }
}
