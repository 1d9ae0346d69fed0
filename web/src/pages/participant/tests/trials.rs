//! Trials: what is shown in each phase, by which buttons and keys they are answered.

use super::fake::{Fake, settle, trial};
use crate::session::{Action, ClipPhase, GivenBy, PageScreen, Saving};
use leptos::prelude::*;
use shared::catalog::TrackId;
use shared::study::{Preset, Role, Scale, Screen};
use wasm_bindgen_test::wasm_bindgen_test;

const ROOT: &str = "[data-screen]";

#[wasm_bindgen_test]
async fn each_phase_is_named_and_the_buttons_stay_where_they_are() {
    let fake = Fake::show(trial(4, Role::Anchor)).await;
    let place = |name: &str| {
        let button = fake.find(&format!("[data-action='{name}']"));
        let corner = (button.offset_left(), button.offset_top());
        (corner, button.offset_width(), button.offset_height())
    };
    let before = (place("not-like"), place("like"), place("stop"));
    for (phase, name, word) in [
        (ClipPhase::Loading, "loading", "one moment"),
        (ClipPhase::Offline, "offline", "waiting"),
        (ClipPhase::Unreachable, "unreachable", "waiting"),
        (ClipPhase::Locked, "locked", "press to listen"),
        (ClipPhase::Interrupted, "interrupted", "press to listen"),
        (ClipPhase::Playing, "playing", "listen"),
        (ClipPhase::Answer, "answer", "your turn"),
        (ClipPhase::Saving, "saving", "saving"),
    ] {
        fake.phase(phase).await;
        assert_eq!(fake.attribute(ROOT, "data-phase").as_deref(), Some(name));
        assert_eq!(fake.text(".ring-word"), word);
        assert_eq!(before, (place("not-like"), place("like"), place("stop")), "{name}");
        let can_answer = matches!(phase, ClipPhase::Playing | ClipPhase::Answer);
        let disabled = fake.attribute("[data-action='like']", "aria-disabled");
        assert_eq!(disabled.is_none(), can_answer, "{name}");
    }
}

#[wasm_bindgen_test]
async fn nothing_tells_which_way_a_song_was_chosen() {
    let fake = Fake::show(trial(4, Role::Recommendation)).await;
    fake.phase(ClipPhase::Playing).await;
    let html = fake.home.outer_html().to_lowercase();
    let track_id = TrackId::from_parts(&["song", "4"]).to_string();
    let anchor_id = TrackId::from_parts(&["anchor"]).to_string();
    for secret in ["multimodal", "audio", "similarity", "rank", &track_id, &anchor_id] {
        assert!(!html.contains(secret), "'{secret}' stands in {html}");
    }
    assert_eq!(fake.attribute(ROOT, "data-trial-index").as_deref(), Some("4"));
}

#[wasm_bindgen_test]
async fn answers_are_taken_only_when_they_can_be() {
    let fake = Fake::show(trial(0, Role::Practice)).await;
    assert_eq!(fake.attribute(ROOT, "data-screen").as_deref(), Some("practice"));
    assert!(fake.text(".progress").contains("Practice 1 of 2"));
    fake.press("like").await;
    fake.strike("1");
    assert_eq!(fake.done(), [], "it is not playing yet");
    fake.phase(ClipPhase::Playing).await;
    fake.press("like").await;
    fake.press("not-like").await;
    assert!(!fake.strike("ArrowRight"), "the browser does not scroll by it");
    fake.strike("f");
    let by = |answer, given_by| Action::Answer(answer, given_by);
    let wanted =
        [by(1, GivenBy::Button), by(0, GivenBy::Button), by(1, GivenBy::Key), by(0, GivenBy::Key)];
    assert_eq!(fake.done(), wanted);
}

