//! The bundle for whole sessions, against the program that makes bundles.

use std::process::Command;
use tests::programs::segue;
use tests::study_bundle::{StudyBundle, TABLES};

#[test]
fn its_recommendations_are_those_of_the_program() -> anyhow::Result<()> {
    let (bundle, folder) = (StudyBundle::default(), tempfile::tempdir()?);
    bundle.write_inputs(folder.path())?;
    let tables: Vec<String> =
        TABLES.iter().map(|name| format!("{name}={name}.safetensors")).collect();
    let mut command = Command::new(segue()?);
    command.current_dir(folder.path()).args(["recommend", "--catalog", "catalog.csv"]);
    command.args(["--embeddings", &tables.join(","), "--out", "recommendations.csv"]);
    let output = command.args(["--k", "10", "--seed", "42"]).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut own = Vec::new();
    bundle.recommendations()?.write_csv(&mut own)?;
    let written = std::fs::read_to_string(folder.path().join("recommendations.csv"))?;
    assert_eq!(String::from_utf8(own)?, written);
    Ok(())
}

#[test]
fn the_program_finds_nothing_wrong_with_it() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let bundle = StudyBundle { clip_millis: 300, ..StudyBundle::default() };
    bundle.write(folder.path(), &shared::study::Preset::Default.design().to_json())?;
    let output = Command::new(segue()?).arg("verify").arg(folder.path()).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
