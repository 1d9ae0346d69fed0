//! The run for TensorBoard: one event file of scalars.
//!
//! An event file is a row of *records*: the length (8 bytes, little endian), a checksum of it, the content,
//! a checksum of that. The checksum is CRC-32C (Castagnoli, 1993), turned by 15 bits and moved by a
//! constant, as TensorFlow's `record_writer` has it. The content is a protocol buffer `Event`, of which this
//! writes and reads the fields `wall_time` (1), `step` (2), `file_version` (3) and `summary` (5) with
//! `value.tag` (1) and `value.simple_value` (2). `tests/golden/tensorboard/check.py` reads such a file with
//! TensorBoard itself.
//!
//! A TensorBoard that is open keeps the file open and waits for more of it; so new epochs are put behind the old
//! ones, in place, where those are unchanged.

use crate::files::{self, FileError};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

/// What was measured in one epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalars {
    /// The epoch, from 1.
    pub step: usize,
    /// The values by their tags, such as `loss/train`.
    pub values: Vec<(String, f64)>,
}

/// Writes all epochs. An epoch keeps the time at which it was first written; new ones get
/// `now_secs`, in seconds since 1970. Should the power fail, the last record may be half: the next call writes anew.
///
/// # Errors
///
/// If the file can't be written, or one that is there can't be read.
pub fn write(path: &Path, epochs: &[Scalars], now_secs: f64) -> Result<(), FileError> {
    let earlier = if path.exists() { files::read(path)? } else { Vec::new() };
    let known = times(&earlier);
    let time = |step: usize| known.get(&(step as u64)).copied().unwrap_or(now_secs);
    let first = epochs.first().map_or(now_secs, |own| time(own.step));
    let mut file = record(&version(first));
    for epoch in epochs {
        file.extend(record(&event(epoch, time(epoch.step))));
    }
    match file.strip_prefix(&*earlier) {
        Some(new) if !earlier.is_empty() => files::append(path, new),
        _ => files::write(path, &file),
    }
}

/// The clock; one that stands before 1970 counts as 1970.
pub(super) fn now_secs() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}

/// The first event of a file says its version.
fn version(wall_time: f64) -> Vec<u8> {
    let mut event = field_f64(1, wall_time);
    event.extend(field_bytes(3, b"brain.Event:2"));
    event
}

fn event(epoch: &Scalars, wall_time: f64) -> Vec<u8> {
    let mut summary = Vec::new();
    for (tag, scalar) in &epoch.values {
        let mut value = field_bytes(1, tag.as_bytes());
        value.extend(field_f32(2, *scalar as f32));
        summary.extend(field_bytes(1, &value));
    }
    let mut event = field_f64(1, wall_time);
    event.extend(key(2, VARINT));
    event.extend(varint(epoch.step as u64));
    event.extend(field_bytes(5, &summary));
    event
}

/// Kinds of fields.
const VARINT: u8 = 0;
const FIXED_64: u8 = 1;
const BYTES: u8 = 2;
const FIXED_32: u8 = 5;

/// Number and kind of a field; numbers up to 15 take one byte.
fn key(number: u8, kind: u8) -> [u8; 1] {
    [(number << 3) | kind]
}

fn field_f64(number: u8, value: f64) -> Vec<u8> {
    [&key(number, FIXED_64)[..], &value.to_le_bytes()].concat()
}

fn field_f32(number: u8, value: f32) -> Vec<u8> {
    [&key(number, FIXED_32)[..], &value.to_le_bytes()].concat()
}

fn field_bytes(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&key(number, BYTES)[..], &varint(bytes.len() as u64), bytes].concat()
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value as u8) | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn record(content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64).to_le_bytes();
    let sums = [&length[..], content].map(|bytes| masked(crc32c(bytes)).to_le_bytes());
    [&length[..], &sums[0], content, &sums[1]].concat()
}

fn masked(sum: u32) -> u32 {
    sum.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32C, bit by bit: a run writes a few kilobytes an epoch.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0x82f6_3b78 } else { sum >> 1 }
        })
    };
    !bytes.iter().fold(!0, step)
}

/// The time of each step of a file, up to the first record that is not whole.
fn times(file: &[u8]) -> BTreeMap<u64, f64> {
    let mut times = BTreeMap::new();
    let mut rest = file;
    while let Some((content, after)) = next_record(rest) {
        rest = after;
        if let (Some(time), Some(step)) = time_and_step(content) {
            times.insert(step, time);
        }
    }
    times
}

