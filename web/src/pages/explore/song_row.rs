//! A song in a list: its ring, its name, and the ways to steer by it.

use super::Explored;
use crate::components::genre_mark::GenreMark;
use crate::components::ring::Ring;
use leptos::prelude::*;
use shared::catalog::TrackId;

/// One song. The ring plays it, its name makes it the only liked one, and two buttons add it to the taste.
#[component]
pub(super) fn SongRow(
    explored: Explored,
    track_id: TrackId,
    /// Cosine similarity, as text.
    #[prop(optional_no_strip)]
    similarity: Option<String>,
    /// What else is to be said of it.
    #[prop(into)]
    note: String,
) -> impl IntoView {
    let catalogue = explored.catalogue.get_value();
    let Some((song, genre)) = catalogue.song(&track_id) else { return ().into_any() };
    let (title, artist) = (song.title.clone(), song.artist.clone());
    let chosen = track_id.clone();
    let choose = move |_| explored.choose(&chosen);
    view! {
        <div class="song">
            <PlayButton explored track_id=track_id.clone() title=title.clone() />
            <div class="song-name">
                <button class="link" data-action="choose" on:click=choose>{title.clone()}</button>
                <span class="quiet"><GenreMark index=genre />" "{artist}</span>
                {(!note.is_empty()).then(|| view! { <span class="also">{note}</span> })}
            </div>
            {similarity.map(|text| view! { <span class="number">{text}</span> })}
            <Thumbs explored track_id title />
        </div>
    }
    .into_any()
}

/// The ring that plays a song.
#[component]
pub(super) fn PlayButton(explored: Explored, track_id: TrackId, title: String) -> impl IntoView {
    let heard = track_id.clone();
    let share = Signal::derive(move || explored.player.share(&heard));
    let turn = move |_| {
        let catalogue = explored.catalogue.get_value();
        if let Some(address) = catalogue.stimulus_address(&track_id) {
            explored.player.turn(track_id.clone(), address);
        }
    };
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
fn Thumbs(explored: Explored, track_id: TrackId, title: String) -> impl IntoView {
    let taste = explored.taste;
    let (liked, disliked) = (track_id.clone(), track_id.clone());
    let is_liked = move || taste.with(|taste| taste.liked.contains(&liked)).to_string();
    let is_disliked = move || taste.with(|taste| taste.disliked.contains(&disliked)).to_string();
    let (like, dislike) = (track_id.clone(), track_id);
    view! {
        <span class="thumbs" hidden=move || explored.own.is_given()>
            <button
                data-action="like"
                aria-pressed=is_liked
                aria-label=format!("More like {title}")
                on:click=move |_| taste.update(|taste| taste.turn_like(&like))
            >
                "+"
            </button>
            <button
                data-action="dislike"
                aria-pressed=is_disliked
                aria-label=format!("Less like {title}")
                on:click=move |_| taste.update(|taste| taste.turn_dislike(&dislike))
            >
                "−"
            </button>
        </span>
    }
}
