//! Data as files.

use super::view::ExportFormat;
use shared::study::export::{self, to_csv, to_json, to_wide_csv};
use shared::study::{SessionLog, StudyDesign};

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
