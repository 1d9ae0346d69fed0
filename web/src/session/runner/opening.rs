//! Before the first screen: the store, the other tab, the session that was interrupted.

use super::Runner;
use crate::platform::audio::AudioError;
use crate::platform::environment::Environment;
use crate::platform::random::{random_id, random_seed};
use crate::platform::session_lock::{LockOutcome, SessionLock};
use crate::platform::storage::{EventStore, Persistence, StorageError, StorageMode, persist};
use crate::session::head::{SessionHead, lock_name};
use crate::session::keeper::Keeper;
use crate::session::view::{PageScreen, Resumable, StorageState, Unfit};
use crate::wording::chain;
use leptos::prelude::*;
use shared::random::Seed;
use shared::recommend::NextTracksError;
use shared::study::{
    Event, LogError, Mode, PlanError, Screen, SessionLog, SessionPlan, SessionState, Started,
    StateError, StudyDesign, plan_session,
};
use std::rc::Rc;
use std::sync::Arc;

impl Runner {
    /// Looks whether answers can be stored, then for an interrupted session.
    pub(super) async fn prepare(self: &Rc<Self>) {
        match open_store().await {
            Ok(store) => self.use_store(store).await,
            Err(error) => self.show(PageScreen::NoStorage(chain(&error))),
        }
    }

    /// Goes on in memory: everything is gone when the page is closed, unless it is saved as a file.
    pub(super) async fn keep_without_storage(self: &Rc<Self>) {
        self.use_store(EventStore::in_memory()).await;
    }

    async fn use_store(self: &Rc<Self>, store: EventStore) {
        let state = match store.mode() {
            StorageMode::Memory => StorageState::Memory,
            StorageMode::IndexedDb => StorageState::BestEffort,
        };
        self.signals.storage.set(state);
        *self.store.borrow_mut() = Some(Rc::new(store));
        // One session of a study at a time: a second tab would ask the same person twice.
        let name = lock_name(&self.site, &self.material.hashes.study, self.mode);
        // Where it is tried again, it is this page itself that holds the lock.
        drop(self.lock.take());
        match SessionLock::acquire(&name).await {
            LockOutcome::Held(lock) => *self.lock.borrow_mut() = Some(lock),
            LockOutcome::Taken => return self.show(PageScreen::OtherTab),
            LockOutcome::Unsupported => {}
        }
        if let Err(error) = self.look_for_session().await {
            self.fail(&error, true);
        }
    }

    /// Shows what became of an earlier session, or the welcome.
    async fn look_for_session(self: &Rc<Self>) -> Result<(), OpenError> {
        let store = self.store.borrow().clone().ok_or(OpenError::NoStore)?;
        let heads = self.heads_that_stay(&store).await?;
        let wanted = self.wanted();
        let last = |fits: &dyn Fn(&SessionHead) -> bool| {
            heads.iter().filter(|head| fits(head)).max_by_key(|head| head.last_millis)
        };
        let goes_on = self.parameters.resume() && self.mode != Mode::Sim;
        let complete = last(&|head| head.is_to_be_shown(&wanted));
        let interrupted = last(&|head| head.can_resume(&wanted));
        let mut unfit = None;
        for head in complete.into_iter().chain(interrupted).filter(|_| goes_on) {
            match self.restore(&store, head).await {
                Ok(keeper) => {
                    self.show_found(keeper, head).await;
                    return Ok(());
                }
                // It does not hide another one that can be gone on with.
                Err(error) if error.is_of_session() => unfit = unfit.or(Some((head, error))),
                Err(error) => return Err(error),
            }
        }
        if let Some((head, error)) = unfit {
            self.show_unfit(head.clone(), &error);
            return Ok(());
        }
        self.show_kept(heads, None);
        self.show(PageScreen::Study(Screen::Welcome));
        self.simulate();
        Ok(())
    }

    /// Shows the end of a complete session, or asks whether one is to be gone on with.
    async fn show_found(self: &Rc<Self>, keeper: Rc<Keeper>, head: &SessionHead) {
        if head.complete {
            *self.keeper.borrow_mut() = Some(keeper);
            return self.enter_again().await;
        }
        *self.interrupted.borrow_mut() = Some(keeper);
        let (n_trials, last_millis) = (head.n_trials, head.last_millis);
        self.show(PageScreen::Resumable(Resumable { n_trials, last_millis }));
    }

