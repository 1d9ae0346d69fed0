//! Records of a csv file, each bounded in memory.
//!
//! The crate `csv` reads a record of any length whole: one quote that is never closed would take the
//! rest of a file of many gigabytes into memory. Here a record beyond [`MAX_RECORD_BYTES`] is read
//! over, and told.

use csv_core::{ReadRecordResult, Reader};
use std::io::{self, Read};

/// Longest record that is kept, in bytes; the lyrics of a song stay well below a tenth of it.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// Most fields that a record may have.
const MAX_FIELDS: usize = 256;

/// Bytes read from the source at a time.
const INPUT_BYTES: usize = 1 << 16;

/// Reads records one after the other.
pub(super) struct Records<R> {
    source: R,
    parser: Reader,
    input: Vec<u8>,
    /// What of `input` is still to be parsed.
    pending: std::ops::Range<usize>,
    fields: Vec<u8>,
    ends: Vec<usize>,
    n_ends: usize,
}

/// What was read.
pub(super) enum Step {
    /// A record, whose fields can now be looked at.
    Record,
    /// A record of that many bytes, which was not kept.
    TooLong(u64),
    /// A record of more than 256 fields.
    TooManyFields,
    /// Nothing: the file is at its end.
    End,
}

impl<R: Read> Records<R> {
    /// Of this source, from its start.
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            parser: Reader::new(),
            input: vec![0; INPUT_BYTES],
            pending: 0..0,
            fields: vec![0; 1 << 14],
            ends: vec![0; MAX_FIELDS],
            n_ends: 0,
        }
    }

    /// Reads the next record; gives its first line, counted from 1, and what was read.
    pub(super) fn step(&mut self) -> io::Result<(u64, Step)> {
        self.fill()?;
        let line = self.next_line();
        let (mut n_bytes, mut read_over) = (0, 0u64);
        let mut too_many = false;
        self.n_ends = 0;
        loop {
            self.fill()?;
            let (result, n_in, n_out, n_ends) = self.parser.read_record(
                &self.input[self.pending.clone()],
                &mut self.fields[n_bytes..],
                &mut self.ends[self.n_ends..],
            );
            self.pending.start += n_in;
            n_bytes += n_out;
            self.n_ends += n_ends;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.fields.len() < MAX_RECORD_BYTES => {
                    self.fields.resize(self.fields.len() * 2, 0);
                }
                ReadRecordResult::OutputFull => {
                    read_over += n_bytes as u64;
                    n_bytes = 0;
                }
                ReadRecordResult::OutputEndsFull => {
                    too_many = true;
                    self.n_ends = 0;
                }
                ReadRecordResult::Record if read_over > 0 => {
                    return Ok((line, Step::TooLong(read_over + n_bytes as u64)));
                }
                ReadRecordResult::Record if too_many => return Ok((line, Step::TooManyFields)),
                ReadRecordResult::Record => return Ok((line, Step::Record)),
                ReadRecordResult::End => return Ok((line, Step::End)),
            }
        }
    }

    /// Number of fields of the record that was read last.
    pub(super) fn n_fields(&self) -> usize {
        self.n_ends
    }

    /// A field of the record that was read last.
    pub(super) fn field(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.fields[start..self.ends[at]]
    }

    /// Reads on where everything was parsed; at the end of the source nothing is pending afterwards.
    /// Four bytes at least are awaited: at the start the parser takes off a byte order mark of three,
    /// and would take what is left of it, nothing, for the end of the file.
    fn fill(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            return Ok(());
        }
        let mut filled = 0;
        while filled < 4 {
            match self.source.read(&mut self.input[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.pending = 0..filled;
        Ok(())
    }

    /// The line at which the next record starts. The parser leaves the end of the line before (`\n`
    /// after `\r`, blank lines) to the record that follows, so those are counted here.
    fn next_line(&self) -> u64 {
        let ends = self.input[self.pending.clone()]
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .filter(|byte| **byte == b'\n');
        self.parser.line() + ends.count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::super::slowly::Slowly;
    use super::*;

    fn all(source: impl Read) -> Vec<(u64, Vec<String>)> {
        let mut records = Records::new(source);
        let mut found = Vec::new();
        loop {
            let (line, step) = records.step().unwrap();
            let fields = match step {
                Step::End => return found,
                Step::Record => (0..records.n_fields())
                    .map(|at| String::from_utf8(records.field(at).to_vec()).unwrap())
                    .collect(),
                Step::TooLong(n_bytes) => vec![format!("too long: {n_bytes}")],
                Step::TooManyFields => vec!["too many".to_owned()],
            };
            found.push((line, fields));
        }
    }

    fn owned(expected: &[(u64, &[&str])]) -> Vec<(u64, Vec<String>)> {
        let fields = |fields: &[&str]| fields.iter().map(|f| (*f).to_owned()).collect();
        expected.iter().map(|(line, row)| (*line, fields(row))).collect()
    }

    #[test]
    fn lines_are_counted_through_quotes_crlf_and_blank_lines() {
        let text = "\u{feff}a,b\r\n\"x\r\ny\",\"say \"\"hi\"\"\"\r\n\r\nlast,row";
        let expected =
            owned(&[(1, &["a", "b"]), (2, &["x\r\ny", "say \"hi\""]), (5, &["last", "row"])]);
        assert_eq!(all(text.as_bytes()), expected);
        let fields = |found: Vec<(u64, Vec<String>)>| -> Vec<Vec<String>> {
            found.into_iter().map(|(_, fields)| fields).collect()
        };
        assert_eq!(fields(all(Slowly(text.as_bytes()))), fields(expected));
    }

    #[test]
    fn a_record_beyond_the_limit_is_read_over() {
        let field = "x".repeat(10_000_000);
        let text = format!("a,b\n1,{field}\n2,short\n");
        let expected =
            owned(&[(1, &["a", "b"]), (2, &["too long: 10000001"]), (3, &["2", "short"])]);
        assert_eq!(all(text.as_bytes()), expected);
    }

    #[test]
    fn a_record_of_too_many_fields_is_read_over() {
        let text = format!("a\n{}\nb\n", ",".repeat(1000));
        assert_eq!(all(text.as_bytes()), owned(&[(1, &["a"]), (2, &["too many"]), (3, &["b"])]));
    }
}
