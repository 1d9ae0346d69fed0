use super::*;
use crate::catalog::TrackId;
use crate::random::Seed;
use crate::recommend::{NextTracks, PoolTrack, Taste};
use std::collections::BTreeSet;

fn id(at: usize) -> TrackId {
    TrackId::parse(&format!("t{at:02}")).unwrap()
}

/// Two songs an artist; the first artist is unknown.
fn artist(at: usize) -> Option<u32> {
    Some(at as u32 / 2).filter(|number| *number > 0)
}

fn songs(n: usize) -> Vec<PoolTrack> {
    let song = |at| PoolTrack {
        track_id: id(at),
        artist: artist(at).map_or_else(String::new, |number| format!("artist {number}")),
        genre: "pop".to_owned(),
    };
    (0..n).map(song).collect()
}

/// Songs on a quarter of a circle, by steps of 3 degrees; lengths differ.
fn table(n: usize) -> EmbeddingTable {
    let row = |at: usize| {
        let (sin, cos) = (at as f32 * 3.0).to_radians().sin_cos();
        [cos, sin].map(|value| value * (1.0 + at as f32))
    };
    let ids = (0..n).map(id).collect();
    EmbeddingTable::new("audio", 2, ids, (0..n).flat_map(row).collect()).unwrap()
}

fn without_table(n: usize, is_candidate: impl Fn(usize) -> bool) -> Explorer {
    let song = |at| ExplorerSong { artist: artist(at), is_candidate: is_candidate(at) };
    Explorer::new((0..n).map(song).collect(), SameArtist::Exclude)
}

fn explorer(n: usize, is_candidate: impl Fn(usize) -> bool) -> Explorer {
    let mut explorer = without_table(n, is_candidate);
    explorer.add_table(Condition::Audio, table(n)).unwrap();
    explorer
}

fn next(explorer: &Explorer, taste: &Taste, k: usize) -> Vec<Neighbour> {
    explorer.next(Condition::Audio, &taste.clone().into(), k)
}

fn places(found: &[Neighbour]) -> Vec<usize> {
    found.iter().map(|own| own.position).collect()
}

