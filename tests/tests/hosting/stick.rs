//! A USB stick: the program beside the website, started without arguments from anywhere.

use super::Browser;
use super::study::Studies;
use std::process::Command;
use tests::programs::{self, start};

#[tokio::test]
async fn the_program_on_a_stick_serves_the_website_beside_it() -> anyhow::Result<()> {
    let studies = Studies::new()?;
    let stick = studies.file(".").canonicalize()?;
    let program = stick.join("segue");
    let built = programs::segue()?;
    // A link is as good and quicker, where the file system allows it.
    if std::fs::hard_link(&built, &program).is_err() {
        std::fs::copy(&built, &program)?;
    }
    let elsewhere = tempfile::tempdir()?;
    let mut command = Command::new(&program);
    command.args(["serve", "--port", "0"]).current_dir(elsewhere.path());
    let (_running, line) =
        start(&mut command, |line| line.contains("http://").then(|| line.to_owned()))?;
    assert!(line.contains(&stick.display().to_string()), "it says which folder: {line}");
    let address = line.split_whitespace().find(|word| word.starts_with("http://"));
    let browser = Browser::start().await?;
    browser.page.goto(address.unwrap_or_default()).await?;
    browser.text_with("Twelve songs").await?;
    browser.end().await
}
