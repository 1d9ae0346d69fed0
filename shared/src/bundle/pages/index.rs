//! What is asked of every song, in columns.

use crate::bundle::error::BundleError;
use crate::bundle::songs::{Song, SongList};
use crate::catalog::Split;
use crate::json;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Genre, artist, share and popularity of every song, in the order of `catalog.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SongIndex {
    genres: Vec<String>,
    /// Place in the list of genres.
    genre: Vec<u32>,
    /// The same number for the same main artist; 0 where that is unknown.
    artist: Vec<u32>,
    /// Place in [`Split::ALL`].
    split: Vec<u8>,
    /// Place among the songs by views, the most viewed first, then by title.
    popularity: Vec<u32>,
}

impl SongIndex {
    /// That of a list of songs.
    pub fn of(songs: &SongList) -> Self {
        let SongList { genres, tracks } = songs;
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        numbers.insert("", 0);
        let artist = tracks.iter().map(|song| {
            let next = numbers.len() as u32;
            *numbers.entry(&song.artist_key).or_insert(next)
        });
        let artist = artist.collect();
        let genre_of = |song: &Song| genres.iter().position(|genre| *genre == song.genre);
        let split_of = |song: &Song| Split::ALL.iter().position(|split| *split == song.split);
        Self {
            genres: genres.clone(),
            genre: tracks.iter().map(|song| genre_of(song).unwrap_or(0) as u32).collect(),
            artist,
            split: tracks.iter().map(|song| split_of(song).unwrap_or(0) as u8).collect(),
            popularity: popularity(tracks),
        }
    }

    /// Reads `songs/index.json`.
    ///
    /// # Errors
    ///
    /// If it is none, or its columns do not fit each other.
    pub(super) fn from_json(file: &str, bytes: &[u8]) -> Result<Self, BundleError> {
        let index: Self =
            json::from_slice(bytes).map_err(|source| BundleError::of_pages(file, source))?;
        let lengths = [index.artist.len(), index.split.len(), index.popularity.len()];
        let fits = lengths.iter().all(|length| *length == index.genre.len())
            && index.genre.iter().all(|genre| (*genre as usize) < index.genres.len())
            && index.split.iter().all(|split| usize::from(*split) < Split::ALL.len());
        let wrong = || BundleError::SongColumns { file: file.to_owned() };
        fits.then_some(index).ok_or_else(wrong)
    }

    /// The file.
    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers are JSON")
    }

    /// How many songs there are.
    pub fn n_songs(&self) -> usize {
        self.genre.len()
    }

    /// The genres, in the order of the networks' classes.
    pub fn genres(&self) -> &[String] {
        &self.genres
    }

    /// The place of a song's genre among the [genres](Self::genres).
    ///
    /// # Panics
    ///
    /// As all that ask for a song: if there is none at that place.
    pub fn genre(&self, place: usize) -> usize {
        self.genre[place] as usize
    }

    /// The number of a song's main artist; `None` where that is unknown.
    pub fn artist(&self, place: usize) -> Option<u32> {
        Some(self.artist[place]).filter(|number| *number > 0)
    }

    /// A song's share of the catalogue.
    pub fn split(&self, place: usize) -> Split {
        Split::ALL[usize::from(self.split[place])]
    }

    /// A song's place by popularity, 0 for the most viewed.
    pub fn popularity(&self, place: usize) -> usize {
        self.popularity[place] as usize
    }
}

fn popularity(tracks: &[Song]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..tracks.len()).collect();
    // A song without a number of views is less than one that nobody viewed.
    order.sort_by_cached_key(|at| (Reverse(tracks[*at].views), tracks[*at].title.to_lowercase()));
    let mut ranks = vec![0; tracks.len()];
    for (rank, at) in order.into_iter().enumerate() {
        ranks[at] = rank as u32;
    }
    ranks
}
