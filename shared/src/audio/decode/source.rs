//! Where the bytes of an audio file are: in memory, or wherever they can be read from in pieces.

use std::io::{self, Read, Seek, SeekFrom};
use symphonia::core::io::MediaSource;

/// The bytes of an audio file. A file is only read where the clip needs it, so that its length does not
/// matter: bytes in memory are one, a file that a browser has is another.
pub trait SoundSource: Send + Sync {
    /// Number of bytes.
    fn n_bytes(&self) -> u64;

    /// Reads bytes from that position on and says how many: 0 at the end only, less than `out` has room
    /// for wherever that is convenient.
    ///
    /// # Errors
    ///
    /// If they can't be read.
    fn read_at(&self, position: u64, out: &mut [u8]) -> io::Result<usize>;
}

impl<T: AsRef<[u8]> + Send + Sync> SoundSource for T {
    fn n_bytes(&self) -> u64 {
        self.as_ref().len() as u64
    }

    fn read_at(&self, position: u64, out: &mut [u8]) -> io::Result<usize> {
        let bytes = self.as_ref();
        let start = usize::try_from(position).unwrap_or(bytes.len()).min(bytes.len());
        let n_read = out.len().min(bytes.len() - start);
        out[..n_read].copy_from_slice(&bytes[start..start + n_read]);
        Ok(n_read)
    }
}

/// A place in a source, as symphonia reads.
pub(super) struct Place<'a> {
    source: &'a dyn SoundSource,
    pub(super) position: u64,
}

impl<'a> Place<'a> {
    pub(super) fn start_of(source: &'a dyn SoundSource) -> Self {
        Self { source, position: 0 }
    }
}

impl Read for Place<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n_read = self.source.read_at(self.position, out)?;
        self.position += n_read as u64;
        Ok(n_read)
    }
}

impl Seek for Place<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.source.n_bytes().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        let before_start = || io::Error::new(io::ErrorKind::InvalidInput, "before the start");
        self.position = position.ok_or_else(before_start)?;
        Ok(self.position)
    }
}

impl MediaSource for Place<'_> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.source.n_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_moves_like_a_file() {
        let bytes = [1u8, 2, 3, 4, 5];
        let mut place = Place::start_of(&bytes);
        let mut out = [0; 2];
        assert_eq!(place.seek(SeekFrom::End(-2)).unwrap(), 3);
        assert_eq!((place.read(&mut out).unwrap(), out), (2, [4, 5]));
        assert_eq!(place.read(&mut out).unwrap(), 0);
        assert_eq!(place.seek(SeekFrom::Current(-4)).unwrap(), 1);
        assert_eq!((place.read(&mut out).unwrap(), out), (2, [2, 3]));
        assert!(place.seek(SeekFrom::Current(-9)).is_err());
        assert_eq!(place.seek(SeekFrom::Start(99)).unwrap(), 99);
        assert_eq!(place.read(&mut out).unwrap(), 0);
    }
}
