//! What is kept on the device: found again, told from what other websites and other songs left, saved,
//! deleted, and removed once nobody needs it.

use crate::lab::{Lab, design};
use shared::study::export::from_json;
use tests::browser::Browser;
use tests::programs::copy_folder;
use tests::session::{By, Participant, Screen};
use tests::static_host::StaticHost;
use tests::study_bundle::StudyBundle;
use tests::website::Website;

const OPEN_LIST: &str = "[data-kept] summary";

#[tokio::test]
async fn what_is_kept_can_be_saved_and_deleted_from_the_first_screen() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    lab.open("mode=sim&seed=2&participant=Ada-Lovelace&utm=x").await?;
    lab.participant().wait_for_screen(Screen::Done).await?;
    let log = lab.log().await?;

    // Somebody without a name finds it; by another name of this study it is not told.
    lab.open("mode=live&participant=Grace").await?;
    lab.participant().wait_for_screen(Screen::Welcome).await?;
    assert!(!lab.participant().can("save-kept").await?);
    lab.open("mode=live").await?;
    lab.participant().wait_for_screen(Screen::Welcome).await?;
    lab.browser.click(OPEN_LIST).await?;
    let text = lab.browser.text_with("Finished, not sent.").await?;
    assert!(text.contains("Simulated"), "{text}");
    lab.browser.assert_accessible().await?;
    let saved = lab.saved("save-kept").await?;
    assert_eq!(from_json(&saved)?, log);
    assert!(saved.contains("utm") && !saved.contains("Lovelace"), "a name is kept as a hash alone");

    lab.participant().act("delete-kept").await?;
    lab.participant().act("confirm-delete-kept").await?;
    lab.browser.text_with("nothing of it is left").await?;
    assert_eq!(lab.n_stored().await?, 0);
    lab.browser.end().await
}

#[tokio::test]
async fn what_nobody_needs_any_more_is_removed_by_itself() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    lab.open("mode=sim&seed=2").await?;
    lab.participant().wait_for_screen(Screen::Done).await?;
    lab.change_heads("head.last_millis = Date.now() - 400 * 24 * 3600 * 1000;").await?;
    lab.open("mode=live").await?;
    lab.participant().wait_for_screen(Screen::Welcome).await?;
    assert!(lab.n_stored().await? > 0, "finished answers that were not sent stay");
    lab.change_heads("head.sent = true;").await?;
    lab.open("mode=live").await?;
    lab.participant().wait_for_screen(Screen::Welcome).await?;
    assert_eq!(lab.n_stored().await?, 0);
    lab.browser.end().await
}

#[tokio::test]
async fn a_bundle_with_other_songs_blocks_nobody() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    lab.open("mode=live&seed=5").await?;
    let participant = lab.participant();
    participant.go_to_trial().await?;
    participant.answer_like(false, By::Click).await?;
    let more = StudyBundle { n_test_per_genre: 13, ..StudyBundle::default() };
    more.write(&lab.website.bundle(), &design(1).to_json())?;

    // Its songs are told by the head: it is not offered, and can be had as a file.
    lab.open("mode=live&seed=5").await?;
    participant.wait_for_screen(Screen::Welcome).await?;
    lab.browser.click(OPEN_LIST).await?;
    lab.browser.text_with("Not finished.").await?;

    // Of a head of an earlier version only the rows tell.
    lab.change_heads("delete head.site; delete head.hashes;").await?;
    lab.open("mode=live&seed=5").await?;
    participant.wait_for_screen(Screen::Unfit).await?;
    lab.browser.assert_accessible().await?;
    assert!(from_json(&lab.saved("save-kept").await?)?.rows().len() > 3);
    participant.act("start-anew").await?;
    participant.start().await?;
    participant.consent().await?;
    participant.wait_for_screen(Screen::SoundCheck).await?;
    // The one with these songs goes on; the one that was left is not offered again.
    lab.open("mode=live&seed=5").await?;
    participant.wait_for_screen(Screen::Resumable).await?;
    participant.act("go-on").await?;
    participant.wait_for_screen(Screen::SoundCheck).await?;
    lab.browser.end().await
}

#[tokio::test]
async fn whoever_finished_sees_the_code_with_other_songs_too() -> anyhow::Result<()> {
    const CODE: &str = "return document.querySelector('[data-completion-code]').innerText";
    let lab = Lab::of(&design(1)).await?;
    lab.open("mode=sim&seed=2&participant=Ada").await?;
    lab.participant().wait_for_screen(Screen::Done).await?;
    let code = lab.browser.script(CODE).await?;
    // As if it had been run for the study, where complete sessions are shown once more.
    lab.change_heads("head.mode = 'live';").await?;
    let more = StudyBundle { n_test_per_genre: 13, ..StudyBundle::default() };
    more.write(&lab.website.bundle(), &design(1).to_json())?;
    lab.open("mode=live&participant=Ada").await?;
    lab.participant().wait_for_screen(Screen::Done).await?;
    assert_eq!(lab.browser.script(CODE).await?, code);
    lab.browser.end().await
}

#[tokio::test]
async fn what_runs_in_another_tab_is_not_deleted() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    lab.open("mode=live&seed=5").await?;
    lab.participant().start().await?;
    lab.participant().consent().await?;
    lab.participant().wait_for_screen(Screen::SoundCheck).await?;
    let _second = lab.browser.new_tab().await?;
    lab.open("mode=pilot").await?;
    lab.participant().wait_for_screen(Screen::Welcome).await?;
    lab.browser.click(OPEN_LIST).await?;
    lab.participant().act("delete-kept").await?;
    lab.participant().act("confirm-delete-kept").await?;
    lab.browser.text_with("open in another tab").await?;
    assert!(lab.n_stored().await? > 0);
    lab.browser.end().await
}

#[tokio::test]
async fn the_same_study_in_two_folders_of_a_host_is_two_websites() -> anyhow::Result<()> {
    let www = tempfile::tempdir()?;
    let website = Website::with_study(&design(1).to_json())?;
    for folder in ["study-1", "study-2"] {
        copy_folder(website.folder(), &www.path().join(folder))?;
    }
    let host = StaticHost::start(www.path())?;
    let browser = Browser::start().await?;
    let participant = Participant::new(&browser);
    open(&browser, &host, "study-1").await?;
    participant.start().await?;
    participant.consent().await?;
    participant.wait_for_screen(Screen::SoundCheck).await?;
    let _second = browser.new_tab().await?;
    open(&browser, &host, "study-2").await?;
    participant.wait_for_screen(Screen::Welcome).await?;
    let list = browser.script("return document.querySelector('[data-kept]')?.innerText ?? null");
    assert_eq!(list.await?, serde_json::Value::Null, "it is the other website's");
    open(&browser, &host, "study-1").await?;
    participant.wait_for_screen(Screen::BlockedTab).await?;
    browser.end().await
}

async fn open(browser: &Browser, host: &StaticHost, folder: &str) -> anyhow::Result<()> {
    let address = format!("{}{folder}/?mode=live&seed=5", host.address);
    Ok(browser.page.goto(&address).await?)
}
