//! The songs of the bundle, what says how alike they are, and where they lie on a map.

use super::why::Moments;
use crate::bundle_source::{self, Inventory, LoadError, checked_file};
use crate::wording::chain;
use shared::bundle::{
    BundleError, MOMENT_SECS, Manifest, Song, SongList, map_file, moments_file, stimulus_file,
};
use shared::catalog::{Split, TrackId};
use shared::embedding::{EmbeddingTable, MAP_EXPLAINED, principal_map};
use shared::recommend::{
    Condition, Explorer, NextTracksError, PartIndex, PoolTrack, SameArtist, TablePart,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

/// The conditions that look at embeddings, in the order in which they are shown.
const CONDITIONS: [Condition; 3] = [Condition::Audio, Condition::Multimodal, Condition::Lyrics];

/// The conditions whose networks read.
pub(super) const READERS: [Condition; 2] = [Condition::Multimodal, Condition::Lyrics];

/// What is explored.
pub(super) struct Catalogue {
    pub(super) songs: SongList,
    explorer: RwLock<Explorer>,
    /// How many songs may be recommended.
    pub(super) n_candidates: usize,
    /// The songs in two dimensions, by condition.
    pub(super) maps: Vec<SongMap>,
    manifest: Arc<Manifest>,
    /// Those that were asked for.
    moments: Mutex<BTreeMap<Condition, Arc<Moments>>>,
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
        let small = Arc::new(manifest.without_parted_tables());
        let mut bundle = Inventory::new(small).load().await?;
        let mut tables = BTreeMap::new();
        for condition in CONDITIONS {
            if let Some(table) = bundle.embeddings.remove(condition.name()) {
                tables.insert(condition, table);
            }
        }
        let parted = parted(&manifest).await?;
        if tables.is_empty() && parted.is_empty() {
            return Err(CatalogueError::NoTable);
        }
        let mut maps = Vec::new();
        for condition in CONDITIONS {
            let path = map_file(condition.name());
            let map = match (manifest.files.contains_key(&path), tables.get(&condition)) {
                (true, _) => read_map(&path, &checked_file(&manifest, &path).await?)?,
                // Bundles of before there were maps.
                (false, Some(table)) => principal_map(table),
                (false, None) => continue,
            };
            maps.push(SongMap::of(condition, &map, &bundle.songs));
        }
        let rules = Rules::of(manifest.provenance.recommend.as_ref());
        let pool = bundle.songs.tracks.iter().map(pool_track).collect();
        let candidates = rules.candidates(&bundle.songs);
        let n_candidates = candidates.len();
        let mut explorer = Explorer::new(pool, &candidates, rules.same_artist, tables)?;
        for (condition, index, most_rows) in parted {
            explorer.add_parted(condition, index, most_rows)?;
        }
        Ok(Self {
            songs: bundle.songs,
            explorer: RwLock::new(explorer),
            n_candidates,
            maps,
            manifest,
            moments: Mutex::default(),
        })
    }

    /// What says which songs are alike.
    pub(super) fn explorer(&self) -> RwLockReadGuard<'_, Explorer> {
        self.explorer.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches a part of a condition's table.
    pub(super) async fn fetch_part(
        &self,
        condition: Condition,
        number: usize,
    ) -> Result<(), CatalogueError> {
        let table = self.manifest.embeddings.get(condition.name());
        let file = table.and_then(|table| table.parts.as_ref()?.files.get(number));
        let Some(file) = file else { return Ok(()) };
        let bytes = checked_file(&self.manifest, file).await?;
        let part = TablePart::from_safetensors(&bytes)
            .map_err(|source| LoadError::from(BundleError::Part { file: file.clone(), source }))?;
        let mut explorer = self.explorer.write().unwrap_or_else(PoisonError::into_inner);
        Ok(explorer.add_part(condition, number, part)?)
    }

    /// Whether the bundle tells why songs are alike by the network of a condition.
    pub(super) fn has_moments(&self, condition: Condition) -> bool {
        self.manifest.files.contains_key(&moments_file(condition.name()))
    }

    /// The slices that tell why; they are fetched when they are first asked for.
    pub(super) async fn moments(&self, condition: Condition) -> Result<Arc<Moments>, String> {
        let known = self.moments.lock().ok().and_then(|known| known.get(&condition).cloned());
        if let Some(moments) = known {
            return Ok(moments);
        }
        let path = moments_file(condition.name());
        let bytes = checked_file(&self.manifest, &path).await.map_err(|error| chain(&error))?;
        let table = read_map(&path, &bytes).map_err(|error| chain(&error))?;
        let slice_secs = table.metadata().get(MOMENT_SECS).and_then(|text| text.parse().ok());
        let slice_secs: f64 =
            slice_secs.ok_or_else(|| format!("'{path}' does not say how long a slice is"))?;
        let moments = Arc::new(Moments::new(table, slice_secs));
        if let Ok(mut known) = self.moments.lock() {
            known.insert(condition, Arc::clone(&moments));
        }
        Ok(moments)
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

    /// Bytes of the networks that read: what is fetched when lyrics are first given. `None` where there are none.
    pub(super) fn reader_bytes(&self) -> Option<u64> {
        let bytes_of = |file: &String| self.manifest.files.get(file).map_or(0, |file| file.bytes);
        let readers = READERS.iter().filter_map(|reader| self.manifest.models.get(reader.name()));
        let bytes: u64 = readers
            .flat_map(|model| [Some(&model.config), Some(&model.weights), model.tokenizer.as_ref()])
            .flatten()
            .map(bytes_of)
            .sum();
        (bytes > 0).then_some(bytes)
    }

    /// The address of what can be heard of a song.
    pub(super) fn stimulus_address(&self, track_id: &TrackId) -> Option<String> {
        let song = self.songs.song(track_id)?;
        Some(bundle_source::file_address(&stimulus_file(&song.stimulus)))
    }
}

/// The indexes of the tables that are there in parts, with how many songs a search looks at.
async fn parted(manifest: &Manifest) -> Result<Vec<(Condition, PartIndex, usize)>, LoadError> {
    let mut parted = Vec::new();
    for condition in CONDITIONS {
        let table = manifest.embeddings.get(condition.name());
        let Some(parts) = table.and_then(|table| table.parts.as_ref()) else { continue };
        let bytes = checked_file(manifest, &parts.index).await?;
        let index = PartIndex::from_safetensors(&bytes)
            .map_err(|source| BundleError::Part { file: parts.index.clone(), source })?;
        parted.push((condition, index, parts.most_rows));
    }
    Ok(parted)
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
