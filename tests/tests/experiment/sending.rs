//! Data on their way to services that answer well and badly.

use crate::lab::{Lab, design};
use shared::study::Send;
use shared::study::export::{from_csv, from_json};
use tests::fake_server::{FakeServer, Reply, Route};
use tests::session::Screen;

async fn sending_state(lab: &Lab, wanted: &str) -> anyhow::Result<()> {
    let condition =
        format!("document.querySelector('[data-sending]')?.dataset.sending === '{wanted}'");
    lab.browser.wait_for(&condition).await?;
    Ok(())
}

#[tokio::test]
async fn datapipe_has_the_data_only_when_it_says_so() -> anyhow::Result<()> {
    let server = FakeServer::start()?;
    let mut design = design(1);
    design.data.send = Some(Send::Datapipe {
        experiment_id: "abcdefABCDEF".to_owned(),
        url: server.address(Route::DataPipe),
    });
    let lab = Lab::of(&design).await?;
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
