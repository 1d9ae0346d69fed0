//! Broken bundles, clips that can't be had, storage that refuses.

use crate::lab::{Lab, design};
use shared::study::Event;
use tests::browser::{Browser, Options, inject};
use tests::session::{Answer, By, Participant, Role, Screen};
use tests::static_host::{Fault, StaticHost};
use tests::website::Website;

/// The clip of the trial is there.
const HEARD: &str = "document.querySelector('[data-phase=playing], [data-phase=answer]')";

/// Where `cutting` is set the sound is taken away in the middle of the next clip, as for a call.
const CUT_OFF: &str = "{
    const { start } = AudioBufferSourceNode.prototype;
    AudioBufferSourceNode.prototype.start = function (...when) {
        start.apply(this, when);
        if (!window.cutting) return;
        window.cutting = false;
        setTimeout(() => this.context.suspend(), 300);
    };
}";

#[tokio::test]
async fn clips_that_cant_be_had_are_left_out_and_the_session_goes_on() -> anyhow::Result<()> {
    let faults = [
        Fault::Status(404),
        Fault::WrongBytes,
        Fault::Cut { n_bytes: 100 },
        Fault::Delay(std::time::Duration::from_millis(1_500)),
    ];
    let website = Website::with_study(&design(2).to_json())?;
    let host = StaticHost::start(website.folder())?;
    let songs = tests::study_bundle::StudyBundle::default().songs();
    // Every third song, each fault in turn.
    for (at, song) in songs.tracks.iter().step_by(3).enumerate() {
        host.fail(&format!("bundle/stimuli/{}", song.stimulus), faults[at % faults.len()]);
    }
    let browser = Browser::start().await?;
    browser.page.goto(&format!("{}?mode=live&seed=11", host.address)).await?;
    let participant = Participant::new(&browser);
    participant.take_part(|trial| (Answer::Like(trial.role == Role::Anchor), By::Click)).await?;
    assert_eq!(participant.screen().await?, Screen::Debrief);
    browser.end().await
}

#[tokio::test]
async fn a_server_in_trouble_is_waited_for_and_no_song_is_left_out() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    let host = StaticHost::start(lab.website.folder())?;
    host.fail("bundle/stimuli/*", Fault::Status(503));
    lab.browser.page.goto(&format!("{}?mode=live&seed=5", host.address)).await?;
    let participant = lab.participant();
    participant.start().await?;
    participant.consent().await?;
    participant.sound_check().await?;
    participant.begin().await?;
    lab.browser.wait_for("document.querySelector('[data-phase=unreachable]')").await?;
    lab.browser.text_with("The server does not answer").await?;
    host.heal();
    lab.browser.wait_for(HEARD).await?;
    participant.take_part(|trial| (Answer::Like(trial.role == Role::Anchor), By::Click)).await?;
    lab.finish().await?;
    let log = lab.log().await?;
    assert!(!log.rows().iter().any(|row| matches!(row.event, Event::ClipFailed(_))));
    lab.browser.end().await
}

#[tokio::test]
async fn a_clip_that_is_cut_off_is_heard_anew_before_it_is_answered() -> anyhow::Result<()> {
    let lab = Lab::with(&design(1), Options::default().before_load(CUT_OFF)).await?;
    lab.open("mode=live&seed=5").await?;
    let participant = lab.participant();
    participant.start().await?;
    participant.consent().await?;
    participant.sound_check().await?;
    participant.wait_for_screen(Screen::Instructions).await?;
    lab.browser.script("window.cutting = true").await?;
    participant.begin().await?;
    lab.browser.wait_for("document.querySelector('[data-phase=interrupted]')").await?;
    let locked = "return document.querySelector('[data-action=like]').ariaDisabled";
    assert_eq!(lab.browser.script(locked).await?, "true");
    participant.act("unlock").await?;
    lab.browser.wait_for(HEARD).await?;
    participant.take_part(|trial| (Answer::Like(trial.role == Role::Anchor), By::Click)).await?;
    lab.finish().await?;
    let log = lab.log().await?;
    let events: Vec<&Event> = log.rows().iter().map(|row| &row.event).collect();
    let resumed = events.iter().position(|event| **event == Event::Resumed);
    let answered = events.iter().position(|event| matches!(event, Event::TrialAnswered(_)));
    assert!(resumed.is_some() && resumed < answered, "{resumed:?} {answered:?}");
    lab.browser.end().await
}

