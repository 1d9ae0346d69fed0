//! Requests that end when nobody waits for them any more.

use web_sys::{AbortController, AbortSignal};

/// Aborts its request when it is dropped; a request that is done doesn't mind.
pub(super) struct AbortOnDrop {
    controller: AbortController,
}

impl AbortOnDrop {
    /// For one request.
    pub(super) fn new() -> Self {
        Self { controller: AbortController::new().expect("every browser with wasm can abort") }
    }

    /// What the request is to be made with.
    pub(super) fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.controller.abort();
    }
}
