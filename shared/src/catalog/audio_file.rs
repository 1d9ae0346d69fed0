//! What is known of an audio file before it is heard.

use super::normalize::ArtistName;
use super::title::{TitleName, Versions, dashes, is_remark};

/// An audio file and its tags. Fields are empty or `None` where the file does not tell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AudioFile {
    /// Path with `/`, relative to the folder of audio files.
    pub path: String,
    /// Title tag.
    pub title: String,
    /// Artist tags, joined by `, ` where there are several.
    pub artist: String,
    /// Album tag.
    pub album: String,
    /// Genre tag.
    pub genre: String,
    /// International Standard Recording Code.
    pub isrc: String,
    /// Lyrics in the tags, or in a text file beside.
    pub lyrics: String,
    /// Year of release.
    pub year: Option<i32>,
    /// Length in seconds.
    pub duration_secs: Option<f64>,
}

impl AudioFile {
    /// The name of the file without folders and extension.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or("");
        match name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() && extension.len() <= 5 => stem,
            _ => name,
        }
    }

    /// Artist and title by the tags or, where one is missing, by the name of the file, `Artist - Title`.
    pub fn artist_and_title(&self) -> (String, String) {
        let stem = words(self.stem());
        let (by_name_artist, by_name_title) = match stem.split_once(" - ") {
            Some((artist, title)) => (artist.trim(), title.trim()),
            None => ("", stem.trim()),
        };
        let choose = |tag: &str, by_name: &str| {
            if tag.is_empty() { by_name.to_owned() } else { tag.to_owned() }
        };
        (choose(&self.artist, by_name_artist), choose(&self.title, by_name_title))
    }
}

/// One way of reading artist and title out of tags and name.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// Artist; `None` where this reading has none.
    pub(super) artist: Option<ArtistName>,
    /// Title.
    pub(super) title: TitleName,
    /// How much less likely this reading is, in natural log-odds.
    pub(super) cost: f64,
    /// Where it comes from, for people.
    pub(super) source: &'static str,
}

/// All readings of a file, the likeliest first.
///
/// Tags first; then `Artist - Title` and `Title - Artist` at each dash of the name, without a leading
/// track number; then the folders above as artist; at last the name as a title alone.
pub(super) fn readings(file: &AudioFile) -> Vec<Reading> {
    let stem = words(file.stem());
    let mut found = Vec::new();
    if !file.title.is_empty() && !file.artist.is_empty() {
        found.push(reading(&file.artist, &file.title, 0.0, "tags"));
    }
    let numbered = without_track_number(&stem);
    for (text, cost) in [(Some(stem.as_str()), 0.3), (numbered, 0.3)] {
        if let Some(text) = text {
            name_readings(text, cost, &mut found);
        }
    }
    let plain_title = if file.title.is_empty() { numbered.unwrap_or(&stem) } else { &file.title };
    if file.artist.is_empty() {
        for folder in file.path.rsplit('/').skip(1).take(2) {
            found.push(reading(&words(folder), plain_title, 1.0, "folder"));
        }
    } else if file.title.is_empty() {
        found.push(reading(&file.artist, plain_title, 0.3, "artist tag and name"));
    }
    let title = TitleName::of(plain_title);
    found.push(Reading { artist: None, title, cost: 1.0, source: "title alone" });
    // A recording is live if any source says so: each reading learns it from the others.
    let versions = version_of(file, &stem);
    for reading in &mut found {
        reading.title.versions = reading.title.versions.union(versions);
    }
    found
}

/// The version that tags and name tell between them. A name is looked at without what stands before a
/// dash: in "Ann - Live Like Thieves" the title begins with "Live", it is not a live version. Nor is it
/// turned round where a remark would become the artist, as in "Ann - Demo of Us - Remastered".
fn version_of(file: &AudioFile, stem: &str) -> Versions {
    let mut titles: Vec<TitleName> = Vec::new();
    for (left, right) in dashed_pairs(stem) {
        titles.push(TitleName::of(right));
        if !is_remark(right) {
            titles.push(TitleName::of(left));
        }
    }
    if titles.is_empty() {
        titles.push(TitleName::of(stem));
    }
    let by_tag = TitleName::of(&file.title).versions;
    titles.iter().map(|title| title.versions).fold(by_tag, Versions::union)
}