#[wasm_bindgen_test]
async fn other_keys_are_slips_and_nothing_else() {
    let fake = Fake::show(trial(2, Role::Anchor)).await;
    fake.phase(ClipPhase::Playing).await;
    fake.find("h1").focus().unwrap();
    for key in ["x", "5"] {
        fake.strike(key);
    }
    for key in ["Tab", "Shift", "Enter", "Escape", "F5", "PageDown", " "] {
        assert!(fake.strike(key), "'{key}' stays the browser's");
    }
    for held in ["ctrlKey", "altKey", "metaKey"] {
        assert!(fake.strike_with(held, "f") && fake.strike_with(held, "x"), "{held}");
    }
    fake.find("[data-action='stop']").focus().unwrap();
    assert!(fake.strike(" "), "a button answers to Space itself");
    let slips = ["x", "5"].map(|key| Action::Slip(key.to_owned()));
    assert_eq!(fake.done(), slips);
    fake.screen.set(PageScreen::Study(Screen::Break));
    settle().await;
    fake.strike("x");
    assert_eq!(fake.done(), [], "no key is heard after the trial");
}

#[wasm_bindgen_test]
async fn keys_are_switched_off_for_the_whole_session() {
    let mut design = Preset::Default.design();
    design.answer.replays = 2;
    let fake = Fake::of(design, PageScreen::Study(Screen::Instructions)).await;
    let pressed = || fake.attribute("[data-action='keys']", "aria-pressed");
    assert_eq!(pressed().as_deref(), Some("true"));
    fake.press("keys").await;
    assert_eq!(pressed().as_deref(), Some("false"));
    assert!(fake.text("[data-action='keys']").contains("off"));
    fake.screen.set(trial(2, Role::Anchor));
    fake.clip.update(|clip| clip.n_replays_left = 2);
    fake.phase(ClipPhase::Answer).await;
    settle().await;
    assert_eq!(pressed().as_deref(), Some("false"), "the next screen knows it");
    fake.find("h1").focus().unwrap();
    for key in ["f", "j", "0", "1", "x", " "] {
        assert!(fake.strike(key), "'{key}' stays the browser's");
    }
    assert_eq!(fake.done(), []);
    fake.press("like").await;
    fake.strike("ArrowLeft");
    fake.press("keys").await;
    fake.strike("j");
    let by = |answer, given_by| Action::Answer(answer, given_by);
    assert_eq!(fake.done(), [by(1, GivenBy::Button), by(0, GivenBy::Key), by(1, GivenBy::Key)]);
}

#[wasm_bindgen_test]
async fn a_song_is_heard_again_as_often_as_the_design_says() {
    let mut design = Preset::Default.design();
    design.answer.replays = 2;
    let fake = Fake::of(design, trial(2, Role::Anchor)).await;
    fake.clip.update(|clip| clip.n_replays_left = 1);
    fake.phase(ClipPhase::Answer).await;
    fake.find("h1").focus().unwrap();
    fake.strike(" ");
    fake.press("replay").await;
    assert_eq!(fake.done(), [Action::Replay, Action::Replay]);
    fake.clip.update(|clip| clip.n_replays_left = 0);
    settle().await;
    fake.press("replay").await;
    assert_eq!(fake.done(), []);
    fake.find("h1").focus().unwrap();
    assert!(fake.strike(" "), "without a replay left, Space scrolls");
    assert_eq!(fake.done(), [], "and is no slip");
    drop(fake);
    let fake = Fake::show(trial(2, Role::Anchor)).await;
    assert!(!fake.has("[data-action='replay']"));
}

#[wasm_bindgen_test]
async fn points_have_a_button_and_a_key_each() {
    let mut design = Preset::Default.design();
    design.question.scale = Scale::Points7;
    design.question.liked_from = 5;
    let fake = Fake::of(design, trial(2, Role::Anchor)).await;
    fake.phase(ClipPhase::Answer).await;
    assert_eq!(fake.text("h1"), "How much do you like this song?");
    fake.press("answer-7").await;
    fake.strike("1");
    fake.strike("8");
    let wanted = [
        Action::Answer(7, GivenBy::Button),
        Action::Answer(1, GivenBy::Key),
        Action::Slip("8".to_owned()),
    ];
    assert_eq!(fake.done(), wanted);
}

