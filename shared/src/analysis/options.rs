//! How to analyse.

use crate::random::Seed;
use crate::statistics::Bootstrap;
use crate::study::Mode;
use std::collections::BTreeMap;

/// How to analyse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnalysisOptions<'a> {
    /// Seed of permutation and bootstrap.
    pub seed: Seed,
    /// The bootstrap.
    pub bootstrap: Bootstrap,
    /// Which sessions count: those for the study, or simulated ones.
    pub mode: Mode,
    /// Genres by track id, where the catalogue is at hand.
    pub genres: Option<&'a BTreeMap<String, String>>,
}

impl Default for AnalysisOptions<'_> {
    fn default() -> Self {
        Self { seed: Seed(1), bootstrap: Bootstrap::default(), mode: Mode::Live, genres: None }
    }
}
