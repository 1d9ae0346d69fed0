//! Embedding tables as safetensors.
//!
//! Tensors: `embeddings` `[n_tracks, dim]` (F32 or F16) and, where slices are kept,
//! `slice_embeddings` `[n_slices, dim]` and `slice_offsets` `[n_tracks + 1]` (I64). Metadata:
//! `format` (`segue-embeddings/1`), `name`, `track_ids` (a JSON array, in the order of the rows) and
//! whatever else the table carries.

use super::file_writer::FileWriter;
use super::{EmbeddingError, EmbeddingTable};
use crate::catalog::TrackId;
use crate::json;
use half::f16;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use std::collections::BTreeMap;

/// What `format` says in files of this version.
const FORMAT: &str = "segue-embeddings/1";
/// What it begins with in files of every version.
const EVERY_FORMAT: &str = "segue-embeddings/";
/// The metadata that belongs to the file rather than to the table.
const RESERVED: [&str; 3] = ["format", "name", "track_ids"];

/// What a tensor of embeddings must be.
const MATRIX: &str = "two dimensions of F32 or F16";

/// How the values of an embedding table are kept in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueFormat {
    /// 32 bit: nothing is lost.
    F32,
    /// 16 bit (11 significant bits, largest value 65504): half the size, for the bundle.
    F16,
}

impl ValueFormat {
    /// The name used in files: `F32` or `F16`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
        }
    }

    /// How the values of the table in this safetensors file are kept.
    ///
    /// # Errors
    ///
    /// If the bytes are no safetensors file with embeddings of one of the formats.
    pub fn of_file(bytes: &[u8]) -> Result<Self, EmbeddingFileError> {
        let tensors = SafeTensors::deserialize(bytes)?;
        let tensor = tensors.tensor("embeddings")?;
        let is_format = |format: &Self| format.dtype() == tensor.dtype();
        let format = [Self::F32, Self::F16].into_iter().find(is_format);
        format.ok_or_else(|| unexpected("embeddings", MATRIX, &tensor))
    }

    fn dtype(self) -> Dtype {
        match self {
            Self::F32 => Dtype::F32,
            Self::F16 => Dtype::F16,
        }
    }
}

impl EmbeddingTable {
    /// The table as a safetensors file; the same table gives the same bytes.
    ///
    /// # Errors
    ///
    /// If a value is too large for [`ValueFormat::F16`].
    pub fn to_safetensors(&self, format: ValueFormat) -> Result<Vec<u8>, EmbeddingFileError> {
        let mut writer = FileWriter::default();
        if let Some(slices) = &self.slices {
            let offsets = slices.offsets.iter().flat_map(|at| (*at as i64).to_le_bytes());
            writer.tensor("slice_offsets", Dtype::I64, &[slices.offsets.len()], offsets.collect());
            let n_slices = slices.values.len() / self.dim;
            let bytes = self.encode(&slices.values, format)?;
            writer.tensor("slice_embeddings", format.dtype(), &[n_slices, self.dim], bytes);
        }
        let bytes = self.encode(&self.values, format)?;
        writer.tensor("embeddings", format.dtype(), &[self.n_tracks(), self.dim], bytes);
        Ok(writer.finish(self.file_metadata()))
    }

    /// Reads a safetensors file that [`Self::to_safetensors`] or a Python program wrote. Further
    /// tensors are ignored, rows may stand in any order.
    ///
    /// # Errors
    ///
    /// If the bytes are no safetensors file (cut short, for example), if a tensor or the metadata
    /// is missing or of another type or shape, and as [`EmbeddingTable::new`].
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, EmbeddingFileError> {
        let (_, header) = SafeTensors::read_metadata(bytes)?;
        let mut metadata = BTreeMap::new();
        metadata.extend(header.metadata().iter().flatten().map(|(k, v)| (k.clone(), v.clone())));
        let track_ids = take_track_ids(&mut metadata)?;
        let name = metadata.remove("name").unwrap_or_default();
        let tensors = SafeTensors::deserialize(bytes)?;
        let (dim, values) = matrix(&tensors, "embeddings")?;
        let n_tracks = values.len() / dim.max(1);
        if n_tracks != track_ids.len() {
            let n_ids = track_ids.len();
            return Err(EmbeddingFileError::IdsAndRows { n_ids, n_rows: n_tracks });
        }
        let slices = match tensors.tensor("slice_embeddings") {
            Ok(_) => Some(slices_by_track(&tensors, dim, &track_ids)?),
            Err(_) => None,
        };
        let mut table = Self::new(name, dim, track_ids, values)?;
        table.metadata = metadata;
        Ok(match slices {
            Some(slices) => table.with_slices(&slices)?,
            None => table,
        })
    }