    /// Says that a stored session does not fit the study any more, and how to keep it and begin anew.
    fn show_unfit(&self, head: SessionHead, error: &OpenError) {
        self.show(PageScreen::Unfit(Unfit {
            session_id: head.session_id.clone(),
            n_trials: head.n_trials,
            last_millis: head.last_millis,
            what: chain(error),
        }));
        *self.unfit.borrow_mut() = Some(head);
    }

    /// Brings a stored session to where it was.
    async fn restore(
        &self,
        store: &Rc<EventStore>,
        head: &SessionHead,
    ) -> Result<Rc<Keeper>, OpenError> {
        let rows = store.events(&head.session_id).await?;
        let log = SessionLog::from_json(rows.iter().map(String::as_str))?;
        let Some(Event::Started(started)) = log.rows().first().map(|row| &row.event) else {
            return Err(OpenError::NotBegun);
        };
        let design = Arc::clone(&self.material.design);
        let state = match head.complete {
            // It needs no songs any more, and is not played once more by rules that may have changed.
            true => SessionState::of_complete(design, &log).ok_or(OpenError::NotComplete)?,
            false => self.replayed(design, &log, started)?,
        };
        // A head of an earlier version learns what it lacks.
        let (site, hashes) = (self.site.clone(), Some(started.hashes.clone()));
        let resume_hours = Some(self.material.design.resume_hours);
        let head = SessionHead { site, hashes, resume_hours, ..head.clone() };
        Ok(Rc::new(Keeper::new(Rc::clone(store), log, state, head)))
    }

    /// The state that the events of an interrupted session lead to.
    fn replayed(
        &self,
        design: Arc<StudyDesign>,
        log: &SessionLog,
        started: &Started,
    ) -> Result<SessionState, OpenError> {
        if !started.hashes.has_same_songs(&self.material.hashes) {
            return Err(OpenError::OtherSongs);
        }
        let plan = self.plan(&started.participant, Seed(started.seed))?;
        let events = log.rows().iter().map(|row| (&row.event, row.at_millis));
        Ok(SessionState::replay(design, plan, events)?)
    }

    fn plan(&self, participant: &str, seed: Seed) -> Result<SessionPlan, OpenError> {
        let next_tracks = self.material.next_tracks(seed)?;
        let plan = plan_session(&self.material.design, &next_tracks, participant, seed)?;
        *self.next_tracks.borrow_mut() = Some(next_tracks);
        Ok(plan)
    }

    /// Begins a session.
    pub(super) async fn start(self: &Rc<Self>) {
        if self.keeper().is_some() || self.store.borrow().is_none() {
            return;
        }
        if let Err(error) = self.try_start().await {
            self.fail(&error, true);
        }
    }

