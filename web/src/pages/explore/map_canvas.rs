//! The canvas of the map: what moves on it.

mod gestures;

use super::painter::{Scene, paint};
use super::view_port::ViewPort;
use super::{Explored, condition_title};
use crate::platform::clock::monotonic_millis;
use crate::platform::listener::Listener;
use crate::wording::counted;
use leptos::html::Canvas;
use leptos::prelude::*;
use shared::recommend::Condition;

/// How long songs take from one map to the other.
const MOVE_MILLIS: f64 = 600.0;
/// How near to a song the pointer must be, in pixels.
const REACH: f64 = 14.0;
/// How much nearer a key or button brings the songs.
pub(super) const ZOOM_STEP: f64 = 1.4;

/// What the canvas knows beside the page's signals.
struct State {
    view: ViewPort,
    /// Where it was looked at when the first pointer came down, for a finger that turns out to scroll the page.
    before: ViewPort,
    /// Where songs are now, and between which places they move since when.
    positions: Vec<[f32; 2]>,
    from: Vec<[f32; 2]>,
    /// The same of the listener's own song, while it leads.
    own: Option<[f32; 2]>,
    own_from: Option<[f32; 2]>,
    moving_since_millis: Option<f64>,
    /// Pointers that are down, with where they are; and how far they came.
    pointers: Vec<(i32, [f64; 2])>,
    travelled: f64,
}

/// The canvas with what moves it.
#[derive(Clone, Copy)]
pub(super) struct Map {
    explored: Explored,
    pub(super) canvas: NodeRef<Canvas>,
    state: StoredValue<Option<State>, LocalStorage>,
    pub(super) hovered: RwSignal<Option<usize>>,
    /// The song that the pointer stays at: whose page is fetched for it, unlike those that it passes.
    rested: RwSignal<Option<usize>>,
    is_asked: StoredValue<bool>,
}

impl Map {
    pub(super) fn new(explored: Explored) -> Self {
        Self {
            explored,
            canvas: NodeRef::new(),
            state: StoredValue::new_local(None),
            hovered: RwSignal::new(None),
            rested: RwSignal::new(None),
            is_asked: StoredValue::new(false),
        }
    }

