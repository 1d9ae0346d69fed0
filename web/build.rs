//! Turns the texts in `locales/` into code: one file a language, English where one lacks a text.

use leptos_i18n_parser::parse_locales::{
    options::{Config, ParseOptions},
    parse_locales,
};
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
    let texts = parse_locales(None, config)?;
    for warning in texts.diag.warnings().iter() {
        println!("cargo::warning={warning}");
    }
    for error in texts.diag.errors().iter() {
        println!("cargo::error={error}");
    }
    // The crate leptos_i18n_build would do the same, and bring ICU's data, a wasm interpreter and a web client along.
    let code = leptos_i18n_codegen::gen_code(&texts, None, false, None, true)?;
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let folder = folder.join("i18n");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("mod.rs"), code.to_string())?;
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
