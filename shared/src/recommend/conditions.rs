//! The conditions and the pool that all of them choose from.

use super::nearest::NearestIndex;
use crate::catalog::{Track, TrackId, main_artist_key};
use crate::embedding::EmbeddingTable;
use crate::random::Seed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// How a next track is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// Nearest by the network that hears.
    Audio,
    /// Nearest by the network that hears and reads.
    Multimodal,
    /// Nearest by the network that reads.
    Lyrics,
    /// Any other song.
    Random,
    /// Any other song of the anchor's genre.
    Genre,
}

impl Condition {
    /// All conditions, in the order of files and reports.
    pub const ALL: [Self; 5] =
        [Self::Audio, Self::Multimodal, Self::Lyrics, Self::Random, Self::Genre];

    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Multimodal => "multimodal",
            Self::Lyrics => "lyrics",
            Self::Random => "random",
            Self::Genre => "genre",
        }
    }

    /// The condition of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|condition| condition.name() == name)
    }

    /// Whether the condition needs the embedding table of its name.
    pub fn needs_embeddings(self) -> bool {
        matches!(self, Self::Audio | Self::Multimodal | Self::Lyrics)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether songs by the anchor's artist may be recommended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum SameArtist {
    /// They may not: voice and production would be recognised rather than the song.
    #[default]
    Exclude,
    /// They may, as in the thesis.
    Allow,
}

impl SameArtist {
    /// Whether a song by one artist may follow one by another. An unknown artist, `None`, is the same as no other.
    pub(super) fn allows<T: PartialEq + Copy>(
        self,
        anchor: Option<T>,
        candidate: Option<T>,
    ) -> bool {
        self == Self::Allow || anchor.is_none() || anchor != candidate
    }
}

/// A song that can be an anchor or a recommendation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolTrack {
    /// Id.
    pub track_id: TrackId,
    /// Main artist as [`main_artist_key`] gives it, so that an artist's songs with guests count as the
    /// artist's. An empty one is an unknown artist, who is the same as no other.
    pub artist: String,
    /// Genre.
    pub genre: String,
}

impl PoolTrack {
    fn known_artist(&self) -> Option<&str> {
        Some(self.artist.as_str()).filter(|key| !key.is_empty())
    }
}

impl From<&Track> for PoolTrack {
    fn from(track: &Track) -> Self {
        Self {
            track_id: track.track_id.clone(),
            artist: main_artist_key(&track.artist),
            genre: track.genre.clone(),
        }
    }
}

/// The songs that every condition chooses from, sorted by id, and what none of them may choose.
#[derive(Debug, Clone)]
pub struct Pool {
    tracks: Vec<PoolTrack>,
    same_artist: SameArtist,
}

impl Pool {
    /// A pool of these songs.
    ///
    /// # Panics
    ///
    /// If an id stands twice.
    pub fn new(tracks: Vec<PoolTrack>, same_artist: SameArtist) -> Self {
        let ids: Vec<&TrackId> = tracks.iter().map(|track| &track.track_id).collect();
        let order = TrackId::order(&ids);
        let mut unsorted: Vec<Option<PoolTrack>> = tracks.into_iter().map(Some).collect();
        let tracks: Vec<PoolTrack> =
            order.into_iter().filter_map(|at| unsorted[at].take()).collect();
        let twice = tracks.windows(2).find(|pair| pair[0].track_id == pair[1].track_id);
        assert!(twice.is_none(), "a pool with one track twice: {twice:?}");
        Self { tracks, same_artist }
    }

    /// The songs, sorted by id.
    pub fn tracks(&self) -> &[PoolTrack] {
        &self.tracks
    }

    /// Whether the song at `candidate` may be recommended to the one at `anchor`.
    pub fn may_recommend(&self, anchor: usize, candidate: usize) -> bool {
        let (a, b) = (&self.tracks[anchor], &self.tracks[candidate]);
        anchor != candidate && self.same_artist.allows(a.known_artist(), b.known_artist())
    }
}

/// One chosen song.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// Its position in the pool.
    pub position: usize,
    /// Cosine similarity to the anchor; `None` where the condition does not look at embeddings.
    pub similarity: Option<f32>,
}

