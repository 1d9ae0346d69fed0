//! The chain of hashes.

use super::session::{Player, World};
use crate::study::*;
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;

static ROWS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut design = Preset::Default.design();
    design.question.familiarity = true;
    design.checks.headphones = Some(HeadphoneCheck { trials: 2, pass_from: 0, required: false });
    let mut player = Player::new(&World::new(30, 1), &design, 7).with(0.8, 0.3);
    while player.log.rows().len() < 60 && player.step() {}
    player.log.rows().iter().map(LogRow::to_json).collect()
});

fn read(rows: &[String]) -> Result<SessionLog, LogError> {
    SessionLog::from_json(rows.iter().map(String::as_str))
}

#[test]
fn any_beginning_of_a_log_is_one() {
    for n in 1..=ROWS.len() {
        let log = read(&ROWS[..n]).unwrap();
        assert_eq!(log.rows().len(), n);
        assert!(ROWS[n - 1].contains(log.last_hash()));
        assert_eq!(log.rows()[n - 1].to_json(), ROWS[n - 1]);
    }
    assert!(matches!(read(&[]), Err(LogError::Empty)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_byte_that_is_changed_shows(row in 0usize..60, at: prop::sample::Index, byte in 0x20u8..0x7f) {
        let row = row % ROWS.len();
        let mut bytes = ROWS[row].clone().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at].is_ascii() && bytes[at] != byte);
        bytes[at] = byte;
        let mut rows = ROWS.clone();
        rows[row] = String::from_utf8(bytes).unwrap();
        prop_assert!(read(&rows).is_err(), "{}", rows[row]);
    }

    #[test]
    fn any_byte_that_is_added_or_removed_shows(row in 0usize..60, at: prop::sample::Index, byte in 0x20u8..0x7f) {
        let row = row % ROWS.len();
        let bytes = ROWS[row].as_bytes();
        let at = at.index(bytes.len());
        prop_assume!(ROWS[row].is_char_boundary(at) && bytes[at].is_ascii());
        let (head, tail) = ROWS[row].split_at(at);
        for changed in [format!("{head}{}{tail}", byte as char), format!("{head}{}", &tail[1..])] {
            let mut rows = ROWS.clone();
            rows[row] = changed;
            prop_assert!(read(&rows).is_err(), "{}", rows[row]);
        }
    }
}

#[test]
fn rows_that_are_removed_doubled_or_swapped_show() {
    for at in 0..ROWS.len() - 1 {
        let mut removed = ROWS.clone();
        removed.remove(at);
        let error = read(&removed).unwrap_err();
        assert!(matches!(error, LogError::OutOfPlace { row, .. } if row == at as u64), "{error}");
        let mut doubled = ROWS.clone();
        doubled.insert(at, ROWS[at].clone());
        assert!(matches!(read(&doubled), Err(LogError::OutOfPlace { .. })));
        let mut swapped = ROWS.clone();
        swapped.swap(at, at + 1);
        assert!(matches!(read(&swapped), Err(LogError::OutOfPlace { .. })));
    }
}

/// Removing a row and numbering the others anew does not help.
#[test]
fn a_gap_that_is_closed_shows() {
    let mut rows = ROWS.clone();
    rows.remove(5);
    for (at, row) in rows.iter_mut().enumerate().skip(5) {
        *row = row.replace(&format!("\"sequence\":{},", at + 1), &format!("\"sequence\":{at},"));
    }
    assert!(matches!(read(&rows), Err(LogError::Changed { row: 5 })));
}

#[test]
fn a_row_of_another_session_shows() {
    let other =
        Player::new(&World::new(30, 1), &Preset::Default.design(), 8).until_trial(Role::Anchor);
    let mut rows = ROWS.clone();
    rows[3] = other.log.rows()[3].to_json();
    assert!(matches!(read(&rows), Err(LogError::OtherSession { row: 3, .. })));
}

#[test]
#[should_panic(expected = "does not follow")]
fn a_row_that_does_not_follow_is_not_pushed() {
    let mut log = SessionLog::new("s");
    let row = log.next_row(Event::ConsentGiven, 1);
    log.push(row.clone());
    log.push(row);
}

/// The hash that `hashlib.sha256` of Python gives for the same line: it may never change.
#[test]
fn hashes_are_those_of_the_canonical_line() {
    let row = SessionLog::new("s-1").next_row(Event::Replayed { trial: 3 }, 1_700_000_000_123);
    let zeros = "0".repeat(64);
    let line = format!(
        "{{\"at_millis\":1700000000123,\"event\":{{\"kind\":\"replayed\",\"trial\":3}},\
         \"prev_hash\":\"{zeros}\",\"sequence\":0,\"session_id\":\"s-1\"}}"
    );
    assert_eq!(row.to_json().replace(&format!(",\"row_hash\":\"{}\"", row.row_hash), ""), line);
    assert_eq!(row.row_hash, PYTHON);
}
const PYTHON: &str = "4bb0845a0938adffb57045bd61b618cb4410e9be9dfd342de6d4d03dd388e5ea";

#[test]
fn canonical_json_sorts_keys_at_every_depth() {
    let value = json!({"b": [{"z": 1, "a": null}, "\"\n"], "a": {"d": 0.1, "c": true}, "": -1});
    let expected = r#"{"":-1,"a":{"c":true,"d":0.1},"b":[{"a":null,"z":1},"\"\n"]}"#;
    assert_eq!(canonical_json(&value), expected);
}
