//! Is there a connection, and when does it come back?

use leptos::ev;
use leptos::prelude::{on_cleanup, window, window_event_listener};

/// What the browser believes; `true` does not promise that a server can be reached.
pub(crate) fn is_online() -> bool {
    window().navigator().on_line()
}

/// Calls `back` whenever the connection comes back, as long as the present view lives.
pub(crate) fn when_back_online(back: impl Fn() + 'static) {
    let listener = window_event_listener(ev::online, move |_| back());
    on_cleanup(move || listener.remove());
}
