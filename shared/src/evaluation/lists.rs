//! What a recommender's rankings and lists are like, query by query and song by song.
//!
//! * *Same artist, same genre*: [`super::ranking`]. Queries without another song of their artist (or
//!   genre) in the pool are left out. Where the pool keeps an anchor's artist out, songs of the same
//!   genre are found among other artists only: songs by one artist share a studio and a voice, and to
//!   find those says little about genre (Flexer and Schnitzer, "Effects of album and artist filters in
//!   audio similarity computed for very large music databases", 2010).
//! * *Hubness*: `N10` of a song is how many queries have it among their ten nearest, the artist
//!   included. Its skewness says how far a few songs are near to everything; *anti-hubs* are near to
//!   none (Radovanović, Nanopoulos and Ivanović, "Hubs in space", 2010).
//! * *Coverage*: the share of the pool that stands in at least one list of ten (Ge, Delgado-Battenfeld
//!   and Jannach, 2010).
//! * *Popularity*: the mean percentile of page views of the songs of a list; one half is without bias.
//! * *Novelty*: the mean of `-log2` of the songs' shares of all views (Vargas and Castells, 2011).
//! * *Genre diversity*: the share of the pairs of a list that are of different genres (Ziegler et al.,
//!   2005, with the genre as the distance).

use super::measure::Measure;
use super::ranking::{RankingScores, first_few, score_ranking};
use super::resample::SongData;
use crate::recommend::Pool;
use std::collections::BTreeMap;

/// Length of the lists, and the `k` of the hubness.
pub const LIST_LENGTH: usize = 10;

/// What is known of the songs of a pool beside artist and genre.
#[derive(Debug, Clone)]
pub struct SongFacts {
    /// Where each stands among the songs by views, 0 to 1.
    percentile: Vec<Option<f64>>,
    /// `-log2` of its share of all views.
    surprise: Vec<Option<f64>>,
}

impl SongFacts {
    /// From the views of each song of the pool, where known. One view is added to each, so that a song
    /// without any is surprising and not infinitely so.
    pub fn new(views: &[Option<u64>]) -> Self {
        let known: Vec<u64> = views.iter().copied().flatten().collect();
        let total: f64 = known.iter().map(|own| *own as f64 + 1.0).sum();
        let mut sorted = known.clone();
        sorted.sort_unstable();
        let percentile = |own: u64| {
            let below = sorted.partition_point(|other| *other < own);
            let equal = sorted.partition_point(|other| *other <= own) - below;
            // The middle of the places that songs of as many views share.
            (below as f64 + 0.5 * (equal as f64 - 1.0)) / (sorted.len() as f64 - 1.0)
        };
        let is_varied = sorted.len() > 1;
        Self {
            percentile: views.iter().map(|own| own.filter(|_| is_varied).map(percentile)).collect(),
            surprise: views
                .iter()
                .map(|own| own.map(|own| -((own as f64 + 1.0) / total).log2()))
                .collect(),
        }
    }
}

/// Judges a recommender that gives, for the query at a position of the pool, the similarity of every
/// song of the pool (`[n]`; that of the query itself is not looked at).
///
/// # Panics
///
/// If `facts` are not of as many songs as the pool has.
pub fn judge_lists(
    pool: &Pool,
    facts: &SongFacts,
    similarities: impl Fn(usize) -> Vec<f32>,
) -> BTreeMap<Measure, SongData> {
    let n = pool.tracks().len();
    assert_eq!(facts.surprise.len(), n, "facts about the songs of the pool");
    let mut found = Found::default();
    let mut near = vec![0.0; n];
    let mut is_listed = vec![false; n];
    for query in 0..n {
        let similarities = similarities(query);
        let other = |at: usize| at != query;
        let may = |at: usize| pool.may_recommend(query, at);
        let own = &pool.tracks()[query];
        let same_artist =
            |at: usize| !own.artist.is_empty() && pool.tracks()[at].artist == own.artist;
        let same_genre = |at: usize| pool.tracks()[at].genre == own.genre;
        found.score(&Measure::SAME_ARTIST, score_ranking(&similarities, other, same_artist));
        found.score(&Measure::SAME_GENRE, score_ranking(&similarities, may, same_genre));
        for at in first_few(&similarities, LIST_LENGTH, other) {
            near[at] += 1.0;
        }
        let list = first_few(&similarities, LIST_LENGTH, may);
        list.iter().for_each(|at| is_listed[*at] = true);
        found.push(Measure::Popularity, mean(list.iter().filter_map(|at| facts.percentile[*at])));
        found.push(Measure::Novelty, mean(list.iter().filter_map(|at| facts.surprise[*at])));
        let genres: Vec<&str> = list.iter().map(|at| &*pool.tracks()[*at].genre).collect();
        found.push(Measure::GenreDiversity, share_of_unlike_pairs(&genres));
    }
    let share = |is: bool| Some(f64::from(u8::from(is)));
    found.of(Measure::AntiHubs, near.iter().map(|own| share(*own == 0.0)).collect());
    found.of(Measure::Coverage, is_listed.iter().map(|own| share(*own)).collect());
    found.finish(near)
}

/// Values that are being collected.
#[derive(Default)]
struct Found(BTreeMap<Measure, Vec<Option<f64>>>);

impl Found {
    fn push(&mut self, measure: Measure, value: Option<f64>) {
        self.0.entry(measure).or_default().push(value);
    }

    fn of(&mut self, measure: Measure, values: Vec<Option<f64>>) {
        self.0.insert(measure, values);
    }

