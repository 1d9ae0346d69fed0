//! What `segue evaluate` reads: catalogue, tables, and the songs that all tables have.

use super::Args;
use crate::commands::embed::TRAINED_ON;
use crate::commands::recommend::{check_kind, read_catalog};
use crate::files;
use crate::named_paths::check_names;
use crate::training::run::split_hash;
use anyhow::{Context, ensure};
use shared::catalog::{Catalog, Split, Track, TrackId};
use shared::embedding::EmbeddingTable;
use shared::evaluation::Clusters;
use shared::hash::sha256_hex;
use shared::recommend::{NearestIndex, Pool, PoolTrack};
use shared::statistics::FEW_CLUSTERS;
use std::collections::BTreeMap;

/// Name of the recommender that draws.
pub(super) const RANDOM: &str = "random";

/// Names that tables can't have: recommenders of that name are always there.
pub(super) const TAKEN: [&str; 3] = [RANDOM, "popularity", "item-knn"];

/// Makes sure that what an option names has no baseline's name.
pub(super) fn check_taken(option: &str, name: &str) -> anyhow::Result<()> {
    ensure!(!TAKEN.contains(&name), "--{option}: '{name}' is the name of a baseline; give another");
    Ok(())
}

/// Everything that was read.
pub(super) struct Inputs {
    pub(super) catalog: Catalog,
    pub(super) tables: Vec<Table>,
    /// The songs of the split that have an embedding in every table.
    pub(super) pool: Pool,
    /// SHA-256 of each file, by its argument.
    pub(super) hashes: BTreeMap<String, String>,
}

/// A table and its rows of the pool.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) embeddings: EmbeddingTable,
    /// The rows of the pool's songs, in its order.
    pub(super) index: NearestIndex,
}

impl Inputs {
    pub(super) fn read(args: &Args) -> anyhow::Result<Self> {
        check_names(&args.embeddings)?;
        let catalog = read_catalog(&args.catalog)?;
        let mut hashes = BTreeMap::new();
        hashes.insert("catalog".to_owned(), sha256_hex(&files::read(&args.catalog)?));
        let mut embeddings = Vec::new();
        for named in &args.embeddings {
            check_taken("embeddings", &named.name)?;
            let bytes = files::read(&named.path)?;
            let table = EmbeddingTable::from_safetensors(&bytes)
                .with_context(|| format!("in '{}'", named.path.display()))?;
            check_kind(named, &table)?;
            hashes.insert(format!("embeddings {}", named.name), sha256_hex(&bytes));
            embeddings.push(table.renamed(&named.name));
        }
        let pool = pool(&catalog, &embeddings, args)?;
        let table = |embeddings: EmbeddingTable| {
            let rows = pool.tracks().iter().filter_map(|track| embeddings.row(&track.track_id));
            let index = NearestIndex::of_rows(embeddings.dim(), rows);
            Table { name: embeddings.name().to_owned(), embeddings, index }
        };
        let tables = embeddings.into_iter().map(table).collect();
        Ok(Self { catalog, tables, pool, hashes })
    }

    /// The song at a position of the pool.
    pub(super) fn track(&self, position: usize) -> &Track {
        let track_id = &self.pool.tracks()[position].track_id;
        self.catalog.track(track_id).expect("the pool is made of the catalogue")
    }

    pub(super) fn views(&self) -> Vec<Option<u64>> {
        (0..self.pool.tracks().len()).map(|at| self.track(at).views).collect()
    }

    /// How many songs of each genre.
    pub(super) fn genres(&self) -> BTreeMap<String, usize> {
        let mut genres = BTreeMap::new();
        for track in self.pool.tracks() {
            *genres.entry(track.genre.clone()).or_default() += 1;
        }
        genres
    }

