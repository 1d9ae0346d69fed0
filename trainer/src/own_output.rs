//! A file that is written again must be of its kind: a slip of the pen is not to cost anybody's data.

use crate::files;
use anyhow::{Context as _, ensure};
use std::io::Read as _;
use std::path::Path;

/// So much of a file is looked at: more than the header of an embedding table of a million songs.
const MOST_BYTES: u64 = 64 << 20;

/// Makes sure that what stands where a file goes, if anything, is a file of that kind, such as `catalogue`.
///
/// # Errors
///
/// The file that would be lost.
pub(crate) fn expect_kind(
    path: &Path,
    kind: &str,
    is_of_kind: impl Fn(&[u8]) -> bool,
) -> anyhow::Result<()> {
    // Devices and pipes hold nothing, and what is in a bucket can be told only by fetching it.
    if files::is_in_bucket(path) {
        return Ok(());
    }
    ensure!(!path.is_dir(), "'{}' is a folder: name a file in it", path.display());
    if !path.is_file() {
        return Ok(());
    }
    let mut bytes = Vec::new();
    let read = files::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes);
    read.with_context(|| format!("can't read '{}'", path.display()))?;
    ensure!(
        bytes.is_empty() || is_of_kind(&bytes),
        "'{}' is there and is no {kind}, so it is not replaced: name another file, or move that one away",
        path.display()
    );
    Ok(())
}

/// Whether bytes are a csv with that column.
pub(crate) fn has_column(bytes: &[u8], column: &str) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let first = String::from_utf8_lossy(first);
    let names = first.trim_start_matches('\u{feff}').split(',');
    names.map(|name| name.trim().trim_matches('"')).any(|name| name == column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_files_of_the_kind_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let expect = || expect_kind(&path, "catalogue", |bytes| has_column(bytes, "track_id"));
        expect().unwrap();
        for own in ["", "track_id,title\n", "\u{feff}title,\"track_id\"\r\na,b\r\n"] {
            fs::write(&path, own).unwrap();
            expect().unwrap();
        }
        for other in ["title,artist,tag,lyrics\n", "track_id2\ntrack_id\n", "\0\u{1}"] {
            fs::write(&path, other).unwrap();
            let error = expect().unwrap_err().to_string();
            assert!(error.contains("out.csv' is there and is no catalogue"), "{error}");
        }
        let error = expect_kind(folder.path(), "catalogue", |_| true).unwrap_err().to_string();
        assert!(error.contains("is a folder"), "{error}");
    }
}
