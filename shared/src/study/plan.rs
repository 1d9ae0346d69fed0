//! The plan of a session: which songs are anchors, in which order, and in which order the conditions
//! follow each liked one.

use super::design::{OrderScheme, Songs, StudyDesign};
use crate::catalog::TrackId;
use crate::random::{Seed, Stream};
use crate::recommend::{Condition, NextTracks};
use std::collections::BTreeMap;

/// The plan of a session, all of it drawn from one seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionPlan {
    /// Songs of the practice trials; none of them is an anchor.
    pub practice: Vec<TrackId>,
    /// Anchors in the order in which they are heard. Of any run of anchors no genre has two more
    /// than another, as long as each has songs left.
    pub anchors: Vec<TrackId>,
    participant: String,
    seed: Seed,
    conditions: Vec<Condition>,
    scheme: OrderScheme,
}

/// Draws the plan of a session from its participant and seed.
///
/// Every song of `recommendations` can be an anchor. They are drawn genre by genre, so that each
/// participant meets all genres equally; participants with different seeds start at different songs,
/// each song equally often in the long run.
///
/// # Errors
///
/// If there are too few songs for the practice trials, one anchor and what follows it.
pub fn plan_session(
    design: &StudyDesign,
    recommendations: &NextTracks,
    participant: &str,
    seed: Seed,
) -> Result<SessionPlan, PlanError> {
    let conditions = design.conditions();
    design.check_n_songs(recommendations.tracks().len())?;
    let mut stream = seed.stream(&format!("study/anchors/{participant}"));
    let mut anchors = by_turns(genres_shuffled(recommendations, &mut stream), &mut stream);
    // From the end, where hardly any session comes to.
    let practice = anchors.split_off(anchors.len() - design.practice_trials as usize);
    let (participant, scheme) = (participant.to_owned(), design.order);
    Ok(SessionPlan { practice, anchors, participant, seed, conditions, scheme })
}

/// The songs of each genre in random order.
fn genres_shuffled(recommendations: &NextTracks, stream: &mut Stream) -> Vec<Vec<TrackId>> {
    let mut genres: BTreeMap<&str, Vec<TrackId>> = BTreeMap::new();
    for track in recommendations.tracks() {
        genres.entry(&track.genre).or_default().push(track.track_id.clone());
    }
    let mut lists: Vec<Vec<TrackId>> = genres.into_values().collect();
    lists.iter_mut().for_each(|list| stream.shuffle(list));
    lists
}

/// One song of each genre after the other, the order of the genres drawn anew each round.
fn by_turns(mut genres: Vec<Vec<TrackId>>, stream: &mut Stream) -> Vec<TrackId> {
    let mut order = Vec::new();
    while genres.iter().any(|list| !list.is_empty()) {
        stream.shuffle(&mut genres);
        order.extend(genres.iter_mut().filter_map(Vec::pop));
    }
    order
}

impl StudyDesign {
    /// Whether so many songs are enough for the practice trials, one anchor and what follows it.
    ///
    /// # Errors
    ///
    /// If they are not.
    pub fn check_n_songs(&self, n_songs: usize) -> Result<(), PlanError> {
        let n_needed = self.practice_trials as usize + 1 + self.conditions().len();
        if n_songs < n_needed {
            return Err(PlanError::TooFewSongs { songs: self.songs, n_songs, n_needed });
        }
        Ok(())
    }
}

impl SessionPlan {
    /// The plan of a session that is over: nothing is heard any more.
    pub(super) fn of_nothing() -> Self {
        Self {
            practice: Vec::new(),
            anchors: Vec::new(),
            participant: String::new(),
            seed: Seed(0),
            conditions: Vec::new(),
            scheme: OrderScheme::Random,
        }
    }

    /// What the session was planned from.
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// The order in which the conditions are heard after the liked anchor of that number, from 0.
    pub fn order(&self, liked_number: u32) -> Vec<Condition> {
        let orders = permutations(&self.conditions);
        let (group, at) = match self.scheme {
            OrderScheme::Balanced => {
                let n_orders = orders.len() as u32;
                (liked_number / n_orders, (liked_number % n_orders) as usize)
            }
            OrderScheme::Random => (liked_number, 0),
        };
        let mut places: Vec<usize> = (0..orders.len()).collect();
        let name = format!("study/order/{}/{group}", self.participant);
        self.seed.stream(&name).shuffle(&mut places);
        orders[places[at]].clone()
    }
}

/// Every order of the conditions, sorted.
fn permutations(conditions: &[Condition]) -> Vec<Vec<Condition>> {
    if conditions.is_empty() {
        return vec![Vec::new()];
    }
    let mut orders = Vec::new();
    for (at, first) in conditions.iter().enumerate() {
        let rest = [&conditions[..at], &conditions[at + 1..]].concat();
        for order in permutations(&rest) {
            orders.push(std::iter::once(*first).chain(order).collect());
        }
    }
    orders
}

/// Why a session can't be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Too few songs.
    #[error(
        "the bundle holds {n_songs} songs for a study over {}, which needs {n_needed} at least: \
         export a larger catalogue{}",
        match songs { Songs::Test => "its test songs", Songs::All => "all its songs" },
        match songs { Songs::Test => ", or set \"songs\": \"all\"", Songs::All => "" }
    )]
    TooFewSongs {
        /// Which songs the study is over.
        songs: Songs,
        /// How many there are.
        n_songs: usize,
        /// How many it takes.
        n_needed: usize,
    },
}
