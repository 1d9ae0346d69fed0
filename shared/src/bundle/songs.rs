//! `catalog.json`: the songs of a bundle, without lyrics or paths.

use crate::catalog::{Split, Track, TrackId, main_artist_key};
use serde::{Deserialize, Serialize};

/// The songs of a bundle, sorted by id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SongList {
    /// The genres, in the order of the networks' classes.
    pub genres: Vec<String>,
    /// The songs.
    pub tracks: Vec<Song>,
}

/// What the website may know of a song: lyrics and paths stay with the researcher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Song {
    /// Id.
    pub track_id: TrackId,
    /// Title.
    pub title: String,
    /// Main artist.
    pub artist: String,
    /// The main artist as artists are compared, by [`main_artist_key`]: made once by the trainer,
    /// since the website would have to carry the alphabets of the world for it.
    pub artist_key: String,
    /// Genre.
    pub genre: String,
    /// Year of release, where known.
    pub year: Option<i32>,
    /// Popularity, where known.
    pub views: Option<u64>,
    /// Share of the catalogue.
    pub split: Split,
    /// ISO 639-1 code of the lyrics' language; empty where there are none.
    pub language: String,
    /// File name of the stimulus in `stimuli/`.
    pub stimulus: String,
}

impl Song {
    /// The song of a track and the name of its stimulus.
    pub fn new(track: &Track, stimulus: impl Into<String>) -> Self {
        Self {
            track_id: track.track_id.clone(),
            title: track.title.clone(),
            artist: track.artist.clone(),
            artist_key: main_artist_key(&track.artist),
            genre: track.genre.clone(),
            year: track.year,
            views: track.views,
            split: track.split,
            language: track.language.clone(),
            stimulus: stimulus.into(),
        }
    }
}

impl SongList {
    /// The song of that id. The list is sorted, as [`super::Checker`] makes sure.
    pub fn song(&self, track_id: &TrackId) -> Option<&Song> {
        let at = self.tracks.binary_search_by(|song| song.track_id.cmp(track_id)).ok()?;
        Some(&self.tracks[at])
    }
}
