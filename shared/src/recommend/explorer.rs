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
mod tests {
    use super::*;
    use crate::catalog::TrackId;
    use crate::random::Seed;
    use crate::recommend::{NextTracks, PoolTrack, Taste};
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

    fn next(explorer: &Explorer, taste: &Taste, k: usize) -> Vec<Neighbour> {
        explorer.next(Condition::Audio, &taste.clone().into(), k)
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
        let recommend = NextTracks::new(songs(n), rules, |_| Some(&table), Seed(1)).unwrap();
        for at in 0..n {
            let expected = recommend.of(&id(at), Condition::Audio, 5).into_iter();
            let expected: Vec<_> =
                expected.map(|own| (own.track_id, own.similarity.unwrap())).collect();
            let found = next(&explorer, &Taste::of(at), 5).into_iter();
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
        let found = next(&explorer, &taste, 3);
        assert_eq!(places(&found), [10, 8, 12]);
        taste.turn_dislike(0);
        let away = next(&explorer, &taste, 3);
        assert!(away.iter().all(|own| own.position > 15), "{away:?}");
        taste.turn_dislike(0);
        assert_eq!(next(&explorer, &taste, 3), found);
    }

    #[test]
    fn songs_of_the_taste_and_their_artists_are_left_out() {
        let explorer = explorer(10, |_| true);
        let mut taste = Taste::of(4);
        taste.turn_dislike(6);
        let found = next(&explorer, &taste, 10);
        // 5 is by the artist of 4, 6 is disliked; 7, by the artist of 6, may come.
        assert!(places(&found).iter().all(|own| ![4, 5, 6].contains(own)), "{found:?}");
        assert_eq!(found.len(), 7);
        assert!(next(&explorer, &Taste::default(), 3).is_empty());
        assert!(explorer.next(Condition::Lyrics, &taste.into(), 3).is_empty());
        // Unknown artists are not the same.
        assert_eq!(places(&next(&explorer, &Taste::of(0), 1)), [1]);
    }

    /// With every part there, the lists are those of the whole table; before, it is said what is missing.
    #[test]
    fn a_table_in_parts_leads_to_the_same_songs() {
        let (n, mut taste) = (60, Taste::of(20));
        let whole = explorer(n, |_| true);
        let (index, parts) = PartIndex::cut(&table(n));
        let mut parted = without_table(n, |_| true);
        parted.add_parted(Condition::Audio, index.clone(), n).unwrap();
        assert!(next(&parted, &taste, 5).is_empty(), "nothing is there yet");
        assert_eq!(
            parted.missing_parts(Condition::Audio, &taste.clone().into()),
            [index.part_of(20).unwrap()]
        );
        taste.turn_like(30);
        loop {
            let missing = parted.missing_parts(Condition::Audio, &taste.clone().into());
            for number in &missing {
                parted.add_part(Condition::Audio, *number, parts[*number].clone()).unwrap();
            }
            if missing.is_empty() {
                break;
            }
        }
        // Songs on both sides of the middle are equally alike, which 8 bits may turn around.
        let found = [&whole, &parted].map(|explorer| {
            let found = next(explorer, &taste, 5);
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
    fn a_vector_of_no_song_finds_its_neighbours() {
        let explorer = explorer(30, |at| at >= 10);
        let found = explorer.next(Condition::Audio, &Lead::Vector(vec![1.0, 0.0]), 2);
        assert_eq!(places(&found), [10, 11]);
        assert!((found[0].similarity - 30f32.to_radians().cos()).abs() < 1e-6);
    }

    #[test]
    fn leads_that_nothing_follows_are_refused() {
        let explorer = explorer(30, |_| true);
        let wide = explorer.expect(Condition::Audio, &Lead::Vector(vec![1.0; 3]));
        let wide = wide.unwrap_err().to_string();
        assert!(wide.contains("3 values") && wide.contains('2'), "{wide}");
        let stray = explorer.expect(Condition::Audio, &Taste::of(30).into());
        let stray = stray.unwrap_err().to_string();
        assert!(stray.contains("30"), "{stray}");
        for lead in [Taste::of(29).into(), Lead::Vector(vec![1.0; 2])] {
            explorer.expect(Condition::Audio, &lead).unwrap();
        }
    }

    /// The products of a graphics processor lead to the same songs by the same rules.
    #[test]
    fn products_made_elsewhere_lead_to_the_same_songs() {
        let mut explorer = explorer(30, |at| at % 3 != 0);
        let mut taste = Taste::of(4);
        taste.turn_like(7);
        taste.turn_dislike(20);
        for lead in [Taste::of(5).into(), taste.into(), Lead::Vector(vec![0.3, 0.7])] {
            let rows = explorer.rounded(Condition::Audio).unwrap().clone();
            let codes = explorer.query_codes(Condition::Audio, &lead).unwrap();
            let product = |at| rows.codes(at).zip(&codes).map(|(a, b)| i32::from(a) * b).sum();
            let products: Vec<i32> = (0..rows.len()).map(product).collect();
            let found = explorer.next_by_products(Condition::Audio, &lead, 6, &products);
            assert_eq!(found, explorer.next(Condition::Audio, &lead, 6), "{lead:?}");
            assert_eq!(found.len(), 6);
        }
        assert_eq!(explorer.query_codes(Condition::Audio, &Taste::default().into()), None);
        assert!(explorer.query_codes(Condition::Audio, &Taste::of(5).into()).is_some());
        explorer.forget_rounded();
        assert_eq!(explorer.query_codes(Condition::Audio, &Taste::of(5).into()), None);
    }
}
