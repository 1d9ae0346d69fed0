use super::*;
use crate::mp3;
use shared::catalog::{Split, TrackId, main_artist_key};
use std::collections::{BTreeMap, BTreeSet};
use tempfile::TempDir;

/// A folder with a lyrics csv and audio for part of it.
struct Place {
    folder: TempDir,
}

const HEADER: &str = "title,tag,artist,year,views,features,lyrics,id\n";
const WORDS: &str = "I went down to the river to look for you and nobody was there\nall night long";

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        files::read_text(&self.path(name)).unwrap()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        files::write(&self.path(name), text.as_ref()).unwrap();
    }

    fn song(&self, name: &str) {
        self.write(&format!("audio/{name}"), mp3::encode(&[vec![0.0; 4410]], 22_050).unwrap());
    }

    fn args(&self) -> Args {
        Args {
            lyrics: Some(self.path("lyrics.csv")),
            audio: Some(self.path("audio")),
            out: self.path("catalog.csv"),
            genres: vec!["pop".into(), "rap".into()],
            per_genre: None,
            unbalanced: false,
            language: "en".into(),
            split: SplitArg::Artist,
            seed: 1,
            decisions: None,
            threshold: LinkOptions::default().threshold,
        }
    }

    fn catalog(&self) -> Catalog {
        Catalog::read_csv(files::open(&self.path("catalog.csv")).unwrap()).unwrap()
    }

    fn report(&self) -> serde_json::Value {
        serde_json::from_str(&self.text("catalog.report.json")).unwrap()
    }
}

fn row(number: usize, title: &str, tag: &str, artist: &str) -> String {
    format!("{title},{tag},{artist},2001,{},{{}},\"{WORDS} {number}\",{number}\n", 1000 - number)
}

/// 12 pop and 10 rap songs of 11 artists, all with audio, and rows of every kind that is dropped.
fn full() -> Place {
    let place = Place::new();
    let mut csv = HEADER.to_owned();
    let titles =
        ["Silver Rain", "Golden Sun", "Paper Boats", "Neon Orchard", "Cold Coffee", "Low Tide"];
    let artists = ["Ann Archer", "Ben Bolt", "Cy Young", "Dee Dale"];
    for number in 0..22 {
        let (tag, title) = (if number < 12 { "pop" } else { "rap" }, titles[number % 6]);
        let artist = format!("{} {}", artists[number % 4], ["West", "East", "North"][number / 8]);
        csv.push_str(&row(number, title, tag, &artist));
        place.song(&format!("{artist} - {title}.mp3"));
    }
    csv.push_str(&row(50, "Silver Rain", "misc", "Eve"));
    csv.push_str(&row(51, "Silver Rain", "pop", "Genius English Translations"));
    csv.push_str("Nothing,pop,Ann,2001,1,{},,52\n");
    csv.push_str("Rivière,pop,Ann,2001,1,{},Je suis descendu à la rivière pour te chercher,53\n");
    csv.push_str(&row(54, "SILVER RAIN", "pop", "Ann Archer West"));
    csv.push_str(&row(55, "Without Audio", "rap", "Fay"));
    csv.push_str("broken,pop\n");
    place.write("lyrics.csv", csv);
    place
}

#[test]
fn rows_and_files_become_a_catalogue_and_all_are_accounted_for() {
    let place = full();
    place.song("Nobody Known - Never Heard.mp3");
    run(&place.args()).unwrap();
    let (catalog, report) = (place.catalog(), place.report());
    assert_eq!(catalog.tracks().len(), 20, "{report:#}");
    let track = catalog.track(&TrackId::from_parts(&["genius", "0"])).unwrap();
    assert_eq!((track.title.as_str(), track.genre.as_str()), ("Silver Rain", "pop"));
    assert_eq!(track.audio_path, "audio/Ann Archer West - Silver Rain.mp3");
    assert_eq!((track.language.as_str(), track.language_source.as_str()), ("en", "detected"));
    assert!(track.link_score.unwrap() > 0.9 && !track.link_reasons.is_empty());
    let expected: BTreeMap<String, u64> = [
        ("balance between genres", 2),
        ("broken row", 1),
        ("duplicate artist and title", 1),
        ("genre not asked for", 1),
        ("no audio", 1),
        ("no lyrics", 1),
        ("other language", 1),
        ("page of translations", 1),
    ]
    .map(|(reason, n)| (reason.to_owned(), n))
    .into();
    let dropped: BTreeMap<String, u64> =
        serde_json::from_value(report["rows_dropped"].clone()).unwrap();
    assert_eq!(dropped, expected);
    assert_eq!(report["rows_read"], 29);
    assert_eq!(report["rows_kept"], 20);
    assert_eq!(report["files"]["found"], 23);
    assert_eq!(report["files"]["linked"], 22);
    assert_eq!(report["files_without_row"][0], "Nobody Known - Never Heard.mp3");
    assert!(report["broken_rows"][0].as_str().unwrap().contains("2 fields"), "{report:#}");
}

