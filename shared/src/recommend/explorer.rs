//! Recommending by a taste, or by a vector.
//!
//! The query is the mean of the liked songs' vectors less the mean of the disliked ones', each at length
//! 1 (relevance feedback after Rocchio 1971, with equal weights). With one liked song and nothing else
//! that is the song itself, and the list is that of [`NextTracks`](super::NextTracks) and of `segue
//! recommend`, but for rounding where a table is large.

use super::conditions::{Condition, SameArtist};
use super::eight_bit::EightBitRows;
use super::nearest::Neighbour;
use super::next_tracks::NextTracksError;
use super::parted::{PartIndex, TablePart};
use super::taste::{Lead, Taste};
use super::vectors::{Query, Vectors};
use crate::embedding::EmbeddingTable;
use std::collections::BTreeMap;

/// What the rules of recommending ask of a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExplorerSong {
    /// The same number for the same main artist; `None` where that is unknown.
    pub artist: Option<u32>,
    /// Whether it may be recommended; any song may be liked.
    pub is_candidate: bool,
}

/// All songs of a catalogue, by their places in it, with the tables that say how alike they are.
#[derive(Debug)]
pub struct Explorer {
    songs: Vec<ExplorerSong>,
    same_artist: SameArtist,
    tables: BTreeMap<Condition, Vectors>,
}

impl Explorer {
    /// The songs in the order of the catalogue, without a table.
    pub fn new(songs: Vec<ExplorerSong>, same_artist: SameArtist) -> Self {
        Self { songs, same_artist, tables: BTreeMap::new() }
    }

    /// Adds the table of a condition, over the same songs. A large one (more than 4 million numbers) is kept in 8 bits,
    /// by which similarities of 64 values are off by some thousandths.
    ///
    /// # Errors
    ///
    /// If the table is over another number of songs.
    pub fn add_table(
        &mut self,
        condition: Condition,
        table: EmbeddingTable,
    ) -> Result<(), NextTracksError> {
        self.expect_songs(condition, table.n_tracks())?;
        self.tables.insert(condition, Vectors::whole(table));
        Ok(())
    }

    /// Adds a condition whose table is in parts, none of which is there yet; a search looks at `most_rows`
    /// songs at most.
    ///
    /// # Errors
    ///
    /// If the index is over another number of songs.
    pub fn add_parted(
        &mut self,
        condition: Condition,
        index: PartIndex,
        most_rows: usize,
    ) -> Result<(), NextTracksError> {
        self.expect_songs(condition, index.n_tracks())?;
        self.tables.insert(condition, Vectors::parted(index, most_rows));
        Ok(())
    }

    fn expect_songs(&self, condition: Condition, got: usize) -> Result<(), NextTracksError> {
        let expected = self.songs.len();
        let other = NextTracksError::OtherSongs { condition, expected, got };
        (got == expected).then_some(()).ok_or(other)
    }

    /// Takes a part of a condition's table.
    ///
    /// # Errors
    ///
    /// If its vectors are of another length (it would be missing for ever), or it has songs that there are not.
    pub fn add_part(
        &mut self,
        condition: Condition,
        number: usize,
        part: TablePart,
    ) -> Result<(), NextTracksError> {
        let Some(vectors) = self.tables.get_mut(&condition) else { return Ok(()) };
        let (expected, n_songs) = (vectors.dim(), self.songs.len());
        if let Some(place) = part.positions().last().filter(|last| **last as usize >= n_songs) {
            let place = *place;
            return Err(NextTracksError::PartOfOthers { condition, number, place, n_songs });
        }
        vectors.add_part(number, part).map_err(|got| NextTracksError::OtherPart {
            condition,
            number,
            expected,
            got,
        })
    }

    /// Makes sure that a lead can be followed by the table of a condition.
    ///
    /// # Errors
    ///
    /// If its vector is not of the length of the table's, or its taste has a song that there is not.
    pub fn expect(&self, condition: Condition, lead: &Lead) -> Result<(), NextTracksError> {
        let Some(expected) = self.tables.get(&condition).map(Vectors::dim) else { return Ok(()) };
        match lead {
            Lead::Vector(vector) if vector.len() != expected => {
                Err(NextTracksError::OtherVector { condition, expected, got: vector.len() })
            }
            Lead::Vector(_) => Ok(()),
            Lead::Taste(taste) => {
                let n_songs = self.songs.len();
                let stray = taste.songs().find(|place| *place >= n_songs);
                stray.map_or(Ok(()), |place| Err(NextTracksError::NoSong { place, n_songs }))
            }
        }
    }

