//! Links that a person must decide: `catalog.ambiguous.csv`, and the decisions read back from it.

use super::genius::LyricsRow;
use super::{NumberedRows, RowError, shown_header};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// A file with its best candidates.
#[derive(Debug, Clone, PartialEq)]
pub struct Ambiguous {
    /// Path of the file, relative to the folder of audio files.
    pub audio_path: String,
    /// Why it is not decided.
    pub why: String,
    /// The best rows, at most three, the best first.
    pub candidates: Vec<Candidate>,
    /// A person's decision: a candidate's id, `none`, or empty.
    pub decision: String,
}

/// A row that may belong to a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The row's id in the csv, or its `track_id` where it has none.
    pub id: String,
    /// Title.
    pub title: String,
    /// Artist.
    pub artist: String,
    /// Score, 0 to 1.
    pub score: f64,
    /// Why that score.
    pub reasons: String,
}

/// Writes `catalog.ambiguous.csv`. Decisions that were given are kept in it, so that the file can be
/// filled in, given back and filled in further.
///
/// # Errors
///
/// What the writer says.
pub fn write_ambiguous(files: &[Ambiguous], writer: impl io::Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(writer);
    let mut header = vec!["audio_path".to_owned(), "why".to_owned()];
    for number in 1..=3 {
        let columns = ["id", "title", "artist", "score", "reasons"];
        header.extend(columns.map(|column| format!("candidate_{number}_{column}")));
    }
    header.push("decision".to_owned());
    writer.write_record(&header)?;
    for file in files {
        let mut record = vec![file.audio_path.clone(), file.why.clone()];
        for number in 0..3 {
            record.extend(file.candidates.get(number).map_or_else(Default::default, |candidate| {
                [
                    candidate.id.clone(),
                    candidate.title.clone(),
                    candidate.artist.clone(),
                    format!("{:.4}", candidate.score),
                    candidate.reasons.clone(),
                ]
            }));
        }
        record.push(file.decision.clone());
        writer.write_record(&record)?;
    }
    writer.flush().map_err(csv::Error::from)
}

/// What a person decided on one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// No row: the file is left out.
    None,
    /// The row of this id: the csv's, or a `track_id`.
    Row(String),
}

impl Decision {
    /// Whether it names that row.
    pub fn names(&self, row: &LyricsRow) -> bool {
        match self {
            Self::None => false,
            Self::Row(id) => *id == row.id || *id == row.track_id().as_str(),
        }
    }
}

/// A person's decisions, by the path of the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decisions {
    by_path: BTreeMap<String, Decision>,
    ids: BTreeSet<String>,
}

impl Decisions {
    /// Reads the columns `audio_path` and `decision`; an empty decision is none yet. An empty file has
    /// no decisions.
    ///
    /// # Errors
    ///
    /// A missing column, a file decided twice in different ways, one row given to two files, or
    /// something that is not a csv.
    pub fn read_csv(reader: impl io::Read) -> Result<Self, DecisionError> {
        let rows = NumberedRows::flexible(reader)?;
        let headers = rows.headers().clone();
        if headers.is_empty() {
            return Ok(Self::default());
        }
        let find = |column: &'static str| {
            let at = headers.iter().position(|h| h.trim_start_matches('\u{feff}').trim() == column);
            at.ok_or_else(|| DecisionError::MissingColumn { column, found: shown_header(&headers) })
        };
        let (path_at, decision_at) = (find("audio_path")?, find("decision")?);
        let mut decisions = Self::default();
        for row in rows {
            let (line, record) = row?;
            let field = |at: usize| record.get(at).unwrap_or("").trim();
            if !field(decision_at).is_empty() {
                decisions.insert(line, field(path_at), field(decision_at))?;
            }
        }
        Ok(decisions)
    }

    fn insert(&mut self, line: u64, path: &str, decision: &str) -> Result<(), DecisionError> {
        let decision = if decision.eq_ignore_ascii_case("none") {
            Decision::None
        } else {
            if !self.ids.insert(decision.to_owned()) {
                return Err(DecisionError::RowTwice { line, id: decision.to_owned() });
            }
            Decision::Row(decision.to_owned())
        };
        match self.by_path.insert(path.to_owned(), decision) {
            None => Ok(()),
            Some(_) => Err(DecisionError::FileTwice { line, path: path.to_owned() }),
        }
    }

    /// Paths and decisions, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Decision)> {
        self.by_path.iter().map(|(path, decision)| (path.as_str(), decision))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    /// Number of decisions.
    pub fn len(&self) -> usize {
        self.by_path.len()
    }

    /// Paths of the files that were given this row.
    pub(super) fn files_of(&self, row: &LyricsRow) -> Vec<String> {
        let wanted = |id: &str| self.ids.contains(id);
        if self.ids.is_empty() || !(wanted(&row.id) || wanted(row.track_id().as_str())) {
            return Vec::new();
        }
        let files = self.by_path.iter().filter(|(_, decision)| decision.names(row));
        files.map(|(path, _)| path.clone()).collect()
    }
}

/// What can be wrong with a file of decisions.
#[derive(Debug, thiserror::Error)]
pub enum DecisionError {
    /// A column is missing.
    #[error(
        "the decisions have no column '{column}', only '{found}'; fill in catalog.ambiguous.csv"
    )]
    MissingColumn {
        /// Its name.
        column: &'static str,
        /// The header as it is.
        found: String,
    },
    /// A file stands twice.
    #[error("decisions line {line}: '{path}' is decided twice; keep one line")]
    FileTwice {
        /// Line of the second.
        line: u64,
        /// The file.
        path: String,
    },
    /// A row was given to two files.
    #[error(
        "decisions line {line}: row '{id}' was given to another file before; one row, one file"
    )]
    RowTwice {
        /// Line of the second.
        line: u64,
        /// The row.
        id: String,
    },
    /// Not a csv, or not readable.
    #[error("the decisions can't be read as csv")]
    Row(#[from] RowError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read_back() {
        let candidate = Candidate {
            id: "7".into(),
            title: "A, b".into(),
            artist: "C".into(),
            score: 0.5,
            reasons: "r".into(),
        };
        let file = |path: &str, decision: &str| Ambiguous {
            audio_path: path.into(),
            why: "w".into(),
            candidates: vec![candidate.clone()],
            decision: decision.into(),
        };
        let mut bytes = Vec::new();
        let files = [file("a.mp3", "7"), file("b.mp3", ""), file("c.mp3", "None")];
        write_ambiguous(&files, &mut bytes).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.starts_with("audio_path,why,candidate_1_id,candidate_1_title"), "{text}");
        assert!(text.contains("a.mp3,w,7,\"A, b\",C,0.5000,r,,,,,,,,,,,7\n"), "{text}");
        let decisions = Decisions::read_csv(bytes.as_slice()).unwrap();
        let found: Vec<_> = decisions.iter().collect();
        assert_eq!(found, [("a.mp3", &Decision::Row("7".into())), ("c.mp3", &Decision::None)]);
    }

    #[test]
    fn contradictions_are_refused() {
        let error = |text: &str| Decisions::read_csv(text.as_bytes()).unwrap_err().to_string();
        assert!(error("audio_path\na\n").contains("'decision'"));
        assert!(error("audio_path,decision\na,1\na,none\n").contains("'a' is decided twice"));
        assert!(error("audio_path,decision\na,1\nb,1\n").contains("row '1'"));
        for end in ["\n", "\r\n"] {
            let text = format!("audio_path,decision{end}a,1{end}{end}b,1{end}");
            assert!(error(&text).contains("decisions line 4"), "{}", error(&text));
        }
    }
}
