//! Hearing of an event for as long as someone wants to.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventTarget};

/// Calls back at each event of one name, until it is dropped.
#[must_use = "nothing is heard once it is dropped"]
pub(crate) struct Listener {
    target: EventTarget,
    event: &'static str,
    callback: Closure<dyn Fn(Event)>,
}

impl Listener {
    /// Begins to listen.
    pub(crate) fn on(
        target: &EventTarget,
        event: &'static str,
        callback: impl Fn(Event) + 'static,
    ) -> Self {
        let callback = Closure::<dyn Fn(Event)>::new(callback);
        let function = callback.as_ref().unchecked_ref();
        target
            .add_event_listener_with_callback(event, function)
            .expect("an event target takes any listener");
        Self { target: target.clone(), event, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let function = self.callback.as_ref().unchecked_ref();
        // Nothing is left to be told if it is not there.
        let _gone = self.target.remove_event_listener_with_callback(self.event, function);
    }
}
