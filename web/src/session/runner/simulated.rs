//! A simulated participant's answers, through the same screens and store as anyone's.

use super::{Command, Runner};
use crate::platform::clock::sleep;
use crate::session::simulation::Simulation;
use crate::session::view::{GivenBy, PageScreen};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::study::{AnsweredTrial, AudioPath, Event, Screen, Slip};
use std::rc::Rc;

impl Runner {
    /// Lets a simulated participant do what the screen asks for, once the page has drawn it.
    pub(super) fn simulate(self: &Rc<Self>) {
        if self.simulation.is_none() {
            return;
        }
        let runner = Rc::clone(self);
        spawn_local(async move {
            sleep(0).await;
            let screen = runner.signals.screen.get_untracked();
            match (Simulation::action_on(&screen), screen) {
                (Some(action), _) => runner.act(action),
                (None, PageScreen::Study(Screen::Trial(_) | Screen::Familiarity(_))) => {
                    runner.push(Command::Simulated);
                }
                _ => {}
            }
        });
    }

    pub(super) async fn answer_simulated(self: &Rc<Self>) {
        let (Some(simulation), Some(keeper)) = (&self.simulation, self.keeper()) else { return };
        let screen = keeper.state().screen().clone();
        match screen {
            Screen::Trial(trial) => {
                let started_at_millis = self.now_millis();
                let answer = simulation.answer(&trial, &self.material.design);
                for rt_millis in answer.slips {
                    let (trial, key) = (trial.number, "x".to_owned());
                    let rt_millis = Some(rt_millis);
                    self.record(Event::Slip(Slip { trial, key, rt_millis })).await;
                }
                let clip_millis = (self.material.design.clip.seconds * 1_000.0).round() as u64;
                let answered = AnsweredTrial {
                    trial,
                    response: answer.response,
                    rt_millis: answer.rt_millis,
                    clip_started_at_millis: started_at_millis,
                    listened_millis: answer.rt_millis.min(clip_millis),
                    clip_millis,
                    given_by: GivenBy::Simulation.name().to_owned(),
                    audio: AudioPath {
                        context_state: "skipped".to_owned(),
                        ..AudioPath::default()
                    },
                };
                self.record(Event::TrialAnswered(Box::new(answered))).await;
            }
            Screen::Familiarity(trial) => {
                let answer = simulation.answer(&trial, &self.material.design);
                let (trial, familiar) = (trial.number, answer.familiar == Some(true));
                let rt_millis = answer.rt_millis;
                self.record(Event::FamiliarityAnswered { trial, familiar, rt_millis }).await;
            }
            _ => {}
        }
    }
}
