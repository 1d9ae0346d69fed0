//! `study.json`: presets are sound, and each fault is told by its path.

use crate::recommend::Condition;
use crate::study::*;
use serde_json::{Value, json};

fn default_with(pointer: &str, value: Value) -> Result<StudyDesign, DesignError> {
    let mut json: Value = serde_json::from_slice(&Preset::Default.design().to_json()).unwrap();
    *json.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
    StudyDesign::from_json(json.to_string().as_bytes())
}

fn text(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {}", text(source)))
}

#[test]
fn presets_are_sound_and_round_trip() {
    for preset in Preset::ALL {
        let design = preset.design();
        assert_eq!(design.faults(), []);
        assert_eq!(StudyDesign::from_json(&design.to_json()).unwrap(), design);
        assert_eq!(StudyDesign::from_json(&design.to_json()).unwrap().to_json(), design.to_json());
        assert_eq!(Preset::from_name(preset.name()), Some(preset));
    }
    assert_eq!(Preset::from_name("other"), None);
}

#[test]
fn the_presets_differ_in_the_faults_of_the_thesis() {
    let (default, thesis) = (Preset::Default.design(), Preset::Thesis.design());
    assert!(thesis.repeat_songs && !default.repeat_songs);
    assert_eq!((thesis.same_song, default.same_song), (SameSong::PlayTwice, SameSong::NextRank));
    assert_eq!((thesis.order, default.order), (OrderScheme::Random, OrderScheme::Balanced));
    assert_eq!(thesis.stop.anchors, Some(600));
    assert_eq!(thesis.clip.seconds, 10.0);
    let three = [Condition::Audio, Condition::Multimodal, Condition::Random];
    assert_eq!((thesis.conditions(), default.conditions()), (three.to_vec(), three.to_vec()));
}

#[test]
fn every_fault_names_its_path() {
    let cases = [
        ("/study_id", json!("Next Track"), "study_id"),
        ("/study_id", json!(""), "study_id"),
        ("/languages", json!([]), "languages"),
        ("/languages", json!(["en", "EN"]), "languages[1]"),
        ("/languages", json!(["en", "nl", "en"]), "languages[2]"),
        ("/languages", json!(["en", "nl", "de"]), "texts.consent.de"),
        ("/languages", json!(["en"]), "title.nl"),
        ("/title/en", json!("  "), "title.en"),
        ("/texts/debrief", json!({"en": "x"}), "texts.debrief.nl"),
        ("/question/prompt", json!({"en": "x", "nl": ""}), "question.prompt.nl"),
        ("/recommenders", json!([]), "recommenders"),
        ("/recommenders", json!(["audio", "audio"]), "recommenders[1]"),
        ("/recommenders", json!(["audio", "random"]), "recommenders[1]"),
        ("/stop/liked_anchors", json!(0), "stop.liked_anchors"),
        ("/stop/anchors", json!(100_001), "stop.anchors"),
        ("/stop/minutes", json!(0), "stop.minutes"),
        ("/breaks/every_trials", json!(0), "breaks.every_trials"),
        ("/practice_trials", json!(21), "practice_trials"),
        ("/clip/seconds", json!(0.4), "clip.seconds"),
        ("/clip/fade_millis", json!(5_001), "clip.fade_millis"),
        ("/answer/from_secs", json!(10.5), "answer.from_secs"),
        ("/question/liked_from", json!(0), "question.liked_from"),
        ("/question/liked_from", json!(2), "question.liked_from"),
        ("/question/scale", json!("points5"), "question.liked_from"),
        (
            "/checks/headphones",
            json!({"trials": 6, "pass_from": 7, "required": false}),
            "checks.headphones.pass_from",
        ),
        (
            "/checks/headphones",
            json!({"trials": 0, "pass_from": 0, "required": false}),
            "checks.headphones.trials",
        ),
        ("/data/send", json!({"to": "post", "url": "http://example.org"}), "data.send.url"),
        (
            "/data/send",
            json!({"to": "datapipe", "experiment_id": "a b", "url": "https://pipe.jspsych.org"}),
            "data.send.experiment_id",
        ),
        ("/completion/link", json!("javascript:alert(1)"), "completion.link"),
        ("/resume_hours", json!(0), "resume_hours"),
    ];
    for (pointer, value, path) in cases {
        let error = default_with(pointer, value.clone()).expect_err(pointer);
        let DesignError::Faults(faults) = &error else { panic!("{pointer} {value}: {error}") };
        assert!(faults.iter().any(|fault| fault.path == path), "{pointer} {value}: {error}");
        assert!(error.to_string().contains(&format!("'{path}': expected ")), "{error}");
    }
}

