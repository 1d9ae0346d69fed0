//! What can be wrong with weights.

use burn::store::RecordError;

/// What can be wrong with weights.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// They are of another network.
    #[error("the weights do not fit the network that model.json describes")]
    Record(#[from] RecordError),
    /// They are none.
    #[error("the weights are no burnpack file")]
    Pack(#[from] burn_pack::Error),
    /// Rows of 8 bits and their scales.
    #[error("the weights hold scales for '{name}' that do not fit it")]
    Scales {
        /// Tensor.
        name: String,
    },
}
