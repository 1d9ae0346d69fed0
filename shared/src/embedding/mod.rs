//! Embeddings: one vector a track, and how alike two of them are.
//!
//! An *embedding* holds the values of a network's layer before the softmax, averaged over the
//! slices of a song. An [`EmbeddingTable`] is the list of them, `[n_tracks, dim]` row-major, sorted
//! by track id. It is kept as a safetensors file (see [`ValueFormat`] and
//! [`EmbeddingTable::to_safetensors`]), which Python's `safetensors` reads too.

mod file;
mod file_writer;
mod projection;
mod similarity;

pub use file::{EmbeddingFileError, ValueFormat};
pub(crate) use file_writer::FileWriter;
pub use projection::{MAP_EXPLAINED, MapError, MapProjection, principal_map};
pub use similarity::cosine_similarity;
pub(crate) use similarity::{Chunk, as_similarity, dot_chunks, n_chunks, push_unit};

use crate::catalog::TrackId;
use std::collections::BTreeMap;
use std::ops::Range;

/// One vector a track: `[n_tracks, dim]`, sorted by track id, every value finite.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingTable {
    name: String,
    dim: usize,
    track_ids: Vec<TrackId>,
    values: Vec<f32>,
    metadata: BTreeMap<String, String>,
    slices: Option<SliceEmbeddings>,
}

/// One vector a slice, grouped by track in the order of the table.
#[derive(Debug, Clone, PartialEq)]
struct SliceEmbeddings {
    /// `[n_tracks + 1]`: the slices of track `i` are rows `offsets[i]..offsets[i + 1]`.
    offsets: Vec<usize>,
    /// `[n_slices, dim]`, row-major.
    values: Vec<f32>,
}

