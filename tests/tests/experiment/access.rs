//! Every screen by axe, on a phone, and from end to end by keys.

use crate::lab::{Lab, design};
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
