//! Which rows and tracks the catalogue keeps.

use super::genius::LyricsRow;
use super::language::Language;
use super::link::song_key;
use super::other_genres::OtherGenres;
use super::track::{Track, TrackId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Why something is not in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DropReason {
    /// The row can't be read.
    BrokenRow,
    /// A genre that was not asked for, or none.
    Genre,
    /// A page of translations ("Genius English Translations"), not a song.
    TranslationPage,
    /// No lyrics.
    NoLyrics,
    /// Another language.
    Language,
    /// Artist and title of a row that is viewed more.
    Duplicate,
    /// The id of another song that comes before it in the csv.
    RepeatedId,
    /// Artist and title of a file that comes before it.
    DuplicateFile,
    /// No audio file was linked to it.
    NoAudio,
    /// Viewed less than as many others of its genre as were asked for.
    BeyondPerGenre,
    /// Left out so that every genre has equally many.
    Balance,
}

impl DropReason {
    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::BrokenRow => "broken row",
            Self::Genre => "genre not asked for",
            Self::TranslationPage => "page of translations",
            Self::NoLyrics => "no lyrics",
            Self::Language => "other language",
            Self::Duplicate => "duplicate artist and title",
            Self::RepeatedId => "id of another song",
            Self::DuplicateFile => "artist and title of another file",
            Self::NoAudio => "no audio",
            Self::BeyondPerGenre => "beyond the number per genre",
            Self::Balance => "balance between genres",
        }
    }
}

/// Decides row by row what may be a song of the catalogue, before anything is known of audio.
pub struct RowFilter<D> {
    genres: Vec<String>,
    language: Option<String>,
    detect: D,
    /// Most views met so far of each song: 16 bytes a song, also for millions.
    seen: HashMap<u64, u64>,
    other_genres: OtherGenres,
}

/// A row that passes, and what it passes over.
pub struct Passed {
    /// The row, its language filled in.
    pub row: LyricsRow,
    /// Whether the same song came before with fewer views: that row is now the duplicate.
    pub replaces: bool,
}

impl<D: Fn(&str) -> Option<Language>> RowFilter<D> {
    /// Keeps these genres (any case) and this language (`None`: any). `detect` tells the language of
    /// lyrics where the columns do not.
    pub fn new(genres: &[String], language: Option<&str>, detect: D) -> Self {
        Self {
            genres: genres.iter().map(|genre| genre.to_lowercase()).collect(),
            language: language.map(str::to_lowercase),
            detect,
            seen: HashMap::new(),
            other_genres: OtherGenres::default(),
        }
    }

    /// Whether a row passes.
    ///
    /// # Errors
    ///
    /// Why it does not.
    pub fn pass(&mut self, mut row: LyricsRow) -> Result<Passed, DropReason> {
        row.genre = row.genre.to_lowercase();
        if !self.genres.contains(&row.genre) {
            self.other_genres.count(&row.genre);
            return Err(DropReason::Genre);
        }
        if is_translation_page(&row.artist) {
            return Err(DropReason::TranslationPage);
        }
        if row.lyrics.trim().is_empty() {
            return Err(DropReason::NoLyrics);
        }
        row.language = row.language.or_else(|| (self.detect)(&row.lyrics));
        if let Some(wanted) = &self.language
            && row.language.as_ref().is_none_or(|language| language.code != *wanted)
        {
            return Err(DropReason::Language);
        }
        let views = row.views.unwrap_or(0);
        let song = song_key(&row.artist, &row.title);
        match self.seen.insert(song, views) {
            Some(before) if before >= views => {
                self.seen.insert(song, before);
                Err(DropReason::Duplicate)
            }
            before => Ok(Passed { row, replaces: before.is_some() }),
        }
    }

    /// Genres of the rows that did not pass because of theirs.
    pub fn other_genres(&self) -> &OtherGenres {
        &self.other_genres
    }
}

/// Genius keeps translations and the like under artists of its own: "Genius English Translations",
/// "Genius Traductions françaises", "Genius Romanizations".
fn is_translation_page(artist: &str) -> bool {
    let mut words = artist.split_whitespace();
    words.next().is_some_and(|word| word.eq_ignore_ascii_case("genius")) && words.next().is_some()
}

/// The most viewed rows of each genre, in bounded memory.
#[derive(Debug, Default)]
pub struct MostViewed {
    per_genre: usize,
    rows: HashMap<u64, LyricsRow>,
    /// By genre: views, then the earlier line, then the key of the song.
    order: BTreeMap<String, BTreeSet<(u64, Reverse<u64>, u64)>>,
}

impl MostViewed {
    /// Keeps that many of each genre.
    pub fn new(per_genre: usize) -> Self {
        Self { per_genre, ..Self::default() }
    }

