//! Data on their way to services that answer well and badly.

use crate::lab::{Lab, design};
use shared::study::export::{from_csv, from_json};
use shared::study::{Event, Send, StudyDesign};
use std::time::{Duration, Instant};
use tests::browser::{Browser, inject};
use tests::fake_server::{FakeServer, FakeService, Reply, Route, jatos_js};
use tests::session::{Participant, Screen};
use tests::static_host::StaticHost;
use tests::website::Website;

async fn sending_state(lab: &Lab, wanted: &str) -> anyhow::Result<()> {
    let condition =
        format!("document.querySelector('[data-sending]')?.dataset.sending === '{wanted}'");
    lab.browser.wait_for(&condition).await?;
    Ok(())
}

/// A short study that sends its data to the fake DataPipe.
fn with_datapipe(server: &FakeServer) -> StudyDesign {
    let mut design = design(1);
    design.data.send = Some(Send::Datapipe {
        experiment_id: "abcdefABCDEF".to_owned(),
        url: server.address(Route::DataPipe),
    });
    design
}

/// A short study that sends its data to an address of its own and leads back to a recruitment service.
fn with_way_back(server: &FakeServer) -> StudyDesign {
    let mut design = design(1);
    design.data.send = Some(Send::Post { url: server.address(Route::Own) });
    design.completion.link = Some("https://example.org/?cc={code}".to_owned());
    design
}

