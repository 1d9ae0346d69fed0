//! The sessions of a study as a Psych-DS folder (schema 1.5.0), and as a zip file.
//!
//! ```text
//! dataset_description.json   what it is, and what each column holds
//! README.md                  how to read it
//! materials/study.json       the design, byte for byte
//! data/study-X_subject-Y_session-1_data.csv   one file a session
//! data/raw/SESSION.json      the same session with its events, for the chain of hashes
//! data/raw/recruitment.csv   what recruitment services put into the page's address
//! ```
//!
//! The files right in `data/` hold every column but `event`, and so none of the parameters of the
//! page's address: they can be published. `data/raw`, which Psych-DS does not look at, holds those
//! parameters, because the first row's hash is taken of them; it is to be kept apart, or left out.

use super::cells;
use super::columns::description;
use super::json::to_json;
use super::rows::{rows, started};
use crate::study::design::StudyDesign;
use crate::study::log::SessionLog;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The folder's files by path, in the order of their paths. `study_json` is the study's design as it was run, byte for byte:
/// its SHA-256 stands in the sessions. Sessions of one participant are numbered
/// in the order in which they are given.
pub fn to_psych_ds(
    logs: &[SessionLog],
    (design, study_json): (&StudyDesign, &[u8]),
) -> Vec<(String, Vec<u8>)> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut columns = BTreeSet::new();
    for log in logs {
        let rows: Vec<_> = rows(log).into_iter().map(|row| row.without(&["event"])).collect();
        columns.extend(cells::columns(&rows));
        let path = data_path(log, design, &files);
        files.insert(path, cells::to_csv(&rows).into_bytes());
        files.insert(raw_path(log, &files), to_json(log).into_bytes());
    }
    files.insert("data/raw/recruitment.csv".to_owned(), recruitment_csv(logs).into_bytes());
    files.insert("dataset_description.json".to_owned(), describe(design, &columns));
    files.insert("README.md".to_owned(), readme(design).into_bytes());
    files.insert("materials/study.json".to_owned(), study_json.to_vec());
    files.into_iter().collect()
}

/// `data/study-X_subject-Y_session-N_data.csv`; Psych-DS allows letters and digits only, and N is the
/// first number that is free.
fn data_path(log: &SessionLog, design: &StudyDesign, files: &BTreeMap<String, Vec<u8>>) -> String {
    let subject = started(log).map_or("", |started| &started.participant);
    let (study, subject) = (alphanumeric(&design.study_id), alphanumeric(subject));
    let path = |n: u32| format!("data/study-{study}_subject-{subject}_session-{n}_data.csv");
    (1..).map(path).find(|path| !files.contains_key(path)).unwrap_or_default()
}

fn raw_path(log: &SessionLog, files: &BTreeMap<String, Vec<u8>>) -> String {
    let session = alphanumeric(log.session_id());
    let path = |n: u32| match n {
        1 => format!("data/raw/{session}.json"),
        n => format!("data/raw/{session}-{n}.json"),
    };
    (1..).map(path).find(|path| !files.contains_key(path)).unwrap_or_default()
}

/// The ASCII letters and digits of a text; `unknown` where there are none.
fn alphanumeric(text: &str) -> String {
    let kept: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    if kept.is_empty() { "unknown".to_owned() } else { kept }
}

fn recruitment_csv(logs: &[SessionLog]) -> String {
    let mut rows = Vec::new();
    for started in logs.iter().filter_map(started) {
        for (parameter, value) in &started.parameters {
            let mut row = cells::Row::default();
            row.put("session_id", cells::guarded(&started.session_id));
            row.put("subject_id", cells::guarded(&started.participant));
            row.put("parameter", cells::guarded(parameter));
            row.put("value", cells::guarded(value));
            rows.push(row);
        }
    }
    cells::to_csv(&rows)
}

fn describe(design: &StudyDesign, columns: &BTreeSet<&str>) -> Vec<u8> {
    let language = design.language_for(["en"]);
    let title = design.title.get(language);
    let variables = columns.iter().map(|column| {
        let description = description(column).unwrap_or_default();
        json!({"@type": "PropertyValue", "name": column, "description": description})
    });
    let value = json!({
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": title,
        "description": format!(
            "Sessions of the listening experiment '{}': songs that were liked or not, and songs that \
             recommenders and a control let follow the liked ones.",
            design.study_id
        ),
        "schemaVersion": "Psych-DS 1.5.0",
        "keywords": ["music recommendation", "listening experiment", "preference"],
        "variableMeasured": variables.collect::<Value>(),
    });
    let mut json = serde_json::to_vec_pretty(&value).expect("texts and lists are JSON");
    json.push(b'\n');
    json
}

fn readme(design: &StudyDesign) -> String {
    format!(
        "# {}\n\n\
         Data of the study `{}`, recorded with Segue, as a [Psych-DS](https://psych-ds.github.io/) \
         folder.\n\n\
         * `data/*_data.csv`: one file a session, one row for each thing that happened. Songs are the \
         rows with `trial_type` `audio-button-response`; `response` 1 is like where the scale is like / \
         not like. A missing value is an empty cell; a value that does not apply reads `null`.\n\
         * `dataset_description.json`: what each column holds.\n\
         * `materials/study.json`: the design; its SHA-256 stands in every row.\n\
         * `data/raw/*.json`: the sessions with their events and chain of hashes.\n\
         * `data/raw/recruitment.csv`: the parameters of the page's address, such as the names that a \
         recruitment service gives to people.\n\n\
         **Before you publish:** leave `data/raw` out. Its files hold what recruitment services call \
         people; the files in `data` do not. Authors, licence and funding are yours to add to \
         `dataset_description.json`.\n",
        design.title.get(design.language_for(["en"])),
        design.study_id,
    )
}

/// These files as a zip file, not compressed, all dated 1980-01-01: the same files give the same bytes.
///
/// # Panics
///
/// If a path stands twice.
pub fn zip(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::DEFAULT);
    for (path, bytes) in files {
        writer.start_file(path.as_str(), options).expect("paths are short and stand once");
        writer.write_all(bytes).expect("memory can be written");
    }
    writer.finish().expect("memory can be written").into_inner()
}
