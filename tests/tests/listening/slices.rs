//! What the network takes each slice of a clip for: columns, words and a table.

use crate::faults::wav;
use crate::material::website;
use crate::page::{choose, heard, open};
use serde_json::{Value, json};
use tests::browser::Browser;

/// A sound of this many samples, 22,050 a second.
fn tone(n_samples: usize) -> Vec<u8> {
    let samples: Vec<i16> = (0..n_samples).map(|at| ((at % 100) * 200) as i16 - 10_000).collect();
    wav(&samples)
}

async fn texts(browser: &Browser, of_each: &str) -> anyhow::Result<Vec<String>> {
    Ok(serde_json::from_value(browser.script(&format!("return [...{of_each}]")).await?)?)
}

async fn assert_no_wider_than(browser: &Browser, width: f64) -> anyhow::Result<()> {
    let got = browser.script("return document.documentElement.scrollWidth").await?;
    assert!(got.as_f64().is_some_and(|got| got <= width), "the page is {got} wide");
    Ok(())
}

#[tokio::test]
async fn every_genre_of_every_slice_is_shown_said_and_listed() -> anyhow::Result<()> {
    let website = website();
    let folder = tempfile::tempdir()?;
    let browser = open(&website).await?;
    browser.as_phone(360, 740).await?;
    choose(&browser, folder.path(), "ten.wav", &tone(10 * 22_050)).await?;
    heard(&browser).await?;
    let columns = "document.querySelectorAll('[data-slices] [role=img]')";
    let said = texts(&browser, &format!("Array.from({columns}, (own) => own.ariaLabel)")).await?;
    assert_eq!(said.len(), 3, "three slices of 3 s and a rest: {said:?}");
    let genres =
        "Array.from(document.querySelectorAll('[data-genres] .genre'), (own) => own.textContent)";
    let genres = texts(&browser, genres).await?;
    assert_eq!(genres.len(), 4);
    for text in &said {
        assert!(genres.iter().all(|genre| text.contains(&format!("{genre} "))), "{text}");
    }
    assert!(
        said[0].starts_with("0.0 to 3.0 s: ") && said[1].starts_with("3.0 to 5.9 s: "),
        "{said:?}"
    );
    // The shares fill their column.
    let filled = format!(
        "return Array.from({columns}, (own) => Math.round(
             [...own.children].reduce((sum, part) => sum + parseFloat(part.style.height), 0)))"
    );
    assert_eq!(browser.script(&filled).await?, json!([100, 100, 100]));
    // Reached by keys, and tapped.
    let shown = "document.querySelector('[data-slice-text]').textContent";
    for (act, at) in [("focus", 1), ("click", 2), ("focus", 0)] {
        browser.script(&format!("{columns}[{at}].{act}()")).await?;
        browser.wait_for(&format!("{shown} === {}", Value::from(said[at].as_str()))).await?;
    }
    let focusable = format!("return Array.from({columns}, (own) => own.tabIndex)");
    assert_eq!(browser.script(&focusable).await?, json!([0, 0, 0]));
    browser.click_button("Probabilities per slice").await?;
    let cells = "Array.from(document.querySelectorAll('[data-slice-table] tbody tr'), (row) => row.innerText)";
    let rows = texts(&browser, cells).await?;
    assert_eq!(rows.len(), 3);
    for (row, text) in rows.iter().zip(&said) {
        let percents = |text: &str| text.matches(" %").count();
        assert_eq!((percents(row), percents(text)), (4, 4), "{row}");
        assert_eq!(row.split_whitespace().next(), text.split_whitespace().next());
    }
    browser.assert_accessible().await?;
    assert_no_wider_than(&browser, 360.0).await?;
    browser.assert_clean().await?;
    browser.end().await
}

/// It is shorter than one slice: its note is shown, and no picture is wider than the page.
#[tokio::test]
async fn a_sound_of_a_third_of_a_second_is_heard_and_fits_a_phone() -> anyhow::Result<()> {
    let website = website();
    let folder = tempfile::tempdir()?;
    let browser = open(&website).await?;
    browser.as_phone(360, 740).await?;
    choose(&browser, folder.path(), "short.wav", &tone(6_615)).await?;
    heard(&browser).await?;
    browser.text_with("The song of 0.3 s ends before the clip").await?;
    browser.text_with("115 of 128 frames of the only slice are padding").await?;
    let slices =
        "Array.from(document.querySelectorAll('[data-slices] [role=img]'), (own) => own.ariaLabel)";
    let said = texts(&browser, slices).await?;
    assert!(said.len() == 1 && said[0].starts_with("0.0 to 0.3 s: "), "{said:?}");
    assert_no_wider_than(&browser, 360.0).await?;
    browser.assert_accessible().await?;
    browser.assert_clean().await?;
    browser.end().await
}
