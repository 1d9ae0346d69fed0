//! The log of a session: every event as a row, each with the hash of the one before.
//!
//! A row's hash is the SHA-256 of its [canonical JSON](canonical_json) without that hash; the first
//! row follows 64 zeros. So whoever knows the last hash, the completion code, knows whether any row
//! was changed, left out or added since. It can't show who wrote the rows: a browser belongs to
//! its user.

use super::event::Event;
use crate::hash::sha256_hex;
use crate::json;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the first row follows.
const NOTHING_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One event in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogRow {
    /// Random name of the session.
    pub session_id: String,
    /// Number of the row, from 0.
    pub sequence: u64,
    /// When it happened, in milliseconds since 1970 by the device's clock.
    pub at_millis: u64,
    /// What happened.
    pub event: Event,
    /// Hash of the row before.
    pub prev_hash: String,
    /// Hash of this row.
    pub row_hash: String,
}

impl LogRow {
    /// The row as one line of canonical JSON, as it is stored.
    pub fn to_json(&self) -> String {
        canonical_json(&serde_json::to_value(self).expect("texts, numbers and lists are JSON"))
    }

    fn hash(&self) -> String {
        let mut row = serde_json::to_value(self).expect("texts, numbers and lists are JSON");
        row.as_object_mut().expect("a struct is an object").remove("row_hash");
        sha256_hex(canonical_json(&row).as_bytes())
    }
}

/// The rows of one session.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionLog {
    session_id: String,
    rows: Vec<LogRow>,
}

impl SessionLog {
    /// A log without rows.
    pub fn new(session_id: impl Into<String>) -> Self {
        Self { session_id: session_id.into(), rows: Vec::new() }
    }

    /// The log of rows that were stored as [`LogRow::to_json`] gives them, in their order.
    ///
    /// # Errors
    ///
    /// The first row that is broken, out of its place, or changed, were it by a single byte: an entry
    /// that no event has is a change too.
    pub fn from_json<'a>(rows: impl IntoIterator<Item = &'a str>) -> Result<Self, LogError> {
        let parse = |(at, text): (usize, &str)| {
            let at = at as u64;
            let row: LogRow = json::from_slice(text.as_bytes())
                .map_err(|source| LogError::NotARow { row: at, source })?;
            if row.to_json() == text { Ok(row) } else { Err(LogError::Changed { row: at }) }
        };
        Self::from_rows(rows.into_iter().enumerate().map(parse).collect::<Result<_, _>>()?)
    }

    /// The log of these rows.
    ///
    /// # Errors
    ///
    /// The first row that is out of its place or changed.
    pub fn from_rows(rows: Vec<LogRow>) -> Result<Self, LogError> {
        let session_id = rows.first().ok_or(LogError::Empty)?.session_id.clone();
        let mut before = NOTHING_BEFORE;
        for (at, row) in rows.iter().enumerate() {
            let at = at as u64;
            if row.sequence != at {
                return Err(LogError::OutOfPlace { row: at, got: row.sequence });
            }
            if row.session_id != session_id {
                return Err(LogError::OtherSession { row: at, session_id: row.session_id.clone() });
            }
            if row.prev_hash != before || row.row_hash != row.hash() {
                return Err(LogError::Changed { row: at });
            }
            before = &row.row_hash;
        }
        Ok(Self { session_id, rows })
    }

    /// The row that this event would be, were it pushed now. It is stored before it is pushed.
    pub fn next_row(&self, event: Event, at_millis: u64) -> LogRow {
        let mut row = LogRow {
            session_id: self.session_id.clone(),
            sequence: self.rows.len() as u64,
            at_millis,
            event,
            prev_hash: self.last_hash().to_owned(),
            row_hash: String::new(),
        };
        row.row_hash = row.hash();
        row
    }

    /// Adds a row that [`Self::next_row`] made.
    ///
    /// # Panics
    ///
    /// If the row does not follow the last one.
    pub fn push(&mut self, row: LogRow) {
        assert_eq!(row.prev_hash, self.last_hash(), "a row that does not follow the last one");
        self.rows.push(row);
    }

    /// Name of the session.
    pub fn session_id(&self) -> &str {
        &self.session_id
    }

    /// The rows, oldest first.
    pub fn rows(&self) -> &[LogRow] {
        &self.rows
    }

    /// Hash of the last row: of a complete session the completion code.
    pub fn last_hash(&self) -> &str {
        self.rows.last().map_or(NOTHING_BEFORE, |row| &row.row_hash)
    }
}

/// JSON without spaces, the keys of each object sorted: equal values are equal texts.
pub fn canonical_json(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_unstable_by(|a, b| a.0.cmp(b.0));
            text.push('{');
            for (at, (key, value)) in entries.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write_canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        single => text.push_str(&single.to_string()),
    }
}

/// What can be wrong with a log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// No row at all.
    #[error("the session has no row")]
    Empty,
    /// Not the JSON of a row.
    #[error("row {row} of the session is none")]
    NotARow {
        /// Its number, from 0.
        row: u64,
        /// Why.
        #[source]
        source: json::ValueError,
    },
    /// A row is missing, or stands twice.
    #[error("row {row} of the session says that it is row {got}: rows are missing or out of order")]
    OutOfPlace {
        /// Its place, from 0.
        row: u64,
        /// What it says.
        got: u64,
    },
    /// A row of another session.
    #[error("row {row} belongs to another session, '{session_id}'")]
    OtherSession {
        /// Its place, from 0.
        row: u64,
        /// That session.
        session_id: String,
    },
    /// The hash is not that of the row, or not of one that follows the row before.
    #[error("row {row} of the session was changed: its hash does not fit")]
    Changed {
        /// Its number, from 0.
        row: u64,
    },
}