    async fn try_start(self: &Rc<Self>) -> Result<(), OpenError> {
        let store = self.store.borrow().clone().ok_or(OpenError::NoStore)?;
        // A browser that holds the sound back is asked again at the sound check.
        match self.take_sound().await {
            Ok(()) | Err(AudioError::Blocked { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        if self.signals.storage.get_untracked() == StorageState::BestEffort
            && persist().await == Persistence::Granted
        {
            self.signals.storage.set(StorageState::Persistent);
        }
        let seed = self.parameters.seed().ok().flatten().unwrap_or_else(random_seed);
        let plan = self.plan(&self.identity.participant, Seed(seed))?;
        let started = self.started(seed, store.mode(), environment().await);
        let head = SessionHead {
            session_id: started.session_id.clone(),
            site: self.site.clone(),
            study: started.hashes.study.clone(),
            hashes: Some(started.hashes.clone()),
            mode: self.mode,
            participant: started.participant.clone(),
            last_millis: 0,
            n_trials: 0,
            complete: false,
            left: false,
            sent: false,
            resume_hours: Some(self.material.design.resume_hours),
        };
        let state = SessionState::new(Arc::clone(&self.material.design), plan);
        let keeper = Keeper::new(store, SessionLog::new(&started.session_id), state, head);
        *self.keeper.borrow_mut() = Some(Rc::new(keeper));
        self.guard();
        self.record(Event::Started(Box::new(started))).await;
        Ok(())
    }

    fn started(
        &self,
        seed: u64,
        storage: StorageMode,
        environment: shared::study::Environment,
    ) -> Started {
        Started {
            session_id: random_id(),
            participant: self.identity.participant.clone(),
            mode: self.mode,
            seed,
            language: self.signals.language.get_untracked(),
            hashes: self.material.hashes.clone(),
            scale: self.material.design.question.scale,
            liked_from: self.material.design.question.liked_from,
            parameters: self
                .parameters
                .recorded()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            environment,
            storage: storage.name().to_owned(),
        }
    }

    /// Goes on with the interrupted session.
    pub(super) async fn go_on(self: &Rc<Self>) {
        let Some(keeper) = self.interrupted.borrow_mut().take() else { return };
        match self.take_sound().await {
            Ok(()) | Err(AudioError::Blocked { .. }) => {}
            Err(error) => return self.fail(&error, true),
        }
        if let Some(Event::Started(started)) = keeper.log().rows().first().map(|row| &row.event) {
            self.signals
                .language
                .set(last_language(keeper.log().rows()).unwrap_or(&started.language).to_owned());
        }
        *self.keeper.borrow_mut() = Some(keeper);
        self.guard();
        self.record(Event::Resumed).await;
        self.enter_again().await;
    }

    /// Leaves the session that was found: it stays stored, but is not offered again.
    pub(super) async fn start_anew(self: &Rc<Self>) {
        let (interrupted, unfit) = (self.interrupted.take(), self.unfit.take());
        if let Some(keeper) = interrupted
            && let Err(error) = keeper.leave().await
        {
            return self.fail(&error, true);
        }
        if let Some(head) = unfit
            && let Err(error) = self.leave(head).await
        {
            return self.fail(&error, true);
        }
        self.show(PageScreen::Study(Screen::Welcome));
        self.list_kept(None).await;
    }

    /// Notes that a session that does not fit was left.
    async fn leave(&self, head: SessionHead) -> Result<(), OpenError> {
        let store = self.store.borrow().clone().ok_or(OpenError::NoStore)?;
        let head = SessionHead { left: true, ..head };
        Ok(store.put_head(&head.session_id, &head.to_json()).await?)
    }

    /// Tries again what failed: to store, else to show the screen, else to open the session.
    pub(super) async fn try_again(self: &Rc<Self>) {
        let Some(keeper) = self.keeper() else {
            if self.has_failed() {
                // The error does not stay while it is being looked anew.
                self.show(PageScreen::Loading);
                self.prepare().await;
            }
            return;
        };
        if keeper.has_pending() {
            self.store_again().await;
        }
        if keeper.has_pending() || !self.has_failed() {
            return;
        }
        let screen = keeper.state().screen().clone();
        match screen {
            // What follows the end was set going when it was come to, and is not begun once more.
            Screen::Done(_) => self.show(PageScreen::Study(screen)),
            _ => self.enter_again().await,
        }
    }

    fn has_failed(&self) -> bool {
        matches!(self.shown(), Some(PageScreen::Failed(_)))
    }
}

fn last_language(rows: &[shared::study::LogRow]) -> Option<&String> {
    rows.iter().rev().find_map(|row| match &row.event {
        Event::LanguageChanged { language } => Some(language),
        _ => None,
    })
}

/// The device, as it is kept.
async fn environment() -> shared::study::Environment {
    let seen = Environment::look(false).await;
    shared::study::Environment {
        width: seen.width,
        height: seen.height,
        webaudio: seen.webaudio,
        browser: seen.family.browser.to_owned(),
        browser_version: seen.family.browser_version,
        mobile: seen.family.mobile,
        os: seen.family.os.to_owned(),
        fullscreen: seen.fullscreen,
        vsync_rate: seen.vsync_rate,
        reduced_motion: seen.reduced_motion,
    }
}

async fn open_store() -> Result<EventStore, StorageError> {
    let store = EventStore::open().await?;
    store.probe().await?;
    Ok(store)
}

/// Why a session can't be opened.
#[derive(Debug, thiserror::Error)]
enum OpenError {
    #[error("there is nowhere to store answers")]
    NoStore,
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("the session that was stored on this device can't be gone on with")]
    Log(#[from] LogError),
    #[error("the session that was stored on this device has no beginning")]
    NotBegun,
    #[error("the session that was stored on this device as complete has no end")]
    NotComplete,
    #[error("the session that was stored on this device does not fit its study")]
    State(#[from] StateError),
    #[error("the session that was stored on this device was begun with other songs")]
    OtherSongs,
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    NextTracks(#[from] NextTracksError),
    #[error(transparent)]
    Audio(#[from] AudioError),
}

impl OpenError {
    /// Whether it lies in what is stored: trying again can't help, another session can.
    fn is_of_session(&self) -> bool {
        match self {
            Self::Log(_)
            | Self::NotBegun
            | Self::NotComplete
            | Self::State(_)
            | Self::OtherSongs
            | Self::Plan(_) => true,
            Self::NoStore | Self::Storage(_) | Self::NextTracks(_) | Self::Audio(_) => false,
        }
    }
}
