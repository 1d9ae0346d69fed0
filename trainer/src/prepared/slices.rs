//! Slices as safetensors files: tensor `slices`, `[n_slices, n_mels, n_frames]`.

use half::slice::HalfFloatSliceExt as _;
use half::{f16, vec::HalfFloatVecExt as _};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use shared::spectrogram::{SlicePreset, SliceStack};

/// Name of the tensor.
const TENSOR: &str = "slices";

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

/// The stack in such a file.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<SliceStack, SlicesError> {
    let file = SafeTensors::deserialize(bytes)?;
    let tensor = file.tensor(TENSOR)?;
    let [n_slices, n_mels, n_frames] = *tensor.shape() else {
        return Err(SlicesError::Shape { got: tensor.shape().to_vec() });
    };
    let values: Vec<f32> = match tensor.dtype() {
        Dtype::F16 => {
            let (halves, _) = tensor.data().as_chunks::<2>();
            let halves: Vec<f16> = halves.iter().map(|half| f16::from_le_bytes(*half)).collect();
            halves.to_f32_vec()
        }
        Dtype::U8 => tensor.data().iter().map(|grey| f32::from(*grey) / 255.0).collect(),
        got => return Err(SlicesError::Type { got: format!("{got:?}") }),
    };
    if let Some(at) = values.iter().position(|value| !value.is_finite()) {
        return Err(SlicesError::NotFinite {
            slice: at / (n_mels * n_frames),
            mel: at / n_frames % n_mels,
            frame: at % n_frames,
        });
    }
    Ok(SliceStack { n_slices, n_mels, n_frames, values })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let halves = (0..24).map(|k| f16::from_f32(k as f32 / 23.0).to_f32()).collect();
        let full = SliceStack { n_slices: 2, n_mels: 3, n_frames: 4, values: halves };
        let bytes = to_bytes(&full, SlicePreset::Full).unwrap();
        assert_eq!(from_bytes(&bytes).unwrap(), full);
        let greys = (0..12).map(|k| (k * 23) as f32 / 255.0).collect();
        let thesis = SliceStack { n_slices: 1, n_mels: 3, n_frames: 4, values: greys };
        let bytes = to_bytes(&thesis, SlicePreset::Thesis).unwrap();
        assert_eq!(from_bytes(&bytes).unwrap(), thesis);
    }

    #[test]
    fn damage_is_told() {
        assert!(matches!(from_bytes(b""), Err(SlicesError::Safetensors(_))));
        let data = [0u8; 4];
        let flat = TensorView::new(Dtype::U8, vec![4], &data).unwrap();
        let bytes = safetensors::serialize([(TENSOR, flat)], None).unwrap();
        assert!(matches!(from_bytes(&bytes), Err(SlicesError::Shape { .. })));
        for poison in [f16::NAN, f16::INFINITY] {
            let mut halves = [0u8; 2 * 12];
            halves[2 * 9..][..2].copy_from_slice(&poison.to_le_bytes());
            let view = TensorView::new(Dtype::F16, vec![2, 2, 3], &halves).unwrap();
            let bytes = safetensors::serialize([(TENSOR, view)], None).unwrap();
            let error = from_bytes(&bytes).unwrap_err().to_string();
            assert!(error.contains("slice 1, mel band 1, frame 0"), "{error}");
        }
        let wrong = TensorView::new(Dtype::F32, vec![1, 1, 1], &data).unwrap();
        let bytes = safetensors::serialize([(TENSOR, wrong)], None).unwrap();
        assert!(matches!(from_bytes(&bytes), Err(SlicesError::Type { .. })));
    }
}
