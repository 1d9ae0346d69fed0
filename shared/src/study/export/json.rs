//! A session as JSON, and back.

use super::rows::started;
use crate::study::event::Event;
use crate::study::log::{LogError, LogRow, SessionLog, canonical_json};
use serde_json::Value;

/// What `format` says.
const FORMAT: &str = "segue-session";
/// The version that this program writes, and the newest that it reads.
const SCHEMA_VERSION: u32 = 1;

/// Whether the debrief was read, so that nothing follows.
pub fn is_complete(log: &SessionLog) -> bool {
    log.rows().last().is_some_and(|row| row.event == Event::DebriefRead)
}

/// The session as JSON: some facts for whoever sorts files, and the rows, one a line, in canonical
/// JSON.
///
/// ```json
/// {"format":"segue-session","schema_version":1,"study_id":"...","session_id":"...",
///  "complete":true,"completion_code":"...","rows":[...]}
/// ```
///
/// `completion_code` is null where the session is not complete, `study_id` where it did not start.
pub fn to_json(log: &SessionLog) -> String {
    let mut json = String::from("{");
    for (name, value) in facts(log) {
        json.push_str(&format!("{}:{value},\n", Value::from(name)));
    }
    let rows: Vec<String> = log.rows().iter().map(LogRow::to_json).collect();
    json.push_str(&format!("\"rows\":[\n{}\n]}}\n", rows.join(",\n")));
    json
}

fn facts(log: &SessionLog) -> [(&'static str, Value); 6] {
    let study_id = started(log).map(|started| started.hashes.study_id.as_str());
    let code = is_complete(log).then(|| log.last_hash());
    [
        ("format", FORMAT.into()),
        ("schema_version", SCHEMA_VERSION.into()),
        ("study_id", study_id.into()),
        ("session_id", log.session_id().into()),
        ("complete", is_complete(log).into()),
        ("completion_code", code.into()),
    ]
}

/// Reads what [`to_json`] wrote, in whatever way it is indented, and checks the chain of hashes and the
/// facts.
///
/// # Errors
///
/// If it is no session, of a newer schema, if a row was changed, or if a fact is not that of the rows.
pub fn from_json(text: &str) -> Result<SessionLog, JsonError> {
    let value: Value = serde_json::from_str(text).map_err(JsonError::NotJson)?;
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(JsonError::NotASession);
    }
    let found = value.get("schema_version").and_then(Value::as_u64);
    let found = found.ok_or(JsonError::NotASession)?;
    if found > u64::from(SCHEMA_VERSION) {
        return Err(JsonError::NewerSchema { found });
    }
    let rows = value.get("rows").and_then(Value::as_array).ok_or(JsonError::NotASession)?;
    let rows: Vec<String> = rows.iter().map(canonical_json).collect();
    let log = SessionLog::from_json(rows.iter().map(String::as_str))?;
    for (name, expected) in facts(&log) {
        let got = value.get(name).cloned().unwrap_or_default();
        if got != expected {
            return Err(JsonError::Changed {
                name,
                expected: Box::new(expected),
                got: Box::new(got),
            });
        }
    }
    Ok(log)
}

/// What can be wrong with the JSON of a session.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Not JSON.
    #[error("the session is no JSON")]
    NotJson(#[source] serde_json::Error),
    /// JSON of something else.
    #[error(
        "this is not a session: expected \"format\": \"segue-session\", a \"schema_version\" and \
         \"rows\""
    )]
    NotASession,
    /// A session of a later version.
    #[error(
        "the session was written by a newer Segue (schema {found}), this one reads up to \
         {SCHEMA_VERSION}: update"
    )]
    NewerSchema {
        /// Its version.
        found: u64,
    },
    /// The chain of hashes is broken.
    #[error(transparent)]
    Chain(#[from] LogError),
    /// A fact that is not that of the rows.
    #[error("'{name}' was changed: by the rows it is {expected}, not {got}")]
    Changed {
        /// Its name.
        name: &'static str,
        /// By the rows.
        expected: Box<Value>,
        /// What stands there.
        got: Box<Value>,
    },
}
