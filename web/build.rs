//! Turns the texts in `locales/` into code: one file a language, English where one lacks a text.

use leptos_i18n_build::{Config, ParseOptions, TranslationsInfos};
use std::error::Error;
use std::fs;
use std::path::PathBuf;

/// The language whose texts are all there.
const FIRST: &str = "en";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
    let mut config = Config::new(FIRST)?
        .parse_options(ParseOptions::default().interpolate_display(true))
        .locales_path("./locales");
    for language in languages()? {
        config = config.add_locale(&language)?;
    }
    let texts = TranslationsInfos::parse(config)?;
    texts.emit_diagnostics();
    let folder = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    texts.generate_i18n_module(PathBuf::from(folder).join("i18n"))?;
    Ok(())
}

/// The languages besides the first, by the names of their files.
fn languages() -> Result<Vec<String>, Box<dyn Error>> {
    let mut languages = Vec::new();
    for entry in fs::read_dir("locales")? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        if path.extension().is_some_and(|ending| ending == "json") && name != FIRST {
            languages.push(name.to_owned());
        }
    }
    languages.sort();
    Ok(languages)
}
