//! Lyrics as a network reads them.

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

/// Token ids of several lyrics, filled up to one length.
#[derive(Debug, Clone)]
pub struct TokenBatch {
    /// Ids `[batch, n_tokens]`.
    pub ids: Tensor<2, Int>,
    /// `true` where a token only fills up `[batch, n_tokens]`.
    pub padding: Tensor<2, Bool>,
    /// How many tokens of each row are its own, from the first; what `padding` says, too `[batch]`.
    pub lengths: Vec<usize>,
    /// Where some lyrics are read in several windows: the share of each window (column) in the vector
    /// of each song (row) `[n_songs, batch]`.
    pub share_of_window: Option<Tensor<2>>,
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

#[cfg(test)]
#[cfg(feature = "processor")]
mod tests {
    use super::*;

    fn shares(lyrics: &[&[Vec<u32>]]) -> Option<Vec<f32>> {
        let batch = TokenBatch::new(lyrics, 0, &Device::flex());
        batch.share_of_window.map(|share| share.into_data().try_to_vec().unwrap())
    }

    #[test]
    fn windows_of_a_song_have_equal_shares_however_short_they_are() {
        let one = [vec![2, 7, 3]];
        let three = [vec![2, 7, 7, 3], vec![2, 3], vec![2, 7, 3]];
        let third = 1.0_f32 / 3.0;
        let expected =
            [[1.0, 0.0, 0.0, 0.0, 0.0], [0.0, third, third, third, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]];
        let got = shares(&[&one[..], &three[..], &one[..]]).unwrap();
        assert_eq!(got, expected.as_flattened());
        assert_eq!(shares(&[&one[..], &one[..]]), None);
    }
}
