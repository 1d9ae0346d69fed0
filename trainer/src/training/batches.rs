//! Batches: which slices stand together in one step, repeatable by seed and epoch.
//!
//! A row of a batch is one slice. Rows are drawn in *groups* of slices of one song, so that a network
//! that reads encodes the song's lyrics once a group and not once a slice.

mod agreement;
mod assemble;

use self::agreement::Agreement;
use self::assemble::{HostBatch, assemble};
use super::augment::Augmentation;
use super::songs::Songs;
use crate::causes::chain;
use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::{Device, Int, Tensor};
use burn::train::Interrupter;
use shared::model::NetworkInput;
use shared::random::{Seed, Stream};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

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
    /// On how many devices it is walked over at once.
    n_parts: usize,
    /// Which of those parts this is; `None` is the whole.
    part: Option<usize>,
    /// Whether no two rows of a batch are of one song, and every song has lyrics.
    pairs: bool,
    /// When all devices end a walk that is to be stopped.
    agreement: Option<Agreement>,
    /// Told of a slice that can't be read, where a walk that ended there would leave other devices waiting.
    faults: Option<Interrupter>,
}

impl Batches {
    /// Batches in the order of the songs.
    pub fn in_order(songs: Arc<Songs>, batching: Batching, device: &Device) -> Self {
        Self {
            songs,
            batching,
            shuffle: None,
            device: device.clone(),
            n_parts: 1,
            part: None,
            pairs: false,
            agreement: None,
            faults: None,
        }
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

    /// The same batches, to be shared out among that many devices: every device is given as many, and each has its
    /// own batch of every step.
    pub fn for_devices(self, n_parts: usize) -> Self {
        Self { n_parts, ..self }
    }

    /// As [`Self::for_devices`], where each device waits for all others in every step: when `wish` is to stop, all of
    /// them end after the same step, and only then is `training` told.
    pub fn in_step(self, wish: Interrupter, training: Interrupter) -> Self {
        let faults = Some(wish.clone());
        Self { agreement: Some(Agreement::new(wish, training)), faults, ..self }
    }

    /// With a slice that can't be read a walk goes on, so that no device waits for another, and `wish` is told to stop. The
    /// values are then no numbers, nor is the loss: nothing is kept of such an epoch.
    pub fn telling(self, wish: Interrupter) -> Self {
        Self { faults: Some(wish), ..self }
    }

    /// The same batches on another device.
    pub fn on(self, device: &Device) -> Self {
        Self { device: device.clone(), ..self }
    }

    /// Cuts the songs into groups and those into batches.
    fn plan(&self, epoch: Option<(Seed, usize)>) -> Vec<Vec<Group>> {
        let mut stream = epoch.map(|(seed, epoch)| seed.stream(&format!("epoch {epoch}")));
        if self.pairs {
            return self.own_part(self.plan_pairs(stream.as_mut()));
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
        self.own_part(fill_batches(groups, self.batching.batch_size, epoch.is_some()))
    }

    /// Every `n_parts`th batch. All parts are equally long, since a device that has no batch would keep the others
    /// waiting for its gradients: where the last round is not whole, the first batches come once more, as in
    /// PyTorch's `DistributedSampler`.
    fn own_part(&self, batches: Vec<Vec<Group>>) -> Vec<Vec<Group>> {
        let Some(part) = self.part else { return batches };
        let n_rounds = batches.len().div_ceil(self.n_parts);
        (0..n_rounds)
            .map(|round| batches[(round * self.n_parts + part) % batches.len()].clone())
            .collect()
    }

    /// What tells the random numbers of a part from those of the others; nothing where there is one.
    fn part_name(&self) -> String {
        self.part.map_or_else(String::new, |part| format!(" part {part}"))
    }

    /// Rounds through the lyrics that there are, of songs with the same ones another in each round: their sounds could
    /// not be told apart by what is read. A rest of one song joins the batch before it; where it is a round of its own
    /// it is left out, since there is nothing to be told apart from.
    fn plan_pairs(&self, mut stream: Option<&mut Stream>) -> Vec<Vec<Group>> {
        let songs = &self.songs.songs;
        let mut with: BTreeMap<&[Vec<u32>], Vec<usize>> = BTreeMap::new();
        for (at, song) in songs.iter().enumerate().filter(|(_, song)| song.has_lyrics()) {
            with.entry(&song.token_ids).or_default().push(at);
        }
        let mut same_lyrics: Vec<Vec<usize>> = with.into_values().collect();
        same_lyrics.sort();
        // Song and slice, for each of the lyrics.
        let mut sounds: Vec<Vec<(usize, usize)>> = same_lyrics
            .iter()
            .map(|own| {
                own.iter()
                    .flat_map(|song| (0..songs[*song].n_slices).map(|slice| (*song, slice)))
                    .collect()
            })
            .collect();
        if let Some(stream) = &mut stream {
            sounds.iter_mut().for_each(|sounds| stream.shuffle(sounds));
        }
        let n_rounds = same_lyrics.iter().flatten().map(|song| songs[*song].n_slices).max();
        let n_rounds = n_rounds.unwrap_or(0);
        let mut batches = Vec::new();
        for round in 0..n_rounds {
            let mut groups: Vec<Group> = sounds
                .iter()
                .filter_map(|sounds| sounds.get(round))
                .map(|&(song, slice)| Group { song, slices: vec![slice] })
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
        let augment = epoch
            .map(|(seed, epoch)| seed.stream(&format!("augmentation {epoch}{}", self.part_name())));
        let n_rounds = plan.len();
        let round = epoch.map_or(0, |(_, epoch)| epoch * n_rounds);
        let ahead = assemble_ahead(&self.songs, self.batching, self.pairs, plan, augment);
        Box::new(Walk { batches: self, ahead, done: 0, n_rows, round })
    }

    fn num_items(&self) -> usize {
        self.plan(None).iter().flatten().map(|group| group.slices.len()).sum()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<Batch>> {
        Arc::new(Self { device: device.clone(), ..self.clone() })
    }

    /// The part that begins at that row, if all rows were cut into [`Self::for_devices`] runs of one length. It
    /// counts its epochs by itself.
    fn slice(&self, start: usize, _end: usize) -> Arc<dyn DataLoader<Batch>> {
        let own_count = |(seed, begun): &(Seed, Arc<AtomicUsize>)| {
            (*seed, Arc::new(AtomicUsize::new(begun.load(Ordering::SeqCst))))
        };
        let shuffle = self.shuffle.as_ref().map(own_count);
        let n_rows_of_a_part = (self.num_items() / self.n_parts).max(1);
        let part = (start / n_rows_of_a_part).min(self.n_parts - 1);
        Arc::new(Self { part: Some(part), shuffle, ..self.clone() })
    }
}

/// Batches that may wait, put together while the device is at work on those before them.
const N_AHEAD: usize = 2;

/// Puts batches together in a thread of its own, which ends when nobody waits for them any more.
fn assemble_ahead(
    songs: &Arc<Songs>,
    batching: Batching,
    pairs: bool,
    plan: Vec<Vec<Group>>,
    mut augment: Option<Stream>,
) -> Receiver<HostBatch> {
    let (sender, ahead) = sync_channel(N_AHEAD);
    let songs = Arc::clone(songs);
    std::thread::spawn(move || {
        for groups in plan {
            let batch = assemble(&songs, batching, pairs, &groups, augment.as_mut());
            if sender.send(batch).is_err() {
                return;
            }
        }
    });
    ahead
}

/// One walk over the batches.
struct Walk<'a> {
    batches: &'a Batches,
    ahead: Receiver<HostBatch>,
    done: usize,
    n_rows: usize,
    /// Which round it is, counted through all epochs.
    round: usize,
}

impl Iterator for Walk<'_> {
    type Item = Result<Batch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let is_whole = self.done == self.n_rows;
        let agreement = self.batches.agreement.as_ref().filter(|_| !is_whole);
        if agreement.is_some_and(|agreement| !agreement.may_begin(self.round)) {
            return None;
        }
        self.round += 1;
        let mut batch = match self.ahead.recv() {
            Ok(batch) => batch,
            Err(_) if is_whole => return None,
            Err(_) => {
                let broken = std::io::Error::other("a batch could not be put together");
                return Some(Err(DatasetError::new(broken)));
            }
        };
        if let Some(error) = batch.fault.take() {
            let Some(wish) = &self.batches.faults else {
                return Some(Err(DatasetError::new(error)));
            };
            wish.stop(Some(&chain(&error)));
        }
        self.done += batch.targets.len();
        Some(Ok(batch.on_device(self.batches)))
    }
}

impl DataLoaderIterator<Batch> for Walk<'_> {
    fn progress(&self) -> Progress {
        Progress::new(self.done, self.n_rows, Some("slices".into()))
    }
}

#[cfg(test)]
mod tests;
