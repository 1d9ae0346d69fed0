//! Weights to and from bytes (burnpack).

use super::narrow::widen;
use super::network::Network;
use super::weights_error::WeightsError;
use burn::module::Module;
use burn::store::ModuleRecord;
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
