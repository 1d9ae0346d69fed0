//! What the network hears of the song that leads: its excerpt, heard and drawn as a file of one's own is.

use super::Explored;
use super::catalogue::stimulus_address;
use super::clip_picture::ClipPicture;
use super::own_song_status::Status;
use crate::platform::fetch;
use crate::platform::networks::SongFile;
use crate::wording::chain;
use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use shared::bundle::Song;
use web_sys::Blob;

/// The section; what it needs is fetched once it is opened, and from then on for each song that leads.
#[component]
pub(super) fn SongPicture(explored: Explored) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let stimulus = explored.stimulus();
    let place = Memo::new(move |_| {
        let leads = !explored.own().is_given();
        leads.then(|| explored.taste.with(|taste| taste.liked.first().copied())).flatten()
    });
    let song = Memo::new(move |_| explored.pages.follow(place.get()?));
    let n_tries = RwSignal::new(0);
    Effect::new(move |_| {
        n_tries.track();
        match (is_open.get(), song.get()) {
            (true, Some(song)) => stimulus.take_fetched(file_of(song)),
            _ => stimulus.clear(),
        }
    });
    let said = Signal::derive(move || stimulus.said.with(|said| said.first().cloned()));
    let picture = move |place: usize, song: &Song| {
        let sound = stimulus.sound.get()?;
        let share = Signal::derive(move || explored.player.share(place));
        let address = stimulus_address(song);
        let turn = Callback::new(move |()| explored.player.turn(place, address.clone()));
        Some(view! { <ClipPicture sound said share turn what="excerpt" /> })
    };
    move || {
        let (place, song) = (place.get()?, song.get()?);
        let title = song.title.clone();
        let label = move || if is_open.get() { "Put it away" } else { "Show it" };
        Some(view! {
            <section aria-labelledby="picture-title" data-song-picture="">
                <h2 id="picture-title">"What the network hears of " {title}</h2>
                <button
                    class="side-button"
                    data-action="song-picture"
                    aria-expanded=move || is_open.get().to_string()
                    on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)
                >
                    {label}
                </button>
                <Status
                    progress=stimulus.hearing
                    what="The excerpt"
                    again=Callback::new(move |()| n_tries.update(|n| *n += 1))
                />
                {move || picture(place, &song)}
            </section>
        })
    }
}

/// The excerpt of a song.
async fn file_of(song: Song) -> Result<SongFile, String> {
    let bytes = fetch::bytes(&stimulus_address(&song)).await.map_err(|error| chain(&error))?;
    let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
    let file = Blob::new_with_u8_array_sequence(&parts)
        .map_err(|_| "there is no room for the excerpt".to_owned())?;
    Ok(SongFile { file, name: song.stimulus })
}
