//! Blocks: which songs follow a liked anchor.

use super::session::{Player, World};
use crate::catalog::TrackId;
use crate::random::Seed;
use crate::recommend::{Condition, NextTracks, Pool, PoolTrack, Recommender, SameArtist};
use crate::study::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A world in which hearing and reading come to the same songs.
fn agreeing() -> World {
    let mut world = World::new(30, 2);
    let audio = world.tables[&Condition::Audio].clone();
    world.tables.insert(Condition::Multimodal, audio);
    world
}

fn blocks(log: &SessionLog) -> Vec<Block> {
    let blocks = log.rows().iter().filter_map(|row| match &row.event {
        Event::BlockPlanned(block) => Some(block.clone()),
        _ => None,
    });
    blocks.collect()
}

fn block_of(design: &StudyDesign, world: &World, liked_number: u32) -> Block {
    let next = world.next(design, Seed(3));
    let plan = plan_session(design, &next, "p", Seed(3)).unwrap();
    let anchor = plan.anchors[0].clone();
    let played = BTreeSet::from([anchor.clone()]);
    plan_block((design, &plan), &next, (&anchor, liked_number), &played)
}

fn source(block: &Block, condition: Condition) -> (&TrackId, Source) {
    let has = |song: &&BlockSong| song.sources.iter().any(|source| source.condition == condition);
    let song = block.songs.iter().find(has).unwrap();
    let source = song.sources.iter().find(|source| source.condition == condition).unwrap();
    (&song.track_id, *source)
}

#[test]
fn the_same_song_next_rank_for_the_later_one() {
    let (design, world) = (Preset::Default.design(), agreeing());
    let mut first = BTreeSet::new();
    for liked_number in 0..6 {
        let block = block_of(&design, &world, liked_number);
        let audio = source(&block, Condition::Audio);
        let multimodal = source(&block, Condition::Multimodal);
        assert_ne!(audio.0, multimodal.0);
        let order: Vec<_> = block.order.iter().filter(|c| c.needs_embeddings()).collect();
        let ranks = (audio.1.rank, multimodal.1.rank);
        // The random song may by chance be the nearest one, and is then taken too.
        let earlier_first = match order[0] {
            Condition::Audio => ranks.0 < ranks.1,
            _ => ranks.1 < ranks.0,
        };
        assert!(earlier_first, "{block:?}");
        first.insert(*order[0]);
    }
    assert_eq!(first.len(), 2, "each of the two has the first choice in some order");
}

#[test]
fn the_same_song_once_for_both() {
    let (mut design, world) = (Preset::Default.design(), agreeing());
    design.same_song = SameSong::PlayOnce;
    let block = block_of(&design, &world, 0);
    assert_eq!(block.songs.len(), 2, "{block:?}");
    let (audio, multimodal) =
        (source(&block, Condition::Audio), source(&block, Condition::Multimodal));
    assert_eq!(audio.0, multimodal.0);
    assert_eq!((audio.1.rank, multimodal.1.rank), (1, 1));
    assert_eq!(audio.1.similarity, multimodal.1.similarity);
    let sources: usize = block.songs.iter().map(|song| song.sources.len()).sum();
    assert_eq!(sources, 3);
    // And the answer counts for both.
    let played = Player::new(&world, &design, 3).with(1.0, 0.0).finish();
    let likes = played.state.likes();
    assert!(likes.iter().all(|likes| likes.n_liked == likes.n_answered && likes.n_answered > 0));
    assert_eq!(likes[0].n_answered, likes[1].n_answered);
    let n_songs = played.answered().iter().filter(|a| a.trial.role == Role::Recommendation).count();
    assert!((n_songs as u32) < likes.iter().map(|likes| likes.n_answered).sum());
}

#[test]
fn the_same_song_twice_as_in_the_thesis() {
    let block = block_of(&Preset::Thesis.design(), &agreeing(), 0);
    assert_eq!(block.songs.len(), 3);
    let (audio, multimodal) =
        (source(&block, Condition::Audio), source(&block, Condition::Multimodal));
    assert_eq!((audio.0, audio.1.rank), (multimodal.0, multimodal.1.rank));
}

#[test]
fn the_thesis_control_by_genre_is_sometimes_the_anchor() {
    let world = World::new(40, 4);
    let mut design = Preset::Thesis.design();
    design.control = Control::Genre;
    let count = |design: &StudyDesign| {
        let (mut n_anchor, mut n) = (0u32, 0u32);
        for seed in 0..60 {
            let played = Player::new(&world, design, seed).with(1.0, 0.0).finish();
            for block in blocks(&played.log) {
                let (track_id, source) = source(&block, Condition::Genre);
                n += 1;
                n_anchor += u32::from(*track_id == block.anchor_id);
                assert!(source.similarity.is_none() && source.rank == 1);
            }
        }
        (n_anchor, n)
    };
    let (n_anchor, n) = count(&design);
    assert_eq!((n_anchor, n), (0, 2_400), "not unless the design says so");
    design.control_may_be_anchor = true;
    let (n_anchor, n) = count(&design);
    // One of the ten songs of its genre: 240 of 2,400, give or take four standard deviations.
    assert!(n == 2_400 && n_anchor.abs_diff(240) < 59, "{n_anchor} of {n}");
}

#[test]
fn a_condition_without_songs_left_has_none() {
    let mut design = Preset::Default.design();
    design.practice_trials = 0;
    design.stop = Stop { liked_anchors: None, anchors: None, minutes: None };
    let played = Player::new(&World::new(10, 1), &design, 1).with(1.0, 0.0).finish();
    assert_eq!(*played.state.screen(), Screen::Done(EndReason::NoAnchorLeft));
    let blocks = blocks(&played.log);
    assert!(blocks.iter().any(|block| block.songs.len() < 3), "{blocks:?}");
    assert_eq!(played.state.played().len(), played.answered().len());
}

fn pool_table(n: usize, seed: u64) -> (Vec<PoolTrack>, World) {
    let world = World::new(n, seed);
    (world.tracks.clone(), world)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// What a session recommends is what `segue recommend` writes.
    #[test]
    fn next_tracks_are_those_of_the_recommenders(
        n in 4usize..40, seed: u64, k in 0usize..12, exclude: bool,
    ) {
        let (tracks, world) = pool_table(n, 9);
        let same_artist = if exclude { SameArtist::Exclude } else { SameArtist::Allow };
        let table = |condition| world.tables.get(&condition);
        let next =
            NextTracks::new(tracks.clone(), (&Condition::ALL, same_artist), table, Seed(seed)).unwrap();
        let pool = Pool::new(tracks, same_artist);
        for condition in Condition::ALL {
            let recommender = match condition {
                Condition::Random => Recommender::Random { seed: Seed(seed) },
                Condition::Genre => Recommender::Genre { seed: Seed(seed) },
                other => Recommender::nearest(&pool, &world.tables[&other]).unwrap(),
            };
            for (anchor, track) in pool.tracks().iter().enumerate() {
                let list = next.of(&track.track_id, condition, k);
                let chosen = recommender.choose(&pool, anchor, k);
                prop_assert_eq!(list.len(), chosen.len());
                for (at, (next, choice)) in list.iter().zip(&chosen).enumerate() {
                    prop_assert_eq!(next.rank, at + 1);
                    prop_assert_eq!(&next.track_id, &pool.tracks()[choice.position].track_id);
                    prop_assert_eq!(next.similarity, choice.similarity);
                }
                let longer = next.of(&track.track_id, condition, k + 5);
                prop_assert_eq!(&longer[..list.len()], &list[..], "{}", condition);
            }
        }
    }
}
