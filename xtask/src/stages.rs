//! Stages: each is announced, timed, and says how to run it alone if it fails.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The stages run so far.
pub(crate) struct Stages {
    begun: Instant,
    done: Vec<(String, Duration)>,
}

impl Stages {
    pub(crate) fn begin() -> Self {
        Self { begun: Instant::now(), done: Vec::new() }
    }

    /// Announces and times what `work` does.
    pub(crate) fn run<T>(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        println!("\n=== {name}");
        let begun = Instant::now();
        let outcome = work().map_err(|failure| failure.in_stage(name));
        let took = begun.elapsed();
        let word = if outcome.is_ok() { "done" } else { "failed" };
        println!("=== {name}: {word} in {}", Readable(took));
        self.done.push((name.to_owned(), took));
        outcome
    }

    /// Prints how long each stage took, where there was more than one; each is said once.
    pub(crate) fn summary(&mut self) {
        if self.done.len() < 2 {
            return;
        }
        let width = self.done.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        println!("\nWhere the time went:");
        for (name, took) in &self.done {
            println!("  {name:width$}  {:>9}", Readable(*took).to_string());
        }
        println!("  {:width$}  {:>9}", "in all", Readable(self.begun.elapsed()).to_string());
        self.done.clear();
    }
}

/// A duration as `2 min 05 s` or `3.4 s`.
pub(crate) struct Readable(pub(crate) Duration);

impl fmt::Display for Readable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0.as_secs() {
            0..60 => format!("{:.1} s", self.0.as_secs_f64()),
            secs => format!("{} min {:02} s", secs / 60, secs % 60),
        };
        f.pad(&text)
    }
}

/// Runs a program to its end, its output shown.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let line = command_line(command);
    println!("$ {line}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::program(line, status.to_string())),
        Err(error) => Err(Failure::program(line, error.to_string())),
    }
}

/// Runs a program quietly and gives what it printed; nothing where it failed.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// The command as one would type it, with the variables that were set for it.
fn command_line(command: &Command) -> String {
    let mut words = Vec::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value.filter(|_| name != OsStr::new("PATH")) {
            words.push(format!("{}={}", name.to_string_lossy(), quoted(&value.to_string_lossy())));
        }
    }
    words.push(quoted(&command.get_program().to_string_lossy()));
    words.extend(command.get_args().map(|argument| quoted(&argument.to_string_lossy())));
    words.join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Why a stage could not be done.
#[derive(Debug)]
pub(crate) struct Failure {
    stage: Option<String>,
    reason: String,
    alone: Option<String>,
}

impl Failure {
    /// A wrong call or surroundings that don't fit.
    pub(crate) fn usage(reason: impl Into<String>) -> Self {
        Self { stage: None, reason: reason.into(), alone: None }
    }

    /// A file or folder that can't be read or written.
    pub(crate) fn file(verb: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::usage(format!("can't {verb} '{}': {error}", path.display()))
    }

    fn program(line: String, reason: String) -> Self {
        Self { stage: None, reason, alone: Some(line) }
    }

    fn in_stage(mut self, stage: &str) -> Self {
        self.stage.get_or_insert_with(|| stage.to_owned());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stage {
            Some(stage) => write!(f, "step '{stage}' failed: {}", self.reason)?,
            None => write!(f, "{}", self.reason)?,
        }
        match &self.alone {
            Some(alone) => write!(f, "\nto run it alone:\n  {alone}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_says_its_name_and_how_to_run_it_alone() {
        let mut stages = Stages::begin();
        let mut command = Command::new("false");
        command.env("SEGUE_X", "a b").arg("it's");
        let failure = stages.run("try", || run(&mut command)).unwrap_err().to_string();
        assert!(failure.starts_with("step 'try' failed: "), "{failure}");
        assert!(failure.ends_with(r"SEGUE_X='a b' false 'it'\''s'"), "{failure}");
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(Readable(Duration::from_millis(3_440)).to_string(), "3.4 s");
        assert_eq!(Readable(Duration::from_secs(125)).to_string(), "2 min 05 s");
    }
}
