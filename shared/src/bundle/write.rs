//! Writing a bundle: parts in, named bytes out.

use super::file_record::{FileRecord, FileRole, MediaKind};
use super::lists;
use super::manifest::{
    Configs, FileListEntry, Manifest, ModelEntry, PartsEntry, Provenance, StoredTextWeights,
    TableEntry, is_bundle_path, is_part_name,
};
use super::pages::SongPagesEntry;
use super::songs::SongList;
use super::{
    CATALOG_FILE, MANIFEST_FILE, RECOMMENDATIONS_FILE, SONGS_PER_MOMENTS_FILE, embeddings_file,
    map_file, model_file, moments_file, part_file, stimulus_file,
};
use crate::embedding::{EmbeddingFileError, EmbeddingTable, ValueFormat};
use crate::recommend::{Condition, PartIndex, Recommendations, RecommendationsError, TablePart};
use crate::study::{DesignError, STUDY_FILE, StudyDesign};
use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;

/// Hands the files of a bundle to a sink, one by one, and the manifest last; the same parts give
/// the same bytes. Holds no file after it was handed out.
#[derive(Debug)]
pub struct BundleWriter<Sink> {
    sink: Sink,
    files: BTreeMap<String, FileRecord>,
    embeddings: BTreeMap<String, TableEntry>,
    song_pages: Option<SongPagesEntry>,
    models: BTreeMap<String, ModelEntry>,
    model_configs: BTreeMap<String, Value>,
    conditions: Vec<Condition>,
}

/// What the manifest holds beside the list of files.
#[derive(Debug, Clone)]
pub struct ManifestParts {
    /// Name of the bundle, for people.
    pub name: String,
    /// The settings of `segue prepare`.
    pub prepare: Value,
    /// Where everything came from.
    pub provenance: Provenance,
}

/// The files of one network.
#[derive(Debug, Clone, Copy)]
pub struct ModelFiles<'a> {
    /// Its configuration, JSON.
    pub config: &'a [u8],
    /// Its weights.
    pub weights: &'a [u8],
    /// Its vocabulary, where it reads lyrics.
    pub tokenizer: Option<&'a [u8]>,
    /// How the weights of its reading part are stored, where that is not as they were trained.
    pub text_weights: Option<&'a StoredTextWeights>,
}

