//! `segue analyse`: from exported sessions to a report.

use crate::causes::chain;
use crate::files;
use crate::rasterize;
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use shared::analysis::{
    AnalysisOptions, Fault, ParticipantCounts, Report, SessionFile, Sessions, ThesisLayer, analyse,
    read_sessions, thesis_layer,
};
use shared::bundle::{CATALOG_FILE, SongList};
use shared::figure::{figures, report_page};
use shared::random::Seed;
use shared::statistics::{Bootstrap, Count};
use shared::study::{Mode, StudyDesign};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What files of sessions end in.
const ENDINGS: [&str; 4] = ["csv", "json", "txt", "zip"];

/// Pixels of a PNG for each of the figure's own.
const PNG_SCALE: f32 = 2.0;

/// Analyse the sessions of a study: exclusions, planned model, the thesis's tests, figures
///
/// Sessions are read from csv, JSON and zip files and from folders of them, Psych-DS folders and downloads
/// of DataPipe and JATOS among them. Each hash chain is checked; what is broken is named and left out.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files and folders of exported sessions
    #[arg(value_name = "DATA")]
    data: Vec<PathBuf>,
    /// The study.json that the sessions were run with
    #[arg(long, value_name = "FILE")]
    study: Option<PathBuf>,
    /// Folder for the report: report.html, results.csv, results.json, figures/
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The bundle of the study, for the genres of its songs
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// Likes instead of sessions, once for each participant: audio,multimodal,control/songs of each,
    /// as 149,148,86/239
    #[arg(long, value_name = "A,M,C/N", value_parser = counts, conflicts_with = "data")]
    counts: Vec<[Count; 3]>,
    /// Which sessions count: live, pilot, demo, sim
    #[arg(long, default_value = "live", value_parser = mode)]
    mode: Mode,
    /// Replications of the bootstrap
    #[arg(
        long,
        value_name = "N",
        default_value_t = Bootstrap::default().n_replications,
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(20..=100_000),
        allow_negative_numbers = true
    )]
    bootstrap: usize,
    /// Seed of bootstrap and permutation
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    seed: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// If a file can't be read or written, if no session is of the study, or if no answer counts.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if !args.counts.is_empty() {
        return of_counts(args);
    }
    let Some(study) = &args.study else {
        bail!("give the study.json that the sessions were run with: --study FILE");
    };
    let study_json = files::read(study)?;
    let design =
        StudyDesign::from_json(&study_json).with_context(|| format!("in '{}'", study.display()))?;
    let (sessions, mut faults) = sessions(&args.data)?;
    faults.extend(sessions.faults.iter().map(sentence));
    for fault in &faults {
        eprintln!("segue: {fault}");
    }
    let genres = args.bundle.as_deref().map(genres).transpose()?;
    let bootstrap = Bootstrap { n_replications: args.bootstrap, ..Bootstrap::default() };
    let options = AnalysisOptions {
        seed: Seed(args.seed),
        bootstrap,
        mode: args.mode,
        genres: genres.as_ref(),
    };
    let report = analyse(&sessions, (&design, &study_json), options)?;
    if let Some(bundle) = args.bundle.as_deref().filter(|_| report.default.by_genre.is_empty()) {
        eprintln!("{}", note_of_another(bundle));
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print_report(&report, faults.len());
    }
    match &args.out {
        Some(folder) => write(folder, &report, &faults),
        None => Ok(()),
    }
}

/// The thesis's tests of typed counts.
fn of_counts(args: &Args) -> anyhow::Result<()> {
    let participants = args.counts.iter().enumerate().map(|(at, [audio, multimodal, control])| {
        let participant = (at + 1).to_string();
        ParticipantCounts { participant, audio: *audio, multimodal: *multimodal, control: *control }
    });
    let layer = thesis_layer(&participants.collect::<Vec<_>>());
    if args.json {
        println!("{}", serde_json::to_string_pretty(&layer)?);
    } else {
        print_tests(&layer);
    }
    if let Some(folder) = &args.out {
        files::write(&folder.join("results.json"), &serde_json::to_vec_pretty(&layer)?)?;
    }
    Ok(())
}

/// The sessions of all files, one file in memory at a time, and the files that can't be read.
fn sessions(data: &[PathBuf]) -> anyhow::Result<(Sessions, Vec<String>)> {
    if data.is_empty() {
        bail!("give files or folders of sessions, or counts: --counts 149,148,86/239");
    }
    let mut paths = Vec::new();
    for path in data {
        collect(path, true, &mut paths)?;
    }
    let bar = ProgressBar::new(paths.len() as u64).with_style(
        ProgressStyle::with_template("{bar:32} {pos} of {len} files, {eta} left")
            .expect("the template is sound"),
    );
    let mut unread = Vec::new();
    let read = |path: PathBuf| {
        bar.inc(1);
        let name = path.display().to_string();
        match files::read(&path) {
            Ok(bytes) => Some(SessionFile { bytes, name }),
            Err(error) => {
                unread.push(chain(&error));
                None
            }
        }
    };
    let sessions = read_sessions(paths.into_iter().filter_map(read));
    bar.finish_and_clear();
    Ok((sessions, unread))
}