impl EmbeddingTable {
    /// A table of these vectors: `values` is `[track_ids.len(), dim]`, row-major, in the order of
    /// `track_ids`. The table sorts both by id.
    ///
    /// # Errors
    ///
    /// If `dim` is 0, if the number of values does not fit, if a value is not finite, or if an id
    /// stands twice.
    pub fn new(
        name: impl Into<String>,
        dim: usize,
        track_ids: Vec<TrackId>,
        values: Vec<f32>,
    ) -> Result<Self, EmbeddingError> {
        let name = name.into();
        if dim == 0 || track_ids.len().checked_mul(dim) != Some(values.len()) {
            let (n_tracks, got) = (track_ids.len(), values.len());
            return Err(EmbeddingError::WrongShape { table: name, n_tracks, dim, got });
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let track_id = track_ids[at / dim].clone();
            return Err(EmbeddingError::NotFinite { table: name, track_id, column: at % dim });
        }
        let (track_ids, values) = sorted(dim, track_ids, values);
        if let Some(pair) = track_ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(EmbeddingError::TwiceTheSameId { table: name, track_id: pair[0].clone() });
        }
        Ok(Self { name, dim, track_ids, values, metadata: BTreeMap::new(), slices: None })
    }

    /// The same table with the vectors of the single slices as well: for each track of the table
    /// `[n_slices of the track, dim]`, row-major.
    ///
    /// # Errors
    ///
    /// If the tracks are not those of the table, if a number of values is no multiple of `dim`, or
    /// if a value is not finite.
    pub fn with_slices(
        mut self,
        slices: &BTreeMap<TrackId, Vec<f32>>,
    ) -> Result<Self, EmbeddingError> {
        let stray = slices.keys().find(|id| self.position(id).is_none());
        let missing = self.track_ids.iter().find(|id| !slices.contains_key(id));
        if let Some(track_id) = stray.or(missing).cloned() {
            return Err(EmbeddingError::SlicesOfOtherTracks { table: self.name, track_id });
        }
        let (mut offsets, mut values) = (vec![0], Vec::new());
        for (track_id, rows) in slices {
            let fault = |column| EmbeddingError::WrongSlices {
                table: self.name.clone(),
                track_id: track_id.clone(),
                dim: self.dim,
                got: rows.len(),
                not_finite_at: column,
            };
            if rows.len() % self.dim != 0 {
                return Err(fault(None));
            }
            if let Some(at) = rows.iter().position(|value| !value.is_finite()) {
                return Err(fault(Some(at)));
            }
            values.extend_from_slice(rows);
            offsets.push(values.len() / self.dim);
        }
        self.slices = Some(SliceEmbeddings { offsets, values });
        Ok(self)
    }

    /// The same table with one more entry of free metadata, kept in the file. The keys
    /// `format`, `name` and `track_ids` belong to the file and are overwritten there.
    #[must_use]
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// The same table under another name.
    #[must_use]
    pub fn renamed(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The rows of the tracks that `keep` accepts, without slices; name and metadata stay.
    #[must_use]
    pub fn filtered(&self, mut keep: impl FnMut(&TrackId) -> bool) -> Self {
        let (mut track_ids, mut values) = (Vec::new(), Vec::new());
        for (track_id, row) in self.rows().filter(|(track_id, _)| keep(track_id)) {
            track_ids.push(track_id.clone());
            values.extend_from_slice(row);
        }
        let (name, metadata) = (self.name.clone(), self.metadata.clone());
        Self { name, dim: self.dim, track_ids, values, metadata, slices: None }
    }

    /// The tracks at these places alone, with their slices; name and metadata stay.
    ///
    /// # Panics
    ///
    /// If the table is shorter.
    #[must_use]
    pub fn part(&self, places: Range<usize>) -> Self {
        let rows =
            |from: &[f32], at: Range<usize>| from[at.start * self.dim..at.end * self.dim].to_vec();
        let slices = self.slices.as_ref().map(|slices| {
            let offsets = &slices.offsets[places.start..=places.end];
            let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
            SliceEmbeddings {
                offsets: offsets.iter().map(|offset| offset - first).collect(),
                values: rows(&slices.values, first..last),
            }
        });
        Self {
            name: self.name.clone(),
            dim: self.dim,
            track_ids: self.track_ids[places.clone()].to_vec(),
            values: rows(&self.values, places),
            metadata: self.metadata.clone(),
            slices,
        }
    }

    /// The table with the first `n_slices` slices of each track alone, where it has slices: those that lie
    /// in what can be heard of a song. Name and metadata stay.
    #[must_use]
    pub fn moments(&self, n_slices: usize, keep: impl FnMut(&TrackId) -> bool) -> Option<Self> {
        self.slices.as_ref()?;
        let table = self.filtered(keep);
        let first = |track_id: &TrackId| {
            let rows = self.slice_rows(track_id).unwrap_or_default();
            rows[..rows.len().min(n_slices * self.dim)].to_vec()
        };
        let mut moments = BTreeMap::new();
        moments.extend(table.track_ids.iter().map(|track_id| (track_id.clone(), first(track_id))));
        table.with_slices(&moments).ok()
    }

    /// What the embedding hears or reads: `audio`, `multimodal`, `lyrics`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Length of a vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of tracks.
    pub fn n_tracks(&self) -> usize {
        self.track_ids.len()
    }

    /// The tracks, sorted.
    pub fn track_ids(&self) -> &[TrackId] {
        &self.track_ids
    }

    /// All values, `[n_tracks, dim]`, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Free metadata: what made the table.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// Where the track stands.
    pub fn position(&self, track_id: &TrackId) -> Option<usize> {
        self.track_ids.binary_search(track_id).ok()
    }

    /// The vector of a track, `[dim]`.
    pub fn row(&self, track_id: &TrackId) -> Option<&[f32]> {
        self.position(track_id).map(|at| self.row_at(at))
    }

    /// The vector at a position, `[dim]`.
    ///
    /// # Panics
    ///
    /// If the table has no such row.
    pub fn row_at(&self, position: usize) -> &[f32] {
        let n_tracks = self.n_tracks();
        assert!(position < n_tracks, "row {position} of a table of {n_tracks} tracks");
        &self.values[position * self.dim..][..self.dim]
    }

    /// All tracks with their vectors, sorted by id.
    pub fn rows(&self) -> impl Iterator<Item = (&TrackId, &[f32])> {
        self.track_ids.iter().zip(self.values.chunks_exact(self.dim))
    }

    /// The vectors of the slices of a track, `[n_slices, dim]` row-major, where the table has them.
    pub fn slice_rows(&self, track_id: &TrackId) -> Option<&[f32]> {
        let slices = self.slices.as_ref()?;
        let at = self.position(track_id)?;
        Some(&slices.values[slices.offsets[at] * self.dim..slices.offsets[at + 1] * self.dim])
    }
}

/// Ids and rows, both in the order of the ids.
fn sorted(dim: usize, track_ids: Vec<TrackId>, values: Vec<f32>) -> (Vec<TrackId>, Vec<f32>) {
    if track_ids.is_sorted() {
        return (track_ids, values);
    }
    let order = TrackId::order(&track_ids.iter().collect::<Vec<_>>());
    let row = |at: &usize| &values[at * dim..(at + 1) * dim];
    let sorted = order.iter().flat_map(|at| row(at).iter().copied()).collect();
    (order.iter().map(|at| track_ids[*at].clone()).collect(), sorted)
}

