//! The runner of a session: what people do becomes events, what is stored becomes screens.
//!
//! Actions wait in a queue and are done one after the other, so that two quick presses can't
//! overtake each other; a clip plays beside the queue and is stopped by what comes next.

mod check;
mod delivery;
mod ending;
mod fault;
mod kept;
mod opening;
mod recording;
mod simulated;
mod trials;

use super::head::{self, SessionHead};
use super::identity::{self, Identity};
use super::keeper::Keeper;
use super::material::{Material, MaterialError};
use super::outbox::{self, Kept};
use super::playback::Playback;
use super::signals::Signals;
use super::simulation::Simulation;
use super::view::{Action, PageScreen, SessionFailure, SessionView, StorageState};
use crate::bundle_source;
use crate::platform::address::{Parameters, page_folder};
use crate::platform::audio::{AudioEngine, AudioError};
use crate::platform::clips::{ClipLoader, ClipSettings, ClipSources};
use crate::platform::clock::{monotonic_millis, now_millis};
use crate::platform::draft::DRAFT;
use crate::platform::environment;
use crate::platform::focus::FocusWatch;
use crate::platform::history::{BackGuard, UnloadGuard};
use crate::platform::session_lock::SessionLock;
use crate::platform::storage::EventStore;
use crate::platform::wake_lock::WakeLock;
use crate::wording::chain;
use delivery::Early;
use futures_util::FutureExt;
use futures_util::future::{AbortHandle, LocalBoxFuture};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::recommend::NextTracks;
use shared::study::{FailedClip, FocusChange, Mode};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// Runs one session of one participant.
pub(super) struct Runner {
    material: Material,
    /// The website that it runs on, as heads name it.
    site: String,
    parameters: Parameters,
    identity: Identity,
    mode: Mode,
    signals: Signals,
    playback: Playback,
    /// Clips are decoded for the rate of the sound, so that it comes first.
    loader: RefCell<Option<ClipLoader>>,
    store: RefCell<Option<Rc<EventStore>>>,
    lock: RefCell<Option<SessionLock>>,
    keeper: RefCell<Option<Rc<Keeper>>>,
    next_tracks: RefCell<Option<NextTracks>>,
    /// The session that was interrupted, until it is decided what becomes of it.
    interrupted: RefCell<Option<Rc<Keeper>>>,
    /// The session that does not fit the study any more, until it is left.
    unfit: RefCell<Option<SessionHead>>,
    /// Sound on its way, begun within the press itself.
    unlocking: RefCell<Option<Unlocking>>,
    queue: RefCell<VecDeque<Command>>,
    is_working: Cell<bool>,
    guards: RefCell<Option<Guards>>,
    /// Outlives the other guards: answers may still be on their way after the last screen has come.
    unload: RefCell<Option<UnloadGuard>>,
    /// What is sent at the debrief, until the end sends all of it.
    early: RefCell<Option<Early>>,
    /// Ends what is being sent.
    delivery: RefCell<Option<AbortHandle>>,
    /// Whether the way back is being gone.
    is_leaving: Cell<bool>,
    /// When the second question, or the end of the noises, was shown, on the monotonic clock.
    asked_at_millis: Cell<f64>,
    simulation: Option<Simulation>,
    is_downloaded: Cell<bool>,
}

type Unlocking = LocalBoxFuture<'static, Result<AudioEngine, AudioError>>;

/// Something to be done.
enum Command {
    /// What someone did, and when on the monotonic clock.
    Act(Action, f64),
    /// A clip can't be had.
    ClipFailed(Box<FailedClip>),
    /// Attention changed.
    Focus(FocusChange),
    /// A simulated participant answers the screen.
    Simulated,
}

/// What watches over a running session.
struct Guards {
    _focus: FocusWatch,
    _back: BackGuard,
    _awake: WakeLock,
}

