//! What pages read and report.

use leptos::prelude::*;
use shared::study::{ConditionLikes, Mode, Progress, Screen, StudyDesign};
use std::sync::Arc;

/// Everything that pages read of a session, and the one way in which they change it. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct SessionView {
    /// What is shown.
    pub(crate) screen: ReadSignal<PageScreen>,
    /// The clip of the present trial, tone or noise.
    pub(crate) clip: ReadSignal<ClipView>,
    /// How far the session is.
    pub(crate) progress: ReadSignal<Progress>,
    /// How often each condition's songs were liked; shown in the debrief only.
    pub(crate) likes: ReadSignal<Vec<ConditionLikes>>,
    /// Whether the last event is stored.
    pub(crate) saving: ReadSignal<Saving>,
    /// Where events are stored.
    pub(crate) storage: ReadSignal<StorageState>,
    /// Where the data are on their way, if the design sends them.
    pub(crate) sending: ReadSignal<Sending>,
    /// The completion code once the session is complete: the hash of the last row.
    pub(crate) completion_code: ReadSignal<Option<String>>,
    /// Where the last button leads, ready made, once the answers have arrived, can't be sent, or have
    /// nowhere to go; where sending takes long, before that.
    pub(crate) completion_link: ReadSignal<Option<String>>,
    /// What this website keeps on this device; looked for on the screens that tell it.
    pub(crate) kept: ReadSignal<Kept>,
    /// Why the session is run.
    pub(crate) mode: Mode,
    /// The design.
    pub(crate) design: StoredValue<Arc<StudyDesign>>,
    /// Addresses of the files that a session needs; none where they are too many to be kept.
    pub(crate) files: StoredValue<Vec<String>>,
    /// SHA-256 of study.json.
    pub(crate) study_hash: StoredValue<String>,
    /// Language of the page.
    pub(crate) language: RwSignal<String>,
    /// What someone did.
    pub(crate) act: Callback<Action>,
}

/// What is shown to a participant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PageScreen {
    /// The bundle and the store are being read.
    Loading,
    /// A screen of the study.
    Study(Screen),
    /// A session of this study was interrupted.
    Resumable(Resumable),
    /// A session that was kept does not fit the study any more.
    Unfit(Unfit),
    /// The session runs in another tab.
    OtherTab,
    /// The browser refuses to store, or has no room: with [`Action::KeepWithoutStorage`] it goes on, answers being kept
    /// until the page is closed.
    NoStorage(String),
    /// The data were wiped; so many rows of them are left (none, else it failed).
    Withdrawn {
        /// Rows found after the wipe.
        n_left: usize,
    },
    /// It can't go on.
    Failed(SessionFailure),
}

/// A session that was interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resumable {
    /// Trials answered.
    pub(crate) n_trials: u32,
    /// When it was last touched, in milliseconds since 1970.
    pub(crate) last_millis: u64,
}

/// A session that was kept and does not fit the study any more: [`Action::SaveKept`] saves it, and
/// [`Action::StartAnew`] puts it aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfit {
    /// Its id.
    pub(crate) session_id: String,
    /// Trials answered.
    pub(crate) n_trials: u32,
    /// When it was last touched, in milliseconds since 1970.
    pub(crate) last_millis: u64,
    /// What does not fit, in the language of errors.
    pub(crate) what: String,
}

/// What this website keeps on this device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Kept {
    /// Its sessions, the latest first.
    pub(crate) sessions: Vec<KeptSession>,
    /// After one was deleted: how many rows of it were found afterwards.
    pub(crate) n_left: Option<usize>,
    /// Whether one was not deleted, since its study runs in another tab.
    pub(crate) is_open_elsewhere: bool,
}

/// A session that is kept on this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptSession {
    /// Its id.
    pub(crate) session_id: String,
    /// The name of its study, where that is another one.
    pub(crate) other_study: Option<String>,
    /// Why it was run.
    pub(crate) mode: Mode,
    /// Trials answered.
    pub(crate) n_trials: u32,
    /// When it was last touched, in milliseconds since 1970.
    pub(crate) last_millis: u64,
    /// Whether it is complete.
    pub(crate) is_complete: bool,
    /// Whether the receiver has it.
    pub(crate) is_sent: bool,
}

