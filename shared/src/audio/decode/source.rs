//! Where the bytes of an audio file are: in memory, or wherever they can be read from in pieces.

use std::io::{self, Read, Seek, SeekFrom};
use symphonia::core::io::MediaSource;

/// Largest table of contents of an MP4 file that is looked through.
const MOST_CONTENTS_BYTES: u64 = 64 << 20;

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
    position: u64,
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

/// Whether the file looks encrypted: an MP4 file whose contents name a protected sample entry (`drms`,
/// `enca`; ISO 14496-12, 8.12). Sound itself is not looked through, where these letters mean nothing.
pub(super) fn is_protected(source: &dyn SoundSource) -> bool {
    let Some(contents) = mp4_contents(source) else { return false };
    let has = |mark: &[u8; 4]| contents.windows(4).any(|window| window == mark);
    has(b"drms") || has(b"enca")
}

/// The box `moov` of an MP4 file, found from box to box (ISO 14496-12, 4.2).
fn mp4_contents(source: &dyn SoundSource) -> Option<Vec<u8>> {
    let mut place = Place::start_of(source);
    let mut is_first = true;
    loop {
        let start = place.position;
        let [mut size, mut kind] = [[0; 4]; 2];
        place.read_exact(&mut size).ok()?;
        place.read_exact(&mut kind).ok()?;
        if std::mem::take(&mut is_first) && &kind != b"ftyp" {
            return None;
        }
        let n_bytes = match u32::from_be_bytes(size) {
            0 => source.n_bytes() - start,
            1 => {
                let mut long = [0; 8];
                place.read_exact(&mut long).ok()?;
                u64::from_be_bytes(long)
            }
            n_bytes => u64::from(n_bytes),
        };
        let n_rest = n_bytes.checked_sub(place.position - start)?;
        if &kind == b"moov" {
            let mut contents = Vec::new();
            place.take(n_rest.min(MOST_CONTENTS_BYTES)).read_to_end(&mut contents).ok()?;
            return Some(contents);
        }
        place.seek(SeekFrom::Start(start.checked_add(n_bytes)?)).ok()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mp4_box(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes(), &kind[..], content].concat()
    }

    #[test]
    fn protection_is_looked_for_in_the_contents_alone() {
        let file_type = mp4_box(b"ftyp", b"M4A ");
        let sound = mp4_box(b"mdat", b"..drms..enca..");
        let contents = |entry: &[u8; 4]| mp4_box(b"moov", &mp4_box(entry, b"..."));
        let file = |parts: &[&[u8]]| parts.concat();
        assert!(is_protected(&file(&[&file_type, &contents(b"drms"), &sound])));
        assert!(is_protected(&file(&[&file_type, &sound, &contents(b"enca")])));
        assert!(!is_protected(&file(&[&file_type, &sound, &contents(b"mp4a")])));
        assert!(!is_protected(&file(&[&sound, &contents(b"drms")])));
        // A box that is to reach beyond any file, and one that is shorter than its own head.
        let long = [&1u32.to_be_bytes()[..], b"free", &u64::MAX.to_be_bytes()].concat();
        let short = [&3u32.to_be_bytes()[..], b"free"].concat();
        assert!(!is_protected(&file(&[&file_type, &long])));
        assert!(!is_protected(&file(&[&file_type, &short, &contents(b"drms")])));
    }

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