#[test]
fn of_two_songs_with_one_id_the_first_is_kept_and_the_other_told() {
    let place = full();
    let csv = place.text("lyrics.csv").replace(" 13\",13\n", " 13\",2\n");
    let lines: Vec<&str> = csv.lines().filter(|line| line.ends_with(",2")).collect();
    let [first, second] = lines[..] else { panic!("{lines:?}") };
    // Each row has two lines; its first stands before the one that ends with the id.
    let line_of = |row: &str| csv.lines().position(|line| line == row).unwrap();
    let told = format!("line {}: ", line_of(second));
    let kept = format!("has id '2' of line {};", line_of(first));
    place.write("lyrics.csv", &csv);
    run(&place.args()).unwrap();
    let track_id = TrackId::from_parts(&["genius", "2"]);
    assert_eq!(place.catalog().track(&track_id).unwrap().title, "Paper Boats");
    let report = place.report();
    let repeated = report["repeated_ids"][0].as_str().unwrap();
    assert!(repeated.starts_with(&told) && repeated.contains(&kept), "{repeated}");
    assert_eq!(report["rows_dropped"]["id of another song"], 1);
    assert_eq!(report["files_dropped"]["id of another song"], 1);
    assert_eq!(report["files"]["linked"], 21);
    let dropped = report["rows_dropped"].as_object().unwrap().values();
    let n_dropped: u64 = dropped.map(|n| n.as_u64().unwrap()).sum();
    let n_kept = report["rows_kept"].as_u64().unwrap();
    assert_eq!(n_dropped + n_kept, report["rows_read"].as_u64().unwrap());
    // Without audio the same holds.
    let args = Args { audio: None, per_genre: Some(20), unbalanced: true, ..place.args() };
    run(&args).unwrap();
    assert_eq!(place.report()["rows_dropped"]["id of another song"], 1);
}

#[test]
fn no_artist_is_on_two_sides_and_the_same_input_gives_the_same_file() {
    let place = full();
    run(&place.args()).unwrap();
    let first = place.text("catalog.csv");
    let catalog = place.catalog();
    let mut sides: BTreeMap<String, BTreeSet<Split>> = BTreeMap::new();
    for track in catalog.tracks() {
        sides.entry(main_artist_key(&track.artist)).or_default().insert(track.split);
    }
    assert!(sides.values().all(|splits| splits.len() == 1), "{sides:?}");
    run(&place.args()).unwrap();
    assert_eq!(place.text("catalog.csv"), first);
    run(&Args { split: SplitArg::Random, ..place.args() }).unwrap();
    let n_test = place.catalog().split(Split::Test).count();
    assert_eq!(n_test, 4);
}

#[test]
fn a_decision_is_honoured_and_never_lost() {
    let place = full();
    place.song("Silver Rain.mp3");
    place.song("Golden Sun.mp3");
    run(&place.args()).unwrap();
    let before = place.text("catalog.ambiguous.csv");
    assert!(before.contains("Silver Rain.mp3") || before.lines().count() == 1, "{before}");
    place.write(
        "decided.csv",
        "audio_path,decision\nSilver Rain.mp3,0\nGolden Sun.mp3,none\n\
         Ann Archer West - Silver Rain.mp3,none\n",
    );
    let decided = Args { decisions: Some(place.path("decided.csv")), ..place.args() };
    run(&decided).unwrap();
    let catalog = place.catalog();
    let track = catalog.track(&TrackId::from_parts(&["genius", "0"])).unwrap();
    assert_eq!(track.audio_path, "audio/Silver Rain.mp3");
    assert!(track.link_reasons.starts_with("decided by hand"), "{}", track.link_reasons);
    assert_eq!(place.report()["files"]["left_out"], 2);
    // The decisions now stand in the file that the next run would write again.
    let error = run(&place.args()).unwrap_err().to_string();
    assert!(error.contains("--decisions"), "{error}");
    let again = Args { decisions: Some(place.path("catalog.ambiguous.csv")), ..place.args() };
    let first = place.text("catalog.csv");
    run(&again).unwrap();
    assert_eq!(place.text("catalog.csv"), first);
}

