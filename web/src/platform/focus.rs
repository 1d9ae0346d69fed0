//! Does the participant look at this page? Focus, visibility and full screen as they change.

use super::listener::Listener;
use super::page::{document, window};
use shared::study::FocusChange;
use std::rc::Rc;
use web_sys::{EventTarget, VisibilityState};

/// Calls back at each change until it is dropped.
#[must_use = "nothing is reported once it is dropped"]
pub(crate) struct FocusWatch {
    _listeners: [Listener; 4],
}

impl FocusWatch {
    /// Begins to watch.
    pub(crate) fn start(callback: impl Fn(FocusChange) + 'static) -> Self {
        let callback: Rc<dyn Fn(FocusChange)> = Rc::new(callback);
        let on = |target: &EventTarget, event: &'static str, change: fn() -> FocusChange| {
            let callback = callback.clone();
            Listener::on(target, event, move |_| callback(change()))
        };
        let (window, document) = (window(), document());
        let listeners = [
            on(&window, "blur", || FocusChange::Blur),
            on(&window, "focus", || FocusChange::Focus),
            on(&document, "visibilitychange", || match is_visible() {
                true => FocusChange::Visible,
                false => FocusChange::Hidden,
            }),
            on(&document, "fullscreenchange", || match is_fullscreen() {
                true => FocusChange::FullscreenEnter,
                false => FocusChange::FullscreenExit,
            }),
        ];
        Self { _listeners: listeners }
    }
}

/// Is any of the page in sight?
pub(crate) fn is_visible() -> bool {
    document().visibility_state() != VisibilityState::Hidden
}

/// Does the page get the keys?
pub(crate) fn has_focus() -> bool {
    document().has_focus().unwrap_or(false)
}

/// Does the page fill the screen?
pub(crate) fn is_fullscreen() -> bool {
    document().fullscreen_element().is_some()
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn fire(target: &EventTarget, name: &str) {
        target.dispatch_event(&web_sys::Event::new(name).unwrap()).unwrap();
    }

    #[wasm_bindgen_test]
    fn changes_are_reported_until_the_watch_is_dropped() {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let watch = {
            let seen = seen.clone();
            FocusWatch::start(move |change| seen.borrow_mut().push(change.name()))
        };
        fire(&window(), "blur");
        fire(&window(), "focus");
        fire(&document(), "visibilitychange");
        fire(&document(), "fullscreenchange");
        drop(watch);
        fire(&window(), "blur");
        assert_eq!(*seen.borrow(), ["blur", "focus", "visible", "fullscreenexit"]);
    }
}