/// What stands before and after each dash.
fn dashed_pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = dashes(text).map(|dash| (text[..dash.start].trim(), text[dash.end..].trim()));
    pairs.filter(|(left, right)| !left.is_empty() && !right.is_empty())
}

fn name_readings(text: &str, cost: f64, found: &mut Vec<Reading>) {
    for (left, right) in dashed_pairs(text) {
        found.push(reading(left, right, cost, "name"));
        found.push(reading(right, left, cost + 1.5, "name, turned round"));
    }
}

fn reading(artist: &str, title: &str, cost: f64, source: &'static str) -> Reading {
    Reading { artist: Some(ArtistName::of(artist)), title: TitleName::of(title), cost, source }
}

/// Underscores stand for spaces in names that have no space.
fn words(name: &str) -> String {
    if name.contains(' ') { name.to_owned() } else { name.replace('_', " ") }
}

/// `01 - Title`, `01. Title`, `1-01 Title` without the number.
fn without_track_number(stem: &str) -> Option<&str> {
    let n_digits = stem.bytes().take_while(u8::is_ascii_digit).count();
    if n_digits == 0 || n_digits > 3 {
        return None;
    }
    let rest = stem[n_digits..].trim_start_matches(['.', '-', ')', ' ']);
    (!rest.is_empty() && rest.len() < stem.len() - n_digits).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &AudioFile) -> Vec<(String, String, &'static str)> {
        let artist = |r: &Reading| r.artist.as_ref().map_or(String::new(), |a| a.full.clone());
        readings(file).iter().map(|r| (artist(r), r.title.full.join(" "), r.source)).collect()
    }

    #[test]
    fn names_are_read_at_each_dash_both_ways() {
        let file = AudioFile { path: "x/Ann, Bob - One - Two.mp3".into(), ..AudioFile::default() };
        let found = read(&file);
        for expected in [
            ("annbob", "one two", "name"),
            ("onetwo", "ann bob", "name, turned round"),
            ("annbobone", "two", "name"),
            ("x", "ann bob one two", "folder"),
        ] {
            let expected = (expected.0.to_owned(), expected.1.to_owned(), expected.2);
            assert!(found.contains(&expected), "{expected:?} is not in {found:?}");
        }
    }

    #[test]
    fn tags_come_first_and_track_numbers_go() {
        let file = AudioFile {
            path: "Ann/01 - One_Two.mp3".into(),
            title: "One Two".into(),
            artist: "Ann".into(),
            ..AudioFile::default()
        };
        assert_eq!(read(&file)[0], ("ann".into(), "one two".into(), "tags"));
        let untagged = AudioFile { path: "Ann/01_Two.mp3".into(), ..AudioFile::default() };
        assert!(read(&untagged).contains(&("ann".into(), "two".into(), "folder")));
        assert_eq!(untagged.artist_and_title(), (String::new(), "01 Two".into()));
    }

    #[test]
    fn a_version_in_the_name_reaches_the_tags() {
        let file = AudioFile {
            path: "Ann - One (Live).mp3".into(),
            title: "One".into(),
            artist: "Ann".into(),
            ..AudioFile::default()
        };
        assert_eq!(readings(&file)[0].title.versions.names(), "live");
        let versions = |path: &str| {
            let song = AudioFile { path: path.into(), ..AudioFile::default() };
            readings(&song)[0].title.versions.names()
        };
        assert_eq!(versions("Ann - Live Like Thieves.mp3"), "plain");
        assert_eq!(versions("Ann - Demo of Us - 2015 Remastered Version.mp3"), "plain");
        assert_eq!(versions("Ann - Us - Demo - Remastered.mp3"), "demo");
        assert_eq!(versions("Us (Live) - Ann.mp3"), "live");
    }
}
