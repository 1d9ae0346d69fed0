//! Recommending by a taste: songs that are liked and songs that are not.
//!
//! The query is the mean of the liked songs' vectors less the mean of the disliked ones', each at length
//! 1 (relevance feedback after Rocchio 1971, with equal weights). With one liked song and nothing else
//! that is the song itself, and the list is that of [`NextTracks`](super::NextTracks) and of `segue
//! recommend`, but for rounding where a table is large.

use super::conditions::{Condition, SameArtist};
use super::nearest::Neighbour;
use super::next_tracks::NextTracksError;
use super::parted::{PartIndex, TablePart};
use super::vectors::Vectors;
use crate::embedding::EmbeddingTable;
use std::collections::BTreeMap;

/// What someone likes and does not like: songs by their places in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taste {
    /// Liked songs, in the order in which they were chosen.
    pub liked: Vec<usize>,
    /// Songs that are to be kept away from.
    pub disliked: Vec<usize>,
}

impl Taste {
    /// The taste that one song is.
    pub fn of(place: usize) -> Self {
        Self { liked: vec![place], disliked: Vec::new() }
    }

    /// Likes a song, or takes that back.
    pub fn turn_like(&mut self, place: usize) {
        self.disliked.retain(|own| *own != place);
        turn(&mut self.liked, place);
    }

    /// Dislikes a song, or takes that back.
    pub fn turn_dislike(&mut self, place: usize) {
        self.liked.retain(|own| *own != place);
        turn(&mut self.disliked, place);
    }
}

