//! A simulated study: simulated sessions, the design's exclusions, the planned analysis.

use super::population::{Population, Taste, qualities};
use super::session::{SessionSetting, simulate_session};
use crate::analysis::{Kept, ModelResult, fit_planned};
use crate::random::Seed;
use crate::recommend::{Condition, NextTracks};
use crate::statistics::glmm::ModelError;
use crate::study::{Event, Mode, PlanError, StudyDesign, StudyHashes};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Studies of one design, one population and one number of participants.
#[derive(Debug)]
pub struct SimulatedStudy {
    design: Arc<StudyDesign>,
    recommendations: Arc<NextTracks>,
    population: Population,
    n_participants: usize,
    hashes: StudyHashes,
}

/// What a study found, in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyOutcome {
    /// The planned model, or why there was none.
    pub model: Result<ModelResult, ModelError>,
    /// Participants whose sessions count.
    pub n_kept: usize,
    /// How long a session took on average, in minutes.
    pub minutes: f64,
}

impl SimulatedStudy {
    /// Studies of that design over these recommenders.
    pub fn new(
        design: Arc<StudyDesign>,
        recommendations: Arc<NextTracks>,
        population: Population,
        n_participants: usize,
    ) -> Self {
        let hashes = StudyHashes {
            study_id: design.study_id.clone(),
            study: "0".repeat(64),
            catalog: "0".repeat(64),
            embeddings: BTreeMap::new(),
            wasm: "0".repeat(64),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Self { design, recommendations, population, n_participants, hashes }
    }

    /// The same studies, whose sessions say that they were run with these hashes.
    pub fn with_hashes(mut self, hashes: StudyHashes) -> Self {
        self.hashes = hashes;
        self
    }

    /// The conditions that are compared.
    pub fn conditions(&self) -> Vec<Condition> {
        self.design.conditions()
    }

    /// The events of each session of one study, with their times.
    ///
    /// # Errors
    ///
    /// If the catalogue is too small for the design.
    pub fn sessions(&self, seed: Seed) -> Result<Vec<Vec<(u64, Event)>>, PlanError> {
        let qualities = qualities(&self.population, self.recommendations.tracks().len(), seed);
        let setting = SessionSetting {
            design: &self.design,
            recommendations: &self.recommendations,
            qualities: &qualities,
            hashes: &self.hashes,
        };
        let session = |participant: usize| {
            let name = format!("p{participant:04}");
            let mut stream = seed.stream(&format!("simulate/taste/{name}"));
            let taste = Taste::draw(&self.population, &mut stream);
            simulate_session(setting, &taste, &name, seed)
        };
        (0..self.n_participants).map(session).collect()
    }

    /// One study from its first session to its planned analysis. `near` is what a similar study found,
    /// where the model's fit starts; it changes how long that takes and not what comes out.
    ///
    /// # Errors
    ///
    /// If the catalogue is too small for the design.
    pub fn run(&self, seed: Seed, near: Option<&ModelResult>) -> Result<StudyOutcome, PlanError> {
        let sessions = self.sessions(seed)?;
        let mut kept = Kept::default();
        for session in &sessions {
            let session_id = session_name(session);
            let events = session.iter().map(|(at_millis, event)| (*at_millis, event));
            kept.take((&self.design, Mode::Sim), session_id, events);
        }
        let millis: u64 = sessions.iter().map(|session| duration_millis(session)).sum();
        Ok(StudyOutcome {
            model: fit_planned(&kept.answers, near),
            n_kept: kept.sessions.len(),
            minutes: millis as f64 / 60_000.0 / sessions.len().max(1) as f64,
        })
    }
}

fn session_name(events: &[(u64, Event)]) -> &str {
    match events.first() {
        Some((_, Event::Started(started))) => &started.session_id,
        _ => "",
    }
}

fn duration_millis(events: &[(u64, Event)]) -> u64 {
    let at = |event: Option<&(u64, Event)>| event.map_or(0, |(at_millis, _)| *at_millis);
    at(events.last()).saturating_sub(at(events.first()))
}
