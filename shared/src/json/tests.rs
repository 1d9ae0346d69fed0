use super::*;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Song {
    title: String,
    seconds: Option<f32>,
    #[serde(default)]
    views: u64,
    ways: Vec<Way>,
    texts: BTreeMap<String, String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Way {
    Audio,
    Seed(i64),
    Pair(u8, u8),
    Named { name: String },
}

fn song() -> Value {
    json!({
        "title": "a", "seconds": null, "texts": {"en": "b", "nl": "c"},
        "ways": ["audio", {"seed": -3}, {"pair": [1, 2]}, {"named": {"name": "d"}}],
    })
}

#[test]
fn reads_what_serde_json_reads() {
    let text = song().to_string();
    let ours: Song = from_slice(text.as_bytes()).unwrap();
    let other: Song = serde_json::from_str(&text).unwrap();
    assert_eq!(ours, other);
}

#[test]
fn a_tag_is_a_text_and_nothing_else() {
    let fields = |value: Value| value.as_object().unwrap().clone();
    for (tagged_fields, variant) in [
        (json!({"kind": "audio"}), json!("audio")),
        (json!({"kind": "named", "name": "d"}), json!({"named": {"name": "d"}})),
    ] {
        assert_eq!(untagged(fields(tagged_fields.clone()), "kind"), Ok(variant.clone()));
        assert_eq!(Value::Object(tagged(variant, "kind")), tagged_fields);
    }
    let nested = json!({"kind": {"named": {"name": "d"}}});
    assert!(untagged(fields(nested), "kind").unwrap_err().contains("must be a text"));
    assert!(untagged(fields(json!({"a": 1})), "kind").unwrap_err().contains("missing field"));
}

#[test]
fn an_error_names_its_place() {
    let said = |pointer: &str, wrong: Value| {
        let mut value = song();
        *value.pointer_mut(pointer).unwrap() = wrong;
        let error = from_value::<Song>(&value).unwrap_err();
        (error.path(), error.into_reason().to_string())
    };
    for (pointer, wrong, path, reason) in [
        ("/title", json!(3), "title", "invalid type: integer `3`, expected a string"),
        ("/texts/nl", json!([]), "texts.nl", "invalid type: sequence, expected a string"),
        ("/ways/1/seed", json!("x"), "ways[1]", "invalid type: string \"x\", expected i64"),
        ("/ways/3/named", json!({}), "ways[3]", "missing field `name`"),
        ("/ways/0", json!("seed"), "ways[0]", "invalid type: unit variant, expected a value"),
        ("/ways/1", json!({"audio": 1}), "ways[1]", "invalid type: integer `1`, expected a name"),
        ("/ways/2", json!(7), "ways[2]", "invalid type: integer `7`, expected a name, or an"),
        ("/ways/2/pair", json!([1]), "ways[2]", "invalid length 1"),
    ] {
        let (found, said) = said(pointer, wrong);
        assert_eq!(found, path, "{pointer}: {said}");
        assert!(said.starts_with(reason), "{pointer}: {said}");
    }
    let mut extra = song();
    extra["colour"] = json!("red");
    let error = from_value::<Song>(&extra).unwrap_err();
    assert!(error.to_string().starts_with("colour: unknown field `colour`"), "{error}");
    let error = from_slice::<Song>(b"{").unwrap_err();
    assert!(error.to_string().contains("line 1 column 1"), "{error}");
}
