//! What comes next, by each way of recommending, side by side.

use super::song_row::SongRow;
use super::why::Why;
use super::{Explored, condition_title};
use crate::bundle_source::sentence;
use leptos::prelude::*;
use shared::catalog::TrackId;
use shared::recommend::{Condition, NextTrack};
use std::collections::{BTreeMap, BTreeSet};

/// How many songs a list has.
pub(super) const N_SONGS: usize = 10;

/// The lists of all conditions, and how much they have in common.
#[component]
pub(super) fn Lists(explored: Explored) -> impl IntoView {
    let lists = explored.lists;
    view! {
        <section aria-labelledby="next-title">
            <h2 id="next-title">"Next tracks"</h2>
            <p role="status" class="quiet">{move || match explored.parts.text() {
                Some(text) => sentence(&text),
                None => lists.with(|lists| overlap(lists)),
            }}</p>
            <div class="side-by-side">
                {move || {
                    lists
                        .get()
                        .into_iter()
                        .map(|(condition, songs)| view! { <List explored condition songs /> })
                        .collect_view()
                }}
            </div>
        </section>
    }
}

#[component]
fn List(explored: Explored, condition: Condition, songs: Vec<NextTrack>) -> impl IntoView {
    let elsewhere = explored.lists.with_untracked(|lists| in_others(lists, condition));
    let n_lists = explored.lists.with_untracked(Vec::len);
    let rows = songs
        .into_iter()
        .map(|next| {
            let note = match elsewhere.get(&next.track_id) {
                Some(others) if others.len() + 1 == n_lists && n_lists > 2 => {
                    "in every list".into()
                }
                Some(others) => format!("also by {}", others.join(", ").to_lowercase()),
                None => String::new(),
            };
            let similarity = next.similarity.map(|similarity| format!("{similarity:.3}"));
            view! {
                <li data-track=next.track_id.to_string()>
                    <SongRow explored track_id=next.track_id.clone() similarity note />
                    <Why explored condition track_id=next.track_id.clone() />
                </li>
            }
        })
        .collect_view();
    view! {
        <div data-condition=condition.name()>
            <h3>{condition_title(condition)}</h3>
            <ol class="songs">{rows}</ol>
        </div>
    }
}

/// In which other lists each song of a list stands.
fn in_others(
    lists: &[(Condition, Vec<NextTrack>)],
    condition: Condition,
) -> BTreeMap<TrackId, Vec<&'static str>> {
    let mut found: BTreeMap<TrackId, Vec<&'static str>> = BTreeMap::new();
    for (other, songs) in lists.iter().filter(|(other, _)| *other != condition) {
        for song in songs {
            found.entry(song.track_id.clone()).or_default().push(condition_title(*other));
        }
    }
    found
}

/// How many songs all lists share, as a sentence.
fn overlap(lists: &[(Condition, Vec<NextTrack>)]) -> String {
    let ids = |songs: &[NextTrack]| {
        let mut ids = BTreeSet::new();
        ids.extend(songs.iter().map(|song| song.track_id.clone()));
        ids
    };
    match lists {
        [] => "Choose a song: by its name, or on the map.".to_owned(),
        [(_, only)] => format!("{} songs.", only.len()),
        [(_, first), others @ ..] => {
            let mut shared: BTreeSet<TrackId> = ids(first);
            for (_, songs) in others {
                let own = ids(songs);
                shared.retain(|id| own.contains(id));
            }
            match shared.len() {
                0 => "No song stands in every list.".to_owned(),
                1 => "One song stands in every list.".to_owned(),
                n => format!("{n} songs stand in every list."),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn list(condition: Condition, ids: &[&str]) -> (Condition, Vec<NextTrack>) {
        let song = |(at, id): (usize, &&str)| NextTrack {
            track_id: TrackId::parse(id).unwrap(),
            rank: at + 1,
            similarity: None,
        };
        (condition, ids.iter().enumerate().map(song).collect())
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_lists_share_is_said() {
        let lists = [
            list(Condition::Audio, &["a", "b", "c"]),
            list(Condition::Multimodal, &["c", "b", "d"]),
            list(Condition::Lyrics, &["b", "e", "f"]),
        ];
        assert_eq!(overlap(&lists), "One song stands in every list.");
        assert_eq!(overlap(&lists[..2]), "2 songs stand in every list.");
        let of_audio = in_others(&lists, Condition::Audio);
        let b = TrackId::parse("b").unwrap();
        assert_eq!(of_audio[&b], ["Sound + lyrics", "Lyrics"]);
        assert_eq!(of_audio.get(&TrackId::parse("a").unwrap()), None);
    }
}
