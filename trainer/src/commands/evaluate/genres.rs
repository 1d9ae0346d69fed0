//! Genres: by a linear probe of each table, and by the networks themselves.

use super::inputs::{Inputs, Table, check_taken};
use crate::files;
use crate::named_paths::{NamedPath, check_names};
use crate::training::run_folder::RunFolder;
use anyhow::{Context, bail, ensure};
use shared::catalog::{NumberedRows, Split, TrackId};
use shared::evaluation::{
    Classification, Judged, LinearProbe, Measure, ProbeError, ProbeSummary, probe_scores,
};
use shared::hash::sha256_hex;
use std::path::Path;

type Pairs = Vec<Option<(usize, usize)>>;

/// Fits a probe to the train songs of each table and asks it about the songs of the pool that are not
/// among them.
pub(super) fn probe(
    inputs: &Inputs,
    judged: &mut [Judged],
    notes: &mut Vec<String>,
) -> Vec<ProbeSummary> {
    let genres = inputs.catalog.genres();
    let mut found = Vec::new();
    for table in &inputs.tables {
        match probe_table(inputs, table, &genres) {
            Ok((summary, pairs)) => {
                add(judged, &table.name, genres.len(), pairs, PROBE);
                found.push(summary);
            }
            Err(error) => notes.push(format!("no linear probe of '{}': {error}", table.name)),
        }
    }
    found
}

const PROBE: [Measure; 2] = [Measure::ProbeAccuracy, Measure::ProbeMacroF1];
const NETWORK: [Measure; 2] = [Measure::NetworkAccuracy, Measure::NetworkMacroF1];

fn probe_table(
    inputs: &Inputs,
    table: &Table,
    genres: &[String],
) -> Result<(ProbeSummary, Pairs), NoProbe> {
    let class = |genre: &str| genres.iter().position(|own| own == genre).unwrap_or_default();
    let (mut vectors, mut classes) = (Vec::new(), Vec::new());
    for track in inputs.catalog.split(Split::Train) {
        if let Some(vector) = table.embeddings.row(&track.track_id) {
            vectors.push(vector);
            classes.push(class(&track.genre));
        }
    }
    let is_asked = |at: usize| inputs.track(at).split != Split::Train;
    let n = inputs.pool.tracks().len();
    if !(0..n).any(is_asked) {
        return Err(NoProbe::OnlyTrain);
    }
    let probe = LinearProbe::fit(&vectors, &classes, genres.len())?;
    let pair = |at: usize| {
        let track = inputs.track(at);
        let vector = table.embeddings.row(&track.track_id)?;
        is_asked(at).then(|| (class(&track.genre), probe.predict(vector)))
    };
    let pairs: Pairs = (0..n).map(pair).collect();
    let n_of = |class: usize| classes.iter().filter(|own| **own == class).count();
    let majority = (0..genres.len()).max_by_key(|class| (n_of(*class), genres.len() - class));
    let truths: Vec<usize> = pairs.iter().flatten().map(|pair| pair.0).collect();
    let n_majority = truths.iter().filter(|truth| Some(**truth) == majority).count();
    let summary = ProbeSummary {
        n_train: vectors.len(),
        majority_accuracy: n_majority as f64 / truths.len() as f64,
        said: Classification::new(&table.name, genres, &pairs),
    };
    Ok((summary, pairs))
}

/// Reads what networks said of the test songs when they were trained.
pub(super) fn networks(
    inputs: &mut Inputs,
    runs: &[NamedPath],
    judged: &mut Vec<Judged>,
    notes: &mut Vec<String>,
) -> anyhow::Result<Vec<Classification>> {
    check_names(runs)?;
    let genres = inputs.catalog.genres();
    let mut found = Vec::new();
    for run in runs {
        check_taken("run", &run.name)?;
        let path = RunFolder::new(&run.path).predictions();
        ensure!(
            path.exists(),
            "--run {}: '{}' is missing; finish the training (`segue train --resume`), or give the folder \
             of a finished run",
            run.name,
            path.display()
        );
        inputs.hashes.insert(format!("run {}", run.name), sha256_hex(&files::read(&path)?));
        let pairs = predictions(inputs, &path, &genres)?;
        let n_said = pairs.iter().flatten().count();
        if n_said == 0 {
            notes.push(format!("'{}' says nothing of the songs of this split", path.display()));
            continue;
        }
        if n_said < pairs.len() {
            let n_silent = pairs.len() - n_said;
            notes.push(format!("'{}' says nothing of {n_silent} songs", path.display()));
        }
        found.push(Classification::new(&run.name, &genres, &pairs));
        if !judged.iter().any(|own| own.name == run.name) {
            judged.push(Judged { name: run.name.clone(), data: Default::default() });
        }
        add(judged, &run.name, genres.len(), pairs, NETWORK);
    }
    Ok(found)
}

fn add(judged: &mut [Judged], name: &str, n_classes: usize, pairs: Pairs, measures: [Measure; 2]) {
    if let Some(own) = judged.iter_mut().find(|own| own.name == name) {
        own.data.extend(probe_scores(n_classes, pairs, measures));
    }
}

/// True and predicted genre of each song of the pool.
fn predictions(inputs: &Inputs, path: &Path, genres: &[String]) -> anyhow::Result<Pairs> {
    let unreadable = || format!("'{}' can't be read as csv", path.display());
    let rows = NumberedRows::new(files::open(path)?).with_context(unreadable)?;
    let column = |name: &str| {
        rows.headers().iter().position(|own| own == name).with_context(|| {
            format!("'{}' has no column '{name}'; is it of `segue train`?", path.display())
        })
    };
    let [track_id, predicted] = [column("track_id")?, column("predicted")?];
    let mut pairs = vec![None; inputs.pool.tracks().len()];
    for row in rows {
        let (line, row) = row.with_context(unreadable)?;
        let place = || format!("'{}' line {line}", path.display());
        let own = &row[track_id];
        let track = TrackId::parse(own).and_then(|id| inputs.catalog.track(&id));
        let Some(track) = track else {
            bail!(
                "{}, column 'track_id': '{own}' is no track of the catalogue; give the catalogue that the \
                 network was trained on",
                place()
            );
        };
        let class = |genre: &str| genres.iter().position(|known| known == genre);
        let Some(said) = class(&row[predicted]) else {
            bail!(
                "{}, column 'predicted': expected one of {}, got '{}'",
                place(),
                genres.join(", "),
                &row[predicted]
            );
        };
        let at = inputs.pool.tracks().binary_search_by(|own| own.track_id.cmp(&track.track_id));
        if let Ok(at) = at {
            pairs[at] = class(&track.genre).map(|truth| (truth, said));
        }
    }
    Ok(pairs)
}

/// Why a table has no probe.
#[derive(Debug, thiserror::Error)]
enum NoProbe {
    /// There is nobody else to ask about.
    #[error("all songs of the split are those that it would be fitted to; choose another --split")]
    OnlyTrain,
    /// It can't be fitted.
    #[error(transparent)]
    Probe(#[from] ProbeError),
}
