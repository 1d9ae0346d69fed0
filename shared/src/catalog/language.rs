//! The language of lyrics.

/// A language with how it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Language {
    /// ISO 639-1 code, lower case.
    pub code: String,
    /// Confidence, 0 to 1. By columns: 1 where the dataset's two detectors agree, 0.5 where one of them
    /// alone is known. Detected: share of passages for which the detector says the same.
    pub confidence: f64,
    /// Whether it was detected here rather than read from a column.
    pub is_detected: bool,
}

impl Language {
    /// How it was found, as it stands in the catalogue.
    pub fn source(&self) -> &'static str {
        if self.is_detected { "detected" } else { "column" }
    }
}
