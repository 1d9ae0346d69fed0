//! How alike two titles are.

use super::super::title::{TitleName, Versions};
use super::short_name;
use strsim::{jaro_winkler, normalized_damerau_levenshtein};

/// What two titles have in common.
pub(super) struct TitleComparison {
    pub(super) similarity: f64,
    pub(super) number_differs: bool,
    pub(super) file_versions: Versions,
    pub(super) row_versions: Versions,
}

/// No less than the similarity that [`compare_titles`] finds, at a fraction of its price.
pub(super) fn similarity_bound(file: &TitleName, row: &TitleName) -> f64 {
    let (Some(ours), Some(theirs)) = (&file.letters, &row.letters) else { return 1.0 };
    if ours == theirs {
        return 1.0;
    }
    ours.edit_likeness(theirs)
        .max(ours.words_in_common(theirs) * WORDS_AT_MOST)
        .min(DIFFERENT_AT_MOST)
}

/// Similarity of titles of the same words in another order.
const WORDS_AT_MOST: f64 = 0.97;

/// Highest similarity of titles that are not equal.
const DIFFERENT_AT_MOST: f64 = 0.99;

/// Compares with and without the words in brackets and takes what agrees better. A version word that
/// only one side has, such as a trailing "live", counts as a version rather than as another title.
pub(super) fn compare_titles(file: &TitleName, row: &TitleName) -> TitleComparison {
    let mut best = compare_words(&file.core, &row.core);
    if file.core.len() != file.full.len() && row.core.len() != row.full.len() {
        // Both have a subtitle: leaving both out would hide how they differ.
        best.similarity *= 0.8;
    }
    let pairs = [(&file.full, &row.full), (&file.core, &row.full), (&file.full, &row.core)];
    // Without a subtitle on either side each of them is the pair that was compared already.
    let has_subtitle = file.core != file.full || row.core != row.full;
    for (one, other) in pairs.into_iter().filter(|_| has_subtitle) {
        let next = compare_words(one, other);
        if next.similarity > best.similarity {
            best = next;
        }
    }
    TitleComparison {
        similarity: best.similarity,
        number_differs: numbers(&file.full) != numbers(&row.full),
        file_versions: file.versions.union(best.file_versions),
        row_versions: row.versions.union(best.row_versions),
    }
}

fn compare_words(file: &[String], row: &[String]) -> TitleComparison {
    let (file_rest, file_versions) = without_versions(file, row);
    let (row_rest, row_versions) = without_versions(row, file);
    TitleComparison {
        similarity: similarity(&file_rest, &row_rest),
        number_differs: false,
        file_versions,
        row_versions,
    }
}

/// The words without those that name a version and that the other side lacks, unless nothing is left.
fn without_versions<'a>(words: &'a [String], other: &[String]) -> (Vec<&'a str>, Versions) {
    let (mut rest, mut versions) = (Vec::new(), Versions::default());
    for word in words {
        let kind = Versions::of_word(word);
        if kind.is_empty() || other.contains(word) {
            rest.push(word.as_str());
        } else {
            versions = versions.union(kind);
        }
    }
    if rest.is_empty() {
        return (words.iter().map(String::as_str).collect(), Versions::default());
    }
    (rest, versions)
}

/// Numbers in a title, Roman ones too: "Part 2" is not "Part III".
fn numbers(words: &[String]) -> Vec<u32> {
    const ROMAN: [&str; 9] = ["ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"];
    let roman = |word: &str| ROMAN.iter().position(|r| *r == word).map(|at| at as u32 + 2);
    // A single letter is a number only after "part" and the like.
    let marked = |at: usize| {
        at > 0 && matches!(words[at - 1].as_str(), "part" | "pt" | "vol" | "no" | "chapter")
    };
    let mut found: Vec<u32> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if let Ok(number) = word.parse() {
            found.push(number);
        } else if word == "i" && marked(at) {
            found.push(1);
        } else if let Some(number) = roman(word).filter(|_| word.len() > 1 || marked(at)) {
            found.push(number);
        }
    }
    found
}

/// 1 where the letters agree, else the better of edit distance and words in common, below 1.
fn similarity(one: &[&str], other: &[&str]) -> f64 {
    let (a, b) = (one.concat(), other.concat());
    if a == b {
        return 1.0;
    }
    let edit = normalized_damerau_levenshtein(&a, &b);
    let words = words_in_common(one, other) * WORDS_AT_MOST;
    edit.max(words).min(DIFFERENT_AT_MOST) * short_name(&a, &b)
}

/// Share of letters in words that both have, in any order; words within Jaro-Winkler 0.92 agree.
fn words_in_common(one: &[&str], other: &[&str]) -> f64 {
    let mut free: Vec<&str> = other.to_vec();
    let mut shared = 0.0;
    for word in one {
        let alike = |to: &&str| if word == to { 1.0 } else { jaro_winkler(word, to) };
        let best = (0..free.len()).max_by(|a, b| alike(&free[*a]).total_cmp(&alike(&free[*b])));
        if let Some(at) = best.filter(|at| alike(&free[*at]) >= 0.92) {
            shared += alike(&free[at]) * (word.len() + free[at].len()) as f64;
            free.swap_remove(at);
        }
    }
    let total: usize = one.iter().chain(other).map(|word| word.len()).sum();
    if total == 0 { 0.0 } else { shared / total as f64 }
}
