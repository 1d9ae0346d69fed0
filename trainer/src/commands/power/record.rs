//! What was simulated, kept so that an interrupted simulation goes on.

use crate::files;
use anyhow::{Context, ensure};
use shared::simulate::{PowerPlan, Replication};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The plan, with which everything else must agree.
const PLAN: &str = "plan.txt";
/// One simulated study a line.
const STUDIES: &str = "studies.jsonl";

/// The simulated studies, in memory and where there is a folder in a file.
#[derive(Debug, Default)]
pub(super) struct Record {
    done: Vec<Replication>,
    file: Option<(PathBuf, File)>,
}

impl Record {
    /// Opens a folder, with what is there.
    pub(super) fn open(folder: &Path, plan: &PowerPlan) -> anyhow::Result<Self> {
        // More studies of the same kind can be added to those that are there.
        let text = format!("{:#?}\n", PowerPlan { n_replications: 0, ..plan.clone() });
        let (plan_file, studies) = (folder.join(PLAN), folder.join(STUDIES));
        if plan_file.exists() {
            ensure!(
                files::read_text(&plan_file)? == text,
                "'{}' holds the simulation of another plan: give another --out, or remove it",
                folder.display()
            );
        } else {
            files::write(&plan_file, text.as_bytes())?;
        }
        let known = if studies.exists() { files::read_text(&studies)? } else { String::new() };
        // A line that was being written when the program ended is no study.
        let whole = known.rfind('\n').map_or("", |end| &known[..=end]);
        let done: Vec<Replication> =
            whole.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let lines: Vec<String> =
            done.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        let text = lines.into_iter().map(|line| line + "\n").collect::<String>();
        files::write(&studies, text.as_bytes())?;
        let file = OpenOptions::new().append(true).open(&studies);
        let file = file.with_context(|| format!("'{}' can't be written", studies.display()))?;
        Ok(Self { done, file: Some((studies, file)) })
    }

    /// The studies so far.
    pub(super) fn done(&self) -> &[Replication] {
        &self.done
    }

    /// Where they are kept.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.file.as_ref().and_then(|(path, _)| path.parent())
    }

    /// Keeps studies.
    pub(super) fn add(&mut self, found: Vec<Replication>) -> anyhow::Result<()> {
        if let Some((path, file)) = &mut self.file {
            let mut text = String::new();
            for replication in &found {
                text.push_str(&serde_json::to_string(replication)?);
                text.push('\n');
            }
            file.write_all(text.as_bytes())
                .with_context(|| format!("'{}' can't be written", path.display()))?;
        }
        self.done.extend(found);
        Ok(())
    }
}
