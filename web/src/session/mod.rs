//! A participant's session: what the pages show and what people do there.
//!
//! The pages know this module alone: they read the signals of a [`SessionView`] and report an
//! [`Action`]. Behind it the runner stores each event before the screen moves on.

mod view;

pub(crate) use view::{
    Action, ClipPhase, ClipView, ExportFormat, GivenBy, PageScreen, Resumable, Saving, Sending, SessionFailure,
    SessionView, StorageState,
};
