//! What was played next, by a listening history.

use super::inputs::{Inputs, TAKEN};
use super::{Args, draws};
use crate::files;
use anyhow::{Context, bail, ensure};
use shared::catalog::TrackId;
use shared::evaluation::{
    History, HistorySummary, Judged, Known, PlayedNext, SHARE_OF_PAST, compare, judge_next_tracks,
};
use shared::hash::sha256_hex;
use shared::statistics::{FEW_CLUSTERS, LEAST_CLUSTERS};
use std::path::Path;

/// Share of the past below which is told that it is small.
const LEAST_PAST: f64 = 0.7;

/// Judges all tables and the baselines; `None` where no history is given.
pub(super) fn judge(
    inputs: &mut Inputs,
    args: &Args,
    notes: &mut Vec<String>,
) -> anyhow::Result<Option<HistorySummary>> {
    let Some(path) = &args.history else { return Ok(None) };
    let bytes = files::read(path)?;
    inputs.hashes.insert("history".to_owned(), sha256_hex(&bytes));
    let history = History::read_csv(bytes.as_slice(), |track_id| known(inputs, track_id))
        .with_context(|| format!("in '{}'", path.display()))?;
    say_faults(path, &history);
    let n_songs = inputs.pool.tracks().len();
    let Some(next) = PlayedNext::of(&history, n_songs) else {
        bail!(
            "'{}' has no listener who plays one evaluated song after another in the last {:.0} % of the \
             time: of {} rows, {} are of songs that are not evaluated (split '{}') and {} are wrong; \
             --split all evaluates every song",
            path.display(),
            100.0 * (1.0 - SHARE_OF_PAST),
            history.n_rows,
            history.n_outside,
            args.split.name(),
            history.n_faulty
        );
    };
    ensure!(
        next.n_past() > 0,
        "'{}': all listens of evaluated songs up to where {:.0} % of them lie are of one moment, so that nothing is left to \
         learn from; give times of day, not days alone, or a longer history",
        path.display(),
        100.0 * SHARE_OF_PAST
    );
    if next.share_of_past() < LEAST_PAST {
        notes.push(format!(
            "'{}': only {:.0} % of the listens are before the cut, since many are of its very moment: what is learnt from \
             the past is learnt from little; are these days without times?",
            path.display(),
            100.0 * next.share_of_past()
        ));
    }
    let clusters = next.clusters(&history);
    let n_listeners = clusters.n_clusters();
    let of_listeners = if n_listeners < LEAST_CLUSTERS {
        Some("is of one listener, so that there are no intervals".to_owned())
    } else {
        (n_listeners < FEW_CLUSTERS).then(|| {
            format!("is of {n_listeners} listeners, and intervals that draw so few are too narrow")
        })
    };
    notes.extend(of_listeners.map(|text| format!("'{}' {text}", path.display())));
    Ok(Some(HistorySummary {
        n_rows: history.n_rows,
        n_outside: history.n_outside,
        n_faulty: history.n_faulty,
        faults: history.faults.iter().map(|fault| sentence(path, fault)).collect(),
        cut: next.cut,
        n_past: next.n_past(),
        n_transitions: next.n_transitions(),
        n_listeners: clusters.n_clusters(),
        measures: compare(&all(inputs, &next), &clusters, &draws(&clusters, args, "listeners")),
    }))
}

fn known(inputs: &Inputs, track_id: &TrackId) -> Known {
    let tracks = inputs.pool.tracks();
    match tracks.binary_search_by(|own| own.track_id.cmp(track_id)) {
        Ok(at) => Known::At(at),
        Err(_) if inputs.catalog.track(track_id).is_some() => Known::Outside,
        Err(_) => Known::Unknown,
    }
}

/// Every table, then random, popularity and item-based neighbours.
fn all(inputs: &Inputs, next: &PlayedNext) -> Vec<Judged> {
    let [random, popularity, item_knn] = TAKEN;
    let judged = |name: &str, data| Judged { name: name.to_owned(), data };
    let mut all: Vec<Judged> = inputs
        .tables
        .iter()
        .map(|table| {
            judged(&table.name, judge_next_tracks(next, |song| table.index.similarities_of(song)))
        })
        .collect();
    // All tie: the mean over every order is what drawing gives on average.
    let tied = vec![0.0; inputs.pool.tracks().len()];
    all.push(judged(random, judge_next_tracks(next, |_| tied.clone())));
    let counts = next.popularity();
    all.push(judged(popularity, judge_next_tracks(next, |_| counts.clone())));
    all.push(judged(item_knn, judge_next_tracks(next, next.item_neighbours())));
    all
}

fn sentence(path: &Path, fault: &shared::evaluation::RowFault) -> String {
    format!("'{}' {fault}", path.display())
}

/// The first few; all that are kept stand in the report.
fn say_faults(path: &Path, history: &History) {
    for fault in history.faults.iter().take(5) {
        eprintln!("segue: {}; the row is left out", sentence(path, fault));
    }
    if history.n_faulty > 5 {
        eprintln!("segue: {} more rows of '{}' are left out", history.n_faulty - 5, path.display());
    }
}
