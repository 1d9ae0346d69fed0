//! DataPipe (pipe.jspsych.org): files into a researcher's project at the OSF.
//!
//! A file is made once and never replaced. When an answer is lost, the file may be there already:
//! the next try hears `OSF_FILE_EXISTS`, which doesn't prove whose it is, so that the data are sent
//! once more under another name.

use super::post::{Post, Reply};
use super::retry::post_with_retries;
use super::{Retries, SendError};
use crate::platform::random::random_id;
use serde::{Deserialize, Serialize};

/// An experiment at DataPipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataPipe {
    /// Where to: [`DataPipe::URL`], if not for tests.
    pub(crate) url: String,
    /// The experiment's number there, 12 letters.
    pub(crate) experiment_id: String,
}

/// What was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// The name that the file got.
    pub(crate) file: String,
    /// `true` if it is at the OSF (201), `false` if DataPipe keeps it and passes it on later (202).
    pub(crate) is_stored: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "experimentID")]
    experiment_id: &'a str,
    filename: &'a str,
    data: &'a str,
}

#[derive(Deserialize)]
struct Complaint {
    error: String,
}

impl DataPipe {
    /// Where DataPipe takes data.
    pub(crate) const URL: &str = "https://pipe.jspsych.org/api/data/";

    /// Sends a file.
    ///
    /// # Errors
    ///
    /// If it was not acknowledged.
    pub(crate) async fn send(
        &self,
        file: &str,
        data: &str,
        retries: &Retries,
    ) -> Result<Receipt, SendError> {
        match self.send_as(file, data, retries).await {
            Err(error) if file_exists(&error) => {
                let file = renamed(file, &random_id()[..8]);
                self.send_as(&file, data, retries).await
            }
            outcome => outcome,
        }
    }

    async fn send_as(
        &self,
        file: &str,
        data: &str,
        retries: &Retries,
    ) -> Result<Receipt, SendError> {
        let body = Body { experiment_id: &self.experiment_id, filename: file, data };
        let body = serde_json::to_string(&body).expect("three texts");
        let headers = [("content-type", "application/json"), ("accept", "*/*")];
        let request = Post { url: &self.url, body: &body, headers: &headers };
        let Reply { status, .. } =
            post_with_retries(&request, |status| matches!(status, 201 | 202), retries).await?;
        Ok(Receipt { file: file.to_owned(), is_stored: status == 201 })
    }
}

/// Whether DataPipe refused a file because there is one of that name.
fn file_exists(error: &SendError) -> bool {
    let SendError::Refused { reason, .. } = error else { return false };
    shared::json::from_slice::<Complaint>(reason.as_bytes())
        .is_ok_and(|complaint| complaint.error == "OSF_FILE_EXISTS")
}

/// Another name for the same file; one of a Psych-DS file stays one.
fn renamed(file: &str, suffix: &str) -> String {
    let at = file.rfind("_data.").or_else(|| file.rfind('.')).unwrap_or(file.len());
    format!("{}_copy-{suffix}{}", &file[..at], &file[at..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_new_name_keeps_its_kind() {
        let psych_ds = renamed("study-mmrs_session-1_data.csv", "ab12");
        assert_eq!(psych_ds, "study-mmrs_session-1_copy-ab12_data.csv");
        assert_eq!(renamed("rows.v2.json", "ab12"), "rows.v2_copy-ab12.json");
        assert_eq!(renamed("rows", "ab12"), "rows_copy-ab12");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn only_that_one_complaint_means_that_the_file_exists() {
        let refused = |reason: &str| SendError::refused("x", 400, reason);
        assert!(file_exists(&refused(r#"{"error":"OSF_FILE_EXISTS","message":"There is one"}"#)));
        assert!(!file_exists(&refused(r#"{"error":"INVALID_DATA","message":"OSF_FILE_EXISTS"}"#)));
        assert!(!file_exists(&refused("OSF_FILE_EXISTS")));
        assert!(!file_exists(&SendError::Offline));
    }
}
