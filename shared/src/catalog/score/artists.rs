//! How alike two artists are.

use super::super::normalize::ArtistName;
use super::RowName;
use super::outcomes::{ARTIST, lowest_level};
use super::{SLACK, short_name};
use strsim::normalized_damerau_levenshtein;

/// 1 where the artists are the same, 0.95 where one of several is, else the likeness of names; 0 where
/// that lies below what any outcome but "different" takes.
pub(super) fn artist_similarity(file: &ArtistName, row: &RowName) -> f64 {
    let row_artist = &row.artist;
    let main_agrees = file.full == row_artist.full
        || file.main() == row_artist.full
        || row_artist.main() == file.full
        || (file.parts.len() > 1 && same_set(&file.parts, &row_artist.parts));
    if main_agrees {
        return 1.0;
    }
    // All artists of the file are known to the row, and the row's main artist is among them.
    let known = |part: &str| {
        row_artist.all().any(|name| name == part)
            || row.features.iter().any(|feature| feature.all().any(|name| name == part))
    };
    if file.parts.contains(&row_artist.full) {
        return if file.parts.iter().all(|part| known(part)) { 1.0 } else { 0.95 };
    }
    if file.all().any(|part| part.len() > 2 && known(part)) {
        return 0.95;
    }
    most_alike(file, row_artist)
}

fn most_alike(file: &ArtistName, row: &ArtistName) -> f64 {
    let least = lowest_level(&ARTIST);
    let mut best = 0.0f64;
    for (one, letters) in file.all().zip(&file.letters) {
        for (other, other_letters) in row.all().zip(&row.letters) {
            if letters.edit_likeness(other_letters) + SLACK >= best.max(least) {
                best = best.max(likeness(one, other));
            }
        }
    }
    if best < least { 0.0 } else { best }
}

fn same_set(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|part| other.contains(part))
}

/// Likeness of two names, below 0.95, since they are not equal.
pub(super) fn likeness(one: &str, other: &str) -> f64 {
    (normalized_damerau_levenshtein(one, other) * short_name(one, other)).min(0.94)
}
