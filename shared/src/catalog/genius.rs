//! Rows of lyrics from the csv of the "5 Million Song Lyrics Dataset" (Genius), in both editions.
//!
//! The first has the columns `title,tag,artist,year,views,features,lyrics,id`, the second adds
//! `language_cld3,language_ft,language`. Columns are found by their names, in any order; `isrc` and
//! `duration_secs`, which neither edition has, are read where a csv of one's own has them. Rows are
//! streamed; a broken one is told with its line and its reason, and reading goes on.

use super::TrackId;
use super::language::Language;
use super::records::{MAX_RECORD_BYTES, Records, Step};
use std::io::{self, Read};

/// One song of the csv.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LyricsRow {
    /// Line of the file, from 1.
    pub line: u64,
    /// The source's id; may be empty.
    pub id: String,
    /// Title.
    pub title: String,
    /// Main artist.
    pub artist: String,
    /// Genre (the column `tag`).
    pub genre: String,
    /// Year of release, where it is credible (1000 to 2999).
    pub year: Option<i32>,
    /// Page views.
    pub views: Option<u64>,
    /// Further artists.
    pub features: Vec<String>,
    /// Lyrics as they stand there.
    pub lyrics: String,
    /// Language by the columns, where they name one. The column `language`, filled where both
    /// detectors of the dataset's makers agree, has confidence 1; one of the two alone 0.5.
    pub language: Option<Language>,
    /// International Standard Recording Code, where the csv has that column.
    pub isrc: Option<String>,
    /// Length in seconds, where the csv has that column.
    pub duration_secs: Option<f64>,
}

impl LyricsRow {
    /// The stable id of the song: from the source's id, or from artist and title where it has none.
    pub fn track_id(&self) -> TrackId {
        if self.id.is_empty() {
            TrackId::from_parts(&["genius", &self.artist, &self.title])
        } else {
            TrackId::from_parts(&["genius", &self.id])
        }
    }
}

/// Where each column stands.
#[derive(Debug, Clone)]
struct Columns {
    names: Vec<String>,
    title: usize,
    tag: usize,
    artist: usize,
    lyrics: usize,
    id: Option<usize>,
    year: Option<usize>,
    views: Option<usize>,
    features: Option<usize>,
    language: Option<usize>,
    language_cld3: Option<usize>,
    language_ft: Option<usize>,
    isrc: Option<usize>,
    duration_secs: Option<usize>,
}

impl Columns {
    fn of(names: Vec<String>) -> Result<Self, GeniusError> {
        let find = |name: &str| names.iter().position(|found| found.eq_ignore_ascii_case(name));
        let need = |column: &'static str| {
            find(column).ok_or_else(|| GeniusError::MissingColumn {
                column,
                found: names.join(",").chars().take(200).collect(),
            })
        };
        Ok(Self {
            title: need("title")?,
            tag: need("tag")?,
            artist: need("artist")?,
            lyrics: need("lyrics")?,
            id: find("id"),
            year: find("year"),
            views: find("views"),
            features: find("features"),
            language: find("language"),
            language_cld3: find("language_cld3"),
            language_ft: find("language_ft"),
            isrc: find("isrc"),
            duration_secs: find("duration_secs"),
            names,
        })
    }
}

/// Streams the rows.
pub struct GeniusReader<R> {
    records: Records<R>,
    columns: Columns,
}

impl<R: Read> GeniusReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// If the source can't be read or lacks one of the columns `title`, `tag`, `artist`, `lyrics`.
    pub fn new(source: R) -> Result<Self, GeniusError> {
        let mut records = Records::new(source);
        let (_, step) = records.step()?;
        let names = match step {
            Step::Record => (0..records.n_fields())
                .map(|at| String::from_utf8_lossy(records.field(at)).trim().to_owned())
                .collect(),
            Step::End => return Err(GeniusError::Empty),
            Step::TooLong(_) | Step::TooManyFields => return Err(GeniusError::NotACsv),
        };
        let columns = Columns::of(names)?;
        Ok(Self { records, columns })
    }

    /// Whether there is a column that tells the language.
    pub fn has_language(&self) -> bool {
        let columns = &self.columns;
        columns.language.or(columns.language_cld3).or(columns.language_ft).is_some()
    }

    /// Whether there is a column of page views.
    pub fn has_views(&self) -> bool {
        self.columns.views.is_some()
    }

    /// The next row, or why it is broken; `None` at the end.
    ///
    /// # Errors
    ///
    /// If the source can't be read any further.
    pub fn next_row(&mut self) -> Result<Option<Result<LyricsRow, BrokenRow>>, GeniusError> {
        let (line, step) = self.records.step()?;
        let row = match step {
            Step::End => return Ok(None),
            Step::Record => self.row(line),
            Step::TooLong(n_bytes) => Err(RowFault::TooLong { n_bytes }),
            Step::TooManyFields => Err(RowFault::FieldCount {
                expected: self.columns.names.len(),
                got: self.records.n_fields(),
            }),
        };
        Ok(Some(row.map_err(|fault| BrokenRow { line, fault })))
    }

    fn row(&self, line: u64) -> Result<LyricsRow, RowFault> {
        let columns = &self.columns;
        let (expected, got) = (columns.names.len(), self.records.n_fields());
        if expected != got {
            return Err(RowFault::FieldCount { expected, got });
        }
        let optional = |at: Option<usize>| at.map_or(Ok(""), |at| self.text(at));
        Ok(LyricsRow {
            line,
            id: optional(columns.id)?.trim().to_owned(),
            title: self.text(columns.title)?.trim().to_owned(),
            artist: self.text(columns.artist)?.trim().to_owned(),
            genre: self.text(columns.tag)?.trim().to_owned(),
            year: number::<i32>("year", optional(columns.year)?)?
                .filter(|year| (1000..3000).contains(year)),
            views: number("views", optional(columns.views)?)?,
            features: features(optional(columns.features)?),
            lyrics: self.text(columns.lyrics)?.to_owned(),
            language: language(
                optional(columns.language)?,
                optional(columns.language_cld3)?,
                optional(columns.language_ft)?,
            ),
            isrc: known(optional(columns.isrc)?).map(str::to_owned),
            duration_secs: number("duration_secs", optional(columns.duration_secs)?)?,
        })
    }

    fn text(&self, at: usize) -> Result<&str, RowFault> {
        std::str::from_utf8(self.records.field(at))
            .map_err(|source| RowFault::NotUtf8 { column: self.columns.names[at].clone(), source })
    }
}

