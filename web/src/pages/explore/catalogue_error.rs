//! Why there is nothing to explore.

use crate::bundle_source::LoadError;
use crate::platform::search::SearchError;
use shared::recommend::Condition;

/// Why there is nothing to explore.
#[derive(Debug, thiserror::Error)]
pub(super) enum CatalogueError {
    /// A part of the bundle.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The worker with the tables.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// A part that the manifest does not name.
    #[error("the manifest names no part {number} of the embedding table '{condition}'")]
    NoPart {
        /// Of which table.
        condition: Condition,
        /// Its number.
        number: usize,
    },
    /// Nothing says how alike songs are.
    #[error("the bundle holds no embedding table named 'audio', 'multimodal' or 'lyrics'")]
    NoTable,
}
