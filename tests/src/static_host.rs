//! A static host in front of a folder, which misbehaves where a test wants it to.
//!
//! It is as plain as a university's web space: files, media types by their names, no cache headers,
//! no compression, no rewriting of paths. Paths are relative to the folder, as
//! `bundle/stimuli/song.mp3`; a `*` at their end stands for any rest.

use crate::fake_server::FakeService;
use crate::http::{Answer, Exchange, HttpServer, Request};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What goes wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Another status code, with a short text for a body.
    Status(u16),
    /// The whole length is promised, these many bytes are sent, then the connection ends.
    Truncated {
        /// Bytes sent.
        n_bytes: usize,
    },
    /// These many bytes, and the promise of no more: a file that was cut when it was copied.
    Cut {
        /// Bytes sent.
        n_bytes: usize,
    },
    /// One bit in the middle of the file is another one.
    WrongBytes,
    /// The answer begins late.
    Delay(Duration),
    /// The body comes slowly.
    Slow {
        /// Bytes a second.
        bytes_per_second: usize,
    },
    /// No answer for this long, then the connection ends.
    Hang(Duration),
    /// The connection ends without an answer.
    Drop,
}

/// A host until it is dropped.
#[derive(Debug)]
pub struct StaticHost {
    /// As `http://127.0.0.1:PORT/` or `http://127.0.0.1:PORT/study-1/`.
    pub address: String,
    port: u16,
    server: Option<HttpServer>,
    shelf: Arc<Shelf>,
}

/// What every exchange needs.
#[derive(Debug)]
struct Shelf {
    folder: PathBuf,
    /// `/` or `/study-1/`.
    prefix: String,
    service: Option<FakeService>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    faults: BTreeMap<String, (Fault, usize)>,
    requests: Vec<String>,
    outside: Vec<String>,
}

impl StaticHost {
    /// Serves a folder at the root of a free port.
    ///
    /// # Errors
    ///
    /// If no port can be had.
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        Self::start_as(folder, "/", None)
    }

    /// Serves a folder below `name`, as project pages do.
    ///
    /// # Errors
    ///
    /// If no port can be had.
    pub fn start_under(name: &str, folder: &Path) -> anyhow::Result<Self> {
        Self::start_as(folder, &format!("/{name}/"), None)
    }

    /// Serves a folder together with the routes of a data service, which then have the page's own
    /// origin, as on a JATOS server.
    ///
    /// # Errors
    ///
    /// If no port can be had.
    pub fn start_with(folder: &Path, service: &FakeService) -> anyhow::Result<Self> {
        Self::start_as(folder, "/", Some(service.clone()))
    }

    fn start_as(folder: &Path, prefix: &str, service: Option<FakeService>) -> anyhow::Result<Self> {
        let shelf = Arc::new(Shelf {
            folder: folder.to_owned(),
            prefix: prefix.to_owned(),
            service,
            state: Mutex::default(),
        });
        let server = serve(&shelf, 0)?;
        let address = format!("{}{prefix}", server.origin());
        Ok(Self { address, port: server.port(), server: Some(server), shelf })
    }

    /// Lets a path fail from now on, at every request.
    pub fn fail(&self, path: &str, fault: Fault) {
        self.fail_times(path, fault, usize::MAX);
    }

    /// Lets a path fail at its next `n_times` requests and be well afterwards.
    pub fn fail_times(&self, path: &str, fault: Fault, n_times: usize) {
        self.shelf.state().faults.insert(path.to_owned(), (fault, n_times));
    }

    /// Ends every fault.
    pub fn heal(&self) {
        self.shelf.state().faults.clear();
    }

    /// How often this path was asked for.
    pub fn n_requests(&self, path: &str) -> usize {
        self.shelf.state().requests.iter().filter(|asked| matches(path, asked)).count()
    }

    /// Every path asked for, in order.
    pub fn requests(&self) -> Vec<String> {
        self.shelf.state().requests.clone()
    }

    /// Paths asked for outside the folder that this host serves: on somebody else's pages.
    pub fn outside(&self) -> Vec<String> {
        self.shelf.state().outside.clone()
    }

    /// Ends the service: from now on nothing listens at this address.
    pub fn go_down(&mut self) {
        self.server = None;
    }

    /// Serves again, at the same address.
    ///
    /// # Errors
    ///
    /// If the port was taken in between.
    pub fn come_up(&mut self) -> anyhow::Result<()> {
        if self.server.is_none() {
            self.server = Some(serve(&self.shelf, self.port)?);
        }
        Ok(())
    }
}

