//! What an analysis found.

use super::default_layer::DefaultLayer;
use super::exclude::Left;
use super::thesis_layer::ThesisLayer;
use crate::study::StudyHashes;
use serde::Serialize;
use std::collections::BTreeMap;

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Id of the study.
    pub study_id: String,
    /// SHA-256 of `study.json`.
    pub study_sha256: String,
    /// How many sessions were run with each set of program, catalogue and embeddings.
    pub versions: Vec<(StudyHashes, usize)>,
    /// Sessions of other studies, which were refused, by the id and hash of their study.
    pub refused: BTreeMap<String, usize>,
    /// What was left out.
    pub left: Left,
    /// Participants that count.
    pub n_participants: usize,
    /// The thesis's tests.
    pub thesis: ThesisLayer,
    /// The analysis to report.
    pub default: DefaultLayer,
    /// The methods paragraph, with the numbers filled in.
    pub methods: String,
}
