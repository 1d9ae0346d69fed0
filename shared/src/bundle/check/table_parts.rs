//! The parts of a large embedding table against its entry in the manifest.

use super::super::error::BundleError;
use super::super::fault::Fault;
use super::super::manifest::{Manifest, PartsEntry, TableEntry};
use crate::recommend::{PartError, PartIndex, TablePart};

/// What is wrong with a part, or with the index of parts.
///
/// # Errors
///
/// If it does not parse.
pub(super) fn fault(
    manifest: &Manifest,
    path: &str,
    bytes: &[u8],
) -> Result<Option<Fault>, BundleError> {
    let failed = |source: PartError| BundleError::Part { file: path.to_owned(), source };
    let Some((table, parts)) = entry_of(manifest, path) else { return Ok(None) };
    let different = match parts.index == path {
        true => index_fault(table, parts, &PartIndex::from_safetensors(bytes).map_err(failed)?),
        false => part_fault(table, &TablePart::from_safetensors(bytes).map_err(failed)?),
    };
    Ok(different.map(|(what, expected, got)| {
        let (expected, got) = (expected.to_string(), got.to_string());
        Fault::NotAsManifest { file: path.to_owned(), what, expected, got }
    }))
}

/// What differs, what is expected and what was found.
type Difference = (&'static str, usize, usize);

fn entry_of<'a>(manifest: &'a Manifest, path: &str) -> Option<(&'a TableEntry, &'a PartsEntry)> {
    let mut parted =
        manifest.embeddings.values().filter_map(|table| Some((table, table.parts.as_ref()?)));
    parted.find(|(_, parts)| parts.index == path || parts.files.iter().any(|file| file == path))
}

fn index_fault(table: &TableEntry, parts: &PartsEntry, index: &PartIndex) -> Option<Difference> {
    let comparisons = [
        ("the length of a vector", table.dim, index.dim()),
        ("the number of tracks", table.n_tracks, index.n_tracks()),
        ("the number of parts", parts.files.len(), index.n_parts()),
    ];
    comparisons.into_iter().find(|(_, expected, got)| expected != got)
}

fn part_fault(table: &TableEntry, part: &TablePart) -> Option<Difference> {
    let last = part.positions().last().map_or(0, |last| *last as usize);
    if part.dim() != table.dim {
        return Some(("the length of a vector", table.dim, part.dim()));
    }
    (last >= table.n_tracks).then_some(("the last track", table.n_tracks - 1, last))
}
