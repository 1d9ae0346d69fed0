//! Just enough of HTTP/1.1 to serve a test, and to break its rules on purpose.
//!
//! A connection carries one exchange and is closed after it: a browser then never sends a request
//! again by itself, and a count of requests is a count of what the page asked for.

use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The largest body that is taken, as DataPipe's limit and some more.
const MAX_BODY_BYTES: usize = 64 << 20;
/// Slow answers are sent this many times a second.
const PIECES_PER_SECOND: usize = 20;

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// As `GET`.
    pub method: String,
    /// The path, percent-encoded as it came, without the query.
    pub path: String,
    /// What stands after `?`; empty where there is none.
    pub query: String,
    /// The headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl Request {
    /// The body as text.
    ///
    /// # Errors
    ///
    /// If it is compressed or no UTF-8.
    pub fn text(&self) -> anyhow::Result<&str> {
        if let Some(encoding) = self.headers.get("content-encoding") {
            bail!("the body sent to '{}' is compressed ({encoding})", self.path);
        }
        std::str::from_utf8(&self.body).with_context(|| format!("the body sent to '{}'", self.path))
    }

    fn read(stream: &TcpStream) -> anyhow::Result<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let mut words = line.split_whitespace();
        let method = words.next().context("no request")?.to_owned();
        let target = words.next().context("a request without a path")?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        let headers = read_headers(&mut reader)?;
        let n_bytes = headers.get("content-length").map_or(Ok(0), |text| text.parse::<usize>())?;
        if n_bytes > MAX_BODY_BYTES || headers.contains_key("transfer-encoding") {
            bail!("a body of {n_bytes} bytes, or in chunks, is more than a test server takes");
        }
        let mut body = vec![0; n_bytes];
        reader.read_exact(&mut body)?;
        Ok(Self { method, path, query, headers, body })
    }
}

fn read_headers(reader: &mut impl BufRead) -> anyhow::Result<BTreeMap<String, String>> {
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            return Ok(headers);
        }
        let (name, value) = line.split_once(':').context("a header without a colon")?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
}

/// What a server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers beside `Content-Length` and `Connection`.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer with a body of this media type.
    pub fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }.with("Content-Type", media_type)
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} Test\r\nConnection: close\r\n", self.status);
        // An answer without content has no length either.
        if self.status != 204 {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head + "\r\n"
    }
}

/// A request that waits for its answer. Dropped without one, the connection is closed.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    stream: TcpStream,
}

impl Exchange {
    /// Answers as a server should. A client that went away is no fault of the server.
    pub(crate) fn answer(self, answer: &Answer) {
        self.answer_cut(answer, usize::MAX);
    }

    /// Promises the whole body and sends its first `n_bytes`.
    pub(crate) fn answer_cut(mut self, answer: &Answer, n_bytes: usize) {
        let body = if self.request.method == "HEAD" { &[][..] } else { &answer.body };
        let sent = &body[..body.len().min(n_bytes)];
        let _gone = self.stream.write_all(answer.head().as_bytes());
        let _gone = self.stream.write_all(sent);
        let _gone = self.stream.flush();
    }

    /// Sends the body at this speed.
    pub(crate) fn answer_slowly(mut self, answer: &Answer, bytes_per_second: usize) {
        let piece_bytes = (bytes_per_second / PIECES_PER_SECOND).max(1);
        let pause = Duration::from_secs_f64(piece_bytes as f64 / bytes_per_second.max(1) as f64);
        let mut sent = self.stream.write_all(answer.head().as_bytes());
        for piece in answer.body.chunks(piece_bytes) {
            if sent.is_err() {
                return;
            }
            sent = self.stream.write_all(piece);
            std::thread::sleep(pause);
        }
    }
}

/// A server on a port of this machine, until it is dropped.
#[derive(Debug)]
pub(crate) struct HttpServer {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl HttpServer {
    /// Serves on `port`, on a free one for 0; each exchange is handled on a thread of its own.
    pub(crate) fn start(
        port: u16,
        handle: impl Fn(Exchange) + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("port {port} can't be had"))?;
        let address = listener.local_addr()?;
        let ended = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ended);
        let handle = Arc::new(handle);
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if seen.load(Ordering::SeqCst) {
                    return;
                }
                let handle = Arc::clone(&handle);
                let Ok(stream) = stream else { continue };
                // Browsers open connections ahead and may never use them: these end by themselves.
                std::thread::spawn(move || {
                    if let Ok(request) = Request::read(&stream) {
                        handle(Exchange { request, stream });
                    }
                });
            }
        });
        Ok(Self { address, ended, accepting: Some(accepting) })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// As `http://127.0.0.1:PORT`.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // One more connection wakes the listener, which then sees that it has ended.
        let _woken = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ended = accepting.join();
        }
    }
}

/// Asks a server on this machine for something and gives what came back, byte for byte: for tests
/// of the servers themselves.
///
/// # Errors
///
/// If there is no connection.
pub fn exchange_raw(origin: &str, request: &str, body: &[u8]) -> anyhow::Result<Vec<u8>> {
    let host = origin.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host)?;
    let n_bytes = body.len();
    write!(stream, "{request} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {n_bytes}\r\n\r\n")?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}
