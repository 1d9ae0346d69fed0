//! Batches: which slices stand together in one step, repeatable by seed and epoch.
//!
//! A row of a batch is one slice. Rows are drawn in *groups* of slices of one song, so that a network
//! that reads encodes the song's lyrics once a group and not once a slice.

use super::songs::{Song, Songs};
use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::{Device, Int, Tensor, TensorData};
use shared::model::{NetworkInput, TokenBatch};
use shared::random::Seed;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a step is given.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The network's input.
    pub input: NetworkInput,
    /// Index of each row's genre `[batch]`.
    pub targets: Tensor<1, Int>,
}

/// How rows are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Batching {
    /// Rows of a batch.
    pub batch_size: usize,
    /// Slices of one song that stand together; a network that only reads takes 1 row a song.
    pub group_size: usize,
    /// Whether the network hears.
    pub hears: bool,
    /// Whether the network reads.
    pub reads: bool,
    /// Token that fills up.
    pub pad_token_id: u32,
}

/// A group: some slices of one song.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    song: usize,
    slices: Vec<usize>,
}

/// Hands out the batches of one split.
#[derive(Clone)]
pub struct Batches {
    songs: Arc<Songs>,
    batching: Batching,
    /// In training: the seed, and how many epochs have begun. Each epoch shuffles anew and sets the
    /// device's random numbers (dropout) from both, so that a resumed run repeats an uninterrupted
    /// one.
    shuffle: Option<(Seed, Arc<AtomicUsize>)>,
    device: Device,
    part: Option<Range<usize>>,
}

impl Batches {
    /// Batches in the order of the songs.
    pub fn in_order(songs: Arc<Songs>, batching: Batching, device: &Device) -> Self {
        Self { songs, batching, shuffle: None, device: device.clone(), part: None }
    }

    /// Batches in random order, another one every epoch; `epochs_done` epochs lie behind.
    pub fn shuffled(self, seed: Seed, epochs_done: usize) -> Self {
        Self { shuffle: Some((seed, Arc::new(AtomicUsize::new(epochs_done)))), ..self }
    }

    /// Cuts the songs into groups and those into batches.
    fn plan(&self, epoch: Option<(Seed, usize)>) -> Vec<Vec<Group>> {
        let mut stream = epoch.map(|(seed, epoch)| seed.stream(&format!("epoch {epoch}")));
        let mut groups = Vec::new();
        for (song, of_song) in self.songs.songs.iter().enumerate() {
            let n_rows = if self.batching.hears { of_song.n_slices } else { 1 };
            let mut slices: Vec<usize> = (0..n_rows).collect();
            if let Some(stream) = &mut stream {
                stream.shuffle(&mut slices);
            }
            groups.extend(
                slices
                    .chunks(self.batching.group_size)
                    .map(|slices| Group { song, slices: slices.to_vec() }),
            );
        }
        if let Some(stream) = &mut stream {
            stream.shuffle(&mut groups);
        }
        if let Some(part) = &self.part {
            groups = groups[part.start.min(groups.len())..part.end.min(groups.len())].to_vec();
        }
        fill_batches(groups, self.batching.batch_size, epoch.is_some())
    }
}

/// Puts groups together until a batch is full. In training a last batch of one row joins the one
/// before it, since batch normalisation can't learn from a single row.
fn fill_batches(groups: Vec<Group>, batch_size: usize, training: bool) -> Vec<Vec<Group>> {
    let mut batches: Vec<Vec<Group>> = Vec::new();
    let mut n_rows = usize::MAX;
    for group in groups {
        let n_more = group.slices.len();
        match batches.last_mut() {
            Some(batch) if n_rows + n_more <= batch_size => {
                batch.push(group);
                n_rows += n_more;
            }
            _ => {
                batches.push(vec![group]);
                n_rows = n_more;
            }
        }
    }
    if training && n_rows == 1 && batches.len() > 1 {
        let rest = batches.pop().unwrap_or_default();
        if let Some(last) = batches.last_mut() {
            last.extend(rest);
        }
    }
    batches
}

impl DataLoader<Batch> for Batches {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<Batch> + 'a> {
        let epoch = self.shuffle.as_ref().map(|(seed, begun)| {
            let epoch = begun.fetch_add(1, Ordering::SeqCst) + 1;
            self.device.seed(seed.stream(&format!("dropout {epoch}")).bits());
            (*seed, epoch)
        });
        let n_rows = self.num_items();
        Box::new(Walk { batches: self, plan: self.plan(epoch).into_iter(), done: 0, n_rows })
    }

    fn num_items(&self) -> usize {
        self.plan(None).iter().flatten().map(|group| group.slices.len()).sum()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<Batch>> {
        Arc::new(Self { device: device.clone(), ..self.clone() })
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<Batch>> {
        Arc::new(Self { part: Some(start..end), ..self.clone() })
    }
}

/// One walk over the batches.
struct Walk<'a> {
    batches: &'a Batches,
    plan: std::vec::IntoIter<Vec<Group>>,
    done: usize,
    n_rows: usize,
}

impl Iterator for Walk<'_> {
    type Item = Result<Batch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let groups = self.plan.next()?;
        self.done += groups.iter().map(|group| group.slices.len()).sum::<usize>();
        Some(Ok(assemble(self.batches, &groups)))
    }
}