/// Why a session can't go on: what happened, in the language of errors, and whether trying again may
/// help. What was stored stays stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionFailure {
    /// What happened.
    pub(crate) what: String,
    /// Whether answers were stored before.
    pub(crate) has_answers: bool,
    /// Whether [`Action::TryAgain`] may help.
    pub(crate) can_retry: bool,
}

/// The clip that is heard.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct ClipView {
    /// What is going on.
    pub(crate) phase: ClipPhase,
    /// Share of the clip that is over, 0 to 1.
    pub(crate) share: f64,
    /// Whether an answer is taken now.
    pub(crate) can_answer: bool,
    /// How often it can be heard again.
    pub(crate) n_replays_left: u32,
    /// Which of the three noises of the headphone check is heard, 0 to 2.
    pub(crate) interval: Option<u8>,
    /// How often the tone, or the noises, were played.
    pub(crate) n_plays: u32,
}

/// What is going on with the clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ClipPhase {
    /// It is being fetched or decoded.
    #[default]
    Loading,
    /// The connection is away; it goes on by itself.
    Offline,
    /// The server does not answer, or too slowly; it is tried again and goes on by itself.
    Unreachable,
    /// The browser wants a press before it plays: [`Action::Unlock`].
    Locked,
    /// The device took the sound away before the end: [`Action::Unlock`] plays it from its beginning.
    Interrupted,
    /// It is heard.
    Playing,
    /// It is over; the answer is waited for.
    Answer,
    /// The answer is being stored.
    Saving,
}

/// Whether the last event is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Saving {
    /// Nothing was to be stored yet.
    #[default]
    Nothing,
    /// It is on its way.
    Busy,
    /// It is stored.
    Saved,
    /// It could not be stored: the screen stays; [`Action::TryAgain`] tries again, [`Action::Download`] saves all so far.
    Failed(String),
}

/// Where events are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum StorageState {
    /// Not looked at.
    #[default]
    Unknown,
    /// In the browser, protected from being cleared.
    Persistent,
    /// In the browser, which may clear it when space is short.
    BestEffort,
    /// In memory alone: gone when the page is closed.
    Memory,
}

/// Where the data are on their way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Sending {
    /// The design sends nothing.
    #[default]
    Nowhere,
    /// On its way.
    Busy,
    /// The receiver has it.
    Done,
    /// It did not arrive; the copy on the device stays.
    Failed(String),
}

/// What someone did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// Begin; within the press, so that sound may play.
    Start,
    /// Go on with the interrupted session; within the press.
    GoOn,
    /// Leave the session that was found and begin a new one.
    StartAnew,
    /// Let sound play; within the press.
    Unlock,
    /// Do without storage.
    KeepWithoutStorage,
    /// Agree.
    Agree,
    /// Refuse.
    Refuse,
    /// Play the test tone.
    PlayTone,
    /// Was the tone heard?
    ToneHeard(bool),
    /// Play the three noises.
    PlayNoises,
    /// Which of the three noises, 0 to 2.
    ChooseNoise(u8),
    /// The instructions were read.
    Begin,
    /// The answer to the question.
    Answer(u8, GivenBy),
    /// The answer to the second question.
    Familiar(bool),
    /// Hear the clip again.
    Replay,
    /// A key that means nothing.
    Slip(String),
    /// The pause is over.
    EndBreak,
    /// End the session early.
    Stop,
    /// The debrief was read.
    DebriefRead,
    /// Wipe the data from the device.
    Withdraw,
    /// Save a file.
    Download(ExportFormat),
    /// Save the kept session of that id as a file.
    SaveKept(String),
    /// Delete the kept session of that id.
    DeleteKept(String),
    /// Send once more.
    SendAgain,
    /// Go to the last step by way of JATOS, which is told that the run is over.
    Leave,
    /// Try again what failed.
    TryAgain,
    /// Change the language.
    Language(String),
}

/// How an answer was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GivenBy {
    /// By a press on a button.
    Button,
    /// By a key.
    Key,
    /// By a simulated participant.
    Simulation,
}

impl GivenBy {
    /// The name used in files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Button => "button",
            Self::Key => "key",
            Self::Simulation => "simulation",
        }
    }
}

/// The forms in which data are saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    /// As jsPsych writes it.
    Csv,
    /// Every event with its hashes.
    Json,
    /// The thesis's table: one row an anchor.
    Wide,
    /// A Psych-DS folder, zipped.
    PsychDs,
}