/// Reads what a session needs and gives what the pages read.
///
/// # Errors
///
/// If the bundle holds no study that can be run.
pub(crate) async fn open(parameters: Parameters) -> Result<SessionView, MaterialError> {
    let is_draft = identity::mode(&parameters) == Mode::Pilot && parameters.config() == Some(DRAFT);
    let material = Material::load(is_draft).await?;
    let mode = identity::mode(&parameters);
    let simulation = match mode {
        Mode::Sim => Some(Simulation::of(&parameters)?),
        _ => None,
    };
    let seed = parameters.seed();
    let identity = Identity::of(&parameters, &material.design.study_id);
    let preferred = parameters.lang().map(str::to_owned).into_iter();
    let preferred: Vec<String> = preferred.chain(environment::languages()).collect();
    let language = material.design.language_for(preferred.iter().map(String::as_str)).to_owned();
    let signals = Signals::new(language);
    let site = head::site(material.design.data.send.as_ref(), &page_folder());
    let runner = Rc::new(Runner {
        playback: Playback::new(signals.clip),
        loader: RefCell::new(None),
        material,
        site,
        parameters,
        identity,
        mode,
        signals,
        store: RefCell::new(None),
        lock: RefCell::new(None),
        keeper: RefCell::new(None),
        next_tracks: RefCell::new(None),
        interrupted: RefCell::new(None),
        unfit: RefCell::new(None),
        unlocking: RefCell::new(None),
        queue: RefCell::new(VecDeque::new()),
        is_working: Cell::new(false),
        guards: RefCell::new(None),
        unload: RefCell::new(None),
        early: RefCell::new(None),
        delivery: RefCell::new(None),
        is_leaving: Cell::new(false),
        asked_at_millis: Cell::new(0.0),
        simulation,
        is_downloaded: Cell::new(false),
    });
    let local = StoredValue::new_local(Rc::clone(&runner));
    let act = Callback::new(move |action| local.with_value(|runner| runner.act(action)));
    let view = signals.view((&runner.material, runner.mode), act);
    match seed {
        Ok(_) => spawn_local(async move { runner.prepare().await }),
        Err(error) => runner.fail(&error, false),
    }
    Ok(view)
}

impl Runner {
    /// Takes what someone did. Called within the press, so that the browser lets sound begin.
    fn act(self: &Rc<Self>, action: Action) {
        let needs_sound =
            matches!(action, Action::Start | Action::GoOn | Action::Unlock | Action::PlayTone);
        if needs_sound && self.simulation.is_none() && self.playback.engine().is_none() {
            *self.unlocking.borrow_mut() = Some(AudioEngine::unlock().boxed_local());
        }
        self.push(Command::Act(action, monotonic_millis()));
    }

    /// Puts a command behind those that wait.
    fn push(self: &Rc<Self>, command: Command) {
        self.queue.borrow_mut().push_back(command);
        if self.is_working.replace(true) {
            return;
        }
        let runner = Rc::clone(self);
        spawn_local(async move {
            loop {
                let next = runner.queue.borrow_mut().pop_front();
                let Some(command) = next else { break };
                runner.handle(command).await;
            }
            runner.is_working.set(false);
        });
    }

    async fn handle(self: &Rc<Self>, command: Command) {
        match command {
            Command::ClipFailed(failed) => self.clip_failed(*failed).await,
            Command::Focus(change) => self.focus_changed(change).await,
            Command::Simulated => self.answer_simulated().await,
            Command::Act(action, at_millis) => self.handle_action(action, at_millis).await,
        }
    }

