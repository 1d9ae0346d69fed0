//! `recommendations.csv`: one row a recommended song.

use super::conditions::Condition;
use crate::catalog::{NumberedRows, RowError, TrackId};
use std::collections::BTreeMap;
use std::io;

/// Columns of `recommendations.csv`, in their order.
const COLUMNS: [&str; 5] = ["anchor_id", "condition", "rank", "track_id", "similarity"];

/// One recommended song.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// The song that it follows.
    pub anchor_id: TrackId,
    /// How it was chosen.
    pub condition: Condition,
    /// Place in the condition's list for this anchor, from 1.
    pub rank: usize,
    /// The recommended song.
    pub track_id: TrackId,
    /// Cosine similarity, -1 to 1; `None` where the condition does not look at embeddings.
    pub similarity: Option<f32>,
}

/// Recommendations, sorted by anchor, condition and rank.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recommendations {
    rows: Vec<Recommendation>,
}

impl Recommendations {
    /// These recommendations, sorted.
    pub fn new(mut rows: Vec<Recommendation>) -> Self {
        rows.sort_by(|a, b| {
            let key = |row: &Recommendation| (row.condition, row.rank);
            a.anchor_id.cmp(&b.anchor_id).then_with(|| key(a).cmp(&key(b)))
        });
        Self { rows }
    }

    /// All rows, sorted by anchor, condition and rank.
    pub fn rows(&self) -> &[Recommendation] {
        &self.rows
    }

    /// What one condition recommends to one anchor, by rank.
    pub fn of(&self, anchor_id: &TrackId, condition: Condition) -> &[Recommendation] {
        let before =
            |row: &Recommendation| (&row.anchor_id, row.condition) < (anchor_id, condition);
        let until =
            |row: &Recommendation| (&row.anchor_id, row.condition) <= (anchor_id, condition);
        &self.rows[self.rows.partition_point(before)..self.rows.partition_point(until)]
    }

    /// The conditions that recommend something, in their order.
    pub fn conditions(&self) -> Vec<Condition> {
        let has = |c: &Condition| self.rows.iter().any(|row| row.condition == *c);
        Condition::ALL.into_iter().filter(has).collect()
    }

    /// The same without the rows that `keep` refuses; those below move up, so that ranks stay
    /// without gaps. For nearest neighbours this is what the smaller choice would have given.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&Recommendation) -> bool) -> Self {
        let mut ranks: BTreeMap<(&TrackId, Condition), usize> = BTreeMap::new();
        let mut rows = Vec::new();
        for row in self.rows.iter().filter(|row| keep(row)) {
            let rank = ranks.entry((&row.anchor_id, row.condition)).or_insert(0);
            *rank += 1;
            rows.push(Recommendation { rank: *rank, ..row.clone() });
        }
        Self { rows }
    }

    /// Reads `recommendations.csv`. Columns may stand in any order and further ones are ignored.
    ///
    /// # Errors
    ///
    /// A missing column, or a value that does not fit its column, with its line.
    pub fn read_csv(reader: impl io::Read) -> Result<Self, RecommendationsError> {
        let records = NumberedRows::new(reader)?;
        let mut columns = [0; 5];
        for (place, column) in columns.iter_mut().zip(COLUMNS) {
            let is_column = |name: &str| name.trim_start_matches('\u{feff}') == column;
            *place = records
                .headers()
                .iter()
                .position(is_column)
                .ok_or(RecommendationsError::MissingColumn { column })?;
        }
        let mut rows = Vec::new();
        for record in records {
            let (line, record) = record?;
            rows.push(parse_row(line, columns.map(|at| record.get(at).unwrap_or("")))?);
        }
        Ok(Self::new(rows))
    }

    /// Writes `recommendations.csv`.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn write_csv(&self, writer: impl io::Write) -> Result<(), RecommendationsError> {
        let mut writer = csv::Writer::from_writer(writer);
        writer.write_record(COLUMNS)?;
        for row in &self.rows {
            writer.write_record([
                row.anchor_id.as_str(),
                row.condition.name(),
                &row.rank.to_string(),
                row.track_id.as_str(),
                &row.similarity.map_or_else(String::new, |similarity| similarity.to_string()),
            ])?;
        }
        writer.flush().map_err(csv::Error::from)?;
        Ok(())
    }
}

