//! A text in several languages.

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
