//! `docs/study.schema.json` describes the design field by field.

use crate::study::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../docs/study.schema.json")).unwrap()
}

/// The default design with every optional part there.
fn full() -> Value {
    let mut design = Preset::Default.design();
    design.checks.headphones = Some(HeadphoneCheck { trials: 6, pass_from: 5, required: false });
    design.question.prompt = Some(design.title.clone());
    design.completion.link = Some("https://example.org/?cc={code}".to_owned());
    design.data.send = Some(Send::Jatos);
    serde_json::to_value(&design).unwrap()
}

/// Sends of every kind.
fn sends() -> [Value; 3] {
    let (experiment_id, url) = ("a1".to_owned(), "https://example.org".to_owned());
    [Send::Datapipe { experiment_id, url: url.clone() }, Send::Jatos, Send::Post { url }]
        .map(|send| serde_json::to_value(send).unwrap())
}

/// What a schema says where it is there: behind a reference, and not null.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    if schema.get("$ref").is_some() {
        return &root["$defs"]["localized"];
    }
    match schema.get("anyOf").and_then(Value::as_array) {
        Some(options) => resolved(root, &options[0]),
        None => schema,
    }
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Every field stands in the schema, is required and described, and the reverse.
fn compare(root: &Value, schema: &Value, value: &Value, path: &str) {
    let schema = resolved(root, schema);
    let Some(properties) = schema.get("properties") else { return };
    assert_eq!(keys(properties), keys(value), "{path}");
    let required = schema["required"].as_array().unwrap();
    let required: BTreeSet<&str> = required.iter().filter_map(Value::as_str).collect();
    assert_eq!(required, keys(value), "{path}: required");
    assert_eq!(schema["additionalProperties"], json!(false), "{path}");
    for (name, value) in value.as_object().unwrap() {
        let property = &properties[name];
        let described = property.get("description").is_some() || property.get("const").is_some();
        assert!(described, "{path}/{name} has no description");
        compare(root, property, value, &format!("{path}/{name}"));
    }
}

#[test]
fn every_field_stands_in_the_schema_and_the_reverse() {
    let schema = schema();
    compare(&schema, &schema, &full(), "");
    let options = &resolved(&schema, &schema["properties"]["data"]["properties"]["send"])["oneOf"];
    for (option, send) in options.as_array().unwrap().iter().zip(sends()) {
        assert_eq!(option["properties"]["to"]["const"], send["to"]);
        compare(&schema, option, &send, "/data/send");
    }
}

/// The names that the reader knows for a field, from its own complaint.
fn known(pointer: &str) -> BTreeSet<String> {
    let mut design = full();
    *design.pointer_mut(pointer).unwrap() = json!("no such name");
    let error = StudyDesign::from_json(design.to_string().as_bytes()).unwrap_err();
    let text = std::error::Error::source(&error).unwrap().to_string();
    let (_, names) = text.split_once("expected").unwrap();
    names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_names_of_the_schema_are_those_that_are_read() {
    let schema = schema();
    let mut n_fields = 0;
    for (pointer, place) in [
        ("/songs", "/properties/songs"),
        ("/control", "/properties/control"),
        ("/same_artist", "/properties/same_artist"),
        ("/same_song", "/properties/same_song"),
        ("/order", "/properties/order"),
        ("/question/scale", "/properties/question/properties/scale"),
    ] {
        let names = schema.pointer(place).unwrap()["enum"].as_array().unwrap();
        let names: BTreeSet<String> =
            names.iter().map(|n| n.as_str().unwrap().to_owned()).collect();
        assert_eq!(names, known(pointer), "{pointer}");
        n_fields += 1;
    }
    assert_eq!(n_fields, schema.to_string().matches("\"enum\":").count() - 1, "and recommenders");
}

#[test]
fn the_version_of_the_schema_is_that_of_the_design() {
    let schema = schema();
    assert_eq!(schema["properties"]["schema_version"]["const"], json!(SCHEMA_VERSION));
    assert_eq!(schema["properties"]["format"]["const"], json!(Preset::Default.design().format));
}
