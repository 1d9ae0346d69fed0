//! Writing the catalogue: songs, csv and a note, all of it resumable.

use super::artist::{Artist, roster};
use super::song::Song;
use super::tagging::Label;
use super::{DemoError, DemoFiles, DemoOptions, encode, lyrics_csv};
use crate::files;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Changes whenever the same options give other songs: songs made by an older version are made anew.
const COMPOSER_VERSION: u32 = 1;

/// What lies in the folder of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stamp {
    composer_version: u32,
    options: DemoOptions,
    /// Names of the audio files that belong to the catalogue.
    audio: BTreeSet<String>,
}

/// The text of `README.txt`.
const README: &str = "\
The demo catalogue of Segue

The songs in the folder `audio` and the words in `lyrics.csv` were composed, rendered and written by
rule by the program `segue demo`. Artists and titles are invented; no recording, melody or text of
anybody was used. Whoever made this catalogue has dedicated it to the public domain under CC0 1.0
(https://creativecommons.org/publicdomain/zero/1.0/): it is free of rights, for any use.

`lyrics.csv` has a row for each song, and further rows on purpose: songs without audio, other genres,
other languages, translations, duplicates and two broken rows. Views, years and ids are drawn at
random.
";

/// Writes the demo catalogue into a folder: `audio/`, `lyrics.csv`, `README.txt` and `demo.json`,
/// which notes the options.
///
/// Songs that are there already from the same options are not made again; those of other options
/// are removed first. `progress` is called with the number of songs done, from several threads.
///
/// # Errors
///
/// If there is no song to make, the length is out of range, or a file can't be encoded, tagged or
/// written.
pub fn write_catalogue(
    out: &Path,
    options: &DemoOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<DemoFiles, DemoError> {
    options.check()?;
    let roster = roster(options.seed, options.n_songs);
    let songs = songs(options, &roster);
    let labels = labels(options, &songs, &roster);
    let audio = out.join("audio");
    stamp(out, &audio, options, &labels)?;
    let n_done = AtomicUsize::new(0);
    songs.par_iter().zip(&labels).try_for_each(|(song, label)| {
        let path = audio.join(&label.file_name);
        if !path.exists() {
            write_song(&path, options, song, label, &roster)?;
        }
        progress(n_done.fetch_add(1, Ordering::Relaxed) + 1);
        Ok::<(), DemoError>(())
    })?;
    let lyrics = out.join("lyrics.csv");
    files::write(&lyrics, &lyrics_csv::csv(options.seed, &songs, &roster)?)?;
    files::write(&out.join("README.txt"), README.as_bytes())?;
    Ok(DemoFiles { audio, lyrics, n_songs: songs.len() })
}

/// All songs; where a title comes up twice, the later one is told apart.
fn songs(options: &DemoOptions, roster: &[Artist]) -> Vec<Song> {
    let mut titles = BTreeSet::new();
    (0..options.n_songs)
        .map(|index| {
            let mut song = Song::write(options.seed, index, roster);
            if !titles.insert(song.title.to_lowercase()) {
                song.title = format!("{} No. {}", song.title, index + 1);
                titles.insert(song.title.to_lowercase());
            }
            song
        })
        .collect()
}

fn labels(options: &DemoOptions, songs: &[Song], roster: &[Artist]) -> Vec<Label> {
    songs.iter().map(|song| Label::draw(options.seed, song, roster)).collect()
}

/// Makes sure that a folder without a stamp holds nothing but, perhaps, songs of a demo that was not begun well.
fn expect_nobodys(out: &Path) -> Result<(), DemoError> {
    if !out.is_dir() {
        return Ok(());
    }
    match files::entries(out)?.into_iter().find(|name| name != "audio") {
        Some(name) => Err(DemoError::InTheWay { folder: out.to_owned(), name }),
        None => Ok(()),
    }
}

/// Notes the options in the folder, and removes the songs of other options.
fn stamp(
    out: &Path,
    audio: &Path,
    options: &DemoOptions,
    labels: &[Label],
) -> Result<(), DemoError> {
    let path = out.join("demo.json");
    let now = Stamp {
        composer_version: COMPOSER_VERSION,
        options: options.clone(),
        audio: labels.iter().map(|label| label.file_name.clone()).collect(),
    };
    if !path.exists() {
        expect_nobodys(out)?;
    } else {
        let text = files::read_text(&path)?;
        let before: Stamp = serde_json::from_str(&text)
            .map_err(|source| DemoError::Stamp { path: path.clone(), source })?;
        if before == now {
            return Ok(());
        }
        for name in before.audio.iter().filter_map(|name| Path::new(name).file_name()) {
            files::remove(&audio.join(name))?;
        }
    }
    files::make_folder(audio)?;
    // A name of this catalogue that is there without the stamp is nobody's song of these options.
    for name in &now.audio {
        files::remove(&audio.join(name))?;
    }
    let text = serde_json::to_string_pretty(&now)
        .map_err(|source| DemoError::Stamp { path: path.clone(), source })?;
    files::write(&path, text.as_bytes())?;
    Ok(())
}

fn write_song(
    path: &Path,
    options: &DemoOptions,
    song: &Song,
    label: &Label,
    roster: &[Artist],
) -> Result<(), DemoError> {
    let sides = song.render(options.seed, roster, options.duration_secs);
    let encoded = encode::encode(&sides, label.format)
        .map_err(|source| DemoError::Song { path: path.to_owned(), source })?;
    let tagged =
        label.tag(encoded).map_err(|source| DemoError::Tag { path: path.to_owned(), source })?;
    files::write(path, &tagged)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::genre::Genre;
    use super::*;
    use lofty::file::{AudioFile as _, TaggedFileExt as _};
    use lofty::tag::Accessor as _;
    use shared::random::Seed;
    use std::collections::BTreeMap;

    fn options(seed: u64) -> DemoOptions {
        DemoOptions { seed: Seed(seed), n_songs: 8, duration_secs: 3.0 }
    }

    fn write(folder: &Path, options: &DemoOptions) -> BTreeMap<String, Vec<u8>> {
        let files = write_catalogue(folder, options, &|_| ()).unwrap();
        let paths = files::list(&files.audio).unwrap();
        assert_eq!(paths.len(), options.n_songs);
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        paths.iter().map(|path| (name(path), files::read(path).unwrap())).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_files_and_another_one_others() {
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let one = write(folders[0].path(), &options(1));
        let again = write(folders[1].path(), &options(1));
        let other = write(folders[2].path(), &options(2));
        assert!(one == again, "the same seed gave other songs");
        assert!(one.values().all(|bytes| other.values().all(|others| bytes != others)));
        let csv = |at: usize| files::read(&folders[at].path().join("lyrics.csv")).unwrap();
        assert_eq!(csv(0), csv(1));
        assert_ne!(csv(0), csv(2));
    }

    #[test]
    fn a_second_run_makes_only_what_is_missing_and_other_options_replace_all() {
        let folder = tempfile::tempdir().unwrap();
        let first = write(folder.path(), &options(1));
        let names: Vec<&String> = first.keys().collect();
        let audio = folder.path().join("audio");
        files::remove(&audio.join(names[0])).unwrap();
        files::write(&audio.join(names[1]), b"left alone").unwrap();
        let second = write(folder.path(), &options(1));
        assert!(second[names[0]] == first[names[0]], "the missing song came back different");
        assert_eq!(second[names[1]], b"left alone");
        let third = write(folder.path(), &DemoOptions { duration_secs: 2.0, ..options(1) });
        assert_eq!(third.keys().collect::<Vec<_>>(), names);
        assert!(third[names[1]] != b"left alone" && third[names[2]] != first[names[2]]);
    }

    #[test]
    fn tags_can_be_read_and_durations_are_right() {
        let folder = tempfile::tempdir().unwrap();
        let options = DemoOptions { n_songs: 24, ..options(3) };
        let mut n_titles = 0;
        for name in write(folder.path(), &options).keys() {
            let file = lofty::read_from_path(folder.path().join("audio").join(name)).unwrap();
            let secs = file.properties().duration().as_secs_f64();
            assert!((secs - 3.0).abs() < 0.2, "{name}: {secs} s");
            let title = file.primary_tag().and_then(|tag| tag.title().map(|t| t.into_owned()));
            n_titles += usize::from(title.is_some_and(|title| !title.is_empty()));
        }
        assert!((10..24).contains(&n_titles), "{n_titles} of 24 have a title in their tags");
    }

    #[test]
    fn songs_decode_to_their_duration() {
        let folder = tempfile::tempdir().unwrap();
        let mut kinds = BTreeMap::new();
        for (name, bytes) in write(folder.path(), &options(1)) {
            let (n_frames, peak) = decode(bytes);
            let secs = n_frames as f64 / f64::from(super::super::synth::SAMPLE_RATE_HZ);
            assert!((secs - 3.0).abs() < 0.1, "{name}: {secs} s");
            assert!((0.3..1.2).contains(&peak), "{name}: peak {peak}");
            *kinds.entry(name.rsplit('.').next().unwrap().to_owned()).or_insert(0) += 1;
        }
        assert_eq!(kinds, BTreeMap::from([("flac".into(), 1), ("mp3".into(), 7)]));
    }

    /// Number of samples of a channel, and the peak.
    fn decode(bytes: Vec<u8>) -> (usize, f32) {
        use symphonia::core::formats::probe::Hint;
        let stream = symphonia::core::io::MediaSourceStream::new(
            Box::new(std::io::Cursor::new(bytes)),
            Default::default(),
        );
        let mut format = symphonia::default::get_probe()
            .probe(&Hint::new(), stream, Default::default(), Default::default())
            .unwrap();
        let track = format.default_track(symphonia::core::formats::TrackType::Audio).unwrap();
        let params = track.codec_params.as_ref().unwrap().audio().unwrap();
        let mut decoder = symphonia::default::get_codecs()
            .make_audio_decoder(params, &Default::default())
            .unwrap();
        let (mut n_frames, mut peak) = (0, 0.0f32);
        let mut samples: Vec<f32> = Vec::new();
        while let Some(packet) = format.next_packet().unwrap() {
            let decoded = decoder.decode(&packet).unwrap();
            n_frames += decoded.frames();
            samples.resize(decoded.samples_interleaved(), 0.0);
            decoded.copy_to_slice_interleaved(&mut samples);
            peak = samples.iter().fold(peak, |peak, sample| peak.max(sample.abs()));
        }
        (n_frames, peak)
    }

    #[test]
    fn every_song_has_its_row_among_decoys() {
        let folder = tempfile::tempdir().unwrap();
        let files = write_catalogue(folder.path(), &options(1), &|_| ()).unwrap();
        let mut reader = csv::Reader::from_path(&files.lyrics).unwrap();
        assert_eq!(reader.headers().unwrap().len(), 11);
        let rows: Vec<_> = reader.records().collect();
        assert_eq!(rows.iter().filter(|row| row.is_err()).count(), 1, "one row ends too soon");
        let rows: Vec<csv::StringRecord> = rows.into_iter().filter_map(Result::ok).collect();
        let not_numbers = rows.iter().filter(|row| row[4].parse::<u32>().is_err()).count();
        assert_eq!(not_numbers, 1, "one row has no number of views");
        let roster = roster(Seed(1), 8);
        for song in songs(&options(1), &roster) {
            let artist = &roster[song.artist].name;
            let row = rows.iter().find(|row| {
                row[0] == *song.title && row[2] == **artist && row[4] == song.views.to_string()
            });
            let row = row.unwrap_or_else(|| panic!("no row for {artist} - {}", song.title));
            assert_eq!((&row[1], &row[6]), (song.genre.name(), song.lyrics.as_str()));
        }
        let has = |column: usize, value: &str| rows.iter().any(|row| &row[column] == value);
        assert!(has(2, "Genius English Translations"));
        assert!(has(10, "es") || has(10, "fr") || has(10, "de"));
        assert!(has(1, "misc") || has(1, "rb"));
        assert!(Genre::ALL.iter().all(|genre| has(1, genre.name())));
    }

    #[test]
    fn songs_do_not_clip_and_are_stereo() {
        let roster = roster(Seed(1), 8);
        for song in songs(&options(1), &roster) {
            let [left, right] = song.render(Seed(1), &roster, 4.0);
            let peak = left.iter().chain(&right).fold(0.0f32, |peak, x| peak.max(x.abs()));
            assert!(left.iter().chain(&right).all(|sample| sample.is_finite()));
            assert!((0.85..=0.892).contains(&peak), "{}: peak {peak}", song.title);
            assert_ne!(left, right);
            let rms = (left.iter().map(|x| x * x).sum::<f32>() / left.len() as f32).sqrt();
            assert!((0.05..0.4).contains(&rms), "{}: rms {rms}", song.title);
        }
    }

    #[test]
    fn options_out_of_range_and_foreign_stamps_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let none = DemoOptions { n_songs: 0, ..options(1) };
        let error = write_catalogue(folder.path(), &none, &|_| ()).unwrap_err();
        assert!(error.to_string().contains("4 to 20000"), "{error}");
        let endless = DemoOptions { duration_secs: f64::NAN, ..options(1) };
        assert!(write_catalogue(folder.path(), &endless, &|_| ()).is_err());
        let own = folder.path().join("lyrics.csv");
        files::write(&own, b"mine").unwrap();
        let error = write_catalogue(folder.path(), &options(1), &|_| ()).unwrap_err();
        assert!(error.to_string().contains("holds 'lyrics.csv' and is no demo"), "{error}");
        assert_eq!(files::read(&own).unwrap(), b"mine");
        files::write(&folder.path().join("demo.json"), b"{}").unwrap();
        let error = write_catalogue(folder.path(), &options(1), &|_| ()).unwrap_err();
        assert!(error.to_string().contains("choose another folder"), "{error}");
    }
}
