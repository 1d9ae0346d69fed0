//! The songs of one split. Their slices stay in their files, mapped into memory: what is larger than memory
//! is read as it is needed.

use crate::prepared::{MappedSlices, Prepared, PreparedError, Shard};
use rayon::prelude::*;
use shared::catalog::{Split, Track, TrackId};
use shared::lyrics::{LyricsTokenizer, TokenizeError};
use shared::model::TextConfig;
use std::sync::Arc;

/// One song as training sees it.
#[derive(Debug, Clone)]
pub struct Song {
    /// Its id.
    pub track_id: TrackId,
    /// Its artist, as the catalogue names them.
    pub artist: String,
    /// Index of its genre.
    pub label: usize,
    /// Its slices; `None` where the network does not hear.
    pub slices: Option<Arc<MappedSlices>>,
    /// How many slices.
    pub n_slices: usize,
    /// Token ids of its lyrics, window by window; empty where the network does not read.
    pub token_ids: Vec<Vec<u32>>,
    /// What a frozen encoder made of its lyrics, `[hidden_size]`; empty where each step reads anew.
    pub pooled: Vec<f32>,
}

impl Song {
    /// Whether its lyrics have a word: more than the two tokens that stand around them.
    pub fn has_lyrics(&self) -> bool {
        self.token_ids.iter().map(Vec::len).sum::<usize>() > 2
    }
}

/// The songs of one split.
#[derive(Debug, Clone)]
pub struct Songs {
    /// The songs, sorted by id.
    pub songs: Vec<Song>,
    /// Mel bands of a slice.
    pub n_mels: usize,
    /// Frames of a slice.
    pub n_frames: usize,
}

/// What of the songs is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The classes.
    pub genres: &'a [String],
    /// Whether slices are needed.
    pub hears: bool,
    /// The tokenizer and how it is used, where lyrics are needed.
    pub reads: Option<(&'a LyricsTokenizer, &'a TextConfig)>,
}

impl Songs {
    /// Reads the prepared songs of a split.
    ///
    /// # Errors
    ///
    /// If a prepared file can't be read or lyrics can't be cut into tokens.
    pub fn read(prepared: &Prepared, split: Split, wanted: Wanted<'_>) -> Result<Self, SongsError> {
        Self::read_share(prepared, split, wanted, Shard::ALL)
    }

    /// Those of them that belong to a share.
    ///
    /// # Errors
    ///
    /// As [`Self::read`].
    pub fn read_share(
        prepared: &Prepared,
        split: Split,
        wanted: Wanted<'_>,
        shard: Shard,
    ) -> Result<Self, SongsError> {
        let tracks: Vec<&Track> = prepared
            .catalog
            .split(split)
            .filter(|track| prepared.tracks.contains_key(&track.track_id))
            .filter(|track| shard.holds(&track.track_id))
            .collect();
        let songs = tracks
            .par_iter()
            .map(|track| read_song(prepared, track, wanted))
            .collect::<Result<Vec<_>, SongsError>>()?;
        Ok(Self {
            songs,
            n_mels: prepared.settings.mel.n_mels,
            n_frames: shared::spectrogram::SLICE_FRAMES,
        })
    }
}

fn read_song(prepared: &Prepared, track: &Track, wanted: Wanted<'_>) -> Result<Song, SongsError> {
    let label = wanted.genres.iter().position(|genre| *genre == track.genre).ok_or_else(|| {
        SongsError::UnknownGenre {
            track_id: track.track_id.clone(),
            got: track.genre.clone(),
            expected: wanted.genres.join(", "),
        }
    })?;
    let record = &prepared.tracks[&track.track_id];
    let slices =
        if wanted.hears { Some(Arc::new(prepared.slices(&track.track_id)?)) } else { None };
    let token_ids = match wanted.reads {
        Some((tokenizer, text)) => text
            .tokens(tokenizer, &record.lyrics)
            .map_err(|source| SongsError::Tokens { track_id: track.track_id.clone(), source })?,
        None => Vec::new(),
    };
    Ok(Song {
        track_id: track.track_id.clone(),
        artist: track.artist.clone(),
        label,
        slices,
        n_slices: record.n_slices,
        token_ids,
        pooled: Vec::new(),
    })
}

/// What can be wrong with prepared songs.
#[derive(Debug, thiserror::Error)]
pub enum SongsError {
    /// The prepared folder.
    #[error(transparent)]
    Prepared(#[from] PreparedError),
    /// A genre that the network does not know.
    #[error("track {track_id} has the genre '{got}', the network knows {expected}")]
    UnknownGenre {
        /// Track.
        track_id: TrackId,
        /// Its genre.
        got: String,
        /// The classes.
        expected: String,
    },
    /// Lyrics that can't be cut into tokens.
    #[error("track {track_id}: its lyrics can't be read")]
    Tokens {
        /// Track.
        track_id: TrackId,
        /// Why.
        source: TokenizeError,
    },
}
