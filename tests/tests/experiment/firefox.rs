//! The main path in Firefox.

use crate::lab::{NOTE_FILES, design};
use anyhow::Context;
use shared::study::Event;
use shared::study::export::from_csv;
use tests::browser::Firefox;
use tests::session::{Answer, By, Participant, Role, Screen};
use tests::website::Website;

#[tokio::test]
async fn a_whole_session_by_clicks_and_keys() -> anyhow::Result<()> {
    Firefox::run("a_whole_session_by_clicks_and_keys", whole_session).await
}

async fn whole_session(firefox: &Firefox) -> anyhow::Result<()> {
    let website = Website::with_study(&design(2).to_json())?;
    firefox.page.goto(format!("{}?mode=live&seed=5", website.server.address)).await?;
    let participant = Participant::new(firefox);
    participant.wait_for_screen(Screen::Welcome).await?;
    let mut n_answers = 0;
    let trials = participant
        .take_part(|trial| {
            n_answers += 1;
            (Answer::Like(trial.role == Role::Anchor), By::ALL[n_answers % By::ALL.len()])
        })
        .await?;
    participant.wait_for_screen(Screen::Debrief).await?;
    participant.act("read").await?;
    participant.wait_for_screen(Screen::Done).await?;
    firefox.script(NOTE_FILES).await?;
    participant.act("download-csv").await?;
    let text = firefox.wait_for("window.saved[0]").await?;
    let log = from_csv(text.as_str().context("a file is text")?)?;
    let answers = log.rows().iter().filter_map(|row| match &row.event {
        Event::TrialAnswered(answered) if answered.trial.role != shared::study::Role::Practice => {
            Some(answered.response == 1)
        }
        _ => None,
    });
    let given: Vec<bool> = trials.iter().map(|trial| trial.role == Role::Anchor).collect();
    assert_eq!(answers.collect::<Vec<_>>(), given);
    assert_eq!(firefox.foreign_requests(), Vec::<String>::new());
    Ok(())
}
