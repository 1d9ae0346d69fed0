//! Getting files from beside the page.

use super::abort::AbortOnDrop;
use super::connection::is_online;
use super::page::property;
use gloo_net::http::{Request, RequestBuilder, Response};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableStream, ReadableStreamDefaultReader, RequestCache};

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
    /// The server's own answer, also where the service worker has a copy to put in its place.
    Uncached,
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
    let abort = AbortOnDrop::new();
    let request = request(url, freshness, &abort);
    let response = request.send().await.map_err(|_| unreachable(url))?;
    expect_file(url, &response)?;
    response.binary().await.map_err(|_| unreachable(url))
}

/// Gets a whole file by its address relative to the page, confirmed by the server, as the browser keeps it: nothing of it
/// comes into this program's memory.
///
/// # Errors
///
/// If there is no connection, no such file, or a server that refuses.
pub(crate) async fn blob(url: &str) -> Result<Blob, FetchError> {
    let abort = AbortOnDrop::new();
    let request = request(url, Freshness::Confirmed, &abort);
    let response = request.send().await.map_err(|_| unreachable(url))?;
    expect_file(url, &response)?;
    let read = web_sys::Response::from(response).blob().map_err(|_| unreachable(url))?;
    let blob = JsFuture::from(read).await.map_err(|_| unreachable(url))?;
    blob.dyn_into().map_err(|_| unreachable(url))
}

/// Gets a whole file by its address relative to the page, confirmed by the server, and tells how many of its bytes are
/// there whenever some more are. Dropping the future ends the request.
///
/// # Errors
///
/// If there is no connection, no such file, or a server that refuses.
pub(crate) async fn streamed(url: &str, mut told: impl FnMut(u64)) -> Result<Vec<u8>, FetchError> {
    let abort = AbortOnDrop::new();
    let request = request(url, Freshness::Confirmed, &abort);
    let response = request.send().await.map_err(|_| unreachable(url))?;
    expect_file(url, &response)?;
    let pieces = match response.body() {
        Some(body) => pieces(&body, &mut told).await.map_err(|_| unreachable(url))?,
        None => Vec::new(),
    };
    // All at once: a row that grows would take up to three times the memory, which the page never gives back.
    let mut bytes = vec![0; pieces.iter().map(|piece| piece.length() as usize).sum()];
    let mut rest = &mut bytes[..];
    for piece in pieces {
        let (start, end) = rest.split_at_mut(piece.length() as usize);
        piece.copy_to(start);
        rest = end;
    }
    Ok(bytes)
}

/// The pieces of a body, in the order in which they come, as the browser keeps them.
async fn pieces(
    body: &ReadableStream,
    told: &mut impl FnMut(u64),
) -> Result<Vec<Uint8Array>, JsValue> {
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let (mut pieces, mut n_bytes) = (Vec::new(), 0);
    loop {
        let read = JsFuture::from(reader.read()).await?;
        let Some(piece) = property(&read, "value") else { return Ok(pieces) };
        let piece: Uint8Array = piece.dyn_into()?;
        n_bytes += u64::from(piece.length());
        told(n_bytes);
        pieces.push(piece);
    }
}

fn request(url: &str, freshness: Freshness, abort: &AbortOnDrop) -> RequestBuilder {
    let cache = match freshness {
        Freshness::Confirmed => RequestCache::NoCache,
        Freshness::Kept => RequestCache::Default,
        Freshness::Anew => RequestCache::Reload,
        Freshness::Uncached => RequestCache::NoStore,
    };
    Request::get(url).cache(cache).abort_signal(Some(&abort.signal()))
}

/// Makes sure that a response is the file.
fn expect_file(url: &str, response: &Response) -> Result<(), FetchError> {
    let url = || url.to_owned();
    match response.status() {
        200 if is_page(response) => Err(FetchError::Missing { url: url() }),
        200 => Ok(()),
        404 | 410 => Err(FetchError::Missing { url: url() }),
        status => Err(FetchError::Refused { url: url(), status }),
    }
}

fn unreachable(url: &str) -> FetchError {
    match is_online() {
        true => FetchError::Unreachable { url: url.to_owned() },
        false => FetchError::Offline,
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
