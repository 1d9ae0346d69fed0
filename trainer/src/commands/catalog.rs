//! `segue catalog`.

use crate::files;
use crate::own_output;
use crate::songs::{self, AudioFolder, Wanted};
use anyhow::{Context, bail};
use shared::catalog::{
    Ambiguous, Catalog, Decision, Decisions, GenreQuota, LinkOptions, Report, SplitBy, Track,
    assign_splits, choose, write_ambiguous,
};
use shared::random::Seed;
use std::path::{Path, PathBuf};

/// Link audio files to lyrics and write the catalogue
///
/// With --lyrics and --audio: the songs of the csv that have an audio file. With --audio alone: every
/// file whose genre its sub-folder or its tags tell. With --lyrics alone: the most viewed songs, as a
/// list of what to look for.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Lyrics: the Genius csv of 8 or 11 columns, or one with title, tag, artist and lyrics
    #[arg(long, value_name = "FILE.csv")]
    pub lyrics: Option<PathBuf>,
    /// Folder of audio files, with its sub-folders
    #[arg(long, value_name = "DIR")]
    pub audio: Option<PathBuf>,
    /// The catalogue; NAME.report.json and NAME.ambiguous.csv are written beside it
    #[arg(long, value_name = "FILE.csv", default_value = "catalog.csv")]
    pub out: PathBuf,
    /// Genres to keep
    #[arg(long, value_delimiter = ',', default_value = "rap,pop,country,rock")]
    pub genres: Vec<String>,
    /// Keep at most this many songs of each genre, the most viewed first
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub per_genre: Option<usize>,
    /// Keep all songs instead of equally many of each genre
    #[arg(long)]
    pub unbalanced: bool,
    /// Language of the lyrics (ISO 639-1), or `any`
    #[arg(long, default_value = "en")]
    pub language: String,
    /// What stays on one side of the split: all songs of an artist (a song of an unknown artist by itself), or
    /// each song by itself
    #[arg(long, value_enum, default_value_t = SplitArg::Artist)]
    pub split: SplitArg,
    /// Seed of the split
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub seed: u64,
    /// NAME.ambiguous.csv with the column `decision` filled in: a candidate's id, or `none`
    #[arg(long, value_name = "FILE.csv")]
    pub decisions: Option<PathBuf>,
    /// Least score of a link, between 0 and 1
    #[arg(long, default_value_t = LinkOptions::default().threshold, allow_negative_numbers = true)]
    pub threshold: f64,
}

/// What stays on one side of the split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SplitArg {
    /// All songs of an artist
    Artist,
    /// Each song by itself
    Random,
}

/// Runs the command.
///
/// # Errors
///
/// Options that do not fit together, files that can't be read or written, a csv without its columns, a
/// genre without songs. The catalogue that stood there before is then unchanged.
pub fn run(args: &Args) -> anyhow::Result<()> {
    check(args)?;
    let outputs = Outputs::beside(&args.out);
    own_output::expect_kind(&args.out, "catalogue", |bytes| {
        own_output::has_column(bytes, "track_id")
    })?;
    let decisions = outputs.decisions(args.decisions.as_deref())?;
    let mut report = Report { settings: settings(args), ..Report::default() };
    let (songs, mut ambiguous) = songs(args, &decisions, &mut report)?;
    let mut tracks = select(args, songs, &mut report)?;
    let by = match args.split {
        SplitArg::Artist => SplitBy::Artist,
        SplitArg::Random => SplitBy::Random,
    };
    assign_splits(&mut tracks, by, Seed(args.seed));
    report.count_tracks(&tracks);
    report.note_shares(by);
    keep_decisions(&decisions, &mut ambiguous);
    outputs.write(tracks, &ambiguous, &report)?;
    print!("{}", report.summary());
    outputs.tell(&report);
    Ok(())
}

fn check(args: &Args) -> anyhow::Result<()> {
    if !(args.threshold > 0.0 && args.threshold < 1.0) {
        bail!("--threshold {} is not between 0 and 1", args.threshold);
    }
    match (&args.lyrics, &args.audio) {
        (None, None) => bail!("give --lyrics, --audio or both: there are no songs otherwise"),
        (Some(_), None) if args.per_genre.is_none() => {
            bail!(
                "--lyrics without --audio lists the most viewed songs: say how many with --per-genre"
            )
        }
        _ if args.per_genre == Some(0) => bail!("--per-genre 0 keeps no song"),
        _ => Ok(()),
    }
}

fn settings(args: &Args) -> std::collections::BTreeMap<&'static str, String> {
    let path = |path: &Option<PathBuf>| {
        path.as_ref().map_or_else(String::new, |path| path.display().to_string())
    };
    [
        ("lyrics", path(&args.lyrics)),
        ("audio", path(&args.audio)),
        ("genres", args.genres.join(",")),
        ("per_genre", args.per_genre.map_or_else(|| "all".to_owned(), |n| n.to_string())),
        ("balanced", (!args.unbalanced).to_string()),
        ("language", args.language.clone()),
        ("split", format!("{:?}", args.split).to_lowercase()),
        ("seed", args.seed.to_string()),
        ("threshold", args.threshold.to_string()),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
    ]
    .into()
}

