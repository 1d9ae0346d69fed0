//! Plans: balance of genres, songs and orders.

use super::session::World;
use crate::catalog::TrackId;
use crate::random::Seed;
use crate::recommend::Condition;
use crate::study::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn genre(world: &World, track_id: &TrackId) -> String {
    let track = world.tracks.iter().find(|track| track.track_id == *track_id).unwrap();
    track.genre.clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn genres_are_balanced_in_every_run_from_the_start(n in 12usize..80, seed: u64) {
        let world = World::new(n, 1);
        let design = Preset::Default.design();
        let plan = plan_session(&design, &world.next(&design, Seed(seed)), "p", Seed(seed)).unwrap();
        prop_assert_eq!(plan.practice.len(), 2);
        prop_assert_eq!(plan.anchors.len(), n - 2);
        let all: BTreeSet<_> = plan.anchors.iter().chain(&plan.practice).collect();
        prop_assert_eq!(all.len(), n, "no song stands twice");
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        // Each genre has n / 4 songs at least; two of any may have gone to the practice.
        for track_id in plan.anchors.iter().take((n / 4 - 2) * 4) {
            *counts.entry(genre(&world, track_id)).or_default() += 1;
            let most = counts.values().max().unwrap();
            let least = if counts.len() < 4 { 0 } else { *counts.values().min().unwrap() };
            prop_assert!(most - least <= 1, "{:?}", counts);
        }
    }

    #[test]
    fn every_order_once_in_each_six_liked_anchors(seed: u64, participant in "[a-z]{0,8}") {
        let world = World::new(12, 1);
        let design = Preset::Default.design();
        let next = world.next(&design, Seed(0));
        let plan = plan_session(&design, &next, &participant, Seed(seed)).unwrap();
        for group in 0..4 {
            let orders: BTreeSet<Vec<Condition>> =
                (0..6).map(|at| plan.order(group * 6 + at)).collect();
            prop_assert_eq!(orders.len(), 6);
            prop_assert!(orders.iter().all(|order| order.len() == 3));
        }
    }
}

#[test]
fn each_song_is_equally_often_among_the_first_anchors() {
    let world = World::new(24, 1);
    let design = Preset::Default.design();
    let next = world.next(&design, Seed(0));
    let mut counts: BTreeMap<TrackId, u32> = BTreeMap::new();
    for seed in 0..2_000 {
        let plan = plan_session(&design, &next, "p", Seed(seed)).unwrap();
        *counts.entry(plan.anchors[0].clone()).or_default() += 1;
    }
    let expected = 2_000.0 / 24.0;
    let chi2: f64 = counts.values().map(|n| (f64::from(*n) - expected).powi(2) / expected).sum();
    // Chi-squared with 23 degrees of freedom: 49.73 is the 0.1 % point.
    assert!(counts.len() == 24 && chi2 < 49.73, "chi2 {chi2}: {counts:?}");
}

#[test]
fn random_orders_are_drawn_anew_each_time_and_evenly() {
    let world = World::new(12, 1);
    let mut design = Preset::Default.design();
    design.order = OrderScheme::Random;
    let next = world.next(&design, Seed(0));
    let plan = plan_session(&design, &next, "p", Seed(8)).unwrap();
    let mut counts: BTreeMap<Vec<Condition>, u32> = BTreeMap::new();
    let mut repeated_in_six = false;
    for group in 0..500 {
        let orders: Vec<_> = (0..6).map(|at| plan.order(group * 6 + at)).collect();
        repeated_in_six |= orders.iter().collect::<BTreeSet<_>>().len() < 6;
        orders.into_iter().for_each(|order| *counts.entry(order).or_default() += 1);
    }
    // Chi-squared with 5 degrees of freedom: 20.5 is the 0.1 % point.
    let chi2: f64 = counts.values().map(|n| (f64::from(*n) - 500.0).powi(2) / 500.0).sum();
    assert!(repeated_in_six && counts.len() == 6 && chi2 < 20.5, "{counts:?}");
}

#[test]
fn plans_depend_on_seed_and_participant_alone() {
    let world = World::new(20, 1);
    let design = Preset::Default.design();
    let plan = |participant: &str, seed| {
        plan_session(&design, &world.next(&design, Seed(5)), participant, Seed(seed)).unwrap()
    };
    assert_eq!(plan("a", 1), plan("a", 1));
    assert_ne!(plan("a", 1).anchors, plan("b", 1).anchors);
    assert_ne!(plan("a", 1).anchors, plan("a", 2).anchors);
    let orders = |plan: SessionPlan| (0..6).map(|n| plan.order(n)).collect::<Vec<_>>();
    assert_ne!(orders(plan("a", 1)), orders(plan("b", 1)));
}

#[test]
fn two_and_four_conditions_are_balanced_too() {
    let world = World::new(12, 1);
    for (recommenders, n_orders) in [
        (vec![Condition::Lyrics], 2),
        (vec![Condition::Audio, Condition::Multimodal, Condition::Lyrics], 24),
    ] {
        let mut design = Preset::Default.design();
        design.recommenders = recommenders;
        let next = world.next(&design, Seed(0));
        let plan = plan_session(&design, &next, "p", Seed(3)).unwrap();
        let orders: BTreeSet<_> = (n_orders..2 * n_orders).map(|n| plan.order(n)).collect();
        assert_eq!(orders.len(), n_orders as usize);
    }
}

#[test]
fn too_few_songs_are_told_with_what_to_do() {
    let mut design = Preset::Default.design();
    let world = World::new(5, 1);
    let error = |design: &StudyDesign| {
        let next = world.next(design, Seed(0));
        plan_session(design, &next, "p", Seed(0)).unwrap_err().to_string()
    };
    let text = error(&design);
    assert!(text.contains("5 songs") && text.contains("needs 6") && text.contains("\"all\""));
    design.songs = Songs::All;
    assert!(!error(&design).contains("\"all\""));
}
