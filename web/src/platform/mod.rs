//! Everything that touches the browser.

pub(crate) mod clipboard;
pub(crate) mod connection;
pub(crate) mod fetch;
