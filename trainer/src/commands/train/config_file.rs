//! `segue train --config FILE`: options from a TOML file, and the file that a run writes of itself.
//!
//! A key is the name of an option, `learning-rate` or `learning_rate`; a list becomes values with commas
//! between them; a switch is `true` or `false`. Options of the file are put before those of the command
//! line, and the last one counts. So the file knows every option that there is, and a wrong value is
//! told in the same words.

use super::Args;
use crate::files::{self, FileError};
use crate::training::config::TrainConfig;
use crate::training::run::as_map;
use clap::{Command, ValueEnum as _};
use serde_json::Value as Json;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Options that a file can't have.
const NOT_IN_A_FILE: [&str; 3] = ["config", "help", "version"];

/// A command line of `segue train` with the options of its `--config` file put before its own; any
/// other command line as it is. `train` is the command with its options.
///
/// # Errors
///
/// If the file can't be read, is no TOML, or has a key or a value that is no option's.
pub fn expand(line: Vec<OsString>, train: &Command) -> Result<Vec<OsString>, ConfigFileError> {
    if line.get(1).is_none_or(|command| command != "train") {
        return Ok(line);
    }
    let Some(path) = last_value(&line[2..], "--config").map(PathBuf::from) else {
        return Ok(line);
    };
    let table = table_of(&path)?;
    check_preset(&path, &table, last_value(&line[2..], "--preset").as_deref())?;
    let own = options(&path, &table, train)?;
    check(&path, &own, train)?;
    let (before, after) = line.split_at(2);
    Ok([before, &own, after].concat())
}

/// The value of an option, as `--config FILE` or `--config=FILE`, the last one.
fn last_value(options: &[OsString], name: &str) -> Option<OsString> {
    let mut found = None;
    for (at, option) in options.iter().enumerate() {
        let after_sign =
            || option.to_str().and_then(|own| own.strip_prefix(name)?.strip_prefix('='));
        if option == name {
            found = options.get(at + 1).cloned();
        } else if let Some(value) = after_sign() {
            found = Some(OsString::from(value));
        }
    }
    found
}

