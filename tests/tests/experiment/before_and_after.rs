//! The researcher's pages before a study and after it: Design and Results.

use crate::lab::{Lab, design};
use shared::study::{Mode, StudyDesign};
use std::path::Path;
use tests::runs::succeed;
use tests::session::Screen;
use thirtyfour::prelude::*;

/// Sets a slider or a choice as someone would.
fn set(name: &str, value: &str) -> String {
    format!(
        "const own = document.querySelector(\"[data-setting='{name}']\");
         own.value = '{value}';
         own.dispatchEvent(new Event(own.tagName === 'SELECT' ? 'change' : 'input', {{ bubbles: true }}));"
    )
}

#[tokio::test]
async fn a_study_is_designed_simulated_saved_and_previewed() -> anyhow::Result<()> {
    let lab = Lab::of(&design(1)).await?;
    lab.open("mode=design").await?;
    lab.browser
        .wait_for("document.querySelector('[data-screen=design] [data-action=simulate]')")
        .await?;
    lab.browser.assert_accessible().await?;
    for (name, value) in
        [("liked-anchors", "6"), ("clip-secs", "4"), ("control", "genre"), ("studies", "20")]
    {
        lab.browser.script(&set(name, value)).await?;
    }
    lab.participant().act("simulate").await?;
    lab.browser.wait_for("document.querySelector('[data-figure=power]')").await?;
    // A pause keeps what was simulated.
    lab.participant().act("pause").await?;
    lab.participant().act("simulate").await?;
    lab.browser.wait_for("document.body.innerText.includes('80 of 80 studies')").await?;
    let alt = lab.browser.script("return document.querySelector('[data-figure] img').alt").await?;
    assert!(alt.as_str().is_some_and(|alt| alt.len() > 20), "{alt}");
    lab.browser.assert_accessible().await?;
    let saved = StudyDesign::from_json(lab.saved("save-study").await?.as_bytes())?;
    assert_eq!(saved.stop.liked_anchors, Some(6));
    assert_eq!((saved.clip.seconds, saved.control.condition().name()), (4.0, "genre"));
    lab.participant().act("preview").await?;
    lab.participant().wait_for_screen(Screen::Welcome).await?;
    lab.browser.wait_for("document.querySelector('[data-mode=pilot]')").await?;
    lab.participant()
        .take_part(|_| (tests::session::Answer::Like(true), tests::session::By::Digit))
        .await?;
    lab.finish().await?;
    let log = lab.log().await?;
    let shared::study::Event::Started(started) = &log.rows()[0].event else {
        anyhow::bail!("a session starts");
    };
    assert_eq!(started.mode, Mode::Pilot);
    assert_eq!(started.hashes.study, shared::hash::sha256_hex(&saved.to_json()));
    lab.browser.end().await
}

#[tokio::test]
async fn results_in_the_browser_are_those_of_the_program() -> anyhow::Result<()> {
    let design = design(6);
    let lab = Lab::of(&design).await?;
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (study, data, out) = (path("study.json"), path("data"), path("report"));
    std::fs::write(&study, design.to_json())?;
    succeed(&["study", "simulate", &study, "--out", &data, "--participants", "6", "--songs", "60"]);
    succeed(&["analyse", &data, "--study", &study, "--mode", "sim", "--out", &out]);
    std::fs::write(folder.path().join("data/empty.csv"), "")?;
    lab.open("mode=results").await?;
    lab.browser.wait_for("document.querySelector('[data-action=sessions]')").await?;
    lab.browser.assert_accessible().await?;
    lab.participant().act("simulated").await?;
    let input = lab.browser.page.find(By::Css("[data-action=sessions]")).await?;
    input.send_keys(files(Path::new(&data))?.join("\n")).await?;
    lab.browser.wait_for("document.querySelector('.report')").await?;
    lab.browser.assert_accessible().await?;
    let report = std::fs::read(folder.path().join("report/results.json"))?;
    let report: serde_json::Value = serde_json::from_slice(&report)?;
    let methods = report["methods"].as_str().unwrap_or_default();
    let text = lab.browser.text().await?;
    assert!(text.contains(methods), "{text}");
    assert!(text.contains("empty.csv: the file is empty"), "{text}");
    let csv = lab.saved("save-numbers").await?;
    same_numbers(&csv, &std::fs::read_to_string(folder.path().join("report/results.csv"))?);
    // What is no session has a sentence, and the page goes on.
    let input = lab.browser.page.find(By::Css("[data-action=sessions]")).await?;
    input.send_keys(&study).await?;
    lab.browser.text_with("There is no report").await?;
    lab.browser.end().await
}

/// The same table: the browser's exponential function may differ from this machine's in the last digit.
fn same_numbers(one: &str, other: &str) {
    assert_eq!(one.lines().count(), other.lines().count());
    for (one, other) in one.lines().zip(other.lines()) {
        for (a, b) in one.split(',').zip(other.split(',')) {
            let near = match (a.parse::<f64>(), b.parse::<f64>()) {
                (Ok(a), Ok(b)) => (a - b).abs() <= 1e-8 * a.abs().max(1.0),
                _ => a == b,
            };
            assert!(near, "{one}\n{other}");
        }
    }
}

/// The paths of a folder's files.
fn files(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        paths.push(entry?.path().to_string_lossy().into_owned());
    }
    paths.sort();
    Ok(paths)
}
