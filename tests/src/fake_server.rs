//! One fake data service: DataPipe, JATOS and a POST address of one's own.
//!
//! It speaks as the real ones do (reference: DataPipe's API of 2026, JATOS's publix routes), keeps
//! what it was sent, and answers by a script where a test wants a fault. Its routes:
//!
//! * `POST /api/data/`: DataPipe. JSON `{experimentID, filename, data}`; 201 for a new file name, 400
//!   with `OSF_FILE_EXISTS` for a known one.
//! * `PUT` and `POST /publix/STUDY/COMPONENT/resultData`: JATOS, which replaces or appends.
//!   `POST /publix/STUDY/COMPONENT/files/NAME`, `GET /publix/STUDY/end` and `/abort` as well.
//! * `POST /own/`: any body, 200.

mod jatos;
mod reply;
mod service;

pub use jatos::jatos_js;
pub use reply::Reply;
pub use service::{FakeService, Route};

use crate::http::HttpServer;
use std::ops::Deref;

/// A [`FakeService`] on a port of its own, which is another origin than the page's: its answers
/// carry the CORS headers. Ends when it is dropped.
#[derive(Debug)]
pub struct FakeServer {
    /// As `http://127.0.0.1:PORT`.
    pub origin: String,
    service: FakeService,
    _server: HttpServer,
}

impl FakeServer {
    /// Starts it on a free port.
    ///
    /// # Errors
    ///
    /// If no port can be had.
    pub fn start() -> anyhow::Result<Self> {
        let service = FakeService::default();
        let serving = service.clone();
        let server = HttpServer::start(0, move |exchange| serving.serve(exchange))?;
        Ok(Self { origin: server.origin(), service, _server: server })
    }

    /// The full address of a route.
    pub fn address(&self, route: Route) -> String {
        format!("{}{}", self.origin, route.path())
    }
}

impl Deref for FakeServer {
    type Target = FakeService;

    fn deref(&self) -> &FakeService {
        &self.service
    }
}

#[cfg(test)]
mod tests;
