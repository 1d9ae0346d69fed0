//! Where the songs of a catalogue come from: a lyrics csv, audio files, or both.

use crate::audio_tags::{self, TaggedFiles};
use crate::files::{self, FileError};
use crate::language;
use indicatif::{ProgressBar, ProgressStyle};
use shared::catalog::{
    Ambiguous, AudioFile, Decisions, DropReason, GeniusError, GeniusReader, Link, LinkOptions,
    Linker, LyricsRow, MAX_LISTED, MostViewed, Report, RowFilter, Split, Track, TrackId, fold,
    main_artist_key, one_song_an_id, song_key,
};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What a song must be.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Genres, lower case.
    pub genres: Vec<String>,
    /// ISO 639-1 code; `None`: any language.
    pub language: Option<String>,
}

/// Audio files and where the catalogue finds them.
#[derive(Debug, Clone)]
pub struct AudioFolder {
    /// Folder of the audio files.
    pub folder: PathBuf,
    /// What comes before a file's path in the column `audio_path`: the way from the catalogue to the
    /// folder, or the whole way where the folder does not lie below the catalogue.
    pub prefix: PathBuf,
}

impl AudioFolder {
    /// Of a folder, for a catalogue in another.
    ///
    /// # Errors
    ///
    /// If one of the folders is not there, or the catalogue could not name the folder of audio files.
    pub fn new(folder: &Path, catalog_folder: &Path) -> Result<Self, FileError> {
        let whole = |path: &Path| {
            path.canonicalize().map_err(|source| FileError::Read { path: path.to_owned(), source })
        };
        let (absolute, catalog_folder) = (whole(folder)?, whole(catalog_folder)?);
        if absolute.to_str().is_none() {
            let fix = "its path is not UTF-8; rename or move the folder";
            let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, fix);
            return Err(FileError::Read { path: absolute, source });
        }
        let prefix = match absolute.strip_prefix(&catalog_folder) {
            Ok(below) => below.to_owned(),
            Err(_) => absolute.clone(),
        };
        Ok(Self { folder: absolute, prefix })
    }

    fn audio_path(&self, path: &str) -> String {
        let parts = self.prefix.join(path);
        parts.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
    }

    fn read(&self, report: &mut Report) -> Result<Vec<AudioFile>, FileError> {
        let TaggedFiles { files, unreadable, misnamed, undecodable } =
            audio_tags::read_below(&self.folder)?;
        report.files.found = (files.len() + misnamed.len() + undecodable.len()) as u64;
        report.files.misnamed = misnamed.len() as u64;
        report.misnamed_files = misnamed.iter().map(ToString::to_string).collect();
        report.files.undecodable = undecodable.len() as u64;
        report.undecodable_files = undecodable.iter().map(ToString::to_string).collect();
        report.files.unreadable = unreadable.len() as u64;
        let describe = |fault: &audio_tags::TagError| format!("{fault}: {}", fault.source);
        report.unreadable_files = unreadable.iter().map(describe).collect();
        Ok(files)
    }
}

/// Songs of a lyrics csv that have an audio file. Also gives the files for a person to decide.
///
/// # Errors
///
/// If the csv, its header or the folder can't be read.
pub fn linked(
    lyrics: &Path,
    audio: &AudioFolder,
    (decisions, options): (Decisions, LinkOptions),
    wanted: &Wanted,
    report: &mut Report,
) -> Result<(Vec<Track>, Vec<Ambiguous>), SongError> {
    let files = audio.read(report)?;
    let mut linker = Linker::new(files, decisions, options);
    let mut replaced = 0;
    let n_passed = each_row(lyrics, wanted, report, |row, replaces| {
        replaced += u64::from(replaces);
        linker.offer(row);
    })?;
    let linked = linker.finish();
    let n_linked = linked.links.len() as u64;
    report.drop_rows(DropReason::Duplicate, replaced);
    report.drop_rows(DropReason::NoAudio, n_passed - replaced - n_linked);
    let (links, repeated) = one_song_an_id(linked.links, |link| &link.row);
    report.drop_files(DropReason::RepeatedId, repeated.len() as u64);
    drop_repeated(repeated.iter().map(|(link, first)| (&link.row, *first)), report);
    report.files.linked = links.len() as u64;
    let by_hand = links.iter().filter(|link| link.reasons.starts_with("decided by hand"));
    report.files.decided = by_hand.count() as u64;
    report.files.ambiguous = linked.ambiguous.len() as u64;
    report.files.without_row = linked.without_row.len() as u64;
    report.files.surplus = linked.surplus.len() as u64;
    report.files.left_out = linked.left_out.len() as u64;
    report.files_without_row = linked.without_row;
    report.surplus_files =
        linked.surplus.iter().map(|(file, taker)| surplus(file, taker)).collect();
    let unusable =
        linked.unusable_decisions.iter().map(|text| format!("decision unusable: {text}"));
    report.notes.extend(unusable);
    let tracks = links.into_iter().map(|link| track_of_link(link, audio)).collect();
    Ok((tracks, linked.ambiguous))
}

