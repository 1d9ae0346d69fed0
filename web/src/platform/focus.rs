//! Does the participant look at this page? Focus, visibility and full screen as they change.

use super::clock::{monotonic_millis, now_millis};
use super::listener::Listener;
use super::page::{document, window};
use std::rc::Rc;
use web_sys::{EventTarget, VisibilityState};

/// A change of focus, visibility or full screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FocusChange {
    /// The window lost the focus.
    Blur,
    /// The window got the focus.
    Focus,
    /// The page is out of sight: another tab, a minimised window, a locked phone.
    Hidden,
    /// The page is in sight again.
    Visible,
    /// The page fills the screen.
    FullscreenEnter,
    /// The page no longer fills the screen.
    FullscreenExit,
}

impl FocusChange {
    /// As jsPsych calls it in its interaction data, which has no word for visibility.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Blur => "blur",
            Self::Focus => "focus",
            Self::Hidden => "hidden",
            Self::Visible => "visible",
            Self::FullscreenEnter => "fullscreenenter",
            Self::FullscreenExit => "fullscreenexit",
        }
    }
}

/// A change and when it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FocusEvent {
    /// What changed.
    pub(crate) change: FocusChange,
    /// Wall clock.
    pub(crate) at_millis: u64,
    /// Monotonic clock.
    pub(crate) at_monotonic_millis: f64,
}

/// Calls back at each change until it is dropped.
#[must_use = "nothing is reported once it is dropped"]
pub(crate) struct FocusWatch {
    _listeners: [Listener; 4],
}

impl FocusWatch {
    /// Begins to watch.
    pub(crate) fn start(callback: impl Fn(FocusEvent) + 'static) -> Self {
        let callback: Rc<dyn Fn(FocusEvent)> = Rc::new(callback);
        let on = |target: &EventTarget, event: &'static str, change: fn() -> FocusChange| {
            let callback = callback.clone();
            Listener::on(target, event, move |_| {
                callback(FocusEvent {
                    change: change(),
                    at_millis: now_millis(),
                    at_monotonic_millis: monotonic_millis(),
                });
            })
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
    fn changes_are_reported_with_their_time_until_the_watch_is_dropped() {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let watch = {
            let seen = seen.clone();
            FocusWatch::start(move |event| seen.borrow_mut().push(event))
        };
        let before = now_millis();
        fire(&window(), "blur");
        fire(&window(), "focus");
        fire(&document(), "visibilitychange");
        fire(&document(), "fullscreenchange");
        drop(watch);
        fire(&window(), "blur");
        let changes: Vec<_> = seen.borrow().iter().map(|event| event.change.name()).collect();
        assert_eq!(changes, ["blur", "focus", "visible", "fullscreenexit"]);
        assert!(seen.borrow().iter().all(|event| event.at_millis >= before));
    }
}
