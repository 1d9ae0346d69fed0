//! A large embedding table in parts: a search fetches the few that may hold the nearest songs.
//!
//! Each part is a [cluster](Clusters) in [8 bits](EightBitRows), a file of its own; a [`PartIndex`] says
//! where their centres lie and which song is in which part. Songs are named by their place in the
//! catalogue.

use super::clusters::{Clusters, probe};
use super::eight_bit::EightBitRows;
use super::nearest::Neighbour;
use crate::embedding::{EmbeddingTable, FileWriter};
use crate::random::Seed;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use std::collections::BTreeMap;

/// Seed of the clusters: the same table gives the same parts.
const SEED: Seed = Seed(0);

/// Where the parts of a table lie, and which song is in which.
#[derive(Debug, Clone, PartialEq)]
pub struct PartIndex {
    dim: usize,
    /// `[n_parts, dim]` row-major, of length 1.
    centres: Vec<f32>,
    /// Of each song of the catalogue.
    part_of: Vec<u32>,
    /// How many songs each part holds.
    sizes: Vec<usize>,
}

/// A part of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TablePart {
    /// Places of its songs in the catalogue, rising.
    positions: Vec<u32>,
    rows: EightBitRows,
}

impl PartIndex {
    /// Cuts a table into about as many parts as a part has songs, which keeps both small.
    pub fn cut(table: &EmbeddingTable) -> (Self, Vec<TablePart>) {
        let n_parts = (table.n_tracks() as f64).sqrt().round().max(1.0) as usize;
        let clusters = Clusters::of(table.values(), table.dim(), n_parts, SEED);
        let members = clusters.members();
        let part = |own: &Vec<usize>| TablePart {
            rows: EightBitRows::of_rows(table.dim(), own.iter().map(|at| table.row_at(*at))),
            positions: own.iter().map(|at| *at as u32).collect(),
        };
        let index = Self {
            dim: table.dim(),
            centres: clusters.centres,
            part_of: clusters.cluster_of.iter().map(|part| *part as u32).collect(),
            sizes: members.iter().map(Vec::len).collect(),
        };
        (index, members.iter().map(part).collect())
    }

    /// Length of a vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of parts.
    pub fn n_parts(&self) -> usize {
        self.sizes.len()
    }

    /// Number of songs.
    pub fn n_tracks(&self) -> usize {
        self.part_of.len()
    }

    /// The part of the song at that place of the catalogue.
    pub fn part_of(&self, position: usize) -> Option<usize> {
        self.part_of.get(position).map(|part| *part as usize)
    }

    /// How many songs a part holds.
    pub fn size(&self, part: usize) -> usize {
        self.sizes.get(part).copied().unwrap_or(0)
    }

    /// The parts to be looked at, nearest first, with at most `most_rows` songs in all but one part at least.
    ///
    /// # Panics
    ///
    /// If `query` is not of the length of the vectors.
    pub fn nearest_parts(&self, query: &[f32], most_rows: usize) -> Vec<usize> {
        assert_eq!(query.len(), self.dim, "a query for vectors of length {}", self.dim);
        probe(query, &self.centres, &self.sizes, most_rows)
    }

    /// As a safetensors file: `centres` F32 `[n_parts, dim]`, `part_of` U16 `[n_tracks]`, or U32 where there are more
    /// than 65,536 parts: every page that searches fetches it.
    pub fn to_safetensors(&self) -> Vec<u8> {
        let mut writer = FileWriter::default();
        let shape = [self.n_parts(), self.dim];
        writer.tensor("centres", Dtype::F32, &shape, le_bytes(&self.centres, f32::to_le_bytes));
        let short: Option<Vec<u16>> =
            self.part_of.iter().map(|part| u16::try_from(*part).ok()).collect();
        let (dtype, part_of) = match short {
            Some(short) => (Dtype::U16, le_bytes(&short, u16::to_le_bytes)),
            None => (Dtype::U32, le_bytes(&self.part_of, u32::to_le_bytes)),
        };
        writer.tensor("part_of", dtype, &[self.n_tracks()], part_of);
        writer.finish(BTreeMap::new())
    }

