//! Rows of a csv file, each with the line at which it starts.
//!
//! The crate `csv` leaves the `\n` of a `\r\n`, and blank lines, to the record that follows, and so tells a
//! line that is too low by those. Here lines are counted as the bytes go by.

use csv::{ErrorKind, ReaderBuilder, StringRecord};
use std::collections::VecDeque;
use std::io::{self, Read};

/// Reads the header of a csv, and then its rows one after the other.
pub struct NumberedRows<R> {
    reader: csv::Reader<LineStarts<R>>,
    headers: StringRecord,
}

impl<R: Read> NumberedRows<R> {
    /// Reads the header, which every row must have as many fields as.
    ///
    /// # Errors
    ///
    /// If the source can't be read, or the header is not UTF-8.
    pub fn new(source: R) -> Result<Self, RowError> {
        Self::with(&ReaderBuilder::new(), source)
    }

    /// Reads the header; rows may be shorter or longer.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn flexible(source: R) -> Result<Self, RowError> {
        Self::with(ReaderBuilder::new().flexible(true), source)
    }

    fn with(builder: &ReaderBuilder, source: R) -> Result<Self, RowError> {
        let mut reader = builder.from_reader(LineStarts::new(source));
        let headers = reader.headers().cloned();
        let line = reader.get_mut().line_from(0);
        let headers = headers.map_err(|error| RowError::of(line, error))?;
        // Text of 16 bits a letter without a byte order mark is UTF-8 with zeros in it.
        let wide = headers.iter().position(|name| name.contains('\0'));
        match wide {
            Some(at) => Err(RowError::NotUtf8 { line, field: at + 1 }),
            None => Ok(Self { reader, headers }),
        }
    }

    /// The header, as it stands in the file.
    pub fn headers(&self) -> &StringRecord {
        &self.headers
    }
}

impl<R: Read> Iterator for NumberedRows<R> {
    type Item = Result<(u64, StringRecord), RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.reader.position().byte();
        let mut row = StringRecord::new();
        let read = self.reader.read_record(&mut row);
        let line = self.reader.get_mut().line_from(start);
        match read {
            Ok(true) => Some(Ok((line, row))),
            Ok(false) => None,
            Err(error) => Some(Err(RowError::of(line, error))),
        }
    }
}

/// The names of a header for a message, cut where it is long.
pub fn shown_header<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(",").chars().take(200).collect()
}

/// A source that knows at which byte each line starts that is not blank.
struct LineStarts<R> {
    source: R,
    n_bytes: u64,
    line: u64,
    is_at_end_of_line: bool,
    /// Byte and line, of those that were not asked for yet.
    starts: VecDeque<(u64, u64)>,
}

impl<R> LineStarts<R> {
    fn new(source: R) -> Self {
        Self { source, n_bytes: 0, line: 1, is_at_end_of_line: true, starts: VecDeque::new() }
    }

    /// The line of the first byte from there on that belongs to no line end. Bytes must be asked for in
    /// their order.
    fn line_from(&mut self, byte: u64) -> u64 {
        while self.starts.front().is_some_and(|(start, _)| *start < byte) {
            self.starts.pop_front();
        }
        self.starts.front().map_or(self.line, |(_, line)| *line)
    }
}

impl<R: Read> Read for LineStarts<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_read = self.source.read(buffer)?;
        for byte in &buffer[..n_read] {
            let is_end = matches!(byte, b'\r' | b'\n');
            if self.is_at_end_of_line && !is_end {
                self.starts.push_back((self.n_bytes, self.line));
            }
            self.is_at_end_of_line = is_end;
            self.line += u64::from(*byte == b'\n');
            self.n_bytes += 1;
        }
        Ok(n_read)
    }
}

/// Why a csv can't be read on.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// Not UTF-8.
    #[error(
        "line {line}, field {field} is not UTF-8; save the file as UTF-8 ('CSV UTF-8' in a program for \
         tables)"
    )]
    NotUtf8 {
        /// Line of the file, from 1.
        line: u64,
        /// Field of the row, from 1.
        field: usize,
    },
    /// More or fewer fields than columns.
    #[error(
        "line {line}: {got} fields where the header has {expected}; a quote or a comma is amiss"
    )]
    FieldCount {
        /// Line of the file, from 1.
        line: u64,
        /// Number of columns.
        expected: u64,
        /// Number of fields.
        got: u64,
    },
    /// Reading failed.
    #[error(transparent)]
    Csv(csv::Error),
}

impl RowError {
    fn of(line: u64, error: csv::Error) -> Self {
        match error.kind() {
            ErrorKind::Utf8 { err, .. } => Self::NotUtf8 { line, field: err.field() + 1 },
            ErrorKind::UnequalLengths { expected_len, len, .. } => {
                Self::FieldCount { line, expected: *expected_len, got: *len }
            }
            _ => Self::Csv(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::slowly::Slowly;
    use super::*;

    fn lines(source: impl Read) -> Vec<(u64, String)> {
        let rows = NumberedRows::new(source).unwrap();
        rows.map(|row| row.map(|(line, row)| (line, row[0].to_owned())).unwrap()).collect()
    }

    fn error(bytes: &[u8]) -> String {
        match NumberedRows::new(bytes) {
            Err(error) => error.to_string(),
            Ok(mut rows) => rows.find_map(Result::err).unwrap().to_string(),
        }
    }

    #[test]
    fn lines_are_the_same_with_either_line_end() {
        let text = "a,b\none,2\n\"two\nlines\",3\n\n\nsix,4\nseven,\"x\n\n\"\nten,5";
        let windows = text.replace('\n', "\r\n");
        let expected = |end: &str| -> [(u64, String); 5] {
            let second = format!("two{end}lines");
            [(2, "one"), (3, &*second), (7, "six"), (8, "seven"), (11, "ten")]
                .map(|(line, field)| (line, field.to_owned()))
        };
        assert_eq!(lines(text.as_bytes()), expected("\n"));
        assert_eq!(lines(windows.as_bytes()), expected("\r\n"));
        assert_eq!(lines(Slowly(windows.as_bytes())), expected("\r\n"));
        assert_eq!(lines(format!("\u{feff}{windows}\r\n").as_bytes()), expected("\r\n"));
        for end in ["\n", "\r\n"] {
            let blank_first = format!("{end}{end}a,b{end}one,2{end}");
            assert_eq!(lines(blank_first.as_bytes()), [(4, "one".to_owned())]);
        }
        assert!(lines(&b""[..]).is_empty());
    }

    #[test]
    fn faults_have_the_same_lines() {
        let fault = "line 3: 1 fields where the header has 2; a quote or a comma is amiss";
        assert_eq!(error(b"a,b\n1,2\n3\n"), fault);
        assert_eq!(error(b"a,b\r\n1,2\r\n3\r\n"), fault);
        let latin = error(b"a,b\r\n1,2\r\n3,\xe4\r\n");
        assert!(latin.starts_with("line 3, field 2 is not UTF-8; save the file as"), "{latin}");
    }

    #[test]
    fn text_of_16_bits_a_letter_is_not_utf_8() {
        let bytes: Vec<u8> = "a,b\r\n1,2\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(error(&bytes).starts_with("line 1, field 1 is not UTF-8"), "{}", error(&bytes));
        let marked = [&[0xff_u8, 0xfe][..], &bytes].concat();
        assert!(error(&marked).starts_with("line 1, field 1 is not UTF-8"), "{}", error(&marked));
    }
}