/// The most viewed songs of a lyrics csv, without audio: a list of what to look for.
///
/// # Errors
///
/// If the csv or its header can't be read.
pub fn most_viewed(
    lyrics: &Path,
    per_genre: usize,
    wanted: &Wanted,
    report: &mut Report,
) -> Result<Vec<Track>, SongError> {
    let mut rows = MostViewed::new(per_genre);
    let mut replaced = 0;
    let n_passed = each_row(lyrics, wanted, report, |row, replaces| {
        replaced += u64::from(replaces);
        rows.offer(row);
    })?;
    let rows = rows.finish();
    report.drop_rows(DropReason::Duplicate, replaced);
    report.drop_rows(DropReason::BeyondPerGenre, n_passed - replaced - rows.len() as u64);
    let (rows, repeated) = one_song_an_id(rows, |row| row);
    drop_repeated(repeated.iter().map(|(row, first)| (row, *first)), report);
    Ok(rows.into_iter().map(track_of_row).collect())
}

/// Songs of audio files alone: genre by sub-folder or tag, lyrics by tag or text file beside. Of files of one
/// artist and title the first in the order of their paths is taken.
///
/// # Errors
///
/// If the folder can't be read.
pub fn tagged(
    audio: &AudioFolder,
    wanted: &Wanted,
    report: &mut Report,
) -> Result<Vec<Track>, SongError> {
    let mut tracks = Vec::new();
    let mut takers: HashMap<u64, String> = HashMap::new();
    for file in audio.read(report)? {
        let Some(genre) = genre_of(&file, &wanted.genres) else {
            report.drop_files(DropReason::Genre, 1);
            report.other_genres.count(tags(&file).next().unwrap_or_default());
            continue;
        };
        let path = file.path.clone();
        let track = track_of_file(file, genre, audio);
        let other = wanted
            .language
            .as_ref()
            .is_some_and(|wanted| !track.lyrics.is_empty() && track.language != *wanted);
        if other {
            report.drop_files(DropReason::Language, 1);
            continue;
        }
        if let Some(song) = known_song(&track) {
            let taker = takers.entry(song).or_insert_with(|| path.clone());
            if *taker != path {
                report.drop_files(DropReason::DuplicateFile, 1);
                report.surplus_files.push(surplus(&path, taker));
                continue;
            }
        }
        tracks.push(track);
    }
    Ok(tracks)
}

/// Tells rows whose id is that of the song of another line.
fn drop_repeated<'a>(
    repeated: impl ExactSizeIterator<Item = (&'a LyricsRow, u64)>,
    report: &mut Report,
) {
    report.drop_rows(DropReason::RepeatedId, repeated.len() as u64);
    report.repeated_ids = repeated
        .take(MAX_LISTED)
        .map(|(row, first)| {
            format!(
                "line {}: '{}' by '{}' has id '{}' of line {first}; give it another to keep both",
                row.line, row.title, row.artist, row.id
            )
        })
        .collect();
}

/// The key of a song; `None` where the artist is unknown, since such songs may share a title and still be
/// others.
fn known_song(track: &Track) -> Option<u64> {
    let known = !main_artist_key(&track.artist).is_empty();
    known.then(|| song_key(&track.artist, &track.title))
}

fn surplus(file: &str, taker: &str) -> String {
    format!("'{file}': '{taker}' has its song")
}

