//! Large tables in parts: what a taste or a song of one's own leads to decides which parts are fetched.

use super::catalogue::Catalogue;
use super::own_song::OwnSong;
use crate::wording::chain;
use futures_util::future::join_all;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::recommend::{Condition, Taste};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is being fetched, and what could not be.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    /// Rises when all that was asked for came.
    n_there: RwSignal<usize>,
    /// Rises when some of it may have come.
    n_batches: RwSignal<usize>,
    /// Parts that were asked for and did not come yet.
    under_way: RwSignal<BTreeSet<(Condition, usize)>>,
    failure: RwSignal<Option<String>>,
    /// Rises when what could not be had is asked for again.
    n_tries: RwSignal<usize>,
}

impl Parts {
    /// Fetches whatever is missing, whenever that changes.
    pub(super) fn new(catalogue: Arc<Catalogue>, taste: RwSignal<Taste>, own: OwnSong) -> Self {
        let parts = Self {
            n_there: RwSignal::new(0),
            n_batches: RwSignal::new(0),
            under_way: RwSignal::new(BTreeSet::new()),
            failure: RwSignal::new(None),
            n_tries: RwSignal::new(0),
        };
        Effect::new(move |_| {
            parts.n_there.track();
            parts.n_tries.track();
            let missing = missing(&catalogue, taste, own);
            if missing.is_empty() {
                parts.failure.set(None);
            }
            let known = parts.under_way.get_untracked();
            let new: Vec<_> = missing.into_iter().filter(|part| !known.contains(part)).collect();
            if !new.is_empty() {
                parts.failure.set(None);
                parts.under_way.update(|own| own.extend(new.iter().copied()));
                parts.fetch(Arc::clone(&catalogue), new);
            }
        });
        parts
    }

    /// Follows what comes.
    pub(super) fn follow(self) {
        self.n_batches.track();
    }

    /// How it stands, for the listener; `None` where nothing is missing.
    pub(super) fn text(self) -> Option<String> {
        let n_left = self.under_way.with(BTreeSet::len);
        let fetching = (n_left > 0).then(|| format!("fetching {n_left} parts of the tables"));
        self.failure.get().or(fetching)
    }

    /// Whether something could not be had.
    pub(super) fn has_failed(self) -> bool {
        self.failure.with(Option::is_some)
    }

    /// Asks once more for what is missing.
    pub(super) fn try_again(self) {
        self.failure.set(None);
        self.n_tries.update(|n| *n += 1);
    }

    fn fetch(self, catalogue: Arc<Catalogue>, new: Vec<(Condition, usize)>) {
        spawn_local(async move {
            // The browser asks for a few at a time by itself.
            let fetching = new.iter().map(|(condition, at)| catalogue.fetch_part(*condition, *at));
            let failure = join_all(fetching).await.into_iter().find_map(Result::err);
            let done = |own: &mut BTreeSet<_>| own.retain(|part| !new.contains(part));
            let _gone = self.under_way.try_update(done);
            let _gone = self.n_batches.try_update(|n| *n += 1);
            match failure {
                None => drop(self.n_there.try_update(|n| *n += 1)),
                // What is missing is asked for again by the next change of taste, or by the listener.
                Some(error) => drop(self.failure.try_set(Some(chain(&error)))),
            }
        });
    }
}

/// The parts that are needed for what leads now.
fn missing(catalogue: &Catalogue, taste: RwSignal<Taste>, own: OwnSong) -> Vec<(Condition, usize)> {
    let explorer = catalogue.explorer();
    let of = |condition| {
        let missing = match own.is_given() {
            true => own
                .vector(condition)
                .map_or(Vec::new(), |vector| explorer.missing_parts_near(condition, &vector)),
            false => taste.with(|taste| explorer.missing_parts(condition, taste)),
        };
        missing.into_iter().map(move |number| (condition, number))
    };
    explorer.conditions().flat_map(of).collect()
}
