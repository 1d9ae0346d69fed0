//! Whole sessions.

use crate::lab::{Lab, design};
use shared::study::{AnsweredTrial, Event, Role as StudyRole, SessionLog};
use tests::exported_csv::ExportedTable;
use tests::session::{Answer, By, Role, Screen};
use tests::study_bundle::StudyBundle;

/// The answered trials of a log, in order, practice left out.
pub(crate) fn answered(log: &SessionLog) -> Vec<&AnsweredTrial> {
    let trials = log.rows().iter().filter_map(|row| match &row.event {
        Event::TrialAnswered(answered) => Some(&**answered),
        _ => None,
    });
    trials.filter(|answered| answered.trial.role != StudyRole::Practice).collect()
}

#[tokio::test]
async fn by_clicks_and_keys_the_data_are_what_was_answered() -> anyhow::Result<()> {
    let lab = Lab::of(&design(3)).await?;
    lab.open("mode=live&seed=7&utm=x").await?;
    let mut said = Vec::new();
    let trials = lab
        .participant()
        .take_part(|trial| {
            let like = trial.role == Role::Anchor || trial.index % 2 == 0;
            said.push(u8::from(like));
            (Answer::Like(like), By::ALL[trial.index % 4])
        })
        .await?;
    lab.finish().await?;
    let log = lab.log().await?;
    assert_eq!(log, lab.log_of_json().await?);
    let stored: Vec<u8> = answered(&log).iter().map(|answered| answered.response).collect();
    assert_eq!(stored, said);
    assert_eq!(trials.iter().filter(|trial| trial.role == Role::Anchor).count(), 3);

    // The csv, read as a spreadsheet reads it.
    let table = ExportedTable::parse(&lab.saved("download-csv").await?)?;
    let mut responses = Vec::new();
    for row in table.rows() {
        let is_trial = row.text("trial_type")? == "audio-button-response";
        if is_trial && row.text("role")? != "practice" && row.text("slip")? != "true" {
            responses.push(row.text("response")?.parse::<u8>()?);
        }
    }
    assert_eq!(responses, said);
    let code = lab.browser.script("return document.body.innerText").await?;
    assert!(code.as_str().is_some_and(|text| text.contains(log.last_hash())));
    lab.browser.assert_clean().await?;
    assert_eq!(lab.browser.foreign_requests(), Vec::<String>::new());
    lab.browser.end().await
}

#[tokio::test]
async fn what_is_heard_is_what_the_program_recommends() -> anyhow::Result<()> {
    let lab = Lab::of(&design(2)).await?;
    lab.open("mode=sim&seed=3&preference=anchor:0.9").await?;
    lab.participant().wait_for_screen(Screen::Done).await?;
    let log = lab.log().await?;
    let recommended = StudyBundle::default().recommendations()?;
    let mut n_compared = 0;
    for answered in answered(&log) {
        for source in &answered.trial.sources {
            if !source.condition.needs_embeddings() {
                continue;
            }
            let list = recommended.of(&answered.trial.anchor_id, source.condition);
            let row = &list[source.rank as usize - 1];
            assert_eq!(
                (&row.track_id, row.similarity),
                (&answered.trial.track_id, source.similarity)
            );
            n_compared += 1;
        }
    }
    assert!(n_compared >= 4, "{n_compared} songs compared");
    lab.browser.end().await
}

#[tokio::test]
async fn a_thousand_trials_in_flat_memory() -> anyhow::Result<()> {
    let mut design = design(1);
    design.stop.liked_anchors = None;
    design.stop.anchors = Some(250);
    design.stop.minutes = None;
    design.repeat_songs = true;
    let songs = StudyBundle { n_test_per_genre: 66, clip_millis: 100, ..StudyBundle::default() };
    let website = tests::website::Website::with_study_of(&songs, &design.to_json())?;
    let browser = tests::browser::Browser::start().await?;
    let address = &website.server.address;
    browser.page.goto(&format!("{address}?mode=sim&seed=1&preference=anchor:1.0")).await?;
    let trial = "Number(document.querySelector('[data-trial-index]')?.dataset.trialIndex ?? 0)";
    browser.wait_for(&format!("{trial} >= 200")).await?;
    let before = browser.memory().await?;
    browser.wait_for("document.querySelector('[data-screen=done]')").await?;
    let after = browser.memory().await?;
    println!("memory after 200 trials {before:?}, after 1000 {after:?}");
    assert!(after.n_nodes < before.n_nodes + 500.0, "{before:?} {after:?}");
    assert!(after.heap_bytes < before.heap_bytes + 20e6, "{before:?} {after:?}");
    browser.end().await
}
