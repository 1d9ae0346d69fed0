//! How likely an audio file and a row of lyrics are the same song.
//!
//! After Fellegi and Sunter, "A theory for record linkage" (JASA 64, 1969): each field compared gives an
//! *outcome*, and each outcome a weight `ln(m / u)`, where `m` is how often it arises among true pairs
//! and `u` among others that share a blocking key. The weights add up to log-odds. `m` and `u` are set
//! by hand, not estimated: the collections differ too much for one estimate, and a person can
//! check these. The score is the logistic function of the sum: 0 to 1.

use super::audio_file::Reading;
use super::normalize::{ArtistName, compact};
use super::title::TitleName;
use artists::artist_similarity;
use outcomes::{
    ARTIST, DURATION_OTHER, DURATION_SAME, Detail, Finding, ISRC_OTHER, ISRC_SAME, LYRICS_OTHER,
    LYRICS_SAME, NUMBER_DIFFERENT, Outcome, TITLE, VERSION_DIFFERENT, VERSION_EQUAL,
    VERSION_OTHER_TEXT, at_level,
};
use std::cell::OnceCell;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use strsim::normalized_damerau_levenshtein;
use titles::{compare_titles, similarity_bound};

mod artists;
mod outcomes;
mod titles;

/// Log-odds that a pair sharing a blocking key is a true pair, before anything is compared.
const PRIOR: f64 = -8.0;

/// Below these log-odds equal lyrics would not help, and comparing them is slow.
const HOPELESS: f64 = -10.0;

/// Fewest pairs of words in lyrics that can be compared.
const FEWEST_PAIRS: usize = 20;

/// For rounding, where a bound is compared with what it bounds.
const SLACK: f64 = 1e-6;

/// One side of a comparison: a row of lyrics.
#[derive(Debug)]
pub(super) struct RowName {
    pub(super) artist: ArtistName,
    pub(super) features: Vec<ArtistName>,
    pub(super) title: TitleName,
    pub(super) isrc: Option<String>,
    pub(super) duration_secs: Option<f64>,
}

/// The lyrics of a row; their word pairs are made once, where a file asks for them.
pub(super) struct RowLyrics<'a> {
    text: &'a str,
    pairs: OnceCell<HashSet<u64>>,
}

impl<'a> RowLyrics<'a> {
    /// Of this text.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, pairs: OnceCell::new() }
    }

    fn pairs(&self) -> &HashSet<u64> {
        self.pairs.get_or_init(|| word_pairs(self.text))
    }
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

/// A score with what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Score {
    pub(super) log_odds: f64,
    source: &'static str,
    findings: Vec<Finding>,
}

impl Score {
    /// The score between 0 and 1.
    pub(super) fn probability(&self) -> f64 {
        probability(self.log_odds)
    }

    /// Why, for people.
    pub(super) fn reasons(&self) -> String {
        let findings = self.findings.iter().map(Finding::to_string);
        let all: Vec<String> =
            std::iter::once(format!("by {}", self.source)).chain(findings).collect();
        all.join("; ")
    }

    fn add(&mut self, outcome: &'static Outcome, detail: Detail) {
        self.log_odds += outcome.log_odds();
        self.findings.push(Finding { outcome, detail });
    }
}

/// The logistic function.
pub(super) fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// The score of a pair by its likeliest reading; `None` where it is less than `least` log-odds, which
/// for most pairs is found without comparing them in full.
pub(super) fn score(
    file: &FileName,
    row: &RowName,
    lyrics: &RowLyrics<'_>,
    least: f64,
) -> Option<Score> {
    let recording = recording_evidence(file, row);
    let of_recording: f64 = recording.iter().map(|finding| finding.outcome.log_odds()).sum();
    let of_lyrics = if file.lyrics.len() < FEWEST_PAIRS { 0.0 } else { LYRICS_SAME.log_odds() };
    let least_by_name = least - of_recording - of_lyrics - SLACK;
    let names = file.readings.iter().filter_map(|reading| name_score(reading, row, least_by_name));
    let mut best = names.max_by(|a, b| a.log_odds.total_cmp(&b.log_odds))?;
    for finding in recording {
        best.add(finding.outcome, finding.detail);
    }
    if best.log_odds > HOPELESS
        && let Some(finding) = lyrics_evidence(file, lyrics)
    {
        best.add(finding.outcome, finding.detail);
    }
    (best.log_odds >= least).then_some(best)
}

