//! `segue evaluate`: what recommenders are worth, from their rankings.

mod genres;
mod history;
mod inputs;
mod summary;

use super::recommend::{SameArtistChoice, SplitChoice};
use crate::files;
use crate::named_paths::NamedPath;
use crate::rasterize;
use inputs::Inputs;
use rayon::prelude::*;
use shared::evaluation::{
    Clusters, Evaluation, Judged, LIST_LENGTH, Replications, SongFacts, compare, judge_lists,
};
use shared::figure::{evaluation_figures, evaluation_page};
use shared::random::Seed;
use shared::recommend::{NearestIndex, Pool, Recommender, SameArtist};
use shared::statistics::Bootstrap;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Pixels of a PNG for each of the figure's own.
const PNG_SCALE: f32 = 2.0;

/// Measure what embeddings are worth for recommending: retrieval, hubness, coverage, a linear probe
///
/// Every song of the split asks, and all others that have an embedding in every table are ranked, by
/// each table and at random. Intervals draw whole artists; differences of two tables are paired. With
/// a listening history, also whether what was played next is ranked first.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The catalogue
    #[arg(long, value_name = "CSV")]
    pub catalog: PathBuf,
    /// Embedding tables, each under a name of your choice
    #[arg(long, value_name = "NAME=FILE", value_delimiter = ',', required = true)]
    pub embeddings: Vec<NamedPath>,
    /// Folder for report.html, evaluation.json, metrics.csv, figures/
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The tracks that ask and are ranked
    #[arg(long, value_enum, default_value_t = SplitChoice::Test)]
    pub split: SplitChoice,
    /// Whether songs by the same artist count where songs of the same genre are sought, and may stand
    /// in the lists
    #[arg(long, value_enum, default_value_t = SameArtistChoice::Exclude)]
    pub same_artist: SameArtistChoice,
    /// Folders of training runs, for what the networks themselves say of the test songs
    #[arg(long = "run", value_name = "NAME=DIR", value_delimiter = ',')]
    pub runs: Vec<NamedPath>,
    /// Listening history: a csv with the columns user, track, time
    #[arg(long, value_name = "CSV")]
    pub history: Option<PathBuf>,
    /// Seed of the random recommender and of resampling
    #[arg(long, default_value_t = 42, allow_negative_numbers = true)]
    pub seed: u64,
    /// Replications of the bootstrap
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(20..=100_000), allow_negative_numbers = true)]
    pub resamples: u32,
}

/// Runs the command.
///
/// # Errors
///
/// If an input can't be read or does not fit, if too few tracks are left, or if the output can't be
/// written.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut inputs = Inputs::read(args)?;
    let mut notes = inputs.notes(args);
    let mut judged = judge(&inputs, args);
    let probes = genres::probe(&inputs, &mut judged, &mut notes);
    let networks = genres::networks(&mut inputs, &args.runs, &mut judged, &mut notes)?;
    let clusters = Clusters::new(inputs.pool.tracks().iter().map(|track| &*track.artist));
    let draws = draws(&clusters, args, "artists");
    let history = history::judge(&mut inputs, args, &mut notes)?;
    let evaluation = Evaluation {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings: settings(args),
        n_songs: clusters.n_songs(),
        n_artists: clusters.n_clusters(),
        genres: inputs.genres(),
        songs: compare(&judged, &clusters, &draws),
        probes,
        networks,
        history,
        notes,
        inputs: inputs.hashes,
    };
    write(&args.out, &evaluation)?;
    summary::say(&evaluation);
    println!("report, figures and all numbers: {}", args.out.join("report.html").display());
    Ok(())
}

/// What each table's lists are like, and random ones'.
fn judge(inputs: &Inputs, args: &Args) -> Vec<Judged> {
    let facts = SongFacts::new(&inputs.views());
    let of_table = |(table, index): (&String, &NearestIndex)| Judged {
        name: table.clone(),
        data: judge_lists(&inputs.pool, &facts, |query| index.similarities_of(query)),
    };
    let tables: Vec<(&String, &NearestIndex)> =
        inputs.tables.iter().map(|table| (&table.name, &table.index)).collect();
    let mut judged: Vec<Judged> = tables.into_par_iter().map(of_table).collect();
    let random = Recommender::Random { seed: Seed(args.seed) };
    let anyone = Pool::new(inputs.pool.tracks().to_vec(), SameArtist::Allow);
    judged.push(Judged {
        name: inputs::RANDOM.to_owned(),
        data: judge_lists(&inputs.pool, &facts, |query| at_random(&random, &anyone, query)),
    });
    judged
}

/// Similarities whose ranking is the order in which songs were drawn.
fn at_random(random: &Recommender, pool: &Pool, query: usize) -> Vec<f32> {
    let n = pool.tracks().len();
    let mut similarities = vec![0.0; n];
    for (rank, choice) in random.choose(pool, query, n).iter().enumerate() {
        similarities[choice.position] = -(rank as f32);
    }
    similarities
}

fn draws(clusters: &Clusters, args: &Args, what: &str) -> Replications {
    let mut stream = Seed(args.seed).stream(&format!("evaluate/bootstrap/{what}"));
    let level = Bootstrap::default().level;
    Replications::draw(clusters, args.resamples as usize, level, &mut stream)
}

fn settings(args: &Args) -> BTreeMap<String, String> {
    let same_artist = match args.same_artist {
        SameArtistChoice::Exclude => "exclude",
        SameArtistChoice::Allow => "allow",
    };
    let settings = [
        ("split", args.split.name().to_owned()),
        ("same_artist", same_artist.to_owned()),
        ("seed", args.seed.to_string()),
        ("resamples", args.resamples.to_string()),
        ("level", Bootstrap::default().level.to_string()),
        ("list_length", LIST_LENGTH.to_string()),
    ];
    settings.map(|(name, value)| (name.to_owned(), value)).into()
}

fn write(out: &Path, evaluation: &Evaluation) -> anyhow::Result<()> {
    if out.join("evaluation.json").exists() {
        // Of tables that an earlier evaluation into this folder had.
        for old in files::list(&out.join("figures"))? {
            let name = old.file_name().and_then(|own| own.to_str()).unwrap_or_default();
            if name.starts_with("confusion_") {
                files::remove(&old)?;
            }
        }
    }
    let mut json = serde_json::to_vec_pretty(evaluation)?;
    json.push(b'\n');
    files::write(&out.join("evaluation.json"), &json)?;
    files::write(&out.join("metrics.csv"), evaluation.to_csv().as_bytes())?;
    for (name, svg) in evaluation_figures(evaluation) {
        let path = out.join("figures").join(name);
        files::write(&path.with_extension("svg"), svg.as_bytes())?;
        let png = rasterize::svg_to_png(&svg, PNG_SCALE)?;
        files::write(&path.with_extension("png"), &png)?;
    }
    Ok(files::write(&out.join("report.html"), evaluation_page(evaluation).as_bytes())?)
}

#[cfg(test)]
mod tests;