/// A file of one preset can't be made one of another on the command line: whatever stands in it counts more than any
/// preset, and in the file of a run that is everything.
fn check_preset(path: &Path, table: &Table, asked: Option<&OsStr>) -> Result<(), ConfigFileError> {
    let of_file = table.get("preset").and_then(Value::as_str);
    match (of_file, asked.and_then(OsStr::to_str)) {
        (Some(own), Some(asked)) if own != asked => Err(ConfigFileError::OtherPreset {
            path: path.to_owned(),
            own: own.to_owned(),
            asked: asked.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// What a file of TOML holds.
///
/// # Errors
///
/// If it can't be read or is no TOML.
pub(in crate::commands) fn table_of(path: &Path) -> Result<Table, ConfigFileError> {
    toml::from_str(&files::read_text(path)?)
        .map_err(|source| ConfigFileError::Toml { path: path.to_owned(), source: Box::new(source) })
}

/// The options that a table of the file stands for, all of them checked but for what is missing.
///
/// # Errors
///
/// If a key or a value is no option's.
pub(in crate::commands) fn checked_options(
    path: &Path,
    table: &Table,
    train: &Command,
) -> Result<Vec<OsString>, ConfigFileError> {
    let options = options(path, table, train)?;
    check(path, &options, train)?;
    Ok(options)
}

/// The options that a table stands for.
fn options(path: &Path, table: &Table, train: &Command) -> Result<Vec<OsString>, ConfigFileError> {
    let mut options = Vec::new();
    for (key, value) in table {
        let name = key.replace('_', "-");
        let known = train.get_arguments().find(|own| own.get_long() == Some(name.as_str()));
        let Some(known) = known.filter(|_| !NOT_IN_A_FILE.contains(&&*name)) else {
            let (path, key) = (path.to_owned(), key.clone());
            return Err(ConfigFileError::UnknownKey { path, key, known: names(train).join(", ") });
        };
        let is_switch = known.get_num_args().is_some_and(|number| number.min_values() == 0);
        let written = if is_switch && !value.is_bool() { None } else { written(value) };
        let Some(text) = written else {
            return Err(ConfigFileError::WrongKind {
                path: path.to_owned(),
                key: key.clone(),
                expected: if is_switch { "true or false" } else { "a text, a number or a list" },
                got: value.type_str(),
            });
        };
        // With an equals sign, so that a negative number is no option.
        options.push(OsString::from(format!("--{name}={text}")));
    }
    Ok(options)
}

/// A value as the command line has it; `None` where it can't have one such.
pub(in crate::commands) fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        Value::Array(values) => {
            let values: Option<Vec<String>> = values.iter().map(written).collect();
            values.map(|values| values.join(","))
        }
        Value::Table(_) | Value::Datetime(_) => None,
    }
}

/// The keys that a file may have.
fn names(train: &Command) -> Vec<&str> {
    let names = train.get_arguments().filter_map(clap::Arg::get_long);
    names.filter(|name| !NOT_IN_A_FILE.contains(name)).collect()
}

/// Reads the options of the file alone, so that what is wrong with one is told of the file. What is
/// missing may stand on the command line.
fn check(path: &Path, options: &[OsString], train: &Command) -> Result<(), ConfigFileError> {
    use clap::error::{ContextKind, ErrorKind};
    let line = std::iter::once(OsString::from("train")).chain(options.iter().cloned());
    match train.clone().try_get_matches_from(line) {
        Err(error) if error.kind() != ErrorKind::MissingRequiredArgument => {
            let of = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
            let reason = std::error::Error::source(&error).map(ToString::to_string);
            Err(ConfigFileError::WrongValue {
                path: path.to_owned(),
                option: of(ContextKind::InvalidArg),
                got: of(ContextKind::InvalidValue),
                reason: reason
                    .unwrap_or_else(|| format!("expected {}", of(ContextKind::ValidValue))),
            })
        }
        _ => Ok(()),
    }
}

/// The settings of a run as a file for `--config`: all that it depends on, with nothing left to a preset
/// or to what is the best device.
pub(super) fn resolved(args: &Args, config: &TrainConfig, device: &str) -> String {
    let mut table = Table::new();
    table.insert("data".into(), Value::String(args.data.display().to_string()));
    // Tells what the preset decided from what was asked for.
    let preset = args.preset.to_possible_value();
    table.extend(preset.map(|own| ("preset".into(), Value::String(own.get_name().to_owned()))));
    let pretrained = config.text.text_encoder.is_some();
    for (name, value) in as_map(config) {
        // What a pretrained encoder holds is found in its folder; without one nothing of it is tuned.
        let is_option = name != "text_encoder_blake3" && (pretrained || name != "text_tuning");
        if let Some(value) = as_toml(&value).filter(|_| is_option) {
            table.insert(option_of(&name), value_of(&name, value));
        }
    }
    table.insert("device".into(), Value::String(device.to_owned()));
    format!(
        "# The settings of this run. `segue train --config` with this file and --out repeats it.\n{table}"
    )
}

/// The option that decides about a setting.
fn option_of(setting: &str) -> String {
    match setting {
        "audio_network" => "network".to_owned(),
        "n_epochs" => "epochs".to_owned(),
        other => other.replace('_', "-"),
    }
}

/// The value as the option takes it.
fn value_of(setting: &str, value: Value) -> Value {
    match (setting, value.as_str()) {
        ("text_pooling", Some("first-token")) => Value::String("first".to_owned()),
        _ => value,
    }
}

fn as_toml(value: &Json) -> Option<Value> {
    match value {
        Json::String(text) => Some(Value::String(text.clone())),
        Json::Bool(is) => Some(Value::Boolean(*is)),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Some(Value::Integer(whole)),
            // Seeds may be larger than the numbers of TOML.
            (None, _) if number.is_u64() => Some(Value::String(number.to_string())),
            (None, real) => real.map(Value::Float),
        },
        Json::Array(values) => values.iter().map(as_toml).collect::<Option<_>>().map(Value::Array),
        Json::Null | Json::Object(_) => None,
    }
}

/// What can be wrong with a config file.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFileError {
    /// It can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Not TOML.
    #[error("'{}' is no TOML", path.display())]
    Toml {
        /// File.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// No option has that name.
    #[error("'{}' has the key '{key}', which is no option of `segue train`; the keys are {known}", path.display())]
    UnknownKey {
        /// File.
        path: PathBuf,
        /// The key.
        key: String,
        /// Those that there are.
        known: String,
    },
    /// Another preset than the command line's.
    #[error(
        "'{}' is of the preset '{own}', and what it sets counts more than --preset {asked}, which would change little or \
         nothing; leave --preset out, or take 'preset' and all that it is to decide out of the file", path.display()
    )]
    OtherPreset {
        /// File.
        path: PathBuf,
        /// Its preset.
        own: String,
        /// The command line's.
        asked: String,
    },
    /// A value of a kind that no option takes.
    #[error("'{}', key '{key}': expected {expected}, got {got}", path.display())]
    WrongKind {
        /// File.
        path: PathBuf,
        /// The key.
        key: String,
        /// What it takes.
        expected: &'static str,
        /// What stands there.
        got: &'static str,
    },
    /// A value that the option refuses.
    #[error("'{}', '{option}': '{got}' can't be used; {reason}", path.display())]
    WrongValue {
        /// File.
        path: PathBuf,
        /// The option.
        option: String,
        /// What stands there.
        got: String,
        /// Why not.
        reason: String,
    },
}

#[cfg(test)]
mod tests;
