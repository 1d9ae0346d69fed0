//! The map of the songs: seen, moved, and the same as a table.

use super::painter::{Scene, paint};
use super::song_row::PlayButton;
use super::view_port::ViewPort;
use super::{Explored, condition_title};
use crate::components::data_table::{Cell, Column, DataTable};
use crate::components::genre_mark::GenreMark;
use crate::platform::clock::monotonic_millis;
use crate::wording::counted;
use leptos::html::Canvas;
use leptos::prelude::*;
use shared::recommend::Condition;
use web_sys::{KeyboardEvent, PointerEvent, WheelEvent};

/// How long songs take from one map to the other.
const MOVE_MILLIS: f64 = 600.0;
/// How near to a song the pointer must be, in pixels.
const REACH: f64 = 14.0;
/// A press that moves further is a pan, in pixels.
const STILL: f64 = 4.0;
/// Steps of the keys and buttons.
const PAN_STEP: f64 = 48.0;
const ZOOM_STEP: f64 = 1.4;
/// Rows of the table; others are found by their name.
const MOST_ROWS: usize = 1_000;

/// What the canvas knows beside the page's signals.
struct State {
    view: ViewPort,
    /// Where songs are now, and between which places they move since when.
    positions: Vec<[f32; 2]>,
    from: Vec<[f32; 2]>,
    moving_since_millis: Option<f64>,
    /// Pointers that are down, with where they are; and how far they came.
    pointers: Vec<(i32, [f64; 2])>,
    travelled: f64,
}

/// The map, its legend, and the table that says the same.
#[component]
pub(super) fn SongMapView(explored: Explored) -> impl IntoView {
    let map = Map::new(explored);
    map.follow();
    let catalogue = explored.catalogue.get_value();
    let genres = catalogue.songs.genres.clone();
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
                    on:pointercancel=move |event| map.forget(&event)
                    on:pointerleave=move |_| map.hovered.set(None)
                    on:wheel=move |event| map.turn_wheel(&event)
                    on:keydown=move |event| map.key(&event)
                />
                <figcaption>
                    <span class="legend">{legend}</span>
                    <span class="quiet" id="map-keys">
                        "Drag to move, wheel or + and − to zoom, arrows to move, 0 for everything."
                    </span>
                </figcaption>
                <p class="under" role="status">{move || map.under()}</p>
            </figure>
            <div class="row">
                <button class="side-button" on:click=move |_| map.zoom(ZOOM_STEP)>"Nearer"</button>
                <button class="side-button" on:click=move |_| map.zoom(1.0 / ZOOM_STEP)>"Farther"</button>
                <button class="side-button" on:click=move |_| map.fit()>"Everything"</button>
            </div>
            <Table explored />
        </section>
    }
}

/// The same map for those who would rather read.
#[component]
fn Table(explored: Explored) -> impl IntoView {
    const COLUMNS: &[Column] = &[
        Column::text("Song"),
        Column::text("Artist"),
        Column::text("Genre"),
        Column::number("Across"),
        Column::number("Up"),
    ];
    let is_open = RwSignal::new(false);
    let rows = move || {
        let catalogue = explored.catalogue.get_value();
        let shown = explored.shown.get();
        let map = catalogue.maps.iter().find(|map| map.condition == shown)?;
        let songs = catalogue.songs.tracks.iter().zip(&map.positions).take(MOST_ROWS);
        let rows = songs.map(|(song, [x, y])| {
            let (track_id, title) = (song.track_id.clone(), song.title.clone());
            let named = Cell::text(song.title.clone()).shown_as(move || {
                let (chosen, title) = (track_id.clone(), title.clone());
                let choose = move |_| explored.choose(&chosen);
                view! {
                    <span class="genre">
                        <PlayButton explored track_id=track_id.clone() title=title.clone() />
                        <button class="link" on:click=choose>{title}</button>
                    </span>
                }
                .into_any()
            });
            let place = |value: &f32| Cell::number(f64::from(*value), format!("{value:.3}"));
            vec![
                named,
                Cell::text(song.artist.clone()),
                Cell::text(song.genre.clone()),
                place(x),
                place(y),
            ]
        });
        Some(rows.collect::<Vec<_>>())
    };
    view! {
        <details on:toggle=move |_| is_open.set(true)>
            <summary>"The map as a table"</summary>
            {move || {
                let rows = is_open.get().then(rows).flatten()?;
                Some(view! { <DataTable caption="Songs on the map" columns=COLUMNS rows /> })
            }}
        </details>
    }
}

/// The canvas with what moves it.
#[derive(Clone, Copy)]
struct Map {
    explored: Explored,
    canvas: NodeRef<Canvas>,
    state: StoredValue<Option<State>, LocalStorage>,
    hovered: RwSignal<Option<usize>>,
    is_asked: StoredValue<bool>,
}

