//! Why songs are alike, and large tables in parts, through the page.

use crate::material::{FORMATS, exported, sound, website};
use crate::page::{choose, heard, open};
use tests::browser::{Browser, Page};

/// The title of the first song of a list.
const FIRST_TITLE: &str =
    "document.querySelector(\"[data-condition='audio'] li [data-action=choose]\").textContent";

/// Asks why the first song of a list is there, and gives the answer.
async fn why(browser: &Browser, condition: &str) -> anyhow::Result<String> {
    let first = format!("document.querySelector(\"[data-condition='{condition}'] li .why\")");
    browser.script(&format!("{first}.querySelector('[data-action=why]').click()")).await?;
    let answer = format!("{first}?.querySelector('p')?.textContent.startsWith('Most alike')");
    browser.wait_for(&answer).await?;
    let text = browser.script(&format!("return {first}.querySelector('p').textContent")).await?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

/// Plays the pair of the first answer of a list until it ends.
async fn hear_pair(browser: &Browser, condition: &str) -> anyhow::Result<()> {
    let button = format!(
        "document.querySelector(\"[data-condition='{condition}'] [data-action=why-play]\")"
    );
    browser.script(&format!("{button}.click()")).await?;
    browser.wait_for(&format!("{button}.textContent === 'Stop'")).await?;
    browser.wait_for(&format!("{button}.textContent !== 'Stop'")).await.map(drop)
}

#[tokio::test]
async fn why_songs_are_alike_is_said_and_heard() -> anyhow::Result<()> {
    let (website, folder) = (website(), tempfile::tempdir()?);
    let browser = open(&website).await?;
    browser.wait_for("document.querySelector(\"[data-condition='audio'] li\")").await?;
    let said = why(&browser, "audio").await?;
    assert!(said.contains("0.0 to 3.0 s") || said.contains("3.0 to 5.9 s"), "{said}");
    assert!(said.contains("(similarity 0.") || said.contains("(similarity 1."), "{said}");
    let of_lyrics =
        browser.script("return document.querySelector(\"[data-condition='lyrics'] .why\")");
    assert!(of_lyrics.await?.is_null(), "whole texts are compared, not moments");
    hear_pair(&browser, "audio").await?;
    browser.assert_accessible().await?;
    // With a second song liked: the moments of whichever is more alike.
    let first = browser.wait_for(FIRST_TITLE).await?;
    let like = "document.querySelector(\"[data-condition='audio'] li [data-action=like]\").click()";
    browser.script(like).await?;
    browser.wait_for(&format!("{FIRST_TITLE} !== {first}")).await?;
    let said = why(&browser, "audio").await?;
    assert!(said.starts_with("Most alike, among the 2 songs that you like: "), "{said}");
    let liked = "return [...document.querySelectorAll('[data-taste] [data-action=choose]')].map((own) => own.textContent)";
    let liked: Vec<String> = serde_json::from_value(browser.script(liked).await?)?;
    assert_eq!(liked.len(), 2, "{liked:?}");
    assert!(liked.iter().any(|title| said.contains(&format!(" s of ‘{title}’ and "))), "{said}");
    hear_pair(&browser, "audio").await?;
    choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
    heard(&browser).await?;
    browser.wait_for("document.querySelector(\"[data-condition='audio'] .why\")").await?;
    let said = why(&browser, "audio").await?;
    assert!(said.contains("of your song and"), "{said}");
    hear_pair(&browser, "audio").await?;
    browser.assert_clean().await?;
    browser.end().await
}

/// What was fetched of the bundle's tables.
const FETCHED: &str = "return performance.getEntriesByType('resource')
    .map((entry) => entry.name).filter((name) => name.includes('/embeddings/'))";

#[tokio::test]
async fn tables_in_parts_lead_to_the_same_songs() -> anyhow::Result<()> {
    let (whole, parted) = (website(), exported(&["--parts-above", "10"])?);
    let mut lists = Vec::new();
    for (website, is_parted) in [(&whole, false), (&parted, true)] {
        let browser = open(website).await?;
        browser
            .wait_for("document.querySelectorAll(\"[data-condition='audio'] li\").length > 0")
            .await?;
        browser
            .wait_for("document.querySelectorAll(\"[data-condition='multimodal'] li\").length > 0")
            .await?;
        lists.push([entries(&browser, "audio").await?, entries(&browser, "multimodal").await?]);
        let fetched: Vec<String> = serde_json::from_value(browser.script(FETCHED).await?)?;
        let n_parts = fetched.iter().filter(|name| name.contains("/0")).count();
        assert_eq!(n_parts > 0, is_parted, "{fetched:?}");
        browser.assert_clean().await?;
        browser.end().await?;
    }
    for (exact, rounded) in lists[0].iter().zip(&lists[1]) {
        assert_eq!((exact.len(), rounded.len()), (10, 10));
        for (list, other) in [(exact, rounded), (rounded, exact)] {
            for (title, similarity) in list {
                let is_in_both = other.iter().any(|(other, _)| other == title);
                let is_as_alike_as_the_last = similarity - list[9].1 < ALIKE_BY_8_BITS;
                assert!(is_in_both || is_as_alike_as_the_last, "{title}: {exact:?}, {rounded:?}");
            }
        }
    }
    Ok(())
}

/// What 8 bits may change in a similarity: a number of a vector of length 1 whose largest is 0.4 is off by 0.9e-3 (standard
/// deviation), so the product of two such vectors by 1.3e-3; three times that. Of songs that are nearer to each other than
/// this, either may come last.
const ALIKE_BY_8_BITS: f64 = 0.004;

/// Titles and similarities of a list.
async fn entries(page: &Page, condition: &str) -> anyhow::Result<Vec<(String, f64)>> {
    let script = format!(
        "return [...document.querySelectorAll(\"[data-condition='{condition}'] [data-action=choose]\")]
             .map((button) => [button.textContent,
                 Number(button.closest('li').querySelector('.number').textContent)])"
    );
    Ok(serde_json::from_value(page.script(&script).await?)?)
}
