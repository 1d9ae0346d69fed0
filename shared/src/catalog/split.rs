//! Train, validation and test: 72, 8 and 20 percent of each genre.

use super::normalize::{fold, main_artist_key};
use super::track::{Split, Track};
use crate::hash::sha256_hex;
use crate::random::Seed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Shares of the splits, in the order of [`Split::ALL`]: a fifth for the test, a tenth of the rest for
/// validation.
pub const SPLIT_SHARES: [f64; 3] = [0.72, 0.08, 0.20];

/// What is kept on one side of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SplitBy {
    /// All songs of a main artist (the first of those named), so that a network can't gain by knowing artists, and all songs
    /// with the same words. A song whose artist is unknown stands by itself.
    Artist,
    /// Each song by itself, as the study did.
    Random,
}

/// Assigns the splits, by seed. The same tracks get the same splits, in whatever order they come.
///
/// By artist, groups are placed one after the other, the largest first, each where the numbers of songs
/// by genre and split come nearest to the shares; then single artists move as long as that comes
/// nearer still. An artist with very many songs may make the shares unreachable.
pub fn assign_splits(tracks: &mut [Track], by: SplitBy, seed: Seed) {
    tracks.sort_by(|a, b| a.track_id.cmp(&b.track_id));
    match by {
        SplitBy::Random => at_random(tracks, seed),
        SplitBy::Artist => by_artist(tracks, seed),
    }
}

fn at_random(tracks: &mut [Track], seed: Seed) {
    let mut by_genre: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, track) in tracks.iter().enumerate() {
        by_genre.entry(track.genre.clone()).or_default().push(at);
    }
    for (genre, mut members) in by_genre {
        seed.stream(&format!("split/{genre}")).shuffle(&mut members);
        let n_test = (members.len() as f64 * SPLIT_SHARES[2]).round() as usize;
        let n_validation = (members.len() as f64 * SPLIT_SHARES[1]).round() as usize;
        for (place, at) in members.into_iter().enumerate() {
            tracks[at].split = match place {
                place if place < n_test => Split::Test,
                place if place < n_test + n_validation => Split::Validation,
                _ => Split::Train,
            };
        }
    }
}

fn by_artist(tracks: &mut [Track], seed: Seed) {
    let mut by_artist: BTreeMap<(String, Option<usize>), Vec<usize>> = BTreeMap::new();
    for (at, track) in tracks.iter().enumerate() {
        let artist = main_artist_key(&track.artist);
        // Unknown artists are not one artist: each is told apart by the place of the song.
        let unknown = artist.is_empty().then_some(at);
        by_artist.entry((artist, unknown)).or_default().push(at);
    }
    let mut groups = joined_by_lyrics(by_artist.into_values().collect(), tracks);
    seed.stream("split/artists").shuffle(&mut groups);
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let mut genres: Vec<&str> = tracks.iter().map(|track| track.genre.as_str()).collect();
    genres.sort_unstable();
    genres.dedup();
    let genre_of = |at: &usize| {
        genres.binary_search(&tracks[*at].genre.as_str()).expect("every genre was collected")
    };
    let counts = |group: &Vec<usize>| {
        let mut counts = vec![0.0; genres.len()];
        group.iter().map(genre_of).for_each(|genre| counts[genre] += 1.0);
        counts
    };
    let counts: Vec<Vec<f64>> = groups.iter().map(counts).collect();
    let splits = Placement::new(&counts, genres.len()).place();
    for (group, split) in groups.iter().zip(splits) {
        group.iter().for_each(|at| tracks[*at].split = Split::ALL[split]);
    }
}

