//! What the reader of MP4 files does not say: whether sound is protected, and where it begins.

use super::source::{Place, SoundSource};
use std::io::{Read as _, Seek as _, SeekFrom};

/// Largest table of contents of an MP4 file that is looked through.
const MOST_CONTENTS_BYTES: u64 = 64 << 20;

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

/// Time at which the sound of a track begins, in units of the track's time scale: what stands before it, as the silence that AAC
/// encoders begin with, is not to be heard. The first edit of the track's edit list says so (ISO 14496-12, 8.6.6); `None` where
/// there is none, or the file is no MP4 file.
pub(super) fn sound_start(source: &dyn SoundSource, track_id: u32) -> Option<i64> {
    let contents = mp4_contents(source)?;
    let track = children(&contents, b"trak").find(|track| id_of(track) == Some(track_id))?;
    let edits = children(children(track, b"edts").next()?, b"elst").next()?;
    // Duration, time, rate: of 64 bits in version 1, but for the rate. An edit without a time is silence put before the sound.
    let is_long = *edits.first()? == 1;
    let (n_bytes, at) = if is_long { (20, 8) } else { (12, 4) };
    edits.get(8..)?.chunks_exact(n_bytes).find_map(|edit| {
        let high = i32::from_be_bytes(*edit[at..].first_chunk()?);
        let low = u32::from_be_bytes(*edit[at + 4..].first_chunk()?);
        let time = if is_long { i64::from(high) << 32 | i64::from(low) } else { high.into() };
        (time >= 0).then_some(time)
    })
}

/// The number of a track by its header (ISO 14496-12, 8.3.2).
fn id_of(track: &[u8]) -> Option<u32> {
    let header = children(track, b"tkhd").next()?;
    let id = if *header.first()? == 1 { header.get(20..24)? } else { header.get(12..16)? };
    id.first_chunk().map(|id| u32::from_be_bytes(*id))
}

/// The boxes of that kind among those that follow each other there.
fn children<'a>(mut boxes: &'a [u8], kind: &[u8; 4]) -> impl Iterator<Item = &'a [u8]> {
    std::iter::from_fn(move || {
        while let Some((size, rest)) = boxes.split_first_chunk::<4>() {
            let (found, rest) = rest.split_first_chunk::<4>()?;
            let n_bytes = (u32::from_be_bytes(*size) as usize).checked_sub(8)?;
            let (content, next) = rest.split_at_checked(n_bytes)?;
            boxes = next;
            if found == kind {
                return Some(content);
            }
        }
        None
    })
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
    fn sound_begins_where_the_first_edit_says() {
        let file_type = mp4_box(b"ftyp", b"M4A ");
        let header = |id: u32| mp4_box(b"tkhd", &[&[0; 12][..], &id.to_be_bytes()].concat());
        let edits = |version: u8, edits: &[&[u8]]| {
            let n_edits = (edits.len() as u32).to_be_bytes();
            let head = [version, 0, 0, 0];
            mp4_box(b"edts", &mp4_box(b"elst", &[&head[..], &n_edits, &edits.concat()].concat()))
        };
        let edit = |time: i32| [&[9; 4][..], &time.to_be_bytes(), &[0, 1, 0, 0]].concat();
        let long_edit = |time: i64| [&[9; 8][..], &time.to_be_bytes(), &[0, 1, 0, 0]].concat();
        let track = |id: u32, edits: &[u8]| mp4_box(b"trak", &[&header(id), edits].concat());
        let start = |tracks: &[Vec<u8>], id: u32| {
            sound_start(&[file_type.clone(), mp4_box(b"moov", &tracks.concat())].concat(), id)
        };
        let picture = track(1, &edits(0, &[&edit(77)]));
        let sound = track(2, &edits(0, &[&edit(-1), &edit(1024), &edit(5)]));
        assert_eq!(start(&[picture.clone(), sound.clone()], 2), Some(1024));
        assert_eq!(start(&[sound, picture], 3), None);
        assert_eq!(start(&[track(1, &edits(1, &[&long_edit(1 << 40)]))], 1), Some(1 << 40));
        assert_eq!(start(&[track(1, b"")], 1), None);
        assert_eq!(start(&[track(1, &edits(0, &[]))], 1), None);
        // Cut off, or with a size that can't be.
        let cut = track(1, &edits(0, &[&edit(1024)[..7]]));
        assert_eq!(start(&[cut], 1), None);
        assert_eq!(start(&[[0, 0, 0, 3, b't', b'r', b'a', b'k'].to_vec()], 1), None);
        assert_eq!(start(&[mp4_box(b"trak", &mp4_box(b"tkhd", b""))], 1), None);
        assert_eq!(sound_start(b"no MP4 file", 1), None);
    }
}
