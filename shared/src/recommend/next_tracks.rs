//! Next tracks for one anchor at a time, as an experiment asks for them.

use super::conditions::{Condition, Pool, PoolTrack, Recommender, SameArtist};
use crate::catalog::TrackId;
use crate::embedding::EmbeddingTable;
use crate::random::Seed;
use std::collections::{BTreeMap, BTreeSet};

/// A pool with the recommenders of some conditions. What it gives for an anchor is what
/// `segue recommend` writes for the same songs, tables, settings and seed.
#[derive(Debug)]
pub struct NextTracks {
    pool: Pool,
    recommenders: BTreeMap<Condition, Recommender>,
}

/// One recommended song.
#[derive(Debug, Clone, PartialEq)]
pub struct NextTrack {
    /// The song.
    pub track_id: TrackId,
    /// Place in the list, from 1.
    pub rank: usize,
    /// Cosine similarity to the anchor; `None` where the condition does not look at embeddings.
    pub similarity: Option<f32>,
}

impl NextTracks {
    /// The recommenders of these conditions over these songs. `table` gives the embedding table of a
    /// condition.
    ///
    /// # Errors
    ///
    /// If a condition has no table, or its table lacks one of the songs.
    ///
    /// # Panics
    ///
    /// If a song stands twice.
    pub fn new<'a>(
        tracks: Vec<PoolTrack>,
        (conditions, same_artist): (&[Condition], SameArtist),
        table: impl Fn(Condition) -> Option<&'a EmbeddingTable>,
        seed: Seed,
    ) -> Result<Self, NextTracksError> {
        let pool = Pool::new(tracks, same_artist);
        let mut recommenders = BTreeMap::new();
        for condition in conditions.iter().copied() {
            let recommender = match condition {
                Condition::Random => Recommender::Random { seed },
                Condition::Genre => Recommender::Genre { seed },
                Condition::Audio | Condition::Multimodal | Condition::Lyrics => {
                    let table = table(condition).ok_or(NextTracksError::NoTable { condition })?;
                    Recommender::nearest(&pool, table)
                        .map_err(|missing| NextTracksError::NoRow { condition, missing })?
                }
            };
            recommenders.insert(condition, recommender);
        }
        Ok(Self { pool, recommenders })
    }

    /// The songs, sorted by id.
    pub fn tracks(&self) -> &[PoolTrack] {
        self.pool.tracks()
    }

    /// The position of a song in the pool.
    pub fn position(&self, track_id: &TrackId) -> Option<usize> {
        self.pool.tracks().binary_search_by(|track| track.track_id.cmp(track_id)).ok()
    }

    /// The first `k` songs that a condition recommends to an anchor; fewer where there are no more,
    /// none where anchor or condition are unknown. A longer list begins with the shorter one.
    pub fn of(&self, anchor_id: &TrackId, condition: Condition, k: usize) -> Vec<NextTrack> {
        let (Some(anchor), Some(recommender)) =
            (self.position(anchor_id), self.recommenders.get(&condition))
        else {
            return Vec::new();
        };
        let chosen = recommender.choose(&self.pool, anchor, k).into_iter().enumerate();
        let next = chosen.map(|(at, choice)| NextTrack {
            track_id: self.pool.tracks()[choice.position].track_id.clone(),
            rank: at + 1,
            similarity: choice.similarity,
        });
        next.collect()
    }
}

/// Why there are no next tracks.
#[derive(Debug, thiserror::Error)]
pub enum NextTracksError {
    /// A condition without its embedding table.
    #[error("there is no embedding table for the condition '{condition}'")]
    NoTable {
        /// The condition.
        condition: Condition,
    },
    /// A table that lacks songs.
    #[error(
        "the embedding table '{condition}' lacks {} songs, among them '{}'",
        missing.len(),
        missing.first().map_or("", |track_id| track_id.as_str())
    )]
    NoRow {
        /// The condition.
        condition: Condition,
        /// The songs.
        missing: BTreeSet<TrackId>,
    },
    /// A part that is not of the table.
    #[error(
        "part {number} of the embedding table '{condition}' has vectors of {got} values, not {expected}"
    )]
    OtherPart {
        /// The condition.
        condition: Condition,
        /// The part.
        number: usize,
        /// Length of a vector of the table.
        expected: usize,
        /// Length of a vector of the part.
        got: usize,
    },
    /// A vector that can't be compared.
    #[error(
        "a song has {got} values where the embedding table '{condition}' has {expected}: network and table are not of one \
         training"
    )]
    OtherVector {
        /// The condition.
        condition: Condition,
        /// Length of a vector of the table.
        expected: usize,
        /// Length of the vector.
        got: usize,
    },
    /// A song that there is not.
    #[error("there is no song at place {place} of {n_songs}")]
    NoSong {
        /// The place, from 0.
        place: usize,
        /// Songs of the catalogue.
        n_songs: usize,
    },
    /// A part with a song that there is not.
    #[error(
        "part {number} of the embedding table '{condition}' names the song at place {place}; the last of {n_songs} is \
         before that"
    )]
    PartOfOthers {
        /// The condition.
        condition: Condition,
        /// The part.
        number: usize,
        /// The place.
        place: u32,
        /// Songs of the catalogue.
        n_songs: usize,
    },
    /// A table, whole or in parts, over other songs.
    #[error("the embedding table '{condition}' is over {got} songs, the catalogue has {expected}")]
    OtherSongs {
        /// The condition.
        condition: Condition,
        /// Songs of the catalogue.
        expected: usize,
        /// Songs of the table.
        got: usize,
    },
}
