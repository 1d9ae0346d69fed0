//! Leaving by accident: the back button within a session, and closing with something unsaved.

use super::listener::Listener;
use super::page::window;
use std::cell::RefCell;
use wasm_bindgen::JsValue;

/// Keeps the page where it is when the back button is pressed, and says so, until it is dropped.
///
/// It works by one more entry in the history, which the button takes away and this puts back. Browsers
/// pass over entries that were added before the participant did anything: begin it in a click.
#[must_use = "the back button leaves the page once it is dropped"]
pub(crate) struct BackGuard {
    _listener: Listener,
}

impl BackGuard {
    /// Begins to guard.
    pub(crate) fn start(on_back: impl Fn() + 'static) -> Self {
        push_entry();
        let known = RefCell::new(address());
        let listener = Listener::on(&window(), "popstate", move |_| {
            let now = address();
            // A link within the page, as to its content, ends up here too; it changes the address.
            if known.replace(now.clone()) == now {
                push_entry();
                on_back();
            }
        });
        Self { _listener: listener }
    }
}

fn address() -> String {
    window().location().href().unwrap_or_default()
}

fn push_entry() {
    // A browser that refuses, as after very many entries, merely goes back.
    let _pushed = window()
        .history()
        .and_then(|history| history.push_state_with_url(&JsValue::from_str("session"), "", None));
}

/// Lets the browser ask before the page is closed or reloaded while something is unsaved, until it
/// is dropped.
#[must_use = "the page closes without asking once it is dropped"]
pub(crate) struct UnloadGuard {
    _listener: Listener,
}

impl UnloadGuard {
    /// Begins to guard.
    pub(crate) fn start(is_unsaved: impl Fn() -> bool + 'static) -> Self {
        let listener = Listener::on(&window(), "beforeunload", move |event| {
            if is_unsaved() {
                event.prevent_default();
                // Older browsers look at this instead.
                let asked = JsValue::from_str("unsaved");
                let _set = js_sys::Reflect::set(&event, &"returnValue".into(), &asked);
            }
        });
        Self { _listener: listener }
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use super::*;
    use crate::platform::clock::sleep;
    use std::cell::Cell;
    use std::rc::Rc;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn the_back_button_stays_on_the_page_and_calls() {
        let n_calls = Rc::new(Cell::new(0));
        let guard = {
            let n_calls = n_calls.clone();
            BackGuard::start(move || n_calls.set(n_calls.get() + 1))
        };
        let before = address();
        for expected in [1, 2] {
            window().history().unwrap().back().unwrap();
            sleep(200).await;
            assert_eq!(n_calls.get(), expected);
            assert_eq!(address(), before);
        }
        drop(guard);
    }

    #[wasm_bindgen_test]
    fn closing_asks_only_while_something_is_unsaved() {
        let unsaved = Rc::new(Cell::new(true));
        let guard = {
            let unsaved = unsaved.clone();
            UnloadGuard::start(move || unsaved.get())
        };
        let leave = || {
            let init = web_sys::EventInit::new();
            init.set_cancelable(true);
            let event = web_sys::Event::new_with_event_init_dict("beforeunload", &init).unwrap();
            window().dispatch_event(&event).unwrap()
        };
        assert!(!leave());
        unsaved.set(false);
        assert!(leave());
        unsaved.set(true);
        drop(guard);
        assert!(leave());
    }
}
