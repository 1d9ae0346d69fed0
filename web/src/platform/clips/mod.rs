//! Clips, fetched, checked and decoded before they are needed.
//!
//! [`ClipLoader::want`] says which clips come next; they are loaded in that order, at most
//! [`ClipSettings::n_at_a_time`] at once, one place of which is kept for [`ClipLoader::get`], the
//! clip that a trial is waiting for. Few decoded clips are kept, so that memory stays flat however
//! long a session is: ten seconds of stereo are about 4 MB.
//!
//! Nothing here waits without end: each try has its time, there are few tries, and then there is a
//! [`ClipError`] that says why. Where that lies in the file the session skips the clip and goes on;
//! where connection or server are away ([`ClipError::is_away`]) it waits and asks again.

mod error;
mod load;
mod shelf;

pub(crate) use error::ClipError;

use super::audio::{AudioEngine, AudioError, Clip};
use super::fetch::{FetchError, Freshness, bytes_of};
use super::latch::Latch;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use shared::bundle::{FileRecord, FileRole, Manifest};
use shelf::Shelf;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// The longest that one try may take of a file that is asked for again and again.
const LONGEST_MILLIS: u32 = 60_000;

/// Gets the bytes of a file.
pub(crate) type Fetch =
    Rc<dyn Fn(String, Freshness) -> LocalBoxFuture<'static, Result<Vec<u8>, FetchError>>>;
/// Makes a clip of the bytes.
pub(crate) type Decode = Rc<dyn Fn(Vec<u8>) -> LocalBoxFuture<'static, Result<Clip, AudioError>>>;

/// Where clips come from.
pub(crate) struct ClipSources {
    /// Gets bytes.
    pub(crate) fetch: Fetch,
    /// Decodes them.
    pub(crate) decode: Decode,
    /// What each file must be, by its address.
    pub(crate) files: HashMap<String, FileRecord>,
}

impl ClipSources {
    /// The stimuli of the bundle in that folder beside the page: the address of a stimulus is
    /// `folder/path`.
    pub(crate) fn of_bundle(engine: Rc<AudioEngine>, folder: &str, manifest: &Manifest) -> Self {
        let stimuli = manifest.files.iter().filter(|(_, file)| file.role == FileRole::Stimulus);
        let files =
            stimuli.map(|(path, file)| (format!("{folder}/{path}"), file.clone())).collect();
        let decode = move |bytes: Vec<u8>| {
            let engine = engine.clone();
            async move { engine.decode(&bytes).await }.boxed_local()
        };
        let fetch =
            |url: String, freshness| async move { bytes_of(&url, freshness).await }.boxed_local();
        Self { fetch: Rc::new(fetch), decode: Rc::new(decode), files }
    }
}

/// How clips are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClipSettings {
    /// How long one try may take; twice as long each time that a file is asked for again because it did
    /// not come in time.
    pub(crate) timeout_millis: u32,
    /// How often it is tried.
    pub(crate) n_tries: u32,
    /// Waited before the second try; four times as long before each further one.
    pub(crate) first_backoff_millis: u32,
    /// How many are loaded at once, at least 2.
    pub(crate) n_at_a_time: usize,
    /// How many decoded clips are kept, at least 2.
    pub(crate) n_kept: usize,
}

impl Default for ClipSettings {
    fn default() -> Self {
        Self {
            timeout_millis: 10_000,
            n_tries: 3,
            first_backoff_millis: 500,
            n_at_a_time: 3,
            n_kept: 8,
        }
    }
}

/// A clip, or why it can't be had.
type Loaded = Result<Rc<Clip>, ClipError>;

/// Loads clips ahead; its clones are the same loader.
#[derive(Clone)]
pub(crate) struct ClipLoader {
    inner: Rc<Inner>,
}

struct Inner {
    sources: ClipSources,
    settings: ClipSettings,
    state: RefCell<State>,
}

struct State {
    /// Addresses of the clips to come.
    wanted: Vec<String>,
    /// Addresses that someone waits for and that no place was free for.
    urgent: VecDeque<String>,
    /// What is being loaded or is urgent.
    coming: HashMap<String, Latch<Loaded>>,
    n_loading: usize,
    shelf: Shelf<Rc<Clip>>,
    failed: HashMap<String, ClipError>,
}

impl ClipLoader {
    /// Loads nothing yet.
    ///
    /// # Panics
    ///
    /// If the settings leave no room to load ahead.
    pub(crate) fn new(sources: ClipSources, settings: ClipSettings) -> Self {
        assert!(settings.n_at_a_time >= 2 && settings.n_kept >= 2, "{settings:?}");
        let state = RefCell::new(State {
            wanted: Vec::new(),
            urgent: VecDeque::new(),
            coming: HashMap::new(),
            n_loading: 0,
            shelf: Shelf::new(settings.n_kept),
            failed: HashMap::new(),
        });
        Self { inner: Rc::new(Inner { sources, settings, state }) }
    }

