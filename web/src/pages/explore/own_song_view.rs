//! The listener's own song on the page: the file, what is heard in it, and its lyrics.

use super::Explored;
use super::clip_picture::ClipPicture;
use super::devices::Sense;
use super::lyrics_file::is_lyrics;
use super::lyrics_view::{Lyrics, LyricsField};
use super::own_song::{OwnSong, Progress};
use super::own_song_status::{Status, device_text};
use super::player::Player;
use super::whole_song::WholeSong;
use crate::bundle_source::sentence;
use crate::components::genre_mark::GenreMark;
use crate::platform::files::{brings_files, chosen_files, dropped_files};
use crate::platform::networks::{Said, SongFile, Sound};
use leptos::ev::{self, DragEvent};
use leptos::prelude::*;
use std::sync::Arc;
use web_sys::File;

/// The section: a file, what is heard in it, and lyrics.
#[component]
pub(super) fn OwnSongView(explored: Explored) -> impl IntoView {
    let own = explored.own();
    let field = LyricsField::new();
    let take_first = move |files: Vec<File>| {
        if let Some(file) = files.into_iter().next() {
            if own.has_song_untracked() {
                field.empty();
            }
            own.take(SongFile { name: file.name(), file: file.into() });
        }
    };
    let take = move |event: leptos::ev::Event| take_first(chosen_files(&event));
    let can_be_taken_away = Memo::new(move |_| own.can_be_taken_away());
    // Whoever took the song away, its lyrics go with it.
    Effect::new(move |before: Option<bool>| {
        let is_there = can_be_taken_away.get();
        if before == Some(true) && !is_there {
            field.empty();
        }
        is_there
    });
    // Words that are dragged are the browser's to drop, such as into the field of the lyrics.
    let over = move |event: DragEvent| {
        if brings_files(&event) {
            event.prevent_default();
        }
    };
    let drop = move |event: DragEvent| {
        over(event.clone());
        let is_lyrics = |file: &File| is_lyrics(&file.name(), &file.type_());
        let (lyrics, songs) = dropped_files(&event).into_iter().partition(is_lyrics);
        take_first(songs);
        field.take_first(lyrics);
    };
    // Wherever on the page: beside the section a browser would leave the page for the file.
    let listeners =
        [window_event_listener(ev::dragover, over), window_event_listener(ev::drop, drop)];
    on_cleanup(move || listeners.into_iter().for_each(|listener| listener.remove()));
    view! {
        <section aria-labelledby="own-title" data-own="">
            <h2 id="own-title">"Your own song"</h2>
            <p>
                "Choose a file or drop one on this page: mp3, flac, wav, m4a or ogg. It is decoded, drawn and heard by the "
                "network on your own device and goes nowhere. A text file with its lyrics (txt or lrc) can be dropped as "
                "well."
            </p>
            <div class="row">
                <label class="file-label">
                    "Sound file"
                    <input type="file" accept="audio/*,.mp3,.flac,.wav,.m4a,.ogg" data-action="own-file" on:change=take />
                </label>
                {move || can_be_taken_away.get().then(|| view! {
                    <button class="side-button" data-action="own-clear" on:click=move |_| own.clear()>"Take it away"</button>
                })}
            </div>
            <Status progress=own.hearing what="The song" again=Callback::new(move |()| own.hear_again()) />
            {move || own.sound.get().map(|sound| view! { <Heard own sound player=explored.player /> })}
            <Lyrics own field bytes=explored.catalogue.with_value(|catalogue| catalogue.reader_bytes()) />
        </section>
    }
}

/// The clip as it was heard.
#[component]
fn Heard(own: OwnSong, sound: Arc<Sound>, player: Player) -> impl IntoView {
    let (clip, song_secs) = (sound.clip, sound.song_secs);
    let latest = song_secs.map_or(0.0, |secs| (secs - clip.duration_secs).max(0.0));
    let notes = sound.notes.clone();
    let facts = format!(
        "{}, {} Hz, {}",
        sound.codec,
        sound.file_rate_hz,
        if sound.n_channels == 1 {
            "mono".to_owned()
        } else {
            format!("{} channels", sound.n_channels)
        }
    );
    let shown = RwSignal::new(clip.start_secs);
    // Where another part can't be used, what was heard before stays on the page, and so does its place.
    Effect::new(move |_| {
        if own.hearing.with(|own| matches!(own, Progress::Failed(_) | Progress::Unprepared(_))) {
            shown.set(clip.start_secs);
        }
    });
    let played = Arc::clone(&sound);
    let turn = Callback::new(move |()| {
        player.turn_samples(&played.samples, played.mel.config.sample_rate_hz);
    });
    let share = Signal::derive(move || player.own_share());
    let said = Signal::derive(move || {
        own.said.with(|said| said.iter().find(|own| own.name == "audio").cloned())
    });
    view! {
        <p class="quiet file-name">{move || own.name.get()} ": " {facts}</p>
        {notes.into_iter().map(|note| view! { <p>{sentence(&note)}</p> }).collect_view()}
        {(latest > 0.0).then(|| view! { <WholeSong own shown latest clip_secs=clip.duration_secs /> })}
        {(latest > 0.0).then(|| view! {
            <label class="slider">
                <span>"Clip from, in seconds"</span>
                <input
                    type="range" min="0" max=latest.to_string() step="1"
                    data-action="own-start"
                    prop:value=move || shown.get().to_string()
                    on:input=move |event| shown.set(event_target_value(&event).parse().unwrap_or(0.0))
                    on:change=move |event| own.hear(event_target_value(&event).parse().ok())
                />
                <output>{move || format!("{:.0}", shown.get())}</output>
            </label>
        })}
        <ClipPicture sound said share turn what="clip" />
        <p class="quiet" data-device="">
            {move || device_text(own, Sense::Hearing)}
        </p>
        {move || said.get().map(|said| view! { <Genres said /> })}
    }
}

/// What the network takes the song for.
#[component]
fn Genres(said: Said) -> impl IntoView {
    let rows = said.genres.into_iter().zip(said.probabilities).enumerate();
    let rows = rows.map(|(index, (genre, share))| {
        let percent = format!("{:.0} %", share * 100.0);
        view! {
            <div class="genre-share">
                <dt class="genre"><GenreMark index />{genre}</dt>
                <dd>
                    <span class="bar-frame" aria-hidden="true">
                        <span class=format!("bar hue-{}", index % 4) style:width=format!("{:.1}%", share * 100.0) />
                    </span>
                    {percent}
                </dd>
            </div>
        }
    });
    view! { <dl class="genre-shares" data-genres="">{rows.collect_view()}</dl> }
}
