//! A listener's own song: heard, drawn and compared on their own device; the file goes nowhere.
//!
//! What is heard and what is read each go their way: the worker of that sense prepares what networks take, and runs
//! them or hands them to the worker with the graphics processor. [`told`] follows what they all tell.

mod download;
mod graphics;
mod hearing;
mod kept_times;
mod reading;
mod told;
mod workers;

pub(super) use self::download::Fetched;
use self::workers::Workers;
use super::devices::{Devices, Sense, Wish};
use crate::bundle_source;
use crate::platform::address::Parameters;
use crate::platform::networks::{Said, Sound, Stage, TokenCounts};
use crate::platform::pending::Pending;
use crate::wording::chain;
use leptos::prelude::*;
use shared::bundle::Manifest;
use shared::recommend::Condition;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// Columns of the drawn outline.
const N_COLUMNS: usize = 640;

/// How far a task is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Progress {
    /// Nothing was asked for.
    Idle,
    /// It is looked up what is to be fetched.
    Loading,
    /// Networks are fetched.
    Fetching(Fetched),
    /// The program that runs them is fetched.
    FetchingProgram(Fetched),
    /// Everything was given to a worker, which begins.
    Starting,
    /// A stage of the task.
    At(Stage),
    /// It can't be done with this song or these lyrics.
    Failed(String),
    /// What is needed for it can't be had, whatever the song.
    Unprepared(String),
    /// It is done.
    Done,
}

/// What is known of the song, and the workers that find it out.
#[derive(Clone, Copy)]
pub(super) struct OwnSong {
    pub(super) name: RwSignal<Option<String>>,
    pub(super) hearing: RwSignal<Progress>,
    pub(super) reading: RwSignal<Progress>,
    pub(super) sound: RwSignal<Option<Arc<Sound>>>,
    /// The whole song, as far as it is drawn; why it can't be.
    pub(super) whole: RwSignal<Option<Result<Arc<Whole>, String>>>,
    /// How much of the lyrics each network reads.
    pub(super) token_counts: RwSignal<Vec<TokenCounts>>,
    /// What each network says, by its name.
    pub(super) said: RwSignal<Vec<Said>>,
    /// Where the network that hears runs.
    hearing_devices: RwSignal<Devices>,
    /// Where the networks that read run.
    reading_devices: RwSignal<Devices>,
    workers: StoredValue<Rc<RefCell<Workers>>, LocalStorage>,
}

/// A song from beginning to end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Whole {
    /// Smallest and largest sample of each column; the columns share the song's length.
    pub(super) columns: Vec<[f32; 2]>,
    /// How many of them are whole.
    pub(super) n_whole: usize,
}

impl OwnSong {
    pub(super) fn new() -> Self {
        let devices = || RwSignal::new(Devices::new(Wish::of(Parameters::of_page().device())));
        Self {
            name: RwSignal::new(None),
            hearing: RwSignal::new(Progress::Idle),
            reading: RwSignal::new(Progress::Idle),
            sound: RwSignal::new(None),
            whole: RwSignal::new(None),
            token_counts: RwSignal::new(Vec::new()),
            said: RwSignal::new(Vec::new()),
            hearing_devices: devices(),
            reading_devices: devices(),
            workers: StoredValue::new_local(Rc::default()),
        }
    }

    /// The song's vector by the network of a condition, once that has heard or read it.
    pub(super) fn vector(self, condition: Condition) -> Option<Vec<f32>> {
        self.said.track();
        self.vector_untracked(condition)
    }

    /// As [`Self::vector`], without following it.
    pub(super) fn vector_untracked(self, condition: Condition) -> Option<Vec<f32>> {
        self.said.with_untracked(|said| {
            let own = said.iter().find(|own| own.name == condition.name());
            own.map(|own| own.embedding.clone())
        })
    }

    /// The vectors of its slices by the network of a condition, one after another, where that has heard it.
    pub(super) fn slice_vectors(self, condition: Condition) -> Option<Vec<f32>> {
        self.sound.with_untracked(Option::is_some).then_some(())?;
        self.said.with_untracked(|said| {
            let own = said.iter().find(|own| own.name == condition.name());
            own.map(|own| own.slice_embeddings.concat())
        })
    }

    /// Whether a song or lyrics were given.
    pub(super) fn is_given(self) -> bool {
        self.said.with(|said| !said.is_empty())
    }

    /// As [`Self::is_given`], without following it.
    pub(super) fn is_given_untracked(self) -> bool {
        self.said.with_untracked(|said| !said.is_empty())
    }

    /// Whether there is a song that can be heard, as far as is known: one of which a part was heard is one, whatever came of
    /// another part.
    pub(super) fn has_song_untracked(self) -> bool {
        let is_refused =
            |own: &Progress| matches!(own, Progress::Failed(_) | Progress::Unprepared(_));
        let was_heard = self.sound.with_untracked(Option::is_some);
        self.name.with_untracked(Option::is_some)
            && (was_heard || !self.hearing.with_untracked(is_refused))
    }

    /// Whether a song or lyrics were given, or are being heard or read.
    pub(super) fn can_be_taken_away(self) -> bool {
        let is_idle = |progress: RwSignal<Progress>| progress.with(|own| *own == Progress::Idle);
        self.name.with(Option::is_some) || !is_idle(self.hearing) || !is_idle(self.reading)
    }

    /// Where the networks of a sense run.
    pub(super) fn devices(self, sense: Sense) -> RwSignal<Devices> {
        match sense {
            Sense::Hearing => self.hearing_devices,
            Sense::Reading => self.reading_devices,
        }
    }

    fn progress(self, sense: Sense) -> RwSignal<Progress> {
        match sense {
            Sense::Hearing => self.hearing,
            Sense::Reading => self.reading,
        }
    }

    /// Takes it away again, and ends what is under way.
    pub(super) fn clear(self) {
        self.name.set(None);
        self.sound.set(None);
        self.whole.set(None);
        self.token_counts.set(Vec::new());
        self.said.set(Vec::new());
        self.hearing.set(Progress::Idle);
        self.reading.set(Progress::Idle);
        let interrupted = self.workers(Workers::forget_song);
        self.interrupted(&interrupted);
    }

    fn workers<T>(self, take: impl FnOnce(&mut Workers) -> T) -> T {
        self.workers.with_value(|workers| take(&mut workers.borrow_mut()))
    }

    async fn manifest(self) -> Result<Arc<Manifest>, String> {
        if let Some(manifest) = self.workers(|workers| workers.manifest.clone()) {
            return Ok(manifest);
        }
        let manifest = bundle_source::manifest().await.map_err(|error| chain(&error))?;
        let manifest = Arc::new(manifest);
        self.workers(|workers| workers.manifest = Some(Arc::clone(&manifest)));
        Ok(manifest)
    }

    /// Prepares a task of a sense. What was asked of that sense before is no longer wanted.
    fn prepare(self, sense: Sense, preparing: impl Future<Output = Result<(), String>> + 'static) {
        self.progress(sense).set(Progress::Loading);
        let pending = Pending::start(async move {
            if let Err(why) = preparing.await {
                let _gone = self.progress(sense).try_set(Progress::Unprepared(why));
            }
        });
        self.workers(|workers| workers.prepare(sense, pending));
    }

    fn or_fail(self, sense: Sense, done: Result<(), String>) {
        if let Err(why) = done {
            self.progress(sense).set(Progress::Failed(why));
        }
    }
}
