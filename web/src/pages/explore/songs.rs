//! The songs: all of them there, or in pages, of which those are fetched whose songs are shown.

use crate::bundle_source::{LoadError, checked_file};
use shared::bundle::{
    BundleError, CATALOG_FILE, Manifest, Song, SongIndex, SongList, SongPagesEntry, SongWords,
};
use shared::embedding::EmbeddingTable;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

/// What is known of the songs of a catalogue. A song is named by its place in it.
pub(super) struct Songs {
    pub(super) index: SongIndex,
    /// Where pages and words stand; `None` where everything is there.
    files: Option<SongPagesEntry>,
    pages: RwLock<BTreeMap<usize, Vec<Song>>>,
    words: RwLock<SongWords>,
}

/// A file of songs in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Piece {
    Page(usize),
    Words(usize),
}

impl Songs {
    /// The index alone where there are pages, else all songs.
    pub(super) async fn load(manifest: &Manifest) -> Result<Self, LoadError> {
        if let Some(files) = manifest.song_pages.clone() {
            let index = files.read_index(&checked_file(manifest, &files.index).await?)?;
            return Ok(Self {
                words: RwLock::new(SongWords::none(files.words.len(), index.n_songs())),
                index,
                pages: RwLock::default(),
                files: Some(files),
            });
        }
        let songs = SongList::from_json(&checked_file(manifest, CATALOG_FILE).await?)?;
        Ok(Self {
            index: SongIndex::of(&songs),
            words: RwLock::new(SongWords::of(&songs.tracks, 1)),
            pages: RwLock::new(BTreeMap::from([(0, songs.tracks)])),
            files: None,
        })
    }

    /// Their ids, a line each; `None` where there are pages.
    pub(super) fn ids(&self) -> Option<String> {
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        let songs = pages.get(&0).filter(|_| self.files.is_none())?;
        let ids: Vec<&str> = songs.iter().map(|song| song.track_id.as_str()).collect();
        Some(ids.join("\n"))
    }

    /// Makes sure that a table is over these songs, since its rows are known by their places. Of pages that are not
    /// there only the number is known.
    pub(super) fn expect_rows(&self, table: &EmbeddingTable, file: &str) -> Result<(), LoadError> {
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        let fits = match pages.get(&0).filter(|_| self.files.is_none()) {
            Some(songs) => songs.iter().map(|song| &song.track_id).eq(table.track_ids()),
            None => table.n_tracks() == self.index.n_songs(),
        };
        fits.then_some(()).ok_or_else(|| BundleError::OtherSongs { file: file.to_owned() }.into())
    }

    /// A song, where its page is there.
    pub(super) fn song(&self, place: usize) -> Option<Song> {
        let (page, at) = self.page_of(place);
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        pages.get(&page)?.get(at).cloned()
    }

    /// The page of a song, and its place there.
    pub(super) fn page_of(&self, place: usize) -> (usize, usize) {
        let n = self.files.as_ref().map_or(usize::MAX, |files| files.songs_per_page.max(1));
        (place / n, place % n)
    }

    /// The songs that a text finds, and the files that it takes to say so.
    pub(super) fn find(&self, text: &str, k: usize) -> (Vec<usize>, BTreeSet<usize>) {
        let words = self.words.read().unwrap_or_else(PoisonError::into_inner);
        (words.find(text, k, |place| self.index.popularity(place)), words.missing(text))
    }

    /// Fetches a file.
    pub(super) async fn fetch(&self, manifest: &Manifest, piece: Piece) -> Result<(), LoadError> {
        let Some(files) = &self.files else { return Ok(()) };
        let (of_kind, at) = match piece {
            Piece::Page(at) => (&files.pages, at),
            Piece::Words(at) => (&files.words, at),
        };
        let Some(file) = of_kind.get(at) else { return Ok(()) };
        let json = checked_file(manifest, file).await?;
        match piece {
            Piece::Page(at) => {
                let page = files.read_page(at, self.index.n_songs(), &json)?;
                let mut pages = self.pages.write().unwrap_or_else(PoisonError::into_inner);
                pages.insert(at, page.tracks);
            }
            Piece::Words(at) => {
                let mut words = self.words.write().unwrap_or_else(PoisonError::into_inner);
                words.add_file(at, file, &json)?;
            }
        }
        Ok(())
    }
}
