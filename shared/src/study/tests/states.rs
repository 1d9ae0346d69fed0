//! The state machine: whole sessions by chance, and each rule by itself.

use super::session::{Player, World, audio, started};
use crate::catalog::TrackId;
use crate::study::export::SessionSummary;
use crate::study::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Designs in which everything happens.
fn designs() -> Vec<StudyDesign> {
    let mut with_checks = Preset::Default.design();
    with_checks.question.familiarity = true;
    with_checks.question.scale = Scale::Points7;
    with_checks.question.liked_from = 5;
    with_checks.checks.headphones =
        Some(HeadphoneCheck { trials: 3, pass_from: 2, required: true });
    with_checks.breaks = Some(Breaks { every_trials: 5, at_least_secs: 0 });
    let mut once = Preset::Default.design();
    once.same_song = SameSong::PlayOnce;
    once.stop = Stop { liked_anchors: None, anchors: None, minutes: Some(3) };
    let mut thesis = Preset::Thesis.design();
    thesis.control = Control::Genre;
    thesis.control_may_be_anchor = true;
    vec![Preset::Default.design(), with_checks, once, thesis]
}

/// Events of every kind, most of which do not fit where the session is.
fn foreign_events(player: &Player) -> Vec<Event> {
    let trial = PlannedTrial {
        number: 999,
        role: Role::Anchor,
        anchor_number: 0,
        anchor_id: TrackId::parse("a").unwrap(),
        track_id: TrackId::parse("a").unwrap(),
        position: 0,
        sources: Vec::new(),
    };
    let block = Block {
        anchor_id: trial.anchor_id.clone(),
        liked_number: 999,
        order: Vec::new(),
        songs: Vec::new(),
    };
    let mut events = vec![
        Event::Started(Box::new(started(&player.log, player.state.design()))),
        Event::ConsentGiven,
        Event::ConsentRefused,
        Event::ToneAnswered(ToneAnswer { heard: false, n_plays: 1, audio: audio() }),
        Event::HeadphoneAnswered(HeadphoneAnswer { index: 9, target: 0, answer: 0, rt_millis: 1 }),
        Event::Began,
        Event::BlockPlanned(block),
        Player::answer(&trial, 1, 10_000),
        Event::FamiliarityAnswered { trial: 999, familiar: true, rt_millis: 1 },
        Event::ClipFailed(Box::new(FailedClip { trial, reason: "missing".into() })),
        Event::Slip(Slip { trial: 999, key: "x".into(), rt_millis: None }),
        Event::Replayed { trial: 999 },
        Event::BreakEnded,
        Event::Focus { change: FocusChange::Blur },
        Event::Resumed,
        Event::LanguageChanged { language: "nl".into() },
        Event::Stopped,
        Event::DebriefRead,
    ];
    if let Screen::Trial(trial) = player.state.screen() {
        // The right trial with an answer that the scale does not have.
        events.push(Player::answer(trial, 9, 10_000));
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_song_is_heard_twice_and_the_control_is_never_the_anchor(
        seed: u64, like in 0.0f64..1.0, chaos in 0.0f64..0.4, n in 20usize..70,
    ) {
        let world = World::new(n, seed);
        let played = Player::new(&world, &Preset::Default.design(), seed).with(like, chaos).finish();
        prop_assert!(matches!(played.state.screen(), Screen::Done(_)));
        let answered = played.answered();
        let songs: BTreeSet<_> = answered.iter().map(|answered| &answered.trial.track_id).collect();
        prop_assert_eq!(songs.len(), answered.len());
        for trial in answered.iter().map(|answered| &answered.trial) {
            prop_assert_eq!(trial.role == Role::Recommendation, trial.track_id != trial.anchor_id);
            prop_assert_eq!(trial.role == Role::Recommendation, !trial.sources.is_empty());
        }
        let numbers: Vec<u32> = answered.iter().map(|answered| answered.trial.number).collect();
        prop_assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn any_beginning_of_a_log_replays_and_wrong_events_change_nothing(
        seed in 0u64..1_000_000, which in 0usize..4, like in 0.3f64..0.9,
    ) {
        let design = designs()[which].clone();
        let world = World::new(24, seed);
        let mut player = Player::new(&world, &design, seed).with(like, 0.3);
        let plan = player.state.plan().clone();
        for n_rows in 0..60 {
            let events = player.log.rows().iter().map(|row| (&row.event, row.at_millis));
            let replayed = SessionState::replay(design.clone(), plan.clone(), events);
            prop_assert_eq!(replayed.as_ref(), Ok(&player.state), "{} rows", n_rows);
            for event in foreign_events(&player) {
                let mut state = player.state.clone();
                if state.apply(&event, player.at_millis).is_err() {
                    prop_assert_eq!(&state, &player.state);
                }
            }
            if !player.step() {
                break;
            }
        }
    }

    #[test]
    fn the_summary_of_the_log_is_what_the_state_counted(
        seed: u64, which in 0usize..4, chaos in 0.0f64..0.3,
    ) {
        let design = designs()[which].clone();
        let played = Player::new(&World::new(24, seed), &design, seed).with(0.6, chaos).finish();
        let (summary, progress) = (SessionSummary::of(&played.log), played.state.progress());
        // Where the session was stopped at the second question, the state does not count that trial.
        let is_open = |rows: &[LogRow]| rows.iter().rev()
            .find_map(|row| match &row.event {
                Event::TrialAnswered(answered) => Some(answered.trial.role != Role::Practice),
                Event::FamiliarityAnswered { .. } | Event::ClipFailed(_) => Some(false),
                _ => None,
            })
            .unwrap_or(false);
        if !(design.question.familiarity && is_open(played.log.rows())) {
            prop_assert_eq!(summary.n_anchors, progress.n_anchors);
            prop_assert_eq!(summary.n_liked_anchors, progress.n_liked_anchors);
            prop_assert_eq!(summary.n_trials, progress.n_trials);
            let heard: Vec<_> =
                played.state.likes().iter().filter(|likes| likes.n_answered > 0).copied().collect();
            prop_assert_eq!(&summary.likes, &heard);
        }
        prop_assert_eq!(summary.n_slips, progress.n_slips);
        prop_assert_eq!(summary.n_focus_losses, progress.n_focus_losses);
        prop_assert_eq!(summary.n_failed_clips, progress.n_failed_clips);
        prop_assert_eq!(summary.n_resumed, progress.n_resumed);
        prop_assert_eq!(summary.is_complete, matches!(played.state.screen(), Screen::Done(_)));
    }
}

fn end(design: &StudyDesign, like: f64) -> (EndReason, Player) {
    let played = Player::new(&World::new(60, 1), design, 1).with(like, 0.0).finish();
    match *played.state.screen() {
        Screen::Done(reason) => (reason, played),
        ref other => panic!("the session ended at {other:?}"),
    }
}

#[test]
fn sessions_stop_by_each_rule() {
    let mut design = Preset::Default.design();
    let stop = |liked_anchors, anchors, minutes| Stop { liked_anchors, anchors, minutes };
    design.stop = stop(Some(3), None, None);
    let (reason, played) = end(&design, 0.5);
    assert_eq!((reason, played.state.progress().n_liked_anchors), (EndReason::LikedAnchors, 3));
    let last = played.answered().last().unwrap().trial.clone();
    assert_eq!((last.role, last.position), (Role::Recommendation, 3), "the block was finished");
    assert!((played.state.progress().share - 1.0).abs() < 1e-9);
    design.stop = stop(None, Some(4), None);
    let (reason, played) = end(&design, 0.0);
    assert_eq!((reason, played.state.progress().n_anchors), (EndReason::Anchors, 4));
    design.stop = stop(None, None, Some(1));
    let (reason, played) = end(&design, 0.0);
    assert_eq!(reason, EndReason::Minutes);
    let began = |row: &&LogRow| {
        matches!(&row.event, Event::TrialAnswered(answered)
        if answered.trial.role == Role::Practice)
    };
    let began = played.log.rows().iter().rfind(began).unwrap().at_millis;
    let times: Vec<u64> =
        played.log.rows().iter().map(|row| row.at_millis - began.min(row.at_millis)).collect();
    let before_last = times[times.len() - 3];
    assert!(before_last < 60_000 && times[times.len() - 2] >= 60_000, "{before_last}");
    design.stop = stop(None, None, None);
    let (reason, played) = end(&design, 0.0);
    assert_eq!((reason, played.state.progress().n_anchors), (EndReason::NoAnchorLeft, 58));
}

#[test]
fn minutes_in_which_the_session_was_interrupted_do_not_count() {
    const AWAY: u64 = 10 * 3_600_000;
    let mut design = Preset::Default.design();
    design.stop = Stop { liked_anchors: None, anchors: None, minutes: Some(1) };
    let mut player = Player::new(&World::new(60, 1), &design, 1).with(0.0, 0.0);
    // Before the first trial that counts there is nothing to subtract from.
    player = player.until(|screen| *screen == Screen::Instructions);
    player.at_millis += AWAY;
    player.take(Event::Resumed);
    player = player.until_trial(Role::Anchor);
    let began = player.at_millis;
    for _ in 0..2 {
        player.step();
        player.at_millis += AWAY;
        player.take(Event::Resumed);
    }
    assert!(matches!(player.state.screen(), Screen::Trial(_)), "{:?}", player.state.screen());
    assert!(player.state.progress().share < 0.5, "{:?}", player.state.progress());
    let played = player.until(|screen| matches!(screen, Screen::Debrief(_)));
    assert_eq!(*played.state.screen(), Screen::Debrief(EndReason::Minutes));
    let minutes = played.at_millis - began - 2 * AWAY;
    // An answer takes 6.2 seconds at most.
    assert!((60_000..66_200).contains(&minutes), "{minutes} ms");
}

#[test]
fn whoever_stops_is_still_told_what_it_was_about() {
    let mut player = Player::new(&World::new(30, 1), &Preset::Default.design(), 1);
    player = player.until_trial(Role::Anchor);
    player.take(Event::Stopped);
    assert_eq!(*player.state.screen(), Screen::Debrief(EndReason::Stopped));
    player.take(Event::DebriefRead);
    assert_eq!(*player.state.screen(), Screen::Done(EndReason::Stopped));
    assert!(!player.step());
}

#[test]
fn who_refuses_sees_nothing_more() {
    let player = Player::new(&World::new(30, 1), &Preset::Default.design(), 1);
    let mut player = player.until(|screen| *screen == Screen::Consent);
    player.take(Event::ConsentRefused);
    assert_eq!(*player.state.screen(), Screen::Refused);
    assert!(player.state.apply(&Event::ConsentGiven, 0).is_err());
}

#[test]
fn nothing_is_to_be_stored_before_the_consent() {
    let mut player = Player::new(&World::new(30, 1), &designs()[1], 3).with(0.7, 0.3);
    let agreed = |log: &SessionLog| log.rows().iter().any(|row| row.event == Event::ConsentGiven);
    let mut n_before = 0;
    loop {
        let is_after = player.state.screen().is_after_consent();
        assert_eq!(is_after, agreed(&player.log), "{:?}", player.state.screen());
        n_before += usize::from(!is_after);
        if !player.step() {
            break;
        }
    }
    assert!(n_before >= 2, "the welcome and the question at least");
    assert!(!Screen::Refused.is_after_consent());
}

#[test]
fn other_songs_or_vectors_are_told_by_their_hashes() {
    let player = Player::new(&World::new(30, 1), &Preset::Default.design(), 1);
    let hashes = started(&player.log, player.state.design()).hashes;
    let later = StudyHashes { wasm: "4e".repeat(32), version: "9".into(), ..hashes.clone() };
    assert!(hashes.has_same_songs(&later), "a newer program is no other study");
    let songs = StudyHashes { catalog: "4e".repeat(32), ..hashes.clone() };
    assert!(!hashes.has_same_songs(&songs));
    let mut vectors = hashes.clone();
    vectors.embeddings.insert("audio".into(), "4e".repeat(32));
    assert!(!hashes.has_same_songs(&vectors));
}

#[test]
fn practice_comes_first_and_does_not_count() {
    let player = Player::new(&World::new(30, 1), &Preset::Default.design(), 1).with(1.0, 0.0);
    let player = player.until_trial(Role::Anchor);
    let practice: Vec<_> = player.answered().into_iter().map(|answered| answered.trial).collect();
    assert_eq!(practice.len(), 2);
    assert!(practice.iter().all(|trial| trial.role == Role::Practice));
    assert_eq!(player.state.progress(), Progress::default());
    let anchors = &player.state.plan().anchors;
    assert!(practice.iter().all(|trial| !anchors.contains(&trial.track_id)));
}

#[test]
fn breaks_come_between_blocks() {
    let mut design = Preset::Default.design();
    design.breaks = Some(Breaks { every_trials: 6, at_least_secs: 0 });
    let (_, played) = end(&design, 1.0);
    // Blocks of four trials: after the second block six are reached, never within one.
    let mut n_trials = 0;
    let mut n_breaks = 0;
    for row in played.log.rows() {
        match &row.event {
            Event::TrialAnswered(answered) if answered.trial.role != Role::Practice => {
                n_trials += 1;
            }
            Event::BreakEnded => {
                assert_eq!(n_trials % 8, 0);
                n_breaks += 1;
            }
            _ => {}
        }
    }
    assert_eq!((n_trials, n_breaks), (48, 5), "and none before the end");
}

#[test]
fn familiarity_is_asked_of_every_song_that_counts() {
    let mut design = Preset::Default.design();
    design.question.familiarity = true;
    let (_, played) = end(&design, 0.7);
    let asked: Vec<u32> = played
        .log
        .rows()
        .iter()
        .filter_map(|row| match row.event {
            Event::FamiliarityAnswered { trial, .. } => Some(trial),
            _ => None,
        })
        .collect();
    let counted: Vec<u32> = played
        .answered()
        .iter()
        .filter(|answered| answered.trial.role != Role::Practice)
        .map(|answered| answered.trial.number)
        .collect();
    assert_eq!(asked, counted);
}

#[test]
fn the_headphone_check_is_scored() {
    let check = |required, right: [bool; 3]| {
        let mut design = Preset::Default.design();
        design.checks.headphones = Some(HeadphoneCheck { trials: 3, pass_from: 2, required });
        let player = Player::new(&World::new(30, 1), &design, 1);
        let mut player = player.until(|screen| *screen == Screen::HeadphoneCheck { index: 0 });
        for (index, right) in right.into_iter().enumerate() {
            assert_eq!(player.state.headphones_right(), None);
            let (index, answer) = (index as u32, if right { 1 } else { 2 });
            let answer = HeadphoneAnswer { index, target: 1, answer, rt_millis: 1 };
            player.take(Event::HeadphoneAnswered(answer));
        }
        (player.state.screen().clone(), player.state.headphones_right())
    };
    assert_eq!(check(true, [true, false, true]), (Screen::Instructions, Some(2)));
    assert_eq!(check(true, [false, false, true]), (Screen::HeadphonesFailed, Some(1)));
    assert_eq!(check(false, [false, false, false]), (Screen::Instructions, Some(0)));
}

#[test]
fn a_tone_that_is_not_heard_is_asked_for_again() {
    let player = Player::new(&World::new(30, 1), &Preset::Default.design(), 1);
    let mut player = player.until(|screen| *screen == Screen::SoundCheck);
    player.take(Event::ToneAnswered(ToneAnswer { heard: false, n_plays: 2, audio: audio() }));
    assert_eq!(*player.state.screen(), Screen::SoundCheck);
}

#[test]
fn trials_without_a_clip_are_left_out() {
    for role in [Role::Practice, Role::Anchor, Role::Recommendation] {
        let player = Player::new(&World::new(30, 1), &Preset::Default.design(), 1).with(1.0, 0.0);
        let mut player = player.until_trial(role);
        let Screen::Trial(trial) = player.state.screen().clone() else { unreachable!() };
        let before = player.state.progress();
        let failed = FailedClip { trial: trial.clone(), reason: "missing".into() };
        player.take(Event::ClipFailed(Box::new(failed)));
        let after = player.state.progress();
        assert_eq!((after.n_failed_clips, after.n_trials), (1, before.n_trials));
        let Screen::Trial(next) = player.state.screen() else {
            panic!("{:?}", player.state.screen())
        };
        assert_eq!((next.number, next.role), (trial.number + 1, role));
        if role == Role::Recommendation {
            assert_eq!((&next.anchor_id, next.position), (&trial.anchor_id, 2));
        }
        assert!(!player.state.played().contains(&trial.track_id));
    }
}

#[test]
fn what_comes_next_is_fetched_ahead() {
    let player = Player::new(&World::new(40, 1), &Preset::Default.design(), 1).with(1.0, 0.0);
    let plan = player.state.plan().clone();
    let first = [plan.practice.clone(), plan.anchors[..2].to_vec()].concat();
    assert_eq!(player.state.upcoming(4), first);
    let player = player.until_trial(Role::Recommendation);
    let upcoming = player.state.upcoming(4);
    let mut player = player;
    for expected in &upcoming[..3] {
        let Screen::Trial(trial) = player.state.screen() else { panic!("no trial") };
        assert_eq!(trial.track_id, *expected);
        player.step();
    }
    let Screen::Trial(trial) = player.state.screen() else { panic!("no trial") };
    assert_eq!(trial.role, Role::Anchor);
    assert_eq!(upcoming.iter().collect::<BTreeSet<_>>().len(), 4);
}

#[test]
fn sessions_of_a_thousand_trials() {
    let mut design = Preset::Thesis.design();
    design.stop.anchors = None;
    let played = Player::new(&World::new(300, 1), &design, 1).with(0.8, 0.0).finish();
    assert_eq!(played.state.progress().n_anchors, 300);
    assert!(played.answered().len() >= 1_000, "{}", played.answered().len());
}
