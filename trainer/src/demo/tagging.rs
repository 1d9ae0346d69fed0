//! How a song's file is named and tagged: as a downloader would have it, with all that goes wrong.

use super::artist::Artist;
use super::song::Song;
use lofty::config::WriteOptions;
use lofty::error::FileEncodingError;
use lofty::tag::{Accessor, ItemKey, Tag, TagExt, TagType};
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
        let kind = match self.format {
            Format::Mp3 => TagType::Id3v2,
            Format::Flac => TagType::VorbisComments,
        };
        let mut tag = Tag::new(kind);
        if let Some(title) = &self.title {
            tag.set_title(title.clone());
        }
        if let Some(artist) = &self.artist {
            tag.set_artist(artist.clone());
        }
        if let Some(year) = self.year {
            tag.insert_text(ItemKey::RecordingDate, year.to_string());
        }
        if let Some(isrc) = &self.isrc {
            tag.insert_text(ItemKey::Isrc, isrc.clone());
        }
        if let Some(lyrics) = &self.lyrics {
            let key = if kind == TagType::Id3v2 { ItemKey::UnsyncLyrics } else { ItemKey::Lyrics };
            tag.insert_text(key, lyrics.clone());
        }
        if tag.is_empty() {
            return Ok(file);
        }
        let mut file = Cursor::new(file);
        tag.save_to(&mut file, WriteOptions::default())?;
        Ok(file.into_inner())
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
