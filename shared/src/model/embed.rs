//! The one road to an embedding: the trainer and the website both take it.

use super::network::{Network, NetworkInput};
use super::token_batch::TokenBatch;
use crate::spectrogram::SliceStack;
use burn::tensor::activation::softmax;
use burn::tensor::{Device, ExecutionError, Int, Tensor, TensorData};

/// What is known of one song.
#[derive(Debug, Clone, Copy, Default)]
pub struct SongInput<'a> {
    /// Its spectrogram slices, for a network that hears.
    pub slices: Option<&'a SliceStack>,
    /// The token ids of its lyrics, window by window, for a network that reads.
    pub token_ids: Option<&'a [Vec<u32>]>,
}

/// What a network makes of one song.
#[derive(Debug, Clone, PartialEq)]
pub struct SongEmbedding {
    /// Mean over the slices, `[embedding_dim]`.
    pub embedding: Vec<f32>,
    /// One vector a slice, `[n_slices][embedding_dim]`; one in all where the network only reads.
    pub slice_embeddings: Vec<Vec<f32>>,
    /// Mean of the slices' genre probabilities, `[n_genres]`: the song's class is the largest.
    pub probabilities: Vec<f32>,
    /// One distribution a slice, `[n_slices][n_genres]`.
    pub slice_probabilities: Vec<Vec<f32>>,
}

/// Runs the network on all slices of one song, in one batch, and averages.
///
/// The network must stand on a device without autodiff (dropout off, stored batch statistics).
/// Asynchronous because a browser's GPU can only be read that way.
///
/// # Errors
///
/// If the device fails.
///
/// # Panics
///
/// If the song lacks what the network needs, or has no slice.
pub async fn embed(
    network: &Network,
    song: SongInput<'_>,
    device: &Device,
) -> Result<SongEmbedding, EmbedError> {
    let n_rows = song.slices.map_or(1, |slices| slices.n_slices);
    let output = network.forward(NetworkInput {
        slices: song.slices.map(|slices| slices_tensor(slices, device)),
        tokens: song.token_ids.map(|windows| TokenBatch::new(&[windows], 0, device)),
        pooled: None,
        lyrics_of_row: song.token_ids.map(|_| Tensor::<1, Int>::zeros([n_rows], device)),
    });
    let slice_embeddings = rows(output.embedding).await?;
    let slice_probabilities = rows(softmax(output.logits, 1)).await?;
    Ok(SongEmbedding {
        embedding: mean(&slice_embeddings),
        probabilities: mean(&slice_probabilities),
        slice_embeddings,
        slice_probabilities,
    })
}

/// The slices of one song as a tensor `[n_slices, 1, n_mels, n_frames]`.
fn slices_tensor(slices: &SliceStack, device: &Device) -> Tensor<4> {
    assert!(slices.n_slices > 0, "a song without slices");
    let shape = [slices.n_slices, 1, slices.n_mels, slices.n_frames];
    Tensor::from_data(TensorData::new(slices.values.clone(), shape), device)
}

/// Reads a matrix back from the device, row by row.
async fn rows(matrix: Tensor<2>) -> Result<Vec<Vec<f32>>, EmbedError> {
    let [_, width] = matrix.dims();
    let data = matrix.into_data_async().await?.convert::<f32>();
    let values = data.try_to_vec::<f32>().expect("converted to f32 above");
    Ok(values.chunks_exact(width).map(<[f32]>::to_vec).collect())
}

/// The mean of equally long rows, summed in double precision so that their order hardly matters.
fn mean(rows: &[Vec<f32>]) -> Vec<f32> {
    (0..rows[0].len())
        .map(|at| {
            let sum: f64 = rows.iter().map(|row| f64::from(row[at])).sum();
            (sum / rows.len() as f64) as f32
        })
        .collect()
}

/// What can go wrong while a network runs.
#[derive(Debug, thiserror::Error)]
#[error("the device failed while it computed an embedding")]
pub struct EmbedError(#[from] ExecutionError);
