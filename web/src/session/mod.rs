//! A participant's session: what the pages show and what people do there.
//!
//! The pages know this module alone: they read the signals of a [`SessionView`] and report an
//! [`Action`]. Behind it the runner stores each event before the screen moves on.

mod files;
mod head;
mod identity;
mod keeper;
mod material;
mod outbox;
mod playback;
mod runner;
mod signals;
mod simulation;
mod view;

pub(crate) use material::MaterialError;
pub(crate) use runner::open;
pub(crate) use view::{
    Action, ClipPhase, ClipView, ExportFormat, GivenBy, KeptSession, PageScreen, Saving, Sending,
    SessionView, StorageState,
};
#[cfg(all(test, target_arch = "wasm32"))]
pub(crate) use view::{Kept, Resumable, SessionFailure, Unfit};
