//! Data as files.

use super::view::ExportFormat;
use shared::study::export::{self, to_csv, to_json, to_wide_csv};
use shared::study::{Event, SessionLog, StudyDesign};

/// A file to be saved.
pub(crate) struct ExportFile {
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// A session in one of the forms.
pub(crate) fn export(
    log: &SessionLog,
    (design, study_json): (&StudyDesign, &[u8]),
    format: ExportFormat,
) -> ExportFile {
    let stem = format!("{}-{}", design.study_id, log.session_id());
    let file = |ending: &str, media_type, bytes| ExportFile {
        name: format!("{stem}{ending}"),
        media_type,
        bytes,
    };
    match format {
        ExportFormat::Csv => file(".csv", "text/csv", to_csv(log).into_bytes()),
        ExportFormat::Json => file(".json", "application/json", to_json(log).into_bytes()),
        ExportFormat::Wide => file("-wide.csv", "text/csv", to_wide_csv(log).into_bytes()),
        ExportFormat::PsychDs => {
            let folder = export::to_psych_ds(std::slice::from_ref(log), (design, study_json));
            file("-psych-ds.zip", "application/zip", export::zip(&folder))
        }
    }
}

/// A session as it is stored, of whatever study: as JSON that Segue reads; where its rows are no whole
/// session, the rows as they are, one a line.
pub(crate) fn kept(session_id: &str, rows: &[String]) -> ExportFile {
    match SessionLog::from_json(rows.iter().map(String::as_str)) {
        Ok(log) => ExportFile {
            name: format!("{}{session_id}.json", study_prefix(&log)),
            media_type: "application/json",
            bytes: to_json(&log).into_bytes(),
        },
        // What is wrong with the rows is told to whoever reads the file; here they must not be lost.
        Err(_) => ExportFile {
            name: format!("{session_id}.jsonl"),
            media_type: "application/jsonl",
            bytes: rows.join("\n").into_bytes(),
        },
    }
}

/// The name of its study, as the first row tells it, and a hyphen.
fn study_prefix(log: &SessionLog) -> String {
    match log.rows().first().map(|row| &row.event) {
        Some(Event::Started(started)) => format!("{}-", started.hashes.study_id),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::study::export::from_json;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn what_is_kept_is_saved_whole_or_as_it_is() {
        let mut log = SessionLog::new("s");
        for at_millis in [1, 2] {
            let row = log.next_row(Event::ConsentGiven, at_millis);
            log.push(row);
        }
        let rows: Vec<String> = log.rows().iter().map(|row| row.to_json()).collect();
        let whole = kept("s", &rows);
        assert_eq!((&*whole.name, whole.media_type), ("s.json", "application/json"));
        assert_eq!(from_json(&String::from_utf8(whole.bytes).unwrap()).unwrap(), log);
        let without_beginning = kept("s", &rows[1..]);
        assert_eq!(without_beginning.name, "s.jsonl");
        assert_eq!(without_beginning.bytes, rows[1].as_bytes());
        assert_eq!(kept("s", &[]).bytes, b"");
    }
}
