use super::super::audio_file::{AudioFile, readings};
use super::artists::likeness;
use super::*;
use proptest::prelude::*;

fn row(artist: &str, title: &str) -> RowName {
    RowName {
        artist: ArtistName::of(artist),
        features: Vec::new(),
        title: TitleName::of(title),
        isrc: None,
        duration_secs: None,
    }
}

fn file(path: &str) -> FileName {
    let file = AudioFile { path: path.into(), ..AudioFile::default() };
    FileName {
        readings: readings(&file),
        isrc: String::new(),
        duration_secs: None,
        lyrics: HashSet::new(),
    }
}

/// The score without any shortcut.
fn in_full(file: &FileName, row: &RowName, lyrics: &str) -> Score {
    score(file, row, &RowLyrics::new(lyrics), f64::NEG_INFINITY).unwrap()
}

fn by_name(path: &str, artist: &str, title: &str) -> f64 {
    in_full(&file(path), &row(artist, title), "").probability()
}

#[test]
fn the_same_song_in_other_words() {
    for (path, artist, title) in [
        ("Ann Archer - Silver Rain.mp3", "Ann Archer", "Silver Rain"),
        ("Ann Archer, Bob - Silver Rain.mp3", "Ann Archer", "Silver Rain"),
        ("Silver Rain - Ann Archer.mp3", "Ann Archer", "Silver Rain"),
        ("ann_archer_-_silver_rain.mp3", "Ann Archer", "Silver Rain"),
        ("Ann Archer - Silver Rain - Remastered 2011.mp3", "Ann Archer", "Silver Rain"),
        ("Ann Archer - Sliver Rain.mp3", "Ann Archer", "Silver Rain"),
        ("Ann Archr - Silver Rain.mp3", "Ann Archer", "Silver Rain"),
        ("Ann Archer/03 Silver Rain.mp3", "Ann Archer", "Silver Rain"),
        ("Ann Archer - Silver Rain (Live).mp3", "Ann Archer", "Silver Rain [Live]"),
        ("Ann Archer - Silver Rain live.mp3", "Ann Archer", "Silver Rain (Live)"),
    ] {
        let score = by_name(path, artist, title);
        assert!(score > 0.9, "{path}, {artist}, {title}: {score}");
    }
}

#[test]
fn another_song() {
    for (path, artist, title) in [
        ("Ann Archer - Silver Rain (Live).mp3", "Ann Archer", "Silver Rain"),
        ("Ann Archer - Silver Rain.mp3", "Ann Archer", "Silver Rain (Karaoke)"),
        ("Ann Archer - Silver Rain.mp3", "Ken Bolt", "Silver Rain"),
        ("Ann Archer - Silver Rain.mp3", "Ann Archer", "Golden Sun"),
        ("Ann Archer - Silver Rain, Pt. 2.mp3", "Ann Archer", "Silver Rain, Pt. 3"),
        ("Silver Rain.mp3", "Ann Archer", "Silver Rain"),
    ] {
        let score = by_name(path, artist, title);
        assert!(score < 0.6, "{path}, {artist}, {title}: {score}");
    }
}

#[test]
fn codes_lengths_and_lyrics_count() {
    let mut row = row("Somebody", "Something");
    let mut file = file("a - b.mp3");
    let bare = in_full(&file, &row, "").log_odds;
    row.isrc = Some("US-ABC-11-00001".into());
    file.isrc = "USABC1100001".into();
    let with_isrc = in_full(&file, &row, "").log_odds;
    assert!((with_isrc - bare - ISRC_SAME.log_odds()).abs() < 1e-9);
    (row.duration_secs, file.duration_secs) = (Some(200.0), Some(300.0));
    let longer = in_full(&file, &row, "").log_odds;
    assert!((longer - with_isrc - DURATION_OTHER.log_odds()).abs() < 1e-9);
    let words: Vec<String> = (0..40).map(|n| format!("word{n}")).collect();
    file.lyrics = word_pairs(&words.join(" "));
    let same = in_full(&file, &row, &format!("[Verse]\n{}", words.join("\n")));
    assert!((same.log_odds - longer - LYRICS_SAME.log_odds()).abs() < 1e-9, "{same:?}");
}

/// Names of few letters, so that by chance many are alike in part.
const TITLES: &str =
    "((al|be|kal|lak|2|ii|part|live|demo|é) ?){0,4}( ?[(-] ?(al|live|2011|kal be)\\)?)?";
const ARTISTS: &str = "(the )?((al|be|kal|lak|bek)[ ,&]?){0,4}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_shortcut_changes_no_score(
        (artist, title) in (ARTISTS, TITLES), (row_artist, row_title) in (ARTISTS, TITLES),
        least in -14.0..6.0, with_lyrics: bool,
    ) {
        let mut file = file(&format!("{artist} - {title}.mp3"));
        let words: Vec<String> = (0..40).map(|n| format!("word{n}")).collect();
        let lyrics = words.join(" ");
        if with_lyrics {
            file.lyrics = word_pairs(&lyrics);
        }
        let row = row(&row_artist, &row_title);
        let full = in_full(&file, &row, &lyrics);
        let quick = score(&file, &row, &RowLyrics::new(&lyrics), least);
        prop_assert_eq!(quick, (full.log_odds >= least).then_some(full));
    }

    #[test]
    fn no_title_is_more_alike_than_its_bound(one in TITLES, other in TITLES) {
        let (one, other) = (TitleName::of(&one), TitleName::of(&other));
        let (exact, bound) = (compare_titles(&one, &other).similarity, similarity_bound(&one, &other));
        prop_assert!(exact <= bound + 1e-9, "{one:?} and {other:?}: {exact} above {bound}");
    }

    #[test]
    fn artists_that_share_no_name_are_as_alike_as_their_most_alike_names(
        one in ARTISTS, other in ARTISTS,
    ) {
        let (file, row) = (ArtistName::of(&one), row(&other, ""));
        let quick = artist_similarity(&file, &row);
        prop_assume!(quick < 0.95);
        let pairs = file.all().flat_map(|a| row.artist.all().map(move |b| likeness(a, b)));
        let slow = pairs.fold(0.0, f64::max);
        prop_assert_eq!(at_level(&ARTIST, quick), at_level(&ARTIST, slow), "{} or {}", quick, slow);
    }
}
