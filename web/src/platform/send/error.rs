//! Why data were not sent.

/// Why data were not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SendError {
    /// No connection.
    #[error("this device is offline")]
    Offline,
    /// A connection, but no answer; or one that this page may not read.
    #[error("'{url}' could not be reached")]
    Unreachable {
        /// Where to.
        url: String,
    },
    /// No answer in time.
    #[error("'{url}' did not answer within {millis} ms")]
    TimedOut {
        /// Where to.
        url: String,
        /// How long it was waited for.
        millis: u32,
    },
    /// More data than the server takes.
    #[error("'{url}' does not take as much data at once; download them instead")]
    TooLarge {
        /// Where to.
        url: String,
    },
    /// An answer that is no success.
    #[error("'{url}' answered with status {status}: {reason}")]
    Refused {
        /// Where to.
        url: String,
        /// The status code.
        status: u16,
        /// What the server said, shortened.
        reason: String,
    },
    /// This page was not opened through JATOS.
    #[error("there is no JATOS here: open the study by a link that JATOS gives")]
    NoJatos,
    /// JATOS gave an error without a status code.
    #[error("JATOS failed: {reason}")]
    Jatos {
        /// What it said.
        reason: String,
    },
}

impl SendError {
    /// As it stands in the data.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Unreachable { .. } => "unreachable",
            Self::TimedOut { .. } => "timeout",
            Self::TooLarge { .. } => "too_large",
            Self::Refused { .. } => "refused",
            Self::NoJatos => "no_jatos",
            Self::Jatos { .. } => "jatos",
        }
    }

    /// An answer that is no success.
    pub(super) fn refused(url: &str, status: u16, reason: &str) -> Self {
        /// A server may answer with a whole page.
        const MOST_LETTERS: usize = 200;
        let url = url.to_owned();
        match status {
            413 => Self::TooLarge { url },
            _ => {
                let reason = reason.trim().chars().take(MOST_LETTERS).collect();
                Self::Refused { url, status, reason }
            }
        }
    }
}
