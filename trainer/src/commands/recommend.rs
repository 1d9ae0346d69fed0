//! `segue recommend`: what each condition recommends to every anchor, and how far they agree.

mod report;

use super::embed::MODEL;
use crate::files;
use crate::named_paths::{NamedPath, check_names};
use crate::own_output;
use anyhow::{Context, bail, ensure};
use clap::ValueEnum;
use rayon::prelude::*;
use report::{Report, Settings, WithoutEmbedding};
use shared::catalog::{Catalog, Split, Track, TrackId};
use shared::embedding::EmbeddingTable;
use shared::random::Seed;
use shared::recommend::{
    Condition, Overlap, Pool, PoolTrack, Recommendation, Recommendations, Recommender, SameArtist,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Recommend next tracks for every anchor
///
/// Every track of the split is an anchor, and all conditions choose from the same tracks: those of
/// the split that have an embedding in every table. Beside the csv stands OUT.overlap.json: how
/// often two conditions recommend the same.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The catalogue.
    #[arg(long, value_name = "CSV")]
    pub catalog: PathBuf,
    /// Embedding tables by condition: audio, multimodal, lyrics.
    #[arg(long, value_name = "NAME=FILE", value_delimiter = ',', required = true)]
    pub embeddings: Vec<NamedPath>,
    /// Where the recommendations go.
    #[arg(long, value_name = "CSV")]
    pub out: PathBuf,
    /// Recommendations per anchor and condition.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000), allow_negative_numbers = true)]
    pub k: u32,
    /// The tracks that are anchors and candidates.
    #[arg(long, value_enum, default_value_t = SplitChoice::Test)]
    pub split: SplitChoice,
    /// Whether songs by the anchor's artist may be recommended; `allow` is what the thesis did.
    #[arg(long, value_enum, default_value_t = SameArtistChoice::Exclude)]
    pub same_artist: SameArtistChoice,
    /// Seed of the random conditions.
    #[arg(long, default_value_t = 42, allow_negative_numbers = true)]
    pub seed: u64,
    /// The conditions [default: those of the tables, random, genre].
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = condition)]
    pub conditions: Vec<Condition>,
}

/// The tracks that are anchors and candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SplitChoice {
    /// Those that fitted the weights.
    Train,
    /// Those that chose the epoch.
    Validation,
    /// Those that were never trained on.
    Test,
    /// All of the catalogue.
    All,
}

/// Whether songs by the anchor's artist may be recommended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SameArtistChoice {
    /// They may not.
    Exclude,
    /// They may.
    Allow,
}

fn condition(name: &str) -> Result<Condition, String> {
    let names = Condition::ALL.map(Condition::name).join(", ");
    Condition::from_name(name).ok_or_else(|| format!("expected one of {names}"))
}

/// Runs the command.
///
/// # Errors
///
/// If an input can't be read or does not fit, if no track is left, or if the output can't be
/// written.
pub fn run(args: &Args) -> anyhow::Result<()> {
    own_output::expect_kind(&args.out, "csv of recommendations", |bytes| {
        own_output::has_column(bytes, "anchor_id")
    })?;
    let catalog = read_catalog(&args.catalog)?;
    let tables = read_tables(&args.embeddings)?;
    let conditions = chosen_conditions(args)?;
    let (pool, without) = pool(&catalog, &tables, args)?;
    let recommendations = recommend(&pool, &tables, &conditions, args)?;
    files::write_with(&args.out, |writer| {
        recommendations.write_csv(writer).map_err(std::io::Error::other)
    })?;
    let report = Report {
        settings: settings(args, &conditions),
        n_anchors: pool.tracks().len(),
        n_recommendations: recommendations.rows().len(),
        n_short_lists: n_short_lists(&pool, &recommendations, &conditions, args.k as usize),
        without_embedding: without,
        overlap: Overlap::of(&recommendations),
    };
    let report_path = args.out.with_extension("overlap.json");
    files::write(&report_path, &report.to_json())?;
    print!("{report}");
    println!("written: {} and {}", args.out.display(), report_path.display());
    Ok(())
}

/// Reads a catalogue.
pub(super) fn read_catalog(path: &Path) -> anyhow::Result<Catalog> {
    Catalog::read_csv(files::open(path)?).with_context(|| format!("in '{}'", path.display()))
}

/// Reads embedding tables, each under the name that the argument gives it.
pub(super) fn read_tables(paths: &[NamedPath]) -> anyhow::Result<Vec<EmbeddingTable>> {
    check_names(paths)?;
    let read = |named: &NamedPath| {
        let table = EmbeddingTable::from_safetensors(&files::read(&named.path)?)
            .with_context(|| format!("in '{}'", named.path.display()))?;
        check_kind(named, &table)?;
        Ok(table.renamed(&named.name))
    };
    paths.iter().map(read).collect()
}

/// Tables under each other's names would exchange what participants compare.
pub(super) fn check_kind(named: &NamedPath, table: &EmbeddingTable) -> anyhow::Result<()> {
    let of_networks =
        |name: &str| Condition::from_name(name).filter(|condition| condition.needs_embeddings());
    let made_by = table.metadata().get(MODEL).and_then(|kind| of_networks(kind));
    if let (Some(made_by), Some(given)) = (made_by, of_networks(&named.name)) {
        ensure!(
            made_by == given,
            "--embeddings {given}= names '{}', whose network is one of '{made_by}': give it as {made_by}=, or the \
             table of another run",
            named.path.display()
        );
    }
    Ok(())
}

