use super::*;
use crate::mp3;
use shared::catalog::{Split, TrackId, main_artist_key};
use std::collections::{BTreeMap, BTreeSet};
use tempfile::TempDir;

mod audio_alone;

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

/// Writes a decision into the last column of the file of ambiguous links; gives the row as it was.
fn fill_in(path: &Path, audio_path: &str, decision: &str) -> BTreeMap<String, String> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header.last().unwrap(), "decision");
    let mut rows: Vec<Vec<String>> = reader.deserialize().map(Result::unwrap).collect();
    let row = rows.iter_mut().find(|row| row[0] == audio_path).unwrap();
    let before = header.iter().cloned().zip(row.clone()).collect();
    *row.last_mut().unwrap() = decision.to_owned();
    let mut writer = csv::Writer::from_path(path).unwrap();
    writer.write_record(&header).unwrap();
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    writer.flush().unwrap();
    before
}

#[test]
fn an_ambiguous_file_is_listed_decided_and_linked() {
    let place = full();
    let mut csv = place.text("lyrics.csv");
    csv.push_str(&row(60, "Blue Door", "pop", "Gil Grey"));
    csv.push_str(&row(61, "Blue Door", "pop", "Hal Hart"));
    place.write("lyrics.csv", csv);
    place.song("Blue Door.mp3");
    let args = Args { unbalanced: true, ..place.args() };
    run(&args).unwrap();
    let report = place.report();
    assert_eq!(
        (&report["files"]["ambiguous"], &report["files"]["linked"]),
        (&1.into(), &22.into())
    );
    let blue_door = |track: &Track| track.title == "Blue Door";
    assert!(!place.catalog().tracks().iter().any(blue_door));
    let ambiguous = place.path("catalog.ambiguous.csv");
    let before = fill_in(&ambiguous, "Blue Door.mp3", "61");
    assert_eq!(before["decision"], "");
    let candidates = [&before["candidate_1_id"], &before["candidate_2_id"]];
    assert_eq!(BTreeSet::from(candidates.map(String::as_str)), ["60", "61"].into());
    run(&Args { decisions: Some(ambiguous), ..args }).unwrap();
    let catalog = place.catalog();
    let linked: Vec<&Track> = catalog.tracks().iter().filter(|track| blue_door(track)).collect();
    let [track] = linked[..] else { panic!("{linked:?}") };
    assert_eq!(
        (track.artist.as_str(), track.audio_path.as_str()),
        ("Hal Hart", "audio/Blue Door.mp3")
    );
    assert!(track.link_reasons.starts_with("decided by hand"), "{}", track.link_reasons);
    let report = place.report();
    assert_eq!(
        (&report["files"]["ambiguous"], &report["files"]["decided"]),
        (&0.into(), &1.into())
    );
}

#[test]
fn a_decision_is_honoured_and_never_lost() {
    let place = full();
    place.song("Silver Rain.mp3");
    place.song("Golden Sun.mp3");
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
    assert_eq!(
        (&report["files"]["undecodable"], &report["files"]["linked"]),
        (&1.into(), &21.into())
    );
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
