//! Recommending by a taste: songs that are liked and songs that are not.
//!
//! The query is the mean of the liked songs' vectors less the mean of the disliked ones', each at length
//! 1 (relevance feedback after Rocchio 1971, with equal weights). With one liked song and nothing else
//! that is the song itself, and the list is that of [`NextTracks`](super::NextTracks) and of `segue
//! recommend`.

use super::conditions::{Condition, Pool, PoolTrack, SameArtist};
use super::nearest::Neighbour;
use super::next_tracks::{NextTrack, NextTracksError};
use super::parted::{PartIndex, TablePart};
use super::vectors::Vectors;
use crate::catalog::TrackId;
use crate::embedding::EmbeddingTable;
use std::collections::{BTreeMap, BTreeSet};

/// What someone likes and does not like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taste {
    /// Liked songs, in the order in which they were chosen.
    pub liked: Vec<TrackId>,
    /// Songs that are to be kept away from.
    pub disliked: Vec<TrackId>,
}

impl Taste {
    /// The taste that one song is.
    pub fn of(track_id: TrackId) -> Self {
        Self { liked: vec![track_id], disliked: Vec::new() }
    }

    /// Likes a song, or takes that back.
    pub fn turn_like(&mut self, track_id: &TrackId) {
        self.disliked.retain(|own| own != track_id);
        turn(&mut self.liked, track_id);
    }

    /// Dislikes a song, or takes that back.
    pub fn turn_dislike(&mut self, track_id: &TrackId) {
        self.liked.retain(|own| own != track_id);
        turn(&mut self.disliked, track_id);
    }
}

fn turn(list: &mut Vec<TrackId>, track_id: &TrackId) {
    let n_before = list.len();
    list.retain(|own| own != track_id);
    if list.len() == n_before {
        list.push(track_id.clone());
    }
}

/// All songs of a catalogue with the tables that say how alike they are.
#[derive(Debug)]
pub struct Explorer {
    pool: Pool,
    /// Which songs may be recommended, by position; any may be liked.
    is_candidate: Vec<bool>,
    tables: BTreeMap<Condition, Vectors>,
}

impl Explorer {
    /// The songs, which of them may be recommended, and a table for each condition that looks at
    /// embeddings.
    ///
    /// # Errors
    ///
    /// If a table lacks a song.
    ///
    /// # Panics
    ///
    /// If a song stands twice.
    pub fn new(
        songs: Vec<PoolTrack>,
        candidates: &BTreeSet<TrackId>,
        same_artist: SameArtist,
        tables: BTreeMap<Condition, EmbeddingTable>,
    ) -> Result<Self, NextTracksError> {
        let pool = Pool::new(songs, same_artist);
        let ids = || pool.tracks().iter().map(|track| &track.track_id);
        let mut indexed = BTreeMap::new();
        for (condition, table) in tables {
            let mut missing = BTreeSet::new();
            missing.extend(ids().filter(|id| table.position(id).is_none()).cloned());
            if !missing.is_empty() {
                return Err(NextTracksError::NoRow { condition, missing });
            }
            let table = table.filtered(|id| pool.has(id));
            indexed.insert(condition, Vectors::whole(table));
        }
        let is_candidate = ids().map(|id| candidates.contains(id)).collect();
        Ok(Self { pool, is_candidate, tables: indexed })
    }