impl DataLoaderIterator<Batch> for Walk<'_> {
    fn progress(&self) -> Progress {
        Progress::new(self.done, self.n_rows, Some("slices".into()))
    }
}

fn assemble(batches: &Batches, groups: &[Group]) -> Batch {
    let Batches { songs, batching, device, .. } = batches;
    let song_of = |group: &Group| -> &Song { &songs.songs[group.song] };
    let mut targets = Vec::new();
    let mut lyrics_of_row = Vec::new();
    let mut values = Vec::new();
    let n_values = songs.n_mels * songs.n_frames;
    for (at, group) in groups.iter().enumerate() {
        let song = song_of(group);
        for &slice in &group.slices {
            targets.push(song.label as i64);
            lyrics_of_row.push(at as i64);
            if batching.hears {
                let slice = &song.slices[slice * n_values..][..n_values];
                values.extend(slice.iter().map(|value| value.to_f32()));
            }
        }
    }
    let n_rows = targets.len();
    let shape = [n_rows, 1, songs.n_mels, songs.n_frames];
    let lyrics: Vec<&Song> = groups.iter().map(song_of).collect();
    let (tokens, pooled) = read(batching, &lyrics, device);
    let input = NetworkInput {
        slices: batching.hears.then(|| Tensor::from_data(TensorData::new(values, shape), device)),
        tokens,
        pooled,
        lyrics_of_row: (batching.hears && batching.reads)
            .then(|| Tensor::from_data(TensorData::new(lyrics_of_row, [n_rows]), device)),
    };
    Batch { input, targets: Tensor::from_data(TensorData::new(targets, [n_rows]), device) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use half::f16;
    use shared::catalog::TrackId;

    fn songs(n_slices: &[usize]) -> Arc<Songs> {
        let song = |(at, &n_slices): (usize, &usize)| Song {
            track_id: TrackId::from_parts(&[&at.to_string()]),
            artist: String::new(),
            label: at % 2,
            slices: (0..n_slices * 4).map(|v| f16::from_f32((at * 100 + v) as f32)).collect(),
            n_slices,
            token_ids: vec![vec![at as u32 + 1; at + 1]],
            pooled: Vec::new(),
        };
        let songs = n_slices.iter().enumerate().map(song).collect();
        Arc::new(Songs { songs, n_mels: 2, n_frames: 2 })
    }

    fn batches(n_slices: &[usize], batching: Batching) -> Batches {
        Batches::in_order(songs(n_slices), batching, &Device::flex())
    }

    const BOTH: Batching =
        Batching { batch_size: 4, group_size: 2, hears: true, reads: true, pad_token_id: 0 };

    fn flat(plan: &[Vec<Group>]) -> Vec<(usize, usize)> {
        let mut rows: Vec<_> = plan
            .iter()
            .flatten()
            .flat_map(|group| group.slices.iter().map(|slice| (group.song, *slice)))
            .collect();
        rows.sort_unstable();
        rows
    }

    #[test]
    fn every_slice_comes_once_an_epoch_in_another_order() {
        let batches = batches(&[3, 2, 5, 1], BOTH);
        let (first, second) = (batches.plan(Some((Seed(1), 1))), batches.plan(Some((Seed(1), 2))));
        assert_ne!(first, second);
        assert_eq!(first, batches.plan(Some((Seed(1), 1))));
        assert_eq!(flat(&first), flat(&batches.plan(None)));
        assert_eq!(flat(&second).len(), 11);
        assert!(first.iter().all(|batch| {
            batch.iter().map(|group| group.slices.len()).sum::<usize>() <= BOTH.batch_size + 1
        }));
    }

    #[test]
    fn no_training_batch_has_a_single_row() {
        let batching = Batching { group_size: 1, ..BOTH };
        let batches = batches(&[5], batching);
        let sizes: Vec<usize> = batches.plan(Some((Seed(1), 1))).iter().map(Vec::len).collect();
        assert_eq!(sizes, [5]);
        assert_eq!(batches.plan(None).iter().map(Vec::len).collect::<Vec<_>>(), [4, 1]);
    }

    #[test]
    fn rows_carry_their_own_song() {
        let batches = batches(&[2, 2], BOTH);
        let batch = batches.iter().next().unwrap().unwrap();
        let ints = |tensor: Tensor<1, Int>| tensor.into_data().convert::<i64>();
        assert_eq!(ints(batch.targets).try_to_vec::<i64>().unwrap(), [0, 0, 1, 1]);
        let rows = ints(batch.input.lyrics_of_row.unwrap());
        assert_eq!(rows.try_to_vec::<i64>().unwrap(), [0, 0, 1, 1]);
        let slices = batch.input.slices.unwrap();
        assert_eq!(slices.dims(), [4, 1, 2, 2]);
        let values = slices.into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(values[..5], [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(values[8], 100.0);
        let tokens = batch.input.tokens.unwrap();
        let ids = tokens.ids.into_data().convert::<i64>().try_to_vec::<i64>().unwrap();
        assert_eq!(ids, [1, 0, 2, 2]);
    }

    #[test]
    fn a_reader_takes_one_row_a_song() {
        let batches = batches(&[3, 4], Batching { hears: false, ..BOTH });
        assert_eq!(batches.num_items(), 2);
    }
}
