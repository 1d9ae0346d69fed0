//! Csv as jsPsych 8 writes it (`JSON2CSV` of its `modules/data/utils.ts`).
//!
//! The columns are the union of the keys of all rows, in the order in which they are first met. Every
//! cell stands in double quotes, doubled within; lines end in CR LF. A key that a row lacks is an empty
//! cell, a value that is null reads `null`: the two differ.

/// One row: values by column, in the order in which they were put.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Row(Vec<(&'static str, String)>);

impl Row {
    /// Adds a value. `None` is null; what is never put is missing.
    pub(super) fn put(&mut self, column: &'static str, value: impl Cell) {
        self.0.push((column, value.cell()));
    }

    /// The columns and their values.
    pub(super) fn cells(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(column, value)| (*column, value.as_str()))
    }

    /// The value of a column; `None` where it is missing.
    pub(super) fn get(&self, column: &str) -> Option<&str> {
        self.cells().find(|(name, _)| *name == column).map(|(_, value)| value)
    }

    /// The same without these columns.
    pub(super) fn without(mut self, columns: &[&str]) -> Self {
        self.0.retain(|(column, _)| !columns.contains(column));
        self
    }
}

/// A value that a cell can hold.
pub(super) trait Cell {
    /// As it stands in the file, before it is quoted.
    fn cell(self) -> String;
}

/// Names and hashes that this program made, and texts that went through [`guarded`].
impl Cell for &str {
    fn cell(self) -> String {
        self.to_owned()
    }
}

impl Cell for String {
    fn cell(self) -> String {
        self
    }
}

impl Cell for f64 {
    fn cell(self) -> String {
        number(self)
    }
}

macro_rules! displayed {
    ($($kind:ty),*) => {
        $(impl Cell for $kind {
            fn cell(self) -> String {
                self.to_string()
            }
        })*
    };
}
displayed!(bool, u8, u32, u64, i128, f32);

impl<C: Cell> Cell for Option<C> {
    fn cell(self) -> String {
        self.map_or_else(|| "null".to_owned(), Cell::cell)
    }
}

/// A number as JavaScript writes it: the shortest digits that are read back as the same number, with an
/// exponent below 1e-6 and from 1e21.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 || (1e-6..1e21).contains(&value.abs()) {
        return format!("{}", if value == 0.0 { 0.0 } else { value });
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
        _ => text,
    }
}

/// A text that a participant, a browser or an address could have chosen, so that no spreadsheet takes
/// it for a formula: where it begins with `=`, `+`, `-`, `@`, a tab, a line break or `'`, a `'` is put
/// before it. [`unguarded`] takes that away again.
pub(super) fn guarded(text: &str) -> String {
    let guard =
        if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\'']) { "'" } else { "" };
    format!("{guard}{text}")
}

/// What [`guarded`] was given.
pub(super) fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').unwrap_or(text)
}

/// The columns of these rows, in the order in which they are first met.
pub(super) fn columns<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<&'static str> {
    let mut columns = Vec::new();
    for (column, _) in rows.into_iter().flat_map(Row::cells) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns
}

/// The csv of these rows.
pub(super) fn to_csv(rows: &[Row]) -> String {
    let columns = columns(rows);
    let mut csv = String::new();
    write_line(columns.iter().copied(), &mut csv);
    for row in rows {
        write_line(columns.iter().map(|column| row.get(column).unwrap_or("")), &mut csv);
    }
    csv
}

fn write_line<'a>(cells: impl Iterator<Item = &'a str>, csv: &mut String) {
    for (at, cell) in cells.enumerate() {
        csv.push_str(if at > 0 { ",\"" } else { "\"" });
        csv.push_str(&cell.replace('"', "\"\""));
        csv.push('"');
    }
    csv.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    impl Cell for &Value {
        fn cell(self) -> String {
            match self {
                Value::String(text) => text.clone(),
                Value::Number(value) if value.is_f64() => number(value.as_f64().unwrap()),
                other => other.to_string(),
            }
        }
    }

    /// Made by `tests/golden/jspsych/generate.mjs` with jsPsych itself.
    #[test]
    fn csv_is_that_of_jspsych() {
        let rows = include_str!("../../../../tests/golden/jspsych/rows.json");
        let rows: Vec<Vec<(String, Value)>> = serde_json::from_str(rows).unwrap();
        let mut as_rows = Vec::new();
        for row in &rows {
            let mut cells = Row::default();
            for (key, value) in row {
                cells.put(String::leak(key.clone()), value);
            }
            as_rows.push(cells);
        }
        let expected = include_str!("../../../../tests/golden/jspsych/rows.csv");
        assert_eq!(to_csv(&as_rows), expected);
    }

    #[test]
    fn formulas_are_texts() {
        for text in ["=1", "+", "-", "@x", "\t=1", "'", "'=1", "\r", "\n"] {
            let cell = guarded(text);
            assert!(cell.starts_with('\'') && unguarded(&cell) == text, "{text:?}: {cell:?}");
        }
        for text in ["", "a", "F5", " =", "5"] {
            assert_eq!((guarded(text).as_str(), unguarded(text)), (text, text));
        }
    }

    #[test]
    fn missing_and_null_differ() {
        let mut rows = [Row::default(), Row::default()];
        rows[0].put("a", None::<u32>);
        rows[1].put("b", 1u32);
        assert_eq!(to_csv(&rows), "\"a\",\"b\"\r\n\"null\",\"\"\r\n\"\",\"1\"\r\n");
    }
}
