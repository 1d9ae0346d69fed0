//! Songs in pages: the same songs as in the list, found by their words.

use super::*;
use crate::catalog::{Split, TrackId};

fn song(at: usize, title: &str, artist: &str, views: Option<u64>) -> Song {
    Song {
        track_id: TrackId::parse(&format!("t{at:05}")).unwrap(),
        title: title.to_owned(),
        artist: artist.to_owned(),
        artist_key: artist.to_lowercase(),
        genre: ["pop", "rock"][at % 2].to_owned(),
        year: None,
        views,
        split: Split::ALL[at % 3],
        language: String::new(),
        stimulus: format!("t{at:05}.mp3"),
    }
}

fn named(songs: &[(&str, &str, Option<u64>)]) -> SongList {
    let song = |(at, own): (usize, &(&str, &str, Option<u64>))| song(at, own.0, own.1, own.2);
    SongList {
        genres: vec!["pop".to_owned(), "rock".to_owned()],
        tracks: songs.iter().enumerate().map(song).collect(),
    }
}

/// As many songs as asked for, with titles of two words that come again.
fn many(n: usize) -> SongList {
    let of = |at: usize| (format!("Word{} Name{at}", at % 7), format!("Artist {}", at / 5));
    let texts: Vec<_> = (0..n).map(of).collect();
    let songs: Vec<_> =
        texts.iter().map(|(title, artist)| (title.as_str(), artist.as_str(), None)).collect();
    named(&songs)
}

/// The files of a list, with where they stand.
fn files(songs: &SongList) -> (SongPagesEntry, Vec<(String, Vec<u8>)>) {
    let entry = SongPagesEntry::of(songs.tracks.len());
    let files = entry.files(songs).map(|(file, bytes)| (file.to_owned(), bytes)).collect();
    (entry, files)
}

fn bytes<'a>(files: &'a [(String, Vec<u8>)], file: &str) -> &'a [u8] {
    &files.iter().find(|(own, _)| own == file).unwrap().1
}

#[test]
fn pages_hold_the_list_and_the_index_says_what_it_says() {
    let songs = many(2_350);
    let (entry, files) = files(&songs);
    assert_eq!((entry.pages.len(), entry.words.len(), files.len()), (24, 3, 28));
    let pages = entry.pages.iter().enumerate();
    let pages = pages.map(|(at, file)| entry.read_page(at, 2_350, bytes(&files, file)));
    let tracks: Vec<Song> = pages.flat_map(|page| page.unwrap().tracks).collect();
    assert_eq!(tracks, songs.tracks);
    let index = entry.read_index(bytes(&files, &entry.index)).unwrap();
    assert_eq!((index.n_songs(), index.genres()), (2_350, &songs.genres[..]));
    for (at, song) in songs.tracks.iter().enumerate() {
        assert_eq!(songs.genres[index.genre(at)], song.genre);
        assert_eq!(index.split(at), song.split);
        let next = songs.tracks.get(at + 1);
        let is_same = next.is_some_and(|next| next.artist_key == song.artist_key);
        assert_eq!(
            index.artist(at + 1 - usize::from(next.is_none())) == index.artist(at),
            is_same || next.is_none()
        );
    }
    let expected = ExpectedPages::new(&entry, &songs);
    let wrong = |expected: &ExpectedPages<'_>| -> Vec<String> {
        let agrees =
            |which, file: &String| expected.agrees((which, file), bytes(&files, file)).unwrap();
        let wrong = entry.places().filter(|(which, file)| !agrees(*which, file));
        wrong.map(|(_, file)| file.clone()).collect()
    };
    assert!(wrong(&expected).is_empty());
    // Another song anywhere is seen in each kind of file.
    let mut other = songs.clone();
    other.tracks[2_000] = song(2_000, "Otherwise", "Else", Some(3));
    let wrong = wrong(&ExpectedPages::new(&entry, &other));
    for file in ["songs/index.json", "songs/pages/0020.json", "songs/words/"] {
        assert!(wrong.iter().any(|own| own.starts_with(file)), "{wrong:?}");
    }
}

#[test]
fn pages_of_another_number_of_songs_are_refused() {
    let songs = many(250);
    let (entry, files) = files(&songs);
    let index = bytes(&files, &entry.index);
    let changed = |change: fn(&mut SongPagesEntry)| {
        let mut entry = entry.clone();
        change(&mut entry);
        entry.read_index(index).unwrap_err().to_string()
    };
    for error in [
        changed(|entry| entry.songs_per_page = 0),
        changed(|entry| entry.songs_per_page = 50),
        changed(|entry| entry.pages.truncate(2)),
        changed(|entry| entry.pages.push("songs/pages/0000.json".to_owned())),
        changed(|entry| entry.words.clear()),
    ] {
        assert!(error.contains("'songs/index.json' has 250 songs, the manifest"), "{error}");
    }
    let last = bytes(&files, &entry.pages[2]);
    assert_eq!(entry.read_page(2, 250, last).unwrap().tracks, songs.tracks[200..]);
    let error = entry.read_page(1, 250, last).unwrap_err().to_string();
    assert!(error.contains("'songs/pages/0001.json' has 50 songs, not 100"), "{error}");
}