/// Streams the rows that pass the filter; gives their number.
fn each_row(
    lyrics: &Path,
    wanted: &Wanted,
    report: &mut Report,
    mut take: impl FnMut(LyricsRow, bool),
) -> Result<u64, SongError> {
    let file = files::open(lyrics)?;
    let bar = progress(file.metadata().map_or(0, |metadata| metadata.len()));
    let of_csv = |source| SongError::Csv { path: lyrics.to_owned(), source };
    let mut reader = GeniusReader::new(bar.wrap_read(file)).map_err(of_csv)?;
    if !reader.has_views() {
        report.notes.push("no column 'views': songs are preferred by id instead".to_owned());
    }
    if let Some(language) = wanted.language.as_ref().filter(|_| !reader.has_language()) {
        let known = language::LANGUAGES.map(|(_, code)| code);
        if !known.contains(&language.as_str()) {
            return Err(SongError::Language {
                language: language.clone(),
                known: known.join(", "),
            });
        }
    }
    let mut filter = RowFilter::new(&wanted.genres, wanted.language.as_deref(), language::detect);
    let mut n_passed = 0;
    while let Some(row) = reader.next_row().map_err(of_csv)? {
        report.rows_read += 1;
        match row.map(|row| filter.pass(row)) {
            Ok(Ok(passed)) => {
                n_passed += 1;
                take(passed.row, passed.replaces);
            }
            Ok(Err(reason)) => report.drop_rows(reason, 1),
            Err(broken) => {
                report.drop_rows(DropReason::BrokenRow, 1);
                if report.broken_rows.len() < MAX_LISTED {
                    report.broken_rows.push(format!("{broken}: {}", broken.fault));
                }
            }
        }
    }
    bar.finish_and_clear();
    report.other_genres = filter.other_genres().clone();
    Ok(n_passed)
}

fn progress(n_bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "reading lyrics {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left",
    );
    ProgressBar::new(n_bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn track_of_link(link: Link, audio: &AudioFolder) -> Track {
    Track {
        audio_path: audio.audio_path(&link.file.path),
        link_score: Some((link.score * 1e4).round() / 1e4),
        link_reasons: link.reasons,
        ..track_of_row(link.row)
    }
}

fn track_of_row(row: LyricsRow) -> Track {
    let (language, language_source, language_confidence) = by_language(row.language.as_ref());
    Track {
        track_id: row.track_id(),
        title: row.title,
        artist: row.artist,
        genre: row.genre,
        year: row.year,
        views: row.views,
        language,
        language_source,
        language_confidence,
        audio_path: String::new(),
        lyrics: row.lyrics,
        split: Split::Train,
        link_score: None,
        link_reasons: String::new(),
    }
}

fn by_language(language: Option<&shared::catalog::Language>) -> (String, String, Option<f64>) {
    match language {
        Some(language) => {
            let confidence = (language.confidence * 1e4).round() / 1e4;
            (language.code.clone(), language.source().to_owned(), Some(confidence))
        }
        None => Default::default(),
    }
}

fn track_of_file(file: AudioFile, genre: String, audio: &AudioFolder) -> Track {
    let (artist, title) = file.artist_and_title();
    let found = language::detect(&file.lyrics);
    let (language, language_source, language_confidence) = by_language(found.as_ref());
    Track {
        track_id: TrackId::from_parts(&["audio", &file.path]),
        title,
        artist,
        genre,
        year: file.year,
        views: None,
        language,
        language_source,
        language_confidence,
        audio_path: audio.audio_path(&file.path),
        lyrics: file.lyrics,
        split: Split::Train,
        link_score: None,
        link_reasons: String::new(),
    }
}

/// The genre by the innermost sub-folder that is named as one, else by the tag. "Hip-Hop" is rap.
fn genre_of(file: &AudioFile, genres: &[String]) -> Option<String> {
    let folders = file.path.rsplit('/').skip(1);
    folders.chain(tags(file)).find_map(|name| {
        let name = fold(name);
        let name = if matches!(name.as_str(), "hip hop" | "hiphop") { "rap" } else { &name };
        genres.iter().find(|genre| fold(genre) == name).cloned()
    })
}

/// The genres that the tag names.
fn tags(file: &AudioFile) -> impl Iterator<Item = &str> {
    file.genre.split([',', ';', '/', '|'])
}

/// What can be wrong with the sources of songs.
#[derive(Debug, thiserror::Error)]
pub enum SongError {
    /// A file or folder.
    #[error(transparent)]
    File(#[from] FileError),
    /// The lyrics csv.
    #[error("'{}' can't be used", path.display())]
    Csv {
        /// File.
        path: PathBuf,
        /// Why.
        #[source]
        source: GeniusError,
    },
    /// A language that can't be detected.
    #[error(
        "the lyrics csv has no column of languages, and '{language}' can't be detected; known are \
         {known}, and `--language any`"
    )]
    Language {
        /// Language asked for.
        language: String,
        /// Languages that can be detected.
        known: String,
    },
}