    /// What was left out, and what makes figures worth less than they look.
    pub(super) fn notes(&self, args: &Args) -> Vec<String> {
        let mut notes = Vec::new();
        notes.extend(self.note_on_trained());
        notes.extend(self.note_on_artists());
        for (table, named) in self.tables.iter().zip(&args.embeddings) {
            let path = named.path.display();
            if let Some(note) = self.note_on_split(&table.embeddings) {
                notes.push(format!("'{path}' ({}) {note}", table.name));
            }
            let lacking = lacking(&self.catalog, &table.embeddings, args);
            if !lacking.is_empty() {
                notes.push(format!(
                    "'{path}' ({}) lacks {} songs of the split, which are left out of every table: {}; \
                     run `segue embed` on all prepared songs to have them",
                    table.name,
                    lacking.len(),
                    first_few(&lacking)
                ));
            }
            let all = table.embeddings.track_ids().iter();
            let unknown: Vec<&TrackId> =
                all.filter(|track_id| self.catalog.track(track_id).is_none()).collect();
            if !unknown.is_empty() {
                notes.push(format!(
                    "'{path}' ({}) has {} songs that '{}' does not have, which are not looked at: {}",
                    table.name,
                    unknown.len(),
                    args.catalog.display(),
                    first_few(&unknown)
                ));
            }
        }
        if self.views().iter().all(Option::is_none) {
            notes.push(format!(
                "'{}' has no page views (column 'views'): popularity and novelty are not measured",
                args.catalog.display()
            ));
        }
        notes
    }
}

/// What makes figures worth less than they look.
impl Inputs {
    /// Songs that networks learnt from are among those that are judged.
    fn note_on_trained(&self) -> Option<String> {
        let n = self.pool.tracks().len();
        let n_trained = (0..n).filter(|at| self.track(*at).split == Split::Train).count();
        (n_trained > 0).then(|| {
            format!(
                "{n_trained} of the {n} songs are of the train split: networks learnt their genres, so that what is found \
                 of genres is better than on songs that are new to them"
            )
        })
    }

    fn note_on_artists(&self) -> Option<String> {
        let names = self.pool.tracks().iter().map(|track| &*track.artist);
        let n = Clusters::new(names).n_clusters();
        (n < FEW_CLUSTERS).then(|| {
            format!(
                "the songs are by {n} artists, and intervals that draw so few of them are too narrow (with ten, one of 95 % \
                 holds the truth in about 92 % of cases)"
            )
        })
    }

    /// Whether the songs that the table's network was trained on, by the table's own record, are those that are for
    /// training here.
    fn note_on_split(&self, table: &EmbeddingTable) -> Option<&'static str> {
        let trained_on = table.metadata().get(TRAINED_ON)?;
        let train = self.catalog.split(Split::Train);
        let own = split_hash(train.filter(|track| table.position(&track.track_id).is_some()));
        (own != *trained_on).then_some(
            "is of a network that was trained on other songs than those that are for training here, and songs that are \
             judged may be among them: right for another catalogue, but if it is the same one split anew, train again",
        )
    }
}

/// The songs of the split that a table does not have.
fn lacking<'a>(catalog: &'a Catalog, table: &EmbeddingTable, args: &Args) -> Vec<&'a TrackId> {
    let of_split = catalog.tracks().iter().filter(|track| args.split.has(track.split));
    let ids = of_split.map(|track| &track.track_id);
    ids.filter(|track_id| table.position(track_id).is_none()).collect()
}

fn first_few(ids: &[&TrackId]) -> String {
    let first: Vec<&str> = ids.iter().take(5).map(|id| id.as_str()).collect();
    first.join(", ") + if ids.len() > first.len() { ", ..." } else { "" }
}

fn pool(catalog: &Catalog, tables: &[EmbeddingTable], args: &Args) -> anyhow::Result<Pool> {
    let is_everywhere =
        |track: &Track| tables.iter().all(|table| table.position(&track.track_id).is_some());
    let of_split: Vec<&Track> =
        catalog.tracks().iter().filter(|track| args.split.has(track.split)).collect();
    let tracks: Vec<PoolTrack> = of_split
        .iter()
        .filter(|track| is_everywhere(track))
        .map(|track| PoolTrack::from(*track))
        .collect();
    let of_each = tables.iter().zip(&args.embeddings).map(|(table, named)| {
        let n = of_split.iter().filter(|track| table.position(&track.track_id).is_some()).count();
        format!("{n} in '{}'", named.path.display())
    });
    ensure!(
        tracks.len() >= 2,
        "nothing to evaluate: of the {} tracks with split '{}' in '{}', {} have an embedding in every \
         table ({}); make the tables from this catalogue (`segue embed`) or choose another --split",
        of_split.len(),
        args.split.name(),
        args.catalog.display(),
        tracks.len(),
        of_each.collect::<Vec<_>>().join(", ")
    );
    Ok(Pool::new(tracks, args.same_artist.into()))
}
