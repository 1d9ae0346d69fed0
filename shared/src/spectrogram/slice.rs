//! Slices: the pieces of a mel spectrogram that the networks see.

use super::MelSpectrogram;
use half::f16;
use serde::{Deserialize, Serialize};

/// Frames of one slice.
pub const SLICE_FRAMES: usize = 128;

/// How a mel spectrogram becomes the input of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlicePreset {
    /// All slices; 1 is the loudest value of the clip, 0 is `range_db` decibels below it or lower;
    /// rounded to half precision, so that a stored slice and one computed in the browser are the same.
    #[default]
    Full,
    /// As in the study that this project rebuilds: the last whole slice only, the clip's smallest
    /// value white (1) and its largest black (0), in 256 steps of grey.
    ///
    /// The study drew the spectrogram as a picture (matplotlib's `gray_r`, 100 dpi, jpg) and cut
    /// squares of 128 pixels from that; each square of a song overwrote the one before it. What is
    /// taken here is what it drew: the grey steps are matplotlib's, but one frame is one column and
    /// one mel band one row, and the picture's resampling and jpg losses are left out.
    Thesis,
}

/// Slices of one song: `values` is `[n_slices, n_mels, n_frames]`, row-major, lowest mel band first,
/// each value in 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceStack {
    /// How many slices.
    pub n_slices: usize,
    /// Mel bands of each.
    pub n_mels: usize,
    /// Frames of each.
    pub n_frames: usize,
    /// The values.
    pub values: Vec<f32>,
}

/// Slices, and what became of the frames that did not fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// The slices.
    pub slices: SliceStack,
    /// Frame of the spectrogram at which the first slice begins.
    pub first_frame: usize,
    /// Frames after the last whole slice (at most 127), which are left out; with
    /// [`SlicePreset::Thesis`] those of the slices before the last count too.
    pub n_frames_dropped: usize,
    /// Silent frames added to a clip shorter than one slice.
    pub n_frames_padded: usize,
}

impl Cut {
    /// What is worth knowing of a clip that is shorter than one slice.
    pub fn note(&self) -> Option<String> {
        let n_padded = self.n_frames_padded;
        let is_padded = n_padded > 0;
        is_padded
            .then(|| format!("{n_padded} of {SLICE_FRAMES} frames of the only slice are padding"))
    }
}

impl SliceStack {
    /// Values of one slice, `[n_mels, n_frames]`.
    ///
    /// # Panics
    ///
    /// If there is no such slice.
    pub fn slice(&self, index: usize) -> &[f32] {
        let n_values = self.n_mels * self.n_frames;
        &self.values[index * n_values..(index + 1) * n_values]
    }

    /// Cuts a mel spectrogram (in decibels) into slices of [`SLICE_FRAMES`] frames without overlap.
    ///
    /// Frames after the last whole slice are left out: 12 of the 1292 frames of 30 s. A clip with
    /// fewer frames than one slice is filled with silence after its end.
    pub fn cut(mel: &MelSpectrogram, preset: SlicePreset) -> Cut {
        let n_whole = mel.n_frames() / SLICE_FRAMES;
        let first = match preset {
            SlicePreset::Full => 0,
            SlicePreset::Thesis => n_whole.saturating_sub(1),
        };
        let n_slices = n_whole.max(1) - first;
        let to_input = input_scale(mel, preset);
        let silence = to_input(f32::NEG_INFINITY);
        let n_values = mel.n_mels() * SLICE_FRAMES;
        let mut values = vec![silence; n_slices * n_values];
        for (index, slice) in values.chunks_exact_mut(n_values).enumerate() {
            let start = (first + index) * SLICE_FRAMES;
            let end = (start + SLICE_FRAMES).min(mel.n_frames());
            for (band, row) in slice.chunks_exact_mut(SLICE_FRAMES).enumerate() {
                for (value, decibels) in row.iter_mut().zip(&mel.band(band)[start..end]) {
                    *value = to_input(*decibels);
                }
            }
        }
        let n_used = n_slices * SLICE_FRAMES;
        Cut {
            slices: Self { n_slices, n_mels: mel.n_mels(), n_frames: SLICE_FRAMES, values },
            first_frame: first * SLICE_FRAMES,
            n_frames_dropped: mel.n_frames().saturating_sub(n_used),
            n_frames_padded: n_used.saturating_sub(mel.n_frames()),
        }
    }
}

/// The function from decibels to the network's input, for this clip.
fn input_scale(mel: &MelSpectrogram, preset: SlicePreset) -> impl Fn(f32) -> f32 {
    let (low, high) = mel.range_db();
    let bottom = match preset {
        SlicePreset::Full => high - mel.config().range_db,
        SlicePreset::Thesis => low,
    };
    // A silent clip has no range: everything is its quietest value.
    let silent = high <= mel.silence_db();
    let width = if high > bottom { high - bottom } else { 1.0 };
    move |decibels| {
        let level = if silent { 0.0 } else { ((decibels - bottom) / width).clamp(0.0, 1.0) };
        match preset {
            SlicePreset::Full => f16::from_f32(level).to_f32(),
            SlicePreset::Thesis => f32::from(grey(level)) / 255.0,
        }
    }
}

/// The grey of a level in 0 to 1 as matplotlib's colour map `gray_r` of 256 entries gives it.
fn grey(level: f32) -> u8 {
    255 - (level * 256.0).min(255.0) as u8
}