#[test]
fn one_liked_song_gives_what_recommend_gives() {
    let n = 20;
    let explorer = explorer(n, |_| true);
    let table = table(n);
    let rules = (&[Condition::Audio][..], SameArtist::Exclude);
    let recommend = NextTracks::new(songs(n), rules, |_| Some(&table), Seed(1)).unwrap();
    for at in 0..n {
        let expected = recommend.of(&id(at), Condition::Audio, 5).into_iter();
        let expected: Vec<_> =
            expected.map(|own| (own.track_id, own.similarity.unwrap())).collect();
        let found = next(&explorer, &Taste::of(at), 5).into_iter();
        let found: Vec<_> = found.map(|own| (id(own.position), own.similarity)).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn two_likes_lead_between_them_and_a_dislike_away() {
    let explorer = explorer(30, |at| at % 2 == 0);
    let mut taste = Taste::of(5);
    taste.turn_like(15);
    // The middle is 10; its neighbours are as far on both sides, the smaller id first.
    let found = next(&explorer, &taste, 3);
    assert_eq!(places(&found), [10, 8, 12]);
    taste.turn_dislike(0);
    let away = next(&explorer, &taste, 3);
    assert!(away.iter().all(|own| own.position > 15), "{away:?}");
    taste.turn_dislike(0);
    assert_eq!(next(&explorer, &taste, 3), found);
}

#[test]
fn songs_of_the_taste_and_their_artists_are_left_out() {
    let explorer = explorer(10, |_| true);
    let mut taste = Taste::of(4);
    taste.turn_dislike(6);
    let found = next(&explorer, &taste, 10);
    // 5 is by the artist of 4, 6 is disliked; 7, by the artist of 6, may come.
    assert!(places(&found).iter().all(|own| ![4, 5, 6].contains(own)), "{found:?}");
    assert_eq!(found.len(), 7);
    assert!(next(&explorer, &Taste::default(), 3).is_empty());
    assert!(explorer.next(Condition::Lyrics, &taste.into(), 3).is_empty());
    // Unknown artists are not the same.
    assert_eq!(places(&next(&explorer, &Taste::of(0), 1)), [1]);
}

/// With every part there, the lists are those of the whole table; before, it is said what is missing.
#[test]
fn a_table_in_parts_leads_to_the_same_songs() {
    let (n, mut taste) = (60, Taste::of(20));
    let whole = explorer(n, |_| true);
    let (index, parts) = PartIndex::cut(&table(n));
    let mut parted = without_table(n, |_| true);
    parted.add_parted(Condition::Audio, index.clone(), n).unwrap();
    assert!(next(&parted, &taste, 5).is_empty(), "nothing is there yet");
    assert_eq!(
        parted.missing_parts(Condition::Audio, &taste.clone().into()),
        [index.part_of(20).unwrap()]
    );
    taste.turn_like(30);
    loop {
        let missing = parted.missing_parts(Condition::Audio, &taste.clone().into());
        for number in &missing {
            parted.add_part(Condition::Audio, *number, parts[*number].clone()).unwrap();
        }
        if missing.is_empty() {
            break;
        }
    }
    // Songs on both sides of the middle are equally alike, which 8 bits may turn around.
    let found = [&whole, &parted].map(|explorer| {
        let found = next(explorer, &taste, 5);
        found.iter().map(|own| own.position).collect::<BTreeSet<_>>()
    });
    assert_eq!(found[0], found[1]);
}

#[test]
fn tables_of_other_songs_are_refused() {
    let mut explorer = explorer(60, |_| true);
    let other = explorer.add_table(Condition::Lyrics, table(3)).unwrap_err().to_string();
    assert!(other.contains("3 songs") && other.contains("60"), "{other}");
    let index = PartIndex::cut(&table(3)).0;
    let other = explorer.add_parted(Condition::Lyrics, index, 9).unwrap_err().to_string();
    assert!(other.contains("3 songs") && other.contains("60"), "{other}");
    explorer.add_parted(Condition::Lyrics, PartIndex::cut(&table(60)).0, 9).unwrap();
    let wide = EmbeddingTable::new("audio", 3, vec![id(1)], vec![1.0; 3]).unwrap();
    let part = PartIndex::cut(&wide).1.remove(0);
    let other = explorer.add_part(Condition::Lyrics, 0, part).unwrap_err().to_string();
    assert!(other.contains("part 0") && other.contains("3 values"), "{other}");
    let part = PartIndex::cut(&table(61)).1.pop().unwrap();
    let parts = PartIndex::cut(&table(61)).1.into_iter().chain([part]);
    let refused = parts.filter_map(|part| explorer.add_part(Condition::Lyrics, 0, part).err());
    let refused: Vec<String> = refused.map(|error| error.to_string()).collect();
    assert!(refused.iter().all(|text| text.contains("the song at place 60")), "{refused:?}");
    assert!(!refused.is_empty());
}

#[test]
fn a_vector_of_no_song_finds_its_neighbours() {
    let explorer = explorer(30, |at| at >= 10);
    let found = explorer.next(Condition::Audio, &Lead::Vector(vec![1.0, 0.0]), 2);
    assert_eq!(places(&found), [10, 11]);
    assert!((found[0].similarity - 30f32.to_radians().cos()).abs() < 1e-6);
}

#[test]
fn leads_that_nothing_follows_are_refused() {
    let explorer = explorer(30, |_| true);
    let wide = explorer.expect(Condition::Audio, &Lead::Vector(vec![1.0; 3]));
    let wide = wide.unwrap_err().to_string();
    assert!(wide.contains("3 values") && wide.contains('2'), "{wide}");
    let stray = explorer.expect(Condition::Audio, &Taste::of(30).into());
    let stray = stray.unwrap_err().to_string();
    assert!(stray.contains("30"), "{stray}");
    for lead in [Taste::of(29).into(), Lead::Vector(vec![1.0; 2])] {
        explorer.expect(Condition::Audio, &lead).unwrap();
    }
}

/// The products of a graphics processor lead to the same songs by the same rules.
#[test]
fn products_made_elsewhere_lead_to_the_same_songs() {
    let mut explorer = explorer(30, |at| at % 3 != 0);
    let mut taste = Taste::of(4);
    taste.turn_like(7);
    taste.turn_dislike(20);
    for lead in [Taste::of(5).into(), taste.into(), Lead::Vector(vec![0.3, 0.7])] {
        let rows = explorer.rounded(Condition::Audio).unwrap().clone();
        let codes = explorer.query_codes(Condition::Audio, &lead).unwrap();
        let product = |at| rows.codes(at).zip(&codes).map(|(a, b)| i32::from(a) * b).sum();
        let products: Vec<i32> = (0..rows.len()).map(product).collect();
        let found = explorer.next_by_products(Condition::Audio, &lead, 6, &products);
        assert_eq!(found, explorer.next(Condition::Audio, &lead, 6), "{lead:?}");
        assert_eq!(found.len(), 6);
    }
    assert_eq!(explorer.query_codes(Condition::Audio, &Taste::default().into()), None);
    assert!(explorer.query_codes(Condition::Audio, &Taste::of(5).into()).is_some());
    explorer.forget_rounded();
    assert_eq!(explorer.query_codes(Condition::Audio, &Taste::of(5).into()), None);
}
