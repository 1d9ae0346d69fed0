//! Simulated participants, and what a study of them would find.
//!
//! A *simulated listener* has a known taste: how probably a song is liked, by the condition that chose it.
//! It goes through the same plan, states and log as a person, so that a whole study can be tried before
//! anyone takes part.
//!
//! * [`Listener`] has fixed probabilities: to try a session out.
//! * [`Population`] is what a study would be drawn from: people and songs that differ, effects of place
//!   and familiarity, carelessness, people who leave. A [`SimulatedStudy`] sends its members through plan,
//!   stopping rule, exclusions and planned analysis; [`PowerPlan`] does so again and again, to know how
//!   often an effect would be found.
//! * [`ThesisPower`] repeats the thesis's simulations, in which nobody and no song differs.

mod listener;
mod population;
mod power;
mod session;
mod study;
mod thesis;
mod world;

pub use listener::{Listener, Preference, PreferenceError, SimulatedAnswer};
pub use population::{Population, PopulationError, Taste};
pub use power::{
    Cell, CellPower, ContrastPower, FoundContrast, PowerCurve, PowerPlan, PowerSimulation,
    Replication,
};
pub use session::{SessionSetting, simulate_session};
pub use study::{SimulatedStudy, StudyOutcome};
pub use thesis::ThesisPower;
pub use world::simulated_catalogue;

#[cfg(test)]
mod tests;
