//! A song in a list: its ring, its name, and the ways to steer by it.

use super::Explored;
use super::catalogue::stimulus_address;
use crate::components::genre_mark::GenreMark;
use crate::components::ring::Ring;
use leptos::prelude::*;
use shared::bundle::Song;

/// One song, once it is known. The ring plays it, its name makes it the only liked one, and two buttons add it to
/// the taste.
#[component]
pub(super) fn SongRow(
    explored: Explored,
    /// Its place in the catalogue.
    place: usize,
    song: Memo<Option<Song>>,
    /// Cosine similarity, as text.
    #[prop(optional_no_strip)]
    similarity: Option<String>,
    /// What else is to be said of it.
    #[prop(into)]
    note: String,
) -> impl IntoView {
    let genre = explored.catalogue.with_value(|catalogue| catalogue.songs.index.genre(place));
    move || {
        let Some(song) = song.get() else {
            return view! { <p class="loading">"Fetching the song…"</p> }.into_any();
        };
        let (title, artist) = (song.title.clone(), song.artist.clone());
        let (note, similarity) = (note.clone(), similarity.clone());
        view! {
            <div class="song">
                <PlayButton explored place song />
                <div class="song-name">
                    <button class="link" data-action="choose" on:click=move |_| explored.choose(place)>
                        {title.clone()}
                    </button>
                    <span class="quiet"><GenreMark index=genre />" "{artist}</span>
                    {(!note.is_empty()).then(|| view! { <span class="also">{note}</span> })}
                </div>
                {similarity.map(|text| view! { <span class="number">{text}</span> })}
                <Thumbs explored place title />
            </div>
        }
        .into_any()
    }
}

/// The ring that plays a song.
#[component]
pub(super) fn PlayButton(explored: Explored, place: usize, song: Song) -> impl IntoView {
    let share = Signal::derive(move || explored.player.share(place));
    let (title, address) = (song.title.clone(), stimulus_address(&song));
    let turn = move |_| explored.player.turn(place, address.clone());
    let label = move || match share.get() {
        Some(_) => format!("Stop {title}"),
        None => format!("Play {title}"),
    };
    view! {
        <button class="play" data-action="play" aria-label=label on:click=turn>
            <Ring share=Signal::derive(move || share.get().unwrap_or(0.0)) small=true />
            <span aria-hidden="true" class="play-sign">
                {move || if share.get().is_some() { "■" } else { "▶" }}
            </span>
        </button>
    }
}

/// Like and dislike; not where the listener's own song leads the lists.
#[component]
fn Thumbs(explored: Explored, place: usize, title: String) -> impl IntoView {
    let taste = explored.taste;
    let is_liked = move || taste.with(|taste| taste.liked.contains(&place)).to_string();
    let is_disliked = move || taste.with(|taste| taste.disliked.contains(&place)).to_string();
    view! {
        <span class="thumbs" hidden=move || explored.own().is_given()>
            <button
                data-action="like"
                aria-pressed=is_liked
                aria-label=format!("More like {title}")
                on:click=move |_| taste.update(|taste| taste.turn_like(place))
            >
                "+"
            </button>
            <button
                data-action="dislike"
                aria-pressed=is_disliked
                aria-label=format!("Less like {title}")
                on:click=move |_| taste.update(|taste| taste.turn_dislike(place))
            >
                "−"
            </button>
        </span>
    }
}
