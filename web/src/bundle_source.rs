//! The bundle beside the page: read, checked file by file, and what to say where that fails.

use crate::platform::fetch::{self, FetchError};
use crate::wording::chain;
use leptos::prelude::*;
use shared::bundle::{Bundle, BundleError, FileRole, MANIFEST_FILE, Manifest, ManifestError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where bundles are, relative to the page.
pub(crate) const FOLDER: &str = "bundle";
/// Files up to this size, in bytes, are checked without being asked to; stimuli never are.
const SMALL_FILE_BYTES: u64 = 4_000_000;

/// Reads the manifest; what stands in lists of their own is not in it.
///
/// # Errors
///
/// If it can't be had or is none.
pub(crate) async fn manifest() -> Result<Manifest, LoadError> {
    let bytes = fetch::bytes(&format!("{FOLDER}/{MANIFEST_FILE}")).await?;
    Ok(Manifest::from_json(&bytes)?)
}

/// Reads the manifest with all its lists, for who needs every file.
///
/// # Errors
///
/// If it or a list can't be had or is none.
pub(crate) async fn whole_manifest() -> Result<Manifest, LoadError> {
    with_lists(manifest().await?).await
}

/// The manifest with what stands in lists.
///
/// # Errors
///
/// If a list can't be had or is none.
pub(crate) async fn with_lists(mut manifest: Manifest) -> Result<Manifest, LoadError> {
    for entry in manifest.file_lists.clone() {
        let bytes = checked_file(&manifest, &entry.file).await?;
        manifest.take_list(&entry, &bytes)?;
    }
    Ok(manifest)
}

/// Reads one file and makes sure that it is the one of the manifest.
///
/// # Errors
///
/// If the manifest does not name it, if it can't be had, or if it is another one.
pub(crate) async fn checked_file(manifest: &Manifest, path: &str) -> Result<Vec<u8>, LoadError> {
    let missing = || BundleError::FileMissing { file: path.to_owned() };
    let record = manifest.files.get(path).ok_or_else(missing)?;
    let bytes = fetch::bytes(&file_address(path)).await?;
    record.check(path, &bytes)?;
    Ok(bytes)
}

/// The address of a file of the bundle, relative to the page.
pub(crate) fn file_address(path: &str) -> String {
    format!("{FOLDER}/{path}")
}

/// What is known of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileState {
    /// Not looked at.
    Waiting,
    /// Being read.
    Checking,
    /// Size and SHA-256 are those of the manifest.
    Right,
    /// They are not, or the file can't be had.
    Wrong(String),
}

/// The files of a bundle and how far their check is.
#[derive(Clone)]
pub(crate) struct Inventory {
    manifest: Arc<Manifest>,
    states: Arc<BTreeMap<String, RwSignal<FileState>>>,
}

impl Inventory {
    /// All files, none looked at.
    pub(crate) fn new(manifest: Arc<Manifest>) -> Self {
        let state = |path: &String| (path.clone(), RwSignal::new(FileState::Waiting));
        let states = manifest.files.keys().map(state).collect();
        Self { manifest, states: Arc::new(states) }
    }

    /// What is known of a file.
    pub(crate) fn state(&self, path: &str) -> FileState {
        self.states.get(path).map_or(FileState::Waiting, |state| state.get())
    }

    /// How many files are in each state: right, wrong, and in all.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts { n_right: 0, n_wrong: 0, n_files: self.states.len() };
        for state in self.states.values() {
            match state.get() {
                FileState::Right => counts.n_right += 1,
                FileState::Wrong(_) => counts.n_wrong += 1,
                FileState::Waiting | FileState::Checking => {}
            }
        }
        counts
    }

    /// Reads and checks what the page needs: songs, tables and recommendations.
    ///
    /// # Errors
    ///
    /// If a file can't be had, is not the one of the manifest, or does not parse.
    pub(crate) async fn load(&self) -> Result<Bundle, LoadError> {
        let mut files = BTreeMap::new();
        for path in Bundle::core_files(&self.manifest) {
            files.insert(path.to_owned(), self.checked(path).await?);
        }
        Ok(Bundle::from_files((*self.manifest).clone(), &files)?)
    }

    /// Checks the small files that nothing has looked at yet.
    pub(crate) async fn check_small(&self) {
        self.check_where(|path| {
            let file = &self.manifest.files[path];
            file.role != FileRole::Stimulus && file.bytes <= SMALL_FILE_BYTES
        })
        .await;
    }

    /// Checks every file that nothing has looked at yet.
    pub(crate) async fn check_rest(&self) {
        self.check_where(|_| true).await;
    }

    async fn check_where(&self, wanted: impl Fn(&str) -> bool) {
        for (path, state) in self.states.iter() {
            if wanted(path) && state.try_get_untracked() == Some(FileState::Waiting) {
                // What is wrong with it stands in its state.
                let _known = self.checked(path).await;
            }
        }
    }

    async fn checked(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.set(path, FileState::Checking);
        let outcome = self.fetch(path).await;
        self.set(
            path,
            match &outcome {
                Ok(_) => FileState::Right,
                Err(error) => FileState::Wrong(chain(error)),
            },
        );
        outcome
    }

    async fn fetch(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        checked_file(&self.manifest, path).await
    }

    /// The page may be gone by the time that a file arrives.
    fn set(&self, path: &str, state: FileState) {
        if let Some(signal) = self.states.get(path) {
            let _gone = signal.try_set(state);
        }
    }
}

