//! Which rows stand together, and what they hold.

use super::*;
use half::f16;
use shared::catalog::TrackId;
use std::collections::BTreeSet;

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

#[test]
fn parts_share_the_rows_out_and_count_their_epochs_alone() {
    let whole = batches(&[5, 5, 3, 4], BOTH).shuffled(Seed(1), 3);
    let n_rows = whole.num_items();
    assert_eq!(n_rows, 17);
    let parts = [whole.slice(0, 9), whole.slice(9, n_rows)];
    let of = |part: &Arc<dyn DataLoader<Batch>>| -> Vec<Vec<i64>> {
        let rows =
            |batch: Batch| batch.targets.into_data().convert::<i64>().try_to_vec::<i64>().unwrap();
        part.iter().map(|batch| rows(batch.unwrap())).collect()
    };
    let n: usize = parts.iter().flat_map(&of).map(|rows| rows.len()).sum();
    assert_eq!(n, n_rows);
    // The second epoch of both parts is the fifth of the whole, which each knows by itself.
    let n: usize = parts.iter().flat_map(&of).map(|rows| rows.len()).sum();
    assert_eq!(n, n_rows);
}

#[test]
fn a_slice_that_begins_elsewhere_goes_on_in_the_next() {
    let augmentation = Augmentation { random_offset: true, ..NOTHING };
    let batching = Batching { batch_size: 2, group_size: 1, augmentation, ..BOTH };
    let songs = songs(&[2]);
    let mut offsets = BTreeSet::new();
    let mut stream = Seed(1).stream("offsets");
    for _ in 0..20 {
        let mut values = Vec::new();
        let song = &songs.songs[0];
        hear(&songs, song, 0, batching.augmentation, Some(&mut stream), &mut values);
        let all: Vec<f32> = song.slices.iter().map(|value| value.to_f32()).collect();
        let own = [all[0], all[1], all[2], all[3]];
        let shifted = [all[1], all[4], all[3], all[6]];
        assert!(values == own || values == shifted, "{values:?} of {all:?}");
        offsets.insert(values == shifted);
    }
    assert_eq!(offsets.len(), 2);
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