/// Waits until something holds outside of the browser.
async fn until(what: &str, holds: impl Fn() -> bool) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !holds() {
        anyhow::ensure!(begun.elapsed() < Duration::from_secs(30), "it never came that {what}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    Ok(())
}

/// From the welcome to the debrief by breaking off at the first song.
async fn break_off(participant: &Participant<'_>) -> anyhow::Result<()> {
    participant.start().await?;
    participant.consent().await?;
    participant.sound_check().await?;
    participant.begin().await?;
    participant.act("stop").await?;
    participant.act("confirm-stop").await?;
    participant.wait_for_screen(Screen::Debrief).await
}

const WAY_BACK: &str = "document.querySelector('[data-action=complete]')";

async fn offers_way_back(lab: &Lab) -> anyhow::Result<bool> {
    Ok(lab.browser.script(&format!("return !!{WAY_BACK}")).await? == true)
}

#[tokio::test]
async fn the_way_back_waits_until_the_answers_have_arrived() -> anyhow::Result<()> {
    let server = FakeServer::start()?;
    let lab = Lab::of(&with_way_back(&server)).await?;
    server.script(Route::Own, [Reply::AsReal.after(Duration::from_secs(3))]);
    lab.open("mode=sim&seed=4").await?;
    lab.participant().wait_for_screen(Screen::Done).await?;
    sending_state(&lab, "busy").await?;
    assert!(!offers_way_back(&lab).await?, "who follows it ends the sending");
    assert!(lab.asks_before_leaving().await?);
    sending_state(&lab, "done").await?;
    lab.browser.wait_for(&format!("!!{WAY_BACK}")).await?;
    assert!(!lab.asks_before_leaving().await?);
    lab.browser.end().await
}

#[tokio::test]
async fn the_way_back_waits_no_longer_than_a_minute() -> anyhow::Result<()> {
    let server = FakeServer::start()?;
    let lab = Lab::of(&with_way_back(&server)).await?;
    let hang = Reply::Hang(Duration::from_secs(20));
    server.script(Route::Own, [Reply::Status(400), hang.clone(), hang.clone(), hang]);
    lab.open("mode=sim&seed=4").await?;
    lab.participant().wait_for_screen(Screen::Done).await?;
    sending_state(&lab, "failed").await?;
    assert!(offers_way_back(&lab).await?, "it failed for good");
    assert!(lab.asks_before_leaving().await?);
    // From here on a minute takes three seconds, and all the tries together nearly five.
    lab.browser.script(&inject::fast_time(20.0)).await?;
    lab.participant().act("send-again").await?;
    sending_state(&lab, "busy").await?;
    assert!(!offers_way_back(&lab).await?);
    let is_late = "document.querySelector('[data-sending=busy]')?.innerText.includes('longer')";
    lab.browser.wait_for(&format!("{is_late} && !!{WAY_BACK}")).await?;
    lab.browser.end().await
}

#[tokio::test]
async fn withdrawing_ends_the_sending_and_nothing_comes_back() -> anyhow::Result<()> {
    let server = FakeServer::start()?;
    let lab = Lab::of(&with_way_back(&server)).await?;
    let late = Duration::from_secs(4);
    server.script(Route::Own, [Reply::Status(400), Reply::AsReal.after(late)]);
    lab.open("mode=sim&seed=4").await?;
    lab.participant().wait_for_screen(Screen::Done).await?;
    sending_state(&lab, "failed").await?;
    let begun = Instant::now();
    lab.participant().act("send-again").await?;
    sending_state(&lab, "busy").await?;
    lab.participant().act("withdraw").await?;
    lab.participant().act("confirm-withdraw").await?;
    lab.participant().wait_for_screen(Screen::Withdrawn).await?;
    assert!(begun.elapsed() < late, "it waited for the sending");
    assert_eq!(lab.n_stored().await?, 0);
    // The receiver's answer would come only now.
    tokio::time::sleep((late + Duration::from_millis(500)).saturating_sub(begun.elapsed())).await;
    assert_eq!(lab.n_stored().await?, 0);
    assert!(!lab.asks_before_leaving().await?);
    lab.browser.end().await
}

#[tokio::test]
async fn who_leaves_at_the_debrief_has_sent_and_the_end_sends_all_of_it() -> anyhow::Result<()> {
    let server = FakeServer::start()?;
    let lab = Lab::of(&with_way_back(&server)).await?;
    server.script(Route::Own, [Reply::AsReal.after(Duration::from_secs(2))]);
    lab.open("mode=live&seed=5").await?;
    let participant = lab.participant();
    break_off(&participant).await?;
    until("the debrief sends", || server.own().len() == 1).await?;
    let early = from_json(&server.own()[0])?;
    assert_eq!(early.rows().last().map(|row| &row.event), Some(&Event::Stopped));
    assert!(lab.asks_before_leaving().await?, "it is on its way");
    let begun = Instant::now();
    while lab.asks_before_leaving().await? {
        anyhow::ensure!(begun.elapsed() < Duration::from_secs(30), "it never arrived");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    participant.act("read").await?;
    participant.wait_for_screen(Screen::Done).await?;
    sending_state(&lab, "done").await?;
    let sent = server.own();
    assert_eq!(sent.len(), 2);
    let whole = from_json(&sent[1])?;
    assert!(whole.rows().starts_with(early.rows()) && whole.rows().len() > early.rows().len());
    assert_eq!(whole, lab.log().await?);
    lab.browser.end().await
}

#[tokio::test]
async fn datapipe_has_the_data_only_when_it_says_so() -> anyhow::Result<()> {
    let server = FakeServer::start()?;
    let lab = Lab::of(&with_datapipe(&server)).await?;
    server.script(Route::DataPipe, [Reply::Status(400)]);
    lab.open("mode=sim&seed=4").await?;
    lab.participant().wait_for_screen(Screen::Done).await?;
    sending_state(&lab, "failed").await?;
    assert!(server.data_pipe_files().is_empty());
    server.heal();
    lab.participant().act("send-again").await?;
    sending_state(&lab, "done").await?;
    let files = server.data_pipe_files();
    let sent = files.values().next().expect("one file");
    assert_eq!(from_csv(sent)?, lab.log().await?);
    lab.browser.end().await
}

#[tokio::test]
async fn datapipe_may_fail_in_every_way_before_it_takes_the_data() -> anyhow::Result<()> {
    let server = FakeServer::start()?;
    let lab = Lab::of(&with_datapipe(&server)).await?;
    // What may pass is tried again by itself; what does not stays on the device and is said.
    for faults in [
        vec![Reply::Drop, Reply::Status(500), Reply::Status(202)],
        vec![Reply::WithoutCors, Reply::Hang(Duration::from_millis(300)), Reply::AsReal],
        vec![Reply::Status(413)],
        vec![Reply::DataPipeError("SESSION_LIMIT_REACHED")],
    ] {
        let is_refused = faults.len() == 1;
        let n_before = server.data_pipe_files().len();
        server.script(Route::DataPipe, faults.clone());
        lab.open(&format!("mode=sim&seed={}", 4 + n_before)).await?;
        lab.participant().wait_for_screen(Screen::Done).await?;
        sending_state(&lab, if is_refused { "failed" } else { "done" }).await?;
        if is_refused {
            assert_eq!(server.data_pipe_files().len(), n_before, "{faults:?}");
            server.heal();
            lab.participant().act("send-again").await?;
            sending_state(&lab, "done").await?;
        }
        let kept = lab.log().await?;
        let files = server.data_pipe_files();
        assert_eq!(files.len(), n_before + 1, "{faults:?}");
        assert!(files.values().any(|file| from_csv(file).is_ok_and(|log| log == kept)));
    }
    lab.browser.end().await
}

#[tokio::test]
async fn a_session_on_jatos_ends_there() -> anyhow::Result<()> {
    let mut design = design(1);
    design.data.send = Some(Send::Jatos);
    let website = Website::with_study(&design.to_json())?;
    website.add_file("jatos.js", &jatos_js(""))?;
    let service = FakeService::default();
    let host = StaticHost::start_with(website.folder(), &service)?;
    // The first try is refused, as by a server whose limit the data exceed.
    service.script(Route::JatosResult, [Reply::Status(413)]);
    let browser = Browser::start().await?;
    browser.page.goto(format!("{}?mode=sim&seed=4", host.address)).await?;
    let participant = Participant::new(&browser);
    participant.wait_for_screen(Screen::Done).await?;
    browser.wait_for("document.querySelector('[data-sending=failed]')").await?;
    assert!(service.jatos_result().is_empty());
    participant.act("send-again").await?;
    browser.wait_for("document.querySelector('[data-sending=done]')").await?;
    let log = from_json(&service.jatos_result())?;
    let code =
        browser.script("return document.querySelector('[data-completion-code]').textContent");
    assert!(code.await?.as_str().is_some_and(|code| code.contains(&log.last_hash()[..12])));
    // No link leads on: the run is over as soon as the answers are there, and they stay.
    until("the run is over", || !service.received(Route::JatosEnd).is_empty()).await?;
    assert_eq!(from_json(&service.jatos_result())?, log);
    browser.end().await
}

/// A short study on JATOS that leads back to `server`, and its host.
fn on_jatos(server: &FakeServer) -> anyhow::Result<(Website, FakeService, StaticHost)> {
    let mut design = design(1);
    design.data.send = Some(Send::Jatos);
    design.completion.link = Some(format!("{}/?cc={{code}}", server.origin));
    let website = Website::with_study(&design.to_json())?;
    website.add_file("jatos.js", &jatos_js(""))?;
    let service = FakeService::default();
    let host = StaticHost::start_with(website.folder(), &service)?;
    Ok((website, service, host))
}

#[tokio::test]
async fn a_run_on_jatos_has_answers_at_the_debrief_and_ends_on_the_way_back() -> anyhow::Result<()>
{
    let server = FakeServer::start()?;
    let (_website, service, host) = on_jatos(&server)?;
    let browser = Browser::start().await?;
    browser.page.goto(format!("{}?mode=live&seed=5", host.address)).await?;
    let participant = Participant::new(&browser);
    break_off(&participant).await?;
    until("the debrief sends", || !service.jatos_result().is_empty()).await?;
    let early = from_json(&service.jatos_result())?;
    participant.act("read").await?;
    participant.wait_for_screen(Screen::Done).await?;
    browser.wait_for("document.querySelector('[data-sending=done]')").await?;
    let whole = from_json(&service.jatos_result())?;
    assert!(whole.rows().starts_with(early.rows()) && whole.rows().len() > early.rows().len());
    assert!(service.received(Route::JatosEnd).is_empty(), "it may still be withdrawn");
    participant.act("complete").await?;
    browser.wait_for("location.search.startsWith('?cc=')").await?;
    assert_eq!(service.received(Route::JatosEnd).len(), 1);
    assert_eq!(from_json(&service.jatos_result())?, whole);
    browser.end().await
}

#[tokio::test]
async fn withdrawing_aborts_the_run_on_jatos() -> anyhow::Result<()> {
    let server = FakeServer::start()?;
    let (_website, service, host) = on_jatos(&server)?;
    let browser = Browser::start().await?;
    browser.page.goto(format!("{}?mode=sim&seed=4", host.address)).await?;
    let participant = Participant::new(&browser);
    participant.wait_for_screen(Screen::Done).await?;
    browser.wait_for("document.querySelector('[data-sending=done]')").await?;
    participant.act("withdraw").await?;
    participant.act("confirm-withdraw").await?;
    participant.wait_for_screen(Screen::Withdrawn).await?;
    until("the run is aborted", || !service.received(Route::JatosAbort).is_empty()).await?;
    until("its results are deleted", || service.jatos_result().is_empty()).await?;
    assert!(service.received(Route::JatosEnd).is_empty());
    browser.end().await
}

#[tokio::test]
async fn an_address_of_ones_own_is_tried_again_and_the_rows_stay_the_same() -> anyhow::Result<()> {
    let server = FakeServer::start()?;
    let mut design = design(1);
    design.data.send = Some(Send::Post { url: server.address(Route::Own) });
    let lab = Lab::of(&design).await?;
    let lost = Reply::Status(500).though_stored();
    server.script(Route::Own, [Reply::Drop, lost, Reply::AsReal]);
    lab.open("mode=sim&seed=4").await?;
    lab.participant().wait_for_screen(Screen::Done).await?;
    sending_state(&lab, "done").await?;
    let sent = server.own();
    assert!(sent.len() >= 2, "{} bodies", sent.len());
    for body in &sent {
        assert_eq!(from_json(body)?, lab.log().await?);
    }
    lab.browser.end().await
}
