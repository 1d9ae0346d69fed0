//! Genres that songs have and that nobody asked for.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Most genres that are told apart, so that a column of something else does not fill the memory.
const MAX_GENRES: usize = 1000;
/// Most genres that a person is shown.
const MAX_SHOWN: usize = 8;
/// What songs without a genre are counted under.
const NO_GENRE: &str = "no genre";

/// Numbers of songs by genre.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OtherGenres(BTreeMap<String, u64>);

impl OtherGenres {
    /// Counts a song of that genre, or of none where it is empty.
    pub fn count(&mut self, genre: &str) {
        let genre = genre.trim().to_lowercase();
        let genre = if genre.is_empty() { NO_GENRE.to_owned() } else { genre };
        if self.0.len() < MAX_GENRES || self.0.contains_key(&genre) {
            *self.0.entry(genre).or_insert(0) += 1;
        }
    }

    /// Whether every song had a genre that was asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for OtherGenres {
    /// `jazz 20, no genre 12, polka 1`: the most first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut genres: Vec<(&String, &u64)> = self.0.iter().collect();
        genres.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let shown = genres.iter().take(MAX_SHOWN).map(|(genre, n)| format!("{genre} {n}"));
        f.write_str(&shown.collect::<Vec<_>>().join(", "))?;
        if genres.len() > MAX_SHOWN { f.write_str(", ...") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_are_shown_first() {
        let mut genres = OtherGenres::default();
        assert!(genres.is_empty());
        for genre in ["polka", "Jazz", "", " ", "jazz ", "JAZZ"] {
            genres.count(genre);
        }
        assert_eq!(genres.to_string(), "jazz 3, no genre 2, polka 1");
        for number in 0..2 * MAX_GENRES {
            genres.count(&format!("genre {number:04}"));
        }
        genres.count("jazz");
        assert!(genres.to_string().starts_with("jazz 4, no genre 2, genre 0000 1, "), "{genres}");
        assert!(genres.to_string().ends_with("genre 0005 1, ..."), "{genres}");
        assert_eq!(genres.0.len(), MAX_GENRES);
    }
}
