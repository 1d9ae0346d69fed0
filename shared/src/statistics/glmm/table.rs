//! Tables of answers: csv with the columns `participant,song,condition,like`.

use super::model::Rating;
use csv::StringRecord;

/// Answers as they stand in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatingTable {
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    participant: String,
    song: String,
    condition: String,
    liked: bool,
}

impl Row {
    fn rating(&self) -> Rating<'_> {
        Rating {
            participant: &self.participant,
            song: &self.song,
            condition: &self.condition,
            liked: self.liked,
            covariates: Vec::new(),
        }
    }
}

const COLUMNS: [&str; 4] = ["participant", "song", "condition", "like"];

impl RatingTable {
    /// Reads a table with the columns `participant,song,condition,like` in any order; others are passed
    /// over. `like` is 1 or 0, or true or false in any case.
    ///
    /// # Errors
    ///
    /// If a column is missing or twice there, a cell is empty or does not fit, or there is no row. Rows
    /// are counted from 1, the head line left out.
    pub fn from_csv(text: &str) -> Result<Self, TableError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let headers = reader.headers()?.clone();
        let places = places(&headers)?;
        let mut rows = Vec::new();
        for (at, record) in reader.records().enumerate() {
            rows.push(parse(at + 1, &record?, places)?);
        }
        if rows.is_empty() { Err(TableError::Empty) } else { Ok(Self { rows }) }
    }

    /// The answers.
    pub fn ratings(&self) -> Vec<Rating<'_>> {
        self.rows.iter().map(Row::rating).collect()
    }
}

/// Where the columns stand.
fn places(headers: &StringRecord) -> Result<[usize; 4], TableError> {
    let mut places = [0; 4];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let mut found =
            headers.iter().enumerate().filter(|(_, name)| name.trim() == column).map(|(at, _)| at);
        let found_at = found.next().ok_or_else(|| TableError::MissingColumn {
            column,
            found: headers.iter().map(str::to_owned).collect(),
        })?;
        if found.next().is_some() {
            return Err(TableError::ColumnTwice { column });
        }
        *place = found_at;
    }
    Ok(places)
}

fn parse(row: usize, record: &StringRecord, places: [usize; 4]) -> Result<Row, TableError> {
    let cell = |at: usize| record.get(places[at]).unwrap_or("").trim();
    let name = |at: usize| {
        let empty = TableError::EmptyCell { row, column: COLUMNS[at] };
        if cell(at).is_empty() { Err(empty) } else { Ok(cell(at).to_owned()) }
    };
    let liked = match cell(3).to_ascii_lowercase().as_str() {
        "1" | "true" => true,
        "0" | "false" => false,
        _ => return Err(TableError::NotAnAnswer { row, got: cell(3).to_owned() }),
    };
    Ok(Row { participant: name(0)?, song: name(1)?, condition: name(2)?, liked })
}

/// What can be wrong with a table of answers. Rows are counted from 1, the head line left out.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Not a csv.
    #[error("the table is no csv: every row needs as many cells as the head line")]
    NotCsv(#[from] csv::Error),
    /// No row.
    #[error("the table has no row")]
    Empty,
    /// A column is not there.
    #[error(
        "the table has no column '{column}': it needs participant, song, condition and like, got '{}'",
        found.join(",")
    )]
    MissingColumn {
        /// Its name.
        column: &'static str,
        /// What the head line holds.
        found: Vec<String>,
    },
    /// A column stands twice.
    #[error("the table has the column '{column}' twice")]
    ColumnTwice {
        /// Its name.
        column: &'static str,
    },
    /// Nothing where a name must be.
    #[error("row {row}, column '{column}': expected a name, got nothing")]
    EmptyCell {
        /// Its row.
        row: usize,
        /// Its column.
        column: &'static str,
    },
    /// Neither yes nor no.
    #[error("row {row}, column 'like': expected 1 or 0, got '{got}'")]
    NotAnAnswer {
        /// Its row.
        row: usize,
        /// What stands there.
        got: String,
    },
}