impl Map {
    fn new(explored: Explored) -> Self {
        Self {
            explored,
            canvas: NodeRef::new(),
            state: StoredValue::new_local(None),
            hovered: RwSignal::new(None),
            is_asked: StoredValue::new(false),
        }
    }

    /// Paints anew whenever something changes.
    fn follow(self) {
        Effect::new(move |before: Option<Condition>| {
            let shown = self.explored.shown.get();
            if self.canvas.get().is_some() {
                self.begin_move(before.is_some_and(|before| before != shown));
            }
            shown
        });
        Effect::new(move |_| {
            self.explored.lists.track();
            self.hovered.track();
            self.ask();
        });
        let resized = window_event_listener(leptos::ev::resize, move |_| self.fit());
        let dark = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
        let watch = dark.map(|query| {
            crate::platform::listener::Listener::on(&query, "change", move |_| self.ask())
        });
        let watch = StoredValue::new_local(watch);
        on_cleanup(move || {
            resized.remove();
            watch.dispose();
        });
    }

    fn target(self) -> Vec<[f32; 2]> {
        let shown = self.explored.shown.get_untracked();
        let catalogue = self.explored.catalogue.get_value();
        let map = catalogue.maps.iter().find(|map| map.condition == shown);
        map.map_or_else(Vec::new, |map| map.positions.clone())
    }

    /// Moves the songs to the map that is shown, at once where people want no motion.
    fn begin_move(self, is_other: bool) {
        let target = self.target();
        let still = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
        let is_still = still.is_some_and(|query| query.matches());
        self.state.update_value(|state| match state {
            Some(state) if is_other && !is_still => {
                state.from.clone_from(&state.positions);
                state.moving_since_millis = Some(monotonic_millis());
            }
            Some(state) => state.positions = target,
            None => {}
        });
        if self.state.with_value(Option::is_none) || is_other {
            self.fit();
        }
        self.ask();
    }

    /// Everything on the screen.
    fn fit(self) {
        let Some(canvas) = self.canvas.get_untracked() else { return };
        let size = [canvas.client_width(), canvas.client_height()].map(f64::from);
        let target = self.target();
        let view = ViewPort::fit(&target, size);
        self.state.update_value(|state| match state {
            Some(state) => state.view = view,
            None => {
                *state = Some(State {
                    view,
                    positions: target,
                    from: Vec::new(),
                    moving_since_millis: None,
                    pointers: Vec::new(),
                    travelled: 0.0,
                });
            }
        });
        self.ask();
    }

    /// Asks for a painting with the next picture of the screen; once is enough.
    fn ask(self) {
        if self.is_asked.try_get_value() == Some(false) {
            self.is_asked.set_value(true);
            request_animation_frame(move || {
                if self.is_asked.try_set_value(false).is_none() {
                    self.paint();
                }
            });
        }
    }

    fn paint(self) {
        let Some(canvas) = self.canvas.get_untracked() else { return };
        let target = self.target();
        let is_moving = self.state.try_update_value(|state| {
            let Some(state) = state else { return false };
            state.advance(&target);
            state.moving_since_millis.is_some()
        });
        let catalogue = self.explored.catalogue.get_value();
        let positions_of = |ids: &[shared::catalog::TrackId]| -> Vec<usize> {
            ids.iter().filter_map(|id| catalogue.position(id)).collect()
        };
        let liked = self.explored.taste.with_untracked(|taste| positions_of(&taste.liked));
        let next = positions_of(&self.explored.next_shown());
        let genres = self.explored.genres.get_value();
        self.state.with_value(|state| {
            if let Some(State { view, positions, .. }) = state {
                let scene = Scene {
                    view: *view,
                    positions,
                    genres: &genres,
                    liked: &liked,
                    next: &next,
                    hovered: self.hovered.get_untracked(),
                };
                paint(&canvas, &scene);
            }
        });
        if is_moving == Some(true) {
            self.ask();
        }
    }

    fn change(self, change: impl FnOnce(&mut State)) {
        self.state.update_value(|state| {
            if let Some(state) = state {
                change(state);
            }
        });
        self.ask();
    }

    fn zoom(self, factor: f64) {
        self.change(|state| state.view.zoom(factor, state.view.middle()));
    }

    fn press(self, event: &PointerEvent) {
        if let Some(canvas) = self.canvas.get_untracked() {
            // A pointer that is gone needs no capture.
            let _captured = canvas.set_pointer_capture(event.pointer_id());
        }
        self.change(|state| {
            if state.pointers.is_empty() {
                state.travelled = 0.0;
            }
            state.pointers.push((event.pointer_id(), place(event)));
        });
    }

