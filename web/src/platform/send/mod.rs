//! Sending data, where the design says so: to DataPipe, to an address of one's own, or to JATOS.
//!
//! What is sent is stored on the device before and stays there until it is acknowledged; it is
//! acknowledged by a status code and by nothing else. What may pass (no connection, no answer, a
//! server in trouble) is tried again, a few times; what will not (a wrong address, too much data) is
//! said at once. Nothing waits without end.

mod datapipe;
mod error;
mod jatos;
mod own_address;
mod post;
mod retry;

pub(crate) use datapipe::{DataPipe, Receipt};
pub(crate) use error::SendError;
pub(crate) use jatos::PageJatos;
pub(crate) use own_address::OwnAddress;
pub(crate) use post::{Post, Reply, post};
pub(crate) use retry::{Retries, Verdict};

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
