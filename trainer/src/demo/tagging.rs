//! How a song's file is named and tagged: as a downloader would have it, with all that goes wrong.

use super::artist::Artist;
use super::song::Song;
use lofty::TextEncoding;
use lofty::config::WriteOptions;
use lofty::error::FileEncodingError;
use lofty::id3::v2::{Frame, FrameId, Id3v2Tag, TextInformationFrame, UnsynchronizedTextFrame};
use lofty::ogg::tag::VorbisComments;
use lofty::tag::TagExt;
use shared::random::Seed;
use std::io::Cursor;

/// The kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// MP3 at 128 kbit/s.
    Mp3,
    /// FLAC of 16 bit.
    Flac,
}

/// What happened to the title on its way into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Distortion {
    None,
    Remastered,
    Accents,
    LowerCase,
    Official,
}

/// Distortions with their weights.
const DISTORTIONS: [(Distortion, f64); 5] = [
    (Distortion::None, 6.0),
    (Distortion::Remastered, 1.0),
    (Distortion::Accents, 1.0),
    (Distortion::LowerCase, 0.7),
    (Distortion::Official, 0.7),
];

/// Name and tags of a song's file.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// File name, unique in the catalogue.
    pub file_name: String,
    /// Kind of the file.
    pub format: Format,
    title: Option<String>,
    artist: Option<String>,
    isrc: Option<String>,
    year: Option<u16>,
    lyrics: Option<String>,
}

impl Label {
    /// Draws name and tags for a song.
    pub fn draw(seed: Seed, song: &Song, roster: &[Artist]) -> Self {
        let mut stream = seed.stream(&format!("demo/label/{}", song.index));
        let weights = DISTORTIONS.map(|(_, weight)| weight);
        let distortion = DISTORTIONS[stream.weighted(&weights)].0;
        let artist = &roster[song.artist].name;
        let guest = song.guest.map(|guest| roster[guest].name.as_str());
        let mut title = song.title.clone();
        let guest_in_title = stream.chance(0.5);
        if let Some(guest) = guest.filter(|_| guest_in_title) {
            title = format!("{title} (feat. {guest})");
        }
        let title = distorted(&title, distortion);
        let artists = match guest {
            Some(guest) => format!("{artist}, {guest}"),
            None => artist.clone(),
        };
        // One in eight, spread evenly over the genres: the format must not tell the genre.
        let format =
            if (song.index / 4 + song.index) % 8 == 7 { Format::Flac } else { Format::Mp3 };
        let extension = if format == Format::Flac { "flac" } else { "mp3" };
        let name = distorted(
            &format!("{artists} - {title}"),
            match distortion {
                Distortion::Accents => Distortion::Accents,
                _ => Distortion::None,
            },
        );
        let tagged = stream.chance(0.8);
        let isrc = format!("ZZSGE{:02}{:05}", song.year % 100, song.index + 1);
        Self {
            file_name: format!("{}.{extension}", safe(&name)),
            format,
            title: tagged.then_some(title),
            artist: tagged.then(|| artists.replace(", ", "; ")),
            isrc: Some(isrc).filter(|_| tagged && stream.chance(0.3)),
            year: Some(song.year).filter(|_| tagged),
            lyrics: Some(song.lyrics.clone()).filter(|_| tagged && stream.chance(0.25)),
        }
    }

    /// The file's bytes with these tags written into them.
    ///
    /// # Errors
    ///
    /// What the tag library reports.
    pub fn tag(&self, file: Vec<u8>) -> Result<Vec<u8>, FileEncodingError> {
        if self.title.is_none() {
            return Ok(file);
        }
        let mut file = Cursor::new(file);
        match self.format {
            Format::Mp3 => self.id3().save_to(&mut file, WriteOptions::default())?,
            Format::Flac => self.vorbis_comments().save_to(&mut file, WriteOptions::default())?,
        }
        Ok(file.into_inner())
    }

    // The two kinds of tags are filled by hand: the library's common form writes its items in
    // random order, and the same song must give the same bytes.

    fn id3(&self) -> Id3v2Tag {
        let mut tag = Id3v2Tag::new();
        let year = self.year.map(|year| year.to_string());
        let texts =
            [("TIT2", &self.title), ("TPE1", &self.artist), ("TSRC", &self.isrc), ("TDRC", &year)];
        for (id, text) in texts {
            if let Some(text) = text {
                tag.insert(Frame::Text(TextInformationFrame::new(
                    FrameId::Valid(id.into()),
                    TextEncoding::UTF8,
                    text.clone(),
                )));
            }
        }
        if let Some(lyrics) = &self.lyrics {
            tag.insert(Frame::UnsynchronizedText(UnsynchronizedTextFrame::new(
                TextEncoding::UTF8,
                *b"eng",
                "",
                lyrics.clone(),
            )));
        }
        tag
    }

    fn vorbis_comments(&self) -> VorbisComments {
        let mut tag = VorbisComments::new();
        let year = self.year.map(|year| year.to_string());
        let texts = [
            ("TITLE", &self.title),
            ("ARTIST", &self.artist),
            ("ISRC", &self.isrc),
            ("DATE", &year),
            ("LYRICS", &self.lyrics),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                tag.push(key.to_owned(), text.clone());
            }
        }
        tag
    }
}

fn distorted(text: &str, distortion: Distortion) -> String {
    match distortion {
        Distortion::None => text.to_owned(),
        Distortion::Remastered => format!("{text} - Remastered 2011"),
        Distortion::Accents => any_ascii::any_ascii(text),
        Distortion::LowerCase => text.to_lowercase(),
        Distortion::Official => format!("{text} (Official Audio)"),
    }
}

/// A file name: what some file systems forbid is left out or replaced, as downloaders do.
fn safe(name: &str) -> String {
    name.chars()
        .filter(|letter| !"?*<>|\\".contains(*letter))
        .map(|letter| match letter {
            '/' | ':' => '-',
            '"' => '\'',
            letter => letter,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_holds_nothing_forbidden() {
        assert_eq!(safe("A/B: \"What?\" *<>|\\"), "A-B- 'What' ");
    }
}
