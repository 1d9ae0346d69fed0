//! Reloads, crashes, the back button, two tabs, no connection: no answer is lost.

use crate::lab::{Lab, design};
use crate::sessions::answered;
use shared::study::Event;
use tests::session::{Answer, By, Role, Screen};

/// Likes anchors and nothing else.
fn likes_anchors(role: Role) -> Answer {
    Answer::Like(role == Role::Anchor)
}

#[tokio::test]
async fn after_a_reload_on_any_screen_the_session_goes_on_there() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    lab.open("mode=live&seed=5").await?;
    let participant = lab.participant();
    participant.start().await?;
    for screen in [Screen::SoundCheck, Screen::Instructions, Screen::Trial] {
        match screen {
            Screen::SoundCheck => participant.consent().await?,
            Screen::Instructions => participant.sound_check().await?,
            Screen::Trial => {
                participant.begin().await?;
                participant.go_to_trial().await?;
            }
            _ => {}
        }
        participant.wait_for_screen(screen).await?;
        lab.browser.page.refresh().await?;
        participant.wait_for_screen(Screen::Resumable).await?;
        participant.act("go-on").await?;
        participant.wait_for_screen(screen).await?;
    }
    let trials = participant.take_part(|trial| (likes_anchors(trial.role), By::Click)).await?;
    lab.browser.page.refresh().await?;
    participant.act("go-on").await?;
    lab.finish().await?;
    let log = lab.log().await?;
    let n_resumed = log.rows().iter().filter(|row| row.event == Event::Resumed).count();
    assert_eq!(n_resumed, 4);
    assert_eq!(answered(&log).len(), trials.len());
    lab.browser.end().await
}

#[tokio::test]
async fn nothing_is_stored_before_the_consent() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    lab.open("mode=live&seed=5&PROLIFIC_PID=5f").await?;
    let participant = lab.participant();
    for _ in 0..2 {
        participant.start().await?;
        participant.wait_for_screen(Screen::Consent).await?;
        assert_eq!(lab.n_stored().await?, 0);
        // Whoever comes back begins anew.
        lab.browser.page.refresh().await?;
    }
    participant.start().await?;
    participant.refuse().await?;
    assert_eq!(lab.n_stored().await?, 0);
    lab.browser.page.refresh().await?;
    participant.start().await?;
    participant.consent().await?;
    participant.wait_for_screen(Screen::SoundCheck).await?;
    // The start, the consent, and the head.
    assert!(lab.n_stored().await? >= 3);
    lab.browser.end().await
}

#[tokio::test]
async fn after_a_crash_of_the_browser_every_answer_is_there() -> anyhow::Result<()> {
    let mut lab = Lab::of(&design(1)).await?;
    lab.open("mode=live&seed=5").await?;
    let participant = lab.participant();
    participant.start().await?;
    participant.consent().await?;
    participant.sound_check().await?;
    participant.begin().await?;
    let first = participant.go_to_trial().await?;
    participant.answer_like(true, By::Click).await?;
    lab.browser.kill()?;
    lab.browser.restart().await?;
    lab.open("mode=live&seed=5").await?;
    lab.participant().wait_for_screen(Screen::Resumable).await?;
    lab.participant().act("go-on").await?;
    let trial = lab.participant().go_to_trial().await?;
    assert_eq!((trial.index, trial.role), (first.index + 1, Role::Recommendation));
    lab.browser.end().await
}

#[tokio::test]
async fn the_back_button_keeps_the_place_and_a_second_tab_says_so() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    lab.open("mode=live&seed=5").await?;
    let participant = lab.participant();
    participant.start().await?;
    participant.consent().await?;
    lab.browser.script("history.back()").await?;
    participant.wait_for_screen(Screen::SoundCheck).await?;
    let first = lab.browser.tab().await?;
    let _second = lab.browser.new_tab().await?;
    lab.open("mode=live&seed=5").await?;
    participant.wait_for_screen(Screen::BlockedTab).await?;
    lab.browser.turn_to(&first).await?;
    participant.sound_check().await?;
    lab.browser.end().await
}

#[tokio::test]
async fn after_the_first_load_a_whole_session_runs_without_a_connection() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    lab.open("mode=live&seed=5").await?;
    lab.participant().wait_for_screen(Screen::Welcome).await?;
    let n_kept = "const names = await caches.keys();
        let n = 0;
        for (const name of names) {
            n += (await (await caches.open(name)).keys()).filter((r) => r.url.endsWith('.mp3')).length;
        }
        return n;";
    let begun = std::time::Instant::now();
    while lab.browser.promise(&format!("(async () => {{ {n_kept} }})()")).await? != 48 {
        anyhow::ensure!(begun.elapsed().as_secs() < 60, "the stimuli were not kept");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    lab.browser.offline(true).await?;
    lab.browser.page.refresh().await?;
    let participant = lab.participant();
    participant.take_part(|trial| (likes_anchors(trial.role), By::Letter)).await?;
    lab.finish().await?;
    assert!(!answered(&lab.log().await?).is_empty());
    lab.browser.end().await
}

#[tokio::test]
async fn withdrawing_wipes_the_device() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    lab.open("mode=sim&seed=2").await?;
    lab.participant().wait_for_screen(Screen::Done).await?;
    lab.participant().act("withdraw").await?;
    lab.participant().act("confirm-withdraw").await?;
    lab.participant().wait_for_screen(Screen::Withdrawn).await?;
    assert_eq!(lab.n_stored().await?, 0);
    lab.browser.end().await
}
