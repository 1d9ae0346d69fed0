//! The vectors of the songs of a catalogue, whole or in parts of which only some are there.

use super::eight_bit::EightBitRows;
use super::nearest::{NearestIndex, Neighbour};
use super::parted::{PartIndex, TablePart, merged};
use crate::embedding::EmbeddingTable;
use std::collections::{BTreeMap, BTreeSet};

/// A whole table of more numbers than these is kept in 8 bits. Exact ones stand in memory twice, as they are and
/// at length 1: 32 MB here.
const MOST_EXACT: usize = 4_000_000;

/// One vector a song, by its place among all songs.
#[derive(Debug)]
pub(super) enum Vectors {
    Whole { table: EmbeddingTable, index: NearestIndex },
    WholeInEightBits(EightBitRows),
    Parted { index: PartIndex, most_rows: usize, parts: BTreeMap<usize, TablePart> },
}

impl Vectors {
    pub(super) fn whole(table: EmbeddingTable) -> Self {
        Self::exact_up_to(MOST_EXACT, table)
    }

    fn exact_up_to(most_numbers: usize, table: EmbeddingTable) -> Self {
        if table.values().len() > most_numbers {
            let rows = table.rows().map(|(_, row)| row);
            return Self::WholeInEightBits(EightBitRows::of_rows(table.dim(), rows));
        }
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
            Self::WholeInEightBits(rows) => rows.dim(),
            Self::Parted { index, .. } => index.dim(),
        }
    }

    /// The vector of a song; `None` where its part is not there.
    pub(super) fn row(&self, position: usize) -> Option<Vec<f32>> {
        match self {
            Self::Whole { table, .. } => Some(table.row_at(position).to_vec()),
            Self::WholeInEightBits(rows) => Some(rows.row(position)),
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
            Self::WholeInEightBits(rows) => rows.top_k(query, k, keep),
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
            Self::WholeInEightBits(_) | Self::Parted { .. } => {
                self.row(position).map_or(Vec::new(), |row| self.top_k(&row, k, keep))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::TrackId;
    use crate::random::Seed;

    #[test]
    fn a_large_table_is_kept_in_8_bits_and_leads_to_the_same_songs() {
        let mut stream = Seed(5).stream("large table");
        let ids: Vec<TrackId> =
            (0..400).map(|n| TrackId::parse(&format!("t{n:03}")).unwrap()).collect();
        let values: Vec<f32> = (0..400 * 64).map(|_| stream.normal(0.0, 1.0) as f32).collect();
        let table = || EmbeddingTable::new("t", 64, ids.clone(), values.clone()).unwrap();
        let exact = Vectors::exact_up_to(400 * 64, table());
        let short = Vectors::exact_up_to(400 * 64 - 1, table());
        assert!(matches!(exact, Vectors::Whole { .. }), "{exact:?}");
        assert!(matches!(short, Vectors::WholeInEightBits(_)), "{short:?}");
        assert_eq!((short.dim(), short.missing_near(&values[..64])), (64, Vec::new()));
        let mut n_same = 0;
        for position in 0..400 {
            let [wanted, found] =
                [&exact, &short].map(|own| own.top_k_of(position, 10, |other| other != position));
            let is_wanted =
                |own: &&Neighbour| wanted.iter().any(|other| other.position == own.position);
            n_same += found.iter().filter(is_wanted).count();
            for (own, other) in found.iter().zip(&wanted) {
                assert!((own.similarity - other.similarity).abs() < 0.005, "{own:?}, {other:?}");
            }
        }
        // Songs whose similarities are nearer to each other than rounding may change places.
        assert!(n_same > 4000 * 95 / 100, "{n_same} of 4000");
    }
}