    async fn handle_action(self: &Rc<Self>, action: Action, at_millis: f64) {
        match action {
            Action::Start => self.start().await,
            Action::GoOn => self.go_on().await,
            Action::StartAnew => self.start_anew().await,
            Action::KeepWithoutStorage => self.keep_without_storage().await,
            Action::Unlock => self.unlock().await,
            Action::Agree => self.agree().await,
            Action::Refuse => self.refuse().await,
            Action::PlayTone => self.play_tone().await,
            Action::ToneHeard(heard) => self.tone_heard(heard).await,
            Action::PlayNoises => self.play_noises(),
            Action::ChooseNoise(answer) => self.choose_noise(answer, at_millis).await,
            Action::Begin => self.begin().await,
            Action::Answer(response, by) => self.answer((response, by), at_millis).await,
            Action::Familiar(familiar) => self.familiar(familiar, at_millis).await,
            Action::Replay => self.replay().await,
            Action::Slip(key) => self.slip(key, at_millis).await,
            Action::EndBreak => self.end_break().await,
            Action::Stop => self.stop().await,
            Action::DebriefRead => self.debrief_read().await,
            Action::Withdraw => self.withdraw().await,
            Action::Download(format) => self.download(format),
            Action::SaveKept(session_id) => self.save_kept(&session_id).await,
            Action::DeleteKept(session_id) => self.delete_kept(&session_id).await,
            Action::SendAgain => self.send(),
            Action::Leave => self.leave_by_jatos(),
            Action::TryAgain => self.try_again().await,
            Action::Language(language) => self.change_language(language).await,
        }
    }

    fn keeper(&self) -> Option<Rc<Keeper>> {
        self.keeper.borrow().clone()
    }

    /// The time of events: a simulated participant's runs as fast as they answer.
    fn now_millis(&self) -> u64 {
        now_millis() + self.simulation.as_ref().map_or(0, Simulation::ahead_millis)
    }

    fn show(&self, screen: PageScreen) {
        self.signals.screen.set(screen);
    }

    /// Says that it can't go on; what was stored stays.
    fn fail(&self, error: &dyn std::error::Error, can_retry: bool) {
        self.playback.silence();
        let has_answers =
            self.keeper().is_some_and(|keeper| keeper.state().progress().n_trials > 0);
        self.show(PageScreen::Failed(SessionFailure {
            what: chain(error),
            has_answers,
            can_retry,
        }));
    }

    /// Waits for the sound that the press began; `false` where the browser gives none.
    async fn take_sound(&self) -> Result<(), AudioError> {
        let unlocking = self.unlocking.borrow_mut().take();
        if let Some(unlocking) = unlocking {
            let engine = Rc::new(unlocking.await?);
            let manifest = &self.material.manifest;
            let sources =
                ClipSources::of_bundle(Rc::clone(&engine), bundle_source::FOLDER, manifest);
            *self.loader.borrow_mut() = Some(ClipLoader::new(sources, ClipSettings::default()));
            self.playback.set_engine(engine);
        }
        Ok(())
    }

    /// Watches over the session from now on.
    fn guard(self: &Rc<Self>) {
        self.guard_unload();
        if self.guards.borrow().is_some() {
            return;
        }
        let on_focus = Rc::downgrade(self);
        let guards = Guards {
            _focus: FocusWatch::start(move |change| {
                if let Some(runner) = on_focus.upgrade() {
                    runner.push(Command::Focus(change));
                }
            }),
            // The page says on each screen how to stop; going back would only lose the place.
            _back: BackGuard::start(|| {}),
            _awake: WakeLock::start(),
        };
        *self.guards.borrow_mut() = Some(guards);
    }

    /// Lets the browser ask before the page is left with answers that would be lost, or not arrive.
    fn guard_unload(self: &Rc<Self>) {
        if self.unload.borrow().is_some() {
            return;
        }
        let unsaved = Rc::downgrade(self);
        let guard =
            UnloadGuard::start(move || unsaved.upgrade().is_some_and(|runner| runner.is_unsaved()));
        *self.unload.borrow_mut() = Some(guard);
    }

    fn is_unsaved(&self) -> bool {
        let Some(keeper) = self.keeper() else { return false };
        let kept = Kept {
            in_memory: self.signals.storage.get_untracked() == StorageState::Memory,
            as_file: self.is_downloaded.get(),
        };
        let is_early = self.early.borrow().as_ref().is_some_and(Early::is_under_way);
        keeper.has_pending()
            || is_early
            || outbox::is_at_risk(&self.signals.sending.get_untracked(), kept)
    }
}