#[test]
fn wrong_types_and_unknown_fields_name_their_path() {
    for (pointer, value, expected) in [
        ("/stop/minutes", json!("thirty"), "stop.minutes"),
        ("/order", json!("latin_square"), "order"),
        ("/recommenders/1", json!("hearing"), "recommenders[1]"),
        ("/question/scale", json!("points9"), "question.scale"),
        ("/clip", json!({"seconds": 10.0, "fade_millis": 10, "gain": 1}), "clip.gain"),
        ("/clip", json!({"seconds": 10.0}), "fade_millis"),
        ("/data/send", json!({"to": "mail"}), "data.send"),
    ] {
        let error = default_with(pointer, value).unwrap_err();
        assert!(matches!(error, DesignError::WrongField { .. }), "{error}");
        assert!(text(&error).contains(expected), "{pointer}: {}", text(&error));
    }
    let json: Value = serde_json::from_slice(&Preset::Default.design().to_json()).unwrap();
    // What may be null must be there all the same.
    for (object, entry) in
        [("/exclusions", "max_slips"), ("/stop", "minutes"), ("/data", "send"), ("", "breaks")]
    {
        let mut json = json.clone();
        json.pointer_mut(object).unwrap().as_object_mut().unwrap().remove(entry).unwrap();
        let error = StudyDesign::from_json(json.to_string().as_bytes()).unwrap_err();
        let expected = format!("missing field `{entry}`");
        assert!(text(&error).contains(&expected), "{object}: {}", text(&error));
    }
    let mut json = json;
    json["colour"] = json!("red");
    let error = StudyDesign::from_json(json.to_string().as_bytes()).unwrap_err();
    assert!(text(&error).contains("unknown field `colour`"), "{}", text(&error));
}

#[test]
fn newer_and_foreign_files_are_told_before_anything_else() {
    let error = |json: &str| StudyDesign::from_json(json.as_bytes()).unwrap_err().to_string();
    let newer = error(r#"{"format":"segue-study","schema_version":2,"all":"else"}"#);
    assert!(newer.contains("schema 2") && newer.contains("update"), "{newer}");
    assert!(error(r#"{"format":"segue-bundle","schema_version":1}"#).contains("not the design"));
    assert!(error("{}").contains("not the design"));
    assert!(error("{").contains("no JSON"));
}

#[test]
fn a_byte_order_mark_is_read_over_and_other_encodings_are_named() {
    let design = Preset::Default.design();
    let json = String::from_utf8(design.to_json()).unwrap();
    assert_eq!(StudyDesign::from_json(format!("\u{feff}{json}").as_bytes()).unwrap(), design);
    let wide: Vec<u8> = json.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in
        [wide.clone(), [&[0xff_u8, 0xfe][..], &wide].concat(), b"{\"a\": \"\xe4\"}".to_vec()]
    {
        let error = StudyDesign::from_json(&bytes).unwrap_err().to_string();
        assert_eq!(error, "study.json is not UTF-8; save it as UTF-8");
    }
}

#[test]
fn several_faults_are_told_at_once() {
    let mut design = Preset::Default.design();
    design.study_id = "A".into();
    design.resume_hours = 0;
    let paths: Vec<String> = design.faults().into_iter().map(|fault| fault.path).collect();
    assert_eq!(paths, ["study_id", "resume_hours"]);
}

#[test]
fn the_language_that_serves_best() {
    let design = Preset::Default.design();
    assert_eq!(design.language_for(["nl-BE", "en"]), "nl");
    assert_eq!(design.language_for(["fr", "NL_nl"]), "nl");
    assert_eq!(design.language_for(["fr"]), "en");
    assert_eq!(design.language_for([]), "en");
}

#[test]
fn recommenders_without_a_table_are_found() {
    let design = Preset::Default.design();
    assert_eq!(design.without_table(|c| c == Condition::Audio), [Condition::Multimodal]);
    assert!(design.without_table(|_| true).is_empty());
}
