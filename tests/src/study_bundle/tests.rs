#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use super::*;
use shared::bundle::Checker;
use shared::study::Preset;
use std::collections::BTreeSet;

#[test]
fn there_are_enough_songs_artists_and_pitches() {
    let bundle = StudyBundle::default();
    let songs = bundle.songs().tracks;
    let test: Vec<_> = songs.iter().filter(|song| song.split == Split::Test).collect();
    assert_eq!((songs.len(), test.len()), (52, 48));
    let artists = |songs: &[&Song]| songs.iter().map(|s| s.artist.clone()).collect::<BTreeSet<_>>();
    assert_eq!(artists(&test).len(), 16);
    let train: Vec<_> = songs.iter().filter(|song| song.split == Split::Train).collect();
    assert!(artists(&train).is_disjoint(&artists(&test)));
    for (id, pitch) in bundle.pitches_hz() {
        assert_eq!(bundle.song_of_pitch(f64::from(pitch) + 2.0), Some(id));
    }
    assert_eq!(bundle.song_of_pitch(190.0), None);
}

#[test]
fn sixteen_bits_hold_every_value_and_tables_differ() {
    let [audio, multimodal, lyrics]: [EmbeddingTable; 3] =
        StudyBundle::default().tables().try_into().unwrap();
    let stored = audio.to_safetensors(ValueFormat::F16).unwrap();
    assert_eq!(EmbeddingTable::from_safetensors(&stored).unwrap().values(), audio.values());
    assert!(audio.values() != multimodal.values() && multimodal.values() != lyrics.values());
}

#[test]
fn every_condition_has_full_lists_and_they_disagree() {
    let bundle = StudyBundle::default();
    let rows = bundle.recommendations().unwrap();
    let mut firsts: BTreeMap<Condition, Vec<TrackId>> = BTreeMap::new();
    for anchor in bundle.pool().tracks() {
        for condition in Condition::ALL {
            let list = rows.of(&anchor.track_id, condition);
            // Of a genre, nine songs are by other artists.
            let expected = if condition == Condition::Genre { 9 } else { 10 };
            assert_eq!(list.len(), expected, "{condition}");
            firsts.entry(condition).or_default().push(list[0].track_id.clone());
        }
    }
    let same = |a: Condition, b: Condition| {
        firsts[&a].iter().zip(&firsts[&b]).filter(|(a, b)| a == b).count()
    };
    let both = same(Condition::Audio, Condition::Multimodal);
    assert!((1..24).contains(&both), "same-song policies need some agreement, not {both} of 48");
}

#[test]
fn the_bundle_is_whole_and_the_same_each_time() {
    let bundle = StudyBundle { n_test_per_genre: 3, clip_millis: 300, ..StudyBundle::default() };
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for folder in &folders {
        bundle.write(folder.path(), &Preset::Default.design().to_json()).unwrap();
    }
    let read = |at: usize, file: &str| std::fs::read(folders[at].path().join(file)).unwrap();
    let mut checker = Checker::new(&read(0, MANIFEST_FILE), |_| None).unwrap();
    let files: Vec<String> = checker.manifest().files.keys().cloned().collect();
    assert!(files.iter().any(|file| file == STUDY_FILE));
    for file in files.iter().map(String::as_str).chain([MANIFEST_FILE]) {
        assert_eq!(read(0, file), read(1, file), "{file}");
        checker.file(file, &read(0, file));
    }
    let faults = checker.finish();
    assert!(faults.is_empty(), "{faults:?}");
}
