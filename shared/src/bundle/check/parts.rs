//! The parts of a bundle against each other.

use super::super::error::BundleError;
use super::super::fault::Fault;
use super::super::file_record::FileRole;
use super::super::manifest::Manifest;
use super::super::pages::ExpectedPages;
use super::super::songs::SongList;
use super::super::{SONGS_PER_MOMENTS_FILE, moments_file, stimulus_file};
use crate::catalog::TrackId;
use crate::embedding::{EmbeddingTable, cosine_similarity};
use crate::recommend::{Condition, Recommendation, Recommendations};
use crate::study::StudyDesign;
use std::collections::{BTreeMap, BTreeSet};

/// How far a similarity may be from that of the bundle's vectors. These have 11 significant bits,
/// which moves a cosine by 2 x 2^-11 = 0.001 at most; values that are tiny beside others of other
/// songs lose more.
const SIMILARITY_TOLERANCE: f32 = 0.005;

/// Ids in order, genres known; whether that is so.
pub(super) fn are_songs_right(songs: &SongList, faults: &mut Vec<Fault>) -> bool {
    let n_before = faults.len();
    for pair in songs.tracks.windows(2).filter(|pair| pair[0].track_id >= pair[1].track_id) {
        faults.push(Fault::SongsNotSorted { track_id: pair[1].track_id.clone() });
    }
    for song in songs.tracks.iter().filter(|song| !songs.genres.contains(&song.genre)) {
        let (track_id, genre) = (song.track_id.clone(), song.genre.clone());
        faults.push(Fault::UnknownGenre { track_id, genre });
    }
    faults.len() == n_before
}

/// Pages, index and words say what the list of songs does. `files` holds those that are there.
pub(super) fn check_pages(
    songs: &SongList,
    manifest: &Manifest,
    files: &BTreeMap<String, Vec<u8>>,
    faults: &mut Vec<Fault>,
) {
    let Some(entry) = &manifest.song_pages else { return };
    let expected = ExpectedPages::new(entry, songs);
    for (which, file) in entry.places() {
        let has_other_role =
            || manifest.files.get(file).is_some_and(|own| own.role != FileRole::SongPage);
        match files.get(file).map(|bytes| expected.agrees((which, file), bytes)) {
            Some(Ok(true)) => {}
            Some(Ok(false)) => faults.push(Fault::OtherSongs { file: file.clone() }),
            Some(Err(error)) => faults.push(error.into()),
            None if has_other_role() => faults.push(Fault::OtherSongs { file: file.clone() }),
            // It is missing, which is said of every file.
            None => {}
        }
    }
}

/// One stimulus a song, one song a stimulus. `seen` holds the files that are there.
pub(super) fn check_stimuli(
    songs: &SongList,
    manifest: &Manifest,
    seen: &BTreeSet<String>,
    faults: &mut Vec<Fault>,
) {
    let mut of_songs = BTreeSet::new();
    for song in &songs.tracks {
        let file = stimulus_file(&song.stimulus);
        if !manifest.files.contains_key(&file) || !seen.contains(&file) {
            let (track_id, file) = (song.track_id.clone(), file.clone());
            faults.push(Fault::StimulusMissing { track_id, file });
        }
        of_songs.insert(file);
    }
    for file in manifest.files_of(&FileRole::Stimulus).filter(|file| !of_songs.contains(*file)) {
        faults.push(Fault::StimulusOfNoSong { file: file.to_owned() });
        if !seen.contains(file) {
            faults.push(BundleError::FileMissing { file: file.to_owned() }.into());
        }
    }
}

/// One row a song, one song a row.
pub(super) fn check_rows(
    name: &str,
    table: &EmbeddingTable,
    songs: &SongList,
    faults: &mut Vec<Fault>,
) {
    let song_ids: BTreeSet<&TrackId> = songs.tracks.iter().map(|song| &song.track_id).collect();
    let row_ids: BTreeSet<&TrackId> = table.track_ids().iter().collect();
    for track_id in song_ids.difference(&row_ids) {
        let (table, track_id) = (name.to_owned(), (*track_id).clone());
        faults.push(Fault::NoRow { table, track_id });
    }
    for track_id in row_ids.difference(&song_ids) {
        let (table, track_id) = (name.to_owned(), (*track_id).clone());
        faults.push(Fault::RowOfNoSong { table, track_id });
    }
}

/// The songs of each file of moments: of one without a number, or of several by their numbers.
pub(super) type SongsOfMoments = BTreeMap<Option<usize>, Vec<TrackId>>;

