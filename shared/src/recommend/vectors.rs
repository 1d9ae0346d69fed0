//! The vectors of the songs of a catalogue, whole or in parts of which only some are there.
//!
//! Products of a query with all rows of a whole table may be made elsewhere, as by a graphics processor: in whole numbers,
//! so that they are the same everywhere. Of an exact table they say which rows may be among the nearest, which are then compared
//! exactly: the songs found are the same either way.

use super::eight_bit::EightBitRows;
use super::nearest::{NearestIndex, Neighbour};
use super::parted::{PartIndex, TablePart, merged};
use crate::embedding::EmbeddingTable;
use std::collections::{BTreeMap, BTreeSet};

/// A whole table of more numbers than these is kept in 8 bits. Exact ones stand in memory twice, as they are and
/// at length 1: 32 MB here, and 4 MB more while a graphics processor has them.
const MOST_EXACT: usize = 4_000_000;

/// One vector a song, by its place among all songs.
#[derive(Debug)]
pub(super) enum Vectors {
    Whole { table: EmbeddingTable, index: NearestIndex, rounded: Option<EightBitRows> },
    WholeInEightBits(EightBitRows),
    Parted { index: PartIndex, most_rows: usize, parts: BTreeMap<usize, TablePart> },
}

/// What songs are to be near to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Query {
    /// The song at that place.
    Song(usize),
    /// A vector.
    Vector(Vec<f32>),
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
        Self::Whole { table, index, rounded: None }
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

    /// The `k` songs nearest to a query among those that `keep` accepts, best first, ties by place. Nothing while a part
    /// is missing: a list of some of the parts would be another one.
    pub(super) fn top_k(
        &self,
        query: &Query,
        k: usize,
        keep: impl Fn(usize) -> bool,
    ) -> Vec<Neighbour> {
        if let (Self::Whole { index, .. }, Query::Song(place)) = (self, query) {
            return index.top_k_of(*place, k, keep);
        }
        let Some(query) = self.vector(query) else { return Vec::new() };
        match self {
            Self::Whole { index, .. } => index.top_k(&query, k, keep),
            Self::WholeInEightBits(rows) => rows.top_k(&query, k, keep),
            Self::Parted { index, most_rows, parts } => {
                let wanted = index.nearest_parts(&query, *most_rows);
                let there: Option<Vec<&TablePart>> =
                    wanted.iter().map(|number| parts.get(number)).collect();
                let there = there.unwrap_or_default().into_iter();
                merged(there.map(|part| part.top_k(&query, k, &keep)), k)
            }
        }
    }

    /// The rows in 8 bits, for products to be made of them elsewhere; `None` where the table is in parts.
    pub(super) fn rounded(&mut self) -> Option<&EightBitRows> {
        match self {
            Self::Whole { table, rounded, .. } => Some(rounded.get_or_insert_with(|| {
                EightBitRows::of_rows(table.dim(), table.rows().map(|(_, row)| row))
            })),
            Self::WholeInEightBits(rows) => Some(rows),
            Self::Parted { .. } => None,
        }
    }

    /// Forgets what [`Self::rounded`] made of exact numbers.
    pub(super) fn forget_rounded(&mut self) {
        if let Self::Whole { rounded, .. } = self {
            *rounded = None;
        }
    }

    /// A query in whole numbers; `None` while the rows are not [rounded](Self::rounded).
    pub(super) fn query_codes(&self, query: &Query) -> Option<Vec<i32>> {
        let vector = self.vector(query)?;
        match self {
            Self::Whole { rounded, .. } => Some(rounded.as_ref()?.query_codes(&vector)),
            Self::WholeInEightBits(rows) => Some(rows.query_codes(&vector)),
            Self::Parted { .. } => None,
        }
    }

    /// What [`Self::top_k`] gives, from the products of [`Self::query_codes`] with all rows, `[n]`; nothing where there are
    /// none.
    pub(super) fn top_k_by_products(
        &self,
        query: &Query,
        products: &[i32],
        k: usize,
        keep: impl Fn(usize) -> bool,
    ) -> Vec<Neighbour> {
        let Some(vector) = self.vector(query) else { return Vec::new() };
        match self {
            Self::Whole { index, rounded: Some(rows), .. } => {
                let near = rows.candidates(&vector, products, k, keep);
                match query {
                    Query::Song(place) => index.top_k_of_among(*place, &near, k),
                    Query::Vector(vector) => index.top_k_among(vector, &near, k),
                }
            }
            Self::WholeInEightBits(rows) => rows.top_k_by_products(&vector, products, k, keep),
            Self::Whole { rounded: None, .. } | Self::Parted { .. } => Vec::new(),
        }
    }

    fn vector(&self, query: &Query) -> Option<Vec<f32>> {
        match query {
            Query::Song(place) => self.row(*place),
            Query::Vector(vector) => Some(vector.clone()),
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
            let [wanted, found] = [&exact, &short]
                .map(|own| own.top_k(&Query::Song(position), 10, |other| other != position));
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

    /// Products as another processor makes them.
    fn products(vectors: &mut Vectors, query: &Query) -> Vec<i32> {
        let rows = vectors.rounded().unwrap().clone();
        let codes = vectors.query_codes(query).unwrap();
        let product = |at| rows.codes(at).zip(&codes).map(|(a, b)| i32::from(a) * b).sum();
        (0..rows.len()).map(product).collect()
    }

    #[test]
    fn products_made_elsewhere_lead_to_the_same_songs() {
        let mut stream = Seed(6).stream("products");
        let ids: Vec<TrackId> =
            (0..400).map(|n| TrackId::parse(&format!("t{n:03}")).unwrap()).collect();
        let values: Vec<f32> = (0..400 * 24).map(|_| stream.normal(0.0, 1.0) as f32).collect();
        let table = || EmbeddingTable::new("t", 24, ids.clone(), values.clone()).unwrap();
        for most_exact in [400 * 24, 0] {
            let mut vectors = Vectors::exact_up_to(most_exact, table());
            for query in [Query::Song(5), Query::Song(6), Query::Vector(values[3..27].to_vec())] {
                let is_short = matches!(vectors, Vectors::WholeInEightBits(_));
                let early = vectors.top_k_by_products(&query, &[0; 400], 10, |_| true);
                assert_eq!(early.is_empty(), !is_short && vectors.query_codes(&query).is_none());
                let products = products(&mut vectors, &query);
                let keep = |at: usize| !at.is_multiple_of(5);
                let expected = vectors.top_k(&query, 10, keep);
                let found = vectors.top_k_by_products(&query, &products, 10, keep);
                assert_eq!((found.len(), &found), (10, &expected), "{query:?}");
            }
        }
        let mut parted = Vectors::parted(PartIndex::cut(&table()).0, 9);
        assert!(parted.rounded().is_none());
        assert!(parted.top_k_by_products(&Query::Song(1), &[], 3, |_| true).is_empty());
    }
}
