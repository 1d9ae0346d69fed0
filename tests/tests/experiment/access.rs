//! A trial on the smallest phone.

use crate::lab::{Lab, design};

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
