//! Slices as safetensors files: tensor `slices`, `[n_slices, n_mels, n_frames]`.

use half::{f16, vec::HalfFloatVecExt as _};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use shared::spectrogram::{SlicePreset, SliceStack};
use std::ops::Range;

/// Name of the tensor.
pub(super) const TENSOR: &str = "slices";

/// The file of a stack: F16, or for the thesis preset U8 (255 is 1).
pub(super) fn to_bytes(
    stack: &SliceStack,
    preset: SlicePreset,
) -> Result<Vec<u8>, safetensors::SafeTensorError> {
    let (dtype, data): (Dtype, Vec<u8>) = match preset {
        SlicePreset::Full => {
            let halves = Vec::<f16>::from_f32_slice(&stack.values);
            (Dtype::F16, halves.iter().flat_map(|half| half.to_le_bytes()).collect())
        }
        SlicePreset::Thesis => {
            (Dtype::U8, stack.values.iter().map(|v| (v * 255.0).round() as u8).collect())
        }
    };
    let shape = vec![stack.n_slices, stack.n_mels, stack.n_frames];
    let view = TensorView::new(dtype, shape, &data)?;
    safetensors::serialize([(TENSOR, view)], None)
}

/// Where the values stand in such a file.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) n_slices: usize,
    pub(super) n_mels: usize,
    pub(super) n_frames: usize,
    kind: Kind,
    begin: usize,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Half,
    Grey,
}

impl Layout {
    pub(super) fn of(bytes: &[u8]) -> Result<Self, SlicesError> {
        let file = SafeTensors::deserialize(bytes)?;
        let tensor = file.tensor(TENSOR)?;
        let [n_slices, n_mels, n_frames] = *tensor.shape() else {
            return Err(SlicesError::Shape { got: tensor.shape().to_vec() });
        };
        let kind = match tensor.dtype() {
            Dtype::F16 => Kind::Half,
            Dtype::U8 => Kind::Grey,
            got => return Err(SlicesError::Type { got: format!("{got:?}") }),
        };
        // Both are parts of one array.
        let begin = tensor.data().as_ptr() as usize - bytes.as_ptr() as usize;
        Ok(Self { n_slices, n_mels, n_frames, kind, begin })
    }

    /// Where some slices stand in the file.
    pub(super) fn place(&self, slices: Range<usize>) -> Range<usize> {
        let size = match self.kind {
            Kind::Half => 2,
            Kind::Grey => 1,
        };
        let at = |slice: usize| self.begin + slice * self.n_mels * self.n_frames * size;
        at(slices.start)..at(slices.end)
    }

    /// Appends the values that stand there.
    pub(super) fn decode(&self, data: &[u8], values: &mut Vec<f32>) {
        match self.kind {
            Kind::Half => {
                let (halves, _) = data.as_chunks::<2>();
                values.extend(halves.iter().map(|half| f16::from_le_bytes(*half).to_f32()));
            }
            Kind::Grey => values.extend(data.iter().map(|grey| f32::from(*grey) / 255.0)),
        }
    }

    /// Values of slices from that one on.
    pub(super) fn check_finite(&self, values: &[f32], from: usize) -> Result<(), SlicesError> {
        let per_slice = self.n_mels * self.n_frames;
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(at) => Err(SlicesError::NotFinite {
                slice: from + at / per_slice,
                mel: at / self.n_frames % self.n_mels,
                frame: at % self.n_frames,
            }),
        }
    }
}

/// What can be wrong with a file of slices.
#[derive(Debug, thiserror::Error)]
pub enum SlicesError {
    /// Not a safetensors file, or without the tensor.
    #[error("no safetensors file with a tensor 'slices'")]
    Safetensors(#[from] safetensors::SafeTensorError),
    /// Wrong number of dimensions.
    #[error("the tensor 'slices' has shape {got:?}, expected [n_slices, n_mels, n_frames]")]
    Shape {
        /// Its shape.
        got: Vec<usize>,
    },
    /// What no spectrogram holds. A network need not show it: strides leave out the last frames and bands.
    #[error("a value is no finite number: slice {slice}, mel band {mel}, frame {frame}, from 0")]
    NotFinite {
        /// Slice.
        slice: usize,
        /// Mel band.
        mel: usize,
        /// Frame.
        frame: usize,
    },
    /// Wrong type of values.
    #[error("the tensor 'slices' holds {got}, expected F16 or U8")]
    Type {
        /// Its type.
        got: String,
    },
}
