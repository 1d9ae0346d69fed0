//! What pages say on the console.

use super::page::Page;
use anyhow::Context;

/// One line of the console; breaches of the content security policy stand there as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `SEVERE`, `WARNING`, `INFO` or `DEBUG`.
    pub level: String,
    /// Where it came from and what it says.
    pub text: String,
}

impl Message {
    /// Whether it is an error: said, thrown and not caught, or a breach of a policy.
    pub fn is_error(&self) -> bool {
        self.level == "SEVERE"
    }
}

impl Page {
    /// Everything that the console has said since the session began, in every tab. Chromium only.
    ///
    /// # Errors
    ///
    /// If the browser gives no log.
    pub async fn console(&self) -> anyhow::Result<Vec<Message>> {
        let fresh = self.browser_log().await.context("the console can be read in Chromium only")?;
        let mut said = self.said.borrow_mut();
        said.extend(
            fresh.into_iter().map(|entry| Message { level: entry.level, text: entry.message }),
        );
        Ok(said.clone())
    }
}
