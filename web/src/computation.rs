//! What is computed beside the researcher's pages: the analysis of sessions and simulated studies.

use crate::platform::worker::{self, Computation, Message};
use crate::visit::RESEARCHER;
use serde::{Deserialize, Serialize};
use shared::analysis::{AnalysisOptions, SessionFile, analyse, read_sessions};
use shared::figure::{Part, report_page, report_parts};
use shared::json;
use shared::random::Seed;
use shared::simulate::{Population, PowerCurve, PowerPlan, PowerSimulation, Replication};
use shared::study::{Mode, StudyDesign};
use std::collections::BTreeMap;

/// What a worker is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Task {
    /// To analyse sessions. The bytes are study.json and then the files.
    Analyse {
        /// Names of the files.
        names: Vec<String>,
        /// Which sessions count.
        mode: Mode,
        /// Genres by track id; empty where they are not known.
        genres: BTreeMap<String, String>,
    },
    /// To simulate studies. The bytes are study.json.
    Simulate(PowerTask),
}

/// Studies to be simulated.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PowerTask {
    /// Numbers of participants.
    pub(crate) n_participants: Vec<usize>,
    /// Liked anchors of each participant.
    pub(crate) n_liked_anchors: u32,
    /// The population, as text.
    pub(crate) population: String,
    /// Songs of the catalogue.
    pub(crate) n_songs: usize,
    /// Studies of each number of participants.
    pub(crate) n_replications: u64,
    /// Those that were simulated already.
    pub(crate) done: Vec<Replication>,
}

/// What a worker tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Told {
    /// The report.
    Report(Findings),
    /// A simulated study.
    Study(Replication),
    /// All studies were simulated.
    Simulated,
    /// It can't be done.
    Failed(String),
}

/// A report in its forms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Findings {
    /// The parts, to be shown.
    pub(crate) parts: Vec<Part>,
    /// The page, to be saved.
    pub(crate) html: String,
    /// All numbers, to be saved.
    pub(crate) csv: String,
}

/// Starts a worker on a task.
///
/// # Errors
///
/// If the browser has no such workers.
pub(crate) fn start(
    task: &Task,
    bytes: Vec<Vec<u8>>,
    heard: impl Fn(Told) + Clone + 'static,
) -> Result<Computation, String> {
    let text = serde_json::to_string(task).expect("texts and numbers are JSON");
    let heard = move |message: Result<Message, String>| {
        let told = message.and_then(|message| {
            json::from_slice(message.text.as_bytes()).map_err(|error| error.to_string())
        });
        heard(told.unwrap_or_else(Told::Failed));
    };
    // The page is a part of the program, which therefore is there.
    Computation::start(RESEARCHER, Message { text, bytes, files: Vec::new() }, heard, |_| {})
}

/// In a worker: does what is asked for.
pub(crate) fn serve() {
    worker::serve(|message| {
        let done = match json::from_slice(message.text.as_bytes()) {
            Ok(Task::Analyse { names, mode, genres }) => {
                report(names, message.bytes, mode, &genres)
            }
            Ok(Task::Simulate(task)) => simulate(&task, &message.bytes),
            Err(error) => Err(error.to_string()),
        };
        tell(&done.unwrap_or_else(Told::Failed));
    });
}

fn tell(told: &Told) {
    let text = serde_json::to_string(told).expect("texts and numbers are JSON");
    worker::tell(&Message { text, ..Message::default() });
}

fn design(bytes: &[Vec<u8>]) -> Result<(StudyDesign, &[u8]), String> {
    let json = bytes.first().map_or(&[][..], Vec::as_slice);
    let design = StudyDesign::from_json(json);
    design.map(|design| (design, json)).map_err(|error| crate::wording::chain(&error))
}

fn report(
    names: Vec<String>,
    bytes: Vec<Vec<u8>>,
    mode: Mode,
    genres: &BTreeMap<String, String>,
) -> Result<Told, String> {
    let (design, json) = design(&bytes)?;
    let files = names.into_iter().zip(bytes[1..].iter().cloned());
    let sessions = read_sessions(files.map(|(name, bytes)| SessionFile { name, bytes }));
    let faults: Vec<String> =
        sessions.faults.iter().map(|fault| crate::wording::chain(fault)).collect();
    let genres = Some(genres).filter(|genres| !genres.is_empty());
    let options = AnalysisOptions { mode, genres, ..AnalysisOptions::default() };
    let found = analyse(&sessions, (&design, json), options);
    let report = found.map_err(|error| {
        let all = std::iter::once(crate::wording::chain(&error)).chain(faults.iter().cloned());
        all.collect::<Vec<_>>().join("; ")
    })?;
    Ok(Told::Report(Findings {
        parts: report_parts(&report, &faults),
        html: report_page(&report, &faults),
        csv: report.to_tidy_csv(),
    }))
}

/// What a task simulates.
///
/// # Errors
///
/// If the population is none.
pub(crate) fn plan(task: &PowerTask, design: StudyDesign) -> Result<PowerPlan, String> {
    Ok(PowerPlan {
        design,
        population: task.population.parse::<Population>().map_err(|error| error.to_string())?,
        n_participants: task.n_participants.clone(),
        n_liked_anchors: vec![task.n_liked_anchors],
        n_songs: task.n_songs,
        n_replications: task.n_replications,
        alpha: 0.05,
        seed: Seed(1),
    })
}

/// The power by what was simulated so far.
pub(crate) fn curve(plan: &PowerPlan, done: &[Replication]) -> PowerCurve {
    PowerCurve::of(plan, done)
}

fn simulate(task: &PowerTask, bytes: &[Vec<u8>]) -> Result<Told, String> {
    let plan = plan(task, design(bytes)?.0)?;
    let simulation = PowerSimulation::new(&plan).map_err(|error| crate::wording::chain(&error))?;
    for step in simulation.steps_left(&task.done) {
        let study = simulation.step(step).map_err(|error| crate::wording::chain(&error))?;
        tell(&Told::Study(study));
    }
    Ok(Told::Simulated)
}
