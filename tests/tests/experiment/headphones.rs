//! The headphone check: an answer belongs to the noises that were just heard.

use crate::lab::{Lab, design};
use anyhow::Context;
use serde_json::Value;
use shared::study::{Event, HeadphoneCheck, SessionLog};
use std::time::Duration;
use tests::browser::{Options, inject};
use tests::session::Screen;

/// Presses the first noise in the moment in which that can be done.
const PRESS_AT_ONCE: &str = "window.pressed = false;
    const timer = setInterval(() => {
        const noise = document.querySelector('[data-action=noise-0]:not([aria-disabled])');
        if (!noise) return;
        clearInterval(timer);
        noise.click();
        window.pressed = true;
    }, 1)";

/// The rows of the one session on the device.
const ROWS: &str = "new Promise((done, failed) => {
    const open = indexedDB.open('segue');
    open.onerror = failed;
    open.onsuccess = () => {
        const rows = open.result.transaction('events').objectStore('events').getAll();
        rows.onsuccess = () => done(rows.result);
    };
})";

#[tokio::test]
async fn an_answer_straight_after_the_noises_leaves_the_next_trial_locked() -> anyhow::Result<()> {
    let mut design = design(1);
    design.checks.headphones = Some(HeadphoneCheck { trials: 2, pass_from: 0, required: false });
    // A second of the page takes a quarter of one.
    let lab = Lab::with(&design, Options::default().before_load(inject::fast_time(4.0))).await?;
    lab.open("mode=live&seed=5").await?;
    let participant = lab.participant();
    participant.start().await?;
    participant.consent().await?;
    participant.sound_check().await?;
    participant.wait_for_screen(Screen::HeadphoneCheck).await?;
    lab.browser.script(PRESS_AT_ONCE).await?;
    participant.act("play-noises").await?;
    lab.browser.wait_for("window.pressed").await?;
    lab.browser.text_with("2 of 2").await?;
    // Twice the silence between two noises.
    tokio::time::sleep(Duration::from_millis(250)).await;
    let locked = "return document.querySelector('[data-action=noise-0]').ariaDisabled";
    assert_eq!(lab.browser.script(locked).await?, "true", "nothing was heard yet");
    let rows = lab.browser.promise(ROWS).await?;
    let rows = rows.as_array().context("no list of rows")?;
    let log = SessionLog::from_json(rows.iter().filter_map(Value::as_str))?;
    let rt_millis = log.rows().iter().find_map(|row| match &row.event {
        Event::HeadphoneAnswered(answer) => Some(answer.rt_millis),
        _ => None,
    });
    // The noises themselves take four seconds.
    assert!(rt_millis.is_some_and(|millis| millis < 2_000), "{rt_millis:?}");
    lab.browser.end().await
}