fn songs(
    args: &Args,
    decisions: &Decisions,
    report: &mut Report,
) -> anyhow::Result<(Vec<Track>, Vec<Ambiguous>)> {
    let language = args.language.trim().to_lowercase();
    let wanted = Wanted {
        genres: args.genres.iter().map(|genre| genre.trim().to_lowercase()).collect(),
        language: (language != "any").then_some(language),
    };
    let catalog_folder = folder_of(&args.out);
    files::make_folder(catalog_folder)?;
    let audio = args.audio.as_deref().map(|audio| AudioFolder::new(audio, catalog_folder));
    let found = match (&args.lyrics, audio.transpose()?) {
        (Some(lyrics), Some(audio)) => {
            let options = LinkOptions { threshold: args.threshold, ..LinkOptions::default() };
            songs::linked(lyrics, &audio, (decisions.clone(), options), &wanted, report)?
        }
        (None, Some(audio)) => (songs::tagged(&audio, &wanted, report)?, Vec::new()),
        (Some(lyrics), None) => {
            let per_genre = args.per_genre.unwrap_or(usize::MAX);
            (songs::most_viewed(lyrics, per_genre, &wanted, report)?, Vec::new())
        }
        (None, None) => (Vec::new(), Vec::new()),
    };
    Ok(found)
}

fn select(args: &Args, songs: Vec<Track>, report: &mut Report) -> anyhow::Result<Vec<Track>> {
    let genres: Vec<String> = args.genres.iter().map(|genre| genre.trim().to_lowercase()).collect();
    let quota = GenreQuota { per_genre: args.per_genre, balanced: !args.unbalanced };
    let (tracks, dropped) = choose(songs, &genres, quota).inspect_err(|_| {
        eprint!("{}", report.summary());
    })?;
    for (reason, n) in dropped {
        if args.lyrics.is_some() {
            report.drop_rows(reason, n);
        } else {
            report.drop_files(reason, n);
        }
    }
    if args.lyrics.is_some() {
        report.rows_kept = tracks.len() as u64;
    }
    Ok(tracks)
}

/// Decisions stay in the file of ambiguous links, so that it can be given back again and again.
fn keep_decisions(decisions: &Decisions, ambiguous: &mut Vec<Ambiguous>) {
    for (path, decision) in decisions.iter() {
        let decision = match decision {
            Decision::None => "none".to_owned(),
            Decision::Row(id) => id.clone(),
        };
        match ambiguous.iter_mut().find(|file| file.audio_path == path) {
            Some(file) => file.decision = decision,
            None => ambiguous.push(Ambiguous {
                audio_path: path.to_owned(),
                why: "decided".to_owned(),
                candidates: Vec::new(),
                decision,
            }),
        }
    }
    ambiguous.sort_by(|a, b| a.audio_path.cmp(&b.audio_path));
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The files that the command writes.
struct Outputs {
    catalog: PathBuf,
    report: PathBuf,
    ambiguous: PathBuf,
}

impl Outputs {
    fn beside(catalog: &Path) -> Self {
        Self {
            catalog: catalog.to_owned(),
            report: catalog.with_extension("report.json"),
            ambiguous: catalog.with_extension("ambiguous.csv"),
        }
    }

    /// The decisions that were given. Those that stand in the file which is about to be written again
    /// must be among them: they are a person's work.
    fn decisions(&self, given: Option<&Path>) -> anyhow::Result<Decisions> {
        let read = |path: &Path| -> anyhow::Result<Decisions> {
            let reader = files::open(path)?;
            Decisions::read_csv(reader).with_context(|| format!("'{}'", path.display()))
        };
        let decisions = given.map(read).transpose()?.unwrap_or_default();
        if self.ambiguous.exists() {
            let there = read(&self.ambiguous)?;
            if let Some((path, _)) = there
                .iter()
                .find(|(path, decision)| !decisions.iter().any(|given| given == (*path, *decision)))
            {
                bail!(
                    "'{}' holds a decision on '{path}' that would be lost; give it with --decisions, or \
                     move the file away",
                    self.ambiguous.display()
                );
            }
        }
        Ok(decisions)
    }

    /// Writes the catalogue last, so that it never stands there without the others.
    fn write(
        &self,
        tracks: Vec<Track>,
        ambiguous: &[Ambiguous],
        report: &Report,
    ) -> anyhow::Result<()> {
        let catalog = Catalog::new(tracks)?;
        let (mut links, mut table) = (Vec::new(), Vec::new());
        write_ambiguous(ambiguous, &mut links)?;
        catalog.write_csv(&mut table)?;
        files::write(&self.ambiguous, &links)?;
        files::write(&self.report, &serde_json::to_vec_pretty(report)?)?;
        files::write(&self.catalog, &table)?;
        Ok(())
    }

    fn tell(&self, report: &Report) {
        println!("written: {} and {}", self.catalog.display(), self.report.display());
        if report.files.ambiguous > 0 {
            println!(
                "to decide: fill in the last column of {path} and run again with --decisions {path}",
                path = self.ambiguous.display()
            );
        }
    }
}

#[cfg(test)]
mod tests;
