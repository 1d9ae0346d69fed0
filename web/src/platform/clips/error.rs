//! Why a clip can't be played.

use crate::platform::audio::AudioError;
use crate::platform::fetch::FetchError;
use shared::bundle::BundleError;

/// Why a clip can't be played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ClipError {
    /// The manifest does not name it, so that its bytes can't be checked.
    #[error("the bundle's manifest names no '{url}'; export the bundle again")]
    Unlisted { url: String },
    /// No such file.
    #[error("there is no '{url}'; copy the whole bundle again")]
    Missing { url: String },
    /// Other bytes than the bundle was made with.
    #[error("'{url}' is not the file that the bundle was made with ({what})")]
    WrongChecksum { url: String, what: String },
    /// No answer in time.
    #[error("'{url}' did not come within {millis} ms")]
    TimedOut { url: String, millis: u32 },
    /// No connection.
    #[error("this device is offline and does not have '{url}' yet")]
    Offline { url: String },
    /// A connection, but no answer.
    #[error("'{url}' could not be reached")]
    Unreachable { url: String },
    /// Another answer.
    #[error("the server refused '{url}' with status {status}")]
    Refused { url: String, status: u16 },
    /// The right bytes, but no sound that this browser knows.
    #[error("'{url}' can't be decoded")]
    Undecodable {
        url: String,
        #[source]
        cause: AudioError,
    },
}

impl ClipError {
    /// As it stands in the data.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Unlisted { .. } => "unlisted",
            Self::Missing { .. } => "missing",
            Self::WrongChecksum { .. } => "wrong_checksum",
            Self::TimedOut { .. } => "timeout",
            Self::Offline { .. } => "offline",
            Self::Unreachable { .. } => "unreachable",
            Self::Refused { .. } => "refused",
            Self::Undecodable { .. } => "undecodable",
        }
    }

    /// Whether another try now or later may succeed.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::TimedOut { .. } | Self::Offline { .. } | Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            Self::Undecodable { cause, .. } => {
                matches!(cause, AudioError::DecodeTimedOut { .. })
            }
            Self::Unlisted { .. } | Self::Missing { .. } | Self::WrongChecksum { .. } => false,
        }
    }

    /// Whether the fault lies on the way to the file and not in the file: it can be had once connection
    /// and server are back.
    pub(crate) fn is_away(&self) -> bool {
        self.may_pass() && !matches!(self, Self::Undecodable { .. })
    }

    /// Whether a try right after this one makes sense: wrong bytes may be those of a broken cache.
    pub(super) fn is_worth_retrying(&self) -> bool {
        self.may_pass() || matches!(self, Self::WrongChecksum { .. })
    }

    pub(super) fn from_fetch(url: &str, error: FetchError) -> Self {
        let url = url.to_owned();
        match error {
            FetchError::Offline => Self::Offline { url },
            FetchError::Unreachable { .. } => Self::Unreachable { url },
            FetchError::Missing { .. } => Self::Missing { url },
            FetchError::Refused { status, .. } => Self::Refused { url, status },
        }
    }

    pub(super) fn from_check(url: &str, error: &BundleError) -> Self {
        Self::WrongChecksum { url: url.to_owned(), what: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn what_may_pass_is_told_from_what_stays() {
        let url = || "x.mp3".to_owned();
        let refused = |status| ClipError::Refused { url: url(), status };
        let cause = AudioError::Undecodable { reason: "noise".into() };
        let undecodable = ClipError::Undecodable { url: url(), cause };
        assert!(refused(503).may_pass() && refused(429).may_pass());
        assert!(!refused(403).may_pass() && !undecodable.may_pass());
        assert!(!ClipError::Missing { url: url() }.is_worth_retrying());
        let wrong = ClipError::WrongChecksum { url: url(), what: "size".into() };
        assert!(wrong.is_worth_retrying() && !wrong.may_pass());
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_server_in_trouble_is_told_from_a_broken_file() {
        let url = || "x.mp3".to_owned();
        let refused = |status| ClipError::Refused { url: url(), status };
        for away in [
            ClipError::TimedOut { url: url(), millis: 10_000 },
            ClipError::Offline { url: url() },
            ClipError::Unreachable { url: url() },
            refused(500),
            refused(503),
            refused(429),
        ] {
            assert!(away.is_away(), "{away}");
        }
        let cause = AudioError::DecodeTimedOut { millis: 15_000 };
        for broken in [
            ClipError::Missing { url: url() },
            ClipError::Unlisted { url: url() },
            ClipError::WrongChecksum { url: url(), what: "size".into() },
            ClipError::Undecodable { url: url(), cause },
            refused(403),
        ] {
            assert!(!broken.is_away(), "{broken}");
        }
    }
}