impl<Sink, E> BundleWriter<Sink>
where
    Sink: FnMut(&str, &[u8]) -> Result<(), E>,
    E: Error + 'static,
{
    /// A writer that gives each file's path (with `/`) and bytes to `sink`.
    pub fn new(sink: Sink) -> Self {
        Self {
            sink,
            files: BTreeMap::new(),
            embeddings: BTreeMap::new(),
            song_pages: None,
            models: BTreeMap::new(),
            model_configs: BTreeMap::new(),
            conditions: Vec::new(),
        }
    }

    /// The list of songs.
    ///
    /// # Errors
    ///
    /// What the sink reports.
    pub fn catalog(&mut self, songs: &SongList) -> Result<(), BundleWriteError<E>> {
        let mut json = serde_json::to_vec_pretty(songs).expect("texts and numbers are JSON");
        json.push(b'\n');
        self.file(CATALOG_FILE, (FileRole::Catalog, MediaKind::Json), &json)
    }

    /// The same list in pages, for a catalogue of many songs.
    ///
    /// # Errors
    ///
    /// What the sink reports.
    pub fn song_pages(&mut self, songs: &SongList) -> Result<(), BundleWriteError<E>> {
        let entry = SongPagesEntry::of(songs.tracks.len());
        for (file, json) in entry.files(songs) {
            self.file(file, (FileRole::SongPage, MediaKind::Json), &json)?;
        }
        self.song_pages = Some(entry);
        Ok(())
    }

    /// An embedding table, in 16 bits and without the vectors of single slices, under its name.
    ///
    /// # Errors
    ///
    /// If a value is beyond 16 bits or the name is no part name; what the sink reports.
    pub fn embeddings(&mut self, table: &EmbeddingTable) -> Result<(), BundleWriteError<E>> {
        check_name(table.name())?;
        let file = embeddings_file(table.name());
        let bytes = table.filtered(|_| true).to_safetensors(ValueFormat::F16)?;
        self.file(&file, (FileRole::Embeddings, MediaKind::Bytes), &bytes)?;
        let (n_tracks, dim) = (table.n_tracks(), table.dim());
        let entry = TableEntry { file, dtype: "F16".to_owned(), n_tracks, dim, parts: None };
        self.embeddings.insert(table.name().to_owned(), entry);
        Ok(())
    }

    /// The parts of a table that was [given](Self::embeddings) and has more than `above` songs; a search looks at
    /// `most_rows` songs at most.
    ///
    /// # Errors
    ///
    /// What the sink reports.
    ///
    /// # Panics
    ///
    /// If the table was not given.
    pub fn parts(
        &mut self,
        name: &str,
        (index, parts): &(PartIndex, Vec<TablePart>),
        (most_rows, above): (usize, usize),
    ) -> Result<(), BundleWriteError<E>> {
        let role = || (FileRole::EmbeddingPart, MediaKind::Bytes);
        let entry = PartsEntry {
            index: part_file(name, None),
            files: (0..parts.len()).map(|part| part_file(name, Some(part))).collect(),
            most_rows,
            above: Some(above),
        };
        self.file(&entry.index, role(), &index.to_safetensors())?;
        for (file, part) in entry.files.iter().zip(parts) {
            self.file(file, role(), &part.to_safetensors())?;
        }
        let table = self.embeddings.get_mut(name).expect("the table before its parts");
        table.parts = Some(entry);
        Ok(())
    }

    /// The map of an embedding table: what [`principal_map`](crate::embedding::principal_map) makes of it.
    ///
    /// # Errors
    ///
    /// If the name is no part name; what the sink reports.
    ///
    /// # Panics
    ///
    /// If the vectors have not two values.
    pub fn map(&mut self, map: &EmbeddingTable) -> Result<(), BundleWriteError<E>> {
        check_name(map.name())?;
        assert_eq!(map.dim(), 2, "a map has two dimensions");
        let bytes = map.to_safetensors(ValueFormat::F32)?;
        self.file(&map_file(map.name()), (FileRole::Map, MediaKind::Bytes), &bytes)
    }

    /// The slices of an embedding table that lie in the stimuli: what [`EmbeddingTable::moments`] gives. Where songs are
    /// [in pages](Self::song_pages), which are written before, they are in several files.
    ///
    /// # Errors
    ///
    /// If a value is beyond 16 bits or the name is no part name; what the sink reports.
    pub fn moments(&mut self, moments: &EmbeddingTable) -> Result<(), BundleWriteError<E>> {
        check_name(moments.name())?;
        let kind = (FileRole::Moments, MediaKind::Bytes);
        if self.song_pages.is_none() {
            let bytes = moments.to_safetensors(ValueFormat::F16)?;
            return self.file(&moments_file(moments.name(), None), kind, &bytes);
        }
        let n = moments.n_tracks();
        for (number, first) in (0..n).step_by(SONGS_PER_MOMENTS_FILE).enumerate() {
            let part = moments.part(first..n.min(first + SONGS_PER_MOMENTS_FILE));
            let bytes = part.to_safetensors(ValueFormat::F16)?;
            self.file(&moments_file(moments.name(), Some(number)), kind.clone(), &bytes)?;
        }
        Ok(())
    }

    /// What each condition recommends.
    ///
    /// # Errors
    ///
    /// What the sink reports.
    pub fn recommendations(&mut self, rows: &Recommendations) -> Result<(), BundleWriteError<E>> {
        let mut csv = Vec::new();
        rows.write_csv(&mut csv)?;
        self.conditions = rows.conditions();
        let role = (FileRole::Recommendations, MediaKind::Csv);
        self.file(RECOMMENDATIONS_FILE, role, &csv)
    }

    /// The design of the study: the bytes of a sound `study.json`, kept byte for byte, so that their hash
    /// is that of the file that was published.
    ///
    /// # Errors
    ///
    /// If they are no sound design; what the sink reports.
    pub fn study(&mut self, json: &[u8]) -> Result<(), BundleWriteError<E>> {
        StudyDesign::from_json(json)?;
        self.file(STUDY_FILE, (FileRole::Study, MediaKind::Json), json)
    }

    /// What participants hear of a song; `file` is the name that the song list gives.
    ///
    /// # Errors
    ///
    /// If the name is no file name; what the sink reports.
    pub fn stimulus(&mut self, file: &str, bytes: &[u8]) -> Result<(), BundleWriteError<E>> {
        self.file(&stimulus_file(file), (FileRole::Stimulus, MediaKind::Mp3), bytes)
    }

    /// A network under its name; every file is kept byte for byte.
    ///
    /// # Errors
    ///
    /// If its configuration is no JSON or the name is no part name; what the sink reports.
    pub fn model(&mut self, name: &str, files: ModelFiles<'_>) -> Result<(), BundleWriteError<E>> {
        check_name(name)?;
        let config: Value = serde_json::from_slice(files.config)
            .map_err(|source| BundleWriteError::ModelConfig { name: name.to_owned(), source })?;
        let entry = ModelEntry {
            config: model_file(name, "model.json"),
            weights: model_file(name, "model.bpk"),
            tokenizer: files.tokenizer.map(|_| model_file(name, "tokenizer.json")),
            text_weights: files.text_weights.cloned(),
        };
        self.file(&entry.config, (FileRole::ModelConfig, MediaKind::Json), files.config)?;
        self.file(&entry.weights, (FileRole::ModelWeights, MediaKind::Bytes), files.weights)?;
        if let (Some(path), Some(bytes)) = (&entry.tokenizer, files.tokenizer) {
            self.file(path, (FileRole::Tokenizer, MediaKind::Json), bytes)?;
        }
        self.models.insert(name.to_owned(), entry);
        self.model_configs.insert(name.to_owned(), config);
        Ok(())
    }

    /// The manifest, which makes the bundle complete.
    ///
    /// # Errors
    ///
    /// What the sink reports.
    pub fn finish(mut self, parts: ManifestParts) -> Result<Manifest, BundleWriteError<E>> {
        let file_lists = if self.song_pages.is_some() { self.list_stimuli()? } else { Vec::new() };
        let (format, schema_version, created_by) = Manifest::current_format();
        let manifest = Manifest {
            format,
            schema_version,
            created_by,
            name: parts.name,
            files: self.files,
            file_lists,
            embeddings: self.embeddings,
            song_pages: self.song_pages,
            models: self.models,
            conditions: self.conditions,
            configs: Configs { prepare: parts.prepare, models: self.model_configs },
            provenance: parts.provenance,
        };
        (self.sink)(MANIFEST_FILE, &manifest.to_json()).map_err(BundleWriteError::Sink)?;
        Ok(manifest)
    }

    /// Moves what can be heard out of the manifest.
    fn list_stimuli(&mut self) -> Result<Vec<FileListEntry>, BundleWriteError<E>> {
        let is_stimulus = |record: &FileRecord| record.role == FileRole::Stimulus;
        let (stimuli, others) =
            std::mem::take(&mut self.files).into_iter().partition(|(_, file)| is_stimulus(file));
        self.files = others;
        let mut entries = Vec::new();
        for (entry, json) in lists::cut(stimuli) {
            self.file(&entry.file, (FileRole::FileList, MediaKind::Json), &json)?;
            entries.push(entry);
        }
        Ok(entries)
    }

    fn file(
        &mut self,
        path: &str,
        (role, media): (FileRole, MediaKind),
        bytes: &[u8],
    ) -> Result<(), BundleWriteError<E>> {
        if !is_bundle_path(path) {
            return Err(BundleWriteError::WrongName { name: path.to_owned() });
        }
        (self.sink)(path, bytes).map_err(BundleWriteError::Sink)?;
        self.files.insert(path.to_owned(), FileRecord::of(role, media, bytes));
        Ok(())
    }
}

fn check_name<E: Error + 'static>(name: &str) -> Result<(), BundleWriteError<E>> {
    let wrong = || BundleWriteError::WrongName { name: name.to_owned() };
    is_part_name(name).then_some(()).ok_or_else(wrong)
}

/// What can go wrong when a bundle is written.
#[derive(Debug, thiserror::Error)]
pub enum BundleWriteError<E: Error + 'static> {
    /// A name that can't be one of a file or part.
    #[error(
        "'{name}' can't be a name in a bundle; use lower-case letters, digits, - and _ (and, in \
         file names, dots)"
    )]
    WrongName {
        /// The name.
        name: String,
    },
    /// An embedding table that does not fit.
    #[error(transparent)]
    Embeddings(#[from] EmbeddingFileError),
    /// Recommendations that can't be written.
    #[error(transparent)]
    Recommendations(#[from] RecommendationsError),
    /// A design of a study that is not sound.
    #[error(transparent)]
    Study(#[from] DesignError),
    /// The configuration of a network is no JSON.
    #[error("the configuration of network '{name}' (model.json) is no JSON")]
    ModelConfig {
        /// The network.
        name: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The sink failed.
    #[error(transparent)]
    Sink(E),
}
