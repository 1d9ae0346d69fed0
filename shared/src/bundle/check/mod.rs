//! Everything that is wrong with a bundle.

mod parts;
mod table_parts;

use super::error::BundleError;
use super::fault::Fault;
use super::file_record::FileRole;
use super::manifest::{Manifest, ManifestError, is_bundle_path};
use super::songs::SongList;
use super::{CATALOG_FILE, MANIFEST_FILE, RECOMMENDATIONS_FILE, moments_part};
use crate::embedding::{EmbeddingTable, MapProjection, ValueFormat};
use crate::recommend::{Condition, Recommendations};
use crate::study::StudyDesign;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Takes the files of a bundle one by one, in any order, and then lists every fault.
///
/// Whoever has the bytes gives them: the trainer reads a folder, the website fetches. Only what is
/// compared with other files is kept.
#[derive(Debug)]
pub struct Checker {
    manifest: Manifest,
    seen: BTreeSet<String>,
    songs: Option<SongList>,
    /// Pages of songs with their index and words, by their files.
    song_pages: BTreeMap<String, Vec<u8>>,
    tables: BTreeMap<String, EmbeddingTable>,
    table_parts: table_parts::TableParts,
    /// Maps, by their files.
    maps: BTreeMap<String, EmbeddingTable>,
    /// The songs of moments, by the name of their table and the part.
    moments: BTreeMap<String, parts::SongsOfMoments>,
    recommendations: Option<Recommendations>,
    study: Option<StudyDesign>,
    faults: Vec<Fault>,
    /// Whether the manifest and its lists name every file: nothing is said of files that stand in a list that can't
    /// be read, but of the list.
    names_all: bool,
}

