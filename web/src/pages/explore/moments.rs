//! The slices of songs that can be heard, which tell why songs are alike.

use shared::embedding::EmbeddingTable;
use std::sync::Arc;

/// The slices of some songs, or of all.
pub(super) struct Moments(Vec<Arc<MomentsFile>>);

/// The slices of songs that follow each other in the catalogue.
pub(super) struct MomentsFile {
    /// Place of the first song.
    pub(super) first: usize,
    pub(super) table: EmbeddingTable,
    /// Seconds that a slice lasts, and from one to the next.
    pub(super) slice_secs: f64,
}

impl Moments {
    pub(super) fn new(files: Vec<Arc<MomentsFile>>) -> Self {
        Self(files)
    }

    /// The slices of the song at that place of the catalogue, one after another, with the file that they stand in.
    pub(super) fn slices(&self, place: usize) -> Option<(&[f32], &MomentsFile)> {
        let file = self.0.iter().rev().find(|file| file.first <= place)?;
        let track_id = file.table.track_ids().get(place - file.first)?;
        Some((file.table.slice_rows(track_id)?, file))
    }
}