/// Chooses next tracks from a pool, in one way.
#[derive(Debug)]
pub enum Recommender {
    /// The nearest songs by cosine similarity.
    Nearest {
        /// The vectors of the songs of the pool, in its order.
        index: NearestIndex,
    },
    /// Random songs.
    Random {
        /// Each anchor draws from its own stream `recommend/random/ANCHOR`.
        seed: Seed,
    },
    /// Random songs of the anchor's genre.
    Genre {
        /// Each anchor draws from its own stream `recommend/genre/ANCHOR`.
        seed: Seed,
    },
}

impl Recommender {
    /// The nearest songs of the pool by this table. `Err` holds the songs of the pool that the
    /// table does not have.
    ///
    /// # Errors
    ///
    /// If the table lacks a song of the pool.
    pub fn nearest(pool: &Pool, table: &EmbeddingTable) -> Result<Self, BTreeSet<TrackId>> {
        let ids = pool.tracks.iter().map(|track| &track.track_id);
        let mut missing = BTreeSet::new();
        missing.extend(ids.clone().filter(|id| table.position(id).is_none()).cloned());
        if !missing.is_empty() {
            return Err(missing);
        }
        let rows = ids.filter_map(|id| table.row(id));
        Ok(Self::Nearest { index: NearestIndex::of_rows(table.dim(), rows) })
    }

    /// The best `k` songs for the anchor at that position of the pool, best first (or, where they
    /// are random, in the order in which they were drawn); fewer where the pool has no more.
    ///
    /// The result for one anchor does not depend on which other anchors were asked for before.
    ///
    /// # Panics
    ///
    /// If the pool has no such position.
    pub fn choose(&self, pool: &Pool, anchor: usize, k: usize) -> Vec<Choice> {
        let tracks = &pool.tracks;
        match self {
            Self::Nearest { index } => index
                .top_k_of(anchor, k, |candidate| pool.may_recommend(anchor, candidate))
                .into_iter()
                .map(|found| Choice {
                    position: found.position,
                    similarity: Some(found.similarity),
                })
                .collect(),
            Self::Random { seed } => draw(pool, anchor, k, (*seed, Condition::Random), |_| true),
            Self::Genre { seed } => draw(pool, anchor, k, (*seed, Condition::Genre), |candidate| {
                tracks[candidate].genre == tracks[anchor].genre
            }),
        }
    }
}