/// Puts groups together of which songs have the same words, such as a cover and its original: a network that reads would
/// know them again. What is the same is the text without case, accents and punctuation.
fn joined_by_lyrics(groups: Vec<Vec<usize>>, tracks: &[Track]) -> Vec<Vec<usize>> {
    let mut group_of = vec![0; tracks.len()];
    for (number, group) in groups.iter().enumerate() {
        group.iter().for_each(|at| group_of[*at] = number);
    }
    let mut leader: Vec<usize> = (0..groups.len()).collect();
    let lead = |leader: &[usize], mut number: usize| {
        while leader[number] != number {
            number = leader[number];
        }
        number
    };
    let mut first_with: BTreeMap<String, usize> = BTreeMap::new();
    for (at, track) in tracks.iter().enumerate() {
        let words = fold(&track.lyrics);
        if words.split_whitespace().count() < LEAST_WORDS {
            continue;
        }
        let other = *first_with.entry(sha256_hex(words.as_bytes())).or_insert(at);
        let [a, b] = [group_of[at], group_of[other]].map(|number| lead(&leader, number));
        leader[a.max(b)] = a.min(b);
    }
    let mut joined: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, group) in groups.into_iter().enumerate() {
        joined.entry(lead(&leader, number)).or_default().extend(group);
    }
    joined.into_values().collect()
}

/// Words that lyrics need to be somebody's: many songs have the word `instrumental` and no others.
const LEAST_WORDS: usize = 10;

/// Groups of songs on their way into splits.
struct Placement<'a> {
    /// Songs of each group by genre.
    counts: &'a [Vec<f64>],
    /// Songs still missing by split and genre; negative where there are too many.
    missing: [Vec<f64>; 3],
    /// What one song too few or too many costs: more, the smaller the share.
    price: [Vec<f64>; 3],
}

impl<'a> Placement<'a> {
    fn new(counts: &'a [Vec<f64>], n_genres: usize) -> Self {
        let total = |genre: usize| counts.iter().map(|group| group[genre]).sum::<f64>();
        let missing = SPLIT_SHARES.map(|share| (0..n_genres).map(|g| share * total(g)).collect());
        let price = SPLIT_SHARES
            .map(|share| (0..n_genres).map(|g| 1.0 / (share * total(g)).max(1e-9)).collect());
        Self { counts, missing, price }
    }

    fn place(mut self) -> Vec<usize> {
        let mut splits = Vec::with_capacity(self.counts.len());
        for group in 0..self.counts.len() {
            let split = self.cheapest(group);
            self.put(group, split, 1.0);
            splits.push(split);
        }
        // Each move lowers the cost, so this ends; the limit is for rounding.
        for _ in 0..20 {
            let mut moved = false;
            for (group, split) in splits.iter_mut().enumerate() {
                self.put(group, *split, -1.0);
                let stays = self.cost(group, *split);
                let next = self.cheapest(group);
                if self.cost(group, next) < stays - 1e-9 {
                    (*split, moved) = (next, true);
                }
                self.put(group, *split, 1.0);
            }
            if !moved {
                break;
            }
        }
        splits
    }

    fn cheapest(&self, group: usize) -> usize {
        (0..3)
            .min_by(|a, b| self.cost(group, *a).total_cmp(&self.cost(group, *b)))
            .expect("there are three splits")
    }

    /// By how much the squared, priced lack of songs changes if the group goes there.
    fn cost(&self, group: usize, split: usize) -> f64 {
        let genres = self.counts[group].iter().enumerate();
        let change = |(genre, n): (usize, &f64)| {
            let before = self.missing[split][genre];
            ((before - n).powi(2) - before.powi(2)) * self.price[split][genre]
        };
        genres.map(change).sum()
    }