    /// The metadata of the file: the table's own and the reserved entries.
    fn file_metadata(&self) -> BTreeMap<String, String> {
        let mut metadata = self.metadata.clone();
        let track_ids = serde_json::to_string(&self.track_ids).expect("ids are plain text");
        let values = [FORMAT.to_owned(), self.name.clone(), track_ids];
        metadata.extend(RESERVED.into_iter().map(str::to_owned).zip(values));
        metadata
    }

    fn encode(&self, values: &[f32], format: ValueFormat) -> Result<Vec<u8>, EmbeddingFileError> {
        if format == ValueFormat::F32 {
            return Ok(values.iter().flat_map(|value| value.to_le_bytes()).collect());
        }
        let mut bytes = Vec::with_capacity(values.len() * 2);
        for value in values {
            let short = f16::from_f32(*value);
            if !short.is_finite() {
                let table = self.name.clone();
                return Err(EmbeddingFileError::TooLargeForF16 { table, value: *value });
            }
            bytes.extend(short.to_le_bytes());
        }
        Ok(bytes)
    }
}

/// The ids, removed from the metadata together with the format, which is checked.
fn take_track_ids(
    metadata: &mut BTreeMap<String, String>,
) -> Result<Vec<TrackId>, EmbeddingFileError> {
    if let Some(format) = metadata.remove("format").filter(|format| format != FORMAT) {
        return Err(if format.starts_with(EVERY_FORMAT) {
            EmbeddingFileError::OtherFormat { format }
        } else {
            EmbeddingFileError::NoTable { format }
        });
    }
    let json = metadata.remove("track_ids").ok_or(EmbeddingFileError::NoTrackIds)?;
    let texts: Vec<String> = json::from_slice(json.as_bytes())?;
    let parse =
        |text: String| TrackId::parse(&text).ok_or(EmbeddingFileError::WrongTrackId { got: text });
    texts.into_iter().map(parse).collect()
}

/// Number of columns and values of a two-dimensional tensor of F32 or F16.
fn matrix(tensors: &SafeTensors<'_>, name: &str) -> Result<(usize, Vec<f32>), EmbeddingFileError> {
    let tensor = tensors.tensor(name)?;
    let &[_, dim] = tensor.shape() else {
        return Err(unexpected(name, MATRIX, &tensor));
    };
    let data = tensor.data();
    let values = match tensor.dtype() {
        Dtype::F32 => data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        Dtype::F16 => {
            data.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect()
        }
        _ => return Err(unexpected(name, MATRIX, &tensor)),
    };
    Ok((dim, values))
}

fn slices_by_track(
    tensors: &SafeTensors<'_>,
    dim: usize,
    track_ids: &[TrackId],
) -> Result<BTreeMap<TrackId, Vec<f32>>, EmbeddingFileError> {
    let (slice_dim, values) = matrix(tensors, "slice_embeddings")?;
    let offsets_tensor = tensors.tensor("slice_offsets")?;
    let wrong = || unexpected("slice_offsets", "rising I64 from 0 to n_slices", &offsets_tensor);
    let fits = offsets_tensor.dtype() == Dtype::I64
        && offsets_tensor.shape() == [track_ids.len() + 1]
        && slice_dim == dim;
    if !fits {
        return Err(wrong());
    }
    let offsets: Vec<i64> =
        offsets_tensor.data().as_chunks().0.iter().map(|b| i64::from_le_bytes(*b)).collect();
    let n_slices = (values.len() / dim.max(1)) as i64;
    if offsets[0] != 0 || offsets.last() != Some(&n_slices) || !offsets.is_sorted() {
        return Err(wrong());
    }
    let rows =
        offsets.windows(2).map(|w| values[w[0] as usize * dim..w[1] as usize * dim].to_vec());
    let mut slices = BTreeMap::new();
    slices.extend(track_ids.iter().cloned().zip(rows));
    Ok(slices)
}

