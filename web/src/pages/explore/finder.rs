//! Finding a song by its name, and the taste as it stands.

use super::Explored;
use super::catalogue::Catalogue;
use super::song_row::SongRow;
use leptos::prelude::*;
use shared::catalog::TrackId;

/// How many songs are offered.
const N_OFFERED: usize = 8;

/// A field that finds songs, and those that fit.
#[component]
pub(super) fn Finder(explored: Explored) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let found = move || {
        let catalogue = explored.catalogue.get_value();
        text.with(|text| find(&catalogue, text))
    };
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
            <ul class="songs" data-found="">
                {move || {
                    found()
                        .into_iter()
                        .map(|track_id| {
                            view! { <li><SongRow explored track_id similarity=None note="" /></li> }
                        })
                        .collect_view()
                }}
            </ul>
        </section>
    }
}

/// What the lists follow: liked and disliked songs.
#[component]
pub(super) fn TasteSongs(explored: Explored) -> impl IntoView {
    let songs = move |liked: bool| {
        let taste = explored.taste.get();
        let ids = if liked { taste.liked } else { taste.disliked };
        let rows = ids.into_iter().map(|track_id| {
            let note = if liked { "" } else { "kept away from" };
            view! { <li><SongRow explored track_id similarity=None note /></li> }
        });
        rows.collect_view()
    };
    view! {
        <section aria-labelledby="taste-title" data-taste="">
            <h2 id="taste-title">"From here"</h2>
            <p hidden=move || !explored.own.is_given()>"Your own song leads the lists."</p>
            <div hidden=move || explored.own.is_given()>
                <ul class="songs">{move || songs(true)}{move || songs(false)}</ul>
                <p class="quiet">
                    "With + and − at any song you steer: the lists follow the mean of what you like, away from what "
                    "you do not."
                </p>
            </div>
        </section>
    }
}

/// Songs whose title or artist holds every word, titles that begin with the text first.
fn find(catalogue: &Catalogue, text: &str) -> Vec<TrackId> {
    let wanted = text.trim().to_lowercase();
    if wanted.is_empty() {
        return Vec::new();
    }
    let words: Vec<&str> = wanted.split_whitespace().collect();
    let mut found: Vec<(bool, String, TrackId)> = Vec::new();
    for song in &catalogue.songs.tracks {
        let title = song.title.to_lowercase();
        let all = format!("{title} {}", song.artist.to_lowercase());
        if words.iter().all(|word| all.contains(word)) {
            found.push((!title.starts_with(&wanted), title, song.track_id.clone()));
        }
    }
    found.sort();
    found.into_iter().take(N_OFFERED).map(|(_, _, track_id)| track_id).collect()
}
