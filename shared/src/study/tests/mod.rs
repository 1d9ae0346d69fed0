//! Whole sessions, played by chance, and what must hold of them.

mod blocks;
mod designs;
mod logs;
mod plans;
mod schema;
mod session;
mod states;

pub(crate) use session::{Player, World, answered as answered_of, started as started_for};
