//! How far long work is: a bar in a terminal; a line now and then where there is none, as in the log of a job array.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long nothing is said where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(30);

/// Steps of some work, of which any thread may do one.
#[derive(Debug)]
pub struct Steps {
    what: &'static str,
    bar: ProgressBar,
    /// Where lines are written: when the last one was, or the work began.
    last_line: Option<Mutex<Instant>>,
}

impl Steps {
    /// `n` steps, which are called `what`, in the plural.
    pub fn new(what: &'static str, n: u64) -> Self {
        let template = format!("{{bar:32}} {{pos}}/{{len}} {what}, {{per_sec}}, {{eta}} left");
        let style = ProgressStyle::with_template(&template).expect("the template is well-formed");
        // Without a terminal the bar only counts.
        let bar = ProgressBar::new(n).with_style(style);
        let last_line = (!stderr().is_terminal()).then(|| Mutex::new(Instant::now()));
        Self { what, bar, last_line }
    }

    /// Steps of which nothing is shown.
    pub fn hidden() -> Self {
        Self { what: "", bar: ProgressBar::hidden(), last_line: None }
    }

    /// How many there are, where that is known later.
    pub fn set_length(&self, n: u64) {
        self.bar.set_length(n);
    }

    /// That many are done already, which says nothing of how long the others take.
    pub fn begin_at(&self, n: u64) {
        self.bar.set_position(n);
        self.bar.reset_eta();
    }

    /// One more is done.
    pub fn inc(&self) {
        self.bar.inc(1);
        let Some(last) = &self.last_line else { return };
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= BETWEEN_LINES {
            *last = Instant::now();
            eprintln!("{}", self.line());
        }
    }

    /// All are done, or no more will be.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self) -> String {
        let (done, n) = (self.bar.position(), self.bar.length().unwrap_or(0));
        let minutes = self.bar.eta().as_secs_f64() / 60.0;
        format!("{done} of {n} {}, about {minutes:.1} minutes left", self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is() {
        let steps = Steps::new("songs", 0);
        steps.set_length(40);
        steps.begin_at(10);
        steps.inc();
        assert!(steps.line().starts_with("11 of 40 songs, about "), "{}", steps.line());
        assert!(steps.line().ends_with(" minutes left"), "{}", steps.line());
    }
}
