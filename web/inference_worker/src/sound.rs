//! What is heard before any network: the clip's outline, its samples, its mel spectrogram and slices.

use crate::message::MessageError;
use crate::numbers;
use serde::{Deserialize, Serialize};
use shared::audio::Clip;
use shared::spectrogram::{MelConfig, SliceStack};

/// The clip of a song, to be drawn, played and read from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sound {
    /// Short name of the file's codec, such as `mp3`.
    pub codec: String,
    /// Samples a second in the file.
    pub file_rate_hz: u32,
    /// Channels in the file.
    pub n_channels: usize,
    /// Length of the song in seconds, where it is known.
    pub song_secs: Option<f64>,
    /// Where in the song the clip lies: a song that ends before the wanted clip gives its middle.
    pub clip: Clip,
    /// What is worth knowing, such as damaged packets; each without a full stop.
    pub notes: Vec<String>,
    /// Smallest and largest sample of each column, `[n_columns]`: the columns share the clip evenly.
    #[serde(skip)]
    pub outline: Vec<[f32; 2]>,
    /// The clip in one channel, -1 to 1, [`MelConfig::sample_rate_hz`] of [`MelPicture::config`] a
    /// second.
    #[serde(skip)]
    pub samples: Vec<f32>,
    /// The mel spectrogram.
    pub mel: MelPicture,
    /// Frame of the spectrogram at which the first slice begins; the others follow without a gap.
    pub first_frame: usize,
    /// `[n_slices, n_mels, n_frames]` of the slices.
    pub(crate) slices_shape: [usize; 3],
    /// Their values, 0 to 1.
    #[serde(skip)]
    pub(crate) slices_values: Vec<f32>,
}

/// A mel spectrogram to be drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MelPicture {
    /// How it was computed: `n_mels`, `hop_length` samples from frame to frame, `f_min_hz` to
    /// `f_max_hz` on Slaney's mel scale; `range_db` below the loudest value it is cut off.
    pub config: MelConfig,
    /// How many frames.
    pub n_frames: usize,
    /// Decibels, `[n_mels, n_frames]` row by row, lowest band first.
    #[serde(skip)]
    pub values_db: Vec<f32>,
}

impl Sound {
    /// What the networks are given: `[n_slices, n_mels, n_frames]`, 0 to 1.
    pub fn slices(&self) -> SliceStack {
        let [n_slices, n_mels, n_frames] = self.slices_shape;
        SliceStack { n_slices, n_mels, n_frames, values: self.slices_values.clone() }
    }

    /// Its rows, to go beside the text.
    pub(crate) fn rows_to_bytes(&self) -> Vec<Vec<u8>> {
        let outline = self.outline.as_flattened();
        [outline, &self.samples, &self.mel.values_db, &self.slices_values]
            .map(numbers::to_bytes)
            .to_vec()
    }

    /// Takes the rows that came beside the text.
    pub(crate) fn with_bytes(mut self, bytes: &[Vec<u8>]) -> Result<Self, MessageError> {
        let [outline, samples, mel_db, slices] = bytes else {
            return Err(MessageError::Parts { expected: 4, got: bytes.len() });
        };
        let outline = numbers::from_bytes(outline, outline.len() / 4)?;
        self.outline = outline.as_chunks::<2>().0.to_vec();
        self.samples = numbers::from_bytes(samples, samples.len() / 4)?;
        let n_values = self.mel.config.n_mels * self.mel.n_frames;
        self.mel.values_db = numbers::from_bytes(mel_db, n_values)?;
        self.slices_values = numbers::from_bytes(slices, self.slices_shape.iter().product())?;
        Ok(self)
    }
}

/// Smallest and largest sample of each of `n_columns` columns; fewer where there are fewer samples.
#[cfg(feature = "processor")]
pub(crate) fn outline(samples: &[f32], n_columns: usize) -> Vec<[f32; 2]> {
    let n_columns = n_columns.min(samples.len());
    let bound = |column: usize| column * samples.len() / n_columns.max(1);
    let column = |at: usize| {
        let column = &samples[bound(at)..bound(at + 1)];
        column.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[least, most], sample| {
            [least.min(*sample), most.max(*sample)]
        })
    };
    (0..n_columns).map(column).collect()
}

#[cfg(test)]
#[cfg(feature = "processor")]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_in_one_column_of_the_outline() {
        let samples = [0.0, 0.5, -0.5, 0.25, 1.0, -1.0, 0.1];
        assert_eq!(outline(&samples, 2), [[-0.5, 0.5], [-1.0, 1.0]]);
        assert_eq!(outline(&samples, 100), samples.map(|sample| [sample, sample]));
        assert_eq!(outline(&[], 3), [[0.0; 2]; 0]);
    }
}