fn parse_row(line: u64, fields: [&str; 5]) -> Result<Recommendation, RecommendationsError> {
    let wrong = |column: usize, expected| RecommendationsError::WrongValue {
        line,
        column: COLUMNS[column],
        expected,
        got: fields[column].chars().take(80).collect(),
    };
    let id = |column: usize| {
        TrackId::parse(fields[column])
            .ok_or_else(|| wrong(column, "a track id (1 to 64 letters, digits, - or _)"))
    };
    Ok(Recommendation {
        anchor_id: id(0)?,
        condition: Condition::from_name(fields[1])
            .ok_or_else(|| wrong(1, "audio, multimodal, lyrics, random or genre"))?,
        rank: fields[2]
            .parse()
            .ok()
            .filter(|rank| *rank > 0)
            .ok_or_else(|| wrong(2, "a whole number from 1"))?,
        track_id: id(3)?,
        similarity: match fields[4] {
            "" => None,
            text => Some(
                text.parse()
                    .ok()
                    .filter(|value: &f32| value.abs() <= 1.0)
                    .ok_or_else(|| wrong(4, "a number from -1 to 1 or nothing"))?,
            ),
        },
    })
}

/// What can be wrong with `recommendations.csv`.
#[derive(Debug, thiserror::Error)]
pub enum RecommendationsError {
    /// A column is not there.
    #[error("the recommendations have no column '{column}'; make them with `segue recommend`")]
    MissingColumn {
        /// Its name.
        column: &'static str,
    },
    /// A field that does not parse.
    #[error("recommendations line {line}, column '{column}': expected {expected}, got '{got}'")]
    WrongValue {
        /// Line of the file, from 1.
        line: u64,
        /// Column.
        column: &'static str,
        /// What the column takes.
        expected: &'static str,
        /// What stands there.
        got: String,
    },
    /// Not a csv, or not readable.
    #[error("the recommendations can't be read as csv")]
    Row(#[from] RowError),
    /// Not writable.
    #[error("the recommendations can't be written as csv")]
    Csv(#[from] csv::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(anchor: &str, condition: Condition, rank: usize, track: &str) -> Recommendation {
        let similarity = condition.needs_embeddings().then_some(0.1 * rank as f32);
        let [anchor_id, track_id] = [anchor, track].map(|id| TrackId::parse(id).unwrap());
        Recommendation { anchor_id, condition, rank, track_id, similarity }
    }

    fn example() -> Recommendations {
        Recommendations::new(vec![
            row("b", Condition::Random, 1, "a"),
            row("a", Condition::Audio, 2, "c"),
            row("a", Condition::Audio, 1, "b"),
            row("a", Condition::Audio, 3, "d"),
        ])
    }

    #[test]
    fn csv_round_trip() {
        let mut bytes = Vec::new();
        example().write_csv(&mut bytes).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(
            text.starts_with("anchor_id,condition,rank,track_id,similarity\na,audio,1,b,0.1\n")
        );
        assert!(text.ends_with("b,random,1,a,\n"), "{text}");
        assert_eq!(Recommendations::read_csv(bytes.as_slice()).unwrap(), example());
    }

    #[test]
    fn filtering_closes_the_gaps() {
        let kept = example().filtered(|row| row.track_id.as_str() != "c");
        let a = TrackId::parse("a").unwrap();
        let ranks: Vec<(usize, &str)> = kept
            .of(&a, Condition::Audio)
            .iter()
            .map(|row| (row.rank, row.track_id.as_str()))
            .collect();
        assert_eq!(ranks, [(1, "b"), (2, "d")]);
        assert!(kept.of(&a, Condition::Random).is_empty());
        assert_eq!(kept.conditions(), [Condition::Audio, Condition::Random]);
    }

    #[test]
    fn wrong_values_name_line_and_column() {
        let error = |row: &str| {
            let csv = format!("anchor_id,condition,rank,track_id,similarity\n{row}\n");
            Recommendations::read_csv(csv.as_bytes()).unwrap_err().to_string()
        };
        assert!(error("a,audio,0,b,1").contains("line 2, column 'rank'"));
        assert!(error("a,audio,1,b,1\r\na,audio,0,b,1").contains("line 3, column 'rank'"));
        assert!(error("a,hearing,1,b,1").contains("'condition'"));
        assert!(error("a,audio,1,../b,1").contains("'track_id'"));
        assert!(error("a,audio,1,b,NaN").contains("'similarity'"));
        let error = Recommendations::read_csv("anchor_id\n".as_bytes()).unwrap_err().to_string();
        assert!(error.contains("'condition'"), "{error}");
    }
}
