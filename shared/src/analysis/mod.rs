//! From sessions to a report: what was asked, who is left out, and what came out.
//!
//! ```text
//! files -> read_sessions -> Sessions (and what was wrong, file by file)
//!       -> Exclusions of the study -> answers -> ThesisLayer, DefaultLayer -> Report
//! ```
//!
//! The *thesis layer* repeats the tests of the study that this project rebuilds: three one-sided tests of
//! proportions for each participant, which take paired answers to be independent. The *default layer*
//! is the analysis to report: a mixed logistic regression with planned contrasts, and the same question
//! asked without a model. Both are planned in `docs/statistics.md`, before data are seen.

mod analyse;
mod answers;
mod default_layer;
mod exclude;
mod methods;
mod model;
mod options;
mod read;
mod report;
mod robustness;
mod thesis_layer;
mod tidy;

pub use analyse::{AnalysisError, analyse};
pub use answers::Answer;
pub use default_layer::{ConditionSummary, DefaultLayer, ParticipantEstimate, ReactionTimes};
pub use exclude::{Kept, Left};
pub use model::{ContrastResult, ModelResult, fit_planned, planned_contrasts};
pub use options::AnalysisOptions;
pub use read::{Fault, FaultKind, SessionFile, Sessions, read_sessions};
pub use report::Report;
pub use robustness::Robustness;
pub use thesis_layer::{ParticipantCounts, ThesisLayer, ThesisTest, thesis_layer};

#[cfg(test)]
mod tests;
