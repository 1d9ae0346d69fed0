//! Where data go at the end.

use super::view::Sending;
use crate::platform::random::random_id;
use crate::platform::send::{DataPipe, OwnAddress, PageJatos, Retries, SendError};
use shared::study::export::{to_csv, to_json};
use shared::study::{Event, Send, SessionLog};

/// How long JATOS may take to get ready.
const JATOS_MILLIS: u32 = 20_000;

/// Sends a session where the design says, and returns once the receiver has it.
///
/// # Errors
///
/// If it did not arrive, or the receiver did not take it.
pub(super) async fn send(to: &Send, log: &SessionLog) -> Result<(), SendError> {
    let retries = Retries::default();
    match to {
        Send::Datapipe { experiment_id, url } => {
            let experiment = DataPipe { url: url.clone(), experiment_id: experiment_id.clone() };
            let file = format!("{}.csv", file_stem(log));
            experiment.send(&file, &to_csv(log), &retries).await.map(|_receipt| ())
        }
        Send::Jatos => PageJatos::of_page().ready(JATOS_MILLIS).await?.submit(&to_json(log)).await,
        Send::Post { url } => {
            let address = OwnAddress { url: url.clone() };
            address.send("application/json", &to_json(log), &retries).await
        }
    }
}

/// Whether a receiver takes a session before its end, and later all of it. JATOS puts the later one in the
/// place of the first; an address of one's own has both, of which the later one begins as the first. DataPipe
/// makes a file once and never replaces it, so that it is sent to at the end alone.
pub(super) fn takes_again(to: &Send) -> bool {
    match to {
        Send::Jatos | Send::Post { .. } => true,
        Send::Datapipe { .. } => false,
    }
}

/// Ends the run at JATOS, and leaves for that address where there is one.
///
/// # Errors
///
/// If JATOS did not take note of it.
pub(super) async fn end_at_jatos(link: Option<&str>) -> Result<(), SendError> {
    let jatos = PageJatos::of_page().ready(JATOS_MILLIS).await?;
    match link {
        Some(link) => jatos.end_and_redirect(link).await,
        None => jatos.end().await,
    }
}

/// Aborts the run at JATOS, which deletes its results.
///
/// # Errors
///
/// If JATOS did not do it, as where the run is over.
pub(super) async fn abort_at_jatos() -> Result<(), SendError> {
    PageJatos::of_page().ready(JATOS_MILLIS).await?.abort().await
}

/// Where a session is kept, other than with whom it is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    /// In memory alone.
    pub(super) in_memory: bool,
    /// In a file that holds all of it.
    pub(super) as_file: bool,
}

/// Whether answers would be lost, or would not arrive, if the page were left now.
pub(super) fn is_at_risk(sending: &Sending, kept: Kept) -> bool {
    match sending {
        // Leaving ends the request.
        Sending::Busy => true,
        Sending::Done => false,
        Sending::Failed(_) => !kept.as_file,
        Sending::Nowhere => kept.in_memory && !kept.as_file,
    }
}

/// A file name that no other session has, of letters, digits and `-` only.
fn file_stem(log: &SessionLog) -> String {
    let study = log.rows().first().and_then(|row| match &row.event {
        Event::Started(started) => Some(started.hashes.study_id.clone()),
        _ => None,
    });
    format!("{}-{}", study.unwrap_or_else(random_id), log.session_id())
}

/// The address of the last button: `{code}` becomes the completion code, `{NAME}` the parameter of
/// that name in the page's address, or nothing where there is none.
pub(super) fn completion_link(link: &str, code: &str, parameters: &[(&str, &str)]) -> String {
    let mut address = String::new();
    let mut rest = link;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else { break };
        let found = parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let value = if name == "code" { code } else { found.unwrap_or_default() };
        address.push_str(before);
        address.extend(value.bytes().map(percent_encoded));
        rest = behind;
    }
    address.push_str(rest);
    address
}

fn percent_encoded(byte: u8) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn leaving_is_asked_about_until_answers_are_sent_or_kept_elsewhere() {
        let on_disk = Kept { in_memory: false, as_file: false };
        let in_memory = Kept { in_memory: true, ..on_disk };
        let saved = |kept: Kept| Kept { as_file: true, ..kept };
        let failed = Sending::Failed("status 503".to_owned());
        for kept in [on_disk, in_memory] {
            assert!(is_at_risk(&Sending::Busy, kept) && is_at_risk(&Sending::Busy, saved(kept)));
            assert!(!is_at_risk(&Sending::Done, kept));
            assert!(is_at_risk(&failed, kept) && !is_at_risk(&failed, saved(kept)));
        }
        assert!(!is_at_risk(&Sending::Nowhere, on_disk));
        assert!(is_at_risk(&Sending::Nowhere, in_memory));
        assert!(!is_at_risk(&Sending::Nowhere, saved(in_memory)));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn only_who_bears_a_second_copy_is_sent_one() {
        let (experiment_id, url) = ("a1".to_owned(), "https://a.b".to_owned());
        assert!(!takes_again(&Send::Datapipe { experiment_id, url: url.clone() }));
        assert!(takes_again(&Send::Jatos) && takes_again(&Send::Post { url }));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn links_are_filled_in_and_nothing_can_break_out() {
        let parameters = [("PROLIFIC_PID", "5f&x=1"), ("STUDY_ID", "é")];
        let fill = |link| completion_link(link, "c0de", &parameters);
        assert_eq!(fill("https://a.b/?cc={code}"), "https://a.b/?cc=c0de");
        assert_eq!(fill("https://a.b/{PROLIFIC_PID}/{STUDY_ID}"), "https://a.b/5f%26x%3D1/%C3%A9");
        assert_eq!(fill("https://a.b/{nobody}?"), "https://a.b/?");
        assert_eq!(fill("https://a.b/{"), "https://a.b/{");
        assert_eq!(fill("https://a.b/"), "https://a.b/");
    }
}
