//! A listening history: who played what, when.

use super::time::seconds;
use crate::catalog::{NumberedRows, RowError, TrackId};
use std::collections::BTreeMap;
use std::io;

/// Faulty rows that are kept with their reason; of the others the number is.
const MOST_LISTED: usize = 100;

/// One song that somebody played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Listen {
    /// Number of the listener.
    pub user: usize,
    /// Position of the song in the pool.
    pub song: usize,
    /// When, in seconds or whatever unit the file has.
    pub at: f64,
}

/// What is known of the track of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It stands in the pool, there.
    At(usize),
    /// It is a song of the catalogue, and not of the pool.
    Outside,
    /// It is none.
    Unknown,
}

/// A listening history.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Listeners by number.
    pub users: Vec<String>,
    /// What was played, each listener's in order of time; at the same time as in the file.
    pub listens: Vec<Listen>,
    /// Rows of the file.
    pub n_rows: usize,
    /// Rows with a song that is not of the pool.
    pub n_outside: usize,
    /// Rows that are wrong.
    pub n_faulty: usize,
    /// The first of them.
    pub faults: Vec<RowFault>,
}

impl History {
    /// Reads a csv with the columns `user`, `track` and `time`, in any order and among others. Rows that
    /// are wrong are left out and told in [`Self::faults`].
    ///
    /// # Errors
    ///
    /// If a column is missing, or the file can't be read.
    pub fn read_csv(
        reader: impl io::Read,
        known: impl Fn(&TrackId) -> Known,
    ) -> Result<Self, HistoryError> {
        let rows = NumberedRows::flexible(reader)?;
        let headers: Vec<String> =
            rows.headers().iter().map(|name| name.trim_start_matches('\u{feff}').into()).collect();
        let place = |column: &'static str| {
            let at = headers.iter().position(|name| name.trim().eq_ignore_ascii_case(column));
            let found = headers.join(",");
            at.ok_or(HistoryError::MissingColumn { column, found })
        };
        let [user, track, time] = [place("user")?, place("track")?, place("time")?];
        let mut history = Self::default();
        let mut numbers = BTreeMap::new();
        for row in rows {
            let (line, row) = row?;
            let field = |at: usize| row.get(at).unwrap_or("").trim();
            history.n_rows += 1;
            match read_row([field(user), field(track), field(time)], &known) {
                Ok(Some((song, at))) => {
                    let next = numbers.len();
                    let user = *numbers.entry(field(user).to_owned()).or_insert(next);
                    history.listens.push(Listen { user, song, at });
                }
                Ok(None) => history.n_outside += 1,
                Err(fault) => history.note(RowFault { line, fault }),
            }
        }
        history.users = vec![String::new(); numbers.len()];
        numbers.into_iter().for_each(|(name, number)| history.users[number] = name);
        history.listens.sort_by(|a, b| a.user.cmp(&b.user).then(a.at.total_cmp(&b.at)));
        Ok(history)
    }

    fn note(&mut self, fault: RowFault) {
        self.n_faulty += 1;
        if self.faults.len() < MOST_LISTED {
            self.faults.push(fault);
        }
    }
}

/// Song and time of a row; `None` where the song is outside the pool.
fn read_row(
    [user, track, time]: [&str; 3],
    known: impl Fn(&TrackId) -> Known,
) -> Result<Option<(usize, f64)>, RowFaultKind> {
    let short = |text: &str| text.chars().take(60).collect::<String>();
    if user.is_empty() {
        return Err(RowFaultKind::NoUser);
    }
    let unknown = || RowFaultKind::UnknownTrack { got: short(track) };
    let known = known(&TrackId::parse(track).ok_or_else(unknown)?);
    let at = seconds(time).ok_or_else(|| RowFaultKind::NoTime { got: short(time) })?;
    match known {
        Known::At(song) => Ok(Some((song, at))),
        Known::Outside => Ok(None),
        Known::Unknown => Err(unknown()),
    }
}

/// A row that was left out.
#[derive(Debug, Clone, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct RowFault {
    /// Line of the file, from 1.
    pub line: u64,
    /// What is wrong.
    pub fault: RowFaultKind,
}

/// What can be wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowFaultKind {
    /// Nobody played it.
    #[error("column 'user' is empty")]
    NoUser,
    /// A track that the catalogue does not have.
    #[error("column 'track': '{got}' is no track_id of the catalogue")]
    UnknownTrack {
        /// What stands there.
        got: String,
    },
    /// Not a time.
    #[error("column 'time': expected a number or a date such as 2026-11-24T18:52:43Z, got '{got}'")]
    NoTime {
        /// What stands there.
        got: String,
    },
}

/// What can be wrong with the whole file.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A column is missing.
    #[error(
        "the history has no column '{column}'; it needs user, track and time, and has '{found}'"
    )]
    MissingColumn {
        /// Its name.
        column: &'static str,
        /// The header as it is.
        found: String,
    },
    /// Not a csv.
    #[error("the history can't be read as csv")]
    Row(#[from] RowError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(track_id: &TrackId) -> Known {
        match track_id.as_str() {
            "a" => Known::At(0),
            "b" => Known::At(1),
            "train" => Known::Outside,
            _ => Known::Unknown,
        }
    }

    #[test]
    fn rows_are_sorted_by_listener_and_time_and_faults_have_lines() {
        let csv = "time,user,extra,track\n5,u,x,a\n2026-01-01,v,x,b\n1,u,x,b\n2,,x,a\n3,u,x,c\n\
                   soon,u,x,a\n4,u,x,train\n6,u\n";
        let windows = History::read_csv(csv.replace('\n', "\r\n").as_bytes(), known).unwrap();
        let history = History::read_csv(csv.as_bytes(), known).unwrap();
        let lines = |own: &History| own.faults.iter().map(|own| own.line).collect::<Vec<_>>();
        assert_eq!(lines(&windows), lines(&history));
        assert_eq!(history.users, ["u", "v"]);
        let listens: Vec<(usize, usize)> =
            history.listens.iter().map(|own| (own.user, own.song)).collect();
        assert_eq!(listens, [(0, 1), (0, 0), (1, 1)]);
        assert_eq!((history.n_rows, history.n_outside, history.n_faulty), (8, 1, 4));
        let said: Vec<String> = history.faults.iter().map(ToString::to_string).collect();
        assert_eq!(said[0], "line 5: column 'user' is empty");
        assert!(
            said[1].starts_with("line 6") && said[1].contains("'c' is no track_id"),
            "{said:?}"
        );
        assert!(said[2].contains("line 7") && said[2].contains("got 'soon'"), "{said:?}");
        assert!(said[3].starts_with("line 9: column 'track'"), "{said:?}");
    }

    #[test]
    fn a_missing_column_is_named_beside_those_that_are_there() {
        let error = History::read_csv("user,song,time\n".as_bytes(), known).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("'track'") && error.contains("user,song,time"), "{error}");
    }
}
