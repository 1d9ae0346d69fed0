//! Finding a song by its name, and the taste as it stands.

use super::Explored;
use super::song_row::SongRow;
use crate::wording::counted;
use leptos::prelude::*;

/// How many songs are offered.
const N_OFFERED: usize = 8;

/// A field that finds songs, and those that fit.
#[component]
pub(super) fn Finder(explored: Explored) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let found = Memo::new(move |_| text.with(|text| explored.pages.find(text, N_OFFERED + 1)));
    view! {
        <section aria-labelledby="find-title">
            <h2 id="find-title">"Choose a song"</h2>
            <label class="finder">
                <span>"Title or artist"</span>
                <input
                    type="search"
                    data-action="find"
                    prop:value=text
                    on:input=move |event| text.set(event_target_value(&event))
                />
            </label>
            <p role="status" class="quiet">{move || match found.get() {
                _ if text.with(|text| text.trim().is_empty()) => String::new(),
                None => "Looking…".to_owned(),
                Some(places) => said_of_found(&text.get(), places.len()),
            }}</p>
            <ul class="songs" data-found="">
                {move || {
                    found
                        .get()
                        .unwrap_or_default()
                        .into_iter()
                        .take(N_OFFERED)
                        .map(|place| {
                            let song = explored.song(place);
                            view! { <li><SongRow explored place song similarity=None note="" /></li> }
                        })
                        .collect_view()
                }}
            </ul>
        </section>
    }
}

/// How many songs were found, in words; one more than are offered is looked for.
fn said_of_found(text: &str, n: usize) -> String {
    match n {
        // In a large catalogue a single letter is looked for as a whole word.
        0 if text.trim().chars().count() == 1 => "Write more to find songs.".to_owned(),
        0 => "No song has that in its title or artist.".to_owned(),
        n if n > N_OFFERED => format!("The first {N_OFFERED} songs; write more to find others."),
        n => format!("{}.", counted(n, "song", "songs")),
    }
}

/// What the lists follow: liked and disliked songs.
#[component]
pub(super) fn TasteSongs(explored: Explored) -> impl IntoView {
    let songs = move |liked: bool| {
        let taste = explored.taste.get();
        let places = if liked { taste.liked } else { taste.disliked };
        let rows = places.into_iter().map(|place| {
            let note = if liked { "" } else { "kept away from" };
            let song = explored.song(place);
            view! { <li><SongRow explored place song similarity=None note /></li> }
        });
        rows.collect_view()
    };
    view! {
        <section aria-labelledby="taste-title" data-taste="">
            <h2 id="taste-title">"From here"</h2>
            <p hidden=move || !explored.own().is_given()>"Your own song leads the lists."</p>
            <div hidden=move || explored.own().is_given()>
                <ul class="songs">{move || songs(true)}{move || songs(false)}</ul>
                <p class="quiet">
                    "With + and − at any song you steer: the lists follow the mean of what you like, away from what "
                    "you do not."
                </p>
            </div>
        </section>
    }
}
