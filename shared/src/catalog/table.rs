//! `catalog.csv`: reading and writing the list of tracks.

use super::{NumberedRows, RowError, Split, Track, TrackId, shown_header};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// Columns of `catalog.csv`, in the order in which they are written.
const COLUMNS: [&str; 14] = [
    "track_id",
    "title",
    "artist",
    "genre",
    "year",
    "views",
    "language",
    "language_source",
    "language_confidence",
    "audio_path",
    "lyrics",
    "split",
    "link_score",
    "link_reasons",
];

/// The list of tracks, sorted by id, no id twice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalog {
    tracks: Vec<Track>,
}

impl Catalog {
    /// A catalogue of these tracks.
    ///
    /// # Errors
    ///
    /// If an id stands twice.
    pub fn new(mut tracks: Vec<Track>) -> Result<Self, CatalogError> {
        tracks.sort_by(|a, b| a.track_id.cmp(&b.track_id));
        if let Some(pair) = tracks.windows(2).find(|pair| pair[0].track_id == pair[1].track_id) {
            return Err(CatalogError::TwiceTheSameId { track_id: pair[0].track_id.clone() });
        }
        Ok(Self { tracks })
    }

    /// The tracks, sorted by id.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// The track of that id.
    pub fn track(&self, track_id: &TrackId) -> Option<&Track> {
        let at = self.tracks.binary_search_by(|track| track.track_id.cmp(track_id)).ok()?;
        Some(&self.tracks[at])
    }

    /// The tracks of one split, sorted by id.
    pub fn split(&self, split: Split) -> impl Iterator<Item = &Track> {
        self.tracks.iter().filter(move |track| track.split == split)
    }

    /// The genres, sorted: the classes of the networks, in the order of their indices.
    pub fn genres(&self) -> Vec<String> {
        let genres: BTreeSet<&str> = self.tracks.iter().map(|t| t.genre.as_str()).collect();
        genres.into_iter().map(str::to_owned).collect()
    }

    /// Reads `catalog.csv`. Columns may stand in any order and further ones are ignored.
    ///
    /// # Errors
    ///
    /// A column that is missing or twice there, a value that does not fit its column (with its line), an
    /// id twice, text that is not UTF-8.
    pub fn read_csv(reader: impl io::Read) -> Result<Self, CatalogError> {
        let rows = NumberedRows::new(reader)?;
        let headers = rows.headers().clone();
        let names = || headers.iter().map(|name| name.trim_start_matches('\u{feff}'));
        let position: BTreeMap<&str, usize> =
            names().enumerate().map(|(at, name)| (name, at)).collect();
        let required = ["track_id", "title", "artist", "genre", "audio_path", "split"];
        if let Some(column) = required.into_iter().find(|name| !position.contains_key(name)) {
            return Err(CatalogError::MissingColumn { column, found: shown_header(names()) });
        }
        let stands_twice = |column: &&str| names().filter(|name| name == column).count() > 1;
        if let Some(column) = COLUMNS.into_iter().find(stands_twice) {
            return Err(CatalogError::ColumnTwice { column });
        }
        let mut tracks = Vec::new();
        for row in rows {
            let (line, row) = row?;
            let field = |name: &str| position.get(name).and_then(|at| row.get(*at)).unwrap_or("");
            tracks.push(track_from_row(line, field)?);
        }
        Self::new(tracks)
    }

    /// Writes `catalog.csv`.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn write_csv(&self, writer: impl io::Write) -> Result<(), CatalogError> {
        let mut writer = csv::Writer::from_writer(writer);
        writer.write_record(COLUMNS)?;
        for track in &self.tracks {
            writer.write_record(row_from_track(track))?;
        }
        writer.flush().map_err(csv::Error::from)?;
        Ok(())
    }
}

fn row_from_track(track: &Track) -> [String; 14] {
    fn optional<T: ToString>(value: Option<T>) -> String {
        value.map_or_else(String::new, |value| value.to_string())
    }
    [
        track.track_id.to_string(),
        track.title.clone(),
        track.artist.clone(),
        track.genre.clone(),
        optional(track.year),
        optional(track.views),
        track.language.clone(),
        track.language_source.clone(),
        optional(track.language_confidence),
        track.audio_path.clone(),
        track.lyrics.clone(),
        track.split.to_string(),
        optional(track.link_score),
        track.link_reasons.clone(),
    ]
}

fn track_from_row<'a>(
    line: u64,
    field: impl Fn(&'static str) -> &'a str,
) -> Result<Track, CatalogError> {
    let wrong = |column: &'static str, expected: &'static str| CatalogError::WrongValue {
        line,
        column,
        expected,
        got: field(column).chars().take(80).collect(),
    };
    Ok(Track {
        track_id: TrackId::parse(field("track_id"))
            .ok_or_else(|| wrong("track_id", "1 to 64 letters, digits, - or _"))?,
        title: field("title").to_owned(),
        artist: field("artist").to_owned(),
        genre: Some(field("genre").trim())
            .filter(|genre| !genre.is_empty())
            .ok_or_else(|| wrong("genre", "a genre"))?
            .to_owned(),
        year: optional(field("year")).ok_or_else(|| wrong("year", "a whole number or nothing"))?,
        views: optional(field("views"))
            .ok_or_else(|| wrong("views", "a whole number or nothing"))?,
        language: field("language").to_owned(),
        language_source: field("language_source").to_owned(),
        language_confidence: optional(field("language_confidence"))
            .ok_or_else(|| wrong("language_confidence", "a number or nothing"))?,
        audio_path: field("audio_path").to_owned(),
        lyrics: field("lyrics").to_owned(),
        split: Split::from_name(field("split"))
            .ok_or_else(|| wrong("split", "train, validation or test"))?,
        link_score: optional(field("link_score"))
            .ok_or_else(|| wrong("link_score", "a number or nothing"))?,
        link_reasons: field("link_reasons").to_owned(),
    })
}

