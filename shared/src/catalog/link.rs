//! Which audio file belongs to which row of lyrics.
//!
//! Rows are offered one by one as they are read; only those that an audio file could belong to are kept
//! (a few for each file), so that memory grows with the audio collection and not with the csv.
//!
//! One file gets one row and one row one file. Pairs are settled best first: the pair with the highest
//! score is linked, both leave, and so on. That is not the assignment of the highest total, but it
//! differs from it only where a file has two rows of nearly the same score, or a row two files; in the
//! first case nothing is linked and a person is asked (see [`LinkOptions::margin`]), in the second the
//! file's names are equally good and either file is a recording of the song.

use super::ambiguous::{Ambiguous, Candidate, Decisions};
use super::audio_file::{AudioFile, readings};
use super::blocking::{Blocks, isrc_key, keys};
use super::genius::LyricsRow;
use super::normalize::{ArtistName, fold};
use super::score::{FileName, RowLyrics, RowName, Score, score, word_pairs};
use super::title::TitleName;
use settle::{Outcome, Settling};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

mod settle;

/// Most rows that are kept for one file.
const MAX_CANDIDATES: usize = 5;

/// When a pair counts as linked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkOptions {
    /// Least score, 0 to 1, of a link.
    pub threshold: f64,
    /// How much better than the next row a row must be, in natural log-odds.
    pub margin: f64,
    /// Least score, 0 to 1, of a candidate that is shown to a person.
    pub floor: f64,
}

impl Default for LinkOptions {
    fn default() -> Self {
        Self { threshold: 0.85, margin: 1.5, floor: 0.05 }
    }
}

/// A file with its row.
#[derive(Debug, Clone)]
pub struct Link {
    /// The file.
    pub file: AudioFile,
    /// The row.
    pub row: LyricsRow,
    /// Score, 0 to 1.
    pub score: f64,
    /// Why, for people.
    pub reasons: String,
}

/// What came of linking.
#[derive(Debug, Clone, Default)]
pub struct Linked {
    /// Links, sorted by the file's path.
    pub links: Vec<Link>,
    /// Files for a person to decide, sorted by path.
    pub ambiguous: Vec<Ambiguous>,
    /// Paths of files that no row resembles.
    pub without_row: Vec<String>,
    /// Paths of files whose song another file has, with that file's path.
    pub surplus: Vec<(String, String)>,
    /// Paths of files that a person decided to leave out.
    pub left_out: Vec<String>,
    /// Decisions that could not be followed, in words.
    pub unusable_decisions: Vec<String>,
    /// Number of rows that were candidates and got no file.
    pub n_rows_left: u64,
}

/// Takes in rows and links them to files.
pub struct Linker {
    files: Vec<AudioFile>,
    names: Vec<FileName>,
    blocks: Blocks,
    options: LinkOptions,
    decisions: Decisions,
    rows: HashMap<u32, Kept>,
    slot_of_song: HashMap<u64, u32>,
    candidates: Vec<Vec<Scored>>,
    next_slot: u32,
}

/// A row that is kept, and for how many files.
struct Kept {
    row: LyricsRow,
    song: u64,
    n_files: usize,
}

#[derive(Clone)]
struct Scored {
    slot: u32,
    score: Score,
    /// A person chose this row for the file.
    decided: bool,
}