    /// Adds a condition whose table is in parts, none of which is there yet; a search looks at `most_rows`
    /// songs at most. The places of the index are those of the songs sorted by id.
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
        let (got, expected) = (index.n_tracks(), self.pool.tracks().len());
        if got != expected {
            return Err(NextTracksError::OtherSongs { condition, expected, got });
        }
        self.tables.insert(condition, Vectors::parted(index, most_rows));
        Ok(())
    }

    /// Takes a part of a condition's table.
    ///
    /// # Errors
    ///
    /// If its vectors are of another length: it would be missing for ever.
    pub fn add_part(
        &mut self,
        condition: Condition,
        number: usize,
        part: TablePart,
    ) -> Result<(), NextTracksError> {
        let Some(vectors) = self.tables.get_mut(&condition) else { return Ok(()) };
        let expected = vectors.dim();
        vectors.add_part(number, part).map_err(|got| NextTracksError::OtherPart {
            condition,
            number,
            expected,
            got,
        })
    }

    /// The parts that are needed to say what a taste leads to and are not there yet. Once they are, more
    /// may be: where to look is known only when the songs of the taste are.
    pub fn missing_parts(&self, condition: Condition, taste: &Taste) -> Vec<usize> {
        let Some(vectors) = self.tables.get(&condition) else { return Vec::new() };
        let [liked, disliked] = [&taste.liked, &taste.disliked].map(|ids| self.positions(ids));
        let of_songs = vectors.missing_of([&liked[..], &disliked[..]].concat());
        match liked.is_empty() || !of_songs.is_empty() {
            true => of_songs,
            false => vectors.missing_near(&query(vectors, &liked, &disliked)),
        }
    }

    /// As [`Self::missing_parts`], for a vector that is none of the catalogue's.
    ///
    /// # Panics
    ///
    /// If the vector is not of the length of the table's.
    pub fn missing_parts_near(&self, condition: Condition, vector: &[f32]) -> Vec<usize> {
        self.tables.get(&condition).map_or(Vec::new(), |vectors| vectors.missing_near(vector))
    }

    /// The conditions that there are tables for.
    pub fn conditions(&self) -> impl Iterator<Item = Condition> {
        self.tables.keys().copied()
    }

    /// The `k` songs that a taste leads to, best first, without the songs of the taste and, where the
    /// rules say so, without others by the liked songs' artists; nothing where no song is liked. Nothing
    /// while a [part is missing](Self::missing_parts).
    pub fn next(&self, condition: Condition, taste: &Taste, k: usize) -> Vec<NextTrack> {
        let Some(vectors) = self.tables.get(&condition) else { return Vec::new() };
        let [liked, disliked] = [&taste.liked, &taste.disliked].map(|ids| self.positions(ids));
        let may_follow = |candidate: usize| {
            self.is_candidate[candidate]
                && !disliked.contains(&candidate)
                && liked.iter().all(|own| self.pool.may_recommend(*own, candidate))
        };
        if liked.is_empty() || !vectors.missing_of([&liked[..], &disliked[..]].concat()).is_empty()
        {
            return Vec::new();
        }
        let found = match (&liked[..], &disliked[..]) {
            ([one], []) => vectors.top_k_of(*one, k, may_follow),
            _ => vectors.top_k(&query(vectors, &liked, &disliked), k, may_follow),
        };
        self.named(found)
    }

    /// The `k` songs nearest to a vector that is none of the catalogue's, best first.
    ///
    /// # Panics
    ///
    /// If the vector is not of the length of the table's.
    pub fn nearest_to(&self, condition: Condition, vector: &[f32], k: usize) -> Vec<NextTrack> {
        let Some(vectors) = self.tables.get(&condition) else { return Vec::new() };
        self.named(vectors.top_k(vector, k, |candidate| self.is_candidate[candidate]))
    }

    fn positions(&self, ids: &[TrackId]) -> Vec<usize> {
        let tracks = self.pool.tracks();
        let of = |id| tracks.binary_search_by(|track| track.track_id.cmp(id)).ok();
        ids.iter().filter_map(of).collect()
    }

    fn named(&self, found: Vec<Neighbour>) -> Vec<NextTrack> {
        let named = found.into_iter().enumerate().map(|(at, found)| NextTrack {
            track_id: self.pool.tracks()[found.position].track_id.clone(),
            rank: at + 1,
            similarity: Some(found.similarity),
        });
        named.collect()
    }
}

