//! Keys in a session: what a key means, and listening to them.
//!
//! Keys with a letter, digit or sign can be switched off ([`super::key_switch`]): who dictates types them
//! without meaning to, and would answer or be left out for it.

use leptos::ev;
use leptos::prelude::*;
use shared::study::Scale;
use wasm_bindgen::JsCast;

/// What makes an element do something of its own at Space or Enter.
const CONTROLS: &str = "a[href], button, summary, [tabindex='0']";
/// What takes keys for itself.
const FIELDS: &str = "input, select, textarea, [contenteditable]";

/// A key that went down alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pressed {
    /// As the browser names it.
    pub(super) key: String,
    /// Whether the focus is on something that Space and Enter work.
    pub(super) on_control: bool,
}

/// What a key means in a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// An answer.
    Answer(u8),
    /// Hear it again.
    Replay,
    /// It has a letter, digit or sign and means nothing.
    Slip(String),
    /// It is the browser's or the screen reader's, it is switched off, or the answer comes too early.
    Nothing,
}

/// What can be done just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowed {
    pub(super) answer: bool,
    pub(super) replay: bool,
    /// Whether keys with a letter, digit or sign, and Space, are heard at all.
    pub(super) single_keys: bool,
}

/// What a key means.
pub(super) fn meaning(pressed: &Pressed, scale: Scale, allowed: Allowed) -> Meaning {
    let key = pressed.key.as_str();
    let is_single = key.chars().count() == 1;
    if is_single && !allowed.single_keys {
        return Meaning::Nothing;
    }
    if let Some(answer) = answer(key, scale) {
        return if allowed.answer { Meaning::Answer(answer) } else { Meaning::Nothing };
    }
    match key {
        " " if allowed.replay && !pressed.on_control => Meaning::Replay,
        // It presses what has the focus, or scrolls.
        " " => Meaning::Nothing,
        _ if is_single => Meaning::Slip(key.to_owned()),
        _ => Meaning::Nothing,
    }
}

fn answer(key: &str, scale: Scale) -> Option<u8> {
    match (scale, key) {
        (Scale::Like, "1" | "ArrowRight" | "j" | "J") => Some(1),
        (Scale::Like, "0" | "ArrowLeft" | "f" | "F") => Some(0),
        (Scale::Like, _) => None,
        (Scale::Points5 | Scale::Points7, _) => {
            key.parse().ok().filter(|answer| key.len() == 1 && scale.answers().contains(answer))
        }
    }
}

/// Hears keys as long as the present view lives; `true` keeps the browser from acting on the key. Keys
/// that are held down, pressed with Ctrl, Alt or Meta, or typed into a field are not heard.
pub(super) fn listen(heard: impl Fn(Pressed) -> bool + 'static) {
    let listener = window_event_listener(ev::keydown, move |event| {
        let combined = event.ctrl_key() || event.alt_key() || event.meta_key();
        if event.repeat() || combined || event.is_composing() {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let is_in = |selector| {
            let closest = target.as_ref().and_then(|target| target.closest(selector).ok());
            closest.flatten().is_some()
        };
        if is_in(FIELDS) {
            return;
        }
        let pressed = Pressed { key: event.key(), on_control: is_in(CONTROLS) };
        if heard(pressed) {
            event.prevent_default();
        }
    });
    on_cleanup(move || listener.remove());
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    const ALL: Allowed = Allowed { answer: true, replay: true, single_keys: true };
    const NONE: Allowed = Allowed { answer: false, replay: false, single_keys: true };
    const OFF: Allowed = Allowed { answer: true, replay: true, single_keys: false };

    fn of(key: &str, scale: Scale, allowed: Allowed) -> Meaning {
        meaning(&Pressed { key: key.to_owned(), on_control: false }, scale, allowed)
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn three_pairs_of_keys_say_like_and_not_like() {
        for key in ["1", "ArrowRight", "j", "J"] {
            assert_eq!(of(key, Scale::Like, ALL), Meaning::Answer(1), "{key}");
            assert_eq!(of(key, Scale::Like, NONE), Meaning::Nothing, "{key} comes too early");
        }
        for key in ["0", "ArrowLeft", "f", "F"] {
            assert_eq!(of(key, Scale::Like, ALL), Meaning::Answer(0), "{key}");
        }
        assert_eq!(of("2", Scale::Like, ALL), Meaning::Slip("2".into()));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn points_are_answered_by_their_digit_alone() {
        assert_eq!(of("5", Scale::Points5, ALL), Meaning::Answer(5));
        assert_eq!(of("6", Scale::Points5, ALL), Meaning::Slip("6".into()));
        assert_eq!(of("6", Scale::Points7, ALL), Meaning::Answer(6));
        assert_eq!(of("0", Scale::Points7, ALL), Meaning::Slip("0".into()));
        assert_eq!(of("j", Scale::Points7, ALL), Meaning::Slip("j".into()));
        assert_eq!(of("ArrowLeft", Scale::Points7, ALL), Meaning::Nothing);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn only_keys_with_a_sign_are_slips() {
        for key in ["x", "é", "?"] {
            assert_eq!(of(key, Scale::Like, NONE), Meaning::Slip(key.into()), "{key}");
        }
        for key in ["Tab", "Shift", "Enter", "Escape", "F5", "PageDown", "MediaPlayPause", "Dead"] {
            assert_eq!(of(key, Scale::Like, ALL), Meaning::Nothing, "{key}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn space_replays_where_it_can_and_is_the_browsers_elsewhere() {
        assert_eq!(of(" ", Scale::Like, ALL), Meaning::Replay);
        assert_eq!(of(" ", Scale::Like, NONE), Meaning::Nothing, "it scrolls");
        let on_button = Pressed { key: " ".to_owned(), on_control: true };
        assert_eq!(meaning(&on_button, Scale::Like, ALL), Meaning::Nothing);
        assert_eq!(meaning(&on_button, Scale::Like, NONE), Meaning::Nothing);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn keys_that_are_switched_off_neither_answer_nor_slip() {
        for key in ["f", "J", "0", "1", "x", "?", "é", " "] {
            assert_eq!(of(key, Scale::Like, OFF), Meaning::Nothing, "{key}");
        }
        for key in ["1", "5", "9"] {
            assert_eq!(of(key, Scale::Points5, OFF), Meaning::Nothing, "{key}");
        }
        assert_eq!(of("ArrowLeft", Scale::Like, OFF), Meaning::Answer(0), "nobody dictates arrows");
    }
}