fn turn(list: &mut Vec<usize>, place: usize) {
    let n_before = list.len();
    list.retain(|own| *own != place);
    if list.len() == n_before {
        list.push(place);
    }
}

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

    /// The parts that are needed to say what a taste leads to and are not there yet. Once they are, more
    /// may be: where to look is known only when the songs of the taste are.
    pub fn missing_parts(&self, condition: Condition, taste: &Taste) -> Vec<usize> {
        let Some(vectors) = self.tables.get(&condition) else { return Vec::new() };
        let of_songs = vectors.missing_of([&taste.liked[..], &taste.disliked[..]].concat());
        match taste.liked.is_empty() || !of_songs.is_empty() {
            true => of_songs,
            false => vectors.missing_near(&query(vectors, taste)),
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
    ///
    /// # Panics
    ///
    /// If a song of the taste is none of the catalogue.
    pub fn next(&self, condition: Condition, taste: &Taste, k: usize) -> Vec<Neighbour> {
        let Some(vectors) = self.tables.get(&condition) else { return Vec::new() };
        let Taste { liked, disliked } = taste;
        let may_follow = |candidate: usize| {
            self.songs[candidate].is_candidate
                && !disliked.contains(&candidate)
                && liked.iter().all(|own| self.may_recommend(*own, candidate))
        };
        if liked.is_empty() || !vectors.missing_of([&liked[..], &disliked[..]].concat()).is_empty()
        {
            return Vec::new();
        }
        match (&liked[..], &disliked[..]) {
            ([one], []) => vectors.top_k_of(*one, k, may_follow),
            _ => vectors.top_k(&query(vectors, taste), k, may_follow),
        }
    }

    fn may_recommend(&self, anchor: usize, candidate: usize) -> bool {
        let [a, b] = [anchor, candidate].map(|place| self.songs[place].artist);
        anchor != candidate && self.same_artist.allows(a, b)
    }

    /// The `k` songs nearest to a vector that is none of the catalogue's, best first.
    ///
    /// # Panics
    ///
    /// If the vector is not of the length of the table's.
    pub fn nearest_to(&self, condition: Condition, vector: &[f32], k: usize) -> Vec<Neighbour> {
        let Some(vectors) = self.tables.get(&condition) else { return Vec::new() };
        vectors.top_k(vector, k, |candidate| self.songs[candidate].is_candidate)
    }
}

/// Mean of the liked less mean of the disliked, each vector at length 1.
fn query(vectors: &Vectors, taste: &Taste) -> Vec<f32> {
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
mod tests {
    use super::*;
    use crate::catalog::TrackId;
    use crate::random::Seed;
    use crate::recommend::{NextTracks, PoolTrack};
    use std::collections::BTreeSet;

    fn id(at: usize) -> TrackId {
        TrackId::parse(&format!("t{at:02}")).unwrap()
    }

    /// Two songs an artist; the first artist is unknown.
    fn artist(at: usize) -> Option<u32> {
        Some(at as u32 / 2).filter(|number| *number > 0)
    }

    fn songs(n: usize) -> Vec<PoolTrack> {
        let song = |at| PoolTrack {
            track_id: id(at),
            artist: artist(at).map_or_else(String::new, |number| format!("artist {number}")),
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

    fn without_table(n: usize, is_candidate: impl Fn(usize) -> bool) -> Explorer {
        let song = |at| ExplorerSong { artist: artist(at), is_candidate: is_candidate(at) };
        Explorer::new((0..n).map(song).collect(), SameArtist::Exclude)
    }

    fn explorer(n: usize, is_candidate: impl Fn(usize) -> bool) -> Explorer {
        let mut explorer = without_table(n, is_candidate);
        explorer.add_table(Condition::Audio, table(n)).unwrap();
        explorer
    }

    fn places(found: &[Neighbour]) -> Vec<usize> {
        found.iter().map(|own| own.position).collect()
    }

    #[test]
    fn one_liked_song_gives_what_recommend_gives() {
        let n = 20;
        let explorer = explorer(n, |_| true);
        let table = table(n);
        let rules = (&[Condition::Audio][..], SameArtist::Exclude);
        let next = NextTracks::new(songs(n), rules, |_| Some(&table), Seed(1)).unwrap();
        for at in 0..n {
            let expected = next.of(&id(at), Condition::Audio, 5).into_iter();
            let expected: Vec<_> =
                expected.map(|own| (own.track_id, own.similarity.unwrap())).collect();
            let found = explorer.next(Condition::Audio, &Taste::of(at), 5).into_iter();
            let found: Vec<_> = found.map(|own| (id(own.position), own.similarity)).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn two_likes_lead_between_them_and_a_dislike_away() {
        let explorer = explorer(30, |at| at % 2 == 0);
        let mut taste = Taste::of(5);
        taste.turn_like(15);
        // The middle is 10; its neighbours are as far on both sides, the smaller id first.
        let found = explorer.next(Condition::Audio, &taste, 3);
        assert_eq!(places(&found), [10, 8, 12]);
        taste.turn_dislike(0);
        let away = explorer.next(Condition::Audio, &taste, 3);
        assert!(away.iter().all(|own| own.position > 15), "{away:?}");
        taste.turn_dislike(0);
        assert_eq!(explorer.next(Condition::Audio, &taste, 3), found);
    }

    #[test]
    fn songs_of_the_taste_and_their_artists_are_left_out() {
        let explorer = explorer(10, |_| true);
        let mut taste = Taste::of(4);
        taste.turn_dislike(6);
        let found = explorer.next(Condition::Audio, &taste, 10);
        // 5 is by the artist of 4, 6 is disliked; 7, by the artist of 6, may come.
        assert!(places(&found).iter().all(|own| ![4, 5, 6].contains(own)), "{found:?}");
        assert_eq!(found.len(), 7);
        assert!(explorer.next(Condition::Audio, &Taste::default(), 3).is_empty());
        assert!(explorer.next(Condition::Lyrics, &taste, 3).is_empty());
        // Unknown artists are not the same.
        assert_eq!(places(&explorer.next(Condition::Audio, &Taste::of(0), 1)), [1]);
    }

    /// With every part there, the lists are those of the whole table; before, it is said what is missing.
    #[test]
    fn a_table_in_parts_leads_to_the_same_songs() {
        let (n, mut taste) = (60, Taste::of(20));
        let whole = explorer(n, |_| true);
        let (index, parts) = PartIndex::cut(&table(n));
        let mut parted = without_table(n, |_| true);
        parted.add_parted(Condition::Audio, index.clone(), n).unwrap();
        assert!(parted.next(Condition::Audio, &taste, 5).is_empty(), "nothing is there yet");
        assert_eq!(parted.missing_parts(Condition::Audio, &taste), [index.part_of(20).unwrap()]);
        taste.turn_like(30);
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
            found.iter().map(|own| own.position).collect::<BTreeSet<_>>()
        });
        assert_eq!(found[0], found[1]);
    }

    #[test]
    fn tables_of_other_songs_are_refused() {
        let mut explorer = explorer(60, |_| true);
        let other = explorer.add_table(Condition::Lyrics, table(3)).unwrap_err().to_string();
        assert!(other.contains("3 songs") && other.contains("60"), "{other}");
        let index = PartIndex::cut(&table(3)).0;
        let other = explorer.add_parted(Condition::Lyrics, index, 9).unwrap_err().to_string();
        assert!(other.contains("3 songs") && other.contains("60"), "{other}");
        explorer.add_parted(Condition::Lyrics, PartIndex::cut(&table(60)).0, 9).unwrap();
        let wide = EmbeddingTable::new("audio", 3, vec![id(1)], vec![1.0; 3]).unwrap();
        let part = PartIndex::cut(&wide).1.remove(0);
        let other = explorer.add_part(Condition::Lyrics, 0, part).unwrap_err().to_string();
        assert!(other.contains("part 0") && other.contains("3 values"), "{other}");
        let part = PartIndex::cut(&table(61)).1.pop().unwrap();
        let parts = PartIndex::cut(&table(61)).1.into_iter().chain([part]);
        let refused = parts.filter_map(|part| explorer.add_part(Condition::Lyrics, 0, part).err());
        let refused: Vec<String> = refused.map(|error| error.to_string()).collect();
        assert!(refused.iter().all(|text| text.contains("the song at place 60")), "{refused:?}");
        assert!(!refused.is_empty());
    }

    #[test]
    fn a_song_is_liked_or_disliked_or_neither() {
        let mut taste = Taste::of(1);
        taste.turn_dislike(1);
        assert_eq!(taste, Taste { liked: vec![], disliked: vec![1] });
        taste.turn_like(1);
        taste.turn_like(2);
        taste.turn_like(1);
        assert_eq!(taste, Taste::of(2));
    }

    #[test]
    fn a_vector_of_no_song_finds_its_neighbours() {
        let explorer = explorer(30, |at| at >= 10);
        let found = explorer.nearest_to(Condition::Audio, &[1.0, 0.0], 2);
        assert_eq!(places(&found), [10, 11]);
        assert!((found[0].similarity - 30f32.to_radians().cos()).abs() < 1e-6);
    }
}
