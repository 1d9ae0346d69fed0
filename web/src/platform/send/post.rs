//! One POST request and its answer.

use super::SendError;
use crate::platform::abort::AbortOnDrop;
use crate::platform::clock::within;
use crate::platform::connection::is_online;
use gloo_net::http::{Request, RequestBuilder};
use web_sys::ReferrerPolicy;

/// What is posted, and where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Post<'a> {
    /// Where to.
    pub(crate) url: &'a str,
    /// What.
    pub(crate) body: &'a str,
    /// Headers by name.
    pub(crate) headers: &'a [(&'a str, &'a str)],
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The status code.
    pub(crate) status: u16,
    /// The text; empty where it can't be read.
    pub(crate) body: String,
}

/// Posts once. Any status is a reply; what it means is for others to say.
///
/// # Errors
///
/// If nothing comes back.
pub(crate) async fn post(request: &Post<'_>, timeout_millis: u32) -> Result<Reply, SendError> {
    let late = || SendError::TimedOut { url: request.url.to_owned(), millis: timeout_millis };
    within(timeout_millis, answer(request)).await.unwrap_or_else(|| Err(late()))
}

async fn answer(request: &Post<'_>) -> Result<Reply, SendError> {
    let unreachable = |_| match is_online() {
        true => SendError::Unreachable { url: request.url.to_owned() },
        false => SendError::Offline,
    };
    let abort = AbortOnDrop::new();
    let mut builder: RequestBuilder = Request::post(request.url)
        // The address of this page names the participant where a recruitment service sent them.
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .abort_signal(Some(&abort.signal()));
    for (name, value) in request.headers {
        builder = builder.header(name, value);
    }
    let response =
        builder.body(request.body).map_err(unreachable)?.send().await.map_err(unreachable)?;
    let body = response.text().await.unwrap_or_default();
    Ok(Reply { status: response.status(), body })
}
