//! Simulated participants.
//!
//! A *simulated listener* has a known taste: how probably a song is liked, by the condition that chose it.
//! It goes through the same plan, states and log as a person, so that a whole study can be tried before
//! anyone takes part.

mod listener;

pub use listener::{Listener, Preference, PreferenceError, SimulatedAnswer};
