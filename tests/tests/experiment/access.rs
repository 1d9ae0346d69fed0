//! Every screen by axe, on a phone, from end to end by keys, and in the reader's own colours.

use crate::explore;
use crate::lab::{Lab, design};
use serde_json::json;
use shared::study::Event;
use tests::session::{Answer, By, Role, Screen};

#[tokio::test]
async fn axe_finds_nothing_on_any_screen() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    let participant = lab.participant();
    lab.open("mode=researcher").await?;
    lab.browser.text_with("What should play next?").await?;
    lab.browser.assert_accessible().await?;
    lab.open("mode=live&seed=5").await?;
    participant.wait_for_screen(Screen::Welcome).await?;
    lab.browser.assert_accessible().await?;
    participant.start().await?;
    lab.browser.assert_accessible().await?;
    participant.consent().await?;
    lab.browser.assert_accessible().await?;
    participant.sound_check().await?;
    lab.browser.assert_accessible().await?;
    participant.begin().await?;
    participant.go_to_trial().await?;
    lab.browser.assert_accessible().await?;
    participant.take_part(|trial| (Answer::Like(trial.role == Role::Anchor), By::Arrow)).await?;
    lab.browser.assert_accessible().await?;
    lab.finish().await?;
    lab.browser.assert_accessible().await?;
    lab.browser.end().await
}

#[tokio::test]
async fn a_trial_fits_the_smallest_phone() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    lab.browser.as_phone(320, 568).await?;
    lab.open("mode=live&seed=5").await?;
    let participant = lab.participant();
    participant.start().await?;
    participant.consent().await?;
    participant.sound_check().await?;
    participant.begin().await?;
    participant.go_to_trial().await?;
    let size =
        "return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]";
    let size = lab.browser.script(size).await?;
    assert!(size[0].as_f64().is_some_and(|width| width <= 320.0), "{size}");
    assert!(size[1].as_f64().is_some_and(|height| height <= 568.0), "{size}");
    let smallest = lab
        .browser
        .script(
            "return Math.min(...[...document.querySelectorAll('[data-action]')]
                 .filter((b) => b.checkVisibility()).map((b) => b.getBoundingClientRect().height))",
        )
        .await?;
    assert!(smallest.as_f64().is_some_and(|height| height >= 44.0), "{smallest}");
    lab.browser.end().await
}

/// What is pressed is told by the page's colours, which a contrast theme takes away.
#[tokio::test]
async fn what_is_pressed_shows_in_any_colours() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    lab.browser.forced_colours().await?;
    explore::open(&lab).await?;
    explore::choose(&lab, "Song 1").await?;
    lab.browser.wait_for("matchMedia('(forced-colors: active)').matches").await?;
    let looks = "const [pressed, free] = ['true', 'false'].map((is) => getComputedStyle(
            document.querySelector(`.thumbs button[aria-pressed=${is}]`)));
        return [pressed.forcedColorAdjust, free.forcedColorAdjust,
                pressed.backgroundColor !== free.backgroundColor]";
    assert_eq!(lab.browser.script(looks).await?, json!(["none", "auto", true]));
    lab.browser.end().await
}

/// Whoever dictates switches the keys off: letters neither answer nor count against the session.
#[tokio::test]
async fn keys_that_are_switched_off_do_nothing() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    lab.open("mode=live&seed=5").await?;
    let participant = lab.participant();
    let trial = participant.go_to_trial().await?;
    participant.act("keys").await?;
    lab.browser
        .wait_for("document.querySelector('[data-action=keys][aria-pressed=false]')")
        .await?;
    for key in ["f", "j", "0", "1", "x", " "] {
        lab.browser.press(key).await?;
    }
    participant.hear_out().await?;
    assert_eq!(participant.current_trial().await?.index, trial.index, "nothing was answered");
    participant.take_part(|_| (Answer::Like(true), By::Click)).await?;
    lab.finish().await?;
    let log = lab.log().await?;
    assert!(log.rows().iter().all(|row| !matches!(row.event, Event::Slip(_))));
    lab.browser.end().await
}
