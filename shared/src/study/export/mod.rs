//! What leaves a session: csv and JSON that can be read back and checked, the thesis's wide table, a
//! Psych-DS folder, and a summary.
//!
//! All of it is made from the [`SessionLog`](super::SessionLog) alone; no bundle is needed, and a session
//! that was broken off exports like any other. Nothing is said twice in two ways: [`from_csv`] and
//! [`from_json`] rebuild the log and refuse a file in which a cell disagrees with it.
//!
//! What a recruitment service put into the page's address (`PROLIFIC_PID` and the like) stands only in
//! the event of the first row: in the `event` column of the csv and in the JSON. The data files of
//! the [Psych-DS folder](to_psych_ds) leave that column out, so that they can be published.

mod cells;
mod columns;
mod csv;
mod json;
mod psych_ds;
mod rows;
mod summary;
mod wide;

pub use columns::COLUMNS;
pub use csv::{CsvError, from_csv, to_csv};
pub use json::{JsonError, from_json, is_complete, to_json};
pub use psych_ds::{to_psych_ds, zip};
pub use summary::{ExclusionReason, SessionSummary};
pub use wide::to_wide_csv;

#[cfg(test)]
mod tests;
