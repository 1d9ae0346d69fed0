//! A simulated session: a listener goes through the same plan, states and rules as a person.

use super::listener::reaction_millis;
use super::population::Taste;
use crate::random::{Seed, Stream};
use crate::recommend::NextTracks;
use crate::study::{
    AnsweredTrial, AudioPath, Environment, Event, FocusChange, HeadphoneAnswer, Mode, PlanError,
    PlannedTrial, Screen, SessionState, Slip, Started, StudyDesign, StudyHashes, ToneAnswer,
    plan_block, plan_session,
};
use std::sync::Arc;

/// When simulated sessions begin, in milliseconds since 1970.
const BEGIN: u64 = 1_700_000_000_000;
/// How long each screen without a song takes, in milliseconds.
const READING: u64 = 45_000;
const TONE: u64 = 10_000;
const HEADPHONE_TRIAL: u64 = 6_000;
/// Between an answer and the next clip.
const BETWEEN: u64 = 600;
const FAMILIARITY: u64 = 1_200;

/// What a simulated session needs.
#[derive(Debug, Clone, Copy)]
pub struct SessionSetting<'a> {
    /// The design.
    pub design: &'a Arc<StudyDesign>,
    /// The recommenders.
    pub recommendations: &'a NextTracks,
    /// How good each song is, on the logit scale, in the order of the recommenders' songs.
    pub qualities: &'a [f64],
    /// What the session says it was run with.
    pub hashes: &'a StudyHashes,
}

/// Runs a session; its events with their times in milliseconds since 1970. The same seed gives the same
/// session.
///
/// # Errors
///
/// If the catalogue is too small for the design.
pub fn simulate_session(
    setting: SessionSetting<'_>,
    taste: &Taste,
    participant: &str,
    seed: Seed,
) -> Result<Vec<(u64, Event)>, PlanError> {
    let SessionSetting { design, recommendations, .. } = setting;
    let plan = plan_session(design, recommendations, participant, seed)?;
    let mut session = Running {
        setting,
        taste,
        participant,
        seed,
        state: SessionState::new(Arc::clone(design), plan),
        stream: seed.stream(&format!("simulate/session/{participant}")),
        familiar: false,
        at_millis: BEGIN,
        events: Vec::new(),
    };
    while session.go_on() {}
    Ok(session.events)
}

struct Running<'a> {
    setting: SessionSetting<'a>,
    taste: &'a Taste,
    participant: &'a str,
    seed: Seed,
    state: SessionState,
    stream: Stream,
    /// Whether the song that was heard last is known.
    familiar: bool,
    at_millis: u64,
    events: Vec<(u64, Event)>,
}

impl Running<'_> {
    fn take(&mut self, after_millis: u64, event: Event) {
        self.at_millis += after_millis;
        self.state.apply(&event, self.at_millis).expect("what the screen asks for");
        self.events.push((self.at_millis, event));
    }

    /// One screen; `false` where the session is over, or the listener leaves.
    fn go_on(&mut self) -> bool {
        let (after, event) = match self.state.screen().clone() {
            Screen::Welcome => (0, Event::Started(Box::new(self.started()))),
            Screen::Consent => (READING, Event::ConsentGiven),
            Screen::SoundCheck => {
                let audio = AudioPath::default();
                (TONE, Event::ToneAnswered(ToneAnswer { heard: true, n_plays: 1, audio }))
            }
            Screen::HeadphoneCheck { index } => {
                let answer = HeadphoneAnswer { index, target: 0, answer: 0, rt_millis: 900 };
                (HEADPHONE_TRIAL, Event::HeadphoneAnswered(answer))
            }
            Screen::Instructions => (READING, Event::Began),
            Screen::Trial(trial) => {
                self.trial(trial);
                return true;
            }
            Screen::Familiarity(trial) => {
                let (trial, familiar) = (trial.number, self.familiar);
                let rt_millis = FAMILIARITY;
                (FAMILIARITY, Event::FamiliarityAnswered { trial, familiar, rt_millis })
            }
            Screen::Block { anchor_id, liked_number } => {
                // Whoever leaves does so between blocks.
                if self.stream.chance(self.taste.population().drop_out) {
                    return false;
                }
                let block = plan_block(
                    (self.state.design(), self.state.plan()),
                    self.setting.recommendations,
                    (&anchor_id, liked_number),
                    self.state.played(),
                );
                (0, Event::BlockPlanned(block))
            }
            Screen::Break => {
                let secs = self.state.design().breaks.map_or(0, |breaks| breaks.at_least_secs);
                (u64::from(secs.max(20)) * 1_000, Event::BreakEnded)
            }
            Screen::Debrief(_) => (READING, Event::DebriefRead),
            Screen::Done(_) | Screen::Refused | Screen::HeadphonesFailed => return false,
        };
        self.take(after, event);
        true
    }

    fn trial(&mut self, trial: PlannedTrial) {
        let population = self.taste.population();
        let place = self.setting.recommendations.position(&trial.track_id);
        let quality = place.map_or(0.0, |place| self.setting.qualities[place]);
        self.familiar = self.stream.chance(population.familiar);
        let is_careless = self.stream.chance(population.careless);
        let has_slip = self.stream.chance(population.slip);
        let loses_focus = self.stream.chance(population.focus_loss);
        let probability = self.taste.probability(&trial, quality, self.familiar);
        let is_liked = self.stream.chance(if is_careless { 0.5 } else { probability });
        let design = self.setting.design;
        let answers = design.question.scale.answers();
        let fitting: Vec<u8> = answers.filter(|a| design.is_liked(*a) == is_liked).collect();
        let response = *self.stream.pick(&fitting);
        let rt_millis = if is_careless {
            self.stream.between(80.0, 290.0) as u64
        } else {
            reaction_millis(design.answer.from_secs, &mut self.stream)
        };
        if has_slip {
            let (trial, key) = (trial.number, "x".to_owned());
            self.take(0, Event::Slip(Slip { trial, key, rt_millis: Some(rt_millis / 2) }));
        }
        if loses_focus {
            self.take(0, Event::Focus { change: FocusChange::Blur });
            self.take(2_000, Event::Focus { change: FocusChange::Focus });
        }
        let clip_millis = (design.clip.seconds * 1_000.0) as u64;
        let answered = AnsweredTrial {
            trial,
            response,
            rt_millis,
            clip_started_at_millis: self.at_millis + BETWEEN,
            listened_millis: rt_millis.min(clip_millis),
            clip_millis,
            given_by: "simulated".to_owned(),
            audio: AudioPath::default(),
        };
        self.take(BETWEEN + rt_millis, Event::TrialAnswered(Box::new(answered)));
    }

    fn started(&self) -> Started {
        let design = self.state.design();
        Started {
            session_id: self.participant.to_owned(),
            participant: self.participant.to_owned(),
            mode: Mode::Sim,
            seed: self.seed.0,
            language: design.languages.first().cloned().unwrap_or_default(),
            hashes: self.setting.hashes.clone(),
            scale: design.question.scale,
            liked_from: design.question.liked_from,
            parameters: Vec::new(),
            environment: Environment::default(),
            storage: "memory".to_owned(),
        }
    }
}
