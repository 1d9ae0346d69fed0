//! The parts of a large embedding table against its entry in the manifest, its index and the table itself.

use super::super::error::BundleError;
use super::super::fault::Fault;
use super::super::manifest::{Manifest, PartsEntry, TableEntry};
use crate::embedding::{EmbeddingTable, cosine_similarity};
use crate::recommend::{PartError, PartIndex, TablePart};
use std::collections::BTreeMap;

/// Vectors that are less alike are not the same in 8 bits: the rounding of 64 values moves one by 0.03 at most.
const LEAST_COSINE: f32 = 0.99;

/// Indices and parts, by their files.
#[derive(Debug, Default)]
pub(super) struct TableParts {
    indices: BTreeMap<String, PartIndex>,
    parts: BTreeMap<String, TablePart>,
}

impl TableParts {
    /// Takes an index of parts, or a part, and gives what differs from the manifest.
    ///
    /// # Errors
    ///
    /// If it does not parse.
    pub(super) fn take(
        &mut self,
        manifest: &Manifest,
        path: &str,
        bytes: &[u8],
    ) -> Result<Option<Fault>, BundleError> {
        let failed = |source: PartError| BundleError::Part { file: path.to_owned(), source };
        let Some((table, parts)) = entry_of(manifest, path) else { return Ok(None) };
        let different = if parts.index == path {
            let index = PartIndex::from_safetensors(bytes).map_err(failed)?;
            let different = index_fault(table, parts, &index);
            self.indices.insert(path.to_owned(), index);
            different
        } else {
            let part = TablePart::from_safetensors(bytes).map_err(failed)?;
            let different = part_fault(table, &part);
            self.parts.insert(path.to_owned(), part);
            different
        };
        Ok(different.map(|(what, expected, got)| {
            let (expected, got) = (expected.to_string(), got.to_string());
            Fault::NotAsManifest { file: path.to_owned(), what, expected, got }
        }))
    }

    /// Parts whose songs are not those that the index says, or whose vectors are not the table's. What does not fit the
    /// manifest was told when it came.
    pub(super) fn faults(
        &self,
        manifest: &Manifest,
        tables: &BTreeMap<String, EmbeddingTable>,
    ) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (name, entry) in &manifest.embeddings {
            let Some(parts) = &entry.parts else { continue };
            let (Some(table), Some(index)) = (tables.get(name), self.indices.get(&parts.index))
            else {
                continue;
            };
            if index_fault(entry, parts, index).is_some()
                || (table.n_tracks(), table.dim()) != (entry.n_tracks, entry.dim)
            {
                continue;
            }
            for (number, file) in parts.files.iter().enumerate() {
                let Some(part) = self.parts.get(file) else { continue };
                if part_fault(entry, part).is_some() {
                    continue;
                }
                let places = part.positions().iter().map(|place| *place as usize);
                let is_right = |place: &usize| {
                    let row = part.row(*place).unwrap_or_default();
                    index.part_of(*place) == Some(number) && is_same(&row, table.row_at(*place))
                };
                let n_right = places.filter(is_right).count();
                let n_wrong = part.positions().len().max(index.size(number)) - n_right;
                if n_wrong > 0 {
                    faults.push(Fault::OtherPart { file: file.clone(), n_wrong });
                }
            }
        }
        faults
    }
}

fn is_same(rounded: &[f32], exact: &[f32]) -> bool {
    let is_zero = |row: &[f32]| row.iter().all(|value| *value == 0.0);
    cosine_similarity(rounded, exact) >= LEAST_COSINE || (is_zero(rounded) && is_zero(exact))
}

fn entry_of<'a>(manifest: &'a Manifest, path: &str) -> Option<(&'a TableEntry, &'a PartsEntry)> {
    let mut parted =
        manifest.embeddings.values().filter_map(|table| Some((table, table.parts.as_ref()?)));
    parted.find(|(_, parts)| parts.index == path || parts.files.iter().any(|file| file == path))
}

/// What differs, what is expected and what was found.
type Difference = (&'static str, usize, usize);

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