#[tokio::test]
async fn storage_that_refuses_is_said_before_the_start() -> anyhow::Result<()> {
    let options = Options::default().before_load(inject::REFUSE_INDEXED_DB);
    let lab = Lab::with(&design(1), options).await?;
    lab.open("mode=live&seed=5").await?;
    let participant = lab.participant();
    participant.wait_for_screen(Screen::StorageWarning).await?;
    participant.act("keep-without-storage").await?;
    participant.take_part(|trial| (Answer::Like(trial.role == Role::Anchor), By::Click)).await?;
    lab.finish().await?;
    assert!(lab.asks_before_leaving().await?, "all of it would be lost");
    let log = lab.log().await?;
    assert!(!lab.asks_before_leaving().await?, "it is saved as a file");
    let Event::Started(started) = &log.rows()[0].event else { panic!("{:?}", log.rows()[0]) };
    assert_eq!(started.storage, "memory");
    lab.browser.end().await
}

#[tokio::test]
async fn a_full_storage_keeps_the_screen_and_offers_a_file() -> anyhow::Result<()> {
    // Enough for the probe and the first steps.
    let options = Options::default().before_load(inject::full_after(9));
    let lab = Lab::with(&design(1), options).await?;
    lab.open("mode=live&seed=5").await?;
    let participant = lab.participant();
    participant.start().await?;
    participant.consent().await?;
    participant.sound_check().await?;
    // It may be the last thing that there is room for, or the first that there is none for.
    participant.act("begin").await?;
    for _ in 0..6 {
        let text = lab.browser.text().await?;
        if text.contains("Save everything") || text.contains("Try again") {
            lab.browser.end().await?;
            return Ok(());
        }
        let Ok(trial) = participant.answerable_trial().await else { break };
        participant.give(Answer::Like(trial.role != Role::Practice), By::Click).await?;
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    }
    let text = lab.browser.text().await?;
    assert!(text.contains("Try again"), "{text}");
    lab.browser.end().await
}

#[tokio::test]
async fn trying_again_leads_on_from_an_error() -> anyhow::Result<()> {
    // What is stored can't be looked at the first time.
    let options = Options::default().before_load(
        "const look = IDBObjectStore.prototype.getAllKeys;
         let failed = false;
         IDBObjectStore.prototype.getAllKeys = function (...all) {
             if (!failed) {
                 failed = true;
                 throw new DOMException('once', 'UnknownError');
             }
             return look.apply(this, all);
         };",
    );
    let lab = Lab::with(&design(1), options).await?;
    lab.open("mode=sim&seed=2").await?;
    let participant = lab.participant();
    participant.wait_for_screen(Screen::Error).await?;
    participant.act("try-again").await?;
    participant.wait_for_screen(Screen::Done).await?;
    // With a session behind it the screen comes back.
    lab.browser.script("URL.createObjectURL = () => { throw new Error('no file') }").await?;
    participant.act("download-csv").await?;
    participant.wait_for_screen(Screen::Error).await?;
    participant.act("try-again").await?;
    participant.wait_for_screen(Screen::Done).await?;
    lab.browser.end().await
}

#[tokio::test]
async fn a_broken_study_is_told_by_its_field() -> anyhow::Result<()> {
    let mut broken = design(1);
    broken.clip.seconds = 0.0;
    let lab = Lab::of(&broken).await?;
    lab.open("mode=live").await?;
    lab.participant().wait_for_one_of(&[Screen::Error]).await.ok();
    let text = lab.browser.text_with("can't be run").await?;
    assert!(text.contains("clip.seconds"), "{text}");
    lab.open("mode=researcher").await?;
    lab.browser.text_with("clip.seconds").await?;
    lab.browser.end().await
}

#[tokio::test]
async fn sound_that_is_held_back_asks_for_a_press() -> anyhow::Result<()> {
    let options = Options::default().before_load(inject::SUSPEND_AUDIO);
    let lab = Lab::with(&design(1), options).await?;
    lab.open("mode=live&seed=5").await?;
    let participant = lab.participant();
    participant.start().await?;
    participant.consent().await?;
    participant.wait_for_screen(Screen::SoundCheck).await?;
    lab.browser.end().await
}