fn collect(path: &Path, is_named: bool, paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !path.is_dir() {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if is_named || ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
            paths.push(path.to_owned());
        }
        return Ok(());
    }
    let unreadable = || format!("'{}' can't be read", path.display());
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).with_context(unreadable)? {
        entries.push(entry.with_context(unreadable)?.path());
    }
    entries.sort();
    entries.iter().try_for_each(|entry| collect(entry, false, paths))
}

/// Genres by track id.
fn genres(bundle: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let path = bundle.join(CATALOG_FILE);
    let songs: SongList = shared::json::from_slice(&files::read(&path)?)
        .with_context(|| format!("in '{}'", path.display()))?;
    Ok(songs.tracks.into_iter().map(|song| (song.track_id.to_string(), song.genre)).collect())
}

/// What is said of a bundle that has none of the songs.
fn note_of_another(bundle: &Path) -> String {
    format!(
        "note: '{}' has none of the songs that were answered, so that nothing is told by genre; give the \
         bundle that the study was run with",
        bundle.display()
    )
}

fn write(folder: &Path, report: &Report, faults: &[String]) -> anyhow::Result<()> {
    files::write(&folder.join("report.html"), report_page(report, faults).as_bytes())?;
    files::write(&folder.join("results.csv"), report.to_tidy_csv().as_bytes())?;
    files::write(&folder.join("results.json"), &serde_json::to_vec_pretty(report)?)?;
    for figure in figures(report) {
        let path = folder.join("figures").join(figure.name);
        files::write(&path.with_extension("svg"), figure.svg.as_bytes())?;
        let png = rasterize::svg_to_png(&figure.svg, PNG_SCALE)?;
        files::write(&path.with_extension("png"), &png)?;
    }
    eprintln!("the report stands in '{}'", folder.join("report.html").display());
    Ok(())
}

fn print_report(report: &Report, n_faults: usize) {
    println!("{}\n", report.methods);
    for own in &report.default.conditions {
        println!(
            "{:12} {:5.1} %  ({} of {})",
            own.condition,
            own.share.value * 100.0,
            own.count.n_yes,
            own.count.n
        );
    }
    match &report.default.model {
        Ok(model) => {
            println!("\n{}", model.formula);
            for found in &model.contrasts {
                println!(
                    "{} - {}: odds ratio {:.2} ({:.2} to {:.2}), p {:.3e} (Holm)",
                    found.first,
                    found.second,
                    found.odds_ratio.value,
                    found.odds_ratio.interval.low,
                    found.odds_ratio.interval.high,
                    found.p_holm
                );
            }
        }
        Err(why) => println!("\nthere is no mixed model: {why}"),
    }
    println!();
    print_tests(&report.thesis);
    let left = &report.left;
    println!(
        "\n{} sessions, {} left out, {n_faults} faults in the files",
        left.n_sessions, left.n_sessions_left_out
    );
    for (reason, n) in left.reasons() {
        println!("  {n}: {reason}");
    }
    for (study, n) in &report.refused {
        println!("  {n} sessions of {study}: refused");
    }
}

fn print_tests(layer: &ThesisLayer) {
    for own in &layer.tests {
        let [first, second] = own.counts;
        let counts = format!("{}/{} and {}/{}", first.n_yes, first.n, second.n_yes, second.n);
        let outcome = match (&own.test, &own.why_not) {
            (Some(test), _) => {
                format!("chi-squared {:.4}, p {:.4e}", test.statistic, test.p_value)
            }
            (None, why) => why.clone().unwrap_or_default(),
        };
        println!("{}: {} > {}, {counts}: {outcome}", own.participant, own.first, own.second);
    }
}

fn sentence(fault: &Fault) -> String {
    chain(fault)
}

fn mode(name: &str) -> Result<Mode, String> {
    let all = [Mode::Live, Mode::Pilot, Mode::Demo, Mode::Sim];
    let found = all.into_iter().find(|mode| mode.name() == name);
    found.ok_or_else(|| "expected live, pilot, demo or sim".to_owned())
}

/// `149,148,86/239`, also with `of` for the stroke.
fn counts(text: &str) -> Result<[Count; 3], String> {
    let expected = || {
        "expected likes of audio, multimodal and control and the songs of each, as \
        149,148,86/239"
            .to_owned()
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let text = text.replace(" of ", "/");
    let (likes, n) = text.split_once('/').ok_or_else(expected)?;
    let n = number(n).filter(|n| *n > 0).ok_or_else(expected)?;
    let likes: Vec<u64> =
        likes.split(',').map(number).collect::<Option<_>>().ok_or_else(expected)?;
    let [audio, multimodal, control] = likes[..] else { return Err(expected()) };
    if [audio, multimodal, control].iter().any(|n_yes| *n_yes > n) {
        return Err(format!("more likes than songs: {}", expected()));
    }
    Ok([audio, multimodal, control].map(|n_yes| Count { n_yes, n }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_and_refused() {
        let read = counts("149,148,86/239").unwrap();
        assert_eq!(read.map(|count| (count.n_yes, count.n)), [(149, 239), (148, 239), (86, 239)]);
        assert_eq!(counts("149, 148, 86 of 239").unwrap(), read);
        for wrong in ["", "1,2/3", "1,2,3", "1,2,3/0", "1,2,4/3", "a,2,3/4", "1,2,3,4/5"] {
            assert!(counts(wrong).is_err(), "{wrong}");
        }
    }
}
