//! Networks are fetched from the bundle, and how far that is.

use super::super::devices::Sense;
use super::{OwnSong, Progress};
use crate::bundle_source::{LoadError, file_address};
use crate::platform::fetch;
use crate::platform::networks::NetworkFiles;
use crate::wording::chain;
use leptos::prelude::*;
use shared::bundle::{BundleError, Manifest, ModelEntry};
use shared::recommend::Condition;

/// How much of some files is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::pages::explore) struct Fetched {
    pub(in crate::pages::explore) n_bytes: u64,
    /// Bytes of all of them, as the manifest states them.
    pub(in crate::pages::explore) of: u64,
}

impl OwnSong {
    /// Fetches the networks of a sense; those that the bundle has.
    pub(super) async fn fetch_networks(
        self,
        sense: Sense,
        manifest: &Manifest,
    ) -> Result<Vec<NetworkFiles>, String> {
        let model = |condition: &Condition| manifest.models.get_key_value(condition.name());
        let models: Vec<_> = sense.conditions().iter().filter_map(model).collect();
        let files = models.iter().flat_map(|(_, model)| files_of(model));
        let of = files.filter_map(|file| manifest.files.get(file)).map(|file| file.bytes).sum();
        let mut n_before = 0;
        let mut fetch = async |path: &str| {
            let before = n_before;
            let told = move |n_bytes| {
                let fetched = Fetched { n_bytes: before + n_bytes, of };
                let _gone = self.progress(sense).try_set(Progress::Fetching(fetched));
            };
            let bytes = checked_file(manifest, path, told).await.map_err(|error| chain(&error))?;
            n_before += bytes.len() as u64;
            Ok::<_, String>(bytes)
        };
        let mut networks = Vec::new();
        for (name, model) in models {
            let (config, weights) = (fetch(&model.config).await?, fetch(&model.weights).await?);
            let tokenizer = match &model.tokenizer {
                Some(path) => fetch(path).await?,
                None => Vec::new(),
            };
            networks.push(NetworkFiles { name: name.clone(), config, weights, tokenizer });
        }
        Ok(networks)
    }
}

/// The files of a network.
fn files_of(model: &ModelEntry) -> impl Iterator<Item = &String> {
    [Some(&model.config), Some(&model.weights), model.tokenizer.as_ref()].into_iter().flatten()
}

/// Reads one file and makes sure that it is the one of the manifest; tells how many of its bytes are there.
async fn checked_file(
    manifest: &Manifest,
    path: &str,
    told: impl FnMut(u64),
) -> Result<Vec<u8>, LoadError> {
    let missing = || BundleError::FileMissing { file: path.to_owned() };
    let record = manifest.files.get(path).ok_or_else(missing)?;
    let bytes = fetch::streamed(&file_address(path), told).await?;
    record.check(path, &bytes)?;
    Ok(bytes)
}
