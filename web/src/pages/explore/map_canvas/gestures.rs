//! What moves the map: pointers, the wheel and keys.

use super::{Map, State, ZOOM_STEP};
use leptos::prelude::*;
use std::time::Duration;
use web_sys::{KeyboardEvent, PointerEvent, WheelEvent};

/// A press that moves further is a pan, in pixels.
const STILL: f64 = 4.0;
/// How long the pointer stays at a song that is asked for.
const REST: Duration = Duration::from_millis(120);
/// How far a key moves the songs, in pixels.
const PAN_STEP: f64 = 48.0;

impl Map {
    pub(in super::super) fn press(self, event: &PointerEvent) {
        if let Some(canvas) = self.canvas.get_untracked() {
            // A pointer that is gone needs no capture.
            let _captured = canvas.set_pointer_capture(event.pointer_id());
        }
        self.change(|state| {
            if state.pointers.is_empty() {
                state.travelled = 0.0;
                state.before = state.view;
            }
            state.pointers.push((event.pointer_id(), place(event)));
        });
    }

    pub(in super::super) fn move_to(self, event: &PointerEvent) {
        let is_down = self
            .state
            .with_value(|state| state.as_ref().is_some_and(|state| !state.pointers.is_empty()));
        if is_down {
            self.change(|state| state.drag(event.pointer_id(), place(event)));
        } else {
            let found = self.at(place(event));
            if self.hovered.get_untracked() != found {
                self.hovered.set(found);
                set_timeout(move || self.rest(found), REST);
            }
        }
    }

    fn rest(self, at: Option<usize>) {
        if self.hovered.try_get_untracked() == Some(at) {
            self.rested.set(at);
        }
    }

    pub(in super::super) fn release(self, event: &PointerEvent) {
        let was_still = self.state.with_value(|state| {
            state.as_ref().is_some_and(|state| state.pointers.len() == 1 && state.travelled < STILL)
        });
        self.forget(event);
        if !was_still {
            return;
        }
        if let Some(song) = self.at(place(event)) {
            self.explored.choose(song);
        }
    }

    /// The browser took a finger for itself, to scroll the page: what it moved until then goes back.
    pub(in super::super) fn give_up(self, event: &PointerEvent) {
        self.change(|state| {
            if !state.pointers.is_empty() {
                state.view = state.before;
            }
        });
        self.forget(event);
    }

    fn forget(self, event: &PointerEvent) {
        self.change(|state| state.pointers.retain(|(id, _)| *id != event.pointer_id()));
    }

    /// Zooms with Ctrl, as which browsers tell two fingers on a touchpad, too; without, the wheel moves the page, which
    /// would otherwise be stopped by the map.
    pub(in super::super) fn turn_wheel(self, event: &WheelEvent) {
        if !(event.ctrl_key() || event.meta_key()) {
            return;
        }
        event.prevent_default();
        let factor = (-event.delta_y() * 0.0015).clamp(-1.0, 1.0).exp();
        let fixed = [event.offset_x(), event.offset_y()].map(f64::from);
        self.change(|state| state.view.zoom(factor, fixed));
    }

    pub(in super::super) fn key(self, event: &KeyboardEvent) {
        // Those with Ctrl are the browser's: it zooms the page by them.
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
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
}

impl State {
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
