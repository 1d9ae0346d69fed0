//! A session as csv, and back.

use super::cells::{self, Row, unguarded};
use super::rows::{first_focus_losses, rows};
use crate::catalog::shown_header;
use crate::json;
use crate::study::log::{LogError, LogRow, SessionLog};
use csv::StringRecord;

/// The columns that a row of the log is rebuilt from.
const CHAIN: [&str; 6] =
    ["session_id", "trial_index", "at_millis", "event", "prev_hash", "row_hash"];

/// The session as csv, as jsPsych 8 writes its data: one row for each row of the log, so that its
/// chain of hashes can be checked from the csv alone. [`super::COLUMNS`] says what the columns hold.
pub fn to_csv(log: &SessionLog) -> String {
    cells::to_csv(&rows(log))
}

/// Reads what [`to_csv`] wrote, also after a program saved it with other quotes or line ends.
///
/// The log is rebuilt from six columns, its chain of hashes checked, and every other cell compared
/// with what [`to_csv`] writes for that log; losses of attention may be those of an earlier count.
///
/// # Errors
///
/// The first thing that is wrong: a column that is missing, twice there or unknown, a row that breaks the
/// chain, a cell that was changed.
pub fn from_csv(text: &str) -> Result<SessionLog, CsvError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers()?.clone();
    check_headers(&headers)?;
    let records = reader.records().collect::<Result<Vec<_>, _>>()?;
    let parse = |(row, record)| parse_row(row, &headers, record);
    let log_rows = records.iter().enumerate().map(parse).collect::<Result<Vec<_>, _>>()?;
    let log = SessionLog::from_rows(log_rows)?;
    let expected = rows(&log);
    check_columns(&headers, &expected)?;
    let first_losses = first_focus_losses(&log);
    for (row, (record, expected)) in records.iter().zip(&expected).enumerate() {
        check_cells((row, expected, first_losses[row]), &headers, record)?;
    }
    Ok(log)
}

/// No column twice, and all that the log is rebuilt from.
fn check_headers(headers: &StringRecord) -> Result<(), CsvError> {
    for (at, column) in headers.iter().enumerate() {
        if headers.iter().position(|other| other == column) != Some(at) {
            return Err(CsvError::ColumnTwice { column: column.to_owned() });
        }
    }
    let missing = CHAIN.into_iter().find(|column| !headers.iter().any(|name| name == *column));
    missing.map_or(Ok(()), |column| Err(missing_column(column, headers)))
}

/// The other columns are those of the log.
fn check_columns(headers: &StringRecord, expected: &[Row]) -> Result<(), CsvError> {
    let columns = cells::columns(expected);
    let missing = columns.iter().find(|column| !headers.iter().any(|name| name == **column));
    if let Some(column) = missing {
        return Err(missing_column(column, headers));
    }
    let unknown = headers.iter().find(|name| !columns.contains(name));
    unknown.map_or(Ok(()), |column| Err(CsvError::UnknownColumn { column: column.to_owned() }))
}

fn missing_column(column: &'static str, headers: &StringRecord) -> CsvError {
    CsvError::MissingColumn { column, found: shown_header(headers) }
}

/// A row of the log; whether it is the one that was written, its hash says.
fn parse_row(
    row: usize,
    headers: &StringRecord,
    record: &StringRecord,
) -> Result<LogRow, CsvError> {
    let cell = |column: &str| {
        let at = headers.iter().position(|name| name == column);
        at.and_then(|at| record.get(at)).unwrap_or("")
    };
    let number = |column: &'static str| {
        let wrong = || CsvError::NotANumber { row, column, got: cell(column).to_owned() };
        cell(column).parse().map_err(|_| wrong())
    };
    Ok(LogRow {
        session_id: unguarded(cell("session_id")).to_owned(),
        sequence: number("trial_index")?,
        at_millis: number("at_millis")?,
        event: json::from_slice(cell("event").as_bytes())
            .map_err(|source| CsvError::NotAnEvent { row, source })?,
        prev_hash: cell("prev_hash").to_owned(),
        row_hash: cell("row_hash").to_owned(),
    })
}

/// Every cell says what the log says.
fn check_cells(
    (row, expected, first_losses): (usize, &Row, u32),
    headers: &StringRecord,
    record: &StringRecord,
) -> Result<(), CsvError> {
    for (column, got) in headers.iter().zip(record) {
        let expected = expected.get(column).unwrap_or("");
        let is_first_count =
            column == "focus_losses" && !expected.is_empty() && got == first_losses.to_string();
        if got != expected && !is_first_count {
            let (column, expected, got) = (column.to_owned(), expected.to_owned(), got.to_owned());
            return Err(CsvError::Changed { row, column, expected, got });
        }
    }
    Ok(())
}

/// What can be wrong with the csv of a session. Rows are numbered from 0, as `trial_index` does.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// Not a csv.
    #[error("the session is no csv")]
    NotCsv(#[from] csv::Error),
    /// A column is not there.
    #[error(
        "the session's csv has no column '{column}'; its first line is '{found}', and commas must stand \
         between the columns"
    )]
    MissingColumn {
        /// Its name.
        column: &'static str,
        /// The header as it is.
        found: String,
    },
    /// A column stands twice.
    #[error("the session's csv has the column '{column}' twice")]
    ColumnTwice {
        /// Its name.
        column: String,
    },
    /// A column that no session has.
    #[error("the session's csv has a column '{column}', which was added later: remove it")]
    UnknownColumn {
        /// Its name.
        column: String,
    },
    /// A number that is none.
    #[error("row {row}, column '{column}': expected a whole number, got '{got}'")]
    NotANumber {
        /// Its row.
        row: usize,
        /// Its column.
        column: &'static str,
        /// What stands there.
        got: String,
    },
    /// An event that is none.
    #[error("row {row}, column 'event': that is no event")]
    NotAnEvent {
        /// Its row.
        row: usize,
        /// Why.
        #[source]
        source: json::ValueError,
    },
    /// The chain of hashes is broken.
    #[error(
        "the chain of hashes is broken; one of the columns session_id, trial_index, at_millis, event, \
         prev_hash, row_hash was changed, or a row was added, removed or moved"
    )]
    Chain(#[from] LogError),
    /// A cell that does not say what the event says.
    #[error(
        "row {row}, column '{column}' was changed: by the event it is '{expected}', not '{got}'"
    )]
    Changed {
        /// Its row.
        row: usize,
        /// Its column.
        column: String,
        /// What was recorded.
        expected: String,
        /// What stands there.
        got: String,
    },
}
