//! Weights of the reading part in fewer bytes, for the way over the network.
//!
//! A pretrained encoder is large (DistilBERT: 66 million weights, 265 MB), and nearly all of it are tables of
//! words and square matrices. Those are stored at half precision, or at 8 bits with a scale of each row, as
//! post-training quantisation does (Jacob et al., 2018, symmetric, weights only); norms, offsets and
//! everything that hears stay as they are. A program that reads them computes in single precision.

use super::weights_error::WeightsError;
use burn::tensor::{Bytes, DType};
use burn_pack::{Reader, Tensor, Writer};
use half::f16;
use serde::{Deserialize, Serialize};

/// How the tables and matrices of the reading part are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextWeights {
    /// As they were trained: 4 bytes a weight.
    F32,
    /// Half precision: 2 bytes.
    F16,
    /// 8 bits, and 4 bytes a row.
    Int8,
}

impl TextWeights {
    /// The name used on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Int8 => "int8",
        }
    }
}

/// A tensor with the scales of another's rows is named like that one with this at its end.
const SCALES: &str = ".row_scales";

/// The weights of a burnpack file with the reading part stored so.
///
/// # Errors
///
/// If the bytes are no burnpack.
pub fn narrow_text(weights: Vec<u8>, format: TextWeights) -> Result<Vec<u8>, WeightsError> {
    if format == TextWeights::F32 {
        return Ok(weights);
    }
    let mut narrow = Vec::new();
    for tensor in Reader::from_bytes(Bytes::from_bytes_vec(weights))?.into_tensors()? {
        let is_large = tensor.name.split('.').any(|part| part == "text") && tensor.shape.len() == 2;
        match format {
            _ if !is_large || tensor.dtype != DType::F32 => narrow.push(tensor),
            TextWeights::Int8 => narrow.extend(to_eight_bit(tensor)?),
            TextWeights::F16 | TextWeights::F32 => narrow.push(to_half(tensor)?),
        }
    }
    Ok(Writer::new(narrow).into_bytes()?.to_vec())
}

/// The weights with every tensor of 8 bits at single precision again; others as they are.
pub(super) fn widen(weights: Bytes) -> Result<Bytes, WeightsError> {
    // So that the copy is none.
    let weights = weights.shared();
    let reader = Reader::from_bytes(weights.clone())?;
    if !reader.tensor_names().iter().any(|name| name.ends_with(SCALES)) {
        return Ok(weights);
    }
    drop(weights);
    let (scales, tensors): (Vec<Tensor>, Vec<Tensor>) =
        reader.into_tensors()?.into_iter().partition(|tensor| tensor.name.ends_with(SCALES));
    let of_row =
        |name: &str| scales.iter().find(|scales| scales.name.strip_suffix(SCALES) == Some(name));
    let wide: Result<Vec<Tensor>, WeightsError> = tensors
        .into_iter()
        .map(|tensor| match of_row(&tensor.name).cloned() {
            Some(scales) => from_eight_bit(tensor, scales),
            None => Ok(tensor),
        })
        .collect();
    Ok(Writer::new(wide?).into_bytes()?)
}

fn to_half(tensor: Tensor) -> Result<Tensor, WeightsError> {
    let (name, _, shape, id, bytes) = tensor.into_parts()?;
    let half: Vec<u8> =
        floats(&bytes).flat_map(|value| f16::from_f32(value).to_le_bytes()).collect();
    Ok(Tensor::new(name, DType::F16, shape, id, Bytes::from_bytes_vec(half)))
}

/// Whole numbers from -127 to 127 and the scales that lead them back, one a row.
fn to_eight_bit(tensor: Tensor) -> Result<[Tensor; 2], WeightsError> {
    let (name, _, shape, id, bytes) = tensor.into_parts()?;
    let values: Vec<f32> = floats(&bytes).collect();
    let (mut whole, mut scales) = (Vec::with_capacity(values.len()), Vec::new());
    for row in values.chunks(shape[1].max(1)) {
        let largest = row.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        whole.extend(row.iter().map(|value| (value / scale).round() as i8 as u8));
        scales.extend(scale.to_le_bytes());
    }
    let n_rows = shape[0];
    let scales = Tensor::new(
        format!("{name}{SCALES}"),
        DType::F32,
        [n_rows],
        None,
        Bytes::from_bytes_vec(scales),
    );
    Ok([Tensor::new(name, DType::I8, shape, id, Bytes::from_bytes_vec(whole)), scales])
}

fn from_eight_bit(tensor: Tensor, scales: Tensor) -> Result<Tensor, WeightsError> {
    let (name, dtype, shape, id, bytes) = tensor.into_parts()?;
    let scales: Vec<f32> = floats(&scales.into_bytes()?).collect();
    if dtype != DType::I8 || shape.len() != 2 || shape[0] != scales.len() {
        return Err(WeightsError::Scales { name });
    }
    let rows = bytes.chunks(shape[1].max(1)).zip(&scales);
    let wide: Vec<u8> = rows
        .flat_map(|(row, scale)| {
            row.iter().flat_map(move |byte| (f32::from(*byte as i8) * scale).to_le_bytes())
        })
        .collect();
    Ok(Tensor::new(name, DType::F32, shape, id, Bytes::from_bytes_vec(wide)))
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(name: &str, values: &[f32], shape: [usize; 2]) -> Vec<u8> {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let tensor =
            Tensor::new(name.into(), DType::F32, shape, Some(1), Bytes::from_bytes_vec(bytes));
        Writer::new(vec![tensor]).into_bytes().unwrap().to_vec()
    }

    fn values(weights: Vec<u8>) -> Vec<f32> {
        let wide = widen(Bytes::from_bytes_vec(weights)).unwrap();
        let mut tensors = Reader::from_bytes(wide).unwrap().into_tensors().unwrap();
        assert_eq!(tensors.len(), 1);
        floats(&tensors.remove(0).into_bytes().unwrap()).collect()
    }

    #[test]
    fn eight_bits_are_within_half_a_step_of_each_row() {
        let weights = [0.5, -1.27, 0.0, 100.0, -50.0, 0.3, 0.0, 0.0, 0.0];
        let narrow =
            narrow_text(pack("text.words.weight", &weights, [3, 3]), TextWeights::Int8).unwrap();
        let wide = values(narrow);
        for (row, largest) in [1.27_f32, 100.0, 0.0].into_iter().enumerate() {
            for at in row * 3..row * 3 + 3 {
                assert!((wide[at] - weights[at]).abs() <= largest / 254.0 * 1.001, "{wide:?}");
            }
        }
    }

    #[test]
    fn what_hears_is_left_as_it_is() {
        let weights = pack("audio.conv.weight", &[0.1, 0.2, 0.3, 0.4], [2, 2]);
        for format in [TextWeights::F32, TextWeights::F16, TextWeights::Int8] {
            let narrow = narrow_text(weights.clone(), format).unwrap();
            assert_eq!(values(narrow), [0.1, 0.2, 0.3, 0.4]);
        }
    }

    #[test]
    fn scales_that_do_not_fit_are_named() {
        let bytes = |n: usize| Bytes::from_bytes_vec(vec![1; n]);
        let tensors = vec![
            Tensor::new("text.words.weight".into(), DType::I8, [2, 2], None, bytes(4)),
            Tensor::new(format!("text.words.weight{SCALES}"), DType::F32, [3], None, bytes(12)),
        ];
        let error = widen(Writer::new(tensors).into_bytes().unwrap()).unwrap_err();
        assert!(error.to_string().contains("text.words.weight"), "{error}");
    }
}