/// The score by artist and title alone. `None` only where it is less than `least`, which the artist and
/// the letters of the title often tell.
fn name_score(reading: &Reading, row: &RowName, least: f64) -> Option<Score> {
    let artist = reading.artist.as_ref();
    let artist = artist.map(|artist| at_level(&ARTIST, artist_similarity(artist, row)));
    let before_title = PRIOR - reading.cost + artist.map_or(0.0, Outcome::log_odds);
    let at_most = |similarity: f64| {
        before_title + at_level(&TITLE, similarity).log_odds() + VERSION_EQUAL.log_odds()
    };
    if at_most(1.0) < least || at_most(similarity_bound(&reading.title, &row.title) + SLACK) < least
    {
        return None;
    }
    let alike = compare_titles(&reading.title, &row.title);
    let mut score =
        Score { log_odds: PRIOR - reading.cost, source: reading.source, findings: Vec::new() };
    score.add(at_level(&TITLE, alike.similarity), Detail::Nothing);
    if let Some(artist) = artist {
        score.add(artist, Detail::Nothing);
    }
    if alike.number_differs {
        score.add(&NUMBER_DIFFERENT, Detail::Nothing);
    }
    let (ours, theirs) = (alike.file_versions, alike.row_versions);
    if ours != theirs && !ours.meets(theirs) {
        score.add(&VERSION_DIFFERENT, Detail::VersionsApart(ours, theirs));
    } else if !ours.is_empty() {
        let (one, other) = (&reading.title.version_text, &row.title.version_text);
        let told = !one.is_empty() && !other.is_empty();
        if told && normalized_damerau_levenshtein(one, other) < 0.5 {
            score.add(&VERSION_OTHER_TEXT, Detail::Nothing);
        } else {
            score.add(&VERSION_EQUAL, Detail::Versions(ours));
        }
    }
    Some(score)
}

/// In a name of a few letters one edit makes another name, so that likeness counts for less.
fn short_name(one: &str, other: &str) -> f64 {
    if one.len().min(other.len()) <= 4 { 0.85 } else { 1.0 }
}

/// What the recording's code and length say.
fn recording_evidence(file: &FileName, row: &RowName) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(isrc) = row.isrc.as_deref().filter(|_| !file.isrc.is_empty()) {
        let same = compact(isrc).replace('-', "").eq_ignore_ascii_case(&file.isrc.replace('-', ""));
        let outcome = if same { &ISRC_SAME } else { &ISRC_OTHER };
        found.push(Finding { outcome, detail: Detail::Nothing });
    }
    if let (Some(ours), Some(theirs)) = (file.duration_secs, row.duration_secs) {
        let apart = (ours - theirs).abs();
        if apart <= 3.0 {
            found.push(Finding { outcome: &DURATION_SAME, detail: Detail::Nothing });
        } else if apart > 20.0 && apart > 0.1 * theirs {
            found.push(Finding { outcome: &DURATION_OTHER, detail: Detail::SecsApart(apart) });
        }
    }
    found
}

fn lyrics_evidence(file: &FileName, lyrics: &RowLyrics<'_>) -> Option<Finding> {
    if file.lyrics.len() < FEWEST_PAIRS || lyrics.pairs().len() < FEWEST_PAIRS {
        return None;
    }
    let row = lyrics.pairs();
    let shared = file.lyrics.intersection(row).count() as f64;
    let overlap = shared / file.lyrics.len().min(row.len()) as f64;
    let detail = Detail::Share(overlap);
    if overlap >= 0.5 {
        Some(Finding { outcome: &LYRICS_SAME, detail })
    } else {
        (overlap < 0.15).then_some(Finding { outcome: &LYRICS_OTHER, detail })
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
