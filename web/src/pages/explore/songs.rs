//! The songs: all of them there, or in pages, of which those are fetched whose songs are shown.

use super::catalogue::Catalogue;
use crate::bundle_source::{LoadError, checked_file};
use crate::wording::chain;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::bundle::{
    BundleError, CATALOG_FILE, Manifest, Song, SongIndex, SongList, SongPagesEntry, SongWords,
};
use shared::embedding::EmbeddingTable;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

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
enum Piece {
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
    fn page_of(&self, place: usize) -> (usize, usize) {
        let n = self.files.as_ref().map_or(usize::MAX, |files| files.songs_per_page.max(1));
        (place / n, place % n)
    }

    /// The songs that a text finds, and the files that it takes to say so.
    fn find(&self, text: &str, k: usize) -> (Vec<usize>, BTreeSet<usize>) {
        let words = self.words.read().unwrap_or_else(PoisonError::into_inner);
        (words.find(text, k, |place| self.index.popularity(place)), words.missing(text))
    }

    /// Fetches a file.
    async fn fetch(&self, manifest: &Manifest, piece: Piece) -> Result<(), LoadError> {
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

/// Fetches what is asked for and not there; its copies are the same one.
#[derive(Clone, Copy)]
pub(super) struct Pages {
    catalogue: StoredValue<Arc<Catalogue>>,
    /// Rises with each file that came.
    n_there: RwSignal<usize>,
    /// Files that were asked for: each once.
    asked: StoredValue<BTreeSet<Piece>>,
    /// Those that could not be had, until they are [tried again](Self::try_again).
    failed: StoredValue<BTreeSet<Piece>>,
    failure: RwSignal<Option<String>>,
}

impl Pages {
    pub(super) fn new(catalogue: StoredValue<Arc<Catalogue>>) -> Self {
        Self {
            catalogue,
            n_there: RwSignal::new(0),
            asked: StoredValue::new(BTreeSet::new()),
            failed: StoredValue::new(BTreeSet::new()),
            failure: RwSignal::new(None),
        }
    }

    /// A song; `None` until its page is there, which is fetched.
    pub(super) fn song(self, place: usize) -> Memo<Option<Song>> {
        Memo::new(move |_| self.follow(place))
    }

    /// The same within what follows it.
    pub(super) fn follow(self, place: usize) -> Option<Song> {
        self.n_there.track();
        let song = self.known(place);
        if song.is_none() {
            let (page, _) = self.catalogue.with_value(|catalogue| catalogue.songs.page_of(place));
            self.ask(Piece::Page(page));
        }
        song
    }

    /// A song whose page is there.
    pub(super) fn known(self, place: usize) -> Option<Song> {
        self.catalogue.with_value(|catalogue| catalogue.songs.song(place))
    }

    /// The songs that a text finds; `None` until the words are there, which are fetched.
    pub(super) fn find(self, text: &str, k: usize) -> Option<Vec<usize>> {
        self.n_there.track();
        let (found, missing) = self.catalogue.with_value(|catalogue| catalogue.songs.find(text, k));
        let is_known = missing.is_empty();
        for at in missing {
            self.ask(Piece::Words(at));
        }
        is_known.then_some(found)
    }

    /// Why a song can't be shown.
    pub(super) fn failure(self) -> Option<String> {
        self.failure.get()
    }

    /// Asks once more for what is missing.
    pub(super) fn try_again(self) {
        self.failure.set(None);
        let failed = self.failed.try_update_value(std::mem::take).unwrap_or_default();
        self.asked.update_value(|asked| asked.retain(|piece| !failed.contains(piece)));
        self.n_there.update(|n| *n += 1);
    }

    fn ask(self, piece: Piece) {
        if self.asked.try_update_value(|asked| asked.insert(piece)) != Some(true) {
            return;
        }
        let catalogue = self.catalogue.get_value();
        spawn_local(async move {
            match catalogue.songs.fetch(catalogue.manifest(), piece).await {
                Ok(()) => drop(self.n_there.try_update(|n| *n += 1)),
                Err(error) => {
                    self.failed.try_update_value(|failed| failed.insert(piece));
                    // One is said, or each of many pages would be read aloud.
                    if self.failure.try_get_untracked() == Some(None) {
                        self.failure.set(Some(chain(&error)));
                    }
                }
            }
        });
    }
}
