//! What to do with an answer, and when to try again.

use super::SendError;
use super::post::{Post, Reply, post};
use crate::platform::clock::sleep;

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The data are there.
    Accepted,
    /// They are not, but may be the next time.
    TryAgain,
    /// They are not, and never will be this way.
    Refused,
}

impl Verdict {
    /// That of a status code.
    pub(crate) fn of(status: u16, is_success: fn(u16) -> bool) -> Self {
        match status {
            _ if is_success(status) => Self::Accepted,
            408 | 425 | 429 | 500..=599 => Self::TryAgain,
            _ => Self::Refused,
        }
    }
}

/// How often and how long it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retries {
    /// Tries in all.
    pub(crate) n_tries: u32,
    /// Waited before the second try; four times as long before each further one.
    pub(crate) first_backoff_millis: u32,
    /// How long one try may take.
    pub(crate) timeout_millis: u32,
}

impl Default for Retries {
    fn default() -> Self {
        Self { n_tries: 3, first_backoff_millis: 1_000, timeout_millis: 30_000 }
    }
}

impl Retries {
    /// How long to wait after so many failures; `None` when it was enough.
    pub(crate) fn pause_millis(&self, n_failed: u32) -> Option<u32> {
        let factor = 4_u32.saturating_pow(n_failed.saturating_sub(1));
        (n_failed < self.n_tries).then(|| self.first_backoff_millis.saturating_mul(factor))
    }
}

/// Posts until it is accepted, refused, or was tried often enough.
pub(super) async fn post_with_retries(
    request: &Post<'_>,
    is_success: fn(u16) -> bool,
    retries: &Retries,
) -> Result<Reply, SendError> {
    let mut n_failed = 0;
    loop {
        let (error, may_pass) = match post(request, retries.timeout_millis).await {
            Ok(reply) => match Verdict::of(reply.status, is_success) {
                Verdict::Accepted => return Ok(reply),
                verdict => {
                    let error = SendError::refused(request.url, reply.status, &reply.body);
                    (error, verdict == Verdict::TryAgain)
                }
            },
            Err(error) => (error, true),
        };
        n_failed += 1;
        match retries.pause_millis(n_failed).filter(|_| may_pass) {
            Some(millis) => sleep(millis).await,
            None => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn only_the_status_says_what_an_answer_means() {
        let of = |status| Verdict::of(status, |status| status == 201);
        assert_eq!(of(201), Verdict::Accepted);
        for status in [429, 500, 503, 599, 408] {
            assert_eq!(of(status), Verdict::TryAgain, "{status}");
        }
        for status in [200, 204, 302, 400, 401, 404, 413] {
            assert_eq!(of(status), Verdict::Refused, "{status}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn pauses_grow_and_tries_end() {
        let retries = Retries::default();
        let pauses = [1, 2, 3, 4].map(|n_failed| retries.pause_millis(n_failed));
        assert_eq!(pauses, [Some(1_000), Some(4_000), None, None]);
        assert_eq!(Retries { n_tries: 1, ..retries }.pause_millis(1), None);
    }
}
