//! Simulated studies: the same twice, what was put in comes back, and nothing is found where nothing is.

use super::*;
use crate::analysis::planned_contrasts;
use crate::random::Seed;
use crate::recommend::Condition;
use crate::statistics::special::logit;
use crate::study::{Event, Preset, Role, StudyDesign};
use std::sync::Arc;

/// Nobody leaves and nothing is left out, so that what is tested is the model.
fn careful() -> Population {
    Population { slip: 0.0, careless: 0.0, focus_loss: 0.0, drop_out: 0.0, ..Population::default() }
}

fn plan(
    population: Population,
    n_participants: Vec<usize>,
    n_liked_anchors: Vec<u32>,
) -> PowerPlan {
    PowerPlan {
        design: Preset::Default.design(),
        population,
        n_participants,
        n_liked_anchors,
        n_songs: 160,
        n_replications: 4,
        alpha: 0.05,
        seed: Seed(7),
    }
}

fn study(design: &StudyDesign, population: Population, n: usize) -> SimulatedStudy {
    let catalogue = simulated_catalogue(design, 160, Seed(3));
    SimulatedStudy::new(Arc::new(design.clone()), Arc::new(catalogue), population, n)
}

#[test]
fn sessions_obey_the_design() {
    let mut design = Preset::Default.design();
    design.question.familiarity = true;
    let sessions = study(&design, careful(), 8).sessions(Seed(5)).unwrap();
    assert_eq!(sessions.len(), 8);
    for session in &sessions {
        let mut heard = std::collections::BTreeSet::new();
        let (mut n_liked_anchors, mut n_familiar, mut n_trials) = (0, 0, 0);
        for (_, event) in session {
            match event {
                Event::TrialAnswered(answered) => {
                    let trial = &answered.trial;
                    assert!(heard.insert(trial.track_id.clone()), "a song was heard twice");
                    n_trials += u32::from(trial.role != Role::Practice);
                    n_liked_anchors +=
                        u32::from(trial.role == Role::Anchor && answered.response == 1);
                }
                Event::FamiliarityAnswered { .. } => n_familiar += 1,
                _ => {}
            }
        }
        assert_eq!(n_liked_anchors, 12);
        assert_eq!(n_familiar, n_trials);
        assert!(matches!(session.last(), Some((_, Event::DebriefRead))));
        assert!(session.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }
}

#[test]
fn some_leave_slip_and_hurry() {
    let population =
        Population { drop_out: 0.1, slip: 0.2, careless: 0.2, focus_loss: 0.1, ..careful() };
    let sessions = study(&Preset::Default.design(), population, 30).sessions(Seed(5)).unwrap();
    let events = || sessions.iter().flatten().map(|(_, event)| event);
    let n_left = sessions.iter().filter(|s| !matches!(s.last(), Some((_, Event::DebriefRead))));
    // 30 of them with a chance of 1 - .9^12 = .72 each.
    assert!((14..30).contains(&n_left.count()));
    assert!(events().any(|event| matches!(event, Event::Slip(_))));
    assert!(events().any(|event| matches!(event, Event::Focus { .. })));
    assert!(events().any(|event| matches!(event, Event::TrialAnswered(a) if a.rt_millis < 300)));
}

#[test]
fn steps_depend_on_nothing_but_the_plan_and_their_number() {
    let plan = plan(Population::default(), vec![4, 8], vec![6]);
    let simulation = PowerSimulation::new(&plan).unwrap();
    assert_eq!(simulation.n_steps(), 8);
    let forward: Vec<Replication> = (0..8).map(|step| simulation.step(step).unwrap()).collect();
    let again = PowerSimulation::new(&plan).unwrap();
    let mut backward: Vec<Replication> =
        (0..8).rev().map(|step| again.step(step).unwrap()).collect();
    backward.reverse();
    assert_eq!(forward, backward);
    // What was kept as JSON is gone on with.
    let half: Vec<Replication> =
        serde_json::from_str(&serde_json::to_string(&forward[..5]).unwrap()).unwrap();
    assert_eq!(half, forward[..5]);
    assert_eq!(simulation.steps_left(&half), [5, 6, 7]);
    let curve = PowerCurve::of(&plan, &forward);
    assert_eq!(curve.cells.len(), 2);
    assert!(curve.cells.iter().all(|cell| cell.n_studies == 4 && cell.contrasts.len() == 3));
    assert!(curve.cells.iter().all(|cell| (1.0..30.0).contains(&cell.minutes)), "{curve:?}");
}

/// An effect of one and a half logits with 24 participants is found, and the least number is the least
/// that finds it.
#[test]
fn clear_effects_are_found() {
    let population = Population { drop_out: 0.0, ..Population::default() };
    let population = Population {
        by_condition: [
            (Condition::Audio, 0.5),
            (Condition::Multimodal, 0.8),
            (Condition::Random, 0.3),
        ]
        .into(),
        ..population
    };
    let plan = PowerPlan { n_replications: 6, ..plan(population, vec![3, 24], vec![12]) };
    let simulation = PowerSimulation::new(&plan).unwrap();
    let done: Vec<Replication> =
        (0..simulation.n_steps()).map(|step| simulation.step(step).unwrap()).collect();
    let curve = PowerCurve::of(&plan, &done);
    let power = |cell: usize| curve.cells[cell].contrasts[0].power.value;
    assert_eq!(power(1), 1.0, "{curve:#?}");
    assert!(power(0) < 1.0);
    let pair = (Condition::Multimodal, Condition::Audio);
    assert_eq!(curve.minimum_participants(pair, 12, 0.9), Some(24));
    assert_eq!(curve.minimum_participants(pair, 13, 0.9), None);
}

#[test]
fn a_cell_that_is_asked_for_twice_is_simulated_once() {
    let plan = plan(careful(), vec![4, 4], vec![6, 6]);
    let simulation = PowerSimulation::new(&plan).unwrap();
    assert_eq!(simulation.n_steps(), plan.n_replications);
}

/// Known effects lie within their 95 % intervals in about 95 % of studies, and where there are none 5 %
/// are found. Of `n` studies with three contrasts each, dependent ones, the share within has a standard
/// deviation of at most sqrt(.05 * .95 / n).
#[test]
fn what_was_put_in_comes_back() {
    let population = careful();
    let n = 50;
    for population in [population.clone(), population.without_effect(Condition::Random)] {
        let plan = PowerPlan { n_replications: n, ..plan(population.clone(), vec![24], vec![12]) };
        let simulation = PowerSimulation::new(&plan).unwrap();
        let done: Vec<Replication> = (0..n).map(|step| simulation.step(step).unwrap()).collect();
        let truth = |condition| logit(population.by_condition[&condition]);
        let (mut within, mut rejected) = (0, 0);
        let pairs = planned_contrasts(&plan.design.conditions());
        let mut means = vec![0.0; pairs.len()];
        for replication in &done {
            assert!(replication.converged);
            for (found, mean) in replication.contrasts.iter().zip(&mut means) {
                let expected = truth(found.first) - truth(found.second);
                within += u32::from((found.estimate - expected).abs() < 1.959964 * found.se);
                rejected += u32::from(found.p_value < 0.05);
                *mean += (found.estimate - expected) / n as f64;
            }
        }
        let share = f64::from(within) / (n as f64 * pairs.len() as f64);
        let spread = (0.05f64 * 0.95 / n as f64).sqrt();
        assert!((share - 0.95).abs() < 3.0 * spread, "{share} within their intervals");
        if population.by_condition[&Condition::Audio] == population.by_condition[&Condition::Random]
        {
            let rate = f64::from(rejected) / (n as f64 * pairs.len() as f64);
            assert!((rate - 0.05).abs() < 3.0 * spread, "{rate} rejected without an effect");
        }
        // A mean of 50 estimates with standard errors of about .2.
        assert!(means.iter().all(|mean| mean.abs() < 0.1), "{means:?}");
    }
}

#[test]
fn populations_are_read_and_errors_name_the_part() {
    let population: Population = "audio:0.9, sd-song:0, position-effect:-1,slip:1".parse().unwrap();
    assert_eq!(population.by_condition[&Condition::Audio], 0.9);
    assert_eq!((population.sd_song, population.position_effect, population.slip), (0.0, -1.0, 1.0));
    assert_eq!("".parse::<Population>(), Ok(Population::default()));
    for name in Population::NAMES {
        let value = if name == "anchor" { "0.5" } else { "0.25" };
        assert!(format!("{name}:{value}").parse::<Population>().is_ok(), "{name}");
    }
    for (text, expected) in [
        ("audio:1", "'audio:1': expected a probability between 0 and 1"),
        ("anchor:0", "'anchor:0': expected a probability between"),
        ("sd-song:-1", "'sd-song:-1': expected a standard deviation"),
        ("familiar-effect:x", "'familiar-effect:x': expected an effect"),
        ("slip:2", "'slip:2': expected a probability from 0 to 1"),
        ("hearing:1", "'hearing:1': expected a condition, anchor"),
        ("audio", "'audio': expected NAME:VALUE"),
    ] {
        let error = text.parse::<Population>().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_catalogue_that_is_too_small_says_so() {
    let plan = PowerPlan { n_songs: 4, ..plan(careful(), vec![4], vec![6]) };
    let error = PowerSimulation::new(&plan).unwrap_err().to_string();
    assert!(error.contains("4 songs"), "{error}");
}
