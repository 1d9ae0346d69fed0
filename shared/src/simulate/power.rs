//! How often an effect would be found: power over numbers of participants and of trials.
//!
//! A [`PowerSimulation`] is a list of steps, one simulated study each. A step depends on nothing but the
//! plan and its number, so that steps can be run in any order, in parallel, in a worker, and gone on with
//! after a pause: whoever runs them keeps the [`Replication`]s and asks for the [`PowerCurve`] whenever
//! they like.

use super::population::Population;
use super::study::{SimulatedStudy, StudyOutcome};
use super::world::simulated_catalogue;
use crate::analysis::{ModelResult, planned_contrasts};
use crate::random::Seed;
use crate::recommend::Condition;
use crate::statistics::{Count, Estimate, wilson_interval_at};
use crate::study::{PlanError, Stop, StudyDesign};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct PowerPlan {
    /// The design; its `stop.liked_anchors` is replaced by each of `n_liked_anchors`.
    pub design: StudyDesign,
    /// Whom participants are drawn from.
    pub population: Population,
    /// Numbers of participants to try.
    pub n_participants: Vec<usize>,
    /// Numbers of liked anchors a participant to try; each is followed by one song of each condition.
    pub n_liked_anchors: Vec<u32>,
    /// Songs of the made-up catalogue.
    pub n_songs: usize,
    /// Studies of each cell.
    pub n_replications: u64,
    /// Level of the tests, whose p-values are corrected by Holm.
    pub alpha: f64,
    /// What everything is drawn from.
    pub seed: Seed,
}

/// A number of participants and of liked anchors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cell {
    /// Participants.
    pub n_participants: usize,
    /// Liked anchors a participant.
    pub n_liked_anchors: u32,
}

/// What one simulated study found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replication {
    /// Number of the step.
    pub step: u64,
    /// Its cell.
    pub cell: Cell,
    /// Of each planned contrast the estimate (logit), its standard error, and the p-value as corrected by
    /// Holm; empty where no model could be fitted.
    pub contrasts: Vec<FoundContrast>,
    /// Whether the model converged, and whether condition effects of each participant's own were kept.
    pub converged: bool,
    /// The same.
    pub has_slopes: bool,
    /// Participants whose sessions counted.
    pub n_kept: usize,
    /// How long a session took on average, in minutes.
    pub minutes: f64,
}

/// A planned contrast as one study found it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FoundContrast {
    /// The condition that is held to be liked more.
    pub first: Condition,
    /// The other.
    pub second: Condition,
    /// Difference of logits.
    pub estimate: f64,
    /// Its standard error.
    pub se: f64,
    /// Two-sided p-value.
    pub p_value: f64,
    /// The same, corrected by Holm.
    pub p_holm: f64,
}

/// Steps to be run.
#[derive(Debug)]
pub struct PowerSimulation {
    cells: Vec<(Cell, SimulatedStudy, Option<ModelResult>)>,
    n_replications: u64,
    seed: Seed,
}

impl PowerSimulation {
    /// Prepares the steps. A study of each cell is run already, with a seed of its own, as the start of
    /// its fits.
    ///
    /// # Errors
    ///
    /// If the catalogue is too small for the design.
    pub fn new(plan: &PowerPlan) -> Result<Self, PlanError> {
        let seed = plan.seed;
        let catalogue = Arc::new(simulated_catalogue(&plan.design, plan.n_songs, seed));
        let mut cells: Vec<(Cell, SimulatedStudy, Option<ModelResult>)> = Vec::new();
        for n_liked_anchors in &plan.n_liked_anchors {
            let stop = stop_after(*n_liked_anchors, plan.design.stop);
            let design = Arc::new(StudyDesign { stop, ..plan.design.clone() });
            for n_participants in &plan.n_participants {
                let cell =
                    Cell { n_participants: *n_participants, n_liked_anchors: *n_liked_anchors };
                // The same cell again would draw the same studies, and count them twice.
                if cells.iter().any(|(known, ..)| *known == cell) {
                    continue;
                }
                let study = SimulatedStudy::new(
                    Arc::clone(&design),
                    Arc::clone(&catalogue),
                    plan.population.clone(),
                    *n_participants,
                );
                let first = study.run(derived(seed, "first"), None)?;
                cells.push((cell, study, first.model.ok()));
            }
        }
        Ok(Self { cells, n_replications: plan.n_replications, seed })
    }

