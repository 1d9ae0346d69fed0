//! The table of the thesis: one row an anchor, one column a song heard.
//!
//! `anchor,audio,comb,random`, where `comb` is the multimodal condition and `random` the control, of
//! whatever kind, as there; `lyrics` follows where that condition took part. An answer is 1 or 0 (on
//! a scale of points 1 where it counts as liking). The songs after an anchor that was not liked read
//! `no`, as the thesis stored them. A song that was not heard is an empty cell, and so is one whose clip
//! failed; an anchor whose clip failed has no row. The trial at which a session was broken off
//! reads `slip` where a key without meaning was its last sign of life: here, other than in the
//! thesis, such a key does not end a trial. Practice has no row.

use super::rows::started;
use crate::recommend::Condition;
use crate::study::block::Block;
use crate::study::event::{AnsweredTrial, Event, Role};
use crate::study::log::SessionLog;

/// The columns that follow `anchor`.
const COLUMNS: [(&str, &[Condition]); 4] = [
    ("audio", &[Condition::Audio]),
    ("comb", &[Condition::Multimodal]),
    ("random", &[Condition::Random, Condition::Genre]),
    ("lyrics", &[Condition::Lyrics]),
];

/// The wide table of a session, with a head line and LF line ends.
pub fn to_wide_csv(log: &SessionLog) -> String {
    let mut table = Table::new(started(log).map_or(1, |started| started.liked_from));
    for row in log.rows() {
        table.take(&row.event);
    }
    table.end();
    let n_columns = if table.has_lyrics { 4 } else { 3 };
    let names = COLUMNS.iter().take(n_columns).map(|(name, _)| *name);
    let mut csv = std::iter::once("anchor").chain(names).collect::<Vec<_>>().join(",");
    csv.push('\n');
    for row in &table.rows {
        let lyrics = if row.anchor == "0" && table.has_lyrics { "no" } else { row.cells[3] };
        let cells = [row.anchor, row.cells[0], row.cells[1], row.cells[2], lyrics];
        csv.push_str(&cells[..=n_columns].join(","));
        csv.push('\n');
    }
    csv
}

/// One anchor and what followed it.
struct WideRow {
    anchor: &'static str,
    cells: [&'static str; 4],
}

struct Table {
    rows: Vec<WideRow>,
    liked_from: u8,
    has_lyrics: bool,
    block: Option<Block>,
    n_heard: usize,
    /// Whether the running trial had a slip.
    slipped: bool,
    /// Whether a trial that is no practice was met.
    is_counted: bool,
}

impl Table {
    fn new(liked_from: u8) -> Self {
        Self {
            rows: Vec::new(),
            liked_from,
            has_lyrics: false,
            block: None,
            n_heard: 0,
            slipped: false,
            is_counted: false,
        }
    }

    fn take(&mut self, event: &Event) {
        match event {
            Event::BlockPlanned(block) => {
                self.has_lyrics |= block.order.contains(&Condition::Lyrics);
                self.block = Some(block.clone());
                self.n_heard = 0;
            }
            Event::Slip(_) => self.slipped = true,
            Event::TrialAnswered(answered) => self.answered(answered),
            Event::ClipFailed(failed) => {
                self.slipped = false;
                self.is_counted |= failed.trial.role != Role::Practice;
                self.n_heard += usize::from(failed.trial.role == Role::Recommendation);
            }
            _ => {}
        }
    }

    fn answered(&mut self, answered: &AnsweredTrial) {
        self.slipped = false;
        let answer = if answered.response >= self.liked_from { "1" } else { "0" };
        match answered.trial.role {
            Role::Practice => return,
            Role::Anchor => {
                let after = if answer == "0" { "no" } else { "" };
                self.rows.push(WideRow { anchor: answer, cells: [after, after, after, ""] });
                self.block = None;
            }
            Role::Recommendation => {
                for source in &answered.trial.sources {
                    self.set(source.condition, answer);
                }
                self.n_heard += 1;
            }
        }
        self.is_counted = true;
    }

    fn set(&mut self, condition: Condition, cell: &'static str) {
        let at = COLUMNS.iter().position(|(_, conditions)| conditions.contains(&condition));
        if let (Some(row), Some(at)) = (self.rows.last_mut(), at) {
            row.cells[at] = cell;
        }
    }

    /// The trial at which the session was broken off, where it had a slip. One before any trial that
    /// counts may be practice, and is left out.
    fn end(&mut self) {
        if !self.slipped || !self.is_counted {
            return;
        }
        let song = self.block.as_ref().and_then(|block| block.songs.get(self.n_heard)).cloned();
        match song {
            Some(song) => song.sources.iter().for_each(|source| self.set(source.condition, "slip")),
            None => self.rows.push(WideRow { anchor: "slip", cells: [""; 4] }),
        }
    }
}