impl Linker {
    /// For these files and a person's decisions.
    pub fn new(mut files: Vec<AudioFile>, decisions: Decisions, options: LinkOptions) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let names: Vec<FileName> = files.iter().map(file_name).collect();
        let mut blocks = Blocks::default();
        for (number, name) in names.iter().enumerate() {
            let mut insert = |key| blocks.insert(key, number as u32);
            for reading in &name.readings {
                keys(reading.artist.as_ref(), &reading.title).into_iter().for_each(&mut insert);
            }
            if !name.isrc.is_empty() {
                insert(isrc_key(&name.isrc));
            }
        }
        Self {
            candidates: vec![Vec::new(); files.len()],
            files,
            names,
            blocks,
            options,
            decisions,
            rows: HashMap::new(),
            slot_of_song: HashMap::new(),
            next_slot: 0,
        }
    }

    /// Number of rows in memory.
    pub fn n_kept(&self) -> usize {
        self.rows.len()
    }

    /// Takes in a row; `false` where no file could belong to it.
    ///
    /// A song that was offered before (the same [`song_key`]) gives way to this one.
    pub fn offer(&mut self, row: LyricsRow) -> bool {
        let name = row_name(&row);
        let mut shared = keys(Some(&name.artist), &name.title);
        shared.extend(name.isrc.as_deref().map(|isrc| isrc_key(&plain_isrc(isrc))));
        let decided = self.decided_files(&row);
        let floor = log_odds(self.options.floor);
        let lyrics = RowLyrics::new(&row.lyrics);
        let mut wanted = Vec::new();
        for file in self.blocks.sharing(&shared).into_iter().chain(decided.iter().copied()) {
            let least = if decided.contains(&file) { f64::NEG_INFINITY } else { floor };
            let score = score(&self.names[file as usize], &name, &lyrics, least);
            wanted.extend(score.map(|score| (file, score)));
        }
        let song = song_key(&row.artist, &row.title);
        self.forget(song);
        if wanted.is_empty() {
            return false;
        }
        let slot = self.next_slot;
        self.next_slot += 1;
        // Held by this call, so that it stays until every file has seen it.
        self.rows.insert(slot, Kept { row, song, n_files: 1 });
        self.slot_of_song.insert(song, slot);
        for (file, score) in wanted {
            let decided = decided.contains(&file);
            self.add_candidate(file as usize, Scored { slot, score, decided });
        }
        self.release(slot);
        self.rows.contains_key(&slot)
    }

    /// Files for which a person chose this row.
    fn decided_files(&self, row: &LyricsRow) -> Vec<u32> {
        let paths = self.decisions.files_of(row);
        let at = |path: &String| self.files.binary_search_by(|file| file.path.cmp(path)).ok();
        paths.iter().filter_map(at).map(|file| file as u32).collect()
    }

    /// Forgets a song, because a row of it that is viewed more has come.
    fn forget(&mut self, song: u64) {
        if let Some(slot) = self.slot_of_song.remove(&song) {
            self.rows.remove(&slot);
            for candidates in &mut self.candidates {
                candidates.retain(|candidate| candidate.slot != slot);
            }
        }
    }

    fn add_candidate(&mut self, file: usize, scored: Scored) {
        let candidates = &mut self.candidates[file];
        if candidates.iter().any(|candidate| candidate.slot == scored.slot) {
            return;
        }
        let new = scored.slot;
        candidates.push(scored);
        candidates.sort_by(|a, b| b.score.log_odds.total_cmp(&a.score.log_odds));
        if let Some(kept) = self.rows.get_mut(&new) {
            kept.n_files += 1;
        }
        // A decided row stays whatever its score, and whichever come after it.
        if candidates.iter().filter(|own| !own.decided).count() > MAX_CANDIDATES
            && let Some(worst) = candidates.iter().rposition(|own| !own.decided)
        {
            let slot = candidates.remove(worst).slot;
            self.release(slot);
        }
    }

    fn release(&mut self, slot: u32) {
        if let Some(kept) = self.rows.get_mut(&slot) {
            kept.n_files -= 1;
            if kept.n_files == 0 {
                self.slot_of_song.remove(&kept.song);
                self.rows.remove(&slot);
            }
        }
    }

    /// Settles which file gets which row.
    pub fn finish(self) -> Linked {
        let mut settling = Settling::new(&self);
        settling.follow_decisions();
        settling.best_first();
        let (outcomes, mut linked) = settling.done();
        self.collect(outcomes, &mut linked);
        linked
    }

    fn collect(mut self, outcomes: Vec<Option<Outcome>>, linked: &mut Linked) {
        let n_rows = self.rows.len();
        // Which file has a row, and which may have it.
        let [mut takers, mut claimers] = [BTreeMap::new(), BTreeMap::new()];
        for (outcome, file) in outcomes.iter().zip(&self.files) {
            match outcome {
                Some(Outcome::Linked { slot, .. }) => takers.insert(*slot, file.path.clone()),
                Some(Outcome::Unclear { slot, .. }) => claimers.insert(*slot, file.path.clone()),
                Some(Outcome::LeftOut) | None => None,
            };
        }
        let floor = self.options.floor;
        // Rows leave for their files once those are described for which a person must decide among them.
        let mut settled = Vec::new();
        for (number, outcome) in outcomes.into_iter().enumerate() {
            let file = std::mem::take(&mut self.files[number]);
            let candidates = &self.candidates[number];
            let best = candidates.first().filter(|best| best.score.probability() >= floor);
            match (outcome, best) {
                (Some(Outcome::Linked { slot, score, decided }), _) => {
                    settled.push((file, slot, score, decided));
                }
                (Some(Outcome::LeftOut), _) => linked.left_out.push(file.path),
                (Some(Outcome::Unclear { why, .. }), _) => {
                    linked.ambiguous.push(self.ambiguous(file.path, number, why));
                }
                (None, None) => linked.without_row.push(file.path),
                (None, Some(best)) => match (takers.get(&best.slot), claimers.get(&best.slot)) {
                    (Some(taker), _) => linked.surplus.push((file.path, taker.clone())),
                    (None, claimer) => {
                        let why = match claimer {
                            Some(claimer) => format!("'{claimer}' may be the same song"),
                            None => "score below the threshold".to_owned(),
                        };
                        linked.ambiguous.push(self.ambiguous(file.path, number, why));
                    }
                },
            }
        }
        for (file, slot, score, decided) in settled {
            let Some(kept) = self.rows.remove(&slot) else { continue };
            let chosen = if decided { "decided by hand; " } else { "" };
            let reasons = format!("{chosen}{}", score.reasons());
            linked.links.push(Link { file, row: kept.row, score: score.probability(), reasons });
        }
        linked.n_rows_left = (n_rows - linked.links.len()) as u64;
    }

    fn ambiguous(&self, audio_path: String, number: usize, why: String) -> Ambiguous {
        let candidates = self.candidates[number].iter().take(3).filter_map(|candidate| {
            let row = &self.rows.get(&candidate.slot)?.row;
            Some(Candidate {
                id: if row.id.is_empty() { row.track_id().to_string() } else { row.id.clone() },
                title: row.title.clone(),
                artist: row.artist.clone(),
                score: candidate.score.probability(),
                reasons: candidate.score.reasons(),
            })
        });
        Ambiguous { audio_path, why, candidates: candidates.collect(), decision: String::new() }
    }
}

/// The same for two songs of the same artist and title, up to case, accents and punctuation.
pub fn song_key(artist: &str, title: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (fold(artist), fold(title)).hash(&mut hasher);
    hasher.finish()
}

fn log_odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}

fn plain_isrc(isrc: &str) -> String {
    isrc.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
}

fn file_name(file: &AudioFile) -> FileName {
    FileName {
        readings: readings(file),
        isrc: plain_isrc(&file.isrc),
        duration_secs: file.duration_secs,
        lyrics: if file.lyrics.is_empty() { HashSet::new() } else { word_pairs(&file.lyrics) },
    }
}

fn row_name(row: &LyricsRow) -> RowName {
    RowName {
        artist: ArtistName::of(&row.artist),
        features: row.features.iter().map(|feature| ArtistName::of(feature)).collect(),
        title: TitleName::of(&row.title),
        isrc: row.isrc.clone(),
        duration_secs: row.duration_secs,
    }
}

#[cfg(test)]
mod tests;
