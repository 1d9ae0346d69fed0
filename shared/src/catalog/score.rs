//! How likely an audio file and a row of lyrics are the same song.
//!
//! After Fellegi and Sunter, "A theory for record linkage" (JASA 64, 1969): each field compared gives an
//! *outcome*, and each outcome a weight `ln(m / u)`, where `m` is how often it arises among true pairs
//! and `u` among others that share a blocking key. The weights add up to log-odds. `m` and `u` are set
//! by hand, not estimated: the collections differ too much for one estimate, and a person can
//! check these. The score is the logistic function of the sum: 0 to 1.

use super::audio_file::Reading;
use super::normalize::{ArtistName, TitleName, Versions, compact};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use strsim::{jaro_winkler, normalized_damerau_levenshtein};

/// Log-odds that a pair sharing a blocking key is a true pair, before anything is compared.
const PRIOR: f64 = -8.0;

/// Below these log-odds equal lyrics would not help, and comparing them is slow.
const HOPELESS: f64 = -10.0;

/// `m` and `u` of an outcome, and what it is called.
struct Outcome {
    m: f64,
    u: f64,
    name: &'static str,
}

impl Outcome {
    fn log_odds(&self) -> f64 {
        (self.m / self.u).ln()
    }
}

const TITLE: [(f64, Outcome); 5] = [
    (1.0, Outcome { m: 0.80, u: 0.0005, name: "title equal" }),
    (0.88, Outcome { m: 0.13, u: 0.0007, name: "title nearly equal" }),
    (0.75, Outcome { m: 0.04, u: 0.003, name: "title similar" }),
    (0.55, Outcome { m: 0.02, u: 0.04, name: "title little alike" }),
    (0.0, Outcome { m: 0.01, u: 0.956, name: "title different" }),
];

const ARTIST: [(f64, Outcome); 5] = [
    (1.0, Outcome { m: 0.74, u: 0.001, name: "artist equal" }),
    (0.95, Outcome { m: 0.15, u: 0.002, name: "one artist equal" }),
    (0.82, Outcome { m: 0.08, u: 0.001, name: "artist nearly equal" }),
    (0.62, Outcome { m: 0.02, u: 0.03, name: "artist little alike" }),
    (0.0, Outcome { m: 0.01, u: 0.966, name: "artist different" }),
];

const VERSION_EQUAL: Outcome = Outcome { m: 0.04, u: 0.02, name: "both" };
const VERSION_OTHER_TEXT: Outcome =
    Outcome { m: 0.002, u: 0.02, name: "versions differ in detail" };
const VERSION_DIFFERENT: Outcome = Outcome { m: 0.0005, u: 0.2, name: "another version" };
const NUMBER_DIFFERENT: Outcome = Outcome { m: 0.0005, u: 0.2, name: "another number" };
const LYRICS_SAME: Outcome = Outcome { m: 0.90, u: 0.002, name: "lyrics agree" };
const LYRICS_OTHER: Outcome = Outcome { m: 0.002, u: 0.9, name: "lyrics differ" };
const ISRC_SAME: Outcome = Outcome { m: 0.99, u: 1e-6, name: "isrc equal" };
const ISRC_OTHER: Outcome = Outcome { m: 0.05, u: 0.999, name: "isrc differs" };
const DURATION_SAME: Outcome = Outcome { m: 0.9, u: 0.1, name: "same length" };
const DURATION_OTHER: Outcome = Outcome { m: 0.01, u: 0.6, name: "another length" };

/// One side of a comparison: a row of lyrics.
#[derive(Debug)]
pub(super) struct RowName {
    pub(super) artist: ArtistName,
    pub(super) features: Vec<ArtistName>,
    pub(super) title: TitleName,
    pub(super) isrc: Option<String>,
    pub(super) duration_secs: Option<f64>,
}

/// The other side: an audio file.
#[derive(Debug)]
pub(super) struct FileName {
    pub(super) readings: Vec<Reading>,
    pub(super) isrc: String,
    pub(super) duration_secs: Option<f64>,
    /// Pairs of neighbouring words of the lyrics in the tags, hashed; empty where there are none.
    pub(super) lyrics: HashSet<u64>,
}

/// A score with its reasons.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Score {
    pub(super) log_odds: f64,
    pub(super) reasons: String,
}

impl Score {
    /// The score between 0 and 1.
    pub(super) fn probability(&self) -> f64 {
        probability(self.log_odds)
    }
}

/// The logistic function.
pub(super) fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// The score of a pair by its likeliest reading. `lyrics` are those of the row.
pub(super) fn score(file: &FileName, row: &RowName, lyrics: &str) -> Score {
    let names = file.readings.iter().map(|reading| name_score(reading, row));
    let mut best = names
        .max_by(|a, b| a.log_odds.total_cmp(&b.log_odds))
        .expect("a file always has the reading 'title alone'");
    recording_evidence(file, row, &mut best);
    if best.log_odds > HOPELESS {
        lyrics_evidence(file, lyrics, &mut best);
    }
    best
}

fn add(score: &mut Score, outcome: &Outcome, detail: &str) {
    score.log_odds += outcome.log_odds();
    if !score.reasons.is_empty() {
        score.reasons.push_str("; ");
    }
    score.reasons.push_str(outcome.name);
    score.reasons.push_str(detail);
}

