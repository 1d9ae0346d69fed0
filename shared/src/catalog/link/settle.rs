//! Which file gets which row, once all rows are seen.

use super::super::ambiguous::Decision;
use super::super::genius::LyricsRow;
use super::super::normalize::ArtistName;
use super::super::score::Score;
use super::super::title::TitleName;
use super::{Linked, Linker, Scored, log_odds};
use std::collections::BTreeSet;

/// What became of a file.
pub(super) enum Outcome {
    Linked {
        slot: u32,
        score: Score,
        decided: bool,
    },
    LeftOut,
    /// A person must decide, and why; no other file gets the row until then.
    Unclear {
        slot: u32,
        why: String,
    },
}

/// Files and rows while they are being settled.
pub(super) struct Settling<'a> {
    linker: &'a Linker,
    /// What became of each file; `None` while it is open.
    outcomes: Vec<Option<Outcome>>,
    /// Rows that a file has.
    taken: BTreeSet<u32>,
    /// Rows that a file has by its score, not by a person's word.
    won: BTreeSet<u32>,
    /// Rows that a file may have, for which a person must decide.
    claimed: BTreeSet<u32>,
    unusable_decisions: Vec<String>,
}

impl<'a> Settling<'a> {
    pub(super) fn new(linker: &'a Linker) -> Self {
        let outcomes = linker.files.iter().map(|_| None).collect();
        Self {
            linker,
            outcomes,
            taken: BTreeSet::new(),
            won: BTreeSet::new(),
            claimed: BTreeSet::new(),
            unusable_decisions: Vec::new(),
        }
    }

    pub(super) fn done(self) -> (Vec<Option<Outcome>>, Linked) {
        let linked = Linked { unusable_decisions: self.unusable_decisions, ..Linked::default() };
        (self.outcomes, linked)
    }

    pub(super) fn follow_decisions(&mut self) {
        let linker = self.linker;
        for (path, decision) in linker.decisions.iter() {
            let Ok(file) = linker.files.binary_search_by(|file| file.path.as_str().cmp(path))
            else {
                self.unusable_decisions.push(format!("'{path}' is not among the audio files"));
                continue;
            };
            let Decision::Row(id) = decision else {
                self.outcomes[file] = Some(Outcome::LeftOut);
                continue;
            };
            let named = |candidate: &&Scored| {
                linker.rows.get(&candidate.slot).is_some_and(|kept| decision.names(&kept.row))
            };
            match linker.candidates[file].iter().find(named) {
                Some(chosen) if self.taken.insert(chosen.slot) => {
                    let (slot, score) = (chosen.slot, chosen.score.clone());
                    self.outcomes[file] = Some(Outcome::Linked { slot, score, decided: true });
                }
                Some(_) => self
                    .unusable_decisions
                    .push(format!("'{path}': another file was given row '{id}' before")),
                None => self.unusable_decisions.push(format!(
                    "'{path}': row '{id}' is not in the csv, or is of another genre or language"
                )),
            }
        }
    }

    /// Gives each file its best row. Where another file fits that row better, this one is as a rule a second copy of the
    /// song: it gets no other row, which would make two songs of one recording.
    pub(super) fn best_first(&mut self) {
        let least = log_odds(self.linker.options.threshold);
        let mut is_second = vec![false; self.outcomes.len()];
        for (file, candidate) in self.pairs() {
            let slot = candidate.slot;
            is_second[file] |= self.outcomes[file].is_none() && self.won.contains(&slot);
            let is_gone = self.taken.contains(&slot) || self.claimed.contains(&slot);
            if self.outcomes[file].is_some() || is_gone || is_second[file] {
                continue;
            }
            if candidate.score.log_odds < least {
                break;
            }
            self.outcomes[file] = Some(match self.rival(file, candidate) {
                Some(why) => {
                    self.claimed.insert(slot);
                    Outcome::Unclear { slot, why }
                }
                None => {
                    self.taken.insert(slot);
                    self.won.insert(slot);
                    Outcome::Linked { slot, score: candidate.score.clone(), decided: false }
                }
            });
        }
    }

    /// All pairs, the best first; among equals the most viewed row, then the order of paths and ids.
    fn pairs(&self) -> Vec<(usize, &'a Scored)> {
        let linker = self.linker;
        let files = linker.candidates.iter().enumerate();
        let mut pairs: Vec<(usize, &Scored)> = files
            .flat_map(|(file, candidates)| candidates.iter().map(move |scored| (file, scored)))
            .collect();
        let row = |scored: &Scored| linker.rows.get(&scored.slot).map(|kept| &kept.row);
        let views = |scored: &Scored| row(scored).and_then(|row| row.views);
        let id = |scored: &Scored| row(scored).map(|row| (row.id.as_str(), row.line));
        pairs.sort_by(|(file_a, a), (file_b, b)| {
            let better = b.score.log_odds.total_cmp(&a.score.log_odds);
            better.then(views(b).cmp(&views(a))).then(file_a.cmp(file_b)).then(id(a).cmp(&id(b)))
        });
        pairs
    }

    /// Another row that is nearly as good for this file, or better, in words. One that is claimed may still become this
    /// file's; one that is taken does not.
    fn rival(&self, file: usize, chosen: &Scored) -> Option<String> {
        let linker = self.linker;
        let row = |slot: u32| linker.rows.get(&slot).map(|kept| &kept.row);
        let rival = linker.candidates[file].iter().find(|other| {
            other.slot != chosen.slot
                && !self.taken.contains(&other.slot)
                && other.score.log_odds > chosen.score.log_odds - linker.options.margin
                && !same_song(row(chosen.slot), row(other.slot))
        })?;
        let rival = row(rival.slot)?;
        Some(format!("'{}' by '{}' fits nearly as well", rival.title, rival.artist))
    }
}

/// Whether two rows are pages of one recording, which differ in guests, case or remarks only.
fn same_song(one: Option<&LyricsRow>, other: Option<&LyricsRow>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return false };
    let (a, b) = (TitleName::of(&one.title), TitleName::of(&other.title));
    let artists = ArtistName::of(&one.artist).full == ArtistName::of(&other.artist).full;
    artists && a.core == b.core && a.full == b.full && a.versions == b.versions
}
