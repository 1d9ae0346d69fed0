//! What audio files say of themselves: their tags, the text beside them, their length.

use crate::files::{self, FileError};
use lofty::config::ParseOptions;
use lofty::file::{AudioFile as _, FileType, TaggedFileExt};
use lofty::probe::Probe;
use lofty::tag::{ItemKey, Tag};
use rayon::prelude::*;
use shared::catalog::AudioFile;
use std::path::{Path, PathBuf};

/// Endings of files that are taken for audio, lower case. Those of [`UNDECODABLE_EXTENSION`] are told and
/// skipped.
pub const AUDIO_EXTENSIONS: [&str; 9] =
    ["mp3", "flac", "ogg", "oga", "wav", "m4a", "mp4", "aac", "opus"];

/// Ending of files that no program of this project can decode.
const UNDECODABLE_EXTENSION: &str = "opus";

/// The audio files in a folder and those below it, as far as their tags can be read.
#[derive(Debug, Default)]
pub struct TaggedFiles {
    /// All files; those without readable tags have only their path.
    pub files: Vec<AudioFile>,
    /// Why tags could not be read.
    pub unreadable: Vec<TagError>,
    /// Files that are skipped, because no catalogue could name them.
    pub misnamed: Vec<NameError>,
    /// Files that are skipped, because they can't be decoded.
    pub undecodable: Vec<FormatError>,
}

/// Reads the tags of all audio files below a folder, on all cores.
///
/// Lyrics come from the tags or else from a `.txt` or `.lrc` file of the same name beside the file.
///
/// # Errors
///
/// If a folder can't be read. A file that can't be read is told in the result.
pub fn read_below(folder: &Path) -> Result<TaggedFiles, FileError> {
    if !folder.is_dir() {
        files::read(folder)?;
    }
    let below = files::list_below(folder)?;
    let (mut audio, mut misnamed) = (Vec::new(), Vec::new());
    for path in below.iter().filter(|path| has_extension(path, &AUDIO_EXTENSIONS)) {
        match relative(folder, path) {
            Ok(name) => audio.push((path, name)),
            Err(error) => misnamed.push(error),
        }
    }
    let read: Vec<Read> = audio.into_par_iter().map(|(path, name)| read(path, name)).collect();
    let mut found = TaggedFiles { misnamed, ..TaggedFiles::default() };
    for Read { file, fault, undecodable } in read {
        match undecodable {
            Some(format) => found.undecodable.push(FormatError { path: file.path, format }),
            None => {
                found.files.push(file);
                found.unreadable.extend(fault);
            }
        }
    }
    Ok(found)
}

/// What was read of a file.
struct Read {
    file: AudioFile,
    /// Why its tags could not be read.
    fault: Option<TagError>,
    /// Its format, where that can't be decoded.
    undecodable: Option<&'static str>,
}

fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|e| wanted.contains(&e.to_ascii_lowercase().as_str()))
}

fn read(path: &Path, name: String) -> Read {
    let mut file = AudioFile { path: name, ..AudioFile::default() };
    let format = add_tags(path, &mut file);
    if file.lyrics.trim().is_empty() {
        file.lyrics = lyrics_beside(path).unwrap_or_default();
    }
    let by_ending = has_extension(path, &[UNDECODABLE_EXTENSION]).then_some(UNDECODABLE_EXTENSION);
    let by_content = format.as_ref().ok().copied().and_then(undecodable);
    Read { file, fault: format.err(), undecodable: by_content.or(by_ending) }
}

/// The name of a format that can't be decoded. What the file is, its content tells: Opus also stands in
/// files that end in `.ogg`.
fn undecodable(format: FileType) -> Option<&'static str> {
    match format {
        FileType::Opus => Some("opus"),
        FileType::Speex => Some("speex"),
        FileType::Aiff => Some("aiff"),
        FileType::Ape => Some("ape"),
        FileType::Mpc => Some("mpc"),
        FileType::WavPack => Some("wavpack"),
        _ => None,
    }
}

/// The path below the folder, with `/` on every platform.
fn relative(folder: &Path, path: &Path) -> Result<String, NameError> {
    let below = path.strip_prefix(folder).unwrap_or(path);
    let parts: Option<Vec<&str>> =
        below.components().map(|part| part.as_os_str().to_str()).collect();
    parts.map(|parts| parts.join("/")).ok_or_else(|| NameError { path: below.to_owned() })
}