#[test]
fn the_most_viewed_come_first_and_the_unknown_artist_is_nobody() {
    let songs =
        named(&[("B", "", None), ("c", "X", Some(5)), ("A", "", None), ("d", "X", Some(9))]);
    let index = SongIndex::of(&songs);
    assert_eq!([0, 1, 2, 3].map(|at| index.popularity(at)), [3, 1, 2, 0]);
    assert_eq!([0, 2].map(|at| index.artist(at)), [None, None]);
    assert!(index.artist(1).is_some() && index.artist(1) == index.artist(3));
}

#[test]
fn columns_that_do_not_fit_are_refused() {
    let index = SongIndex::of(&many(3)).to_json();
    let text = String::from_utf8(index).unwrap();
    let refused = |from: &str, to: &str| {
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{from} in {text}");
        SongIndex::from_json("songs/index.json", changed.as_bytes()).unwrap_err().to_string()
    };
    for (from, to) in [
        ("\"genre\":[0,1,0]", "\"genre\":[0,2,0]"),
        ("\"genre\":[0,1,0]", "\"genre\":[0,1]"),
        ("\"split\":[0,1,2]", "\"split\":[0,1,3]"),
    ] {
        let error = refused(from, to);
        assert!(error.contains("songs/index.json") && error.contains("columns"), "{error}");
    }
    assert!(refused("\"artist\"", "\"artists\"").contains("no page of songs"));
}

fn find(songs: &SongList, n_files: usize, text: &str) -> Vec<usize> {
    let (words, index) = (SongWords::of(&songs.tracks, n_files), SongIndex::of(songs));
    words.find(text, 8, |place| index.popularity(place))
}

#[test]
fn songs_are_found_by_the_beginnings_of_words() {
    let songs = named(&[
        ("Don’t Stop Believing", "Journey", Some(10)),
        ("Stop", "Spice Girls", Some(3)),
        ("Stopover", "The Stop", Some(7)),
        ("紅蓮華", "LiSA", Some(5)),
        ("Plan B", "Señorita", None),
        ("Étoile", "Été 67", None),
    ]);
    // A title counts more than an artist, whatever is viewed more.
    let twice = named(&[("Other", "Stop", Some(9)), ("Stop", "Other", None)]);
    assert_eq!([find(&twice, 1, "stop"), find(&twice, 1, "other stop")], [[1, 0], [0, 1]]);
    // Spread over files or not, what is typed in full finds the same.
    for n_files in [1, 5, 64] {
        for (text, expected) in [
            ("stop", &[0, 1, 2][..]),
            ("STOPO", &[2]),
            ("don't", &[0]),
            ("stop spi", &[1]),
            ("girls stop", &[1]),
            ("蓮", &[3]),
            ("紅華", &[3]),
            ("plan b", &[4]),
            ("b", if n_files == 1 { &[4, 0] } else { &[4] }),
            ("señ", &[4]),
            ("é", &[5]),
            ("67", &[5]),
            ("lisa", &[3]),
            ("nothing", &[]),
            ("stop nothing", &[]),
            (" – ", &[]),
        ] {
            assert_eq!(find(&songs, n_files, text), expected, "‘{text}’ in {n_files} files");
        }
    }
    // While somebody types on, a single letter at the end asks for nothing yet.
    assert_eq!(find(&songs, 5, "stop g"), find(&songs, 5, "stop"));
    assert_eq!(find(&songs, 1, "stop g"), [1]);
}

#[test]
fn a_search_needs_few_files_and_waits_for_them() {
    let songs = many(5_000);
    let (entry, files) = files(&songs);
    let mut words = SongWords::none(entry.words.len(), 5_000);
    let text = "word3 name45";
    let missing = words.missing(text);
    assert!((1..=2).contains(&missing.len()), "{missing:?} of {}", entry.words.len());
    assert!(words.find(text, 5, |place| place).is_empty(), "nothing is there yet");
    for at in missing {
        let file = &entry.words[at];
        words.add_file(at, file, bytes(&files, file)).unwrap();
    }
    assert!(words.missing(text).is_empty());
    let found = words.find(text, 5, |place| place);
    assert!(!found.is_empty());
    for at in found {
        let title = &songs.tracks[at].title;
        assert!(title.starts_with("Word3") && title.contains("Name45"), "{title}");
    }
    for (json, wanted) in [
        (&b"[1]"[..], "no page of songs"),
        (b"{\"a\": [9999, 10000]}", "place 5000; the last of 5000"),
        (b"{\"a\": [18446744073709551615]}", "place 9223372036854775807;"),
    ] {
        let error = words.add_file(0, "songs/words/0000.json", json).unwrap_err().to_string();
        assert!(error.contains("songs/words/0000.json") && error.contains(wanted), "{error}");
    }
}