    fn put(&mut self, group: usize, split: usize, sign: f64) {
        for (missing, n) in self.missing[split].iter_mut().zip(&self.counts[group]) {
            *missing -= sign * n;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::TrackId;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn track(number: usize, genre: &str, artist: &str) -> Track {
        Track {
            track_id: TrackId::from_parts(&[&number.to_string()]),
            title: String::new(),
            artist: artist.into(),
            genre: genre.into(),
            year: None,
            views: None,
            language: String::new(),
            language_source: String::new(),
            language_confidence: None,
            audio_path: String::new(),
            lyrics: String::new(),
            split: Split::Train,
            link_score: None,
            link_reasons: String::new(),
        }
    }

    fn shares(tracks: &[Track], genre: &str) -> [f64; 3] {
        let of_genre = tracks.iter().filter(|track| track.genre == genre).count() as f64;
        Split::ALL.map(|split| {
            let n = tracks.iter().filter(|t| t.genre == genre && t.split == split).count();
            n as f64 / of_genre
        })
    }

    fn artists(tracks: &[Track], split: Split) -> BTreeSet<String> {
        let of_split = tracks.iter().filter(|track| track.split == split);
        of_split.map(|track| main_artist_key(&track.artist)).collect()
    }

    /// 40 artists of 4 songs each in 4 genres, as in a small catalogue; one of them in two genres.
    fn small() -> Vec<Track> {
        let genres = ["country", "pop", "rap", "rock"];
        let artist = |n: usize| {
            format!("Artist{}{}", n / 4, if n.is_multiple_of(2) { " feat. X" } else { "" })
        };
        (0..160).map(|n| track(n, genres[(n / 4 + n / 159) % 4], &artist(n))).collect()
    }

    #[test]
    fn shares_are_met_by_genre() {
        for by in [SplitBy::Random, SplitBy::Artist] {
            for seed in 0..5 {
                let mut tracks = small();
                assign_splits(&mut tracks, by, Seed(seed));
                for genre in ["country", "pop", "rap", "rock"] {
                    let shares = shares(&tracks, genre);
                    for (share, wanted) in shares.iter().zip(SPLIT_SHARES) {
                        assert!((share - wanted).abs() <= 0.06, "{by:?} {genre}: {shares:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn songs_of_unknown_artists_are_shared_out_one_by_one() {
        let artist = |n: usize| if n < 100 { ["", " "][n % 2] } else { "Ann" };
        let mut tracks: Vec<Track> = (0..110).map(|n| track(n, "rock", artist(n))).collect();
        assign_splits(&mut tracks, SplitBy::Artist, Seed(3));
        let shares = shares(&tracks, "rock");
        for (share, wanted) in shares.iter().zip(SPLIT_SHARES) {
            assert!((share - wanted).abs() <= 0.01, "{shares:?}");
        }
        let sides = Split::ALL.map(|split| artists(&tracks, split).contains("ann"));
        assert_eq!(sides.iter().filter(|has_ann| **has_ann).count(), 1);
    }

    #[test]
    fn a_cover_stands_with_its_original() {
        let words = "one two three four five six seven eight nine ten";
        for seed in 0..8 {
            let mut tracks: Vec<Track> =
                (0..60).map(|n| track(n, "rock", &format!("Artist {}", n / 2))).collect();
            for (at, words) in
                [(0, words.to_owned()), (30, words.to_uppercase()), (59, format!("{words}!"))]
            {
                tracks[at].lyrics = words;
            }
            tracks[10].lyrics = "Instrumental".into();
            tracks[20].lyrics = "Instrumental".into();
            assign_splits(&mut tracks, SplitBy::Artist, Seed(seed));
            let with = |words: &str| -> BTreeSet<Split> {
                let is_so = |own: &&Track| fold(&own.lyrics).starts_with(words);
                tracks.iter().filter(is_so).map(|own| own.split).collect()
            };
            assert_eq!(with("one two").len(), 1);
            assert_eq!(shares(&tracks, "rock").iter().filter(|share| **share > 0.0).count(), 3);
        }
    }

    #[test]
    fn the_order_of_tracks_does_not_matter_but_the_seed_does() {
        let split = |mut tracks: Vec<Track>, seed| {
            assign_splits(&mut tracks, SplitBy::Artist, Seed(seed));
            tracks.into_iter().map(|track| track.split).collect::<Vec<_>>()
        };
        let reversed: Vec<Track> = small().into_iter().rev().collect();
        assert_eq!(split(small(), 1), split(reversed, 1));
        assert_ne!(split(small(), 1), split(small(), 2));
    }

    proptest! {
        #[test]
        fn no_artist_is_on_two_sides(
            artists_of in proptest::collection::vec((0usize..30, 0usize..4), 1..200),
            seed in 0u64..1000,
        ) {
            let make = |(n, (artist, genre)): (usize, &(usize, usize))| {
                track(n, ["a", "b", "c", "d"][*genre], &format!("The Name{artist}"))
            };
            let mut tracks: Vec<Track> = artists_of.iter().enumerate().map(make).collect();
            assign_splits(&mut tracks, SplitBy::Artist, Seed(seed));
            let [train, validation, test] = Split::ALL.map(|split| artists(&tracks, split));
            prop_assert!(train.is_disjoint(&test));
            prop_assert!(train.is_disjoint(&validation));
            prop_assert!(validation.is_disjoint(&test));
        }
    }
}
