//! What was written is read back, and whatever was changed since is told.

use super::*;
use crate::catalog::TrackId;
use crate::recommend::Condition;
use crate::study::tests::{Player, World};
use crate::study::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::LazyLock;

/// A design in which everything is asked and checked.
fn full() -> StudyDesign {
    let mut design = Preset::Default.design();
    design.question.familiarity = true;
    design.question.scale = Scale::Points5;
    design.question.liked_from = 4;
    design.checks.headphones = Some(HeadphoneCheck { trials: 2, pass_from: 0, required: false });
    design.same_song = SameSong::PlayOnce;
    design
}

/// That design as a researcher may have written it: spaces are theirs.
static STUDY_JSON: LazyLock<Vec<u8>> =
    LazyLock::new(|| [b" ".as_slice(), &full().to_json()].concat());

fn session(design: &StudyDesign, seed: u64) -> SessionLog {
    Player::new(&World::new(30, seed), design, seed).with(0.7, 0.3).finish().log
}

static LOG: LazyLock<SessionLog> = LazyLock::new(|| session(&full(), 11));
static CSV: LazyLock<String> = LazyLock::new(|| to_csv(&LOG));

fn prefix(log: &SessionLog, n: usize) -> SessionLog {
    SessionLog::from_rows(log.rows()[..n].to_vec()).unwrap()
}

fn parsed(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let owned = |record: &::csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let headers = owned(reader.headers().unwrap());
    (headers, reader.records().map(|record| owned(&record.unwrap())).collect())
}

fn written(headers: &[String], rows: &[Vec<String>]) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(headers).unwrap();
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn any_beginning_of_a_session_comes_back_from_csv_and_json() {
    for n in 1..=LOG.rows().len() {
        let log = prefix(&LOG, n);
        assert_eq!(from_csv(&to_csv(&log)).unwrap(), log);
        assert_eq!(from_json(&to_json(&log)).unwrap(), log);
    }
    assert_eq!(to_csv(&SessionLog::new("s")), "\r\n");
    assert!(matches!(
        from_json(&to_json(&SessionLog::new("s"))),
        Err(JsonError::Chain(LogError::Empty))
    ));
}

#[test]
fn a_file_that_was_saved_otherwise_is_the_same() {
    let (headers, mut rows) = parsed(&CSV);
    assert_eq!(from_csv(&written(&headers, &rows)).unwrap(), *LOG);
    assert_eq!(from_csv(&format!("\u{feff}{}", *CSV)).unwrap(), *LOG);
    let reversed: Vec<String> = headers.iter().rev().cloned().collect();
    rows.iter_mut().for_each(|row| row.reverse());
    assert_eq!(from_csv(&written(&reversed, &rows)).unwrap(), *LOG);
    let value: serde_json::Value = serde_json::from_str(&to_json(&LOG)).unwrap();
    assert_eq!(from_json(&serde_json::to_string_pretty(&value).unwrap()).unwrap(), *LOG);
}

/// Which row and column an error names.
fn place(error: &CsvError) -> (Option<usize>, Option<String>) {
    match error {
        CsvError::Changed { row, column, .. } => (Some(*row), Some(column.clone())),
        CsvError::NotANumber { row, column, .. } => (Some(*row), Some((*column).to_owned())),
        CsvError::NotAnEvent { row, .. } => (Some(*row), Some("event".to_owned())),
        CsvError::Chain(
            LogError::Changed { row }
            | LogError::OutOfPlace { row, .. }
            | LogError::OtherSession { row, .. },
        ) => (Some(*row as usize), None),
        _ => (None, None),
    }
}

fn expect_found(row: usize, column: usize, edit: &dyn Fn(&str) -> String) {
    let (headers, mut rows) = parsed(&CSV);
    let before = rows[row][column].clone();
    rows[row][column] = edit(&before);
    if rows[row][column] == before {
        return;
    }
    let name = &headers[column];
    let error = from_csv(&written(&headers, &rows)).expect_err(name);
    let (got_row, got_column) = place(&error);
    // Every row tells its session, so that the first one may be told by the second.
    let is_row = got_row == Some(row) || (name == "session_id" && row == 0 && got_row == Some(1));
    assert!(is_row, "row {row}, {name}: {error}");
    assert!(got_column.is_none_or(|got| got == *name), "row {row}, {name}: {error}");
}