/// Fills in what the tags say; gives the format of the file.
fn add_tags(path: &Path, file: &mut AudioFile) -> Result<FileType, TagError> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| TagError {
        path: path.to_owned(),
        source,
    };
    let mut options = ParseOptions::new();
    options.read_cover_art(false);
    let probe = Probe::open(path).map_err(|e| failed(e.into()))?;
    let probe = probe.options(options).guess_file_type().map_err(|e| failed(e.into()))?;
    let tagged = probe.read().map_err(|e| failed(e.into()))?;
    let secs = tagged.properties().duration().as_secs_f64();
    file.duration_secs = (secs > 0.0).then_some(secs);
    // Several kinds of tags may stand in one file; the first that knows a thing tells it.
    for tag in tagged.primary_tag().into_iter().chain(tagged.tags()) {
        fill(file, tag);
    }
    Ok(tagged.file_type())
}

fn fill(file: &mut AudioFile, tag: &Tag) {
    let text = |key| tag.get_string(key).unwrap_or("").trim().to_owned();
    let all = |key| {
        let values = tag.get_strings(key).flat_map(|value| value.split('\0'));
        values.map(str::trim).filter(|value| !value.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let set = |field: &mut String, value: String| {
        if field.is_empty() {
            *field = value;
        }
    };
    set(&mut file.title, text(ItemKey::TrackTitle));
    set(&mut file.artist, all(ItemKey::TrackArtist));
    set(&mut file.artist, all(ItemKey::TrackArtists));
    set(&mut file.album, text(ItemKey::AlbumTitle));
    set(&mut file.genre, all(ItemKey::Genre));
    set(&mut file.isrc, text(ItemKey::Isrc));
    set(&mut file.lyrics, text(ItemKey::UnsyncLyrics));
    set(&mut file.lyrics, text(ItemKey::Lyrics));
    let date = [ItemKey::RecordingDate, ItemKey::Year, ItemKey::ReleaseDate];
    file.year = file.year.or_else(|| {
        let found = date.into_iter().find_map(|key| tag.get_string(key)?.get(..4)?.parse().ok());
        found.filter(|year| (1000..3000).contains(year))
    });
}

/// The lyrics in a text file beside; the times of an `.lrc` file are taken out.
fn lyrics_beside(path: &Path) -> Option<String> {
    let text = files::read_text(&path.with_extension("txt"));
    let text = text.or_else(|_| files::read_text(&path.with_extension("lrc"))).ok()?;
    let lines = text.lines().map(without_times).filter(|line| !is_lrc_header(line));
    Some(lines.collect::<Vec<_>>().join("\n"))
}

/// `[01:23.45] words` without its times.
fn without_times(line: &str) -> &str {
    let mut rest = line.trim();
    while let Some((time, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        let is_time = time.starts_with(|c: char| c.is_ascii_digit())
            && time.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.'));
        if !is_time {
            break;
        }
        rest = after.trim_start();
    }
    rest
}

/// `[ar:Artist]` and the like.
fn is_lrc_header(line: &str) -> bool {
    let inner = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let name = inner.and_then(|inner| inner.split_once(':')).map(|(name, _)| name);
    name.is_some_and(|name| {
        ["ar", "ti", "al", "au", "by", "re", "ve", "length", "offset"].contains(&name)
    })
}

/// A name that no text file can hold.
#[derive(Debug, thiserror::Error)]
#[error("{path:?} is not UTF-8; rename the file or folder to use it, for example with `convmv`")]
pub struct NameError {
    /// Path below the folder of audio files.
    pub path: PathBuf,
}

/// A file that is sound, but not of a kind that can be decoded.
#[derive(Debug, thiserror::Error)]
#[error(
    "'{path}' cannot be decoded: {format}; convert it to use it, for example to flac with `ffmpeg`"
)]
pub struct FormatError {
    /// Path below the folder of audio files.
    pub path: String,
    /// Name of its format.
    pub format: &'static str,
}

/// Tags that can't be read.
#[derive(Debug, thiserror::Error)]
#[error("the tags of '{}' can't be read", path.display())]
pub struct TagError {
    /// File.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use lofty::config::WriteOptions;
    use lofty::tag::{TagExt, TagType};

    fn silence(path: &Path) {
        let samples = vec![0.0f32; 22_050];
        files::write(path, &crate::mp3::encode(&[samples], 22_050).unwrap()).unwrap();
    }

    #[test]
    fn tags_text_and_length_are_read_and_faults_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let tagged = folder.path().join("rock/a.mp3");
        silence(&tagged);
        let mut tag = Tag::new(TagType::Id3v2);
        tag.insert_text(ItemKey::TrackTitle, "Title".into());
        tag.insert_text(ItemKey::TrackArtist, "AC/DC".into());
        tag.insert_text(ItemKey::Isrc, "USABC1100001".into());
        tag.insert_text(ItemKey::RecordingDate, "1999-05-01".into());
        tag.save_to_path(&tagged, WriteOptions::default()).unwrap();
        let lrc = b"[ar:Me]\n[00:01.00]one\n[Chorus]\n[00:02.50][00:09.00] two\n";
        files::write(&folder.path().join("rock/a.lrc"), lrc).unwrap();
        silence(&folder.path().join("plain.mp3"));
        files::write(&folder.path().join("broken.mp3"), b"no audio").unwrap();
        files::write(&folder.path().join("notes.doc"), b"x").unwrap();

        let found = read_below(folder.path()).unwrap();
        let paths: Vec<&str> = found.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["broken.mp3", "plain.mp3", "rock/a.mp3"]);
        let file = &found.files[2];
        assert_eq!((file.title.as_str(), file.artist.as_str()), ("Title", "AC/DC"));
        assert_eq!((file.isrc.as_str(), file.year), ("USABC1100001", Some(1999)));
        assert_eq!(file.lyrics, "one\n[Chorus]\ntwo");
        let secs = file.duration_secs.unwrap();
        assert!((0.9..1.3).contains(&secs), "{secs} s");
        assert_eq!(found.unreadable.len(), 1);
        assert!(found.unreadable[0].to_string().contains("broken.mp3"));
        assert!(read_below(&folder.path().join("absent")).is_err());
    }

    #[test]
    fn opus_is_told_and_skipped_whatever_its_ending() {
        let folder = tempfile::tempdir().unwrap();
        silence(&folder.path().join("a.mp3"));
        files::write(&folder.path().join("b/one.OPUS"), b"any bytes").unwrap();
        files::write(&folder.path().join("c.ogg"), &opus_header()).unwrap();
        let found = read_below(folder.path()).unwrap();
        let paths: Vec<&str> = found.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a.mp3"]);
        assert!(found.unreadable.is_empty(), "{:?}", found.unreadable);
        let told: Vec<String> = found.undecodable.iter().map(FormatError::to_string).collect();
        assert!(told[0].starts_with("'b/one.OPUS' cannot be decoded: opus;"), "{told:?}");
        assert!(told[1].starts_with("'c.ogg' cannot be decoded: opus;"), "{told:?}");
    }

    /// The two header pages and an empty last page of an Ogg file with Opus (RFC 7845).
    fn opus_header() -> Vec<u8> {
        let identification = b"OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0".to_vec();
        let comments = b"OpusTags\x04\0\0\0some\0\0\0\0".to_vec();
        let pages = [(0x02, identification), (0x00, comments), (0x04, vec![0xfc, 0xff, 0xfe])];
        let mut file = Vec::new();
        for (number, (kind, packet)) in pages.into_iter().enumerate() {
            let mut page = b"OggS\0".to_vec();
            page.push(kind);
            page.extend([0; 8]);
            page.extend(7u32.to_le_bytes());
            page.extend((number as u32).to_le_bytes());
            page.extend([0; 4]);
            page.extend([1, packet.len() as u8]);
            page.extend(packet);
            let checksum = ogg_checksum(&page).to_le_bytes();
            page[22..26].copy_from_slice(&checksum);
            file.extend(page);
        }
        file
    }

    fn ogg_checksum(page: &[u8]) -> u32 {
        page.iter().fold(0, |checksum, byte| {
            (0..8).fold(checksum ^ (u32::from(*byte) << 24), |sum, _| {
                (sum << 1) ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 }
            })
        })
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_not_utf8_is_told_and_skipped() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        silence(&folder.path().join("Beyoncé - Halo.mp3"));
        silence(&folder.path().join(OsStr::from_bytes(b"Beyonc\xe9 - Halo.mp3")));
        silence(&folder.path().join(OsStr::from_bytes(b"Beyonc\xe9/Halo.mp3")));
        files::write(&folder.path().join(OsStr::from_bytes(b"n\xf6tes.doc")), b"x").unwrap();
        let found = read_below(folder.path()).unwrap();
        let paths: Vec<&str> = found.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["Beyoncé - Halo.mp3"]);
        let mut misnamed: Vec<String> = found.misnamed.iter().map(NameError::to_string).collect();
        misnamed.sort();
        assert_eq!(misnamed.len(), 2, "{misnamed:?}");
        assert!(misnamed[0].contains("Beyonc\\xE9 - Halo.mp3"), "{misnamed:?}");
        assert!(misnamed[1].contains("Beyonc\\xE9/Halo.mp3"), "{misnamed:?}");
        assert!(misnamed.iter().all(|text| text.contains("rename")), "{misnamed:?}");
    }
}
