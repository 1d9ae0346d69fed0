//! The weights of a run: those that are kept, and those of the other epoch worth having.

use crate::files;
use crate::training::fit::Fitted;
use crate::training::run_folder::RunFolder;
use anyhow::Context;
use burn_store::{ModuleSnapshot, SafetensorsStore};
use shared::model::{Network, weights_to_bytes};
use std::path::PathBuf;

/// Writes the kept weights as `model.*`, and as `last.*` or `best.*` those of the other epoch.
pub(super) fn save(folder: &RunFolder, fitted: &Fitted) -> anyhow::Result<()> {
    save_network([folder.weights(), folder.weights_safetensors()], &fitted.network)?;
    for name in ["best", "last"] {
        let path = folder.other_weights(name);
        let paths = ["bpk", "safetensors"].map(|ending| path.with_extension(ending));
        match fitted.other.as_ref().filter(|other| other.name == name) {
            Some(other) => save_network(paths, &other.network)?,
            // A run that was stopped and went on may have left some.
            None => paths.iter().try_for_each(|path| files::remove(path))?,
        }
    }
    Ok(())
}

/// Writes weights as burnpack and as safetensors.
fn save_network([burnpack, safetensors]: [PathBuf; 2], network: &Network) -> anyhow::Result<()> {
    files::write(&burnpack, &weights_to_bytes(network.clone())?)?;
    let mut store = SafetensorsStore::from_bytes(None);
    // Several entries would be written in random order, and equal weights be unequal files.
    store = store.clear_metadata().metadata("format", "safetensors");
    network.save_into(&mut store).context("the weights can't be written as safetensors")?;
    let bytes = store.get_bytes().context("the weights can't be written as safetensors")?;
    Ok(files::write(&safetensors, &bytes)?)
}
