use super::super::audio_file::{AudioFile, readings};
use super::*;

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

fn by_name(path: &str, artist: &str, title: &str) -> f64 {
    score(&file(path), &row(artist, title), "").probability()
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
    let bare = score(&file, &row, "").log_odds;
    row.isrc = Some("US-ABC-11-00001".into());
    file.isrc = "USABC1100001".into();
    let with_isrc = score(&file, &row, "").log_odds;
    assert!((with_isrc - bare - ISRC_SAME.log_odds()).abs() < 1e-9);
    (row.duration_secs, file.duration_secs) = (Some(200.0), Some(300.0));
    let longer = score(&file, &row, "").log_odds;
    assert!((longer - with_isrc - DURATION_OTHER.log_odds()).abs() < 1e-9);
    let words: Vec<String> = (0..40).map(|n| format!("word{n}")).collect();
    file.lyrics = word_pairs(&words.join(" "));
    let same = score(&file, &row, &format!("[Verse]\n{}", words.join("\n")));
    assert!((same.log_odds - longer - LYRICS_SAME.log_odds()).abs() < 1e-9, "{same:?}");
}
