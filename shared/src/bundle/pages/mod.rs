//! The songs of a large bundle in pages, beside `catalog.json`: a page of the website that shows a few songs
//! fetches those few.
//!
//! [`SongIndex`] holds what is asked of every song, [`SongPage`] the rest of some, and [`SongWords`] which songs
//! have a word in their title or artist. A song is named by its place in `catalog.json`.

mod index;
mod words;

pub use index::SongIndex;
pub use words::SongWords;

use super::error::BundleError;
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

/// What a file of songs in pages is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageFile {
    Index,
    Page(usize),
    Words(usize),
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

    /// Reads the index.
    ///
    /// # Errors
    ///
    /// If it is none, or the pages do not hold its songs.
    pub fn read_index(&self, bytes: &[u8]) -> Result<SongIndex, BundleError> {
        let index = SongIndex::from_json(&self.index, bytes)?;
        let n_songs = index.n_songs();
        let is_right = self.songs_per_page > 0
            && self.pages.len() == n_songs.div_ceil(self.songs_per_page)
            && !self.words.is_empty();
        let wrong = || BundleError::SongPageCount {
            file: self.index.clone(),
            n_songs,
            n_pages: self.pages.len(),
            songs_per_page: self.songs_per_page,
            n_word_files: self.words.len(),
        };
        is_right.then_some(index).ok_or_else(wrong)
    }

    /// Reads a page of a catalogue of `n_songs`.
    ///
    /// # Errors
    ///
    /// If there is none of that number, if it is none, or if it holds another number of songs.
    pub fn read_page(
        &self,
        page: usize,
        n_songs: usize,
        bytes: &[u8],
    ) -> Result<SongPage, BundleError> {
        let file = self.pages.get(page).map_or("", String::as_str);
        let read: SongPage =
            json::from_slice(bytes).map_err(|source| BundleError::of_pages(file, source))?;
        let before = page.saturating_mul(self.songs_per_page);
        let expected = n_songs.saturating_sub(before).min(self.songs_per_page);
        let got = read.tracks.len();
        if got != expected {
            let file = file.to_owned();
            return Err(BundleError::SongPageLength { file, expected, got });
        }
        Ok(read)
    }

    /// Where each file stands.
    pub(super) fn places(&self) -> impl Iterator<Item = (PageFile, &String)> {
        let pages = self.pages.iter().enumerate().map(|(at, file)| (PageFile::Page(at), file));
        let words = self.words.iter().enumerate().map(|(at, file)| (PageFile::Words(at), file));
        std::iter::once((PageFile::Index, &self.index)).chain(pages).chain(words)
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

    /// Whether a file says what it must.
    ///
    /// # Errors
    ///
    /// If it can't be what it is to be.
    pub(super) fn agrees(
        &self,
        (which, file): (PageFile, &str),
        bytes: &[u8],
    ) -> Result<bool, BundleError> {
        let n_songs = self.songs.tracks.len();
        match which {
            PageFile::Index => Ok(self.entry.read_index(bytes)? == self.index),
            PageFile::Page(page) => {
                let found = self.entry.read_page(page, n_songs, bytes)?;
                let expected = self.songs.tracks.chunks(self.entry.songs_per_page.max(1)).nth(page);
                Ok(Some(&found.tracks[..]) == expected)
            }
            PageFile::Words(at) => {
                let mut found = SongWords::none(self.entry.words.len(), n_songs);
                found.add_file(at, file, bytes)?;
                Ok(found.has_file_of(&self.words, at))
            }
        }
    }
}

#[cfg(test)]
mod tests;
