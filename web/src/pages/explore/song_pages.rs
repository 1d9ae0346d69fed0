//! Songs as they are shown: their pages are fetched when one of them is asked for.

use super::catalogue::Catalogue;
use super::songs::Piece;
use crate::wording::chain;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::bundle::Song;
use std::collections::BTreeSet;
use std::sync::Arc;

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
