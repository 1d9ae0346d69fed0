//! What is said when training ends.

use super::Args;
use crate::training::evaluate::TestReport;
use crate::training::fit::{Fitted, is_of_the_loss};
use crate::training::run_folder::{CONTRASTIVE_PARTS, RunFolder};
use anyhow::bail;

/// Why a training ended before its time. Ctrl-C is an error as well, although whole epochs are kept: a script is not to go on
/// with half a network.
pub(super) fn say_stopped(args: &Args, fitted: &Fitted, reason: &str) -> anyhow::Result<()> {
    let kept = format!(
        "{} whole epochs are in {}, the weights are those of epoch {}",
        fitted.history.epochs.len(),
        args.shown().display(),
        fitted.kept_epoch
    );
    if is_of_the_loss(reason) {
        bail!(
            "training stopped: {reason}. {kept}. Try a smaller --learning-rate in another folder, or \
             use these weights"
        );
    }
    bail!("stopped ({reason}). {kept}; the same command with --resume goes on from there");
}

/// Ctrl-C before genres were learnt.
pub(super) fn say_stopped_early(
    args: &Args,
    folder: &RunFolder,
    reason: &str,
) -> anyhow::Result<()> {
    let kept = match folder.last_whole(CONTRASTIVE_PARTS, usize::MAX)? {
        Some(n_epochs) => format!(
            "before an epoch of learning genres was whole; {n_epochs} whole epochs of contrastive pretraining are in {}, \
             and the same command with --resume goes on from there",
            args.shown().display()
        ),
        None => "before its first epoch was whole, and nothing is kept of less; the same command with --resume begins \
                 again from the start"
            .to_owned(),
    };
    bail!("stopped ({reason}) {kept}");
}

pub(super) fn say_report(args: &Args, report: &TestReport) {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let interval = match report.song_accuracy_interval {
        Some([low, high]) => {
            format!("95 % interval over artists {} to {}", percent(low), percent(high))
        }
        None => "no interval: one artist".to_owned(),
    };
    println!(
        "test: {} of {} songs by {} artists ({interval}), {} of slices; epoch {} of {} kept",
        percent(report.song_accuracy),
        report.n_songs,
        report.n_artists,
        percent(report.slice_accuracy),
        report.kept_epoch,
        report.n_epochs,
    );
    for genre in &report.songs.genres {
        println!(
            "  {:<12} precision {:.3}, recall {:.3}, F1 {:.3}",
            genre.genre, genre.precision, genre.recall, genre.f1
        );
    }
    print!("network: {} parameters", report.n_parameters);
    if let Some(n_trained) = report.n_trained_parameters.filter(|n| *n != report.n_parameters) {
        print!(", {n_trained} of them trained");
    }
    match report.multiply_adds_per_slice {
        Some(n) => println!(", {:.1} million multiply-adds a slice", n as f64 / 1e6),
        None => println!(),
    }
    println!("figures, metrics, predictions and weights: {}", args.shown().display());
}