/// What can be wrong with embeddings.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddingError {
    /// The number of values is not tracks times dimensions.
    #[error(
        "embeddings '{table}': expected {n_tracks} tracks x {dim} values (at least 1 each), \
         got {got} values"
    )]
    WrongShape {
        /// Table.
        table: String,
        /// Number of ids.
        n_tracks: usize,
        /// Length of a vector.
        dim: usize,
        /// Number of values.
        got: usize,
    },
    /// A value is NaN or infinite.
    #[error(
        "embeddings '{table}': value {column} of track '{track_id}' is not a finite number; the \
         network that made it diverged, train it again"
    )]
    NotFinite {
        /// Table.
        table: String,
        /// Track.
        track_id: TrackId,
        /// Which of its values, from 0.
        column: usize,
    },
    /// Two rows for one track.
    #[error("embeddings '{table}': track '{track_id}' stands twice")]
    TwiceTheSameId {
        /// Table.
        table: String,
        /// Track.
        track_id: TrackId,
    },
    /// The slices are not of the tracks of the table.
    #[error(
        "embeddings '{table}': track '{track_id}' stands either in the table or in its slices \
         alone"
    )]
    SlicesOfOtherTracks {
        /// Table.
        table: String,
        /// Track.
        track_id: TrackId,
    },
    /// The slices of a track have a wrong length or value.
    #[error(
        "embeddings '{table}': the slices of track '{track_id}' need finite values in rows of \
         {dim}, got {got} values{}",
        not_finite_at.map_or_else(String::new, |at| format!(", number {at} not finite"))
    )]
    WrongSlices {
        /// Table.
        table: String,
        /// Track.
        track_id: TrackId,
        /// Length of a vector.
        dim: usize,
        /// Number of values.
        got: usize,
        /// The first value that is not finite.
        not_finite_at: Option<usize>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> TrackId {
        TrackId::parse(text).unwrap()
    }

    #[test]
    fn rows_are_sorted_with_their_ids() {
        let ids = vec![id("c"), id("a"), id("b")];
        let table = EmbeddingTable::new("audio", 2, ids, vec![5., 6., 1., 2., 3., 4.]).unwrap();
        assert_eq!(table.values(), [1., 2., 3., 4., 5., 6.]);
        assert_eq!(table.row(&id("c")), Some([5., 6.].as_slice()));
        assert_eq!(table.row(&id("d")), None);
        let kept = table.filtered(|track| track.as_str() != "b");
        assert_eq!((kept.n_tracks(), kept.row(&id("c"))), (2, Some([5., 6.].as_slice())));
    }

    #[test]
    fn faults_name_table_and_track() {
        let two = || vec![id("a"), id("b")];
        let error = |dim, ids, values: &[f32]| {
            EmbeddingTable::new("audio", dim, ids, values.to_vec()).unwrap_err().to_string()
        };
        assert!(error(2, two(), &[1.; 3]).contains("2 tracks x 2 values"));
        assert!(error(0, two(), &[]).contains("'audio'"));
        let nan = error(2, two(), &[1., 2., 3., f32::NAN]);
        assert!(nan.contains("value 1 of track 'b'"), "{nan}");
        let twice = error(1, vec![id("a"), id("b"), id("a")], &[1., 2., 3.]);
        assert!(twice.contains("'a' stands twice"), "{twice}");
    }

    #[test]
    fn slices_belong_to_their_tracks() {
        let table = EmbeddingTable::new("audio", 2, vec![id("b"), id("a")], vec![1.; 4]).unwrap();
        let slices = BTreeMap::from([(id("a"), vec![1., 2., 3., 4.]), (id("b"), vec![5., 6.])]);
        let with = table.clone().with_slices(&slices).unwrap();
        assert_eq!(with.slice_rows(&id("a")), Some([1., 2., 3., 4.].as_slice()));
        assert_eq!(with.slice_rows(&id("b")), Some([5., 6.].as_slice()));
        let uneven = BTreeMap::from([(id("a"), vec![1.]), (id("b"), vec![])]);
        assert!(table.clone().with_slices(&uneven).is_err());
        let moments = with.moments(1, |track| track.as_str() != "b").unwrap();
        assert_eq!(moments.slice_rows(&id("a")), Some([1., 2.].as_slice()));
        assert_eq!(moments.n_tracks(), 1);
        assert_eq!(table.moments(1, |_| true), None);
        let other = BTreeMap::from([(id("a"), vec![]), (id("c"), vec![])]);
        let error = table.with_slices(&other).unwrap_err().to_string();
        assert!(error.contains("'c'"), "{error}");
    }
}