#[wasm_bindgen_test]
async fn stopping_is_asked_for_twice() {
    let fake = Fake::show(trial(2, Role::Anchor)).await;
    fake.press("stop").await;
    let focused = document().active_element().unwrap();
    assert_eq!(focused.get_attribute("data-action").as_deref(), Some("confirm-stop"));
    fake.press("keep-going").await;
    fake.press("stop").await;
    assert_eq!(fake.done(), []);
    fake.press("confirm-stop").await;
    assert_eq!(fake.done(), [Action::Stop]);
}

#[wasm_bindgen_test]
async fn a_locked_sound_is_let_go_by_the_circle() {
    let fake = Fake::show(trial(2, Role::Anchor)).await;
    fake.phase(ClipPhase::Locked).await;
    fake.press("unlock").await;
    assert_eq!(fake.done(), [Action::Unlock]);
    fake.phase(ClipPhase::Playing).await;
    assert!(!fake.has("[data-action='unlock']"));
    fake.phase(ClipPhase::Interrupted).await;
    assert!(fake.text(".stage-note").contains("from the beginning"));
    fake.press("like").await;
    fake.press("unlock").await;
    assert_eq!(fake.done(), [Action::Unlock], "a song that was cut off is not answered");
}

#[wasm_bindgen_test]
async fn what_is_waited_for_is_said() {
    let fake = Fake::show(trial(2, Role::Anchor)).await;
    fake.phase(ClipPhase::Offline).await;
    assert!(fake.text(".stage-note").contains("offline"));
    fake.phase(ClipPhase::Unreachable).await;
    assert!(fake.text(".stage-note").contains("server does not answer"));
    assert!(fake.text(".unseen[role=status]").contains("server does not answer"));
}

#[wasm_bindgen_test]
async fn those_who_hear_the_page_are_told() {
    let fake = Fake::show(trial(0, Role::Practice)).await;
    let said = || fake.text(".unseen[role=status]");
    fake.phase(ClipPhase::Playing).await;
    assert_eq!(said(), "Playing.");
    fake.phase(ClipPhase::Answer).await;
    assert_eq!(said(), "Your turn.");
    fake.phase(ClipPhase::Saving).await;
    assert_eq!(said(), "Saving.");
    fake.saving.set(Saving::Saved);
    fake.screen.set(trial(1, Role::Anchor));
    fake.phase(ClipPhase::Playing).await;
    settle().await;
    assert_eq!(said(), "Practice is over. From now on it counts. Saved. The next song is playing.");
}

#[wasm_bindgen_test]
async fn between_two_songs_the_stage_stays() {
    let fake = Fake::show(trial(4, Role::Anchor)).await;
    fake.phase(ClipPhase::Answer).await;
    let button = fake.find("[data-action='like']");
    let anchor_id = TrackId::from_parts(&["anchor"]);
    fake.screen.set(PageScreen::Study(Screen::Block { anchor_id, liked_number: 0 }));
    settle().await;
    assert_eq!(fake.attribute(ROOT, "data-phase").as_deref(), Some("loading"));
    fake.press("like").await;
    assert_eq!(fake.done(), []);
    fake.screen.set(trial(5, Role::Recommendation));
    settle().await;
    assert!(button.is_connected(), "the same button serves the next song");
    assert_eq!(fake.attribute(ROOT, "data-trial-index").as_deref(), Some("5"));
    let PageScreen::Study(Screen::Trial(planned)) = trial(5, Role::Recommendation) else {
        unreachable!("a trial is a trial")
    };
    fake.screen.set(PageScreen::Study(Screen::Familiarity(planned)));
    settle().await;
    fake.press("familiar").await;
    fake.press("unfamiliar").await;
    assert_eq!(fake.done(), [Action::Familiar(true), Action::Familiar(false)]);
}

#[wasm_bindgen_test]
async fn how_far_it_is_stands_there() {
    let fake = Fake::show(trial(4, Role::Anchor)).await;
    fake.progress.update(|progress| progress.share = 0.404);
    settle().await;
    assert!(fake.text(".progress").contains("40 % done"));
    assert_eq!(fake.attribute("progress", "value").as_deref(), Some("0.404"));
}
