//! Weights to and from bytes (burnpack).

use super::narrow::widen;
use super::network::Network;
use burn::module::Module;
use burn::store::{ModuleRecord, RecordError};
use burn::tensor::Bytes;

/// The weights as a burnpack file. Equal weights give equal bytes.
///
/// # Errors
///
/// If burn can't write them.
pub fn weights_to_bytes(network: Network) -> Result<Vec<u8>, WeightsError> {
    Ok(network.into_record().into_bytes()?.to_vec())
}

/// The network with the weights of a burnpack file, stored at any float width or as
/// [`narrow_text`](super::narrow_text) stores them.
///
/// # Errors
///
/// If the bytes are no burnpack, or tensors are missing, unknown or of another shape.
pub fn weights_from_bytes(network: Network, bytes: Vec<u8>) -> Result<Network, WeightsError> {
    let record = ModuleRecord::from_bytes(widen(Bytes::from_bytes_vec(bytes))?)?;
    Ok(network.try_load_record(record.cast_to_module_dtype())?)
}

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
