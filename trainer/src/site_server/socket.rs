//! The site on a socket: HTTP/1.1, with a task for each connection.
//!
//! No client waits for another. One that connects and says nothing (browsers do, to be quick later),
//! that reads slowly or that breaks off costs a task, not a thread, and the silent are sent away
//! after a while. The disk is read on threads that only do that.

use super::{Answer, Body, Request, Site, SiteError};
use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_LENGTH, HeaderName, IF_NONE_MATCH, IF_RANGE, RANGE};
use hyper::http::request;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;

/// How long a client may take to say what it wants, on a new connection and on one that is kept.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait where the system gives out no more connections.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How much of a file is in memory at once, for each client.
const N_CHUNK_BYTES: usize = 64 * 1024;

/// Serves the site on `listener`, for as long as the program runs.
///
/// # Errors
///
/// If the socket can't be used.
pub fn serve(site: Site, listener: TcpListener) -> Result<Infallible, SiteError> {
    serve_with_patience(site, listener, PATIENCE)
}

pub(super) fn serve_with_patience(
    site: Site,
    listener: TcpListener,
    patience: Duration,
) -> Result<Infallible, SiteError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .and_then(|runtime| runtime.block_on(accept(site, listener, patience)))
        .map_err(|source| SiteError::Socket { source })
}

async fn accept(site: Site, listener: TcpListener, patience: Duration) -> io::Result<Infallible> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(converse(site.clone(), stream, patience));
            }
            // The client has left already, or too many are here: the next ones may have more luck.
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn converse(site: Site, stream: TcpStream, patience: Duration) {
    // Without this the end of an answer may be held back; with a failure it is only late.
    let _late = stream.set_nodelay(true);
    let service = service_fn(move |request| respond(site.clone(), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(TokioIo::new(stream), service);
    // A client that went away while it was answered is no concern of the others.
    let _gone = connection.await;
}

async fn respond(site: Site, request: hyper::Request<Incoming>) -> io::Result<Response<Sending>> {
    let (head, _body) = request.into_parts();
    let answer = match head.method {
        Method::GET | Method::HEAD => {
            tokio::task::spawn_blocking(move || site.answer(&as_asked(&head))).await?
        }
        _ => {
            let mut answer = Answer::sentence(405, "Only GET and HEAD are answered.");
            answer.headers.push(("Allow", "GET, HEAD".to_owned()));
            answer
        }
    };
    response(answer)
}

fn as_asked(head: &request::Parts) -> Request<'_> {
    let header = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
    Request {
        url: head.uri.path_and_query().map_or("/", |url| url.as_str()),
        range: header(RANGE),
        if_range: header(IF_RANGE),
        if_none_match: header(IF_NONE_MATCH),
    }
}

/// The answer with its length, never in parts of unknown number: a player shows how much there is to
/// come. Of the answer to a `HEAD`, or of one that says "not modified", hyper sends no body.
fn response(answer: Answer) -> io::Result<Response<Sending>> {
    let body = Sending::from(answer.body);
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.header(CONTENT_LENGTH, body.n_left).body(body).map_err(io::Error::other)
}

/// A body on its way.
struct Sending {
    source: Source,
    n_left: u64,
}

enum Source {
    Nothing,
    Text(Bytes),
    File { file: tokio::fs::File, buffer: Box<[u8]> },
}

impl From<Body> for Sending {
    fn from(body: Body) -> Self {
        match body {
            Body::Text(text) => {
                Self { n_left: text.len() as u64, source: Source::Text(Bytes::from(text)) }
            }
            Body::Known { n_bytes } => Self { n_left: n_bytes, source: Source::Nothing },
            Body::File { file, n_bytes } => {
                let file = tokio::fs::File::from_std(file);
                let buffer = vec![0; N_CHUNK_BYTES].into_boxed_slice();
                Self { n_left: n_bytes, source: Source::File { file, buffer } }
            }
        }
    }
}

impl Sending {
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        match &mut self.source {
            Source::Nothing => Poll::Ready(Ok(Bytes::new())),
            Source::Text(text) => Poll::Ready(Ok(std::mem::take(text))),
            Source::File { file, buffer } => {
                let n_wanted = usize::try_from(self.n_left).unwrap_or(usize::MAX);
                let n_wanted = n_wanted.min(buffer.len());
                let mut chunk = ReadBuf::new(&mut buffer[..n_wanted]);
                ready!(Pin::new(file).poll_read(context, &mut chunk))?;
                Poll::Ready(Ok(Bytes::copy_from_slice(chunk.filled())))
            }
        }
    }
}

impl hyper::body::Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.n_left == 0 {
            return Poll::Ready(None);
        }
        let chunk = ready!(self.poll_chunk(context))?;
        if chunk.is_empty() {
            // The file was shortened meanwhile: the client learns it as the connection breaks off.
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        }
        self.n_left -= chunk.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.n_left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.n_left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::body::Body as _;
    use std::future::poll_fn;

    #[test]
    fn a_file_that_became_shorter_ends_in_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"0123456789").unwrap();
        let opened = file.reopen().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut body = Sending::from(Body::File { file: opened, n_bytes: 12 });
            let mut next = async || poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
            let frame = next().await.unwrap().unwrap();
            assert_eq!(frame.into_data().unwrap(), "0123456789");
            let error = next().await.unwrap().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        });
    }
}
