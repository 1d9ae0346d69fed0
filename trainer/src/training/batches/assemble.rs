//! Putting a batch together: first in memory, where it may be done ahead, then on a device.

use super::{Batch, Batches, Batching, Group};
use crate::files::FileError;
use crate::prepared::MappedSlices;
use crate::training::augment::{Augmentation, Mix};
use crate::training::songs::{Song, Songs};
use burn::tensor::{Device, Int, Tensor, TensorData};
use shared::model::{NetworkInput, TokenBatch};
use shared::random::Stream;

/// A batch that is not yet on a device.
pub(super) struct HostBatch {
    /// Values of the slices, one after another; empty where the network does not hear.
    values: Vec<f32>,
    pub(super) targets: Vec<i64>,
    /// The songs, and which of them each row is of.
    songs: Vec<usize>,
    song_of_row: Vec<i64>,
    mix: Option<Mix>,
    /// A slice could not be read, for this reason: its values are no numbers.
    pub(super) fault: Option<FileError>,
}

/// Puts a batch together; what is to be augmented is drawn from the stream.
pub(super) fn assemble(
    songs: &Songs,
    batching: Batching,
    pairs: bool,
    groups: &[Group],
    mut augment: Option<&mut Stream>,
) -> HostBatch {
    let (mut targets, mut song_of_row, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut fault = None;
    let n_values = songs.n_mels * songs.n_frames;
    for (at, group) in groups.iter().enumerate() {
        let song = &songs.songs[group.song];
        for &slice in &group.slices {
            targets.push(song.label as i64);
            song_of_row.push(at as i64);
            if let Some(slices) = song.slices.as_ref().filter(|_| batching.hears) {
                let augmentation = batching.augmentation;
                let before = values.len();
                let heard = hear(
                    slices,
                    slice,
                    songs.n_frames,
                    augmentation,
                    augment.as_deref_mut(),
                    &mut values,
                );
                if let Err(error) = heard {
                    values.truncate(before);
                    values.resize(before + n_values, f32::NAN);
                    fault = Some(error);
                }
            }
        }
    }
    let mix = augment
        .filter(|_| batching.hears && !pairs)
        .and_then(|stream| batching.augmentation.mix(targets.len(), stream));
    if let Some(mix) = &mix {
        values = mix.apply(&values, n_values);
    }
    let songs = groups.iter().map(|group| group.song).collect();
    HostBatch { values, targets, songs, song_of_row, mix, fault }
}

impl HostBatch {
    /// The batch on the device of these batches.
    pub(super) fn on_device(self, of: &Batches) -> Batch {
        let Batches { songs, batching, device, .. } = of;
        let n_rows = self.targets.len();
        let ints = |values: Vec<i64>| -> Tensor<1, Int> {
            Tensor::from_data(TensorData::new(values, [n_rows]), device)
        };
        let mixed = self.mix.map(|Mix { others, share }| {
            (ints(others.iter().map(|other| self.targets[*other]).collect()), share)
        });
        let shape = [n_rows, 1, songs.n_mels, songs.n_frames];
        let lyrics: Vec<&Song> = self.songs.iter().map(|song| &songs.songs[*song]).collect();
        let (tokens, pooled) = read(batching, &lyrics, device);
        let values = self.values;
        let slices = || Tensor::from_data(TensorData::new(values, shape), device);
        let input = NetworkInput {
            slices: batching.hears.then(slices),
            tokens,
            pooled,
            lyrics_of_row: (batching.hears && batching.reads).then(|| ints(self.song_of_row)),
        };
        Batch { input, targets: ints(self.targets), mixed }
    }
}

/// Puts a slice to the others, augmented where there is a stream.
pub(super) fn hear(
    slices: &MappedSlices,
    slice: usize,
    n_frames: usize,
    augmentation: Augmentation,
    augment: Option<&mut Stream>,
    values: &mut Vec<f32>,
) -> Result<(), FileError> {
    let from = values.len();
    let Some(stream) = augment else {
        return slices.read(slice..slice + 1, values);
    };
    let has_next = slice + 1 < slices.n_slices();
    let offset = augmentation.offset(n_frames, has_next, stream);
    if offset == 0 {
        slices.read(slice..slice + 1, values)?;
    } else {
        let mut both = Vec::new();
        slices.read(slice..slice + 2, &mut both)?;
        let (own, next) = both.split_at(both.len() / 2);
        for (own, next) in own.chunks_exact(n_frames).zip(next.chunks_exact(n_frames)) {
            values.extend_from_slice(&own[offset..]);
            values.extend_from_slice(&next[..offset]);
        }
    }
    augmentation.mask(&mut values[from..], n_frames, stream);
    Ok(())
}

/// The lyrics of songs: what a frozen encoder made of them, or their tokens.
fn read(
    batching: &Batching,
    songs: &[&Song],
    device: &Device,
) -> (Option<TokenBatch>, Option<Tensor<2>>) {
    if !batching.reads {
        return (None, None);
    }
    let dim = songs.first().map_or(0, |song| song.pooled.len());
    if dim > 0 {
        let values: Vec<f32> = songs.iter().flat_map(|song| &song.pooled).copied().collect();
        let data = TensorData::new(values, [songs.len(), dim]);
        return (None, Some(Tensor::from_data(data, device)));
    }
    let windows: Vec<&[Vec<u32>]> = songs.iter().map(|song| &*song.token_ids).collect();
    (Some(TokenBatch::new(&windows, batching.pad_token_id, device)), None)
}
