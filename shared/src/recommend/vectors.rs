//! The vectors of the songs of a catalogue, whole or in parts of which only some are there.

use super::nearest::{NearestIndex, Neighbour};
use super::parted::{PartIndex, TablePart, merged};
use crate::embedding::EmbeddingTable;
use std::collections::{BTreeMap, BTreeSet};

/// One vector a song, by its place among all songs.
#[derive(Debug)]
pub(super) enum Vectors {
    Whole { table: EmbeddingTable, index: NearestIndex },
    Parted { index: PartIndex, most_rows: usize, parts: BTreeMap<usize, TablePart> },
}

impl Vectors {
    pub(super) fn whole(table: EmbeddingTable) -> Self {
        let index = NearestIndex::of_table(&table);
        Self::Whole { table, index }
    }

    pub(super) fn parted(index: PartIndex, most_rows: usize) -> Self {
        Self::Parted { index, most_rows, parts: BTreeMap::new() }
    }

    /// Takes a part; `Err` holds the length of its vectors where that is another.
    pub(super) fn add_part(&mut self, number: usize, part: TablePart) -> Result<(), usize> {
        let Self::Parted { index, parts, .. } = self else { return Ok(()) };
        if part.dim() != index.dim() {
            return Err(part.dim());
        }
        parts.insert(number, part);
        Ok(())
    }

    pub(super) fn dim(&self) -> usize {
        match self {
            Self::Whole { table, .. } => table.dim(),
            Self::Parted { index, .. } => index.dim(),
        }
    }

    /// The vector of a song; `None` where its part is not there.
    pub(super) fn row(&self, position: usize) -> Option<Vec<f32>> {
        match self {
            Self::Whole { table, .. } => Some(table.row_at(position).to_vec()),
            Self::Parted { index, parts, .. } => {
                parts.get(&index.part_of(position)?)?.row(position)
            }
        }
    }

    /// The parts of these songs that are not there.
    pub(super) fn missing_of(&self, positions: Vec<usize>) -> Vec<usize> {
        let Self::Parted { index, parts, .. } = self else { return Vec::new() };
        let mut missing = BTreeSet::new();
        missing.extend(positions.into_iter().filter_map(|at| index.part_of(at)));
        missing.into_iter().filter(|part| !parts.contains_key(part)).collect()
    }

    /// The parts near a vector that are not there, nearest first.
    pub(super) fn missing_near(&self, query: &[f32]) -> Vec<usize> {
        let Self::Parted { index, most_rows, parts } = self else { return Vec::new() };
        let wanted = index.nearest_parts(query, *most_rows).into_iter();
        wanted.filter(|part| !parts.contains_key(part)).collect()
    }

    /// Nothing while a part is missing: a list of some of the parts would be another one.
    pub(super) fn top_k(
        &self,
        query: &[f32],
        k: usize,
        keep: impl Fn(usize) -> bool,
    ) -> Vec<Neighbour> {
        match self {
            Self::Whole { index, .. } => index.top_k(query, k, keep),
            Self::Parted { index, most_rows, parts } => {
                let wanted = index.nearest_parts(query, *most_rows);
                let there: Option<Vec<&TablePart>> =
                    wanted.iter().map(|number| parts.get(number)).collect();
                let there = there.unwrap_or_default().into_iter();
                merged(there.map(|part| part.top_k(query, k, &keep)), k)
            }
        }
    }

    /// The songs most similar to one of them.
    pub(super) fn top_k_of(
        &self,
        position: usize,
        k: usize,
        keep: impl Fn(usize) -> bool,
    ) -> Vec<Neighbour> {
        match self {
            Self::Whole { index, .. } => index.top_k_of(position, k, keep),
            Self::Parted { .. } => {
                self.row(position).map_or(Vec::new(), |row| self.top_k(&row, k, keep))
            }
        }
    }
}