#[test]
fn every_cell_of_a_session_is_looked_at() {
    let (headers, rows) = parsed(&CSV);
    for column in 0..headers.len() {
        for row in [0, 1, 4, 5, rows.len() - 1] {
            expect_found(row, column, &|cell| format!("{cell}0"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_cell_that_is_changed_is_named(
        row: prop::sample::Index, column: prop::sample::Index, text in "[ -~]{0,12}", how in 0..4,
    ) {
        let (headers, rows) = parsed(&CSV);
        let edit = |cell: &str| match how {
            0 => text.clone(),
            1 => format!("{cell}{text}"),
            2 => format!(" {cell}"),
            _ => cell.chars().rev().collect(),
        };
        expect_found(row.index(rows.len()), column.index(headers.len()), &edit);
    }
}

#[test]
fn columns_and_rows_that_are_removed_or_added_are_told() {
    let (headers, rows) = parsed(&CSV);
    for (at, name) in headers.iter().enumerate() {
        let without = |row: &Vec<String>| {
            let mut row = row.clone();
            row.remove(at);
            row
        };
        let csv = written(&without(&headers), &rows.iter().map(without).collect::<Vec<_>>());
        let error = from_csv(&csv).unwrap_err();
        let expected = matches!(error, CsvError::MissingColumn { column, .. } if column == name);
        assert!(expected, "{error}");
    }
    let error = from_csv("session_id;trial_index\ns;0\n").unwrap_err().to_string();
    assert!(error.contains("'session_id'; its first line is 'session_id;trial_index'"), "{error}");
    assert!(error.contains("commas"), "{error}");
    let add = |row: &Vec<String>, cell: &str| [row.clone(), vec![cell.to_owned()]].concat();
    let wider: Vec<_> = rows.iter().map(|row| add(row, "x")).collect();
    let error = from_csv(&written(&add(&headers, "note"), &wider)).unwrap_err();
    assert!(matches!(error, CsvError::UnknownColumn { ref column } if column == "note"), "{error}");
    let error = from_csv(&written(&add(&headers, "rt"), &wider)).unwrap_err();
    assert!(matches!(error, CsvError::ColumnTwice { ref column } if column == "rt"), "{error}");
    for at in 0..rows.len() - 1 {
        let mut fewer = rows.clone();
        fewer.remove(at);
        assert!(matches!(from_csv(&written(&headers, &fewer)), Err(CsvError::Chain(_))), "{at}");
    }
}

#[test]
fn changed_facts_of_the_json_are_named() {
    let json = to_json(&LOG);
    let code = LOG.last_hash();
    for (from, to, expected) in [
        ("\"complete\":true", "\"complete\":false", "'complete' was changed"),
        ("\"study_id\":\"next-track\",\n", "\"study_id\":\"other\",\n", "'study_id' was changed"),
        (
            &format!("\"completion_code\":\"{code}\""),
            "\"completion_code\":null",
            "'completion_code'",
        ),
        ("\"format\":\"segue-session\"", "\"format\":\"x\"", "not a session"),
        ("\"schema_version\":1", "\"schema_version\":2", "newer Segue (schema 2)"),
        ("\"kind\":\"began\"", "\"kind\":\"began\",\"extra\":null", "row 5 of the session is none"),
    ] {
        let changed = json.replacen(from, to, 1);
        assert_ne!(changed, json, "{from}");
        let error = from_json(&changed).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let broken_off = to_json(&prefix(&LOG, 9));
    assert!(
        broken_off.contains("\"complete\":false,\n\"completion_code\":null,\n"),
        "{broken_off}"
    );
}

/// Rows by their columns; missing cells are left out.
fn by_column(log: &SessionLog) -> Vec<BTreeMap<&'static str, String>> {
    let owned =
        |row: &cells::Row| row.cells().map(|(name, cell)| (name, cell.to_owned())).collect();
    rows::rows(log).iter().map(owned).collect()
}

#[test]
fn trials_read_as_those_of_jspsych() {
    let rows = by_column(&LOG);
    assert_eq!(rows[0]["trial_type"], "browser-check");
    assert_eq!(
        (rows[0]["seed"].as_str(), rows[0]["vsync_rate"].as_str()),
        ("18446744073709551614", "59.94")
    );
    for (at, (row, log_row)) in rows.iter().zip(LOG.rows()).enumerate() {
        assert_eq!(row["trial_index"], at.to_string());
        assert_eq!(row["subject_id"], "p-4f/2a");
        let Event::TrialAnswered(answered) = &log_row.event else { continue };
        assert_eq!(row["trial_type"], "audio-button-response");
        assert_eq!(row["stimulus"], format!("stimuli/{}.mp3", answered.trial.track_id));
        assert_eq!(row["response"], (answered.response - 1).to_string());
        assert_eq!(row["answer"], answered.response.to_string());
        assert_eq!(row["liked"], (answered.response >= 4).to_string());
        assert_eq!((row["rt"].as_str(), row["slip"].as_str()), ("1234", "false"));
        let is_recommendation = answered.trial.role == Role::Recommendation;
        assert_eq!(row["condition"] != "null", is_recommendation);
        assert_eq!(row.contains_key("familiar"), answered.trial.role != Role::Practice);
    }
    let slips: Vec<_> = rows.iter().filter(|row| row["trial_type"] == "segue-slip").collect();
    assert!(!slips.is_empty());
    assert!(slips.iter().all(|row| row["response"] == "null" && row["slip"] == "true"));
    assert!(rows.iter().any(|row| row["trial_type"] == "preload" && row["success"] == "false"));
}

/// One trial with all that a session can put before it.
#[test]
fn what_happened_since_the_last_trial_stands_in_the_next() {
    let player = Player::new(&World::new(30, 1), &Preset::Default.design(), 1).with(1.0, 0.0);
    let mut player = player.until_trial(Role::Anchor);
    let Screen::Trial(trial) = player.state.screen().clone() else { unreachable!() };
    player.take(Event::Replayed { trial: trial.number });
    player.take(Event::Resumed);
    for change in [FocusChange::Blur, FocusChange::Focus, FocusChange::Blur, FocusChange::Hidden] {
        player.take(Event::Focus { change });
    }
    player.take(Event::Replayed { trial: trial.number });
    player.step();
    player.step();
    player.step();
    let rows = by_column(&player.log);
    let trials: Vec<_> = rows.iter().filter(|row| row.contains_key("replays")).collect();
    let facts = |at: usize| {
        [trials[at]["replays"].as_str(), &trials[at]["focus_losses"], &trials[at]["resumed"]]
    };
    assert_eq!((facts(2), facts(3)), (["1", "2", "true"], ["0", "0", "false"]));
}

#[test]
fn files_in_which_one_departure_is_two_losses_are_still_read() {
    let player = Player::new(&World::new(30, 1), &Preset::Default.design(), 1).with(1.0, 0.0);
    let mut player = player.until_trial(Role::Anchor);
    for change in [FocusChange::Blur, FocusChange::Hidden] {
        player.take(Event::Focus { change });
    }
    player.step();
    let (headers, rows) = parsed(&to_csv(&player.log));
    let column = headers.iter().position(|name| name == "focus_losses").unwrap();
    let row = rows.iter().position(|row| row[column] == "1").unwrap();
    let with = |count: &str| {
        let mut rows = rows.clone();
        rows[row][column] = count.to_owned();
        from_csv(&written(&headers, &rows))
    };
    assert_eq!(with("2").unwrap(), player.log);
    assert!(matches!(with("3"), Err(CsvError::Changed { .. })));
    assert!(matches!(with("0"), Err(CsvError::Changed { .. })));
}

/// The list of columns is complete, and holds nothing that never occurs; the protocol shows all of it.
#[test]
fn every_column_is_described() {
    let mut met = BTreeSet::new();
    for seed in 0..20 {
        met.extend(cells::columns(&rows::rows(&session(&full(), seed))));
    }
    let described: BTreeSet<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    assert_eq!(met, described);
    assert_eq!(described.len(), COLUMNS.len());
    let protocol = include_str!("../../../../docs/protocol.md");
    for (name, description) in COLUMNS {
        let line = format!("| `{name}` | {description} |");
        assert!(protocol.contains(&line), "docs/protocol.md lacks the line\n{line}");
    }
}

/// A session written by hand.
fn by_hand(design: &StudyDesign, steps: &[(&str, &[(Condition, &str)])]) -> SessionLog {
    let mut log = SessionLog::new("hand");
    let push = |log: &mut SessionLog, event| log.push(log.next_row(event, 5_000));
    let id = |text: &str| TrackId::parse(text).unwrap();
    let started = crate::study::tests::started_for(&log, design);
    push(&mut log, Event::Started(Box::new(started)));
    let mut number = 0;
    for (anchor, songs) in steps {
        let trial = |number, role, name: &str, sources| PlannedTrial {
            number,
            role,
            anchor_number: 0,
            anchor_id: id("anchor"),
            track_id: id(name),
            position: 0,
            sources,
        };
        if *anchor == "slip" {
            push(&mut log, Event::Slip(Slip { trial: number, key: "x".into(), rt_millis: None }));
            continue;
        }
        let answered = trial(number, Role::Anchor, "anchor", vec![]);
        push(&mut log, Player::answer(&answered, anchor.parse().unwrap(), 9_000));
        number += 1;
        if *anchor == "0" {
            continue;
        }
        let source = |condition: Condition| Source { condition, rank: 1, similarity: None };
        let song = |(condition, _): &(Condition, &str)| BlockSong {
            track_id: id("song"),
            sources: vec![source(*condition)],
        };
        let order = songs.iter().map(|(condition, _)| *condition).collect();
        let block = Block {
            anchor_id: id("anchor"),
            liked_number: 0,
            order,
            songs: songs.iter().map(song).collect(),
        };
        push(&mut log, Event::BlockPlanned(block));
        for (condition, answer) in *songs {
            let song = trial(number, Role::Recommendation, "song", vec![source(*condition)]);
            let event = match *answer {
                "slip" => Event::Slip(Slip { trial: number, key: "x".into(), rt_millis: None }),
                "failed" => Event::ClipFailed(Box::new(FailedClip {
                    trial: song,
                    reason: "missing".into(),
                })),
                "left" => continue,
                answer => Player::answer(&song, answer.parse().unwrap(), 9_000),
            };
            push(&mut log, event);
            number += 1;
        }
    }
    log
}

#[test]
fn the_wide_table_is_that_of_the_thesis() {
    use Condition::{Audio, Genre, Lyrics, Multimodal, Random};
    let design = Preset::Thesis.design();
    let log = by_hand(
        &design,
        &[
            ("1", &[(Multimodal, "1"), (Random, "0"), (Audio, "1")]),
            ("0", &[]),
            ("1", &[(Genre, "1"), (Audio, "failed"), (Multimodal, "0")]),
            ("1", &[(Audio, "0"), (Random, "slip"), (Multimodal, "left")]),
        ],
    );
    let expected = "anchor,audio,comb,random\n1,1,1,0\n0,no,no,no\n1,,0,1\n1,0,,slip\n";
    assert_eq!(to_wide_csv(&log), expected);
    let log =
        by_hand(&design, &[("0", &[]), ("1", &[(Lyrics, "1"), (Random, "0")]), ("slip", &[])]);
    let expected = "anchor,audio,comb,random,lyrics\n0,no,no,no,no\n1,,,0,1\nslip,,,,\n";
    assert_eq!(to_wide_csv(&log), expected);
    let log = by_hand(&full(), &[("5", &[(Audio, "4"), (Random, "3"), (Multimodal, "1")])]);
    assert_eq!(to_wide_csv(&log), "anchor,audio,comb,random\n1,1,0,0\n");
}

#[test]
fn the_wide_table_of_a_session_counts_as_its_summary() {
    let mut design = Preset::Default.design();
    design.breaks = None;
    for seed in 0..10 {
        let log = session(&design, seed);
        let (_, rows) = parsed(&to_wide_csv(&log));
        let summary = SessionSummary::of(&log);
        let count = |column: usize, cell: &str| {
            rows.iter().filter(|row| row[column] == cell).count() as u32
        };
        assert_eq!(count(0, "1"), summary.n_liked_anchors);
        assert_eq!(count(0, "0") + count(0, "1"), summary.n_anchors);
        for (column, condition) in
            [(1, Condition::Audio), (2, Condition::Multimodal), (3, Condition::Random)]
        {
            let likes = summary.likes.iter().find(|likes| likes.condition == condition).unwrap();
            assert_eq!(count(column, "1"), likes.n_liked);
            assert_eq!(count(column, "0"), likes.n_answered - likes.n_liked);
            assert_eq!(count(column, "no"), count(0, "0"));
        }
    }
}

#[test]
fn exclusions_are_those_of_the_design() {
    let mut design = full();
    let mut summary = SessionSummary::of(&LOG);
    summary.liked_after_millis = vec![300; 6];
    (summary.n_slips, summary.n_focus_losses) = (20, 99);
    assert_eq!(summary.excluded_by((&design, Mode::Live)), []);
    assert_eq!(summary.excluded_by((&design, Mode::Sim)), [ExclusionReason::OtherMode]);
    // One of the six was liked too soon.
    summary.liked_after_millis[0] = 299;
    summary.n_slips = 21;
    summary.mode = Mode::Sim;
    design.exclusions.max_focus_losses = Some(98);
    design.exclusions.failed_headphone_check = true;
    design.checks.headphones = Some(HeadphoneCheck { trials: 2, pass_from: 2, required: false });
    summary.n_headphones_right = 1;
    let all = [
        ExclusionReason::OtherMode,
        ExclusionReason::TooFewLikedAnchors,
        ExclusionReason::TooManySlips,
        ExclusionReason::TooManyFocusLosses,
        ExclusionReason::HeadphoneCheckFailed,
    ];
    assert_eq!(summary.excluded_by((&design, Mode::Live)), all);
    assert_eq!(summary.excluded_by((&design, Mode::Sim)), all[1..]);
    let mut answered = crate::study::tests::answered_of(&LOG)[0].clone();
    assert!(!design.exclusions.leaves_out(&answered));
    answered.rt_millis = 299;
    assert!(design.exclusions.leaves_out(&answered));
}

#[test]
fn the_psych_ds_folder_describes_itself_and_tells_no_one() {
    let logs = [session(&full(), 1), session(&full(), 2), LOG.clone()];
    let files = to_psych_ds(&logs, (&full(), &STUDY_JSON));
    let by_path: BTreeMap<&str, &[u8]> =
        files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    assert_eq!(by_path.len(), files.len());
    let description: serde_json::Value =
        serde_json::from_slice(by_path["dataset_description.json"]).unwrap();
    let variables = description["variableMeasured"].as_array().unwrap();
    let named: BTreeSet<&str> = variables.iter().map(|v| v["name"].as_str().unwrap()).collect();
    assert!(variables.iter().all(|v| !v["description"].as_str().unwrap().is_empty()));
    let mut used = BTreeSet::new();
    let mut n_data = 0;
    for (path, bytes) in &by_path {
        let text = std::str::from_utf8(bytes).unwrap();
        let Some(name) = path.strip_prefix("data/").filter(|name| !name.contains('/')) else {
            continue;
        };
        n_data += 1;
        assert!(is_data_file(name), "{name}");
        assert!(!text.contains("5f3e2d") && !text.contains("PROLIFIC"), "{path}");
        used.extend(parsed(text).0);
    }
    assert_eq!(n_data, 3);
    assert_eq!(used.iter().map(String::as_str).collect::<BTreeSet<_>>(), named);
    assert!(!named.contains("event") && named.contains("row_hash"));
    let raw = std::str::from_utf8(by_path["data/raw/session11.json"]).unwrap();
    assert_eq!(from_json(raw).unwrap(), *LOG);
    let recruitment = std::str::from_utf8(by_path["data/raw/recruitment.csv"]).unwrap();
    assert!(recruitment.contains("\"PROLIFIC_PID\",\"5f3e2d\"") && recruitment.contains("\"'=cmd"));
    assert_eq!(by_path["materials/study.json"], *STUDY_JSON);
    assert_eq!(StudyDesign::from_json(&STUDY_JSON).unwrap(), full());
}

/// `([a-z]+-[a-zA-Z0-9]+)(_[a-z]+-[a-zA-Z0-9]+)*_data\.csv`, as Psych-DS has it.
fn is_data_file(name: &str) -> bool {
    let is_part = |part: &str| {
        part.split_once('-').is_some_and(|(key, value)| {
            !key.is_empty()
                && key.chars().all(|c| c.is_ascii_lowercase())
                && !value.is_empty()
                && value.chars().all(|c| c.is_ascii_alphanumeric())
        })
    };
    name.strip_suffix("_data.csv").is_some_and(|name| name.split('_').all(is_part))
}

#[test]
fn zip_files_hold_the_files_and_are_the_same_each_time() {
    let files = to_psych_ds(std::slice::from_ref(&LOG), (&full(), &STUDY_JSON));
    let bytes = zip(&files);
    assert_eq!(bytes, zip(&files));
    let mut archive = ::zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(archive.len(), files.len());
    for (path, expected) in &files {
        let mut file = archive.by_name(path).unwrap();
        assert_eq!(file.last_modified().map(|date| date.year()), Some(1980));
        let mut got = Vec::new();
        file.read_to_end(&mut got).unwrap();
        assert_eq!(got, *expected, "{path}");
    }
}