    /// Number of steps. They go through all cells again and again, so that every cell has about as many
    /// studies at any time.
    pub fn n_steps(&self) -> u64 {
        self.n_replications * self.cells.len() as u64
    }

    /// Runs a step.
    ///
    /// # Errors
    ///
    /// If the catalogue is too small for the design.
    pub fn step(&self, step: u64) -> Result<Replication, PlanError> {
        let n_cells = self.cells.len() as u64;
        let (cell, study, near) = &self.cells[(step % n_cells) as usize];
        let seed = derived(self.seed, &format!("replication/{}", step / n_cells));
        let outcome = study.run(seed, near.as_ref())?;
        Ok(Replication::new(step, *cell, outcome))
    }

    /// The steps that are still to be run after these.
    pub fn steps_left(&self, done: &[Replication]) -> Vec<u64> {
        let mut is_done = vec![false; self.n_steps() as usize];
        for replication in done {
            if let Some(is_done) = is_done.get_mut(replication.step as usize) {
                *is_done = true;
            }
        }
        (0..self.n_steps()).filter(|step| !is_done[*step as usize]).collect()
    }
}

/// The design's rule for another number of liked anchors: with as many anchors at most for each liked one.
fn stop_after(n_liked_anchors: u32, stop: Stop) -> Stop {
    let anchors = match (stop.anchors, stop.liked_anchors) {
        (Some(most), Some(liked)) if liked > 0 => {
            Some((u64::from(most) * u64::from(n_liked_anchors)).div_ceil(u64::from(liked)) as u32)
        }
        (most, _) => most,
    };
    Stop { liked_anchors: Some(n_liked_anchors), anchors, ..stop }
}

/// A seed of its own for each use.
fn derived(seed: Seed, name: &str) -> Seed {
    Seed(seed.stream(&format!("simulate/power/{name}")).bits())
}

impl Replication {
    fn new(step: u64, cell: Cell, outcome: StudyOutcome) -> Self {
        let StudyOutcome { model, n_kept, minutes } = outcome;
        let model = model.ok();
        let contrasts =
            model.iter().flat_map(|model| &model.contrasts).map(|found| FoundContrast {
                first: found.first,
                second: found.second,
                estimate: found.contrast.estimate,
                se: found.contrast.se,
                p_value: found.contrast.p_value,
                p_holm: found.p_holm,
            });
        Self {
            step,
            cell,
            contrasts: contrasts.collect(),
            converged: model.as_ref().is_some_and(|model| model.fit.converged),
            has_slopes: model.as_ref().is_some_and(|model| model.has_slopes),
            n_kept,
            minutes,
        }
    }
}

/// Power by cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PowerCurve {
    /// The cells, by participants and liked anchors.
    pub cells: Vec<CellPower>,
}

/// Power of a cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellPower {
    /// The cell.
    pub cell: Cell,
    /// Studies that were simulated.
    pub n_studies: u64,
    /// Studies whose model could not be fitted or did not converge: they found nothing.
    pub n_failed: u64,
    /// Each planned contrast.
    pub contrasts: Vec<ContrastPower>,
    /// How often any planned contrast is significant in either direction, with a 95 % interval: where there is no
    /// effect, the rate of false claims.
    pub any: Estimate,
    /// Minutes a participant.
    pub minutes: f64,
    /// Participants whose sessions counted, on average.
    pub n_kept: f64,
}

