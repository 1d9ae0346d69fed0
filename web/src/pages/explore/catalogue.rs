//! The songs of the bundle, and where they lie on a map.

use super::catalogue_error::CatalogueError;
use super::moments::{Moments, MomentsFile};
use super::search_files;
use super::songs::Songs;
use crate::bundle_source::{self, LoadError, checked_file};
use crate::platform::search::Searching;
use crate::wording::chain;
use shared::bundle::{
    BundleError, MOMENT_SECS, Manifest, SONGS_PER_MOMENTS_FILE, Song, map_file, moments_file,
    stimulus_file,
};
use shared::catalog::Split;
use shared::embedding::{EmbeddingTable, MAP_EXPLAINED, MapProjection};
use shared::recommend::{Condition, ExplorerSong, SameArtist};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// The conditions that look at embeddings, in the order in which they are shown.
const CONDITIONS: [Condition; 3] = [Condition::Audio, Condition::Multimodal, Condition::Lyrics];

/// The conditions whose networks read.
pub(super) const READERS: [Condition; 2] = [Condition::Multimodal, Condition::Lyrics];

/// What is explored.
pub(super) struct Catalogue {
    pub(super) songs: Songs,
    /// The conditions that there are tables for.
    pub(super) conditions: Vec<Condition>,
    /// How many songs may be recommended.
    pub(super) n_candidates: usize,
    /// The songs in two dimensions, by condition.
    pub(super) maps: Vec<SongMap>,
    manifest: Manifest,
    /// Those that were asked for, by their files.
    moments: Mutex<BTreeMap<String, Arc<MomentsFile>>>,
}

/// A map of all songs.
pub(super) struct SongMap {
    pub(super) condition: Condition,
    /// Of each song, in the order of the list of songs.
    pub(super) positions: Vec<[f32; 2]>,
    /// Share of the variance that the map shows.
    pub(super) explained: f64,
    /// How another song comes onto it, where the map says so.
    projection: Option<MapProjection>,
}

impl Catalogue {
    /// Reads what every exploring needs of the bundle beside the page, and gives the tables to a worker.
    pub(super) async fn load() -> Result<(Self, Searching), CatalogueError> {
        let manifest = bundle_source::manifest().await?;
        let songs = Songs::load(&manifest).await?;
        let n_songs = songs.index.n_songs();
        let rules = Rules::of(manifest.provenance.recommend.as_ref());
        let song = |place| ExplorerSong {
            artist: songs.index.artist(place),
            is_candidate: rules.allow(songs.index.split(place)),
        };
        let explored: Vec<ExplorerSong> = (0..n_songs).map(song).collect();
        let n_candidates = explored.iter().filter(|song| song.is_candidate).count();
        let has_table = |own: &Condition| manifest.embeddings.contains_key(own.name());
        let conditions: Vec<Condition> = CONDITIONS.into_iter().filter(has_table).collect();
        if conditions.is_empty() {
            return Err(CatalogueError::NoTable);
        }
        let rules = (&explored[..], rules.same_artist);
        let searching = search_files::open(&manifest, &songs, rules, &conditions).await?;
        let mut maps = Vec::new();
        for condition in conditions.iter().copied() {
            let path = map_file(condition.name());
            // A bundle may lack maps.
            if manifest.files.contains_key(&path) {
                let map = read_table(&manifest, &path).await?;
                songs.expect_rows(&map, &path)?;
                maps.push(SongMap::of(condition, &map, path)?);
            }
        }
        let moments = Mutex::default();
        Ok((Self { songs, conditions, n_candidates, maps, manifest, moments }, searching))
    }

    /// What is in the bundle.
    pub(super) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether the bundle tells why songs are alike by the network of a condition.
    pub(super) fn has_moments(&self, condition: Condition) -> bool {
        let has = |part| self.manifest.files.contains_key(&moments_file(condition.name(), part));
        has(None) || has(Some(0))
    }

    /// The slices that tell why, of the songs at these places; a file of them is fetched when it is first asked for.
    pub(super) async fn moments(
        &self,
        condition: Condition,
        places: impl IntoIterator<Item = usize>,
    ) -> Result<Moments, String> {
        let whole = moments_file(condition.name(), None);
        let mut files = Vec::new();
        if self.manifest.files.contains_key(&whole) {
            files.push((whole, 0..self.songs.index.n_songs()));
        } else {
            let parts = places.into_iter().map(|place| place / SONGS_PER_MOMENTS_FILE);
            for part in parts.collect::<BTreeSet<_>>() {
                let first = part * SONGS_PER_MOMENTS_FILE;
                let end = (first + SONGS_PER_MOMENTS_FILE).min(self.songs.index.n_songs());
                files.push((moments_file(condition.name(), Some(part)), first..end));
            }
        }
        let mut moments = Vec::new();
        for (file, places) in files {
            moments.push(self.moments_file(file, places).await?);
        }
        Ok(Moments::new(moments))
    }

    async fn moments_file(
        &self,
        path: String,
        places: Range<usize>,
    ) -> Result<Arc<MomentsFile>, String> {
        let known = self.moments.lock().ok().and_then(|known| known.get(&path).cloned());
        if let Some(moments) = known {
            return Ok(moments);
        }
        let table = read_table(&self.manifest, &path).await.map_err(|error| chain(&error))?;
        if places.len() == self.songs.index.n_songs() {
            self.songs.expect_rows(&table, &path).map_err(|error| chain(&error))?;
        } else if table.n_tracks() != places.len() {
            return Err(chain(&BundleError::OtherSongs { file: path }));
        }
        let slice_secs = table.metadata().get(MOMENT_SECS).and_then(|text| text.parse().ok());
        let slice_secs: f64 =
            slice_secs.ok_or_else(|| format!("'{path}' does not say how long a slice is"))?;
        let moments = Arc::new(MomentsFile { first: places.start, table, slice_secs });
        if let Ok(mut known) = self.moments.lock() {
            known.insert(path, Arc::clone(&moments));
        }
        Ok(moments)
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
}

/// The address of what can be heard of a song.
pub(super) fn stimulus_address(song: &Song) -> String {
    bundle_source::file_address(&stimulus_file(&song.stimulus))
}

async fn read_table(manifest: &Manifest, path: &str) -> Result<EmbeddingTable, LoadError> {
    let bytes = checked_file(manifest, path).await?;
    let table = EmbeddingTable::from_safetensors(&bytes).map_err(|source| {
        BundleError::Embeddings { file: path.to_owned(), source: Box::new(source) }
    })?;
    Ok(table)
}

impl SongMap {
    fn of(condition: Condition, map: &EmbeddingTable, file: String) -> Result<Self, LoadError> {
        let position = |row: &[f32]| match row {
            &[x, y] => [x, y],
            _ => [0.0, 0.0],
        };
        let shares = map.metadata().get(MAP_EXPLAINED).map_or("", String::as_str);
        let explained = shares.split(',').filter_map(|share| share.parse::<f64>().ok()).sum();
        let positions = map.rows().map(|(_, row)| position(row)).collect();
        let projection =
            MapProjection::of(map).map_err(|source| BundleError::Map { file, source })?;
        Ok(Self { condition, positions, explained, projection })
    }

    /// Where a song of this vector lies.
    pub(super) fn place(&self, vector: &[f32]) -> Option<[f32; 2]> {
        self.projection.as_ref()?.place(vector)
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

    /// Whether songs of that split may be recommended.
    fn allow(&self, split: Split) -> bool {
        !self.only_test || split == Split::Test
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
