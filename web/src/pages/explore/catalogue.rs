//! The songs of the bundle, what says how alike they are, and where they lie on a map.

use crate::bundle_source::{self, Inventory, LoadError, checked_file};
use shared::bundle::{BundleError, Song, SongList, map_file, stimulus_file};
use shared::catalog::{Split, TrackId};
use shared::embedding::{EmbeddingTable, MAP_EXPLAINED, principal_map};
use shared::recommend::{Condition, Explorer, NextTracksError, PoolTrack, SameArtist};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The conditions that look at embeddings, in the order in which they are shown.
const CONDITIONS: [Condition; 3] = [Condition::Audio, Condition::Multimodal, Condition::Lyrics];

/// What is explored.
pub(super) struct Catalogue {
    pub(super) songs: SongList,
    pub(super) explorer: Explorer,
    /// How many songs may be recommended.
    pub(super) n_candidates: usize,
    /// The songs in two dimensions, by condition.
    pub(super) maps: Vec<SongMap>,
}

/// A map of all songs.
pub(super) struct SongMap {
    pub(super) condition: Condition,
    /// Of each song, in the order of the list of songs.
    pub(super) positions: Vec<[f32; 2]>,
    /// Share of the variance that the map shows.
    pub(super) explained: f64,
}

/// Why there is nothing to explore.
#[derive(Debug, thiserror::Error)]
pub(super) enum CatalogueError {
    /// A part of the bundle.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A table that lacks songs.
    #[error(transparent)]
    Table(#[from] NextTracksError),
    /// Nothing says how alike songs are.
    #[error("the bundle holds no embedding table named 'audio', 'multimodal' or 'lyrics'")]
    NoTable,
}

impl Catalogue {
    /// Reads the bundle beside the page.
    pub(super) async fn load() -> Result<Self, CatalogueError> {
        let manifest = Arc::new(bundle_source::manifest().await?);
        let mut bundle = Inventory::new(Arc::clone(&manifest)).load().await?;
        let mut tables = BTreeMap::new();
        for condition in CONDITIONS {
            if let Some(table) = bundle.embeddings.remove(condition.name()) {
                tables.insert(condition, table);
            }
        }
        if tables.is_empty() {
            return Err(CatalogueError::NoTable);
        }
        let mut maps = Vec::new();
        for condition in CONDITIONS {
            let Some(table) = tables.get(&condition) else { continue };
            let path = map_file(condition.name());
            let map = match manifest.files.contains_key(&path) {
                true => read_map(&path, &checked_file(&manifest, &path).await?)?,
                // Bundles of before there were maps.
                false => principal_map(table),
            };
            maps.push(SongMap::of(condition, &map, &bundle.songs));
        }
        let rules = Rules::of(manifest.provenance.recommend.as_ref());
        let pool = bundle.songs.tracks.iter().map(pool_track).collect();
        let candidates = rules.candidates(&bundle.songs);
        let n_candidates = candidates.len();
        let explorer = Explorer::new(pool, &candidates, rules.same_artist, tables)?;
        Ok(Self { songs: bundle.songs, explorer, n_candidates, maps })
    }

    /// The place of a song in the list of songs.
    pub(super) fn position(&self, track_id: &TrackId) -> Option<usize> {
        self.songs.tracks.binary_search_by(|song| song.track_id.cmp(track_id)).ok()
    }

    /// A song and the place of its genre.
    pub(super) fn song(&self, track_id: &TrackId) -> Option<(&Song, usize)> {
        let song = self.songs.song(track_id)?;
        Some((song, self.genre_index(song)))
    }

    /// The place of a song's genre in the list of genres.
    pub(super) fn genre_index(&self, song: &Song) -> usize {
        self.songs.genres.iter().position(|genre| *genre == song.genre).unwrap_or(0)
    }

    /// The address of what can be heard of a song.
    pub(super) fn stimulus_address(&self, track_id: &TrackId) -> Option<String> {
        let song = self.songs.song(track_id)?;
        Some(bundle_source::file_address(&stimulus_file(&song.stimulus)))
    }
}

fn read_map(path: &str, bytes: &[u8]) -> Result<EmbeddingTable, LoadError> {
    let map = EmbeddingTable::from_safetensors(bytes).map_err(|source| {
        BundleError::Embeddings { file: path.to_owned(), source: Box::new(source) }
    })?;
    Ok(map)
}

impl SongMap {
    fn of(condition: Condition, map: &EmbeddingTable, songs: &SongList) -> Self {
        let position = |song: &Song| match map.row(&song.track_id) {
            Some(&[x, y]) => [x, y],
            _ => [0.0, 0.0],
        };
        let shares = map.metadata().get(MAP_EXPLAINED).map_or("", String::as_str);
        let explained = shares.split(',').filter_map(|share| share.parse::<f64>().ok()).sum();
        Self { condition, positions: songs.tracks.iter().map(position).collect(), explained }
    }
}

fn pool_track(song: &Song) -> PoolTrack {
    PoolTrack {
        track_id: song.track_id.clone(),
        artist: song.artist_key.clone(),
        genre: song.genre.clone(),
    }
}

/// The rules by which the bundle's own recommendations were made.
#[derive(Debug, PartialEq, Eq)]
struct Rules {
    only_test: bool,
    same_artist: SameArtist,
}

impl Rules {
    /// Those that the manifest states; the usual ones where it states none.
    fn of(stated: Option<&serde_json::Value>) -> Self {
        let text = |name: &str| stated?.get(name)?.as_str();
        Self {
            only_test: text("split").is_none_or(|split| split == "test"),
            same_artist: match text("same_artist") {
                Some("allow") => SameArtist::Allow,
                _ => SameArtist::Exclude,
            },
        }
    }

    fn candidates(&self, songs: &SongList) -> BTreeSet<TrackId> {
        let may_come = |song: &&Song| !self.only_test || song.split == Split::Test;
        let mut candidates = BTreeSet::new();
        candidates.extend(songs.tracks.iter().filter(may_come).map(|song| song.track_id.clone()));
        candidates
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn the_rules_are_those_of_the_bundle() {
        let usual = Rules { only_test: true, same_artist: SameArtist::Exclude };
        assert_eq!(Rules::of(None), usual);
        let stated = json!({"split": "all", "same_artist": "allow", "k": 10});
        let other = Rules { only_test: false, same_artist: SameArtist::Allow };
        assert_eq!(Rules::of(Some(&stated)), other);
    }
}
