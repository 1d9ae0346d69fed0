//! Getting files from beside the page.

use super::abort::AbortOnDrop;
use super::connection::is_online;
use gloo_net::http::{Request, Response};
use web_sys::RequestCache;

/// Which copy of a file will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// One that the server says is still the right one: manifest and files are of the same bundle
    /// even after it was replaced.
    Confirmed,
    /// One that the browser kept: for files whose bytes are checked.
    Kept,
    /// Only one straight from the server: the kept one was wrong.
    Anew,
}

/// Gets a whole file by its address relative to the page, confirmed by the server.
///
/// # Errors
///
/// If there is no connection, no such file, or a server that refuses.
pub(crate) async fn bytes(url: &str) -> Result<Vec<u8>, FetchError> {
    bytes_of(url, Freshness::Confirmed).await
}

/// Gets a whole file by its address relative to the page. Dropping the future ends the request.
///
/// # Errors
///
/// If there is no connection, no such file, or a server that refuses.
pub(crate) async fn bytes_of(url: &str, freshness: Freshness) -> Result<Vec<u8>, FetchError> {
    let unreachable = || match is_online() {
        true => FetchError::Unreachable { url: url.to_owned() },
        false => FetchError::Offline,
    };
    let abort = AbortOnDrop::new();
    let request = Request::get(url)
        .cache(match freshness {
            Freshness::Confirmed => RequestCache::NoCache,
            Freshness::Kept => RequestCache::Default,
            Freshness::Anew => RequestCache::Reload,
        })
        .abort_signal(Some(&abort.signal()));
    let response = request.send().await.map_err(|_| unreachable())?;
    match response.status() {
        200 if is_page(&response) => Err(FetchError::Missing { url: url.to_owned() }),
        200 => response.binary().await.map_err(|_| unreachable()),
        404 | 410 => Err(FetchError::Missing { url: url.to_owned() }),
        status => Err(FetchError::Refused { url: url.to_owned(), status }),
    }
}

/// Some hosts answer every unknown address with their own page; no file that is fetched is one.
fn is_page(response: &Response) -> bool {
    response.headers().get("content-type").is_some_and(|kind| kind.starts_with("text/html"))
}

/// Why a file could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchError {
    /// No connection.
    #[error("this device is offline")]
    Offline,
    /// A connection, but no answer.
    #[error("'{url}' could not be reached")]
    Unreachable { url: String },
    /// No such file.
    #[error("there is no '{url}'")]
    Missing { url: String },
    /// Another answer.
    #[error("the server refused '{url}' with status {status}")]
    Refused { url: String, status: u16 },
}
