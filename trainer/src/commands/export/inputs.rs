//! What a bundle is made from.

use super::Args;
use crate::commands::embed::WEIGHTS_BLAKE3;
use crate::commands::recommend::{read_catalog, read_tables};
use crate::files;
use crate::named_paths::{NamedPath, check_names};
use crate::prepared::Prepared;
use crate::training::run::note_on_splits;
use crate::training::run_folder::REPORT;
use anyhow::{Context, ensure};
use serde::Deserialize as _;
use serde_json::Value;
use shared::bundle::{Provenance, RunProvenance};
use shared::catalog::Catalog;
use shared::embedding::EmbeddingTable;
use shared::hash::sha256_hex;
use shared::recommend::Recommendations;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Everything that goes into a bundle but the large files, which are read when they are written.
#[derive(Debug)]
pub(super) struct Inputs {
    pub(super) name: String,
    /// Tables of more tracks are cut in parts, too.
    pub(super) parts_above: usize,
    pub(super) catalog: Catalog,
    pub(super) prepared: Prepared,
    pub(super) tables: Vec<EmbeddingTable>,
    pub(super) recommendations: Recommendations,
    pub(super) runs: Vec<Run>,
    catalog_sha256: String,
    recommend_settings: Option<Value>,
}

/// A training run.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) config: PathBuf,
    pub(super) weights: PathBuf,
    pub(super) tokenizer: Option<PathBuf>,
    provenance: RunProvenance,
    /// Which songs it was trained on.
    split_hashes: BTreeMap<String, String>,
    is_finished: bool,
}

impl Inputs {
    pub(super) fn read(args: &Args) -> anyhow::Result<Self> {
        check_names(&args.runs)?;
        let recommendations = Recommendations::read_csv(files::open(&args.recommendations)?)
            .with_context(|| format!("in '{}'", args.recommendations.display()))?;
        let inputs = Self {
            name: bundle_name(args),
            parts_above: args.parts_above,
            catalog: read_catalog(&args.catalog)?,
            prepared: Prepared::open(&args.prepared)?,
            tables: read_tables(&args.embeddings)?,
            recommendations,
            runs: args.runs.iter().map(Run::open).collect::<anyhow::Result<_>>()?,
            catalog_sha256: sha256_hex(&files::read(&args.catalog)?),
            recommend_settings: recommend_settings(&args.recommendations)?,
        };
        inputs.check_splits(args)?;
        inputs.tables.iter().try_for_each(|table| inputs.check_weights(table))?;
        Ok(inputs)
    }

    /// A table must be of the weights that go into the bundle under its name: the website compares what they make of a
    /// listener's song with it.
    fn check_weights(&self, table: &EmbeddingTable) -> anyhow::Result<()> {
        let Some(run) = self.runs.iter().find(|run| run.name == table.name()) else {
            return Ok(());
        };
        let Some(of_table) = table.metadata().get(WEIGHTS_BLAKE3) else { return Ok(()) };
        ensure!(
            blake3::hash(&files::read(&run.weights)?).to_string() == *of_table,
            "the table '{}' was not made with the weights in '{}': the run was trained anew since, is another one, or \
             `--weights` took another epoch; run `segue embed --run {}` and `segue recommend` again",
            table.name(),
            run.weights.display(),
            run.folder.display(),
        );
        Ok(())
    }

    pub(super) fn provenance(&self) -> Provenance {
        let runs: BTreeMap<String, RunProvenance> =
            self.runs.iter().map(|run| (run.name.clone(), run.provenance.clone())).collect();
        Provenance {
            catalog_sha256: self.catalog_sha256.clone(),
            data_hash: self.prepared.content_hash(),
            recommend: self.recommend_settings.clone(),
            runs,
        }
    }

    /// What is worth knowing though it is no error.
    pub(super) fn notes(&self) -> Vec<String> {
        let data_hash = self.prepared.content_hash();
        let other_data =
            |run: &&Run| run.provenance.data_hash.as_ref().is_some_and(|hash| *hash != data_hash);
        let note = |run: &Run| {
            format!("the run '{}' was trained on other data than '--prepared' holds", run.name)
        };
        let unfinished = self.runs.iter().filter(|run| !run.is_finished);
        let unfinished = unfinished.map(|run| {
            format!("the run '{}' is not finished; go on with `segue train --resume`", run.name)
        });
        let on_splits = self.runs.iter().filter_map(|run| {
            let note = note_on_splits(&run.split_hashes, &self.prepared)?;
            Some(format!("the run '{}' {note}", run.name))
        });
        let of_runs = self.runs.iter().filter(other_data).map(note);
        of_runs.chain(unfinished).chain(on_splits).collect()
    }

    /// The catalogue and the prepared songs must agree on what is for the test: else a song that was trained on may be
    /// recommended as one that was not.
    fn check_splits(&self, args: &Args) -> anyhow::Result<()> {
        for track in self.prepared.catalog.tracks() {
            let Some(own) = self.catalog.track(&track.track_id) else { continue };
            ensure!(
                own.split == track.split,
                "'{}' has track '{}' in the split {}, and '{}' was prepared with {}: run `segue prepare` again, and train \
                 again if the splits were made anew since",
                args.catalog.display(),
                track.track_id,
                own.split,
                args.prepared.display(),
                track.split
            );
        }
        Ok(())
    }
}

/// The name that was asked for, or that of the folder.
fn bundle_name(args: &Args) -> String {
    let folder = || args.out.file_name().map(|name| name.to_string_lossy().into_owned());
    args.name.clone().or_else(folder).unwrap_or_else(|| "bundle".to_owned())
}

/// The settings in the report that `segue recommend` writes beside its csv, where it is there.
fn recommend_settings(recommendations: &Path) -> anyhow::Result<Option<Value>> {
    let path = recommendations.with_extension("overlap.json");
    if !path.is_file() {
        return Ok(None);
    }
    Ok(read_json(&path)?.get("settings").cloned())
}

fn read_json(path: &Path) -> anyhow::Result<Value> {
    serde_json::from_slice(&files::read(path)?)
        .with_context(|| format!("'{}' is no JSON", path.display()))
}

impl Run {
    fn open(named: &NamedPath) -> anyhow::Result<Self> {
        let file = |name: &str| named.path.join(name);
        for needed in ["model.json", "model.bpk", "run.json"].map(file) {
            ensure!(
                needed.is_file(),
                "'{}' is missing: --runs {}= must name a folder that `segue train` wrote",
                needed.display(),
                named.name
            );
        }
        let tokenizer = Some(file("tokenizer.json")).filter(|path| path.is_file());
        let record = read_json(&file("run.json"))?;
        let provenance = RunProvenance::deserialize(&record)
            .with_context(|| format!("in '{}'", file("run.json").display()))?;
        let split_hashes = record.pointer("/data/split_hashes").map(BTreeMap::deserialize);
        Ok(Self {
            name: named.name.clone(),
            folder: named.path.clone(),
            config: file("model.json"),
            weights: file("model.bpk"),
            tokenizer,
            provenance,
            split_hashes: split_hashes.and_then(Result::ok).unwrap_or_default(),
            is_finished: file(REPORT).is_file(),
        })
    }
}