fn name_score(reading: &Reading, row: &RowName) -> Score {
    let mut score = Score { log_odds: PRIOR - reading.cost, reasons: String::new() };
    score.reasons.push_str("by ");
    score.reasons.push_str(reading.source);
    let alike = compare_titles(&reading.title, &row.title);
    add(&mut score, at_level(&TITLE, alike.similarity), "");
    if let Some(artist) = &reading.artist {
        add(&mut score, at_level(&ARTIST, artist_similarity(artist, row)), "");
    }
    if alike.number_differs {
        add(&mut score, &NUMBER_DIFFERENT, "");
    }
    let (ours, theirs) = (alike.file_versions, alike.row_versions);
    if ours != theirs && !ours.meets(theirs) {
        add(&mut score, &VERSION_DIFFERENT, &format!(" ({}, {})", ours.names(), theirs.names()));
    } else if !ours.is_empty() {
        let (one, other) = (&reading.title.version_text, &row.title.version_text);
        let told = !one.is_empty() && !other.is_empty();
        if told && normalized_damerau_levenshtein(one, other) < 0.5 {
            add(&mut score, &VERSION_OTHER_TEXT, "");
        } else {
            add(&mut score, &VERSION_EQUAL, &format!(" {}", ours.names()));
        }
    }
    score
}

fn at_level(levels: &'static [(f64, Outcome)], similarity: f64) -> &'static Outcome {
    let level = levels.iter().find(|(least, _)| similarity >= *least);
    &level.unwrap_or(&levels[levels.len() - 1]).1
}

struct TitleComparison {
    similarity: f64,
    number_differs: bool,
    file_versions: Versions,
    row_versions: Versions,
}

/// Compares with and without the words in brackets and takes what agrees better. A version word that
/// only one side has, such as a trailing "live", counts as a version rather than as another title.
fn compare_titles(file: &TitleName, row: &TitleName) -> TitleComparison {
    let pairs = [(&file.full, &row.full), (&file.core, &row.full), (&file.full, &row.core)];
    let mut best = compare_words(&file.core, &row.core);
    if file.core.len() != file.full.len() && row.core.len() != row.full.len() {
        // Both have a subtitle: leaving both out would hide how they differ.
        best.similarity *= 0.8;
    }
    for (one, other) in pairs {
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
    let words = words_in_common(one, other) * 0.97;
    // In a name of a few letters one edit makes another name.
    let short = if a.len().min(b.len()) <= 4 { 0.85 } else { 1.0 };
    edit.max(words).min(0.99) * short
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

/// 1 where the artists are the same, 0.95 where one of several is, else the likeness of names.
fn artist_similarity(file: &ArtistName, row: &RowName) -> f64 {
    let row_artist = &row.artist;
    let first = |name: &ArtistName| name.parts.first().cloned().unwrap_or_default();
    let main_agrees = file.full == row_artist.full
        || first(file) == row_artist.full
        || first(row_artist) == file.full
        || (file.parts.len() > 1 && same_set(&file.parts, &row_artist.parts));
    if main_agrees {
        return 1.0;
    }
    // All artists of the file are known to the row, and the row's main artist is among them.
    let known = |part: &String| {
        row_artist.all().any(|name| name == part)
            || row.features.iter().any(|feature| feature.all().any(|name| name == part))
    };
    if file.parts.contains(&row_artist.full) {
        return if file.parts.iter().all(known) { 1.0 } else { 0.95 };
    }
    if file.all().any(|part| part.len() > 2 && known(&part.to_owned())) {
        return 0.95;
    }
    let pairs = file.all().flat_map(|a| row_artist.all().map(move |b| (a, b)));
    pairs.map(|(a, b)| likeness(a, b)).fold(0.0, f64::max)
}

fn same_set(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|part| other.contains(part))
}

/// Likeness of two names, below 0.95, since they are not equal.
fn likeness(one: &str, other: &str) -> f64 {
    let short = if one.len().min(other.len()) <= 4 { 0.85 } else { 1.0 };
    (normalized_damerau_levenshtein(one, other) * short).min(0.94)
}

fn recording_evidence(file: &FileName, row: &RowName, score: &mut Score) {
    if let Some(isrc) = row.isrc.as_deref().filter(|_| !file.isrc.is_empty()) {
        let same = compact(isrc).replace('-', "").eq_ignore_ascii_case(&file.isrc.replace('-', ""));
        add(score, if same { &ISRC_SAME } else { &ISRC_OTHER }, "");
    }
    if let (Some(ours), Some(theirs)) = (file.duration_secs, row.duration_secs) {
        let apart = (ours - theirs).abs();
        if apart <= 3.0 {
            add(score, &DURATION_SAME, "");
        } else if apart > 20.0 && apart > 0.1 * theirs {
            add(score, &DURATION_OTHER, &format!(" by {apart:.0} s"));
        }
    }
}

fn lyrics_evidence(file: &FileName, lyrics: &str, score: &mut Score) {
    const FEWEST_PAIRS: usize = 20;
    if file.lyrics.len() < FEWEST_PAIRS {
        return;
    }
    let row = word_pairs(lyrics);
    if row.len() < FEWEST_PAIRS {
        return;
    }
    let shared = file.lyrics.intersection(&row).count() as f64;
    let overlap = shared / file.lyrics.len().min(row.len()) as f64;
    if overlap >= 0.5 {
        add(score, &LYRICS_SAME, &format!(" ({:.0} %)", overlap * 100.0));
    } else if overlap < 0.15 {
        add(score, &LYRICS_OTHER, &format!(" ({:.0} %)", overlap * 100.0));
    }
}

/// Pairs of neighbouring words, hashed. Songs share many words but few pairs of them.
pub(super) fn word_pairs(lyrics: &str) -> HashSet<u64> {
    let unmarked: Vec<&str> =
        lyrics.lines().filter(|line| !line.trim_start().starts_with('[')).collect();
    let folded = super::normalize::fold(&unmarked.join("\n"));
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let hash = |pair: &[&str]| {
        let mut hasher = DefaultHasher::new();
        pair.hash(&mut hasher);
        hasher.finish()
    };
    words.windows(2).map(hash).collect()
}

#[cfg(test)]
mod tests;