/// Mean of the liked less mean of the disliked, each vector at length 1.
fn query(vectors: &Vectors, liked: &[usize], disliked: &[usize]) -> Vec<f32> {
    let mut query = vec![0.0; vectors.dim()];
    for (positions, sign) in [(liked, 1.0), (disliked, -1.0)] {
        for row in positions.iter().filter_map(|at| vectors.row(*at)) {
            let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
            if length > 0.0 {
                let weight = sign / (length * positions.len() as f32);
                query.iter_mut().zip(&row).for_each(|(sum, value)| *sum += weight * value);
            }
        }
    }
    query
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;
    use crate::recommend::NextTracks;

    fn id(at: usize) -> TrackId {
        TrackId::parse(&format!("t{at:02}")).unwrap()
    }

    fn songs(n: usize) -> Vec<PoolTrack> {
        let song = |at| PoolTrack {
            track_id: id(at),
            artist: format!("artist {}", at / 2),
            genre: "pop".to_owned(),
        };
        (0..n).map(song).collect()
    }

    /// Songs on a quarter of a circle, by steps of 3 degrees; lengths differ.
    fn table(n: usize) -> EmbeddingTable {
        let row = |at: usize| {
            let (sin, cos) = (at as f32 * 3.0).to_radians().sin_cos();
            [cos, sin].map(|value| value * (1.0 + at as f32))
        };
        let ids = (0..n).map(id).collect();
        EmbeddingTable::new("audio", 2, ids, (0..n).flat_map(row).collect()).unwrap()
    }

    fn explorer(n: usize, candidates: impl Iterator<Item = usize>) -> Explorer {
        let mut ids = BTreeSet::new();
        ids.extend(candidates.map(id));
        let mut tables = BTreeMap::new();
        tables.insert(Condition::Audio, table(n));
        Explorer::new(songs(n), &ids, SameArtist::Exclude, tables).unwrap()
    }

    fn ids_of(found: &[NextTrack]) -> Vec<&str> {
        found.iter().map(|track| track.track_id.as_str()).collect()
    }

    #[test]
    fn one_liked_song_gives_what_recommend_gives() {
        let n = 20;
        let explorer = explorer(n, 0..n);
        let table = table(n);
        let rules = (&[Condition::Audio][..], SameArtist::Exclude);
        let next = NextTracks::new(songs(n), rules, |_| Some(&table), Seed(1)).unwrap();
        for at in 0..n {
            let expected = next.of(&id(at), Condition::Audio, 5);
            assert_eq!(explorer.next(Condition::Audio, &Taste::of(id(at)), 5), expected);
        }
    }

    #[test]
    fn two_likes_lead_between_them_and_a_dislike_away() {
        let explorer = explorer(30, (0..30).filter(|at| at % 2 == 0));
        let mut taste = Taste::of(id(5));
        taste.turn_like(&id(15));
        // The middle is 10; its neighbours are as far on both sides, the smaller id first.
        let found = explorer.next(Condition::Audio, &taste, 3);
        assert_eq!(ids_of(&found), ["t10", "t08", "t12"]);
        taste.turn_dislike(&id(0));
        let away = explorer.next(Condition::Audio, &taste, 3);
        assert!(away.iter().all(|track| track.track_id > id(15)), "{away:?}");
        taste.turn_dislike(&id(0));
        assert_eq!(explorer.next(Condition::Audio, &taste, 3), found);
    }

    #[test]
    fn songs_of_the_taste_and_their_artists_are_left_out() {
        let explorer = explorer(10, 0..10);
        let mut taste = Taste::of(id(4));
        taste.turn_dislike(&id(6));
        let found = explorer.next(Condition::Audio, &taste, 10);
        // 5 is by the artist of 4, 6 is disliked; 7, by the artist of 6, may come.
        assert!(ids_of(&found).iter().all(|own| !["t04", "t05", "t06"].contains(own)), "{found:?}");
        assert_eq!(found.len(), 7);
        assert!(explorer.next(Condition::Audio, &Taste::default(), 3).is_empty());
        assert!(explorer.next(Condition::Lyrics, &taste, 3).is_empty());
    }

    /// With every part there, the lists are those of the whole table; before, it is said what is missing.
    #[test]
    fn a_table_in_parts_leads_to_the_same_songs() {
        let (n, mut taste) = (60, Taste::of(id(20)));
        let whole = explorer(n, 0..n);
        let (index, parts) = PartIndex::cut(&table(n));
        let mut parted = explorer(n, 0..n);
        parted.add_parted(Condition::Audio, index.clone(), n).unwrap();
        assert!(parted.next(Condition::Audio, &taste, 5).is_empty(), "nothing is there yet");
        assert_eq!(parted.missing_parts(Condition::Audio, &taste), [index.part_of(20).unwrap()]);
        taste.turn_like(&id(30));
        loop {
            let missing = parted.missing_parts(Condition::Audio, &taste);
            for number in &missing {
                parted.add_part(Condition::Audio, *number, parts[*number].clone()).unwrap();
            }
            if missing.is_empty() {
                break;
            }
        }
        // Songs on both sides of the middle are equally alike, which 8 bits may turn around.
        let found = [&whole, &parted].map(|explorer| {
            let found = explorer.next(Condition::Audio, &taste, 5);
            found.iter().map(|track| track.track_id.clone()).collect::<BTreeSet<_>>()
        });
        assert_eq!(found[0], found[1]);
        let other = PartIndex::cut(&table(3)).0;
        let error = parted.add_parted(Condition::Lyrics, other, 9).unwrap_err().to_string();
        assert!(error.contains("3 songs") && error.contains("60"), "{error}");
        let wide = EmbeddingTable::new("audio", 3, vec![id(1)], vec![1.0; 3]).unwrap();
        let (_, mut others) = PartIndex::cut(&wide);
        let error = parted.add_part(Condition::Audio, 0, others.remove(0)).unwrap_err().to_string();
        assert!(error.contains("part 0") && error.contains("3 values"), "{error}");
    }

    #[test]
    fn a_song_is_liked_or_disliked_or_neither() {
        let mut taste = Taste::of(id(1));
        taste.turn_dislike(&id(1));
        assert_eq!(taste, Taste { liked: vec![], disliked: vec![id(1)] });
        taste.turn_like(&id(1));
        taste.turn_like(&id(2));
        taste.turn_like(&id(1));
        assert_eq!(taste, Taste::of(id(2)));
    }

    #[test]
    fn a_vector_of_no_song_finds_its_neighbours() {
        let explorer = explorer(30, 10..30);
        let found = explorer.nearest_to(Condition::Audio, &[1.0, 0.0], 2);
        assert_eq!(ids_of(&found), ["t10", "t11"]);
        assert!((found[0].similarity.unwrap() - 30f32.to_radians().cos()).abs() < 1e-6);
    }
}
