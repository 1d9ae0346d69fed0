//! A program that was built without buckets.

use super::Stamp;
use std::io;
use std::path::{Path, PathBuf};

fn not_built<T>() -> io::Result<T> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this program was built without buckets; build it with `cargo build --release -p trainer --features s3`",
    ))
}

pub(super) fn read(_: &Path) -> io::Result<Vec<u8>> {
    not_built()
}

pub(super) fn write(_: &Path, _: Vec<u8>) -> io::Result<()> {
    not_built()
}

pub(super) fn stamp(_: &Path) -> io::Result<Stamp> {
    not_built()
}

pub(super) fn remove(_: &Path) -> io::Result<()> {
    not_built()
}

pub(super) fn list(_: &Path) -> io::Result<Vec<PathBuf>> {
    not_built()
}

pub(super) fn list_below(_: &Path) -> io::Result<Vec<PathBuf>> {
    not_built()
}