/// The conditions that were asked for, or all that the tables allow, in their order.
fn chosen_conditions(args: &Args) -> anyhow::Result<Vec<Condition>> {
    let has_table = |c: Condition| args.embeddings.iter().any(|named| named.name == c.name());
    for named in &args.embeddings {
        let known = Condition::from_name(&named.name).is_some_and(Condition::needs_embeddings);
        ensure!(known, "--embeddings: '{}' is none of audio, multimodal, lyrics", named.name);
    }
    if let Some(condition) =
        args.conditions.iter().find(|c| c.needs_embeddings() && !has_table(**c))
    {
        bail!("the condition '{condition}' needs its table: --embeddings {condition}=FILE");
    }
    let wanted = |c: &Condition| match args.conditions.as_slice() {
        [] => !c.needs_embeddings() || has_table(*c),
        chosen => chosen.contains(c),
    };
    Ok(Condition::ALL.into_iter().filter(wanted).collect())
}

/// The tracks of the split that have an embedding in every table, and those that lack one.
fn pool(
    catalog: &Catalog,
    tables: &[EmbeddingTable],
    args: &Args,
) -> anyhow::Result<(Pool, Vec<WithoutEmbedding>)> {
    let of_split: Vec<&Track> =
        catalog.tracks().iter().filter(|track| args.split.has(track.split)).collect();
    let mut without = Vec::new();
    let mut lacking = BTreeSet::new();
    for table in tables {
        let ids = of_split.iter().map(|track| &track.track_id);
        let track_ids: Vec<TrackId> =
            ids.filter(|id| table.position(id).is_none()).cloned().collect();
        lacking.extend(track_ids.iter().cloned());
        without.push(WithoutEmbedding { table: table.name().to_owned(), track_ids });
    }
    let kept = of_split.iter().filter(|track| !lacking.contains(&track.track_id));
    let tracks: Vec<PoolTrack> = kept.map(|track| PoolTrack::from(*track)).collect();
    let (split, n) = (args.split.name(), of_split.len());
    ensure!(
        tracks.len() >= 2,
        "nothing to recommend: of the {n} tracks with split '{split}' in '{}', {} have an \
         embedding in every table; make the tables from this catalogue (`segue embed`) or choose \
         another --split",
        args.catalog.display(),
        tracks.len()
    );
    Ok((Pool::new(tracks, args.same_artist.into()), without))
}

/// Asks every condition about every anchor, on all cores.
fn recommend(
    pool: &Pool,
    tables: &[EmbeddingTable],
    conditions: &[Condition],
    args: &Args,
) -> anyhow::Result<Recommendations> {
    let mut rows = Vec::new();
    for condition in conditions {
        let recommender = recommender(*condition, pool, tables, Seed(args.seed))?;
        let of_anchor = |anchor: usize| {
            let choices = recommender.choose(pool, anchor, args.k as usize);
            choices.into_iter().enumerate().map(move |(at, choice)| Recommendation {
                anchor_id: pool.tracks()[anchor].track_id.clone(),
                condition: *condition,
                rank: at + 1,
                track_id: pool.tracks()[choice.position].track_id.clone(),
                similarity: choice.similarity,
            })
        };
        let anchors = (0..pool.tracks().len()).into_par_iter();
        rows.par_extend(anchors.flat_map_iter(of_anchor));
    }
    Ok(Recommendations::new(rows))
}

fn recommender(
    condition: Condition,
    pool: &Pool,
    tables: &[EmbeddingTable],
    seed: Seed,
) -> anyhow::Result<Recommender> {
    match condition {
        Condition::Random => Ok(Recommender::Random { seed }),
        Condition::Genre => Ok(Recommender::Genre { seed }),
        Condition::Audio | Condition::Multimodal | Condition::Lyrics => tables
            .iter()
            .find(|table| table.name() == condition.name())
            .and_then(|table| Recommender::nearest(pool, table).ok())
            .with_context(|| format!("the condition '{condition}' lacks its table")),
    }
}

/// Lists that have fewer than `k` songs because the pool has no more that may be recommended.
fn n_short_lists(
    pool: &Pool,
    recommendations: &Recommendations,
    conditions: &[Condition],
    k: usize,
) -> usize {
    let lists = pool.tracks().iter().flat_map(|anchor| {
        conditions.iter().map(|condition| recommendations.of(&anchor.track_id, *condition))
    });
    lists.filter(|list| list.len() < k).count()
}

fn settings(args: &Args, conditions: &[Condition]) -> Settings {
    Settings {
        k: args.k,
        split: args.split.name().to_owned(),
        same_artist: args.same_artist.into(),
        seed: Seed(args.seed),
        conditions: conditions.to_vec(),
    }
}

impl SplitChoice {
    pub(super) fn has(self, split: Split) -> bool {
        self == Self::All || self.name() == split.name()
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
            Self::All => "all",
        }
    }
}

impl From<SameArtistChoice> for SameArtist {
    fn from(choice: SameArtistChoice) -> Self {
        match choice {
            SameArtistChoice::Exclude => Self::Exclude,
            SameArtistChoice::Allow => Self::Allow,
        }
    }
}

#[cfg(test)]
mod tests;