#[test]
fn audio_alone_takes_genre_and_lyrics_from_folders_and_texts() {
    let place = Place::new();
    for number in 0..6 {
        place.song(&format!("pop/Ann {number} - Song {number}.mp3"));
        place.song(&format!("Rap/x/Ben {number} - Song {number}.mp3"));
    }
    place.write("audio/pop/Ann 0 - Song 0.txt", WORDS);
    place.write("audio/pop/Ann 1 - Song 1.txt", "Je suis descendu à la rivière pour te chercher");
    place.song("polka/Cy - Other.mp3");
    run(&Args { lyrics: None, ..place.args() }).unwrap();
    let catalog = place.catalog();
    assert_eq!(catalog.tracks().len(), 10);
    let id = TrackId::from_parts(&["audio", "pop/Ann 0 - Song 0.mp3"]);
    let track = catalog.track(&id).unwrap();
    assert_eq!((track.title.as_str(), track.artist.as_str()), ("Song 0", "Ann 0"));
    assert_eq!((track.lyrics.as_str(), track.language.as_str()), (WORDS, "en"));
    let report = place.report();
    assert_eq!(report["files_dropped"]["other language"], 1);
    assert_eq!(report["files_dropped"]["genre not asked for"], 1);
}

#[test]
fn untagged_audio_alone_is_shared_out_between_the_splits() {
    let place = Place::new();
    for number in 0..20 {
        place.song(&format!("pop/pop.{number:05}.mp3"));
        place.song(&format!("rap/rap.{number:05}.mp3"));
    }
    run(&Args { lyrics: None, ..place.args() }).unwrap();
    let report = place.report();
    for genre in ["pop", "rap"] {
        let tracks = &report["tracks"][genre];
        assert_eq!(*tracks, serde_json::json!({"train": 14, "validation": 2, "test": 4}));
    }
    assert_eq!(report["notes"], serde_json::json!([]));
}

#[test]
fn audio_alone_takes_a_song_of_two_files_once() {
    let place = Place::new();
    for name in ["pop/a/Ann - One.mp3", "pop/b/ANN - One!.mp3", "pop/b/Ann - One (Live).mp3"] {
        place.song(name);
    }
    for name in ["rap/a/01 Intro.mp3", "rap/b/01 Intro.mp3"] {
        place.song(name);
    }
    // A file of a genre that nobody asked for has no song.
    place.song("a polka/Ann - One.mp3");
    run(&Args { lyrics: None, unbalanced: true, ..place.args() }).unwrap();
    let mut paths: Vec<String> =
        place.catalog().tracks().iter().map(|track| track.audio_path.clone()).collect();
    paths.sort();
    let expected = [
        "audio/pop/a/Ann - One.mp3",
        "audio/pop/b/Ann - One (Live).mp3",
        "audio/rap/a/01 Intro.mp3",
        "audio/rap/b/01 Intro.mp3",
    ];
    assert_eq!(paths, expected);
    let report = place.report();
    assert_eq!(report["files_dropped"]["artist and title of another file"], 1);
    let surplus = report["surplus_files"][0].as_str().unwrap();
    assert_eq!(surplus, "'pop/b/ANN - One!.mp3': 'pop/a/Ann - One.mp3' has its song");
}

#[test]
fn lyrics_alone_list_the_most_viewed() {
    let place = full();
    let args = Args { audio: None, per_genre: Some(3), ..place.args() };
    run(&args).unwrap();
    let views: Vec<u64> = place.catalog().tracks().iter().filter_map(|track| track.views).collect();
    assert_eq!(
        views.iter().copied().collect::<BTreeSet<_>>(),
        [986, 987, 988, 998, 999, 1000].into()
    );
    let error = run(&Args { audio: None, ..place.args() }).unwrap_err().to_string();
    assert!(error.contains("--per-genre"), "{error}");
}