/// The text, unless it stands for a missing value.
fn known(text: &str) -> Option<&str> {
    let text = text.trim();
    let missing = ["", "nan", "none", "null"];
    (!missing.iter().any(|word| text.eq_ignore_ascii_case(word))).then_some(text)
}

/// A number, or nothing; whole numbers may be written as tables of numbers with gaps are (`2004.0`).
fn number<T: std::str::FromStr>(column: &'static str, text: &str) -> Result<Option<T>, RowFault> {
    let Some(text) = known(text) else { return Ok(None) };
    let whole = text.strip_suffix(".0").unwrap_or(text);
    whole
        .parse()
        .or_else(|_| text.parse())
        .map(Some)
        .map_err(|_| RowFault::NotANumber { column, got: text.chars().take(40).collect() })
}

fn language(agreed: &str, cld3: &str, ft: &str) -> Option<Language> {
    let (code, confidence) = match (known(agreed), known(cld3), known(ft)) {
        (Some(code), _, _) => (code, 1.0),
        (None, Some(one), Some(other)) if one == other => (one, 1.0),
        (None, Some(code), None) | (None, None, Some(code)) => (code, 0.5),
        _ => return None,
    };
    Some(Language { code: code.to_ascii_lowercase(), confidence, is_detected: false })
}

/// The artists in `{"Artist A","Artist B"}`, the notation of a Postgres array.
fn features(text: &str) -> Vec<String> {
    let inner = text.trim().trim_start_matches('{').trim_end_matches('}');
    let (mut names, mut name) = (Vec::new(), String::new());
    let (mut quoted, mut escaped) = (false, false);
    for c in inner.chars() {
        match c {
            _ if escaped => {
                name.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => names.push(std::mem::take(&mut name)),
            _ => name.push(c),
        }
    }
    names.push(name);
    // The dataset escapes twice, so that a backslash may be left before an apostrophe.
    names.retain_mut(|name| {
        *name = name.replace('\\', "").trim().to_owned();
        !name.is_empty()
    });
    names
}

/// A row that was skipped.
#[derive(Debug, thiserror::Error)]
#[error("line {line}")]
pub struct BrokenRow {
    /// Line of the file at which the row starts, from 1.
    pub line: u64,
    /// Why.
    #[source]
    pub fault: RowFault,
}

/// What can be wrong with a row.
#[derive(Debug, thiserror::Error)]
pub enum RowFault {
    /// More or fewer fields than columns.
    #[error("{got} fields where the header has {expected}; a quote or a comma is amiss")]
    FieldCount {
        /// Number of columns.
        expected: usize,
        /// Number of fields.
        got: usize,
    },
    /// A row that no song needs.
    #[error("{n_bytes} bytes, more than {MAX_RECORD_BYTES}; is a quote not closed?")]
    TooLong {
        /// Its length in bytes.
        n_bytes: u64,
    },
    /// Not UTF-8.
    #[error("the field '{column}' is not UTF-8")]
    NotUtf8 {
        /// Column.
        column: String,
        /// Where.
        #[source]
        source: std::str::Utf8Error,
    },
    /// Not a number.
    #[error("the field '{column}' should be a number and is '{got}'")]
    NotANumber {
        /// Column.
        column: &'static str,
        /// What stands there.
        got: String,
    },
}

/// What can be wrong with the whole csv.
#[derive(Debug, thiserror::Error)]
pub enum GeniusError {
    /// Nothing in it.
    #[error("the lyrics csv is empty; expected a header with title, tag, artist and lyrics")]
    Empty,
    /// A column is missing.
    #[error(
        "the lyrics csv has no column '{column}'; its first line is '{found}', expected are title, \
         tag, artist and lyrics, and year, views, features, id, language where known, in UTF-8"
    )]
    MissingColumn {
        /// Its name.
        column: &'static str,
        /// The header as it is.
        found: String,
    },
    /// A first line beyond all bounds.
    #[error("the lyrics csv does not begin with a header; is it a csv?")]
    NotACsv,
    /// Reading failed.
    #[error("the lyrics csv can't be read any further")]
    Io(#[from] io::Error),
}

#[cfg(test)]
mod tests;
