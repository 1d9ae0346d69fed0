//! The texts of the participant's pages, in every language of `web/locales/`.
//!
//! A language is a file there, named by its code; a text that it lacks is shown in English. What the
//! study itself says stands in `study.json`.

#[allow(
    missing_docs,
    unreachable_pub,
    unused_imports,
    dead_code,
    clippy::all,
    reason = "made from the files of texts, with more than the pages use"
)]
mod texts {
    include!(concat!(env!("OUT_DIR"), "/i18n/mod.rs"));
}

pub(crate) use texts::i18n::*;

/// The texts of the language with that code, else English.
pub(crate) fn locale(code: &str) -> Locale {
    code.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeMap;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Each text by its path.
    fn texts(json: &str) -> BTreeMap<String, String> {
        fn gather(path: &str, value: &Value, texts: &mut BTreeMap<String, String>) {
            match value {
                Value::Object(parts) => {
                    parts
                        .iter()
                        .for_each(|(name, part)| gather(&format!("{path}.{name}"), part, texts));
                }
                value => {
                    texts.insert(path.to_owned(), value.as_str().unwrap().to_owned());
                }
            }
        }
        let mut found = BTreeMap::new();
        gather("", &serde_json::from_str(json).unwrap(), &mut found);
        found
    }

    fn place_holders(text: &str) -> Vec<&str> {
        let mut names: Vec<_> =
            text.split("{{").skip(1).map(|rest| rest.split("}}").next().unwrap().trim()).collect();
        names.sort_unstable();
        names
    }

    /// Texts that read the same in both.
    const SAME: [&str; 1] = [".pause.seconds_left"];

    #[wasm_bindgen_test(unsupported = test)]
    fn dutch_says_all_that_english_says() {
        let english = texts(include_str!("../locales/en.json"));
        let dutch = texts(include_str!("../locales/nl.json"));
        assert!(english.keys().eq(dutch.keys()), "{english:?}\n{dutch:?}");
        for (path, text) in &english {
            assert_eq!(place_holders(text), place_holders(&dutch[path]), "{path}");
            assert!(
                !dutch[path].is_empty() && (dutch[path] != *text || SAME.contains(&path.as_str())),
                "{path} is not translated"
            );
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn an_unknown_language_is_served_in_english() {
        assert_eq!(locale("nl"), Locale::nl);
        assert_eq!(locale("xx"), Locale::en);
        assert_eq!(locale(""), Locale::en);
    }
}