/// Power of a planned contrast.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContrastPower {
    /// The condition that is held to be liked more.
    pub first: Condition,
    /// The other.
    pub second: Condition,
    /// How often the first is found to be liked more (corrected by Holm), with a 95 % interval over
    /// the simulated studies.
    pub power: Estimate,
    /// How often the two are found to differ in either direction, without correction: the rate of false
    /// positives where they do not.
    pub uncorrected: Estimate,
}

impl PowerCurve {
    /// The power by the studies that were run so far.
    pub fn of(plan: &PowerPlan, done: &[Replication]) -> Self {
        let mut cells: Vec<Cell> = done.iter().map(|replication| replication.cell).collect();
        cells.sort_unstable();
        cells.dedup();
        let planned = planned_contrasts(&plan.design.conditions());
        let cells = cells.into_iter().map(|cell| {
            let own: Vec<&Replication> = done.iter().filter(|r| r.cell == cell).collect();
            CellPower::of(cell, &own, &planned, plan.alpha)
        });
        Self { cells: cells.collect() }
    }

    /// What holds of a contrast with each number of participants, for that number of liked anchors.
    pub fn by_participants(
        &self,
        (first, second): (Condition, Condition),
        n_liked_anchors: u32,
        what: impl Fn(&ContrastPower) -> Estimate,
    ) -> Vec<(usize, Estimate)> {
        let tried = self.cells.iter().filter(|c| c.cell.n_liked_anchors == n_liked_anchors);
        let found = tried.filter_map(|cell| {
            let own = cell.contrasts.iter().find(|c| c.first == first && c.second == second)?;
            Some((cell.cell.n_participants, what(own)))
        });
        found.collect()
    }

    /// The fewest participants with whom a contrast reaches that power, for that number of liked anchors;
    /// `None` where no number that was tried does.
    pub fn minimum_participants(
        &self,
        (first, second): (Condition, Condition),
        n_liked_anchors: u32,
        power: f64,
    ) -> Option<usize> {
        let powers = self.by_participants((first, second), n_liked_anchors, |own| own.power);
        let reaching = powers.into_iter().filter(|(_, own)| own.value >= power);
        reaching.map(|(n_participants, _)| n_participants).min()
    }
}

impl CellPower {
    fn of(
        cell: Cell,
        own: &[&Replication],
        planned: &[(Condition, Condition)],
        alpha: f64,
    ) -> Self {
        let n = own.len() as u64;
        let share = |holds: &dyn Fn(&Replication) -> bool| {
            let n_yes = own.iter().filter(|replication| holds(replication)).count() as u64;
            let count = Count { n_yes, n };
            Estimate { value: count.share(), interval: wilson_interval_at(count, 0.95) }
        };
        let mean = |of: &dyn Fn(&Replication) -> f64| {
            own.iter().map(|replication| of(replication)).sum::<f64>() / n as f64
        };
        let contrasts = planned.iter().map(|(first, second)| {
            let found = |replication: &Replication, claims: &dyn Fn(&FoundContrast) -> bool| {
                let mut contrasts = replication.contrasts.iter();
                let own = contrasts.find(|c| c.first == *first && c.second == *second);
                replication.converged && own.is_some_and(claims)
            };
            let for_first = |c: &FoundContrast| c.p_holm < alpha && c.estimate > 0.0;
            ContrastPower {
                first: *first,
                second: *second,
                power: share(&|r| found(r, &for_first)),
                uncorrected: share(&|r| found(r, &|c| c.p_value < alpha)),
            }
        });
        Self {
            cell,
            n_studies: n,
            n_failed: own.iter().filter(|replication| !replication.converged).count() as u64,
            contrasts: contrasts.collect(),
            any: share(&|r| r.converged && r.contrasts.iter().any(|c| c.p_holm < alpha)),
            minutes: mean(&|r| r.minutes),
            n_kept: mean(&|r| r.n_kept as f64),
        }
    }
}
