//! Requests to other machines, caught by a proxy that lets none through.

use crate::http::{Answer, HttpServer};
use std::sync::{Arc, Mutex, PoisonError};

/// What Debian's Chromium itself asks for, whatever its flags say: its search engine, its updates,
/// its sign-in. No page of Segue's has anything to do with them.
const OF_THE_BROWSER: [&str; 7] = [
    "start.duckduckgo.com",
    "update.googleapis.com",
    "accounts.google.com",
    "clients2.google.com",
    "clientservices.googleapis.com",
    "content-autofill.googleapis.com",
    "optimizationguide-pa.googleapis.com",
];

/// The browser's proxy: it notes and refuses. This machine's own servers are not asked through it.
#[derive(Debug)]
pub(super) struct ForeignRequests {
    seen: Arc<Mutex<Vec<String>>>,
    proxy: HttpServer,
}

impl ForeignRequests {
    pub(super) fn watch() -> anyhow::Result<Self> {
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let notes = Arc::clone(&seen);
        let proxy = HttpServer::start(0, move |exchange| {
            // As `host:443` for TLS, else the whole address.
            let asked = exchange.request.path.clone();
            if !OF_THE_BROWSER.contains(&host(&asked)) {
                notes.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
            }
            exchange.answer(&Answer::new(403, "text/plain", "tests stay on this machine"));
        })?;
        Ok(Self { seen, proxy })
    }

    pub(super) fn port(&self) -> u16 {
        self.proxy.port()
    }

    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The host in `host:443` or `http://host:80/path`.
fn host(asked: &str) -> &str {
    let authority = asked.split_once("://").map_or(asked, |(_, rest)| rest);
    authority.split(['/', ':']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_both_forms() {
        for asked in ["a.org:443", "http://a.org/x:y", "http://a.org:80/", "a.org"] {
            assert_eq!(host(asked), "a.org");
        }
    }
}
