//! A source for tests.

use std::io::{self, Read};

/// Gives one byte at a time, as a slow source may.
pub(super) struct Slowly<'a>(pub(super) &'a [u8]);

impl Read for Slowly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.0.len().min(1).min(buffer.len());
        buffer[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}
