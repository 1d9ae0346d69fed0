//! The songs of a large bundle in pages, beside `catalog.json`: a page of the website that shows a few songs
//! fetches those few.
//!
//! [`SongIndex`] holds what is asked of every song, [`SongPage`] the rest of some, and [`SongWords`] which songs
//! have a word in their title or artist. A song is named by its place in `catalog.json`.

mod index;
mod words;

pub use index::SongIndex;
pub use words::SongWords;

use super::read::BundleError;
use super::songs::{Song, SongList};
use crate::json;
use serde::{Deserialize, Serialize};

/// Songs of a page: the ten of a list lie in as many pages, which should be small.
const SONGS_PER_PAGE: usize = 100;
/// Songs that share a file of words.
const SONGS_PER_WORD_FILE: usize = 1_000;

/// The files of the songs in pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SongPagesEntry {
    /// File of the index.
    pub index: String,
    /// Songs of each page but the last, which has the rest.
    pub songs_per_page: usize,
    /// Files of the pages, in their order.
    pub pages: Vec<String>,
    /// Files of words, in their order.
    pub words: Vec<String>,
}

/// Some songs that follow each other in `catalog.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SongPage {
    /// The songs.
    pub tracks: Vec<Song>,
}

impl SongPage {
    /// Reads a page.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn from_json(file: &str, bytes: &[u8]) -> Result<Self, BundleError> {
        json::from_slice(bytes).map_err(|source| BundleError::of_pages(file, source))
    }
}

impl SongPagesEntry {
    /// Where the pages of that many songs stand.
    pub(super) fn of(n_songs: usize) -> Self {
        let files = |folder: &str, n: usize| {
            (0..n).map(|at| format!("songs/{folder}/{at:04}.json")).collect()
        };
        Self {
            index: "songs/index.json".to_owned(),
            songs_per_page: SONGS_PER_PAGE,
            pages: files("pages", n_songs.div_ceil(SONGS_PER_PAGE)),
            words: files("words", n_songs.div_ceil(SONGS_PER_WORD_FILE).max(1)),
        }
    }

    /// Every file with its bytes.
    pub(super) fn files(&self, songs: &SongList) -> impl Iterator<Item = (&str, Vec<u8>)> {
        let words = SongWords::of(&songs.tracks, self.words.len());
        let pages = songs.tracks.chunks(self.songs_per_page).map(|tracks| {
            let page = SongPage { tracks: tracks.to_vec() };
            serde_json::to_vec(&page).expect("texts and numbers are JSON")
        });
        let words = (0..self.words.len()).map(move |at| words.file_json(at));
        let index = std::iter::once((self.index.as_str(), SongIndex::of(songs).to_json()));
        let pages = self.pages.iter().map(String::as_str).zip(pages);
        index.chain(pages).chain(self.words.iter().map(String::as_str).zip(words))
    }
}

/// What pages, index and words must say, by the list of songs.
#[derive(Debug)]
pub(super) struct ExpectedPages<'a> {
    entry: &'a SongPagesEntry,
    songs: &'a SongList,
    index: SongIndex,
    words: SongWords,
}

impl<'a> ExpectedPages<'a> {
    pub(super) fn new(entry: &'a SongPagesEntry, songs: &'a SongList) -> Self {
        let words = SongWords::of(&songs.tracks, entry.words.len().max(1));
        Self { entry, songs, index: SongIndex::of(songs), words }
    }

    /// Whether the pages hold every song.
    pub(super) fn are_all(&self) -> bool {
        self.entry.songs_per_page * self.entry.pages.len() >= self.songs.tracks.len()
    }

    /// Whether a file says what it must; files that are none of these may say anything.
    ///
    /// # Errors
    ///
    /// If it does not parse.
    pub(super) fn agrees(&self, file: &str, bytes: &[u8]) -> Result<bool, BundleError> {
        if file == self.entry.index {
            return Ok(SongIndex::from_json(file, bytes)? == self.index);
        }
        let place = |files: &[String]| files.iter().position(|own| own == file);
        if let Some(page) = place(&self.entry.pages) {
            let found = SongPage::from_json(file, bytes)?;
            let expected = self.songs.tracks.chunks(self.entry.songs_per_page.max(1)).nth(page);
            return Ok(Some(&found.tracks[..]) == expected);
        }
        let Some(at) = place(&self.entry.words) else { return Ok(true) };
        let mut found = SongWords::none(self.entry.words.len());
        found.add_file(at, file, bytes)?;
        Ok(found.has_file_of(&self.words, at))
    }
}

#[cfg(test)]
mod tests;