    /// Takes in a row, in place of the same song offered before; gives whether one was pushed out.
    pub fn offer(&mut self, row: LyricsRow) -> bool {
        let song = song_key(&row.artist, &row.title);
        if let Some(before) = self.rows.remove(&song)
            && let Some(order) = self.order.get_mut(&before.genre)
        {
            order.remove(&place(&before, song));
        }
        let order = self.order.entry(row.genre.clone()).or_default();
        order.insert(place(&row, song));
        self.rows.insert(song, row);
        if order.len() <= self.per_genre {
            return false;
        }
        if let Some((_, _, song)) = order.pop_first() {
            self.rows.remove(&song);
        }
        true
    }

    /// The rows, in the order of the csv.
    pub fn finish(self) -> Vec<LyricsRow> {
        let mut rows: Vec<LyricsRow> = self.rows.into_values().collect();
        rows.sort_by_key(|row| row.line);
        rows
    }
}

fn place(row: &LyricsRow, song: u64) -> (u64, Reverse<u64>, u64) {
    (row.views.unwrap_or(0), Reverse(row.line), song)
}

/// Of songs with one id the first of the csv; gives those that have to go, in the order of the csv, each with
/// the line of the one that stays. `row` tells the row of a song.
pub fn one_song_an_id<T>(songs: Vec<T>, row: impl Fn(&T) -> &LyricsRow) -> (Vec<T>, Vec<(T, u64)>) {
    let mut first_lines: HashMap<TrackId, u64> = HashMap::new();
    for row in songs.iter().map(&row) {
        let line = first_lines.entry(row.track_id()).or_insert(row.line);
        *line = row.line.min(*line);
    }
    let (mut kept, mut repeated) = (Vec::new(), Vec::new());
    for song in songs {
        let (line, first) = (row(&song).line, first_lines[&row(&song).track_id()]);
        if line == first { kept.push(song) } else { repeated.push((song, first)) }
    }
    repeated.sort_by_key(|(song, _)| row(song).line);
    (kept, repeated)
}

/// How many tracks of each genre are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GenreQuota {
    /// At most that many; `None`: all.
    pub per_genre: Option<usize>,
    /// Whether each genre gets as many as the smallest.
    pub balanced: bool,
}

/// Keeps the most viewed tracks of each of `genres`; ties are broken by id. Gives the tracks and how
/// many were dropped for each reason.
///
/// # Errors
///
/// If a genre has no track.
pub fn choose(
    tracks: Vec<Track>,
    genres: &[String],
    quota: GenreQuota,
) -> Result<(Vec<Track>, BTreeMap<DropReason, u64>), SelectError> {
    let mut by_genre: BTreeMap<String, Vec<Track>> =
        genres.iter().map(|genre| (genre.to_lowercase(), Vec::new())).collect();
    for track in tracks {
        by_genre.entry(track.genre.clone()).or_default().push(track);
    }
    let counts: BTreeMap<&str, usize> =
        by_genre.iter().map(|(genre, tracks)| (genre.as_str(), tracks.len())).collect();
    if let Some(genre) = by_genre.iter().find(|(_, tracks)| tracks.is_empty()) {
        let found = counts.iter().map(|(genre, n)| format!("{genre} {n}")).collect::<Vec<_>>();
        return Err(SelectError::EmptyGenre { genre: genre.0.clone(), found: found.join(", ") });
    }
    let quota_at = quota.per_genre.unwrap_or(usize::MAX);
    let smallest = counts.values().copied().min().unwrap_or(0);
    let limit = if quota.balanced { quota_at.min(smallest) } else { quota_at };
    let mut dropped = BTreeMap::new();
    let mut kept = Vec::new();
    for mut tracks in by_genre.into_values() {
        tracks.sort_by(|a, b| b.views.cmp(&a.views).then(a.track_id.cmp(&b.track_id)));
        let beyond = tracks.len().saturating_sub(quota_at);
        let balance = tracks.len().saturating_sub(limit) - beyond;
        *dropped.entry(DropReason::BeyondPerGenre).or_insert(0) += beyond as u64;
        *dropped.entry(DropReason::Balance).or_insert(0) += balance as u64;
        tracks.truncate(limit);
        kept.extend(tracks);
    }
    Ok((kept, dropped))
}

/// What can be wrong with a selection.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SelectError {
    /// No song of a genre.
    #[error(
        "no song of genre '{genre}' is left (found: {found}); leave it out of --genres, or see above what \
         was dropped, and which genres songs have that were not asked for"
    )]
    EmptyGenre {
        /// The genre.
        genre: String,
        /// Songs found of each genre.
        found: String,
    },
}

#[cfg(test)]
mod tests {
    use super::super::Split;
    use super::*;