    /// Reads such a file.
    ///
    /// # Errors
    ///
    /// If it is none, or a song is in a part that there is not.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, PartError> {
        let tensors = SafeTensors::deserialize(bytes)?;
        let centres = tensor(&tensors, "centres", Dtype::F32, 2)?;
        let [n_parts, dim] = [centres.shape()[0], centres.shape()[1]];
        let part_of: Vec<u32> = match tensor(&tensors, "part_of", Dtype::U16, 1) {
            Ok(short) => values(&short, u16::from_le_bytes).into_iter().map(u32::from).collect(),
            Err(_) => values(&tensor(&tensors, "part_of", Dtype::U32, 1)?, u32::from_le_bytes),
        };
        let centres = values(&centres, f32::from_le_bytes);
        let mut sizes = vec![0; n_parts];
        for part in &part_of {
            let size = sizes.get_mut(*part as usize);
            *size.ok_or(PartError::NoPart { part: *part, n_parts })? += 1;
        }
        if dim == 0 || centres.iter().any(|value| !value.is_finite()) {
            return Err(PartError::NotFinite { tensor: "centres" });
        }
        Ok(Self { dim, centres, part_of, sizes })
    }
}

impl TablePart {
    /// Places of its songs in the catalogue.
    pub fn positions(&self) -> &[u32] {
        &self.positions
    }

    /// Length of a vector.
    pub fn dim(&self) -> usize {
        self.rows.dim()
    }

    /// The vector of the song at that place of the catalogue, at length 1; `None` where it is in another part.
    pub fn row(&self, position: usize) -> Option<Vec<f32>> {
        let position = u32::try_from(position).ok()?;
        self.positions.binary_search(&position).ok().map(|at| self.rows.row(at))
    }

    /// The `k` songs most similar to `query` among those that `keep` accepts by their place in the
    /// catalogue, best first, ties by place.
    ///
    /// # Panics
    ///
    /// If `query` is not of the length of the vectors.
    pub fn top_k(&self, query: &[f32], k: usize, keep: impl Fn(usize) -> bool) -> Vec<Neighbour> {
        let place = |at: usize| self.positions[at] as usize;
        let found = self.rows.top_k(query, k, |at| keep(place(at)));
        let named = found.into_iter().map(|own| Neighbour { position: place(own.position), ..own });
        named.collect()
    }

    /// As a safetensors file: `scales` F32 `[n]`, `positions` U32 `[n]`, `codes` I8 `[n, dim]`.
    pub fn to_safetensors(&self) -> Vec<u8> {
        let (n, dim) = (self.rows.len(), self.rows.dim());
        let mut writer = FileWriter::default();
        let scales = le_bytes(self.rows.scales(), f32::to_le_bytes);
        writer.tensor("scales", Dtype::F32, &[n], scales);
        let positions = le_bytes(&self.positions, u32::to_le_bytes);
        writer.tensor("positions", Dtype::U32, &[n], positions);
        let codes = (0..n).flat_map(|at| self.rows.codes(at)).map(|code| code.cast_unsigned());
        writer.tensor("codes", Dtype::I8, &[n, dim], codes.collect());
        writer.finish(BTreeMap::new())
    }

    /// Reads such a file.
    ///
    /// # Errors
    ///
    /// If it is none, or its parts do not fit each other.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, PartError> {
        let tensors = SafeTensors::deserialize(bytes)?;
        let codes = tensor(&tensors, "codes", Dtype::I8, 2)?;
        let dim = codes.shape()[1];
        let codes: Vec<i8> = codes.data().iter().map(|code| code.cast_signed()).collect();
        let scales = values(&tensor(&tensors, "scales", Dtype::F32, 1)?, f32::from_le_bytes);
        let positions = values(&tensor(&tensors, "positions", Dtype::U32, 1)?, u32::from_le_bytes);
        let rows = EightBitRows::from_parts(dim, &codes, scales)
            .ok_or(PartError::NotFinite { tensor: "scales" })?;
        let is_rising = positions.windows(2).all(|pair| pair[0] < pair[1]);
        if positions.len() != rows.len() || !is_rising {
            return Err(PartError::Positions { n_rows: rows.len(), got: positions.len() });
        }
        Ok(Self { positions, rows })
    }
}

