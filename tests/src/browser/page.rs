//! A page, as somebody uses it: in any browser.

use super::console::Message;
use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::cell::RefCell;
use std::ops::Deref;
use std::time::{Duration, Instant};
use thirtyfour::prelude::*;

/// How long a page may take to come to a state; a loaded machine is slow.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at it.
const PAUSE: Duration = Duration::from_millis(30);

/// The page that a browser shows; all that WebDriver can do is there as well, by `Deref`: `goto`,
/// `back`, `refresh`, `screenshot`.
#[derive(Debug)]
pub struct Page {
    driver: WebDriver,
    /// Whether the session has ended.
    over: bool,
    pub(super) said: RefCell<Vec<Message>>,
}

impl Deref for Page {
    type Target = WebDriver;

    fn deref(&self) -> &WebDriver {
        &self.driver
    }
}

impl Page {
    pub(super) async fn new(driver: WebDriver) -> anyhow::Result<Self> {
        driver.set_script_timeout(PATIENCE).await?;
        Ok(Self { driver, over: false, said: RefCell::default() })
    }

    /// Ends the session; one that is over already may be ended again.
    pub(super) async fn quit(&mut self) -> anyhow::Result<()> {
        if !std::mem::replace(&mut self.over, true) {
            self.driver.clone().quit().await?;
        }
        Ok(())
    }

    /// Lets go of a session whose browser is gone.
    pub(super) fn forget(&mut self) -> anyhow::Result<()> {
        self.over = true;
        Ok(self.driver.clone().leak()?)
    }

    /// What the body of a function returns.
    ///
    /// # Errors
    ///
    /// If it throws.
    pub async fn script(&self, script: &str) -> anyhow::Result<Value> {
        let result = self.execute(script, vec![]).await;
        Ok(result.with_context(|| format!("the script failed: {script}"))?.json().clone())
    }

    /// What a promise comes to; `expression` gives it.
    ///
    /// # Errors
    ///
    /// If it throws or the promise is rejected.
    pub async fn promise(&self, expression: &str) -> anyhow::Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             Promise.resolve().then(() => ({expression}))
                 .then((value) => done({{value}}), (error) => done({{error: String(error)}}));"
        );
        let result = self.execute_async(script, vec![]).await;
        let result = result.with_context(|| format!("no end of: {expression}"))?.json().clone();
        match result.get("error").and_then(Value::as_str) {
            Some(error) => bail!("{error} in: {expression}"),
            None => Ok(result.get("value").cloned().unwrap_or_default()),
        }
    }

    /// Waits until an expression is true, and gives its value (anything that JavaScript takes for
    /// true).
    ///
    /// # Errors
    ///
    /// If it does not become true in time.
    pub async fn wait_for(&self, condition: &str) -> anyhow::Result<Value> {
        let script = format!("const value = ({condition}); return value ? value : null");
        let begun = Instant::now();
        loop {
            // A page that is just being replaced has no answer.
            let value = self.execute(script.clone(), vec![]).await;
            let value = value.map(|found| found.json().clone());
            match value {
                Ok(value) if !value.is_null() => return Ok(value),
                Err(error) if begun.elapsed() > PATIENCE => {
                    return Err(error).with_context(|| condition.to_owned());
                }
                _ => {}
            }
            if begun.elapsed() > PATIENCE {
                let text = self.text().await?;
                bail!("'{condition}' did not become true; the page says:\n{text}");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The text of the page.
    ///
    /// # Errors
    ///
    /// If there is no page.
    pub async fn text(&self) -> anyhow::Result<String> {
        let text = self.script("return document.body?.innerText ?? ''").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the page's text holds `wanted`, and gives the text.
    ///
    /// # Errors
    ///
    /// If it does not come up in time.
    pub async fn text_with(&self, wanted: &str) -> anyhow::Result<String> {
        let begun = Instant::now();
        loop {
            let text = self.text().await.unwrap_or_default();
            if text.contains(wanted) {
                return Ok(text);
            }
            let late = begun.elapsed() > PATIENCE;
            ensure!(!late, "'{wanted}' did not come up; the page says:\n{text}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Presses and lets go of a key (`"1"`, `Key::Left`), wherever the focus is.
    ///
    /// # Errors
    ///
    /// If there is no page.
    pub async fn press(&self, key: impl Into<TypingData>) -> anyhow::Result<()> {
        Ok(self.action_chain().send_keys(key).perform().await?)
    }

    /// Waits for the button or link of this name to be there and enabled, and clicks it.
    ///
    /// # Errors
    ///
    /// If there is none in time.
    pub async fn click_button(&self, name: &str) -> anyhow::Result<()> {
        let named = format!(
            "[...document.querySelectorAll('button, [role=button], summary, a')].find((button) =>
                 (button.ariaLabel || button.innerText).trim() === {})",
            Value::from(name)
        );
        self.click_on(&named).await.with_context(|| format!("a button '{name}'"))
    }

    /// Waits for the element of this CSS selector to be there and enabled, and clicks it.
    ///
    /// # Errors
    ///
    /// If there is none in time.
    pub async fn click(&self, selector: &str) -> anyhow::Result<()> {
        let found = format!("document.querySelector({})", Value::from(selector));
        self.click_on(&found).await.with_context(|| selector.to_owned())
    }

    /// A page may draw a screen anew between finding a button and clicking it: then it is found
    /// again. A click that came through is never done twice.
    async fn click_on(&self, expression: &str) -> anyhow::Result<()> {
        let ready = format!(
            "((found) => found && found.checkVisibility() && !found.disabled
                 && found.ariaDisabled !== 'true' ? found : null)({expression})"
        );
        let begun = Instant::now();
        loop {
            self.wait_for(&format!("!!{ready}")).await?;
            let found = self.execute(format!("return {ready}"), vec![]).await?.element();
            let clicked = match found {
                Ok(element) => element.click().await,
                Err(error) => Err(error),
            };
            match clicked {
                Ok(()) => return Ok(()),
                Err(error) if begun.elapsed() > PATIENCE => return Err(error.into()),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// What has the focus: its text, else its label.
    ///
    /// # Errors
    ///
    /// If there is no page.
    pub async fn focused(&self) -> anyhow::Result<String> {
        let focused =
            "const at = document.activeElement; return at.innerText || at.ariaLabel || ''";
        Ok(self.script(focused).await?.as_str().unwrap_or_default().to_owned())
    }
}