    fn score(&mut self, measures: &[Measure; 5], scores: Option<RankingScores>) {
        let values =
            scores.map(|RankingScores { precision: [one, five, ten], reciprocal_rank, ndcg }| {
                [one, five, ten, reciprocal_rank, ndcg]
            });
        for (at, measure) in measures.iter().enumerate() {
            self.push(*measure, values.map(|values| values[at]));
        }
    }

    /// Measures that no song has are left out.
    fn finish(self, near: Vec<f64>) -> BTreeMap<Measure, SongData> {
        let has = |values: &Vec<Option<f64>>| values.iter().any(Option::is_some);
        let mut data: BTreeMap<Measure, SongData> = self
            .0
            .into_iter()
            .filter(|(_, values)| has(values))
            .map(|(measure, values)| (measure, SongData::Values(values)))
            .collect();
        data.insert(Measure::HubnessSkewness, SongData::Counts(near));
        data
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (n, sum) = values.fold((0.0, 0.0), |(n, sum), value| (n + 1.0, sum + value));
    (n > 0.0).then(|| sum / n)
}

fn share_of_unlike_pairs(genres: &[&str]) -> Option<f64> {
    let n_pairs = genres.len() * genres.len().saturating_sub(1) / 2;
    let unlike = genres
        .iter()
        .enumerate()
        .map(|(at, one)| genres[at + 1..].iter().filter(|other| *other != one).count());
    (n_pairs > 0).then(|| unlike.sum::<usize>() as f64 / n_pairs as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::TrackId;
    use crate::random::Seed;
    use crate::recommend::{PoolTrack, SameArtist};

    fn pool(n: usize, same_artist: SameArtist) -> Pool {
        let track = |at: usize| PoolTrack {
            track_id: TrackId::parse(&format!("t{at:03}")).unwrap(),
            artist: if at == 0 { String::new() } else { format!("artist {}", at % 9) },
            genre: format!("genre {}", at % 4),
        };
        Pool::new((0..n).map(track).collect(), same_artist)
    }

    fn similarities(n: usize) -> Vec<Vec<f32>> {
        let mut stream = Seed(8).stream("lists");
        // Coarse, so that many tie.
        (0..n).map(|_| (0..n).map(|_| stream.below(20) as f32 / 20.0).collect()).collect()
    }

    fn values(data: &BTreeMap<Measure, SongData>, measure: Measure) -> &[Option<f64>] {
        match &data[&measure] {
            SongData::Values(values) => values,
            other => panic!("{other:?}"),
        }
    }

    /// Every list sorted in full, every count made by looking.
    #[test]
    fn lists_are_those_of_sorting() {
        for same_artist in [SameArtist::Exclude, SameArtist::Allow] {
            let (n, pool) = (50, pool(50, same_artist));
            let all = similarities(n);
            let views: Vec<Option<u64>> = (0..n).map(|at| Some((at * at % 37) as u64)).collect();
            let data = judge_lists(&pool, &SongFacts::new(&views), |at| all[at].clone());
            let sorted = |query: usize, may: &dyn Fn(usize) -> bool| {
                let mut order: Vec<usize> = (0..n).filter(|at| may(*at)).collect();
                order.sort_by(|a, b| all[query][*b].total_cmp(&all[query][*a]));
                order.truncate(10);
                order
            };
            let near: Vec<Vec<usize>> =
                (0..n).map(|query| sorted(query, &|at| at != query)).collect();
            let lists: Vec<Vec<usize>> =
                (0..n).map(|query| sorted(query, &|at| pool.may_recommend(query, at))).collect();
            let expected: Vec<f64> = (0..n)
                .map(|song| near.iter().filter(|list| list.contains(&song)).count() as f64)
                .collect();
            assert_eq!(data[&Measure::HubnessSkewness], SongData::Counts(expected));
            for song in 0..n {
                let is_covered = lists.iter().any(|list| list.contains(&song));
                let expected = Some(f64::from(u8::from(is_covered)));
                assert_eq!(values(&data, Measure::Coverage)[song], expected);
            }
            let total: f64 = views.iter().flatten().map(|own| *own as f64 + 1.0).sum();
            for (query, list) in lists.iter().enumerate() {
                let bits =
                    list.iter().map(|at| (total / (views[*at].unwrap() as f64 + 1.0)).log2());
                let novelty = bits.sum::<f64>() / list.len() as f64;
                let got = values(&data, Measure::Novelty)[query].unwrap();
                assert!((got - novelty).abs() < 1e-9);
            }
            // The unknown artist is the same as no other.
            assert_eq!(values(&data, Measure::ArtistNdcg)[0], None);
            assert!(values(&data, Measure::ArtistNdcg)[1].is_some());
        }
    }

    #[test]
    fn diversity_and_percentiles_by_hand() {
        assert_eq!(share_of_unlike_pairs(&["a", "a", "b"]), Some(2.0 / 3.0));
        assert_eq!(share_of_unlike_pairs(&["a"]), None);
        let facts = SongFacts::new(&[Some(5), None, Some(1), Some(5)]);
        assert_eq!(facts.percentile, [Some(0.75), None, Some(0.0), Some(0.75)]);
        assert!((facts.surprise[2].unwrap() - 7f64.log2()).abs() < 1e-12);
        // What is known of one song alone says nothing of its place.
        assert_eq!(SongFacts::new(&[Some(5), None]).percentile, [None, None]);
    }

    #[test]
    fn views_that_nobody_knows_are_no_measure() {
        let data =
            judge_lists(&pool(20, SameArtist::Exclude), &SongFacts::new(&[None; 20]), |at| {
                similarities(20)[at].clone()
            });
        assert!(!data.contains_key(&Measure::Novelty) && !data.contains_key(&Measure::Popularity));
        assert!(data.contains_key(&Measure::GenreDiversity));
    }
}