    /// Paints anew whenever something changes.
    pub(super) fn follow(self) {
        Effect::new(move |before: Option<Condition>| {
            let shown = self.explored.shown.get();
            if self.canvas.get().is_some() {
                self.begin_move(before.is_some_and(|before| before != shown));
            }
            shown
        });
        Effect::new(move |_| {
            self.explored.search.follow();
            self.hovered.track();
            self.ask();
        });
        // A song of one's own may lie beside all others.
        Effect::new(move |before: Option<bool>| {
            let is_there = self.own().is_some();
            if is_there && before == Some(false) {
                self.fit();
            }
            is_there
        });
        let resized = window_event_listener(leptos::ev::resize, move |_| self.resize());
        let dark = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
        let watch = dark.map(|query| Listener::on(&query, "change", move |_| self.ask()));
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

    /// As [`Self::own_target`], followed.
    pub(super) fn own(self) -> Option<[f32; 2]> {
        self.explored.shown.track();
        self.explored.own().said.track();
        self.own_target()
    }

    /// Where the listener's own song lies on the map that is shown, where it leads.
    fn own_target(self) -> Option<[f32; 2]> {
        let shown = self.explored.shown.get_untracked();
        let vector = self.explored.own().vector_untracked(shown)?;
        let catalogue = self.explored.catalogue.get_value();
        catalogue.maps.iter().find(|map| map.condition == shown)?.place(&vector)
    }

    /// Moves the songs to the map that is shown, at once where people want no motion.
    fn begin_move(self, is_other: bool) {
        let target = self.target();
        let still = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
        let is_still = still.is_some_and(|query| query.matches());
        self.state.update_value(|state| match state {
            Some(state) if is_other && !is_still => {
                state.from.clone_from(&state.positions);
                state.own_from = state.own;
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

    /// Where everything is on the screen.
    fn fitted(self) -> Option<ViewPort> {
        let canvas = self.canvas.get_untracked()?;
        let size = [canvas.client_width(), canvas.client_height()].map(f64::from);
        Some(ViewPort::fit(self.target().iter().chain(&self.own_target()), size))
    }

    /// The screen has another size; a phone's does whenever a bar of the browser comes or goes.
    fn resize(self) {
        if let Some(fitted) = self.fitted() {
            self.change(|state| state.view = state.view.resized(fitted));
        }
    }

    /// Everything on the screen.
    pub(super) fn fit(self) {
        let Some(view) = self.fitted() else { return };
        let (target, own) = (self.target(), self.own_target());
        self.state.update_value(|state| match state {
            Some(state) => state.view = view,
            None => {
                *state = Some(State {
                    view,
                    before: view,
                    positions: target,
                    from: Vec::new(),
                    own,
                    own_from: None,
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
        let (target, own) = (self.target(), self.own_target());
        let is_moving = self.state.try_update_value(|state| {
            let Some(state) = state else { return false };
            state.advance(&target, own);
            state.moving_since_millis.is_some()
        });
        let (liked, next) = (self.explored.anchors(), self.explored.next_shown());
        let genres = self.explored.genres.get_value();
        self.state.with_value(|state| {
            if let Some(State { view, positions, own, .. }) = state {
                let scene = Scene {
                    view: *view,
                    positions,
                    genres: &genres,
                    liked: &liked,
                    own: *own,
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

    pub(super) fn zoom(self, factor: f64) {
        self.change(|state| state.view.zoom(factor, state.view.middle()));
    }

    fn at(self, point: [f64; 2]) -> Option<usize> {
        self.state.with_value(|state| {
            let state = state.as_ref()?;
            state.view.nearest(&state.positions, point, REACH)
        })
    }

    /// What is under the pointer.
    pub(super) fn under(self) -> String {
        let pages = self.explored.pages;
        let song = self.hovered.get().and_then(|place| match self.rested.get() == Some(place) {
            true => pages.follow(place),
            false => pages.known(place),
        });
        song.map_or_else(String::new, |song| {
            format!("{} – {}, {}", song.title, song.artist, song.genre)
        })
    }

    /// What the map shows, in words.
    pub(super) fn label(self) -> String {
        let catalogue = self.explored.catalogue.get_value();
        let shown = self.explored.shown.get();
        let map = catalogue.maps.iter().find(|map| map.condition == shown);
        let explained = map.map_or(0.0, |map| map.explained) * 100.0;
        let own = match self.own().is_some() {
            true => " Your own song is the double ring.",
            false => "",
        };
        format!(
            "Map of {} by {}: near songs sound or read alike. It shows {explained:.0} % of their differences.{own} The \
             same stands in the table below.",
            counted(catalogue.songs.index.n_songs(), "song", "songs"),
            condition_title(shown).to_lowercase()
        )
    }
}

impl State {
    /// Moves the songs to where they are by now.
    fn advance(&mut self, target: &[[f32; 2]], own: Option<[f32; 2]>) {
        self.own = own;
        let Some(since) = self.moving_since_millis else { return };
        let share = ((monotonic_millis() - since) / MOVE_MILLIS).clamp(0.0, 1.0);
        // Slow, fast, slow.
        let eased = (share * share * (3.0 - 2.0 * share)) as f32;
        let between =
            |from: [f32; 2], to: [f32; 2]| [0, 1].map(|at| from[at] + (to[at] - from[at]) * eased);
        let pairs = self.from.iter().zip(target);
        self.positions = pairs.map(|(from, to)| between(*from, *to)).collect();
        self.own = self.own_from.zip(own).map(|(from, to)| between(from, to)).or(own);
        if share >= 1.0 {
            self.moving_since_millis = None;
        }
    }
}