fn unexpected(name: &str, expected: &'static str, tensor: &TensorView<'_>) -> EmbeddingFileError {
    let got = (tensor.dtype(), tensor.shape().to_vec());
    EmbeddingFileError::Unexpected { tensor: name.to_owned(), expected, got }
}

/// What can be wrong with the file of an embedding table.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddingFileError {
    /// Not safetensors, cut short, or without the tensor.
    #[error("not a whole safetensors file with the tensors of an embedding table")]
    Safetensors(#[from] SafeTensorError),
    /// A file of a later format.
    #[error("the file has format '{format}', this program reads '{FORMAT}'; update Segue")]
    OtherFormat {
        /// What it says.
        format: String,
    },
    /// A file of something else, a network's weights for example.
    #[error(
        "the file is no embedding table (its format is '{format}', not '{FORMAT}'); make one with \
         `segue embed`"
    )]
    NoTable {
        /// What it says.
        format: String,
    },
    /// The metadata do not name the tracks.
    #[error("the file's metadata has no 'track_ids' (a JSON array, one id a row)")]
    NoTrackIds,
    /// The ids are no JSON.
    #[error("the file's metadata 'track_ids' is no JSON array of texts")]
    TrackIdsJson(#[from] json::ValueError),
    /// An id that can't be one.
    #[error("'{got}' in 'track_ids' is no track id (1 to 64 letters, digits, - or _)")]
    WrongTrackId {
        /// What stands there.
        got: String,
    },
    /// As many ids as rows are needed.
    #[error("the file has {n_ids} track ids for {n_rows} rows of embeddings")]
    IdsAndRows {
        /// Ids.
        n_ids: usize,
        /// Rows.
        n_rows: usize,
    },
    /// A tensor of another type or shape.
    #[error("tensor '{tensor}': expected {expected}, got {:?} {:?}", got.0, got.1)]
    Unexpected {
        /// Tensor.
        tensor: String,
        /// What is needed.
        expected: &'static str,
        /// Type and shape.
        got: (Dtype, Vec<usize>),
    },
    /// A value beyond the range of 16 bits.
    #[error("embeddings '{table}': {value} is beyond the range of f16 (65504)")]
    TooLargeForF16 {
        /// Table.
        table: String,
        /// The value.
        value: f32,
    },
    /// The values do not make a table.
    #[error(transparent)]
    Table(#[from] EmbeddingError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn id(text: &str) -> TrackId {
        TrackId::parse(text).unwrap()
    }

    fn example() -> EmbeddingTable {
        let ids = vec![id("b"), id("a")];
        let slices = BTreeMap::from([(id("a"), vec![0.5, 1.]), (id("b"), vec![1., 2., 3., 4.])]);
        EmbeddingTable::new("audio", 2, ids, vec![2., 3., 0.5, 1.])
            .unwrap()
            .with_slices(&slices)
            .unwrap()
            .with_metadata("seed", "7")
            .with_metadata("layer", "dense 32")
    }

    #[test]
    fn round_trip_in_both_formats() {
        for format in [ValueFormat::F32, ValueFormat::F16] {
            let bytes = example().to_safetensors(format).unwrap();
            // Every value of the example is exact in 16 bits.
            assert_eq!(EmbeddingTable::from_safetensors(&bytes).unwrap(), example());
            assert_eq!(example().to_safetensors(format).unwrap(), bytes);
            assert_eq!(ValueFormat::of_file(&bytes).unwrap(), format);
        }
    }

    #[test]
    fn every_cut_is_an_error() {
        let bytes = example().to_safetensors(ValueFormat::F16).unwrap();
        for length in 0..bytes.len() {
            assert!(EmbeddingTable::from_safetensors(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn large_values_do_not_become_infinite() {
        let table = EmbeddingTable::new("audio", 1, vec![id("a")], vec![70_000.]).unwrap();
        let error = table.to_safetensors(ValueFormat::F16).unwrap_err().to_string();
        assert!(error.contains("70000"), "{error}");
        table.to_safetensors(ValueFormat::F32).unwrap();
    }

    #[test]
    fn nan_and_wrong_types_are_found() {
        let mut writer = FileWriter::default();
        writer.tensor("embeddings", Dtype::F32, &[1, 1], f32::NAN.to_le_bytes().to_vec());
        let metadata = BTreeMap::from([("track_ids".to_owned(), r#"["a"]"#.to_owned())]);
        let error = EmbeddingTable::from_safetensors(&writer.finish(metadata.clone())).unwrap_err();
        assert!(error.to_string().contains("track 'a' is not a finite"), "{error}");

        let mut writer = FileWriter::default();
        writer.tensor("embeddings", Dtype::I64, &[1, 1], vec![0; 8]);
        let error = EmbeddingTable::from_safetensors(&writer.finish(metadata.clone())).unwrap_err();
        assert!(error.to_string().contains("F32 or F16, got I64 [1, 1]"), "{error}");

        let mut writer = FileWriter::default();
        writer.tensor("embeddings", Dtype::F32, &[2, 1], vec![0; 8]);
        let error = EmbeddingTable::from_safetensors(&writer.finish(metadata.clone())).unwrap_err();
        assert!(error.to_string().contains("1 track ids for 2 rows"), "{error}");
    }

    #[test]
    fn newer_tables_and_files_of_something_else_are_told_apart() {
        let error = |format: &str| {
            let mut writer = FileWriter::default();
            writer.tensor("embeddings", Dtype::F32, &[1, 1], vec![0; 4]);
            let metadata = BTreeMap::from([("format".to_owned(), format.to_owned())]);
            EmbeddingTable::from_safetensors(&writer.finish(metadata)).unwrap_err().to_string()
        };
        let newer = error("segue-embeddings/2");
        assert!(newer.contains("'segue-embeddings/2'") && newer.contains("update"), "{newer}");
        let other = error("safetensors");
        assert!(other.contains("no embedding table") && other.contains("`segue embed`"), "{other}");
        assert!(!other.contains("update"), "{other}");
    }

    #[test]
    fn the_crate_reads_what_is_written_here() {
        let bytes = example().to_safetensors(ValueFormat::F32).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let mut names = tensors.names();
        names.sort_unstable();
        assert_eq!(names, ["embeddings", "slice_embeddings", "slice_offsets"]);
        let metadata: HashMap<String, String> =
            SafeTensors::read_metadata(&bytes).unwrap().1.metadata().clone().unwrap();
        assert_eq!(metadata["track_ids"], r#"["a","b"]"#);
        assert_eq!(metadata["name"], "audio");
    }

    /// The files are those of `tests/golden/embedding/generate.py`.
    #[test]
    fn python_reads_and_writes_the_same() {
        let golden = include_bytes!("../../../tests/golden/embedding/segue.safetensors");
        assert_eq!(example().to_safetensors(ValueFormat::F16).unwrap(), golden);
        let python = include_bytes!("../../../tests/golden/embedding/python.safetensors");
        let table = EmbeddingTable::from_safetensors(python).unwrap();
        assert_eq!(table.values(), [0.5, -1., 2., 3., 0., 0.]);
        assert_eq!(table.track_ids(), ["a", "b", "c"].map(id));
        assert_eq!((table.name(), &*table.metadata()["made_by"]), ("audio", "numpy"));
    }

    proptest! {
        #[test]
        fn f32_round_trip_is_exact(
            rows in prop::collection::btree_map("[a-z0-9]{1,8}", prop::collection::vec(
                prop::num::f32::NORMAL | prop::num::f32::ZERO | prop::num::f32::SUBNORMAL, 3..=3,
            ), 0..20)
        ) {
            let ids = rows.keys().map(|key| id(key)).collect();
            let values = rows.into_values().flatten().collect();
            let table = EmbeddingTable::new("x", 3, ids, values).unwrap();
            let bytes = table.to_safetensors(ValueFormat::F32).unwrap();
            prop_assert_eq!(EmbeddingTable::from_safetensors(&bytes).unwrap(), table);
        }
    }
}
