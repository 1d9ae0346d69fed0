#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use super::*;
use serde_json::json;

#[test]
fn attributes_are_read_and_wrong_ones_named() {
    let trial = Trial::from_attributes(&json!(["12", "anchor", "playing"])).unwrap();
    assert_eq!(trial, Trial { index: 12, role: Role::Anchor, phase: Phase::Playing });
    for (attributes, expected) in [
        (json!(null), "no trial is shown"),
        (json!(["x", "anchor", "playing"]), "data-trial-index 'x'"),
        (json!(["1", "audio", "playing"]), "data-role 'audio'"),
        (json!(["1", "anchor", "done"]), "data-phase 'done'"),
        (json!(["1", "anchor", null]), "the trial has no data-phase"),
    ] {
        let fault = Trial::from_attributes(&attributes).unwrap_err().to_string();
        assert_eq!(fault, expected);
    }
}

#[test]
fn screens_have_names_of_their_own() {
    for screen in Screen::ON_THE_WAY {
        assert_eq!(Screen::from_name(screen.name()), Some(screen));
    }
    assert_eq!(Screen::from_name("blocked-tab"), Some(Screen::BlockedTab));
    assert_eq!(Screen::from_name("trials"), None);
}
