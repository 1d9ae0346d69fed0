//! What a test lets the data service say.

use std::time::Duration;

/// One scripted reply. What a reply of success answers to was stored; what a fault answers to was
/// not, unless it is [`Reply::StoredThen`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// As the service answers by itself.
    AsReal,
    /// This status code; below 300, what was sent is stored.
    Status(u16),
    /// DataPipe's 400 with this error, as `SESSION_LIMIT_REACHED`.
    DataPipeError(&'static str),
    /// 503 without CORS headers, as from a function that ran out of memory: the page sees a network
    /// error and no status.
    WithoutCors,
    /// No answer for this long, then the connection ends.
    Hang(Duration),
    /// The connection ends without an answer.
    Drop,
    /// The reply comes this late.
    Late(Duration, Box<Reply>),
    /// What was sent is stored, and then this reply is given all the same: the answer was lost on
    /// its way, and a second try meets its own first one.
    StoredThen(Box<Reply>),
}

impl Reply {
    /// The reply, this late.
    #[must_use]
    pub fn after(self, late: Duration) -> Self {
        Self::Late(late, Box::new(self))
    }

    /// The reply, although what was sent is stored.
    #[must_use]
    pub fn though_stored(self) -> Self {
        Self::StoredThen(Box::new(self))
    }

    pub(super) fn stores(&self) -> bool {
        match self {
            Self::AsReal | Self::StoredThen(_) => true,
            Self::Status(status) => *status < 300,
            Self::Late(_, reply) => reply.stores(),
            Self::DataPipeError(_) | Self::WithoutCors | Self::Hang(_) | Self::Drop => false,
        }
    }
}

/// What DataPipe says about each of its errors.
pub(super) fn message(error: &str) -> &'static str {
    match error {
        "MISSING_PARAMETER" => "One or more required parameters are missing.",
        "DATA_COLLECTION_NOT_ACTIVE" => "Data collection is not active for this experiment.",
        "EXPERIMENT_NOT_FOUND" => "The experiment does not exist in the database.",
        "INVALID_DATA" => "The data are not valid according to the validation settings.",
        "SESSION_LIMIT_REACHED" => "The session limit for this experiment has been reached.",
        "OSF_FILE_EXISTS" => "A file with this name already exists in the OSF component.",
        "INVALID_OSF_TOKEN" => "The OSF token is not valid.",
        _ => "The upload to the OSF failed.",
    }
}
