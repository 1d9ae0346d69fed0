//! Batches: which slices stand together in one step, repeatable by seed and epoch.
//!
//! A row of a batch is one slice. Rows are drawn in *groups* of slices of one song, so that a network
//! that reads encodes the song's lyrics once a group and not once a slice.

use super::augment::{Augmentation, Mix};
use super::songs::{Song, Songs};
use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::{Device, Int, Tensor, TensorData};
use shared::model::{NetworkInput, TokenBatch};
use shared::random::{Seed, Stream};
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
    /// Where rows were mixed with others: the genres of those `[batch]`, and the share of the rows themselves.
    pub mixed: Option<(Tensor<1, Int>, f64)>,
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
    /// What is done to slices in training.
    pub augmentation: Augmentation,
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
    /// Whether no two rows of a batch are of one song, and every song has lyrics.
    pairs: bool,
}

impl Batches {
    /// Batches in the order of the songs.
    pub fn in_order(songs: Arc<Songs>, batching: Batching, device: &Device) -> Self {
        Self { songs, batching, shuffle: None, device: device.clone(), part: None, pairs: false }
    }

    /// Batches in random order, another one every epoch; `epochs_done` epochs lie behind.
    /// Only these are augmented.
    pub fn shuffled(self, seed: Seed, epochs_done: usize) -> Self {
        Self { shuffle: Some((seed, Arc::new(AtomicUsize::new(epochs_done)))), ..self }
    }

    /// Batches of sounds with their lyrics, to learn which belong together: one slice a song, each of a song's slices in another round
    /// through the songs, and no song without lyrics.
    pub fn of_pairs(self) -> Self {
        Self { pairs: true, ..self }
    }

    /// The same batches on another device.
    pub fn on(self, device: &Device) -> Self {
        Self { device: device.clone(), ..self }
    }

    /// Cuts the songs into groups and those into batches.
    fn plan(&self, epoch: Option<(Seed, usize)>) -> Vec<Vec<Group>> {
        let mut stream = epoch.map(|(seed, epoch)| seed.stream(&format!("epoch {epoch}")));
        if self.pairs {
            return self.plan_pairs(stream.as_mut());
        }
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
            groups = part_of(groups, part);
        }
        fill_batches(groups, self.batching.batch_size, epoch.is_some())
    }

    /// What tells the random numbers of a part from those of the others; nothing where there is one.
    fn part_name(&self) -> String {
        self.part.as_ref().map_or_else(String::new, |rows| format!(" from {}", rows.start))
    }

    /// Rounds through the songs that have lyrics. A rest of one song joins the batch before it; where it is a
    /// round of its own it is left out, since nothing can be told apart.
    fn plan_pairs(&self, mut stream: Option<&mut Stream>) -> Vec<Vec<Group>> {
        let mut slices_of: Vec<(usize, Vec<usize>)> = self
            .songs
            .songs
            .iter()
            .enumerate()
            .filter(|(_, song)| song.has_lyrics())
            .map(|(at, song)| (at, (0..song.n_slices).collect()))
            .collect();
        if let Some(stream) = &mut stream {
            slices_of.iter_mut().for_each(|(_, slices)| stream.shuffle(slices));
        }
        let n_rounds = slices_of.iter().map(|(_, slices)| slices.len()).max().unwrap_or(0);
        let mut batches = Vec::new();
        for round in 0..n_rounds {
            let mut groups: Vec<Group> = slices_of
                .iter()
                .filter_map(|(song, slices)| {
                    slices.get(round).map(|&slice| Group { song: *song, slices: vec![slice] })
                })
                .collect();
            if let Some(stream) = &mut stream {
                stream.shuffle(&mut groups);
            }
            let n_of_earlier_rounds = batches.len();
            batches.extend(groups.chunks(self.batching.batch_size).map(<[Group]>::to_vec));
            if batches.last().is_some_and(|batch: &Vec<Group>| batch.len() == 1) {
                let rest = batches.pop().unwrap_or_default();
                if let Some(last) = batches[n_of_earlier_rounds..].last_mut() {
                    last.extend(rest);
                }
            }
        }
        batches
    }
}

