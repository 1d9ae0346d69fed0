//! The listening experiment: its design, the plan of a session, and how a session goes on.
//!
//! A *study* is a [`StudyDesign`], kept as `study.json`: everything that decides what a participant
//! meets, so that the file and its SHA-256 serve as a preregistration. A *session* is one sitting of
//! one participant. [`plan_session`] draws its anchors and orders from a seed; [`SessionState`] says
//! which [`Screen`] comes next and takes [`Event`]s; [`SessionLog`] keeps the events as rows, each
//! with the hash of the one before, so that any later change shows.
//!
//! ```text
//! study.json -> StudyDesign -> plan_session -> SessionPlan
//!                                                  |
//! Event, at -> SessionLog (stored)  ->  SessionState::apply -> Screen -> what the page shows
//! ```
//!
//! An *anchor* is a song that is played first; where it is liked, a *block* of recommendations
//! follows, one per condition. Nothing here knows the browser: times are arguments, and replaying the
//! stored events gives the same state.

mod attention;
mod block;
mod design;
mod event;
pub mod export;
pub mod headphones;
mod log;
mod plan;
mod progress;
mod screen;
mod state;

pub use attention::Attention;
pub use block::{Block, BlockSong, Source, plan_block};
pub use design::{
    AnswerRule, Breaks, Checks, Clip, Completion, Control, DataUse, DesignError, DesignFault,
    Exclusions, HeadphoneCheck, Localized, OrderScheme, Preset, Question, SCHEMA_VERSION, SameSong,
    Scale, Send, Songs, Stop, StudyDesign, Texts, text_direction,
};
pub use event::{
    AnsweredTrial, AudioPath, Environment, Event, FailedClip, FocusChange, HeadphoneAnswer, Mode,
    PlannedTrial, Role, Slip, Started, StudyHashes, ToneAnswer,
};
pub use log::{LogError, LogRow, SessionLog, canonical_json};
pub use plan::{PlanError, SessionPlan, plan_session};
pub use progress::{ConditionLikes, Progress};
pub use screen::{EndReason, Screen};
pub use state::{SessionState, StateError};

/// The file of a bundle that holds the design.
pub const STUDY_FILE: &str = "study.json";

#[cfg(test)]
pub(crate) mod tests;
