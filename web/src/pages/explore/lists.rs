//! What comes next, by each way of recommending, side by side.

use super::song_row::SongRow;
use super::why::Why;
use super::{Explored, condition_title};
use crate::bundle_source::sentence;
use leptos::prelude::*;
use shared::recommend::{Condition, Neighbour};
use std::collections::{BTreeMap, BTreeSet};

/// The lists of all conditions, and how much they have in common.
#[component]
pub(super) fn Lists(explored: Explored) -> impl IntoView {
    let (lists, search) = (explored.lists, explored.search);
    view! {
        <section aria-labelledby="next-title">
            <h2 id="next-title">"Next tracks"</h2>
            <p role="status" class="quiet">{move || match search.text() {
                Some(text) => sentence(&text),
                None => lists.with(|lists| overlap(lists)),
            }}</p>
            {move || search.has_failed().then(|| view! {
                <button
                    class="side-button"
                    data-action="search-again"
                    on:click=move |_| search.try_again()
                >
                    "Try again"
                </button>
            })}
            <div class="side-by-side" aria-busy=move || search.is_busy().to_string()>
                {move || {
                    lists
                        .get()
                        .into_iter()
                        .map(|(condition, songs)| view! { <List explored condition songs /> })
                        .collect_view()
                }}
            </div>
            <p class="quiet" data-search-device="">
                {move || search.device_text().map(|text| sentence(&text))}
            </p>
        </section>
    }
}

#[component]
fn List(explored: Explored, condition: Condition, songs: Vec<Neighbour>) -> impl IntoView {
    let elsewhere = explored.lists.with_untracked(|lists| in_others(lists, condition));
    let n_lists = explored.lists.with_untracked(Vec::len);
    let rows = songs
        .into_iter()
        .map(|next| {
            let place = next.position;
            let note = match elsewhere.get(&place) {
                Some(others) if others.len() + 1 == n_lists && n_lists > 2 => {
                    "in every list".into()
                }
                Some(others) => format!("also by {}", others.join(", ").to_lowercase()),
                None => String::new(),
            };
            let similarity = Some(format!("{:.3}", next.similarity));
            let song = explored.song(place);
            let track = move || song.get().map(|song| song.track_id.to_string());
            view! {
                <li data-track=track>
                    <SongRow explored place song similarity note />
                    {move || song.get().map(|_| view! { <Why explored condition place /> })}
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
    lists: &[(Condition, Vec<Neighbour>)],
    condition: Condition,
) -> BTreeMap<usize, Vec<&'static str>> {
    let mut found: BTreeMap<usize, Vec<&'static str>> = BTreeMap::new();
    for (other, songs) in lists.iter().filter(|(other, _)| *other != condition) {
        for song in songs {
            found.entry(song.position).or_default().push(condition_title(*other));
        }
    }
    found
}

/// How many songs all lists share, as a sentence.
fn overlap(lists: &[(Condition, Vec<Neighbour>)]) -> String {
    let places = |songs: &[Neighbour]| {
        let mut places = BTreeSet::new();
        places.extend(songs.iter().map(|song| song.position));
        places
    };
    match lists {
        [] => "Choose a song: by its name, or on the map.".to_owned(),
        [(_, only)] => format!("{} songs.", only.len()),
        [(_, first), others @ ..] => {
            let mut shared: BTreeSet<usize> = places(first);
            for (_, songs) in others {
                let own = places(songs);
                shared.retain(|place| own.contains(place));
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

    fn list(condition: Condition, places: &[usize]) -> (Condition, Vec<Neighbour>) {
        let song = |place: &usize| Neighbour { position: *place, similarity: 0.5 };
        (condition, places.iter().map(song).collect())
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_lists_share_is_said() {
        let lists = [
            list(Condition::Audio, &[0, 1, 2]),
            list(Condition::Multimodal, &[2, 1, 3]),
            list(Condition::Lyrics, &[1, 4, 5]),
        ];
        assert_eq!(overlap(&lists), "One song stands in every list.");
        assert_eq!(overlap(&lists[..2]), "2 songs stand in every list.");
        let of_audio = in_others(&lists, Condition::Audio);
        assert_eq!(of_audio[&1], ["Sound + lyrics", "Lyrics"]);
        assert_eq!(of_audio.get(&0), None);
    }
}
