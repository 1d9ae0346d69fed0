//! An address of one's own that takes a POST.

use super::post::Post;
use super::retry::post_with_retries;
use super::{Retries, SendError};

/// An address that takes a POST and answers 2xx once the data are safe. Data may come twice, at the
/// debrief and at the end, and when an answer is lost: rows carry their session, number and hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnAddress {
    /// Where to.
    pub(crate) url: String,
}

impl OwnAddress {
    /// Sends a text of that internet media type.
    ///
    /// # Errors
    ///
    /// If it was not acknowledged.
    pub(crate) async fn send(
        &self,
        media_type: &str,
        body: &str,
        retries: &Retries,
    ) -> Result<(), SendError> {
        let headers = [("content-type", media_type)];
        let request = Post { url: &self.url, body, headers: &headers };
        post_with_retries(&request, |status| (200..300).contains(&status), retries).await?;
        Ok(())
    }
}
