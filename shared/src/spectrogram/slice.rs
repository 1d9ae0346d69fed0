//! Slices: the pieces of a mel spectrogram that the networks see.

use super::MelSpectrogram;
use half::f16;
use half::slice::HalfFloatSliceExt as _;
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
        let scale = InputScale::of(mel, preset);
        let mut silence = [f32::NEG_INFINITY; SLICE_FRAMES];
        scale.apply(&mut silence);
        let n_values = mel.n_mels() * SLICE_FRAMES;
        let mut values = silence.repeat(n_slices * mel.n_mels());
        for (index, slice) in values.chunks_exact_mut(n_values).enumerate() {
            let start = (first + index) * SLICE_FRAMES;
            let end = (start + SLICE_FRAMES).min(mel.n_frames());
            for (band, row) in slice.chunks_exact_mut(SLICE_FRAMES).enumerate() {
                let row = &mut row[..end - start];
                row.copy_from_slice(&mel.band(band)[start..end]);
                scale.apply(row);
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

/// From decibels to the network's input, for one clip.
struct InputScale {
    preset: SlicePreset,
    /// What becomes 0, in decibels; for a silent clip, which has no range, everything does.
    bottom: f32,
    /// From there to what becomes 1.
    width: f32,
}

impl InputScale {
    fn of(mel: &MelSpectrogram, preset: SlicePreset) -> Self {
        let (low, high) = mel.range_db();
        let bottom = match preset {
            _ if high <= mel.silence_db() => f32::INFINITY,
            SlicePreset::Full => high - mel.config().range_db,
            SlicePreset::Thesis => low,
        };
        let width = if high > bottom { high - bottom } else { 1.0 };
        Self { preset, bottom, width }
    }

    /// Turns at most [`SLICE_FRAMES`] values in place.
    fn apply(&self, values: &mut [f32]) {
        for value in values.iter_mut() {
            *value = ((*value - self.bottom) / self.width).clamp(0.0, 1.0);
        }
        match self.preset {
            SlicePreset::Full => {
                let halves = &mut [f16::ZERO; SLICE_FRAMES][..values.len()];
                halves.convert_from_f32_slice(values);
                halves.convert_to_f32_slice(values);
            }
            SlicePreset::Thesis => {
                for value in values {
                    *value = f32::from(grey(*value)) / 255.0;
                }
            }
        }
    }
}

/// The grey of a level in 0 to 1 as matplotlib's colour map `gray_r` of 256 entries gives it.
fn grey(level: f32) -> u8 {
    255 - (level * 256.0).min(255.0) as u8
}
