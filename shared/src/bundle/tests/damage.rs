//! Files that are missing, too many, or changed.

use super::*;
use proptest::prelude::*;

#[test]
fn missing_and_extra_files_are_named() {
    for path in EXAMPLE.keys().filter(|path| *path != MANIFEST_FILE) {
        let mut files = EXAMPLE.clone();
        files.remove(path);
        assert_faults(&files, &[path]);
    }
    let mut files = EXAMPLE.clone();
    files.remove("stimuli/b.mp3");
    files.insert("stimuli/z.mp3".into(), vec![0]);
    assert_faults(
        &files,
        &[
            "the stimulus 'stimuli/b.mp3' of track 'b' is missing",
            "'stimuli/z.mp3' is not in the manifest",
        ],
    );
}

#[test]
fn a_stimulus_of_no_song_is_named() {
    let mut list = songs();
    list.tracks[1].stimulus = "other.mp3".into();
    let files = with_file(CATALOG_FILE, &serde_json::to_vec(&list).unwrap());
    assert_faults(
        &files,
        &[
            "'stimuli/other.mp3' of track 'b' is missing",
            "'stimuli/b.mp3' belongs to no",
            "'songs/pages/0000.json' does not say",
        ],
    );
}

#[test]
fn what_later_versions_add_is_ignored() {
    let mut files = with_manifest(|manifest| {
        manifest["video"] = json!({"file": "video.json"});
        let record = FileRecord::of(FileRole::Other("video".into()), MediaKind::Json, b"{}");
        manifest["files"]["video.json"] = serde_json::to_value(record).unwrap();
    });
    files.insert("video.json".into(), b"{}".to_vec());
    assert_faults(&files, &[]);
    files.insert("video.json".into(), b"[]".to_vec());
    assert_faults(&files, &["'video.json' was changed"]);
}

proptest! {
    /// Whatever bit of whatever file flips, the file is named.
    #[test]
    fn every_flipped_bit_is_found(file in 0usize..100, at in 0usize..100_000, bit in 0u8..8) {
        let paths: Vec<&String> = EXAMPLE.keys().filter(|path| *path != MANIFEST_FILE).collect();
        let path = paths[file % paths.len()];
        let mut files = EXAMPLE.clone();
        let bytes = files.get_mut(path).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        let found = faults(&files);
        let text = format!("'{path}' was changed");
        prop_assert!(found.iter().any(|fault| fault.contains(&text)), "{:?}", found);
    }

    /// No bytes make the checker panic.
    #[test]
    fn a_damaged_manifest_never_panics(at in 0usize..100_000, byte: u8) {
        let mut files = EXAMPLE.clone();
        let manifest = files.get_mut(MANIFEST_FILE).unwrap();
        let at = at % manifest.len();
        manifest[at] = byte;
        faults(&files);
    }
}
