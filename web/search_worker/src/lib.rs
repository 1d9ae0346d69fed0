//! Finding the nearest songs beside the page.
//!
//! The page stays quick however large the embedding tables are: a program in a worker of the browser, `searching`, keeps
//! them and says what comes next, on the processor or, where that is quicker on this device, on a graphics processor. The
//! songs found are the same either way. What is near to what, `shared::recommend` says; here is what surrounds it.
//!
//! Page and worker talk in [`Message`](inference_worker::Message)s: a text, which is a [`SearchTask`] or what is
//! [`SearchTold`], with the files of tables beside it, which the page hands on without reading them. Without the feature
//! `search` this crate is the messages alone: that is what the page's programs are built with.

#[cfg(all(feature = "search", target_arch = "wasm32"))]
mod clock;
#[cfg(all(feature = "search", target_arch = "wasm32"))]
mod desk;
#[cfg(all(feature = "search", target_arch = "wasm32"))]
mod graphics;
#[cfg(all(feature = "search", target_arch = "wasm32"))]
mod multiplier;
#[cfg(all(feature = "search", any(target_arch = "wasm32", test)))]
mod tables;
mod task;
mod told;

pub use task::{BundleFile, GraphicsUse, Job, SearchTask, SongRules};
pub use told::{Found, FoundList, SearchDevice, SearchTimes, SearchTold};

/// Runs the worker.
#[cfg(feature = "search")]
pub fn serve_search() {
    #[cfg(target_arch = "wasm32")]
    desk::serve();
    // Only browsers have such workers.
    #[cfg(not(target_arch = "wasm32"))]
    unreachable!("this program runs in a browser");
}