    /// The parts that are needed to say where this leads and are not there yet. Once they are, more may
    /// be: where to look is known only when the songs of a taste are.
    ///
    /// # Panics
    ///
    /// If the lead is not [as expected](Self::expect).
    pub fn missing_parts(&self, condition: Condition, lead: &Lead) -> Vec<usize> {
        let Some(vectors) = self.tables.get(&condition) else { return Vec::new() };
        let of_songs = match lead {
            Lead::Taste(taste) => vectors.missing_of(taste.songs().collect()),
            Lead::Vector(_) => Vec::new(),
        };
        match query(vectors, lead).filter(|_| of_songs.is_empty()) {
            Some(Query::Song(place)) => {
                vectors.row(place).map_or(Vec::new(), |row| vectors.missing_near(&row))
            }
            Some(Query::Vector(vector)) => vectors.missing_near(&vector),
            None => of_songs,
        }
    }

    /// The `k` songs that this leads to, best first, without the songs of a taste and, where the rules say
    /// so, without others by the liked songs' artists; nothing where no song is liked. Nothing while a
    /// [part is missing](Self::missing_parts).
    ///
    /// # Panics
    ///
    /// If the lead is not [as expected](Self::expect).
    pub fn next(&self, condition: Condition, lead: &Lead, k: usize) -> Vec<Neighbour> {
        let Some(vectors) = self.tables.get(&condition) else { return Vec::new() };
        let Some(query) = query(vectors, lead) else { return Vec::new() };
        vectors.top_k(&query, k, |candidate| self.may_follow(lead, candidate))
    }

    /// The table of a condition in 8 bits, for products of its rows to be made elsewhere, as by a graphics processor;
    /// `None` where there is none, or it is in parts.
    pub fn rounded(&mut self, condition: Condition) -> Option<&EightBitRows> {
        self.tables.get_mut(&condition)?.rounded()
    }

    /// Forgets what [`Self::rounded`] made of exact tables.
    pub fn forget_rounded(&mut self) {
        self.tables.values_mut().for_each(Vectors::forget_rounded);
    }

    /// What the rows are to be multiplied with; `None` while they are not [rounded](Self::rounded), or where this leads
    /// nowhere.
    ///
    /// # Panics
    ///
    /// If the lead is not [as expected](Self::expect).
    pub fn query_codes(&self, condition: Condition, lead: &Lead) -> Option<Vec<i32>> {
        let vectors = self.tables.get(&condition)?;
        vectors.query_codes(&query(vectors, lead)?)
    }

    /// What [`Self::next`] gives, from the sums of the products of [`Self::query_codes`] with each row.
    ///
    /// # Panics
    ///
    /// If the lead is not [as expected](Self::expect), or `products` has not one number a song.
    pub fn next_by_products(
        &self,
        condition: Condition,
        lead: &Lead,
        k: usize,
        products: &[i32],
    ) -> Vec<Neighbour> {
        let Some(vectors) = self.tables.get(&condition) else { return Vec::new() };
        let Some(query) = query(vectors, lead) else { return Vec::new() };
        vectors.top_k_by_products(&query, products, k, |candidate| self.may_follow(lead, candidate))
    }

    fn may_follow(&self, lead: &Lead, candidate: usize) -> bool {
        self.songs[candidate].is_candidate
            && match lead {
                Lead::Vector(_) => true,
                Lead::Taste(Taste { liked, disliked }) => {
                    !disliked.contains(&candidate)
                        && liked.iter().all(|own| self.may_recommend(*own, candidate))
                }
            }
    }

    fn may_recommend(&self, anchor: usize, candidate: usize) -> bool {
        let [a, b] = [anchor, candidate].map(|place| self.songs[place].artist);
        anchor != candidate && self.same_artist.allows(a, b)
    }
}

/// What songs are to be near to; `None` where no song is liked, or the part of one is not there.
fn query(vectors: &Vectors, lead: &Lead) -> Option<Query> {
    let taste = match lead {
        Lead::Vector(vector) => return Some(Query::Vector(vector.clone())),
        Lead::Taste(taste) => taste,
    };
    let is_there =
        !taste.liked.is_empty() && vectors.missing_of(taste.songs().collect()).is_empty();
    is_there.then(|| match (&taste.liked[..], &taste.disliked[..]) {
        ([one], []) => Query::Song(*one),
        _ => Query::Vector(mean_of(vectors, taste)),
    })
}

/// Mean of the liked less mean of the disliked, each vector at length 1.
fn mean_of(vectors: &Vectors, taste: &Taste) -> Vec<f32> {
    let mut query = vec![0.0; vectors.dim()];
    for (places, sign) in [(&taste.liked, 1.0), (&taste.disliked, -1.0)] {
        for row in places.iter().filter_map(|at| vectors.row(*at)) {
            let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
            if length > 0.0 {
                let weight = sign / (length * places.len() as f32);
                query.iter_mut().zip(&row).for_each(|(sum, value)| *sum += weight * value);
            }
        }
    }
    query
}

#[cfg(test)]
mod tests;