/// How many files are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    /// As the manifest says.
    pub(crate) n_right: usize,
    /// Not as the manifest says.
    pub(crate) n_wrong: usize,
    /// In the manifest.
    pub(crate) n_files: usize,
}

/// Why a bundle could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// A file could not be had.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The manifest is none.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A part does not fit the manifest.
    #[error(transparent)]
    Part(#[from] BundleError),
}

/// What to tell people: a title, what happened, and the way on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advice {
    /// In a few words.
    pub(crate) title: &'static str,
    /// What happened.
    pub(crate) what: String,
    /// The way on.
    pub(crate) way_on: &'static str,
}

impl LoadError {
    /// What to tell people.
    pub(crate) fn advice(&self) -> Advice {
        let (title, way_on) = match self {
            Self::Fetch(error) => advice_on_fetch(error),
            Self::Manifest(ManifestError::NewerSchema { .. }) => (
                "This bundle is newer than this page",
                "Build the website anew with the version of Segue that made the bundle.",
            ),
            Self::Manifest(ManifestError::NotJson(_)) => (
                "The manifest is broken",
                "It may have been copied only in part: copy the whole bundle again.",
            ),
            Self::Manifest(_) => {
                ("This is not a Segue bundle", "Put a folder made by 'segue export' in its place.")
            }
            Self::Part(_) => (
                "A part of the bundle does not fit",
                "Run 'segue verify' on the folder: it lists everything that is wrong with it.",
            ),
        };
        Advice { title, what: sentence(&chain(self)), way_on }
    }
}

fn advice_on_fetch(error: &FetchError) -> (&'static str, &'static str) {
    match error {
        FetchError::Offline => {
            ("You are offline", "The page goes on by itself as soon as you are connected again.")
        }
        FetchError::Missing { url } if url.ends_with(MANIFEST_FILE) => (
            "There is no bundle here yet",
            "Put a folder made by 'segue export --out bundle' beside this page, or let \
             'cargo xtask demo' make one.",
        ),
        FetchError::Missing { .. } => {
            ("A file of the bundle is missing", "Copy the whole bundle again.")
        }
        FetchError::Unreachable { .. } => {
            ("The server can't be reached", "Look whether it still runs, then try again.")
        }
        FetchError::Refused { .. } => {
            ("The server refused", "Try again; if it stays so, tell whoever runs this page.")
        }
    }
}

/// A text as a sentence: a capital first, one full stop last.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn title_of(manifest: &str) -> &'static str {
        LoadError::from(Manifest::from_json(manifest.as_bytes()).unwrap_err()).advice().title
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn each_fault_has_its_own_title() {
        let newer = r#"{"format": "segue-bundle", "schema_version": 999}"#;
        let wrong = r#"{"format": "segue-bundle", "schema_version": 1}"#;
        let titles = [title_of("{"), title_of("{}"), title_of(newer)];
        assert_eq!(titles.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
        assert!(titles[2].contains("newer"));
        assert_eq!(title_of(wrong), title_of("{}"));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_missing_bundle_is_told_from_a_missing_file() {
        let missing = |url: &str| LoadError::from(FetchError::Missing { url: url.to_owned() });
        let bundle = missing("bundle/manifest.json").advice();
        assert_eq!(bundle.what, "There is no 'bundle/manifest.json'.");
        assert_ne!(bundle.title, missing("bundle/catalog.json").advice().title);
    }
}
