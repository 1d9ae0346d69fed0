//! Sessions from files of any kind that leave an experiment: csv, JSON, a Psych-DS folder, downloads of
//! DataPipe (csv files) and of JATOS (text files of JSON), and zip files of these.

use crate::study::SessionLog;
use crate::study::export::{CsvError, JsonError, from_csv, from_json, is_complete};
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use zip::CompressionMethod;

/// No session is as large: what claims to be is made to fill the memory.
const MAX_MEMBER_BYTES: u64 = 500_000_000;

/// A file as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionFile {
    /// Its name or path, for messages.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The sessions of some files, each once, and what was wrong.
#[derive(Debug, Default)]
pub struct Sessions {
    /// The sessions, by name of the session.
    pub logs: Vec<SessionLog>,
    /// What was wrong, in the order of the files. None of it keeps the rest from being read.
    pub faults: Vec<Fault>,
    /// Files that are no sessions and were passed over, such as `dataset_description.json`.
    pub passed_over: Vec<String>,
}

/// Something wrong with a file.
#[derive(Debug, thiserror::Error)]
#[error("{file}")]
pub struct Fault {
    /// The file.
    pub file: String,
    /// What is wrong.
    #[source]
    pub kind: FaultKind,
}

/// What can be wrong with a file of sessions.
#[derive(Debug, thiserror::Error)]
pub enum FaultKind {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Not text.
    #[error("the file is neither text (UTF-8) nor a zip file")]
    NotText(#[source] std::str::Utf8Error),
    /// A zip file that can't be opened.
    #[error("the zip file can't be read: unpack it and give its files")]
    Zip(#[from] zip::result::ZipError),
    /// A member of a zip file that can't be unpacked.
    #[error("the zip file's member '{member}' can't be unpacked")]
    Member {
        /// Its path.
        member: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Broken csv.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// Broken JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The csv of a Psych-DS folder without the JSON beside it.
    #[error(
        "the csv has no column 'event', so that its rows can't be checked: give the JSON of the same \
         session (data/raw of the Psych-DS folder)"
    )]
    WithoutEvents,
    /// The same session again, as far as both go.
    #[error("the session '{session_id}' is in '{other}' too: it counts once")]
    Duplicate {
        /// Its name.
        session_id: String,
        /// The other file.
        other: String,
    },
    /// Two different sessions of one name.
    #[error(
        "the session '{session_id}' is in '{other}' with other rows: one of them was changed, and \
         both are left out"
    )]
    Conflict {
        /// Its name.
        session_id: String,
        /// The other file.
        other: String,
    },
}

