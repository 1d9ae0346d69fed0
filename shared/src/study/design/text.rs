//! A text in several languages, and which way each is written.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A text by language, as in `{"en": "Hello", "nl": "Hallo"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Localized(pub BTreeMap<String, String>);

impl Localized {
    /// These texts by language.
    pub fn new<const N: usize>(texts: [(&str, &str); N]) -> Self {
        Self(texts.map(|(language, text)| (language.to_owned(), text.to_owned())).into())
    }

    /// The text in that language, else the first there is; a checked design has all of them.
    pub fn get(&self, language: &str) -> &str {
        self.0.get(language).or_else(|| self.0.values().next()).map_or("", String::as_str)
    }
}

/// Languages written from right to left, by their codes in ISO 639.
const RIGHT_TO_LEFT: [&str; 10] = ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"];

/// Which way a language is written, as HTML's `dir` has it: `rtl` or `ltr`. What follows the language in a tag, as in
/// `ar-EG`, is not looked at.
pub fn text_direction(language: &str) -> &'static str {
    let code = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    if RIGHT_TO_LEFT.contains(&code.as_str()) { "rtl" } else { "ltr" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_written_their_way() {
        for language in RIGHT_TO_LEFT.into_iter().chain(["ar-EG", "HE", "ur_PK"]) {
            assert_eq!(text_direction(language), "rtl", "{language}");
        }
        for language in ["en", "nl", "nl-BE", "tr", "zh", "art", "hen", ""] {
            assert_eq!(text_direction(language), "ltr", "{language}");
        }
    }
}
