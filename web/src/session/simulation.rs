//! A simulated participant, run through the real page.

use super::material::MaterialError;
use super::view::{Action, PageScreen};
use crate::platform::address::Parameters;
use shared::random::Seed;
use shared::simulate::{Listener, Preference, SimulatedAnswer};
use shared::study::{PlannedTrial, Screen, StudyDesign};
use std::cell::Cell;

/// Between an answer and the next song, in milliseconds of the participant's own time.
const BETWEEN_MILLIS: u64 = 500;

/// A listener of known taste, who answers without waiting for the sound.
pub(super) struct Simulation {
    listener: Listener,
    /// How far the participant's time is ahead of the clock.
    ahead_millis: Cell<u64>,
}

impl Simulation {
    /// The listener that the address describes by `preference` and `seed`.
    ///
    /// # Errors
    ///
    /// If the preference can't be read.
    pub(super) fn of(parameters: &Parameters) -> Result<Self, MaterialError> {
        let preference: Preference = parameters.preference().unwrap_or("").parse()?;
        let seed = parameters.seed().ok().flatten().unwrap_or(0);
        let listener = Listener::new(preference, Seed(seed));
        Ok(Self { listener, ahead_millis: Cell::new(0) })
    }

    /// How far the participant's time is ahead of the clock.
    pub(super) fn ahead_millis(&self) -> u64 {
        self.ahead_millis.get()
    }

    /// The answer to a trial; the participant's time moves on by it.
    pub(super) fn answer(&self, trial: &PlannedTrial, design: &StudyDesign) -> SimulatedAnswer {
        let answer = self.listener.answer(trial, design);
        self.ahead_millis.set(self.ahead_millis.get() + answer.rt_millis + BETWEEN_MILLIS);
        answer
    }

    /// What the participant does on a screen; trials are answered by [`Self::answer`].
    pub(super) fn action_on(screen: &PageScreen) -> Option<Action> {
        let PageScreen::Study(screen) = screen else { return None };
        Some(match screen {
            Screen::Welcome => Action::Start,
            Screen::Consent => Action::Agree,
            Screen::SoundCheck => Action::ToneHeard(true),
            Screen::HeadphoneCheck { .. } => Action::ChooseNoise(0),
            Screen::Instructions => Action::Begin,
            Screen::Break => Action::EndBreak,
            Screen::Debrief(_) => Action::DebriefRead,
            Screen::Trial(_)
            | Screen::Familiarity(_)
            | Screen::Block { .. }
            | Screen::Refused
            | Screen::HeadphonesFailed
            | Screen::Done(_) => return None,
        })
    }
}
