//! The one road to an embedding: the trainer and the website both take it.

use super::network::{Network, NetworkInput, TokenBatch};
use crate::spectrogram::SliceStack;
use burn::tensor::activation::softmax;
use burn::tensor::{Bool, Device, ExecutionError, Int, Tensor, TensorData};

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

impl TokenBatch {
    /// A batch of lyrics, each one window or several of token ids, filled up with `pad_token_id` to the
    /// longest among them.
    ///
    /// # Panics
    ///
    /// If there are no lyrics, or one has no token.
    pub fn new(lyrics: &[&[Vec<u32>]], pad_token_id: u32, device: &Device) -> Self {
        let windows: Vec<&Vec<u32>> = lyrics.iter().copied().flatten().collect();
        let n_tokens = windows.iter().map(|ids| ids.len()).max().expect("a batch of no lyrics");
        assert!(windows.iter().all(|ids| !ids.is_empty()), "lyrics without a token");
        assert!(lyrics.iter().all(|windows| !windows.is_empty()), "lyrics without a window");
        let mut ids = Vec::with_capacity(windows.len() * n_tokens);
        let mut padding = Vec::with_capacity(ids.capacity());
        for window in &windows {
            let n_fill = n_tokens - window.len();
            ids.extend(window.iter().map(|&id| i64::from(id)));
            ids.extend(std::iter::repeat_n(i64::from(pad_token_id), n_fill));
            padding.extend(std::iter::repeat_n(false, window.len()));
            padding.extend(std::iter::repeat_n(true, n_fill));
        }
        let shape = [windows.len(), n_tokens];
        Self {
            lengths: windows.iter().map(|window| window.len()).collect(),
            ids: Tensor::<2, Int>::from_data(TensorData::new(ids, shape), device),
            padding: Tensor::<2, Bool>::from_data(TensorData::new(padding, shape), device),
            share_of_window: share_of_window(lyrics, windows.len(), device),
        }
    }
}

/// Averages over the windows of each song; `None` where each song has one.
fn share_of_window(lyrics: &[&[Vec<u32>]], n_windows: usize, device: &Device) -> Option<Tensor<2>> {
    if n_windows == lyrics.len() {
        return None;
    }
    let mut share = vec![0.0_f32; lyrics.len() * n_windows];
    let mut before = 0;
    for (song, windows) in lyrics.iter().enumerate() {
        share[song * n_windows + before..][..windows.len()].fill(1.0 / windows.len() as f32);
        before += windows.len();
    }
    Some(Tensor::from_data(TensorData::new(share, [lyrics.len(), n_windows]), device))
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
