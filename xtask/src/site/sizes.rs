//! What the website weighs: each file as it is, and as hosts send it.
//!
//! The packing is done by the programs `gzip` and `brotli`, with the strongest setting of each, as one
//! would do it once for a host; a column stays empty where its program is missing.

use super::worker::{self, files_in};
use crate::places::Places;
use crate::stages::Failure;
use std::fs;
use std::path::Path;
use std::process::Stdio;

/// A program that packs a file to its standard output.
struct Packer {
    program: &'static str,
    arguments: &'static [&'static str],
}

const PACKERS: [Packer; 2] = [
    Packer { program: "gzip", arguments: &["-9", "--stdout"] },
    Packer { program: "brotli", arguments: &["--best", "--stdout"] },
];

/// The most that a program's wasm may weigh.
struct Limit {
    /// How the name of the file begins.
    program: &'static str,
    /// Bytes packed by brotli.
    n_bytes: u64,
    /// Who waits, and what to do.
    advice: &'static str,
}

const LIMITS: [Limit; 5] = [
    // 401,000 bytes; brotli packs the same a thousand bytes larger or smaller by chance.
    Limit {
        program: "web-",
        n_bytes: 400 * 1_024,
        advice: "a participant on a phone waits for it; what only researchers need belongs to the \
                 program 'researcher'",
    },
    Limit {
        program: "searching-",
        n_bytes: 150_000,
        advice: "whoever explores waits for it; it needs no network",
    },
    // The same: 598,000 bytes here.
    Limit {
        program: "listening-",
        n_bytes: 600 * 1_024,
        advice: "every first song waits for it; what only lyrics need belongs to the program 'reading'",
    },
    Limit {
        program: "graphics-",
        n_bytes: 2_500_000,
        advice: "who has a graphics processor waits for it",
    },
    Limit {
        program: "reading-",
        n_bytes: 1_200_000,
        advice: "the first lyrics wait for it; what only sound needs belongs to the program 'listening'",
    },
];

/// The sizes of one file in bytes; packed, where the packer is there and makes it smaller.
struct Row {
    name: String,
    raw: u64,
    packed: [Option<u64>; PACKERS.len()],
}

/// Prints the table.
pub(super) fn print(places: &Places, folder: &Path) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let files = files_in(folder)?;
    for file in files.iter().map(String::as_str).chain([worker::FILE]) {
        rows.push(row(places, folder, file)?);
    }
    println!("\n{}", table(&rows));
    for packer in PACKERS {
        if places.which(packer.program).is_none() {
            println!("no program '{}': its column is empty", packer.program);
        }
    }
    match rows.iter().find_map(|row| Some((row, exceeded(row)?))) {
        None => Ok(()),
        Some((row, Limit { n_bytes, advice, .. })) => Err(Failure::usage(format!(
            "'{}' is larger than {n_bytes} bytes as hosts send it: {advice}",
            row.name
        ))),
    }
}

/// The limit of a program that is too large, packed by brotli.
fn exceeded(row: &Row) -> Option<&'static Limit> {
    let limit = LIMITS.iter().find(|limit| row.name.starts_with(limit.program))?;
    let is_program = row.name.ends_with("_bg.wasm");
    (is_program && row.packed[1].is_some_and(|n_bytes| n_bytes > limit.n_bytes)).then_some(limit)
}

fn row(places: &Places, folder: &Path, name: &str) -> Result<Row, Failure> {
    let path = folder.join(name);
    let raw = fs::metadata(&path).map_err(|error| Failure::file("read", &path, &error))?.len();
    let packed = PACKERS.map(|packer| {
        let mut command = places.program(packer.program);
        command.args(packer.arguments).arg(&path).stdin(Stdio::null());
        let output = command.output().ok().filter(|output| output.status.success())?;
        Some(raw.min(output.stdout.len() as u64))
    });
    Ok(Row { name: name.to_owned(), raw, packed })
}

fn table(rows: &[Row]) -> String {
    let total = Row {
        name: "in all".to_owned(),
        raw: rows.iter().map(|row| row.raw).sum(),
        packed: std::array::from_fn(|at| rows.iter().map(|row| row.packed[at]).sum()),
    };
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max(total.name.len());
    let mut text = format!("{:width$}  {:>9}", "file", "bytes");
    for packer in PACKERS {
        text.push_str(&format!("  {:>9}", packer.program));
    }
    for row in rows.iter().chain([&total]) {
        text.push_str(&format!("\n{:width$}  {:>9}", row.name, row.raw));
        for packed in row.packed {
            let packed = packed.map_or("-".to_owned(), |n_bytes| n_bytes.to_string());
            text.push_str(&format!("  {packed:>9}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_of_what_is_known() {
        let row = |name: &str, raw, gzip| Row { name: name.to_owned(), raw, packed: [gzip, None] };
        let table = table(&[row("a.wasm", 1_000, Some(400)), row("b.js", 50, Some(30))]);
        let lines: Vec<Vec<&str>> =
            table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["file", "bytes", "gzip", "brotli"]);
        assert_eq!(lines[1], ["a.wasm", "1000", "400", "-"]);
        assert_eq!(lines[3], ["in", "all", "1050", "430", "-"]);
    }

    #[test]
    fn programs_that_someone_waits_for_have_a_limit() {
        let row = |name: &str, n_bytes| Row {
            name: name.to_owned(),
            raw: 9_000_000,
            packed: [None, n_bytes],
        };
        for limit in &LIMITS {
            let wasm = format!("{}1_bg.wasm", limit.program);
            assert!(exceeded(&row(&wasm, Some(limit.n_bytes + 1))).is_some(), "{wasm}");
            assert!(exceeded(&row(&wasm, Some(limit.n_bytes))).is_none(), "{wasm}");
            assert!(exceeded(&row(&wasm, None)).is_none(), "{wasm}");
        }
        assert!(exceeded(&row("researcher-1_bg.wasm", Some(8_000_000))).is_none());
    }
}
