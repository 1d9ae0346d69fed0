//! The whole analysis.

use super::default_layer::default_layer;
use super::exclude::{Kept, Left};
use super::methods;
use super::options::AnalysisOptions;
use super::read::Sessions;
use super::report::Report;
use super::thesis_layer::{counts_of, thesis_layer};
use crate::hash::sha256_hex;
use crate::study::{Event, SessionLog, Started, StudyDesign, StudyHashes};
use std::collections::BTreeMap;

/// Analyses the sessions of a study. `study_json` is the study's design as it was run, byte for byte: its
/// SHA-256 must be that of the sessions.
///
/// # Errors
///
/// If no session is of this study, or no answer is left after the exclusions.
pub fn analyse(
    sessions: &Sessions,
    (design, study_json): (&StudyDesign, &[u8]),
    options: AnalysisOptions<'_>,
) -> Result<Report, AnalysisError> {
    let study_sha256 = sha256_hex(study_json);
    let mut refused = BTreeMap::new();
    let mut own: Vec<(&SessionLog, &Started)> = Vec::new();
    for log in &sessions.logs {
        match started(log) {
            Some(started) if started.hashes.study == study_sha256 => own.push((log, started)),
            Some(started) => {
                let StudyHashes { study_id, study, .. } = &started.hashes;
                let other = format!("{study_id} ({})", study.get(..12).unwrap_or(study));
                *refused.entry(other).or_default() += 1;
            }
            None => *refused.entry("sessions that did not begin".to_owned()).or_default() += 1,
        }
    }
    if own.is_empty() {
        let others = refused.keys().cloned().collect();
        return Err(AnalysisError::NoSession { study_sha256, others });
    }
    // The first session of a participant with an answer counts.
    own.sort_by_key(|(log, _)| log.rows().first().map_or(0, |row| row.at_millis));
    let mut kept = Kept::default();
    for (log, _) in &own {
        let events = log.rows().iter().map(|row| (row.at_millis, &row.event));
        kept.take((design, options.mode), log.session_id(), events);
    }
    if kept.answers.is_empty() {
        return Err(AnalysisError::NoAnswer { left: kept.left });
    }
    let thesis = thesis_layer(&counts_of(&kept.answers));
    let default = default_layer(&kept, options);
    let mut report = Report {
        study_id: design.study_id.clone(),
        study_sha256,
        versions: versions(&own),
        refused,
        n_participants: kept.n_participants(),
        left: kept.left,
        thesis,
        default,
        methods: String::new(),
    };
    report.methods = methods::paragraph(&report, design, options);
    Ok(report)
}

fn started(log: &SessionLog) -> Option<&Started> {
    log.rows().iter().find_map(|row| match &row.event {
        Event::Started(started) => Some(&**started),
        _ => None,
    })
}

fn versions(sessions: &[(&SessionLog, &Started)]) -> Vec<(StudyHashes, usize)> {
    let mut versions: Vec<(StudyHashes, usize)> = Vec::new();
    for (_, started) in sessions {
        match versions.iter_mut().find(|(hashes, _)| *hashes == started.hashes) {
            Some((_, n)) => *n += 1,
            None => versions.push((started.hashes.clone(), 1)),
        }
    }
    versions
}

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnalysisError {
    /// No session, or none of this study.
    #[error(
        "no session was run with this study.json (SHA-256 {}...): {}",
        study_sha256.get(..12).unwrap_or(study_sha256),
        if others.is_empty() { "there is no session at all".to_owned() } else {
            format!("there are sessions of {}; sessions of different studies are not mixed",
                others.join(", "))
        }
    )]
    NoSession {
        /// Of the study.
        study_sha256: String,
        /// The studies that there are sessions of.
        others: Vec<String>,
    },
    /// All of it was left out.
    #[error(
        "no answer counts: of {} sessions {} are left out ({}), and {} trials were answered too soon",
        left.n_sessions,
        left.n_sessions_left_out,
        left.reasons().iter().map(|(reason, n)| format!("{n}: {reason}")).collect::<Vec<_>>().join("; "),
        left.n_trials_too_fast
    )]
    NoAnswer {
        /// What was left out.
        left: Left,
    },
}
