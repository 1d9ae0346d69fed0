//! A block: the songs that follow a liked anchor.

use super::design::{Control, SameSong, StudyDesign};
use super::plan::SessionPlan;
use crate::catalog::TrackId;
use crate::recommend::{Condition, NextTrack, NextTracks};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The songs that follow a liked anchor, in the order in which they are heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// The anchor.
    pub anchor_id: TrackId,
    /// Number of the liked anchor in the session, from 0.
    pub liked_number: u32,
    /// The order of the conditions.
    pub order: Vec<Condition>,
    /// The songs. A condition without a song left has none.
    pub songs: Vec<BlockSong>,
}

/// One song of a block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockSong {
    /// The song.
    pub track_id: TrackId,
    /// The conditions that chose it.
    pub sources: Vec<Source>,
}

/// Why a song is heard.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// The condition.
    pub condition: Condition,
    /// Place in the condition's list, from 1.
    pub rank: u32,
    /// Cosine similarity to the anchor; `None` where the condition does not look at embeddings.
    pub similarity: Option<f32>,
}

/// Chooses what follows a liked anchor. `played` holds the songs that were heard in this session.
///
/// Each condition takes the first song of its list that may be heard. Where two conditions come to
/// the same song, [`SameSong`] decides; the one that is heard earlier has the first choice, so that over
/// a balanced order no condition is favoured.
pub fn plan_block(
    (design, plan): (&StudyDesign, &SessionPlan),
    recommendations: &NextTracks,
    (anchor_id, liked_number): (&TrackId, u32),
    played: &BTreeSet<TrackId>,
) -> Block {
    let order = plan.order(liked_number);
    let mut songs: Vec<BlockSong> = Vec::new();
    for condition in order.iter().copied() {
        let heard = |track_id: &TrackId| !design.repeat_songs && played.contains(track_id);
        let taken = |track_id: &TrackId| songs.iter().position(|song| song.track_id == *track_id);
        let may = |next: &NextTrack| {
            let taken = design.same_song == SameSong::NextRank && taken(&next.track_id).is_some();
            !heard(&next.track_id) && !taken
        };
        let of = |k| candidates((design, plan), recommendations, (anchor_id, condition), k);
        let n_refused = played.len() + songs.len();
        let Some(next) = first_that(may, n_refused, of) else { continue };
        let source = Source { condition, rank: next.rank as u32, similarity: next.similarity };
        match taken(&next.track_id).filter(|_| design.same_song == SameSong::PlayOnce) {
            Some(at) => songs[at].sources.push(source),
            None => songs.push(BlockSong { track_id: next.track_id, sources: vec![source] }),
        }
    }
    Block { anchor_id: anchor_id.clone(), liked_number, order, songs }
}

/// The first song that may be heard, where at most `n_refused` may not. `of` gives a list's first `k`
/// songs; nearly always one of the first few will do, and a short list is quicker to make.
fn first_that(
    may: impl Fn(&NextTrack) -> bool,
    n_refused: usize,
    of: impl Fn(usize) -> Vec<NextTrack>,
) -> Option<NextTrack> {
    let mut k = 8;
    loop {
        let k_now = k.min(n_refused + 1);
        let found = of(k_now).into_iter().find(&may);
        if found.is_some() || k_now > n_refused {
            return found;
        }
        k *= 4;
    }
}

/// What a condition recommends, best first.
fn candidates(
    (design, plan): (&StudyDesign, &SessionPlan),
    recommendations: &NextTracks,
    (anchor_id, condition): (&TrackId, Condition),
    k: usize,
) -> Vec<NextTrack> {
    let mut list = recommendations.of(anchor_id, condition, k);
    if condition == design.control.condition() && design.control_may_be_anchor {
        insert_anchor((design.control, plan), recommendations, anchor_id, &mut list);
    }
    list
}

/// Puts the anchor first as often as a draw among all songs would: the fault of the thesis, whose
/// same-genre control was not kept from being the anchor.
fn insert_anchor(
    (control, plan): (Control, &SessionPlan),
    recommendations: &NextTracks,
    anchor_id: &TrackId,
    list: &mut Vec<NextTrack>,
) {
    let tracks = recommendations.tracks();
    let Some(anchor) = recommendations.position(anchor_id).map(|at| &tracks[at]) else { return };
    let n_drawn_from = match control {
        Control::Random => tracks.len(),
        Control::Genre => tracks.iter().filter(|track| track.genre == anchor.genre).count(),
    };
    let mut stream = plan.seed().stream(&format!("study/control-is-anchor/{anchor_id}"));
    if stream.below(n_drawn_from) == 0 {
        list.iter_mut().for_each(|next| next.rank += 1);
        list.insert(0, NextTrack { track_id: anchor_id.clone(), rank: 1, similarity: None });
    }
}