/// The content of the first record, and what follows; `None` where a checksum is wrong.
fn next_record(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = file.split_first_chunk::<8>()?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*sum) != masked(crc32c(length)) {
        return None;
    }
    let (content, rest) =
        rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    (u32::from_le_bytes(*sum) == masked(crc32c(content))).then_some((content, rest))
}

/// The fields of an event that stand before its summary.
fn time_and_step(mut event: &[u8]) -> (Option<f64>, Option<u64>) {
    let (mut time, mut step) = (None, None);
    while let Some((key, rest)) = event.split_first() {
        match key {
            0x09 => {
                let Some((value, rest)) = rest.split_first_chunk::<8>() else { break };
                (time, event) = (Some(f64::from_le_bytes(*value)), rest);
            }
            0x10 => {
                let Some((value, rest)) = read_varint(rest) else { break };
                (step, event) = (Some(value), rest);
            }
            _ => break,
        }
    }
    (time, step)
}

fn read_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let last = bytes.iter().take(10).position(|byte| byte & 0x80 == 0)?;
    let value =
        bytes[..=last].iter().rev().fold(0, |value, byte| (value << 7) | u64::from(byte & 0x7f));
    Some((value, &bytes[last + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3720, section B.4.
    #[test]
    fn checksums_are_those_of_the_standard() {
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(&(0..32).collect::<Vec<u8>>()), 0x46dd_794e);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn varints_round_trip() {
        for value in [0, 1, 127, 128, 300, 16_383, 16_384, u64::MAX] {
            let mut bytes = varint(value);
            bytes.push(7);
            assert_eq!(read_varint(&bytes), Some((value, &[7u8][..])));
        }
        assert_eq!(varint(300), [0xac, 0x02]);
        assert_eq!(read_varint(&[0x80]), None);
    }

    fn losses(values: &[f64]) -> Vec<Scalars> {
        let of_epoch = |(step, loss)| Scalars { step, values: vec![("loss/train".into(), loss)] };
        (1..).zip(values.iter().copied()).map(of_epoch).collect()
    }

    #[test]
    fn an_epoch_keeps_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events");
        write(&path, &losses(&[0.9]), 100.0).unwrap();
        write(&path, &losses(&[0.9, 0.5]), 200.0).unwrap();
        // Two records were lost with the power, and the run goes on from its first epoch.
        let whole = files::read(&path).unwrap();
        assert_eq!(times(&whole), BTreeMap::from([(1, 100.0), (2, 200.0)]));
        files::write(&path, &whole[..whole.len() - 3]).unwrap();
        write(&path, &losses(&[0.9, 0.4]), 300.0).unwrap();
        let file = files::read(&path).unwrap();
        assert_eq!(times(&file), BTreeMap::from([(1, 100.0), (2, 300.0)]));
        let text = String::from_utf8_lossy(&file);
        for tag in ["loss/train", "brain.Event:2"] {
            assert!(text.contains(tag), "{tag}");
        }
    }

    /// Who has the file open reads what is added, and would not if another file took its place.
    #[test]
    fn new_epochs_come_into_the_same_file() {
        use std::io::Read as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events");
        write(&path, &losses(&[0.9]), 100.0).unwrap();
        let mut open = files::open(&path).unwrap();
        let mut read = Vec::new();
        open.read_to_end(&mut read).unwrap();
        write(&path, &losses(&[0.9, 0.5]), 200.0).unwrap();
        write(&path, &losses(&[0.9, 0.5]), 300.0).unwrap();
        open.read_to_end(&mut read).unwrap();
        assert_eq!(times(&read), BTreeMap::from([(1, 100.0), (2, 200.0)]));
        assert_eq!(read, files::read(&path).unwrap());
        // An epoch that was trained anew otherwise.
        write(&path, &losses(&[0.9, 0.4]), 400.0).unwrap();
        let file = files::read(&path).unwrap();
        assert_eq!((times(&file).len(), file.len()), (2, read.len()));
        assert_ne!(file, read);
    }

    #[test]
    fn a_damaged_record_ends_the_reading() {
        let mut file = [record(&event(&losses(&[0.5])[0], 1.0)), record(&version(2.0))].concat();
        assert_eq!(times(&file).len(), 1);
        file[20] ^= 1;
        assert!(times(&file).is_empty());
    }
}