    fn move_to(self, event: &PointerEvent) {
        let is_down = self
            .state
            .with_value(|state| state.as_ref().is_some_and(|state| !state.pointers.is_empty()));
        if is_down {
            self.change(|state| state.drag(event.pointer_id(), place(event)));
        } else {
            let found = self.at(place(event));
            if self.hovered.get_untracked() != found {
                self.hovered.set(found);
            }
        }
    }

    fn release(self, event: &PointerEvent) {
        let was_still = self.state.with_value(|state| {
            state.as_ref().is_some_and(|state| state.pointers.len() == 1 && state.travelled < STILL)
        });
        self.forget(event);
        if !was_still {
            return;
        }
        let catalogue = self.explored.catalogue.get_value();
        if let Some(song) = self.at(place(event)).and_then(|at| catalogue.songs.tracks.get(at)) {
            self.explored.choose(&song.track_id);
        }
    }

    fn forget(self, event: &PointerEvent) {
        self.change(|state| state.pointers.retain(|(id, _)| *id != event.pointer_id()));
    }

    fn turn_wheel(self, event: &WheelEvent) {
        event.prevent_default();
        let factor = (-event.delta_y() * 0.0015).clamp(-1.0, 1.0).exp();
        let fixed = [event.offset_x(), event.offset_y()].map(f64::from);
        self.change(|state| state.view.zoom(factor, fixed));
    }

    fn key(self, event: &KeyboardEvent) {
        let pan =
            |x: f64, y: f64| self.change(|state| state.view.pan([x * PAN_STEP, y * PAN_STEP]));
        match event.key().as_str() {
            "ArrowLeft" => pan(1.0, 0.0),
            "ArrowRight" => pan(-1.0, 0.0),
            "ArrowUp" => pan(0.0, 1.0),
            "ArrowDown" => pan(0.0, -1.0),
            "+" | "=" => self.zoom(ZOOM_STEP),
            "-" => self.zoom(1.0 / ZOOM_STEP),
            "0" => self.fit(),
            _ => return,
        }
        event.prevent_default();
    }

    fn at(self, point: [f64; 2]) -> Option<usize> {
        self.state.with_value(|state| {
            let state = state.as_ref()?;
            state.view.nearest(&state.positions, point, REACH)
        })
    }

    /// What is under the pointer.
    fn under(self) -> String {
        let catalogue = self.explored.catalogue.get_value();
        let song = self.hovered.get().and_then(|at| catalogue.songs.tracks.get(at));
        song.map_or_else(String::new, |song| {
            format!("{} – {}, {}", song.title, song.artist, song.genre)
        })
    }

    /// What the map shows, in words.
    fn label(self) -> String {
        let catalogue = self.explored.catalogue.get_value();
        let shown = self.explored.shown.get();
        let map = catalogue.maps.iter().find(|map| map.condition == shown);
        let explained = map.map_or(0.0, |map| map.explained) * 100.0;
        format!(
            "Map of {} by {}: near songs sound or read alike. It shows {explained:.0} % of their differences. The same \
             stands in the table below.",
            counted(catalogue.songs.tracks.len(), "song", "songs"),
            condition_title(shown).to_lowercase()
        )
    }
}

impl State {
    /// Moves the songs to where they are by now.
    fn advance(&mut self, target: &[[f32; 2]]) {
        let Some(since) = self.moving_since_millis else { return };
        let share = ((monotonic_millis() - since) / MOVE_MILLIS).clamp(0.0, 1.0);
        // Slow, fast, slow.
        let eased = (share * share * (3.0 - 2.0 * share)) as f32;
        let between = |(from, to): (&[f32; 2], &[f32; 2])| {
            [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * eased)
        };
        self.positions = self.from.iter().zip(target).map(between).collect();
        if share >= 1.0 {
            self.moving_since_millis = None;
        }
    }

    /// One pointer pans, two zoom.
    fn drag(&mut self, pointer: i32, to: [f64; 2]) {
        let Some(at) = self.pointers.iter().position(|(id, _)| *id == pointer) else { return };
        let from = self.pointers[at].1;
        let by = [to[0] - from[0], to[1] - from[1]];
        self.travelled += by[0].hypot(by[1]);
        let other = self.pointers.iter().find(|(id, _)| *id != pointer).map(|(_, other)| *other);
        match other {
            None => self.view.pan(by),
            Some(other) => {
                let apart = |point: [f64; 2]| (point[0] - other[0]).hypot(point[1] - other[1]);
                self.view.zoom(apart(to) / apart(from).max(1.0), other);
            }
        }
        self.pointers[at].1 = to;
    }
}

fn place(event: &PointerEvent) -> [f64; 2] {
    [event.offset_x(), event.offset_y()].map(f64::from)
}