    /// Says which clips are needed next, in order; replaces what was said before. What failed for a
    /// reason that may have passed is tried again.
    pub(crate) fn want(&self, urls: &[String]) {
        {
            let mut state = self.inner.state.borrow_mut();
            state.wanted = urls.to_vec();
            state.failed.retain(|_, error| !error.may_pass());
        }
        Inner::pump(&self.inner);
    }

    /// The clip of that address: at once if it was loaded ahead.
    ///
    /// # Errors
    ///
    /// If it can't be had; the longest that it can take is `n_tries` times the timeout, with the
    /// pauses between, and decoding.
    pub(crate) async fn get(&self, url: &str) -> Loaded {
        let coming = {
            let mut state = self.inner.state.borrow_mut();
            if let Some(clip) = state.shelf.get(url) {
                return Ok(clip);
            }
            if let Some(error) = state.failed.get(url).filter(|error| !error.may_pass()) {
                return Err(error.clone());
            }
            state.ask_for(url)
        };
        Inner::pump(&self.inner);
        coming.wait().await
    }

    /// Whether a clip is ready to be played.
    pub(crate) fn is_ready(&self, url: &str) -> bool {
        self.inner.state.borrow().shelf.has(url)
    }

    /// How many decoded clips are kept right now.
    pub(crate) fn n_kept(&self) -> usize {
        self.inner.state.borrow().shelf.len()
    }
}

impl State {
    /// What will hold the clip; puts it first in the queue where it is not on its way.
    fn ask_for(&mut self, url: &str) -> Latch<Loaded> {
        if let Some(coming) = self.coming.get(url) {
            return coming.clone();
        }
        let coming = Latch::new();
        self.coming.insert(url.to_owned(), coming.clone());
        self.urgent.push_back(url.to_owned());
        coming
    }

    /// The next address to load and what will hold it, if a place is free.
    fn next(&mut self, settings: &ClipSettings) -> Option<(String, Latch<Loaded>)> {
        if self.n_loading >= settings.n_at_a_time {
            return None;
        }
        if let Some(url) = self.urgent.pop_front() {
            let coming = self.coming.get(&url)?.clone();
            return Some((url, coming));
        }
        if self.n_loading + 1 >= settings.n_at_a_time {
            return None;
        }
        // One place on the shelf is for the clip that plays.
        let ahead = self.wanted.iter().take(settings.n_kept - 1);
        let is_new = |url: &&String| {
            let url = url.as_str();
            !self.shelf.has(url) && !self.coming.contains_key(url) && !self.failed.contains_key(url)
        };
        let url = ahead.into_iter().find(is_new)?.clone();
        let coming = Latch::new();
        self.coming.insert(url.clone(), coming.clone());
        Some((url, coming))
    }

    /// How a clip is loaded. One that did not come in time may have been on its way through a slow
    /// connection: it gets twice as long as then, or it would be begun anew without end.
    fn settings_for(&self, url: &str, settings: ClipSettings) -> ClipSettings {
        let timeout_millis = match self.failed.get(url) {
            Some(ClipError::TimedOut { millis, .. }) => millis.saturating_mul(2),
            _ => return settings,
        };
        ClipSettings { timeout_millis: timeout_millis.min(LONGEST_MILLIS), ..settings }
    }

    fn arrived(&mut self, url: &str, loaded: &Loaded) {
        self.n_loading -= 1;
        self.coming.remove(url);
        match loaded {
            Ok(clip) => {
                self.failed.remove(url);
                self.shelf.put(url, clip.clone(), &self.wanted);
            }
            Err(error) => {
                self.failed.insert(url.to_owned(), error.clone());
            }
        }
    }
}

impl Inner {
    /// Starts what there is a place for.
    fn pump(inner: &Rc<Self>) {
        loop {
            let next = inner.state.borrow_mut().next(&inner.settings);
            let Some((url, coming)) = next else { return };
            inner.state.borrow_mut().n_loading += 1;
            let settings = inner.state.borrow().settings_for(&url, inner.settings);
            let inner = inner.clone();
            spawn_local(async move {
                let loaded = load::load(&url, &inner.sources, &settings).await;
                inner.state.borrow_mut().arrived(&url, &loaded);
                coming.set(loaded);
                Self::pump(&inner);
            });
        }
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
