//! Precision and recall of linking on labelled names, made hard on purpose.
//!
//! `develop` is the set on which the weights were tuned, `held_out` one of other names and another seed.
//! A link is right if it is the labelled one; recall is over the files that have a row.

use shared::catalog::{AudioFile, Decisions, GeniusReader, LinkOptions, Linked, Linker};
use std::collections::BTreeMap;

struct Labelled {
    rows: &'static str,
    audio: &'static str,
}

const DEVELOP: Labelled = Labelled {
    rows: include_str!("../../tests/fixtures/linking/develop.rows.csv"),
    audio: include_str!("../../tests/fixtures/linking/develop.audio.csv"),
};

const HELD_OUT: Labelled = Labelled {
    rows: include_str!("../../tests/fixtures/linking/held_out.rows.csv"),
    audio: include_str!("../../tests/fixtures/linking/held_out.audio.csv"),
};

/// A file with the rule that made it and the id of its row; empty where it has none.
struct Case {
    rule: String,
    file: AudioFile,
    row: String,
}

fn cases(csv: &str) -> Vec<Case> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let record = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.expect("a record of the fixture");
        Case {
            rule: record[0].to_owned(),
            file: AudioFile {
                path: record[1].to_owned(),
                title: record[2].to_owned(),
                artist: record[3].to_owned(),
                lyrics: record[4].to_owned(),
                ..AudioFile::default()
            },
            row: record[5].to_owned(),
        }
    };
    reader.records().map(record).collect()
}

fn link(rows: &str, cases: &[Case]) -> Linked {
    let files = cases.iter().map(|case| case.file.clone()).collect();
    let mut linker = Linker::new(files, Decisions::default(), LinkOptions::default());
    let mut reader = GeniusReader::new(rows.as_bytes()).expect("a header");
    while let Some(row) = reader.next_row().expect("bytes in memory") {
        linker.offer(row.expect("a whole row"));
    }
    linker.finish()
}

/// What became of a file that was not linked.
fn why(linked: &Linked, case: &Case) -> String {
    let Some(file) = linked.ambiguous.iter().find(|a| a.audio_path == case.file.path) else {
        return "without row, or its row was given away".to_owned();
    };
    let best = file.candidates.first();
    let best = best.map(|c| format!("{} by {}, {:.3}: {}", c.title, c.artist, c.score, c.reasons));
    format!("{}: {}", file.why, best.unwrap_or_default())
}

fn measure(name: &str, set: &Labelled) -> (f64, f64) {
    let cases = cases(set.audio);
    assert!(cases.len() >= 400, "{} labelled files", cases.len());
    let linked = link(set.rows, &cases);
    let given: BTreeMap<&str, &str> =
        linked.links.iter().map(|l| (l.file.path.as_str(), l.row.id.as_str())).collect();
    let mut right = 0;
    let mut missed: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &cases {
        match given.get(case.file.path.as_str()) {
            Some(row) if *row == case.row => right += 1,
            Some(row) => println!("{name} wrong: {} ({}): {row}", case.file.path, case.rule),
            None if !case.row.is_empty() => {
                println!(
                    "{name} missed: {} ({}), {}",
                    case.file.path,
                    case.rule,
                    why(&linked, case)
                );
                *missed.entry(&case.rule).or_default() += 1;
            }
            None => {}
        }
    }
    let with_row = cases.iter().filter(|case| !case.row.is_empty()).count();
    let precision = f64::from(right) / linked.links.len() as f64;
    let recall = f64::from(right) / with_row as f64;
    println!(
        "{name}: {} files, {with_row} with a row: precision {precision:.4}, recall {recall:.4}; \
         {} ambiguous, {} without row; missed by rule {missed:?}",
        cases.len(),
        linked.ambiguous.len(),
        linked.without_row.len(),
    );
    (precision, recall)
}

#[test]
fn links_are_precise_and_few_are_missed() {
    for (name, set) in [("develop", &DEVELOP), ("held out", &HELD_OUT)] {
        let (precision, recall) = measure(name, set);
        assert!(precision >= 0.99, "{name}: precision {precision}");
        assert!(recall >= 0.95, "{name}: recall {recall}");
    }
}
