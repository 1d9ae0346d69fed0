//! Arguments of the shape `NAME=PATH`, such as `audio=a.safetensors,multimodal=m.safetensors`.

use shared::bundle::is_part_name;
use std::path::PathBuf;
use std::str::FromStr;

/// A path under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPath {
    /// The name.
    pub name: String,
    /// The path.
    pub path: PathBuf,
}

impl FromStr for NamedPath {
    type Err = NamedPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, path)) if is_part_name(name) && !path.is_empty() => {
                Ok(Self { name: name.to_owned(), path: PathBuf::from(path) })
            }
            _ => Err(NamedPathError::Shape { got: text.to_owned() }),
        }
    }
}

/// Makes sure that no name stands twice.
///
/// # Errors
///
/// If one does.
pub fn check_names(paths: &[NamedPath]) -> Result<(), NamedPathError> {
    let twice = |at: &usize| paths[..*at].iter().any(|other| other.name == paths[*at].name);
    match (0..paths.len()).find(twice) {
        Some(at) => Err(NamedPathError::Twice { name: paths[at].name.clone() }),
        None => Ok(()),
    }
}

/// What can be wrong with such an argument.
#[derive(Debug, thiserror::Error)]
pub enum NamedPathError {
    /// Not of the shape `NAME=PATH`.
    #[error(
        "expected NAME=PATH with a name of lower-case letters, digits, - and _, such as \
         audio=a.safetensors, got '{got}'"
    )]
    Shape {
        /// What stands there.
        got: String,
    },
    /// One name twice.
    #[error("the name '{name}' stands twice")]
    Twice {
        /// The name.
        name: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let path: NamedPath = "audio=a=b.safetensors".parse().unwrap();
        assert_eq!((path.name.as_str(), path.path.to_str().unwrap()), ("audio", "a=b.safetensors"));
        for wrong in ["audio", "=a", "audio=", "Au dio=a"] {
            assert!(wrong.parse::<NamedPath>().is_err(), "{wrong}");
        }
        let error = check_names(&[path.clone(), path]).unwrap_err().to_string();
        assert!(error.contains("'audio' stands twice"), "{error}");
    }
}