#[test]
fn bad_input_is_a_clear_error_and_leaves_the_earlier_catalogue() {
    let place = full();
    run(&place.args()).unwrap();
    let first = place.text("catalog.csv");
    let error = |args: &Args| format!("{:#}", run(args).unwrap_err());
    let genres = vec!["pop".to_owned(), "polka".to_owned()];
    let message = error(&Args { genres, ..place.args() });
    assert!(message.contains("no song of genre 'polka'"), "{message}");
    place.write("lyrics.csv", "title,genre\nA,pop\n");
    let message = error(&place.args());
    assert!(message.contains("'tag'") && message.contains("lyrics.csv"), "{message}");
    place.write("lyrics.csv", "");
    assert!(error(&place.args()).contains("empty"));
    let message = error(&Args { lyrics: Some(place.path("absent.csv")), ..place.args() });
    assert!(message.contains("absent.csv"), "{message}");
    let message = error(&Args { audio: Some(place.path("absent")), ..place.args() });
    assert!(message.contains("absent"), "{message}");
    assert!(error(&Args { threshold: 1.5, ..place.args() }).contains("--threshold"));
    assert_eq!(place.text("catalog.csv"), first);
}

#[test]
fn an_unwritable_folder_is_a_clear_error() {
    let place = full();
    // A file where the folder should be: refused to every user, the administrator too.
    place.write("taken", "a file");
    let out = place.path("taken/catalog.csv");
    let message = format!("{:#}", run(&Args { out, ..place.args() }).unwrap_err());
    assert!(message.contains("taken"), "{message}");
    assert_eq!(place.text("taken"), "a file");
}

#[test]
fn faulty_rows_cost_only_themselves() {
    let place = full();
    let mut csv = b"\xef\xbb\xbf".to_vec();
    csv.extend(place.text("lyrics.csv").replace('\n', "\r\n").into_bytes());
    let bad_line = csv.iter().filter(|byte| **byte == b'\n').count() + 1;
    csv.extend(b"Bad\xff,pop,Ann,2001,1,{},la,90\r\n");
    csv.extend(format!("Long,pop,Ann,2001,1,{{}},{},91\r\n", "x".repeat(10_000_000)).into_bytes());
    place.write("lyrics.csv", csv);
    run(&place.args()).unwrap();
    assert_eq!(place.catalog().tracks().len(), 20);
    let report = place.report();
    assert_eq!(report["rows_dropped"]["broken row"], 3);
    let broken: Vec<&str> =
        report["broken_rows"].as_array().unwrap().iter().filter_map(|row| row.as_str()).collect();
    let bad = format!("line {bad_line}: the field 'title' is not UTF-8");
    let long = format!("line {}: 10000019 bytes, more than 1048576", bad_line + 1);
    assert!(broken[1].starts_with(&bad), "{broken:?}");
    assert!(broken[2].starts_with(&long), "{broken:?}");
}

#[test]
fn files_that_prepare_could_not_decode_get_no_song() {
    let place = full();
    let song = place.path("audio/Ann Archer West - Silver Rain.mp3");
    std::fs::rename(&song, song.with_extension("opus")).unwrap();
    run(&place.args()).unwrap();
    let (catalog, report) = (place.catalog(), place.report());
    assert!(catalog.track(&TrackId::from_parts(&["genius", "0"])).is_none());
    assert!(catalog.tracks().iter().all(|track| !track.audio_path.ends_with("opus")));
    assert_eq!((&report["files"]["undecodable"], &report["files"]["linked"]), (&1.into(), &21.into()));
    assert_eq!(report["files"]["found"], 22);
    let told = report["undecodable_files"][0].as_str().unwrap();
    assert!(told.contains("Silver Rain.opus' cannot be decoded: opus"), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_are_told_with_the_way_out() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let place = full();
    let song = mp3::encode(&[vec![0.0; 4410]], 22_050).unwrap();
    let misnamed = place.path("audio").join(OsStr::from_bytes(b"Ann Archer - L\xf6w Tide.mp3"));
    files::write(&misnamed, &song).unwrap();
    run(&place.args()).unwrap();
    let report = place.report();
    assert_eq!((&report["files"]["misnamed"], &report["files"]["found"]), (&1.into(), &23.into()));
    let told = report["misnamed_files"][0].as_str().unwrap();
    assert!(told.contains("L\\xF6w Tide.mp3") && told.contains("rename"), "{told}");
    let folder = place.folder.path().join(OsStr::from_bytes(b"Mus\xe9e"));
    files::write(&folder.join("Ann - One.mp3"), &song).unwrap();
    let error = format!("{:#}", run(&Args { audio: Some(folder), ..place.args() }).unwrap_err());
    assert!(error.contains("rename or move the folder"), "{error}");
}