/// Up to `k` different candidates, each as likely as any other (the first steps of Fisher and
/// Yates).
fn draw(
    pool: &Pool,
    anchor: usize,
    k: usize,
    (seed, condition): (Seed, Condition),
    fits: impl Fn(usize) -> bool,
) -> Vec<Choice> {
    let mut stream =
        seed.stream(&format!("recommend/{condition}/{}", pool.tracks[anchor].track_id));
    let mut candidates: Vec<usize> = (0..pool.tracks.len())
        .filter(|candidate| pool.may_recommend(anchor, *candidate) && fits(*candidate))
        .collect();
    let n_drawn = k.min(candidates.len());
    for slot in 0..n_drawn {
        let other = slot + stream.below(candidates.len() - slot);
        candidates.swap(slot, other);
    }
    candidates.truncate(n_drawn);
    candidates.into_iter().map(|position| Choice { position, similarity: None }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use proptest::prelude::*;

    /// Song `i` is by artist `i % n_artists` and of genre `i % n_genres`.
    fn pool(n: usize, n_artists: usize, n_genres: usize, same_artist: SameArtist) -> Pool {
        let track = |i: usize| PoolTrack {
            track_id: TrackId::parse(&format!("t{i:03}")).unwrap(),
            artist: format!("artist {}", i % n_artists),
            genre: format!("genre {}", i % n_genres),
        };
        Pool::new((0..n).map(track).collect(), same_artist)
    }

    fn table(pool: &Pool) -> EmbeddingTable {
        let ids: Vec<TrackId> = pool.tracks().iter().map(|t| t.track_id.clone()).collect();
        let values = (0..ids.len()).flat_map(|i| [(i as f32).cos(), (i as f32).sin()]).collect();
        EmbeddingTable::new("audio", 2, ids, values).unwrap()
    }

    fn recommenders(pool: &Pool) -> [Recommender; 3] {
        [
            Recommender::nearest(pool, &table(pool)).unwrap(),
            Recommender::Random { seed: Seed(9) },
            Recommender::Genre { seed: Seed(9) },
        ]
    }

    fn by(id: &str, artist: &str) -> PoolTrack {
        let header = "track_id,title,artist,genre,audio_path,split";
        let csv = format!("{header}\n{id},T,\"{artist}\",pop,a.mp3,test\n");
        PoolTrack::from(&Catalog::read_csv(csv.as_bytes()).unwrap().tracks()[0])
    }

    #[test]
    fn an_artist_with_guests_or_another_spelling_is_the_same() {
        let may = |one, other| {
            let tracks = vec![by("a", one), by("b", other)];
            Pool::new(tracks, SameArtist::Exclude).may_recommend(0, 1)
        };
        assert!(!may("  The  WHO\t", "the who"));
        assert!(!may("ÄRZTE", "Arzte"));
        assert!(!may("Ann Archer", "Ann Archer feat. Bob"));
        assert!(!may("Ann Archer, Bob", "Ann Archer & Cy"));
        assert!(may("The Who", "The Whos"));
        assert!(may("Bob", "Ann Archer feat. Bob"));
        assert!(may("", ""), "unknown artists are different ones");
        assert!(may(" ", ""), "unknown artists are different ones");
    }

    #[test]
    fn every_candidate_is_drawn_equally_often() {
        let mut counts = [0usize; 12];
        for seed in 0..6000 {
            let pool = pool(12, 12, 2, SameArtist::Exclude);
            let chosen = Recommender::Genre { seed: Seed(seed) }.choose(&pool, 0, 1);
            counts[chosen[0].position] += 1;
        }
        assert_eq!(counts[0], 0, "the anchor itself was drawn");
        assert!(counts.iter().skip(1).step_by(2).all(|count| *count == 0), "{counts:?}");
        // Chi-squared with 4 degrees of freedom: 18.47 is the 0.1 % point.
        let drawn = [2, 4, 6, 8, 10].map(|at| counts[at] as f64);
        let chi2: f64 = drawn.iter().map(|c| (c - 1200.0).powi(2) / 1200.0).sum();
        assert!(chi2 < 18.47, "{counts:?}: chi2 {chi2}");
    }

    #[test]
    fn a_song_that_the_table_lacks_is_named() {
        let whole = pool(4, 4, 2, SameArtist::Exclude);
        let table = table(&whole).filtered(|id| id.as_str() != "t002");
        let missing = Recommender::nearest(&whole, &table).unwrap_err();
        assert_eq!(missing.iter().map(TrackId::as_str).collect::<Vec<_>>(), ["t002"]);
    }

    #[test]
    fn draws_depend_on_the_anchor_and_the_seed_alone() {
        let pool = pool(40, 20, 2, SameArtist::Allow);
        let choose = |seed, anchor| {
            let chosen = Recommender::Random { seed: Seed(seed) }.choose(&pool, anchor, 10);
            chosen.iter().map(|choice| choice.position).collect::<Vec<_>>()
        };
        assert_eq!(choose(1, 3), choose(1, 3));
        assert_ne!(choose(1, 3), choose(2, 3));
        assert_ne!(choose(1, 3), choose(1, 4));
    }

    proptest! {
        #[test]
        fn rules_hold_for_every_condition(
            n in 1usize..40, n_artists in 1usize..8, n_genres in 1usize..4, k in 0usize..12,
            exclude: bool, at in 0usize..40,
        ) {
            let same_artist = if exclude { SameArtist::Exclude } else { SameArtist::Allow };
            let (pool, anchor) = (pool(n, n_artists, n_genres, same_artist), at % n);
            for recommender in recommenders(&pool) {
                let genre_only = matches!(recommender, Recommender::Genre { .. });
                let fits = |c: &usize| {
                    *c != anchor
                        && !(exclude && c % n_artists == anchor % n_artists)
                        && !(genre_only && c % n_genres != anchor % n_genres)
                };
                let n_candidates = (0..n).filter(|c| fits(c)).count();
                let chosen: Vec<usize> =
                    recommender.choose(&pool, anchor, k).iter().map(|c| c.position).collect();
                prop_assert!(chosen.iter().all(fits), "{:?}", chosen);
                prop_assert_eq!(chosen.len(), k.min(n_candidates));
                prop_assert_eq!(chosen.iter().collect::<BTreeSet<_>>().len(), chosen.len());
            }
        }
    }
}