/// Moments are those of all songs, in one file or in as many as there must be.
pub(super) fn check_moments(
    moments: &BTreeMap<String, SongsOfMoments>,
    songs: &SongList,
    faults: &mut Vec<Fault>,
) {
    for (name, files) in moments {
        for (part, found) in files {
            let (first, n) = match part {
                Some(part) => (part.saturating_mul(SONGS_PER_MOMENTS_FILE), SONGS_PER_MOMENTS_FILE),
                None => (0, usize::MAX),
            };
            let expected = songs.tracks.iter().skip(first).take(n);
            if !expected.map(|song| &song.track_id).eq(found) {
                faults.push(Fault::NotAsManifest {
                    file: moments_file(name, *part),
                    what: "the tracks",
                    expected: format!("those of catalog.json from number {first} on"),
                    got: format!("{} others", found.len()),
                });
            }
        }
        let expected = match files.contains_key(&None) {
            true => 1,
            false => songs.tracks.len().div_ceil(SONGS_PER_MOMENTS_FILE),
        };
        if files.len() != expected {
            faults.push(Fault::NotAsManifest {
                file: moments_file(name, None),
                what: "the number of files of these moments",
                expected: expected.to_string(),
                got: files.len().to_string(),
            });
        }
    }
}

/// Known songs, never the anchor, none twice, ranks from 1 without gaps.
pub(super) fn check_recommendations(
    recommendations: &Recommendations,
    songs: &SongList,
    faults: &mut Vec<Fault>,
) {
    let known: BTreeSet<&TrackId> = songs.tracks.iter().map(|song| &song.track_id).collect();
    let same_list = |a: &Recommendation, b: &Recommendation| {
        (&a.anchor_id, a.condition) == (&b.anchor_id, b.condition)
    };
    for list in recommendations.rows().chunk_by(same_list) {
        check_list(list, &known, faults);
    }
}

/// What one condition recommends to one anchor.
fn check_list(list: &[Recommendation], known: &BTreeSet<&TrackId>, faults: &mut Vec<Fault>) {
    let (anchor_id, condition) = (&list[0].anchor_id, list[0].condition);
    let unknown = |track_id: &TrackId| Fault::UnknownTrack {
        anchor_id: anchor_id.clone(),
        condition,
        track_id: track_id.clone(),
    };
    if !known.contains(anchor_id) {
        faults.push(unknown(anchor_id));
    }
    let mut before = BTreeSet::new();
    for (at, row) in list.iter().enumerate() {
        let (anchor_id, track_id) = (anchor_id.clone(), row.track_id.clone());
        if row.rank != at + 1 {
            let (expected, got) = (at + 1, row.rank);
            let anchor_id = anchor_id.clone();
            faults.push(Fault::WrongRank { anchor_id, condition, expected, got });
        }
        if track_id == anchor_id {
            faults.push(Fault::AnchorItself { anchor_id, condition });
        } else if !known.contains(&track_id) {
            faults.push(unknown(&track_id));
        } else if !before.insert(&row.track_id) {
            faults.push(Fault::RecommendedTwice { anchor_id, condition, track_id });
        }
    }
}

/// The similarities are those of the vectors that are in the bundle.
pub(super) fn check_similarities(
    recommendations: &Recommendations,
    tables: &BTreeMap<String, EmbeddingTable>,
    faults: &mut Vec<Fault>,
) {
    for row in recommendations.rows().iter().filter(|row| row.condition.needs_embeddings()) {
        let Some(expected) = similarity(row, tables) else { continue };
        let close = |got: f32| (got - expected).abs() <= SIMILARITY_TOLERANCE;
        if !row.similarity.is_some_and(close) {
            faults.push(Fault::WrongSimilarity {
                anchor_id: row.anchor_id.clone(),
                condition: row.condition,
                track_id: row.track_id.clone(),
                expected,
                got: row.similarity,
            });
        }
    }
}

/// By the condition's table, where it has both songs.
fn similarity(row: &Recommendation, tables: &BTreeMap<String, EmbeddingTable>) -> Option<f32> {
    let table = tables.get(row.condition.name())?;
    Some(cosine_similarity(table.row(&row.anchor_id)?, table.row(&row.track_id)?))
}

/// The study compares what is there, over songs enough.
pub(super) fn check_study(
    study: &StudyDesign,
    songs: &SongList,
    manifest: &Manifest,
    faults: &mut Vec<Fault>,
) {
    let has_table = |condition: Condition| manifest.embeddings.contains_key(condition.name());
    let missing = study.without_table(has_table).into_iter();
    faults.extend(missing.map(|condition| Fault::StudyWithoutTable { condition }));
    let n_songs = songs.tracks.iter().filter(|song| study.songs.includes(song.split)).count();
    if let Err(error) = study.check_n_songs(n_songs) {
        faults.push(Fault::StudyTooFewSongs(error));
    }
}

/// Conditions by embeddings whose table the bundle lacks.
pub(super) fn without_table(
    conditions: &[Condition],
    manifest: &Manifest,
) -> impl Iterator<Item = Fault> {
    conditions
        .iter()
        .filter(|c| c.needs_embeddings() && !manifest.embeddings.contains_key(c.name()))
        .map(|condition| Fault::NoTable { condition: *condition })
}