    fn row(line: u64, genre: &str, artist: &str, views: u64) -> LyricsRow {
        LyricsRow {
            line,
            title: "T".into(),
            artist: artist.into(),
            genre: genre.into(),
            lyrics: "la".into(),
            views: Some(views),
            ..LyricsRow::default()
        }
    }

    fn english(_: &str) -> Option<Language> {
        Some(Language { code: "en".into(), confidence: 0.8, is_detected: true })
    }

    #[test]
    fn rows_are_dropped_by_reason() {
        let mut filter = RowFilter::new(&["rap".into(), "POP".into()], Some("en"), english);
        let mut reason = |row| filter.pass(row).err();
        assert_eq!(reason(row(1, "Misc", "A", 1)), Some(DropReason::Genre));
        assert_eq!(
            reason(row(1, "rap", "Genius English Translations", 1)),
            Some(DropReason::TranslationPage)
        );
        assert_eq!(
            reason(LyricsRow { lyrics: " \n".into(), ..row(1, "rap", "A", 1) }),
            Some(DropReason::NoLyrics)
        );
        let french = Language { code: "fr".into(), confidence: 1.0, is_detected: false };
        assert_eq!(
            reason(LyricsRow { language: Some(french), ..row(1, "rap", "A", 1) }),
            Some(DropReason::Language)
        );
        assert_eq!(reason(row(1, "Pop", "Genius", 1)), None);
        assert_eq!(reason(row(1, "rap", "Bob", 5)), None);
        assert_eq!(reason(row(2, "rap", "BOB", 4)), Some(DropReason::Duplicate));
        assert!(filter.pass(row(3, "rap", "bob", 6)).is_ok_and(|passed| passed.replaces));
        assert_eq!(filter.other_genres().to_string(), "misc 1");
    }

    #[test]
    fn the_most_viewed_are_kept() {
        let mut rows = MostViewed::new(2);
        let pushed: Vec<bool> = [(1, "A", 5), (2, "B", 9), (3, "C", 7), (4, "D", 1), (5, "b", 10)]
            .map(|(line, artist, views)| rows.offer(row(line, "pop", artist, views)))
            .into();
        assert_eq!(pushed, [false, false, true, true, false]);
        let kept: Vec<String> = rows.finish().into_iter().map(|row| row.artist).collect();
        assert_eq!(kept, ["C", "b"]);
    }

    #[test]
    fn of_songs_with_one_id_the_first_of_the_csv_stays() {
        let with_id = |line, id: &str| LyricsRow { id: id.into(), ..row(line, "pop", "A", 1) };
        let rows = vec![with_id(9, "a"), with_id(7, "b"), with_id(4, "a"), with_id(6, "a")];
        let (kept, repeated) = one_song_an_id(rows, |row| row);
        assert_eq!(kept.iter().map(|row| row.line).collect::<Vec<_>>(), [7, 4]);
        let repeated: Vec<_> = repeated.iter().map(|(row, first)| (row.line, *first)).collect();
        assert_eq!(repeated, [(6, 4), (9, 4)]);
    }

    fn track(genre: &str, number: u64) -> Track {
        Track {
            track_id: TrackId::from_parts(&[genre, &number.to_string()]),
            title: String::new(),
            artist: String::new(),
            genre: genre.into(),
            year: None,
            views: Some(number),
            language: String::new(),
            language_source: String::new(),
            language_confidence: None,
            audio_path: String::new(),
            lyrics: String::new(),
            split: Split::Train,
            link_score: None,
            link_reasons: String::new(),
        }
    }

    #[test]
    fn genres_are_balanced_by_the_smallest() {
        let tracks = || -> Vec<Track> {
            let pop = (0..10).map(|n| track("pop", n));
            pop.chain((0..4).map(|n| track("rap", n))).collect()
        };
        let genres = ["pop".to_owned(), "rap".to_owned()];
        let quota = GenreQuota { per_genre: Some(6), balanced: true };
        let (kept, dropped) = choose(tracks(), &genres, quota).unwrap();
        let views: Vec<u64> = kept.iter().filter_map(|track| track.views).collect();
        assert_eq!(views, [9, 8, 7, 6, 3, 2, 1, 0]);
        assert_eq!(dropped[&DropReason::BeyondPerGenre], 4);
        assert_eq!(dropped[&DropReason::Balance], 2);
        let quota = GenreQuota { per_genre: None, balanced: false };
        assert_eq!(choose(tracks(), &genres, quota).unwrap().0.len(), 14);
        let genres = ["pop".to_owned(), "rock".to_owned()];
        let error = choose(tracks(), &genres, quota).unwrap_err().to_string();
        assert!(error.contains("'rock'") && error.contains("pop 10"), "{error}");
    }
}
