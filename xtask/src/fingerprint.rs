//! Has an input changed since the last run?

use crate::stages::Failure;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// FNV-1a in 64 bits: no cryptography, only "is this the same as last time".
#[derive(Clone, Copy)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Takes bytes in, and their number, so that neighbours can't run together.
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self
    }

    /// Takes a file's content in.
    pub(crate) fn file(self, path: &Path) -> Result<Self, Failure> {
        fs::read(path)
            .map(|bytes| self.bytes(&bytes))
            .map_err(|error| Failure::file("read", path, &error))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A file that says from which inputs a result was made.
pub(crate) struct Stamp {
    path: PathBuf,
    text: String,
}

impl Stamp {
    pub(crate) fn new(path: PathBuf, fingerprint: Fingerprint) -> Self {
        Self { path, text: format!("{fingerprint}\n") }
    }

    /// Was the result made from the same inputs?
    pub(crate) fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|text| text == self.text)
    }

    /// Forgets the last result, before a new one is begun.
    pub(crate) fn clear(&self) -> Result<(), Failure> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Failure::file("remove", &self.path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Notes that the result is whole.
    pub(crate) fn set(&self) -> Result<(), Failure> {
        fs::write(&self.path, &self.text)
            .map_err(|error| Failure::file("write", &self.path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_fresh_only_for_the_same_inputs() {
        let folder = std::env::temp_dir().join(format!("segue-stamp-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let stamp = |input: &[u8]| {
            Stamp::new(folder.join("stamp"), Fingerprint::new().bytes(input).bytes(b"x"))
        };
        assert!(!stamp(b"a").is_fresh());
        stamp(b"a").set().unwrap();
        assert!(stamp(b"a").is_fresh());
        assert!(!stamp(b"b").is_fresh());
        assert!(!stamp(b"ax").is_fresh());
        stamp(b"a").clear().unwrap();
        stamp(b"a").clear().unwrap();
        assert!(!stamp(b"a").is_fresh());
        fs::remove_dir_all(&folder).unwrap();
    }
}
