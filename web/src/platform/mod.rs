//! Everything that touches the browser.

#![allow(dead_code, unused_imports, reason = "each capability is whole, as its own tests try it")]

mod abort;
pub(crate) mod address;
pub(crate) mod audio;
pub(crate) mod clipboard;
pub(crate) mod clips;
pub(crate) mod clock;
pub(crate) mod connection;
pub(crate) mod download;
pub(crate) mod draft;
pub(crate) mod environment;
pub(crate) mod fetch;
pub(crate) mod files;
pub(crate) mod focus;
pub(crate) mod graphics;
pub(crate) mod history;
pub(crate) mod kept;
pub(crate) mod latch;
pub(crate) mod listener;
pub(crate) mod networks;
pub(crate) mod page;
pub(crate) mod pending;
pub(crate) mod program;
pub(crate) mod random;
pub(crate) mod search;
pub(crate) mod send;
pub(crate) mod service_worker;
pub(crate) mod session_lock;
pub(crate) mod storage;
pub(crate) mod wake_lock;
pub(crate) mod worker;