/// The groups whose first row is one of these.
fn part_of(groups: Vec<Group>, rows: &Range<usize>) -> Vec<Group> {
    let mut before = 0;
    groups
        .into_iter()
        .filter(|group| {
            let first = before;
            before += group.slices.len();
            rows.contains(&first)
        })
        .collect()
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
            self.device.seed(seed.stream(&format!("dropout {epoch}{}", self.part_name())).bits());
            (*seed, epoch)
        });
        let plan = self.plan(epoch);
        let n_rows = plan.iter().flatten().map(|group| group.slices.len()).sum();
        let augment = |(seed, epoch): (Seed, usize)| {
            seed.stream(&format!("augmentation {epoch}{}", self.part_name()))
        };
        let plan = plan.into_iter();
        Box::new(Walk { batches: self, plan, augment: epoch.map(augment), done: 0, n_rows })
    }

    fn num_items(&self) -> usize {
        self.plan(None).iter().flatten().map(|group| group.slices.len()).sum()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<Batch>> {
        Arc::new(Self { device: device.clone(), ..self.clone() })
    }

    /// The rows from `start` to `end`, which count their epochs by themselves.
    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<Batch>> {
        let own_count = |(seed, begun): &(Seed, Arc<AtomicUsize>)| {
            (*seed, Arc::new(AtomicUsize::new(begun.load(Ordering::SeqCst))))
        };
        let shuffle = self.shuffle.as_ref().map(own_count);
        Arc::new(Self { part: Some(start..end), shuffle, ..self.clone() })
    }
}

/// One walk over the batches.
struct Walk<'a> {
    batches: &'a Batches,
    plan: std::vec::IntoIter<Vec<Group>>,
    augment: Option<Stream>,
    done: usize,
    n_rows: usize,
}

impl Iterator for Walk<'_> {
    type Item = Result<Batch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let groups = self.plan.next()?;
        self.done += groups.iter().map(|group| group.slices.len()).sum::<usize>();
        Some(Ok(assemble(self.batches, &groups, self.augment.as_mut())))
    }
}

impl DataLoaderIterator<Batch> for Walk<'_> {
    fn progress(&self) -> Progress {
        Progress::new(self.done, self.n_rows, Some("slices".into()))
    }
}

/// Puts a batch together; what is to be augmented is drawn from the stream.
fn assemble(batches: &Batches, groups: &[Group], mut augment: Option<&mut Stream>) -> Batch {
    let Batches { songs, batching, device, .. } = batches;
    let song_of = |group: &Group| -> &Song { &songs.songs[group.song] };
    let mut targets = Vec::new();
    let mut lyrics_of_row = Vec::new();
    let mut values = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        let song = song_of(group);
        for &slice in &group.slices {
            targets.push(song.label as i64);
            lyrics_of_row.push(at as i64);
            if batching.hears {
                hear(
                    songs,
                    song,
                    slice,
                    batching.augmentation,
                    augment.as_deref_mut(),
                    &mut values,
                );
            }
        }
    }
    let n_rows = targets.len();
    let mix = augment
        .filter(|_| batching.hears && !batches.pairs)
        .and_then(|stream| batching.augmentation.mix(n_rows, stream));
    if let Some(mix) = &mix {
        values = mix.apply(&values, songs.n_mels * songs.n_frames);
    }
    let mixed = mix.map(|Mix { others, share }| {
        let others: Vec<i64> = others.iter().map(|other| targets[*other]).collect();
        (Tensor::from_data(TensorData::new(others, [n_rows]), device), share)
    });
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
    Batch { input, targets: Tensor::from_data(TensorData::new(targets, [n_rows]), device), mixed }
}

/// Puts a slice to the others, augmented where there is a stream.
fn hear(
    songs: &Songs,
    song: &Song,
    slice: usize,
    augmentation: Augmentation,
    augment: Option<&mut Stream>,
    values: &mut Vec<f32>,
) {
    let (n_values, n_frames) = (songs.n_mels * songs.n_frames, songs.n_frames);
    let own = &song.slices[slice * n_values..][..n_values];
    let Some(stream) = augment else {
        values.extend(own.iter().map(|value| value.to_f32()));
        return;
    };
    let next = song.slices.get((slice + 1) * n_values..(slice + 2) * n_values);
    let offset = augmentation.offset(n_frames, next.is_some(), stream);
    let from = values.len();
    for (band, of_band) in own.chunks_exact(n_frames).enumerate() {
        let following = next.map_or(&[][..], |next| &next[band * n_frames..][..offset]);
        values.extend(of_band[offset..].iter().chain(following).map(|value| value.to_f32()));
    }
    augmentation.mask(&mut values[from..], n_frames, stream);
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
mod tests;
