//! The map of the songs: seen, moved, and the same as a table.

use super::map_canvas::{Map, ZOOM_STEP};
use super::song_row::PlayButton;
use super::{Explored, condition_title};
use crate::components::data_table::{Cell, Column, DataTable};
use crate::components::genre_mark::GenreMark;
use leptos::prelude::*;
use shared::bundle::Song;

/// Rows of the table at once.
const MOST_ROWS: usize = 400;

/// The map, its legend, and the table that says the same.
#[component]
pub(super) fn SongMapView(explored: Explored) -> impl IntoView {
    let map = Map::new(explored);
    map.follow();
    let catalogue = explored.catalogue.get_value();
    let genres = catalogue.songs.index.genres().to_vec();
    let legend = genres
        .into_iter()
        .enumerate()
        .map(|(index, genre)| view! { <span class="genre"><GenreMark index />{genre}</span> })
        .collect_view();
    let tabs = catalogue
        .maps
        .iter()
        .map(|own| {
            let condition = own.condition;
            let is_shown = move || (explored.shown.get() == condition).to_string();
            view! {
                <button
                    class="side-button"
                    data-map=condition.name()
                    aria-pressed=is_shown
                    on:click=move |_| explored.shown.set(condition)
                >
                    {condition_title(condition)}
                </button>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="map-title">
            <h2 id="map-title">"Map"</h2>
            <div class="row" role="group" aria-label="By which embedding">{tabs}</div>
            <figure class="map">
                <canvas
                    node_ref=map.canvas
                    tabindex="0"
                    role="application"
                    aria-label=move || map.label()
                    aria-describedby="map-keys"
                    on:pointerdown=move |event| map.press(&event)
                    on:pointermove=move |event| map.move_to(&event)
                    on:pointerup=move |event| map.release(&event)
                    on:pointercancel=move |event| map.give_up(&event)
                    on:pointerleave=move |_| map.hovered.set(None)
                    on:wheel=move |event| map.turn_wheel(&event)
                    on:keydown=move |event| map.key(&event)
                />
                <figcaption>
                    <span class="legend">
                        {legend}
                        {move || map.own().is_some().then(|| view! {
                            <span class="genre"><span class="own-ring" aria-hidden="true" />"Your own song"</span>
                        })}
                    </span>
                    <span class="quiet" id="map-keys">
                        "Drag or arrows to move, Ctrl and wheel or + and − to zoom, 0 for everything; on a touch screen "
                        "two fingers do both."
                    </span>
                </figcaption>
                <p class="under" role="status">{move || map.under()}</p>
            </figure>
            <div class="row">
                <button class="side-button" on:click=move |_| map.zoom(ZOOM_STEP)>"Nearer"</button>
                <button class="side-button" on:click=move |_| map.zoom(1.0 / ZOOM_STEP)>"Farther"</button>
                <button class="side-button" on:click=move |_| map.fit()>"Everything"</button>
            </div>
            <Table explored map />
        </section>
    }
}

/// The same map for those who would rather read.
#[component]
fn Table(explored: Explored, map: Map) -> impl IntoView {
    const COLUMNS: &[Column] = &[
        Column::text("Song"),
        Column::text("Artist"),
        Column::text("Genre"),
        Column::number("Across"),
        Column::number("Up"),
    ];
    let is_open = RwSignal::new(false);
    let n_songs = explored.catalogue.with_value(|own| own.songs.index.n_songs());
    // The first song of those that are listed.
    let first = RwSignal::new(0);
    let places = move || first.get()..(first.get() + MOST_ROWS).min(n_songs);
    let listed = Memo::new(move |_| {
        let places = if is_open.get() { places() } else { 0..0 };
        let songs: Vec<Option<Song>> = places.map(|place| explored.pages.follow(place)).collect();
        songs.into_iter().collect::<Option<Vec<Song>>>()
    });
    let rows = move || {
        let catalogue = explored.catalogue.get_value();
        let shown = explored.shown.get();
        let positions = &catalogue.maps.iter().find(|map| map.condition == shown)?.positions;
        let place = |value: f32| Cell::number(f64::from(value), format!("{value:.3}"));
        let own = map.own().map(|[x, y]| {
            let title = explored.own().name.get().unwrap_or_else(|| "Your own song".to_owned());
            vec![Cell::text(title), Cell::text("you"), Cell::text(""), place(x), place(y)]
        });
        let rows = listed.get()?.into_iter().zip(first.get_untracked()..).map(|(song, at)| {
            let [x, y] = positions.get(at).copied().unwrap_or_default();
            let known = song.clone();
            let named = Cell::text(song.title.clone()).shown_as(move || {
                let (song, title) = (known.clone(), known.title.clone());
                view! {
                    <span class="genre">
                        <PlayButton explored place=at song />
                        <button class="link" on:click=move |_| explored.choose(at)>{title}</button>
                    </span>
                }
                .into_any()
            });
            vec![named, Cell::text(song.artist), Cell::text(song.genre), place(x), place(y)]
        });
        Some(own.into_iter().chain(rows).collect::<Vec<_>>())
    };
    view! {
        <details on:toggle=move |_| is_open.set(true)>
            <summary>"The map as a table"</summary>
            {(n_songs > MOST_ROWS).then(|| view! {
                <div class="row">
                    <button
                        class="side-button"
                        data-action="rows-before"
                        disabled=move || first.get() == 0
                        on:click=move |_| first.update(|first| *first -= MOST_ROWS.min(*first))
                    >
                        "Songs before"
                    </button>
                    <button
                        class="side-button"
                        data-action="rows-after"
                        disabled=move || { first.get() + MOST_ROWS >= n_songs }
                        on:click=move |_| first.update(|first| *first += MOST_ROWS)
                    >
                        "Songs after"
                    </button>
                    <span role="status">{move || {
                        let places = places();
                        format!("Songs {} to {} of {n_songs}", places.start + 1, places.end)
                    }}</span>
                </div>
            })}
            {move || {
                is_open.get().then(|| match rows() {
                    Some(rows) => {
                        view! { <DataTable caption="Songs on the map" columns=COLUMNS rows /> }
                            .into_any()
                    }
                    None => view! { <p class="loading">"Fetching the songs…"</p> }.into_any(),
                })
            }}
        </details>
    }
}
