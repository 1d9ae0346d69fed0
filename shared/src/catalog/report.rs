//! What making a catalogue found, kept and dropped, for people and for programs.

use super::other_genres::OtherGenres;
use super::select::DropReason;
use super::split::SplitBy;
use super::track::{Split, Track};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Most broken rows that are listed one by one, a megabyte of them; all are counted.
pub const MAX_LISTED: usize = 10_000;

/// The report, written as `catalog.report.json`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Rows of the lyrics csv that were read, broken ones among them.
    pub rows_read: u64,
    /// Rows that became tracks.
    pub rows_kept: u64,
    /// Rows dropped, by reason. With the rows kept they add up to the rows read.
    pub rows_dropped: BTreeMap<&'static str, u64>,
    /// The first broken rows, with line and reason.
    pub broken_rows: Vec<String>,
    /// The first rows dropped because their id is that of another song, with line and way out.
    pub repeated_ids: Vec<String>,
    /// Audio files.
    pub files: FileCounts,
    /// Files that can't be read, with the reason.
    pub unreadable_files: Vec<String>,
    /// Files that were skipped because their name is not UTF-8, with the way out.
    pub misnamed_files: Vec<String>,
    /// Files that were skipped because they can't be decoded, with the format and the way out.
    pub undecodable_files: Vec<String>,
    /// Files that no row resembles.
    pub files_without_row: Vec<String>,
    /// Files whose song another file has.
    pub surplus_files: Vec<String>,
    /// Files dropped by reason: all that have no song in a catalogue without lyrics csv; in one with it those
    /// whose row was dropped after it had been linked.
    pub files_dropped: BTreeMap<&'static str, u64>,
    /// Genres of songs that were dropped because nobody asked for theirs.
    pub other_genres: OtherGenres,
    /// Tracks by genre and split.
    pub tracks: BTreeMap<String, BTreeMap<Split, usize>>,
    /// Known artists by split.
    pub artists: BTreeMap<Split, usize>,
    /// The settings, as they were resolved.
    pub settings: BTreeMap<&'static str, String>,
    /// What else a person should know.
    pub notes: Vec<String>,
}

/// Numbers of audio files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FileCounts {
    /// Files found.
    pub found: u64,
    /// Files whose tags can't be read; their names are used all the same.
    pub unreadable: u64,
    /// Files that were skipped because their name is not UTF-8.
    pub misnamed: u64,
    /// Files that were skipped because they can't be decoded.
    pub undecodable: u64,
    /// Files linked to a row.
    pub linked: u64,
    /// Those of them that a person decided.
    pub decided: u64,
    /// Files for a person to decide.
    pub ambiguous: u64,
    /// Files that no row resembles.
    pub without_row: u64,
    /// Files whose song another file has.
    pub surplus: u64,
    /// Files that a person left out.
    pub left_out: u64,
}

impl Report {
    /// Counts rows dropped.
    pub fn drop_rows(&mut self, reason: DropReason, n: u64) {
        if n > 0 {
            *self.rows_dropped.entry(reason.name()).or_insert(0) += n;
        }
    }

    /// Counts files dropped.
    pub fn drop_files(&mut self, reason: DropReason, n: u64) {
        if n > 0 {
            *self.files_dropped.entry(reason.name()).or_insert(0) += n;
        }
    }

    /// Counts what the catalogue holds.
    pub fn count_tracks(&mut self, tracks: &[Track]) {
        let mut artists: BTreeMap<Split, BTreeSet<String>> = BTreeMap::new();
        for track in tracks {
            let by_split = self.tracks.entry(track.genre.clone()).or_default();
            *by_split.entry(track.split).or_insert(0) += 1;
            let key = super::main_artist_key(&track.artist);
            let of_split = artists.entry(track.split).or_default();
            of_split.extend(Some(key).filter(|key| !key.is_empty()));
        }
        self.artists = artists.into_iter().map(|(split, names)| (split, names.len())).collect();
    }

    /// A note where the shares of the splits were not reached.
    pub fn note_shares(&mut self, by: SplitBy) {
        for (genre, splits) in &self.tracks {
            let missing = Split::ALL.iter().filter(|split| !splits.contains_key(split));
            let missing: Vec<&str> = missing.map(|split| split.name()).collect();
            if !missing.is_empty() {
                let why = match by {
                    SplitBy::Artist => "too few artists",
                    SplitBy::Random => "too few songs",
                };
                self.notes
                    .push(format!("genre {genre}: no song in {} ({why})", missing.join(", ")));
            }
        }
    }

    /// The report in a few lines for a terminal.
    pub fn summary(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, n: u64| {
            if n > 0 {
                let _ = writeln!(text, "{n:>10}  {name}");
            }
        };
        line("rows read", self.rows_read);
        for (reason, n) in &self.rows_dropped {
            line(&format!("  dropped: {reason}"), *n);
        }
        line("rows kept", self.rows_kept);
        line("audio files", self.files.found);
        line("  without readable tags", self.files.unreadable);
        line("  skipped: name not UTF-8", self.files.misnamed);
        line("  skipped: cannot be decoded", self.files.undecodable);
        line("  linked", self.files.linked);
        line("    of them decided by hand", self.files.decided);
        line("  ambiguous", self.files.ambiguous);
        line("  missing: no row resembles them", self.files.without_row);
        line("  surplus: another file has the song", self.files.surplus);
        line("  left out by hand", self.files.left_out);
        for (reason, n) in &self.files_dropped {
            line(&format!("  dropped: {reason}"), *n);
        }
        self.details(&mut text);
        text
    }

    /// Tracks by genre, then the first of what needs a person's eye.
    fn details(&self, text: &mut String) {
        for (genre, splits) in &self.tracks {
            let n = |split| splits.get(&split).copied().unwrap_or(0);
            let [train, validation, test] = Split::ALL.map(n);
            let total = train + validation + test;
            let _ = writeln!(
                text,
                "{total:>10}  {genre}: {train} train, {validation} validation, {test} test"
            );
        }
        if !self.other_genres.is_empty() {
            let _ = writeln!(
                text,
                "genres not asked for: {}; --genres names those to keep",
                self.other_genres
            );
        }
        for broken in self.broken_rows.iter().take(5) {
            let _ = writeln!(text, "broken row: {broken}");
        }
        for repeated in self.repeated_ids.iter().take(5) {
            let _ = writeln!(text, "repeated id: {repeated}");
        }
        for skipped in [&self.misnamed_files, &self.undecodable_files] {
            for file in skipped.iter().take(5) {
                let _ = writeln!(text, "skipped: {file}");
            }
        }
        for note in &self.notes {
            let _ = writeln!(text, "note: {note}");
        }
    }
}
