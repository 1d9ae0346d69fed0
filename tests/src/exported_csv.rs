//! The exported table, read as strictly as it is promised to be written.
//!
//! The promise is jsPsych's: every cell in double quotes, `"` inside doubled, commas without spaces
//! between, CRLF after every line, no byte order mark. A column that a row lacks is `""`; a value that
//! was null is `"null"`.

/// A table: one line of names, then rows of as many cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedTable {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub struct ExportedRow<'a> {
    table: &'a ExportedTable,
    number: usize,
}

impl ExportedTable {
    /// Reads a whole file.
    ///
    /// # Errors
    ///
    /// At the first letter that is not as promised.
    pub fn parse(text: &str) -> Result<Self, ExportedTableError> {
        let mut lines = Reader { rest: text, line: 1 }.lines()?.into_iter();
        let columns = lines.next().ok_or(ExportedTableError::Empty)?;
        for (at, column) in columns.iter().enumerate() {
            if columns[..at].contains(column) {
                return Err(ExportedTableError::ColumnTwice { column: column.clone() });
            }
        }
        let rows: Vec<Vec<String>> = lines.collect();
        if let Some(at) = rows.iter().position(|row| row.len() != columns.len()) {
            let (expected, got) = (columns.len(), rows[at].len());
            return Err(ExportedTableError::WrongWidth { row: at, expected, got });
        }
        Ok(Self { columns, rows })
    }

    /// The names of the columns, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = ExportedRow<'_>> {
        (0..self.rows.len()).map(|number| ExportedRow { table: self, number })
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }
}

impl<'a> ExportedRow<'a> {
    /// The text of a cell.
    ///
    /// # Errors
    ///
    /// If there is no such column.
    pub fn text(self, column: &str) -> Result<&'a str, ExportedTableError> {
        let at = self.table.columns.iter().position(|name| name == column);
        let at = at.ok_or_else(|| ExportedTableError::NoColumn { column: column.to_owned() })?;
        Ok(&self.table.rows[self.number][at])
    }

    /// The number in a cell; none where the value was null or the row lacks the column.
    ///
    /// # Errors
    ///
    /// If there is no such column, or something else in it.
    pub fn number(self, column: &str) -> Result<Option<f64>, ExportedTableError> {
        match self.text(column)? {
            "" | "null" => Ok(None),
            text => text.parse().map(Some).map_err(|_| ExportedTableError::NoNumber {
                row: self.number,
                column: column.to_owned(),
                got: text.to_owned(),
            }),
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    /// Of the file, counted from 1 for messages.
    line: usize,
}

impl Reader<'_> {
    fn lines(mut self) -> Result<Vec<Vec<String>>, ExportedTableError> {
        let mut lines = Vec::new();
        while !self.rest.is_empty() {
            let mut cells = vec![self.cell()?];
            while self.take(",") {
                cells.push(self.cell()?);
            }
            if !self.take("\r\n") {
                return Err(self.expected("a comma or CRLF"));
            }
            self.line += 1;
            lines.push(cells);
        }
        Ok(lines)
    }

    fn cell(&mut self) -> Result<String, ExportedTableError> {
        if !self.take("\"") {
            return Err(self.expected("a quote that opens a cell"));
        }
        let mut cell = String::new();
        loop {
            let Some(end) = self.rest.find('"') else {
                return Err(self.expected("a quote that closes a cell"));
            };
            cell.push_str(&self.rest[..end]);
            self.line += self.rest[..end].matches('\n').count();
            self.rest = &self.rest[end + 1..];
            if !self.take("\"") {
                return Ok(cell);
            }
            cell.push('"');
        }
    }

    fn take(&mut self, begin: &str) -> bool {
        let rest = self.rest.strip_prefix(begin);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expected(&self, expected: &'static str) -> ExportedTableError {
        let got = self.rest.chars().take(12).collect();
        ExportedTableError::Unexpected { line: self.line, expected, got }
    }
}

/// What is not as promised.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportedTableError {
    /// No line at all.
    #[error("the table is empty")]
    Empty,
    /// Something else than the format asks for.
    #[error("line {line}: expected {expected}, got {got:?}")]
    Unexpected {
        /// Line of the file, from 1.
        line: usize,
        /// What the format asks for.
        expected: &'static str,
        /// What stands there.
        got: String,
    },
    /// A name that stands twice.
    #[error("the column '{column}' stands twice")]
    ColumnTwice {
        /// The name.
        column: String,
    },
    /// A row with more or fewer cells than there are columns.
    #[error("row {row}: expected {expected} cells, got {got}")]
    WrongWidth {
        /// Row, from 0.
        row: usize,
        /// Number of columns.
        expected: usize,
        /// Number of cells.
        got: usize,
    },
    /// A column that the table lacks.
    #[error("there is no column '{column}'")]
    NoColumn {
        /// The name.
        column: String,
    },
    /// A cell that is no number.
    #[error("row {row}: '{column}' is no number: {got:?}")]
    NoNumber {
        /// Row, from 0.
        row: usize,
        /// Column.
        column: String,
        /// What stands there.
        got: String,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn fault(text: &str) -> String {
        ExportedTable::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_table_as_promised_is_read_cell_by_cell() {
        let text = "\"rt\",\"say\"\r\n\"12\",\"a \"\"b\"\", c\r\nd\"\r\n\"null\",\"\"\r\n";
        let table = ExportedTable::parse(text).unwrap();
        assert_eq!(table.columns(), ["rt", "say"]);
        assert_eq!(table.n_rows(), 2);
        let rows: Vec<_> = table.rows().collect();
        assert_eq!(rows[0].number("rt"), Ok(Some(12.0)));
        assert_eq!(rows[0].text("say"), Ok("a \"b\", c\r\nd"));
        assert_eq!((rows[1].number("rt"), rows[1].text("rt")), (Ok(None), Ok("null")));
        assert_eq!(rows[1].number("say"), Ok(None));
        assert!(rows[0].number("say").is_err() && rows[0].text("x").is_err());
    }

    #[test]
    fn every_other_way_to_write_it_is_refused() {
        assert_eq!(fault(""), "the table is empty");
        for (text, expected) in [
            ("\"a\"\n", "line 1: expected a comma or CRLF, got \"\\n\""),
            ("\"a\"", "line 1: expected a comma or CRLF, got \"\""),
            ("a\r\n", "line 1: expected a quote that opens a cell, got \"a\\r\\n\""),
            ("\u{feff}\"a\"\r\n", "line 1: expected a quote that opens"),
            ("\"a\", \"b\"\r\n", "line 1: expected a quote that opens"),
            ("\"a\",\r\n", "line 1: expected a quote that opens"),
            ("\"a\"\r\n\r\n", "line 2: expected a quote that opens"),
            ("\"a\"\r\n\"b", "line 2: expected a quote that closes"),
            ("\"a\"\r\n\"b\"c\"\r\n", "line 2: expected a comma or CRLF, got \"c"),
            ("\"a\",\"a\"\r\n", "the column 'a' stands twice"),
            ("\"a\",\"b\"\r\n\"1\"\r\n", "row 0: expected 2 cells, got 1"),
        ] {
            let fault = fault(text);
            assert!(fault.starts_with(expected), "{text:?}: {fault}");
        }
    }
}