impl Checker {
    /// Starts with the manifest and the lists of files that it names; `read` gives the bytes of a list, where it is
    /// there.
    ///
    /// # Errors
    ///
    /// As [`Manifest::from_json`]: without a manifest of a known version nothing can be checked.
    pub fn new(
        manifest_json: &[u8],
        mut read: impl FnMut(&str) -> Option<Vec<u8>>,
    ) -> Result<Self, ManifestError> {
        let mut manifest = Manifest::from_json(manifest_json)?;
        let mut faults = Vec::new();
        let mut names_all = true;
        for entry in manifest.file_lists.clone() {
            // One that is missing is named among the missing files.
            let list = is_bundle_path(&entry.file).then(|| read(&entry.file)).flatten();
            let taken = list.map(|bytes| manifest.take_list(&entry, &bytes));
            names_all &= matches!(taken, Some(Ok(())));
            faults.extend(taken.and_then(Result::err).map(Fault::from));
        }
        let mut checker = Self {
            manifest,
            seen: BTreeSet::new(),
            songs: None,
            song_pages: BTreeMap::new(),
            tables: BTreeMap::new(),
            table_parts: table_parts::TableParts::default(),
            maps: BTreeMap::new(),
            moments: BTreeMap::new(),
            recommendations: None,
            study: None,
            faults,
            names_all,
        };
        checker.check_manifest();
        Ok(checker)
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The files that are wanted: all of the manifest whose path stays inside the bundle.
    pub fn files(&self) -> Vec<String> {
        self.manifest.files.keys().filter(|path| is_bundle_path(path)).cloned().collect()
    }

    /// Takes a file. One that the manifest does not name is a fault.
    pub fn file(&mut self, path: &str, bytes: &[u8]) {
        self.seen.insert(path.to_owned());
        let Some(record) = self.manifest.files.get(path) else {
            if path != MANIFEST_FILE && self.names_all {
                self.faults.push(Fault::ExtraFile { file: path.to_owned() });
            }
            return;
        };
        if let Err(fault) = record.check(path, bytes) {
            self.faults.push(fault.into());
        }
        let result = match record.role {
            FileRole::Catalog => SongList::from_json(bytes).map(|songs| self.songs = Some(songs)),
            FileRole::Recommendations => Recommendations::read_csv(bytes)
                .map(|rows| self.recommendations = Some(rows))
                .map_err(BundleError::from),
            FileRole::Embeddings => self.table(path, bytes),
            FileRole::Map => self.map(path, bytes),
            FileRole::Moments => self.moments(path, bytes),
            FileRole::EmbeddingPart => self
                .table_parts
                .take(&self.manifest, path, bytes)
                .map(|fault| self.faults.extend(fault)),
            FileRole::SongPage => {
                self.song_pages.insert(path.to_owned(), bytes.to_vec());
                Ok(())
            }
            FileRole::Study => StudyDesign::from_json(bytes)
                .map(|study| self.study = Some(study))
                .map_err(BundleError::from),
            FileRole::ModelConfig => {
                self.model_config(path, bytes);
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(fault) = result {
            self.faults.push(fault.into());
        }
    }

    /// Takes note of a file that is there but can't be read.
    pub fn unreadable(
        &mut self,
        path: &str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) {
        self.seen.insert(path.to_owned());
        self.faults.push(Fault::Unreadable { file: path.to_owned(), source: source.into() });
    }

    /// Everything that is wrong; nothing where the bundle is whole.
    pub fn finish(mut self) -> Vec<Fault> {
        self.check_missing_files();
        self.faults.extend(self.table_parts.faults(&self.manifest, &self.tables));
        if let Some(songs) = self.songs.take() {
            if parts::are_songs_right(&songs, &mut self.faults) {
                parts::check_moments(&self.moments, &songs, &mut self.faults);
                parts::check_pages(&songs, &self.manifest, &self.song_pages, &mut self.faults);
            }
            if let Some(study) = &self.study {
                parts::check_study(study, &songs, &self.manifest, &mut self.faults);
            }
            if self.names_all {
                parts::check_stimuli(&songs, &self.manifest, &self.seen, &mut self.faults);
            }
            for (name, table) in self.tables.iter().chain(&self.maps) {
                parts::check_rows(name, table, &songs, &mut self.faults);
            }
            if let Some(recommendations) = &self.recommendations {
                parts::check_recommendations(recommendations, &songs, &mut self.faults);
            }
        }
        if let Some(recommendations) = self.recommendations.take() {
            self.check_conditions(&recommendations.conditions());
            parts::check_similarities(&recommendations, &self.tables, &mut self.faults);
        }
        self.faults
    }

    /// The paths of the manifest and what its entries point to.
    fn check_manifest(&mut self) {
        let manifest = &self.manifest;
        let bad = manifest.files.keys().filter(|path| !is_bundle_path(path));
        let bad = bad.map(|path| Fault::BadPath { file: path.clone() });
        let mut uses: Vec<(String, &str)> =
            vec![("files".to_owned(), CATALOG_FILE), ("files".to_owned(), RECOMMENDATIONS_FILE)];
        for (name, table) in &manifest.embeddings {
            let parts =
                table.parts.iter().flat_map(|parts| parts.files.iter().chain([&parts.index]));
            let files = parts.chain([&table.file]).map(String::as_str);
            uses.extend(files.map(|file| (format!("embeddings.{name}"), file)));
        }
        for (name, model) in &manifest.models {
            let files = [Some(&model.config), Some(&model.weights), model.tokenizer.as_ref()];
            let entry = format!("models.{name}");
            uses.extend(files.into_iter().flatten().map(|file| (entry.clone(), file.as_str())));
        }
        if let Some(pages) = &manifest.song_pages {
            uses.extend(pages.places().map(|(_, file)| ("song_pages".to_owned(), file.as_str())));
        }
        let lists = manifest.file_lists.iter();
        uses.extend(lists.map(|list| ("file_lists".to_owned(), list.file.as_str())));
        let unlisted = uses.into_iter().filter(|(_, file)| !manifest.files.contains_key(*file));
        let unlisted =
            unlisted.map(|(entry, file)| Fault::Unlisted { entry, file: file.to_owned() });
        self.faults.extend(bad.chain(unlisted).collect::<Vec<_>>());
    }

    /// An embedding table against its entry in the manifest.
    fn table(&mut self, path: &str, bytes: &[u8]) -> Result<(), BundleError> {
        let failed =
            |source| BundleError::Embeddings { file: path.to_owned(), source: Box::new(source) };
        let table = EmbeddingTable::from_safetensors(bytes).map_err(failed)?;
        let dtype = ValueFormat::of_file(bytes).map_err(failed)?;
        let entries = &self.manifest.embeddings;
        let Some((name, entry)) = entries.iter().find(|(_, entry)| entry.file == path) else {
            return Ok(());
        };
        let comparisons = [
            ("the type of the values", &entry.dtype, dtype.name().to_owned()),
            ("the number of tracks", &entry.n_tracks.to_string(), table.n_tracks().to_string()),
            ("the length of a vector", &entry.dim.to_string(), table.dim().to_string()),
            ("the name", name, table.name().to_owned()),
        ];
        for (what, expected, got) in comparisons {
            if *expected != got {
                let (file, expected) = (path.to_owned(), expected.clone());
                self.faults.push(Fault::NotAsManifest { file, what, expected, got });
            }
        }
        self.tables.insert(name.clone(), table);
        Ok(())
    }

    /// A map: two values a song.
    fn map(&mut self, path: &str, bytes: &[u8]) -> Result<(), BundleError> {
        let map = EmbeddingTable::from_safetensors(bytes).map_err(|source| {
            BundleError::Embeddings { file: path.to_owned(), source: Box::new(source) }
        })?;
        if map.dim() != 2 {
            self.faults.push(Fault::NotAsManifest {
                file: path.to_owned(),
                what: "the number of dimensions",
                expected: "2, since it is a map".to_owned(),
                got: map.dim().to_string(),
            });
        }
        let onto = MapProjection::of(&map);
        self.maps.insert(path.to_owned(), map);
        onto.map_err(|source| BundleError::Map { file: path.to_owned(), source })?;
        Ok(())
    }

    /// Moments: slices of the same songs.
    fn moments(&mut self, path: &str, bytes: &[u8]) -> Result<(), BundleError> {
        let moments = EmbeddingTable::from_safetensors(bytes).map_err(|source| {
            BundleError::Embeddings { file: path.to_owned(), source: Box::new(source) }
        })?;
        let has_slices = |track_id| moments.slice_rows(track_id).is_some();
        if !moments.track_ids().iter().all(has_slices) {
            self.faults.push(Fault::NotAsManifest {
                file: path.to_owned(),
                what: "the vectors",
                expected: "those of slices, since they are moments".to_owned(),
                got: "those of whole songs alone".to_owned(),
            });
        }
        let ids = moments.track_ids().to_vec();
        match moments_part(path) {
            Some((name, part)) => {
                self.moments.entry(name.to_owned()).or_default().insert(part, ids);
            }
            None => self.faults.push(Fault::BadPath { file: path.to_owned() }),
        }
        Ok(())
    }

    /// The configuration of a network against its copy in the manifest.
    fn model_config(&mut self, path: &str, bytes: &[u8]) {
        let models = &self.manifest.models;
        let Some((name, _)) = models.iter().find(|(_, model)| model.config == path) else {
            return;
        };
        let expected = self.manifest.configs.models.get(name);
        let got: Option<Value> = serde_json::from_slice(bytes).ok();
        if expected != got.as_ref() || got.is_none() {
            let show = |value: Option<&Value>| {
                value.map_or_else(|| "nothing that is JSON".to_owned(), Value::to_string)
            };
            let (expected, got) = (show(expected), show(got.as_ref()));
            let (file, what) = (path.to_owned(), "the configuration");
            self.faults.push(Fault::NotAsManifest { file, what, expected, got });
        }
    }

    /// The conditions against the manifest and the tables.
    fn check_conditions(&mut self, conditions: &[Condition]) {
        if conditions != self.manifest.conditions {
            let show = |conditions: &[Condition]| {
                conditions.iter().map(|c| c.name()).collect::<Vec<_>>().join(", ")
            };
            self.faults.push(Fault::NotAsManifest {
                file: RECOMMENDATIONS_FILE.to_owned(),
                what: "the list of conditions",
                expected: show(&self.manifest.conditions),
                got: show(conditions),
            });
        }
        self.faults.extend(parts::without_table(conditions, &self.manifest));
    }

    /// Files that were never given; missing stimuli are named with their song later.
    fn check_missing_files(&mut self) {
        for (path, record) in &self.manifest.files {
            let named_later = record.role == FileRole::Stimulus && self.songs.is_some();
            if !self.seen.contains(path) && !named_later && is_bundle_path(path) {
                self.faults.push(BundleError::FileMissing { file: path.clone() }.into());
            }
        }
    }
}