fn serve(shelf: &Arc<Shelf>, port: u16) -> anyhow::Result<HttpServer> {
    let shelf = Arc::clone(shelf);
    HttpServer::start(port, move |exchange| shelf.serve(exchange))
}

/// Whether a path is that of a pattern.
fn matches(pattern: &str, path: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == path, |begin| path.starts_with(begin))
}

impl Shelf {
    fn state(&self) -> MutexGuard<'_, State> {
        // A test that failed while it held the lock has already said so.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, exchange: Exchange) {
        if let Some(service) = self.service.as_ref().filter(|s| s.serves(&exchange.request)) {
            return service.serve(exchange);
        }
        let Some(path) = exchange.request.path.strip_prefix(&self.prefix).map(str::to_owned) else {
            self.state().outside.push(exchange.request.path.clone());
            return exchange.answer(&not_found());
        };
        let fault = self.next_fault(&path);
        let answer = self.file(&path, &exchange.request);
        match fault {
            None => exchange.answer(&answer),
            Some(fault) => misbehave(exchange, answer, fault),
        }
    }

    /// Notes the request and gives what goes wrong with it; a fault that was asked for a number of
    /// times is used up.
    fn next_fault(&self, path: &str) -> Option<Fault> {
        let mut state = self.state();
        state.requests.push(path.to_owned());
        let entry = state
            .faults
            .iter_mut()
            .find(|(pattern, (_, left))| *left > 0 && matches(pattern, path));
        let (_, (fault, left)) = entry?;
        *left -= 1;
        Some(*fault)
    }

    fn file(&self, path: &str, request: &Request) -> Answer {
        if !["GET", "HEAD"].contains(&request.method.as_str()) {
            return Answer::new(405, "text/plain", "only GET and HEAD");
        }
        let relative = match path {
            "" => PathBuf::from("index.html"),
            path if path.ends_with('/') => Path::new(path).join("index.html"),
            path => PathBuf::from(path),
        };
        // Names in a website and a bundle need no percent-encoding.
        let inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
        match std::fs::read(self.folder.join(&relative)) {
            Ok(bytes) if inside => Answer::new(200, media_type(&relative), bytes),
            _ => not_found(),
        }
    }
}

fn not_found() -> Answer {
    Answer::new(404, "text/html", "<h1>404 Not Found</h1>")
}

fn misbehave(exchange: Exchange, mut answer: Answer, fault: Fault) {
    match fault {
        Fault::Status(status) => {
            exchange.answer(&Answer::new(status, "text/html", format!("<h1>{status}</h1>")));
        }
        Fault::Truncated { n_bytes } => exchange.answer_cut(&answer, n_bytes),
        Fault::Cut { n_bytes } => {
            answer.body.truncate(n_bytes);
            exchange.answer(&answer);
        }
        Fault::WrongBytes => {
            let middle = answer.body.len() / 2;
            if let Some(byte) = answer.body.get_mut(middle) {
                *byte ^= 1;
            }
            exchange.answer(&answer);
        }
        Fault::Delay(late) => {
            std::thread::sleep(late);
            exchange.answer(&answer);
        }
        Fault::Slow { bytes_per_second } => exchange.answer_slowly(&answer, bytes_per_second),
        Fault::Hang(long) => {
            std::thread::sleep(long);
            drop(exchange);
        }
        Fault::Drop => drop(exchange),
    }
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("csv") => "text/csv",
        Some("mp3") => "audio/mpeg",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