/// The best `k` of several lists, best first, ties by place.
pub fn merged(lists: impl IntoIterator<Item = Vec<Neighbour>>, k: usize) -> Vec<Neighbour> {
    let mut all: Vec<Neighbour> = lists.into_iter().flatten().collect();
    all.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.position.cmp(&b.position)));
    all.truncate(k);
    all
}

fn le_bytes<T: Copy, const N: usize>(values: &[T], to_bytes: fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|value| to_bytes(*value)).collect()
}

fn values<T, const N: usize>(tensor: &TensorView<'_>, of_bytes: fn([u8; N]) -> T) -> Vec<T> {
    tensor.data().as_chunks().0.iter().map(|bytes| of_bytes(*bytes)).collect()
}

fn tensor<'a>(
    tensors: &SafeTensors<'a>,
    name: &'static str,
    dtype: Dtype,
    n_dimensions: usize,
) -> Result<TensorView<'a>, PartError> {
    let tensor = tensors.tensor(name)?;
    if tensor.dtype() != dtype || tensor.shape().len() != n_dimensions {
        let got = format!("{:?} {:?}", tensor.dtype(), tensor.shape());
        return Err(PartError::Unexpected { tensor: name, dtype, n_dimensions, got });
    }
    Ok(tensor)
}

/// What can be wrong with a part of a table or its index.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// Not safetensors, cut short, or without a tensor.
    #[error("not a whole safetensors file of an embedding table's part or index")]
    Safetensors(#[from] SafeTensorError),
    /// A tensor of another type or shape.
    #[error("tensor '{tensor}': expected {dtype:?} with {n_dimensions} dimensions, got {got}")]
    Unexpected {
        /// Tensor.
        tensor: &'static str,
        /// Type that is needed.
        dtype: Dtype,
        /// Dimensions that are needed.
        n_dimensions: usize,
        /// Type and shape that were found.
        got: String,
    },
    /// A song in a part that is none.
    #[error("'part_of' names part {part} of {n_parts}")]
    NoPart {
        /// The part.
        part: u32,
        /// How many there are.
        n_parts: usize,
    },
    /// No numbers, or too few.
    #[error(
        "tensor '{tensor}' has values that are not finite, or not as many as the other tensors"
    )]
    NotFinite {
        /// Tensor.
        tensor: &'static str,
    },
    /// Places that do not rise, or not one a row.
    #[error("'positions' has {got} places for {n_rows} rows, or they do not rise")]
    Positions {
        /// Rows.
        n_rows: usize,
        /// Places.
        got: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::TrackId;
    use crate::recommend::NearestIndex;

    fn table(n: usize, dim: usize) -> EmbeddingTable {
        let mut stream = Seed(2).stream("parted");
        let values = (0..n * dim).map(|_| stream.normal(0.0, 1.0) as f32).collect();
        let id = |at| TrackId::parse(&format!("song{at:04}")).unwrap();
        EmbeddingTable::new("audio", dim, (0..n).map(id).collect(), values).unwrap()
    }

    #[test]
    fn all_parts_together_are_the_table() {
        let table = table(200, 12);
        let (index, parts) = PartIndex::cut(&table);
        assert_eq!((index.n_parts(), index.n_tracks()), (parts.len(), 200));
        let whole = NearestIndex::of_table(&table);
        for anchor in [0, 57, 199] {
            let query = table.row_at(anchor);
            let wanted = index.nearest_parts(query, 200);
            assert_eq!(wanted.len(), parts.len());
            let lists = wanted.iter().map(|part| parts[*part].top_k(query, 10, |at| at != anchor));
            let expected = whole.top_k(query, 10, |at| at != anchor);
            for (own, wanted) in merged(lists, 10).iter().zip(&expected) {
                assert!((own.similarity - wanted.similarity).abs() < 0.005, "{own:?}, {wanted:?}");
            }
            let own = parts[index.part_of(anchor).unwrap()].row(anchor).unwrap();
            assert!(crate::embedding::cosine_similarity(&own, query) > 0.999);
        }
    }

    /// Songs around some directions, a few of which are met much more often than others: what `cargo bench` does with a
    /// million.
    #[test]
    fn a_twentieth_of_the_songs_holds_nearly_all_that_are_nearest() {
        const N: usize = 20_000;
        const DIM: usize = 64;
        const N_DIRECTIONS: usize = 60;
        let mut stream = Seed(3).stream("directions");
        let mut normal = |deviation| stream.normal(0.0, deviation) as f32;
        let directions: Vec<f32> = (0..N_DIRECTIONS * DIM).map(|_| normal(1.0)).collect();
        let direction_of = |at: usize| {
            N_DIRECTIONS - ((at as f64 / N as f64).sqrt() * N_DIRECTIONS as f64) as usize - 1
        };
        let values = (0..N).flat_map(|at| {
            directions[direction_of(at) * DIM..][..DIM]
                .iter()
                .map(|value| value + normal(0.7))
                .collect::<Vec<_>>()
        });
        let values = values.collect();
        let id = |at| TrackId::parse(&format!("song{at:05}")).unwrap();
        let table = EmbeddingTable::new("audio", DIM, (0..N).map(id).collect(), values).unwrap();
        let (index, parts) = PartIndex::cut(&table);
        let exact = NearestIndex::of_table(&table);
        let [mut n_found, mut n_wanted, mut n_rows, mut n_queries] = [0_usize; 4];
        for anchor in (0..N).step_by(97) {
            let query = table.row_at(anchor);
            let wanted = index.nearest_parts(query, N / 20);
            n_rows += wanted.iter().map(|part| index.size(*part)).sum::<usize>();
            n_queries += 1;
            let lists = wanted.iter().map(|part| parts[*part].top_k(query, 10, |at| at != anchor));
            let found = merged(lists, 10);
            for own in exact.top_k(query, 10, |at| at != anchor) {
                n_wanted += 1;
                n_found += usize::from(found.iter().any(|other| other.position == own.position));
            }
        }
        let recall = n_found as f64 / n_wanted as f64;
        let looked_at = n_rows as f64 / (n_queries * N) as f64;
        println!("recall at 10: {recall:.3}, {:.1} % looked at", 100.0 * looked_at);
        assert!(recall >= 0.95, "{recall}");
        assert!(looked_at <= 0.05, "{looked_at}");
    }

    #[test]
    fn files_come_back_and_every_cut_is_an_error() {
        let (index, parts) = PartIndex::cut(&table(30, 3));
        let bytes = index.to_safetensors();
        assert_eq!(PartIndex::from_safetensors(&bytes).unwrap(), index);
        let part = parts[0].to_safetensors();
        assert_eq!(TablePart::from_safetensors(&part).unwrap(), parts[0]);
        assert!((0..bytes.len()).all(|at| PartIndex::from_safetensors(&bytes[..at]).is_err()));
        assert!((0..part.len()).all(|at| TablePart::from_safetensors(&part[..at]).is_err()));
        assert!(PartIndex::from_safetensors(&part).is_err(), "a part is no index");
        for part in [9_999, 99_999] {
            let stray = PartIndex { part_of: vec![part; 30], ..index.clone() };
            let bytes = stray.to_safetensors();
            // Numbers beyond 16 bits take 32.
            let n_bytes = if part < 65_536 { 60 } else { 120 };
            let tensors = SafeTensors::deserialize(&bytes).unwrap();
            assert_eq!(tensors.tensor("part_of").unwrap().data().len(), n_bytes);
            let error = PartIndex::from_safetensors(&bytes).unwrap_err().to_string();
            assert!(error.contains(&format!("part {part}")), "{error}");
        }
    }
}
