//! Rules of access, checked by axe-core.

use super::page::Page;
use anyhow::{Context, ensure};
use serde_json::Value;
use std::fmt;
use std::path::PathBuf;

/// Where axe-core's script is, unless it is where `cargo xtask tools` puts it.
const VARIABLE: &str = "SEGUE_AXE";
/// WCAG 2.2 at level AA, and what is good practice beyond.
const RULES: &str = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']";

/// One element that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule's id, as `color-contrast`.
    pub rule: String,
    /// `minor`, `moderate`, `serious` or `critical`.
    pub impact: String,
    /// Where the element is.
    pub selector: String,
    /// What the rule asks for.
    pub help: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}) at '{}': {}", self.rule, self.impact, self.selector, self.help)
    }
}

impl Page {
    /// What breaks the rules on the page as it is now. The script of axe-core is given to the page
    /// by the browser, so that the page's own policy for scripts stays in force.
    ///
    /// # Errors
    ///
    /// If axe-core is missing or does not run.
    pub async fn axe(&self) -> anyhow::Result<Vec<Violation>> {
        let file = axe_file()?;
        let source = std::fs::read_to_string(&file).with_context(|| {
            format!("axe-core is missing: '{}'; `cargo xtask tools` fetches it", file.display())
        })?;
        if self.script("return !window.axe").await? == true {
            // A property of the window and not a module, whatever surrounds the script.
            self.script(&format!("const module = undefined, define = undefined; {source}")).await?;
            self.wait_for("!!window.axe").await?;
        }
        // A button that is half way from one look to another has neither's contrast.
        self.script(
            "const still = new CSSStyleSheet();
             still.replaceSync('*, *::before, *::after { transition: none !important; }');
             window.moving = [...document.adoptedStyleSheets];
             document.adoptedStyleSheets = [...window.moving, still];",
        )
        .await?;
        let report = self
            .promise(&format!(
                "axe.run(document, {{runOnly: {RULES}, resultTypes: ['violations']}}).then(
                     (found) => ({{n_rules: found.passes.length + found.violations.length,
                         violations: found.violations.flatMap((rule) => rule.nodes.map((node) =>
                             [rule.id, node.impact ?? rule.impact, node.target.flat().join(' '),
                              rule.help]))}}))"
            ))
            .await?;
        self.script("document.adoptedStyleSheets = window.moving").await?;
        ensure!(report["n_rules"].as_u64() > Some(0), "axe-core tried no rule: {report}");
        let violations = report["violations"].as_array().context("axe-core gave no list")?;
        Ok(violations.iter().map(violation).collect())
    }

    /// Makes sure that nothing on the page breaks the rules.
    ///
    /// # Errors
    ///
    /// If something does; all is named.
    pub async fn assert_accessible(&self) -> anyhow::Result<()> {
        let violations = self.axe().await?;
        let list: Vec<String> = violations.iter().map(Violation::to_string).collect();
        let address = self.current_url().await?;
        ensure!(list.is_empty(), "{address} breaks rules of access:\n{}", list.join("\n"));
        Ok(())
    }
}

fn violation(entry: &Value) -> Violation {
    let text = |at: usize| entry[at].as_str().unwrap_or_default().to_owned();
    Violation { rule: text(0), impact: text(1), selector: text(2), help: text(3) }
}

fn axe_file() -> anyhow::Result<PathBuf> {
    if let Some(file) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        return Ok(PathBuf::from(file));
    }
    Ok(crate::programs::tools_folder()?.join("axe/axe.min.js"))
}
