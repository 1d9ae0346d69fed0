//! What a comparison can find, and what each finding weighs.

use super::super::title::Versions;
use std::fmt;

/// `m` and `u` of an outcome, and what it is called.
#[derive(Debug, PartialEq)]
pub(super) struct Outcome {
    m: f64,
    u: f64,
    name: &'static str,
}

impl Outcome {
    const fn new(m: f64, u: f64, name: &'static str) -> Self {
        Self { m, u, name }
    }

    /// Its weight, in natural log-odds.
    pub(super) fn log_odds(&self) -> f64 {
        (self.m / self.u).ln()
    }
}

/// Outcomes by the least similarity that they take, the highest first.
pub(super) type Levels = [(f64, Outcome); 5];

/// The outcome of a similarity of 0 to 1.
pub(super) fn at_level(levels: &'static Levels, similarity: f64) -> &'static Outcome {
    let level = levels.iter().find(|(least, _)| similarity >= *least);
    &level.unwrap_or(&levels[levels.len() - 1]).1
}

/// A similarity below which the outcome is the lowest.
pub(super) fn lowest_level(levels: &'static Levels) -> f64 {
    levels[levels.len() - 2].0
}

/// Titles. The weights fall from each level to the next.
pub(super) static TITLE: Levels = [
    (1.0, Outcome::new(0.80, 0.0005, "title equal")),
    (0.88, Outcome::new(0.13, 0.0007, "title nearly equal")),
    (0.75, Outcome::new(0.04, 0.003, "title similar")),
    (0.55, Outcome::new(0.02, 0.04, "title little alike")),
    (0.0, Outcome::new(0.01, 0.956, "title different")),
];

/// Artists.
pub(super) static ARTIST: Levels = [
    (1.0, Outcome::new(0.74, 0.001, "artist equal")),
    (0.95, Outcome::new(0.15, 0.002, "one artist equal")),
    (0.82, Outcome::new(0.08, 0.001, "artist nearly equal")),
    (0.62, Outcome::new(0.02, 0.03, "artist little alike")),
    (0.0, Outcome::new(0.01, 0.966, "artist different")),
];

/// The only outcome of versions and numbers that speaks for a pair.
pub(super) static VERSION_EQUAL: Outcome = Outcome::new(0.04, 0.02, "both");
pub(super) static VERSION_OTHER_TEXT: Outcome =
    Outcome::new(0.002, 0.02, "versions differ in detail");
pub(super) static VERSION_DIFFERENT: Outcome = Outcome::new(0.0005, 0.2, "another version");
pub(super) static NUMBER_DIFFERENT: Outcome = Outcome::new(0.0005, 0.2, "another number");
pub(super) static LYRICS_SAME: Outcome = Outcome::new(0.90, 0.002, "lyrics agree");
pub(super) static LYRICS_OTHER: Outcome = Outcome::new(0.002, 0.9, "lyrics differ");
pub(super) static ISRC_SAME: Outcome = Outcome::new(0.99, 1e-6, "isrc equal");
pub(super) static ISRC_OTHER: Outcome = Outcome::new(0.05, 0.999, "isrc differs");
pub(super) static DURATION_SAME: Outcome = Outcome::new(0.9, 0.1, "same length");
pub(super) static DURATION_OTHER: Outcome = Outcome::new(0.01, 0.6, "another length");

/// An outcome with what a person wants to know of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) outcome: &'static Outcome,
    pub(super) detail: Detail,
}

/// The particulars of a finding. They become words only where somebody reads them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Detail {
    Nothing,
    Versions(Versions),
    VersionsApart(Versions, Versions),
    SecsApart(f64),
    Share(f64),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.outcome.name)?;
        match self.detail {
            Detail::Nothing => Ok(()),
            Detail::Versions(both) => write!(f, " {}", both.names()),
            Detail::VersionsApart(one, other) => {
                write!(f, " ({}, {})", one.names(), other.names())
            }
            Detail::SecsApart(secs) => write!(f, " by {secs:.0} s"),
            Detail::Share(share) => write!(f, " ({:.0} %)", share * 100.0),
        }
    }
}