/// Reads the sessions of some files. Faults are collected, with the file and where there is one the row
/// and column; the other files are read all the same.
pub fn read_sessions(files: impl IntoIterator<Item = SessionFile>) -> Sessions {
    let mut reader = Reader::default();
    for file in files {
        reader.take(file);
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    logs: BTreeMap<String, (String, SessionLog)>,
    conflicts: BTreeMap<String, String>,
    /// Csv files without events, by the session that they name.
    without_events: Vec<(String, String)>,
    faults: Vec<Fault>,
    passed_over: Vec<String>,
}

impl Reader {
    fn take(&mut self, file: SessionFile) {
        let SessionFile { name, bytes } = file;
        if bytes.starts_with(b"PK\x03\x04") {
            match members(bytes) {
                Ok(members) => {
                    for (path, bytes) in members {
                        self.take(SessionFile { name: format!("{name}/{path}"), bytes });
                    }
                }
                Err(kind) => self.fault(name, kind),
            }
            return;
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => self.take_text(&name, text),
            Err(error) => self.fault(name, FaultKind::NotText(error)),
        }
    }

    fn take_text(&mut self, name: &str, text: &str) {
        let text = text.trim_start_matches('\u{feff}');
        if name.ends_with("recruitment.csv") {
            // Of a Psych-DS folder; empty where no service sent anyone.
            self.passed_over.push(name.to_owned());
        } else if text.trim().is_empty() {
            self.fault(name.to_owned(), FaultKind::Empty);
        } else if text.trim_start().starts_with(['{', '[']) {
            self.take_json(name, text);
        } else if is_no_session(text) {
            self.passed_over.push(name.to_owned());
        } else {
            match from_csv(text) {
                Ok(log) => self.add(name, log),
                Err(CsvError::MissingColumn { column: "event", .. }) => {
                    self.without_events.push((name.to_owned(), session_of(text)));
                }
                Err(error) => self.fault(name.to_owned(), error.into()),
            }
        }
    }

    /// One session, or several behind each other, as JATOS joins what was sent in pieces.
    fn take_json(&mut self, name: &str, text: &str) {
        let mut pieces = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
        let mut begin = 0;
        loop {
            let piece = pieces.next();
            let own = &text[begin..pieces.byte_offset()];
            begin = pieces.byte_offset();
            match piece {
                None => return,
                // Whatever stands beside sessions in a folder.
                Some(Ok(_)) if !own.contains("\"segue-session\"") => {
                    self.passed_over.push(name.to_owned());
                    return;
                }
                Some(Ok(_)) => match from_json(own) {
                    Ok(log) => self.add(name, log),
                    Err(error) => self.fault(name.to_owned(), error.into()),
                },
                Some(Err(error)) => {
                    self.fault(name.to_owned(), JsonError::NotJson(error).into());
                    return;
                }
            }
        }
    }

    fn add(&mut self, name: &str, log: SessionLog) {
        let session_id = log.session_id().to_owned();
        if let Some(other) = self.conflicts.get(&session_id) {
            let other = other.clone();
            self.fault(name.to_owned(), FaultKind::Conflict { session_id, other });
            return;
        }
        let Some((other, known)) = self.logs.remove(&session_id) else {
            self.logs.insert(session_id, (name.to_owned(), log));
            return;
        };
        // One of them may have been saved before the session was over.
        let (longer, shorter) = if log.rows().len() > known.rows().len() {
            ((name.to_owned(), log), (other, known))
        } else {
            ((other, known), (name.to_owned(), log))
        };
        let is_same = longer.1.rows().starts_with(shorter.1.rows());
        let (file, other) = (shorter.0, longer.0.clone());
        if is_same {
            self.fault(file, FaultKind::Duplicate { session_id: session_id.clone(), other });
            self.logs.insert(session_id, longer);
        } else {
            self.conflicts.insert(session_id.clone(), other.clone());
            self.fault(file, FaultKind::Conflict { session_id, other });
        }
    }

    fn fault(&mut self, file: String, kind: FaultKind) {
        self.faults.push(Fault { file, kind });
    }

    fn finish(mut self) -> Sessions {
        for (file, session_id) in std::mem::take(&mut self.without_events) {
            if self.logs.contains_key(&session_id) {
                self.passed_over.push(file);
            } else {
                self.fault(file, FaultKind::WithoutEvents);
            }
        }
        let logs = self.logs.into_values().map(|(_, log)| log).collect();
        Sessions { logs, faults: self.faults, passed_over: self.passed_over }
    }
}

impl Sessions {
    /// How many of the sessions were broken off.
    pub fn n_incomplete(&self) -> usize {
        self.logs.iter().filter(|log| !is_complete(log)).count()
    }
}

/// The files of a zip file.
fn members(bytes: Vec<u8>) -> Result<Vec<(String, Vec<u8>)>, FaultKind> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut members = Vec::new();
    for at in 0..archive.len() {
        let mut member = archive.by_index_raw(at)?;
        if member.is_dir() {
            continue;
        }
        let path = member.name()?.into_owned();
        let broken = |source| FaultKind::Member { member: path.clone(), source };
        let mut packed = Vec::new();
        member.read_to_end(&mut packed).map_err(broken)?;
        let unpacked = unpack(packed, member.compression(), member.size());
        let bytes = unpacked.map_err(|reason| broken(std::io::Error::other(reason)))?;
        members.push((path, bytes));
    }
    Ok(members)
}

/// The bytes of a member. The crate `zip` could do it too, but would then bring packing along to
/// everyone who only writes.
fn unpack(packed: Vec<u8>, method: CompressionMethod, n_bytes: u64) -> Result<Vec<u8>, String> {
    match method {
        CompressionMethod::Stored => Ok(packed),
        CompressionMethod::DEFLATE if n_bytes <= MAX_MEMBER_BYTES => {
            let bytes = decompress_to_vec_with_limit(&packed, n_bytes as usize);
            bytes.map_err(|error| format!("it is damaged: {error}"))
        }
        CompressionMethod::DEFLATE => Err(format!("it is larger than {MAX_MEMBER_BYTES} bytes")),
        other => Err(format!("it is packed as {other:?}, which few programs do")),
    }
}

/// Text that stands beside sessions: a README, the wide table.
fn is_no_session(text: &str) -> bool {
    let head = text.lines().next().unwrap_or_default();
    let columns: Vec<&str> = head.split(',').map(|cell| cell.trim_matches('"')).collect();
    text.starts_with("# ") || columns.starts_with(&["anchor", "audio"])
}

/// The session that a csv names in its first row.
fn session_of(text: &str) -> String {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let at = reader.headers().ok().and_then(|h| h.iter().position(|name| name == "session_id"));
    let record = reader.records().next().and_then(Result::ok);
    let cell = at.zip(record).and_then(|(at, record)| record.get(at).map(str::to_owned));
    cell.map(|cell| cell.strip_prefix('\'').unwrap_or(&cell).to_owned()).unwrap_or_default()
}
