//! Which rows stand together, and what they hold.

use super::assemble::hear;
use super::*;
use crate::prepared::MappedSlices;
use crate::training::songs::Song;
use burn::data::dataloader::split::split_dataloader;
use shared::catalog::TrackId;
use shared::spectrogram::SliceStack;
use std::collections::BTreeSet;

/// Slices `[n, 2, 2]` of which every value tells where it stands.
fn slices(song: usize, n_slices: usize) -> MappedSlices {
    let values = (0..n_slices * 4).map(|v| (song * 100 + v) as f32).collect();
    MappedSlices::of(&SliceStack { n_slices, n_mels: 2, n_frames: 2, values })
}

fn songs(n_slices: &[usize]) -> Arc<Songs> {
    let song = |(at, &n_slices): (usize, &usize)| Song {
        track_id: TrackId::from_parts(&[&at.to_string()]),
        artist: String::new(),
        label: at % 2,
        slices: Some(Arc::new(slices(at, n_slices))),
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

const BOTH: Batching = Batching {
    batch_size: 4,
    group_size: 2,
    hears: true,
    reads: true,
    pad_token_id: 0,
    augmentation: NOTHING,
};
const NOTHING: Augmentation =
    Augmentation { mask_bands: 0, mask_frames: 0, random_offset: false, mixup: 0.0 };

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

/// The parts of `whole`, as burn-train cuts them for that many devices.
fn parts_of(whole: &Batches, n: usize) -> Vec<Arc<dyn DataLoader<Batch>>> {
    split_dataloader(Arc::new(whole.clone().for_devices(n)), &vec![Device::flex(); n])
}

/// The first value of every slice of each batch, which names the slice.
fn names(part: &Arc<dyn DataLoader<Batch>>) -> Vec<Vec<i64>> {
    let name = |batch: Batch| -> Vec<i64> {
        let values = batch.input.slices.unwrap().into_data().try_to_vec::<f32>().unwrap();
        values.chunks_exact(4).map(|slice| slice[0] as i64).collect()
    };
    part.iter().map(|batch| name(batch.unwrap())).collect()
}

#[test]
fn devices_are_given_as_many_batches_and_together_all_rows() {
    for n in [1, 2, 3, 4] {
        let whole = batches(&[5, 5, 3, 4], BOTH).shuffled(Seed(1), 3);
        let parts = parts_of(&whole, n);
        assert_eq!(parts.len(), n);
        for epoch in [4, 5] {
            let plan = whole.plan(Some((Seed(1), epoch)));
            let of_parts: Vec<Vec<Vec<i64>>> = parts.iter().map(names).collect();
            let n_rounds = plan.len().div_ceil(n);
            assert!(of_parts.iter().all(|batches| batches.len() == n_rounds), "{n} devices");
            let rows: BTreeSet<i64> = of_parts.iter().flatten().flatten().copied().collect();
            assert_eq!(rows.len(), 17, "{n} devices");
            // What stands together in a step is what stood one after another.
            let first: Vec<usize> = of_parts.iter().map(|batches| batches[0].len()).collect();
            let expected: Vec<usize> =
                plan[..n].iter().map(|batch| batch.iter().map(|g| g.slices.len()).sum()).collect();
            assert_eq!(first, expected);
        }
    }
}

#[test]
fn parts_draw_other_random_numbers() {
    let masked = Augmentation { mask_bands: 2, mask_frames: 2, ..NOTHING };
    let batching = Batching { augmentation: masked, ..BOTH };
    // Two batches of the same song, one for each device.
    let whole = batches(&[4, 4], Batching { batch_size: 4, group_size: 4, ..batching });
    let whole = whole.shuffled(Seed(1), 0);
    let covered = |part: &Arc<dyn DataLoader<Batch>>| -> Vec<bool> {
        let batch = part.iter().next().unwrap().unwrap();
        let values = batch.input.slices.unwrap().into_data().try_to_vec::<f32>().unwrap();
        values.iter().map(|value| value.fract() != 0.0).collect()
    };
    let parts = parts_of(&whole, 2);
    assert_ne!(covered(&parts[0]), covered(&parts[1]));
}

#[test]
fn a_slice_that_begins_elsewhere_goes_on_in_the_next() {
    let augmentation = Augmentation { random_offset: true, ..NOTHING };
    let batching = Batching { batch_size: 2, group_size: 1, augmentation, ..BOTH };
    let slices = slices(0, 2);
    let mut offsets = BTreeSet::new();
    let mut stream = Seed(1).stream("offsets");
    for _ in 0..20 {
        let mut values = Vec::new();
        hear(&slices, 0, 2, batching.augmentation, Some(&mut stream), &mut values).unwrap();
        let all = slices.stack().unwrap().values;
        let own = [all[0], all[1], all[2], all[3]];
        let shifted = [all[1], all[4], all[3], all[6]];
        assert!(values == own || values == shifted, "{values:?} of {all:?}");
        offsets.insert(values == shifted);
    }
    assert_eq!(offsets.len(), 2);
}

#[test]
fn a_slice_that_cant_be_read_ends_the_walk_or_is_told() {
    let mut songs = (*songs(&[2, 2])).clone();
    let lost = slices(1, 2).lost(std::path::Path::new("/nowhere/x.safetensors"));
    songs.songs[1].slices = Some(Arc::new(lost));
    let batching = Batching { batch_size: 2, ..BOTH };
    let batches = Batches::in_order(Arc::new(songs), batching, &Device::flex());
    let error = batches.iter().find_map(Result::err).unwrap();
    assert!(format!("{error:?}").contains("x.safetensors"), "{error:?}");

    // Where others wait, all batches come, and nothing can be learnt from this one.
    let wish = Interrupter::new();
    let all: Vec<Batch> = batches.telling(wish.clone()).iter().map(Result::unwrap).collect();
    let is_nan = |batch: &Batch| {
        let slices = batch.input.slices.clone().unwrap().into_data();
        slices.try_to_vec::<f32>().unwrap().iter().any(|value| value.is_nan())
    };
    assert_eq!(all.iter().map(is_nan).collect::<Vec<_>>(), [false, true]);
    assert!(wish.get_message().unwrap().contains("x.safetensors"));
}

/// A version of a song with the same lyrics would be told to be another by what can't be told apart.
#[test]
fn songs_with_the_same_lyrics_take_turns() {
    let mut songs = (*songs(&[3, 3, 3, 3])).clone();
    for (song, word) in songs.songs.iter_mut().zip([1, 2, 1, 3]) {
        song.token_ids = vec![vec![word; 5]];
    }
    let batches = Batches::in_order(Arc::new(songs), BOTH, &Device::flex()).of_pairs();
    let mut heard = BTreeSet::new();
    for epoch in 1..9 {
        let plan = batches.plan(Some((Seed(1), epoch)));
        // Three rounds of three different lyrics.
        assert_eq!(flat(&plan).len(), 9);
        for batch in &plan {
            let songs: Vec<usize> = batch.iter().map(|group| group.song).collect();
            assert!(!(songs.contains(&0) && songs.contains(&2)), "{songs:?}");
            heard.extend(songs);
        }
    }
    assert_eq!(heard.len(), 4, "each has its turn");
}

#[test]
fn pairs_are_of_different_songs_that_have_lyrics() {
    let mut songs = (*songs(&[3, 2, 2, 3])).clone();
    for (song, n_tokens) in songs.songs.iter_mut().zip([5, 2, 4, 3]) {
        song.token_ids = vec![vec![1; n_tokens]];
    }
    let batches = Batches::in_order(Arc::new(songs), BOTH, &Device::flex()).of_pairs();
    for plan in [batches.plan(None), batches.plan(Some((Seed(1), 1)))] {
        for batch in &plan {
            let songs: BTreeSet<usize> = batch.iter().map(|group| group.song).collect();
            assert!(songs.len() == batch.len() && batch.len() > 1 && !songs.contains(&1));
        }
        // Two rounds of three songs, one of the two that have a third slice.
        assert_eq!(flat(&plan).len(), 8);
    }
}
