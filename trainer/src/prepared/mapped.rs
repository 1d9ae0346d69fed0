//! Slices that stay in their file.

use super::slices::{Layout, SlicesError};
use crate::files::{self, FileError};
use memmap2::Mmap;
use shared::spectrogram::SliceStack;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The slices of a track, mapped into memory: the system reads what is asked for, keeps it as long as there
/// is room, and shares it among all programs that use the file.
#[derive(Debug)]
pub struct MappedSlices {
    layout: Layout,
    bytes: Bytes,
}

#[derive(Debug)]
enum Bytes {
    Mapped(Map),
    /// Where the system maps no more files: each slice is read when it is asked for.
    OnDisk(PathBuf),
    /// Of a bucket.
    Read(Vec<u8>),
}

/// A map that is counted.
#[derive(Debug)]
struct Map(Mmap);

/// Maps that this program has. Systems allow some ten thousands (65,530 by Linux's default), of which threads and large
/// pieces of memory take their share.
static N_MAPS: AtomicUsize = AtomicUsize::new(0);
const MOST_MAPS: usize = 30_000;

impl Drop for Map {
    fn drop(&mut self) {
        N_MAPS.fetch_sub(1, Ordering::Relaxed);
    }
}

impl MappedSlices {
    /// Maps the file of a track and looks at every value once.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        if files::is_in_bucket(path) {
            return Ok(Self::check(Bytes::Read(files::read(path)?))?);
        }
        if let Some(map) = map(path)? {
            return Ok(Self::check(Bytes::Mapped(map))?);
        }
        let Self { layout, .. } = Self::check(Bytes::Read(files::read(path)?))?;
        Ok(Self { layout, bytes: Bytes::OnDisk(path.to_owned()) })
    }

    fn check(bytes: Bytes) -> Result<Self, SlicesError> {
        let all: &[u8] = match &bytes {
            Bytes::Mapped(Map(map)) => map,
            Bytes::Read(bytes) => bytes,
            Bytes::OnDisk(_) => &[],
        };
        let layout = Layout::of(all)?;
        let mut values = Vec::new();
        for slice in 0..layout.n_slices {
            values.clear();
            layout.decode(&all[layout.place(slice..slice + 1)], &mut values);
            layout.check_finite(&values, slice)?;
        }
        Ok(Self { layout, bytes })
    }

    /// Slices in half precision that stand in no file.
    #[cfg(test)]
    pub(crate) fn of(stack: &SliceStack) -> Self {
        let bytes = super::slices::to_bytes(stack, shared::spectrogram::SlicePreset::Full);
        Self::check(Bytes::Read(bytes.unwrap())).unwrap()
    }

    /// The same, which are sought in a file that may not be there.
    #[cfg(test)]
    pub(crate) fn lost(self, path: &Path) -> Self {
        Self { bytes: Bytes::OnDisk(path.to_owned()), ..self }
    }

    /// How many slices.
    pub fn n_slices(&self) -> usize {
        self.layout.n_slices
    }

    /// All of them.
    ///
    /// # Errors
    ///
    /// If the file can't be read.
    pub fn stack(&self) -> Result<SliceStack, FileError> {
        let Layout { n_slices, n_mels, n_frames, .. } = self.layout;
        let mut values = Vec::with_capacity(n_slices * n_mels * n_frames);
        self.read(0..n_slices, &mut values)?;
        Ok(SliceStack { n_slices, n_mels, n_frames, values })
    }

    /// Appends the values of some slices, `[n, n_mels, n_frames]`.
    ///
    /// # Errors
    ///
    /// If the file can't be read.
    ///
    /// # Panics
    ///
    /// If there are fewer slices.
    pub fn read(&self, slices: Range<usize>, values: &mut Vec<f32>) -> Result<(), FileError> {
        let place = self.layout.place(slices);
        match &self.bytes {
            Bytes::Mapped(Map(map)) => self.layout.decode(&map[place], values),
            Bytes::Read(bytes) => self.layout.decode(&bytes[place], values),
            Bytes::OnDisk(path) => self.layout.decode(&read_part(path, place)?, values),
        }
        Ok(())
    }
}

fn read_part(path: &Path, place: Range<usize>) -> Result<Vec<u8>, FileError> {
    let mut file = files::open(path)?;
    let mut bytes = vec![0; place.len()];
    file.seek(SeekFrom::Start(place.start as u64))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(|source| FileError::Read { path: path.to_owned(), source })?;
    Ok(bytes)
}

fn map(path: &Path) -> Result<Option<Map>, FileError> {
    let file = files::open(path)?;
    if N_MAPS.load(Ordering::Relaxed) >= MOST_MAPS {
        return Ok(None);
    }
    #[expect(unsafe_code, reason = "a map can't be made otherwise")]
    // SAFETY: files of slices are never written in place. `segue prepare` puts a new file in place of the old
    // one, which stays as it was for those who have mapped it. Disks of a network may not keep it; the
    // documentation says not to prepare a folder that is being trained on.
    let map = unsafe { Mmap::map(&file) };
    let Ok(map) = map else { return Ok(None) };
    N_MAPS.fetch_add(1, Ordering::Relaxed);
    Ok(Some(Map(map)))
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
        MappedSlices::check(Bytes::Read(bytes.to_vec())).map(|slices| slices.stack().unwrap())
    }

    #[test]
    fn slices_on_disk_are_those_of_the_map() {
        let values = (0..4 * 6).map(|k| k as f32 / 8.0).collect();
        let stack = SliceStack { n_slices: 4, n_mels: 3, n_frames: 2, values };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.safetensors");
        files::write(&path, &to_bytes(&stack, SlicePreset::Full).unwrap()).unwrap();
        let mapped = MappedSlices::open(&path).unwrap();
        let on_disk =
            MappedSlices { layout: mapped.layout.clone(), bytes: Bytes::OnDisk(path.clone()) };
        for slices in [&mapped, &on_disk] {
            let mut values = Vec::new();
            slices.read(1..3, &mut values).unwrap();
            assert_eq!(values, stack.values[6..18]);
            assert_eq!(slices.stack().unwrap(), stack);
        }
        std::fs::remove_file(&path).unwrap();
        assert!(on_disk.stack().unwrap_err().to_string().contains("x.safetensors"));
        assert_eq!(mapped.stack().unwrap(), stack);
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
