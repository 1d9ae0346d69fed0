//! Slices that stay in their file.

use super::slices::{Layout, SlicesError};
use crate::files::{self, FileError};
use memmap2::Mmap;
use shared::spectrogram::SliceStack;
use std::ops::Range;
use std::path::Path;

/// The slices of a track, mapped into memory: the system reads what is asked for, keeps it as long as there
/// is room, and shares it among all programs that use the file.
#[derive(Debug)]
pub struct MappedSlices {
    layout: Layout,
    bytes: Bytes,
}

#[derive(Debug)]
enum Bytes {
    Mapped(Mmap),
    /// Where the system maps no more files, or none of this file system.
    Read(Vec<u8>),
}

impl MappedSlices {
    /// Maps the file of a track and looks at every value once.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self::check(match map(path)? {
            Some(map) => Bytes::Mapped(map),
            None => Bytes::Read(files::read(path)?),
        })?)
    }

    fn check(bytes: Bytes) -> Result<Self, SlicesError> {
        let layout = Layout::of(bytes.all())?;
        let slices = Self { layout, bytes };
        let mut values = Vec::new();
        for slice in 0..slices.n_slices() {
            values.clear();
            slices.read(slice..slice + 1, &mut values);
            slices.layout.check_finite(&values, slice)?;
        }
        Ok(slices)
    }

    /// Slices in half precision that stand in no file.
    #[cfg(test)]
    pub(crate) fn of(stack: &SliceStack) -> Self {
        let bytes = super::slices::to_bytes(stack, shared::spectrogram::SlicePreset::Full);
        Self::check(Bytes::Read(bytes.unwrap())).unwrap()
    }

    /// How many slices.
    pub fn n_slices(&self) -> usize {
        self.layout.n_slices
    }

    /// All of them.
    pub fn stack(&self) -> SliceStack {
        let Layout { n_slices, n_mels, n_frames, .. } = self.layout;
        let mut values = Vec::with_capacity(n_slices * n_mels * n_frames);
        self.read(0..n_slices, &mut values);
        SliceStack { n_slices, n_mels, n_frames, values }
    }

    /// Appends the values of some slices, `[n, n_mels, n_frames]`.
    ///
    /// # Panics
    ///
    /// If there are fewer slices.
    pub fn read(&self, slices: Range<usize>, values: &mut Vec<f32>) {
        self.layout.decode(self.bytes.all(), slices, values);
    }
}

impl Bytes {
    fn all(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Read(bytes) => bytes,
        }
    }
}

fn map(path: &Path) -> Result<Option<Mmap>, FileError> {
    if files::is_in_bucket(path) {
        return Ok(None);
    }
    let file = files::open(path)?;
    #[expect(unsafe_code, reason = "a map can't be made otherwise")]
    // SAFETY: files of slices are never written in place. `segue prepare` puts a new file in place of the old
    // one, which stays as it was for those who have mapped it.
    let map = unsafe { Mmap::map(&file) };
    Ok(map.ok())
}

/// Why slices can't be mapped.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// What it holds.
    #[error(transparent)]
    Slices(#[from] SlicesError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepared::slices::{TENSOR, to_bytes};
    use half::f16;
    use safetensors::tensor::{Dtype, TensorView};
    use shared::spectrogram::SlicePreset;

    fn from_bytes(bytes: &[u8]) -> Result<SliceStack, SlicesError> {
        MappedSlices::check(Bytes::Read(bytes.to_vec())).map(|slices| slices.stack())
    }

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
