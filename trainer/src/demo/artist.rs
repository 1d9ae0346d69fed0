//! The invented artists: each has a home genre and a style of their own.

use super::genre::Genre;
use super::lyrics::Taste;
use super::names;
use super::style::Offset;
use super::synth::voice::Singer;
use shared::random::Seed;

/// Songs an artist has on average.
const SONGS_PER_ARTIST: usize = 4;

/// Fewest artists of a genre.
const LEAST_PER_GENRE: usize = 3;

/// Part of the songs, beyond the first two of each artist, that an artist of another genre makes.
const CROSSOVER: f64 = 0.1;

/// An invented artist.
#[derive(Debug, Clone, PartialEq)]
pub struct Artist {
    /// Name.
    pub name: String,
    /// The genre of most of their songs.
    pub home: Genre,
    /// How far they lean to the partner genre in sound, 0 to 1.
    pub lean_in_sound: f64,
    /// How far they lean to the partner genre in words, 0 to 1.
    pub lean_in_words: f64,
    /// How their sound differs from their genre's.
    pub offset: Offset,
    /// What they like to sing of.
    pub taste: Taste,
    /// Their voice.
    pub singer: Singer,
}

/// The artists for a catalogue of so many songs: a quarter of them in each genre, in turn.
pub fn roster(seed: Seed, n_songs: usize) -> Vec<Artist> {
    let per_genre = (n_songs.div_ceil(4).div_ceil(SONGS_PER_ARTIST) + 1).max(LEAST_PER_GENRE);
    let names = names::artists(4 * per_genre, &mut seed.stream("demo/names"));
    let artist = |(at, name): (usize, String)| {
        let mut stream = seed.stream(&format!("demo/artist/{at}"));
        let woman = stream.chance(0.5);
        let centre = stream.normal(if woman { 62.0 } else { 52.0 }, 2.0) as f32;
        let scale = stream.normal(if woman { 1.16 } else { 1.0 }, 0.04) as f32;
        Artist {
            name,
            home: Genre::ALL[at % 4],
            lean_in_sound: stream.unit(),
            lean_in_words: stream.unit(),
            offset: Offset::draw(&mut stream),
            taste: Taste::draw(&mut stream),
            singer: Singer { centre, formant_scale: scale.clamp(0.9, 1.3) },
        }
    };
    names.into_iter().enumerate().map(artist).collect()
}

/// The artist of a song, as an index into the roster. Song `index` has the genre `index % 4`; its
/// artists take turns twice, and then the popular ones get more.
pub fn artist_of_song(seed: Seed, index: usize, n_artists: usize) -> usize {
    let per_genre = n_artists / 4;
    let (genre, rank) = (index % 4, index / 4);
    if rank < 2 * per_genre {
        return 4 * (rank % per_genre) + genre;
    }
    let mut stream = seed.stream(&format!("demo/credit/{index}"));
    if stream.chance(CROSSOVER) {
        return stream.below(n_artists);
    }
    let popularity: Vec<f64> = (0..per_genre).map(|at| 1.0 / (at + 2) as f64).collect();
    4 * stream.weighted(&popularity) + genre
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn the_default_catalogue_has_forty_artists_with_several_songs_each() {
        let roster = roster(Seed(7), 160);
        let names: BTreeSet<&str> = roster.iter().map(|artist| artist.name.as_str()).collect();
        assert_eq!(names.len(), roster.len());
        let mut songs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for index in 0..160 {
            songs.entry(artist_of_song(Seed(7), index, roster.len())).or_default().push(index);
        }
        assert!(songs.len() >= 40, "{} artists", songs.len());
        assert!(songs.values().all(|songs| songs.len() >= 2));
        let at_home =
            songs.iter().filter(|(at, songs)| songs.iter().all(|song| song % 4 == *at % 4)).count();
        assert!(2 * at_home > songs.len(), "{at_home} of {} keep to one genre", songs.len());
        assert!(at_home < songs.len(), "somebody crosses over");
    }
}