/// `Some(None)` for an empty field, `None` for one that does not parse.
fn optional<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
    if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
}

/// What can be wrong with a catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A column that is needed is not there.
    #[error(
        "the catalogue has no column '{column}'; its first line is '{found}', and commas must stand \
         between the columns; make it with `segue catalog`"
    )]
    MissingColumn {
        /// Its name.
        column: &'static str,
        /// The header as it is.
        found: String,
    },
    /// A column that is read stands twice.
    #[error("the catalogue has the column '{column}' twice; remove or rename one of them")]
    ColumnTwice {
        /// Its name.
        column: &'static str,
    },
    /// A field that does not parse.
    #[error("catalogue line {line}, column '{column}': expected {expected}, got '{got}'")]
    WrongValue {
        /// Line of the file, from 1.
        line: u64,
        /// Column.
        column: &'static str,
        /// What the column takes.
        expected: &'static str,
        /// What stands there.
        got: String,
    },
    /// Two tracks with one id.
    #[error("the catalogue has track_id '{track_id}' twice")]
    TwiceTheSameId {
        /// The id.
        track_id: TrackId,
    },
    /// Not a csv, or not readable.
    #[error("the catalogue can't be read as csv")]
    Row(#[from] RowError),
    /// Not writable.
    #[error("the catalogue can't be written as csv")]
    Csv(#[from] csv::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(id: &str) -> Track {
        Track {
            track_id: TrackId::parse(id).unwrap(),
            title: "Line\nbreak, \"quoted\"".into(),
            artist: "Ä".into(),
            genre: "pop".into(),
            year: Some(1999),
            views: None,
            language: "en".into(),
            language_source: "column".into(),
            language_confidence: Some(0.5),
            audio_path: "a/b.mp3".into(),
            lyrics: "one\r\ntwo".into(),
            split: Split::Test,
            link_score: Some(0.875),
            link_reasons: "isrc".into(),
        }
    }

    #[test]
    fn csv_round_trip() {
        let catalog = Catalog::new(vec![track("b"), track("a")]).unwrap();
        let mut bytes = Vec::new();
        catalog.write_csv(&mut bytes).unwrap();
        assert_eq!(Catalog::read_csv(bytes.as_slice()).unwrap(), catalog);
        assert_eq!(catalog.tracks()[0].track_id.as_str(), "a");
    }

    #[test]
    fn a_wrong_value_names_line_and_column() {
        let csv = "track_id,title,artist,genre,audio_path,split,year\na,t,r,g,p,test,x\n";
        for csv in [csv.to_owned(), csv.replace('\n', "\r\n")] {
            let error = Catalog::read_csv(csv.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("line 2") && error.contains("'year'"), "{error}");
        }
        let csv = csv.replace(",x\n", ",\n");
        let read = |genre: &str| Catalog::read_csv(csv.replace(",g,", genre).as_bytes());
        assert_eq!(read(", pop ,").unwrap().tracks()[0].genre, "pop");
        let error = read(", ,").unwrap_err().to_string();
        assert!(error.contains("line 2, column 'genre': expected a genre"), "{error}");
    }

    #[test]
    fn a_missing_column_is_named() {
        let error = Catalog::read_csv("title;artist\n".as_bytes()).unwrap_err().to_string();
        assert!(error.contains("'track_id'") && error.contains("'title;artist'"), "{error}");
        assert!(error.contains("commas"), "{error}");
    }

    #[test]
    fn a_column_that_stands_twice_is_named_where_it_is_read() {
        let csv = "track_id,title,artist,genre,audio_path,split,note,note,\na,t,r,g,p,test,x,y,\n";
        assert_eq!(Catalog::read_csv(csv.as_bytes()).unwrap().tracks().len(), 1);
        let csv = csv.replacen("note", "genre", 1);
        let error = Catalog::read_csv(csv.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("column 'genre' twice"), "{error}");
    }

    #[test]
    fn other_encodings_are_told_to_be_saved_as_utf_8() {
        let csv = b"track_id,title,artist,genre,audio_path,split\na,\xc4,r,g,p,test\n";
        let CatalogError::Row(error) = Catalog::read_csv(&csv[..]).unwrap_err() else { panic!() };
        let error = error.to_string();
        assert!(error.contains("line 2, field 2") && error.contains("as UTF-8"), "{error}");
    }

    #[test]
    fn one_id_twice_is_refused() {
        let error = Catalog::new(vec![track("a"), track("a")]).unwrap_err().to_string();
        assert!(error.contains("'a' twice"), "{error}");
    }

    #[test]
    fn ids_are_stable() {
        assert_eq!(TrackId::from_parts(&["genius", "1"]).as_str(), "fa2ff1a7e5387158");
        assert_ne!(TrackId::from_parts(&["a", "bc"]), TrackId::from_parts(&["ab", "c"]));
    }
}
