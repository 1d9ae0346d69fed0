//! Lists of files that stand beside the manifest, where the files are many.
//!
//! A page of the website that shows a few songs of a large catalogue needs neither size nor hash of all that can be
//! heard. The manifest then holds the record of each list, and the list those of the files.

use super::error::BundleError;
use super::file_record::FileRecord;
use super::manifest::{FileListEntry, Manifest};
use crate::json;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Files of a list but the last, which has the rest: about a megabyte.
const FILES_PER_LIST: usize = 5_000;

/// Files by their paths in the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct FileList {
    files: BTreeMap<String, FileRecord>,
}

/// Cuts these files into lists: each with its entry and its bytes.
pub(super) fn cut(files: BTreeMap<String, FileRecord>) -> Vec<(FileListEntry, Vec<u8>)> {
    let mut files = files.into_iter().peekable();
    let mut lists = Vec::new();
    while files.peek().is_some() {
        let list = FileList { files: files.by_ref().take(FILES_PER_LIST).collect() };
        let entry = FileListEntry {
            file: format!("lists/{:04}.json", lists.len()),
            n_files: list.files.len(),
            bytes: total_bytes(&list.files),
        };
        lists.push((entry, serde_json::to_vec(&list).expect("texts and numbers are JSON")));
    }
    lists
}

fn total_bytes(files: &BTreeMap<String, FileRecord>) -> u64 {
    files.values().map(|file| file.bytes).fold(0, u64::saturating_add)
}

impl Manifest {
    /// Takes up the files that a list names: from then on they stand in [`Self::files`] like all others.
    ///
    /// # Errors
    ///
    /// If it is no list, does not hold what its entry says, or names a file that is named already.
    pub fn take_list(&mut self, entry: &FileListEntry, bytes: &[u8]) -> Result<(), BundleError> {
        let file = || entry.file.clone();
        let list: FileList = json::from_slice(bytes)
            .map_err(|source| BundleError::FileList { file: file(), source })?;
        if (list.files.len(), total_bytes(&list.files)) != (entry.n_files, entry.bytes) {
            let (expected, got) = (entry.n_files, list.files.len());
            return Err(BundleError::FileListLength { file: file(), expected, got });
        }
        if let Some(twice) = list.files.keys().find(|path| self.files.contains_key(*path)) {
            return Err(BundleError::ListedTwice { file: file(), twice: twice.clone() });
        }
        self.files.extend(list.files);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::file_record::{FileRole, MediaKind};
    use super::*;

    fn files(n: usize) -> BTreeMap<String, FileRecord> {
        let record = |at: usize| {
            let bytes = at.to_string();
            FileRecord::of(FileRole::Stimulus, MediaKind::Mp3, bytes.as_bytes())
        };
        (0..n).map(|at| (format!("stimuli/{at:06}.mp3"), record(at))).collect()
    }

    fn manifest() -> Manifest {
        let json = r#"{"format": "segue-bundle", "schema_version": 1, "created_by": "", "name": "",
            "files": {}, "embeddings": {}, "models": {}, "conditions": [],
            "configs": {"prepare": null, "models": {}},
            "provenance": {"catalog_sha256": "", "data_hash": "", "recommend": null, "runs": {}}}"#;
        Manifest::from_json(json.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_cut_into_lists_is_whole_again() {
        assert!(cut(BTreeMap::new()).is_empty());
        let all = files(2 * FILES_PER_LIST + 1);
        let lists = cut(all.clone());
        let lengths: Vec<usize> = lists.iter().map(|(entry, _)| entry.n_files).collect();
        assert_eq!(lengths, [FILES_PER_LIST, FILES_PER_LIST, 1]);
        let mut manifest = manifest();
        for (entry, bytes) in &lists {
            manifest.take_list(entry, bytes).unwrap();
        }
        assert_eq!(manifest.files, all);
    }

    #[test]
    fn a_list_that_is_none_or_another_is_refused() {
        let (entry, bytes) = cut(files(3)).remove(0);
        let refused = |manifest: &mut Manifest, entry: &FileListEntry, bytes: &[u8]| {
            manifest.take_list(entry, bytes).unwrap_err().to_string()
        };
        let mut manifest = manifest();
        assert_eq!(refused(&mut manifest, &entry, b"[]"), "'lists/0000.json' is no list of files");
        let longer = FileListEntry { n_files: 4, ..entry.clone() };
        let heavier = FileListEntry { bytes: entry.bytes + 1, ..entry.clone() };
        for other in [longer, heavier] {
            let error = refused(&mut manifest, &other, &bytes);
            assert!(error.contains("names 3 files, or others than the manifest says"), "{error}");
        }
        assert!(manifest.files.is_empty(), "nothing is taken of a list that is refused");
        manifest.take_list(&entry, &bytes).unwrap();
        let error = refused(&mut manifest, &entry, &bytes);
        assert!(error.contains("'stimuli/000000.mp3', which is named already"), "{error}");
    }
}
