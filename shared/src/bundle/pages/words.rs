//! Finding songs by words of their title and artist.

use crate::bundle::error::BundleError;
use crate::bundle::songs::Song;
use crate::json;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Words with the places of the songs that have them, in files of which a search needs a few: all words that begin
/// with the same two letters are in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SongWords {
    /// Those that are there, each with its words.
    files: BTreeMap<usize, BTreeMap<String, Vec<Place>>>,
    n_files: usize,
    n_songs: usize,
}

/// The place of a song, and whether it is its title that has a word: twice the place, and 1 more for a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Place(u64);

impl Place {
    fn new(place: usize, is_title: bool) -> Self {
        Self(2 * place as u64 + u64::from(is_title))
    }

    fn place(self) -> usize {
        (self.0 / 2) as usize
    }

    /// How well a word that stands here fits: as it is, and then in the title.
    fn score(self, is_whole: bool) -> u64 {
        (u64::from(is_whole) << 32) + self.0 % 2
    }
}

impl SongWords {
    /// Nothing yet, of that many files over that many songs.
    ///
    /// # Panics
    ///
    /// If there are no files.
    pub fn none(n_files: usize, n_songs: usize) -> Self {
        assert!(n_files > 0, "words in no file");
        Self { files: BTreeMap::new(), n_files, n_songs }
    }

    /// The words of all songs, in that many files.
    ///
    /// # Panics
    ///
    /// If that is none.
    pub fn of(songs: &[Song], n_files: usize) -> Self {
        let mut all = Self::none(n_files, songs.len());
        all.files.extend((0..n_files).map(|at| (at, BTreeMap::new())));
        for (place, song) in songs.iter().enumerate() {
            let of =
                |text: &str, is_title| words_of(text).into_iter().map(move |word| (word, is_title));
            // Where a word stands in both, the title counts.
            let words: BTreeMap<String, bool> =
                of(&song.artist, false).chain(of(&song.title, true)).collect();
            for (word, is_title) in words {
                let file = all.files.entry(file_of(&word, n_files)).or_default();
                file.entry(word).or_default().push(Place::new(place, is_title));
            }
        }
        all
    }

    /// A file: words with places, rising.
    pub(super) fn file_json(&self, at: usize) -> Vec<u8> {
        serde_json::to_vec(&self.files[&at]).expect("texts and numbers are JSON")
    }

    /// Takes a file.
    ///
    /// # Errors
    ///
    /// If it is none of words, or names a song that there is not.
    pub fn add_file(&mut self, at: usize, file: &str, bytes: &[u8]) -> Result<(), BundleError> {
        let words: BTreeMap<String, Vec<Place>> =
            json::from_slice(bytes).map_err(|source| BundleError::of_pages(file, source))?;
        let n_songs = self.n_songs;
        let stray = words.values().flatten().find(|place| place.0 / 2 >= n_songs as u64);
        if let Some(Place(twice)) = stray {
            let (file, place) = (file.to_owned(), twice / 2);
            return Err(BundleError::SongPlace { file, place, n_songs });
        }
        self.files.insert(at, words);
        Ok(())
    }

    /// Whether a file says the same in both.
    pub(super) fn has_file_of(&self, other: &Self, at: usize) -> bool {
        self.files.get(&at) == other.files.get(&at)
    }

    /// The files that a search needs and that are not there.
    pub fn missing(&self, text: &str) -> BTreeSet<usize> {
        let files = self.asked(text).into_iter().map(|word| file_of(&word, self.n_files));
        files.filter(|file| !self.files.contains_key(file)).collect()
    }

    /// The `k` songs that have, for every word of the text, one that begins with it: those first that have most of
    /// the words as they are, among these those that have most in the title, then by `rank`. Nothing while a file is
    /// [missing](Self::missing).
    pub fn find(&self, text: &str, k: usize, rank: impl Fn(usize) -> usize) -> Vec<usize> {
        if !self.missing(text).is_empty() {
            return Vec::new();
        }
        let mut found: Option<BTreeMap<usize, u64>> = None;
        for word in self.asked(text) {
            let own = self.songs_with(&word);
            found = Some(match found {
                None => own,
                Some(found) => {
                    let both = |(place, score)| Some((place, score + own.get(&place)?));
                    found.into_iter().filter_map(both).collect()
                }
            });
        }
        let found = found.unwrap_or_default().into_iter();
        let mut found: Vec<_> =
            found.map(|(place, score)| (Reverse(score), rank(place), place)).collect();
        found.sort_unstable();
        found.into_iter().take(k).map(|(.., place)| place).collect()
    }

    /// The words that are looked for. In several files a single letter can be no beginning; at the end, where more
    /// is to come, it is left out.
    fn asked(&self, text: &str) -> Vec<String> {
        let mut words = words_of(text);
        let is_begun = |word: &String| self.n_files > 1 && is_letter(word);
        if words.len() > 1 && words.last().is_some_and(is_begun) {
            words.pop();
        }
        words
    }

    /// Places with how well the word fits there.
    fn songs_with(&self, word: &str) -> BTreeMap<usize, u64> {
        let mut songs = BTreeMap::new();
        let Some(file) = self.files.get(&file_of(word, self.n_files)) else { return songs };
        let is_whole_only = self.n_files > 1 && is_letter(word);
        let longer = file.range(word.to_owned()..).take_while(|(own, _)| own.starts_with(word));
        for (own, places) in longer.filter(|(own, _)| !is_whole_only || *own == word) {
            for place in places {
                let best = songs.entry(place.place()).or_default();
                *best = place.score(own == word).max(*best);
            }
        }
        songs
    }
}

/// One letter or digit of ASCII.
fn is_letter(word: &str) -> bool {
    word.len() == 1
}

/// The words of a text in lower case. Apostrophes belong to words; where a script sets no spaces (Chinese, Japanese),
/// each sign is a word.
fn words_of(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for letter in text.to_lowercase().chars() {
        let is_alone = has_no_spaces(letter);
        if !word.is_empty() && (is_alone || !(letter.is_alphanumeric() || is_apostrophe(letter))) {
            words.push(std::mem::take(&mut word));
        }
        if is_alone {
            words.push(letter.to_string());
        } else if letter.is_alphanumeric() {
            word.push(letter);
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’')
}

/// Han, Hiragana and Katakana.
fn has_no_spaces(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The file of a word: by its first two letters, or the first where that is not of ASCII (FNV-1a).
fn file_of(word: &str, n_files: usize) -> usize {
    let first = word.chars().next().map_or(0, char::len_utf8);
    let n_bytes = match first {
        1 => word.chars().take(2).map(char::len_utf8).sum(),
        _ => first,
    };
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = word.as_bytes()[..n_bytes].iter().fold(0xcbf2_9ce4_8422_2325, mix);
    (hash % n_files as u64) as usize
}
