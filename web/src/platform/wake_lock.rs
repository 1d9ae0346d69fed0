//! Keeping the screen on while clips play: a phone that locks itself stops the sound.

use super::clock::within;
use super::focus::is_visible;
use super::listener::Listener;
use super::page::{document, navigator, property};
use js_sys::Promise;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// How long the browser may take to answer.
const PATIENCE_MILLIS: u32 = 5_000;

#[wasm_bindgen]
extern "C" {
    /// `navigator.wakeLock`, which web-sys holds back as unstable.
    type WakeLocks;
    #[wasm_bindgen(method, catch)]
    fn request(this: &WakeLocks, kind: &str) -> Result<Promise, JsValue>;

    /// A lock that the browser gave.
    type Sentinel;
    #[wasm_bindgen(method, getter)]
    fn released(this: &Sentinel) -> bool;
    #[wasm_bindgen(method, catch)]
    fn release(this: &Sentinel) -> Result<Promise, JsValue>;
}

/// Keeps the screen on where the browser can, until it is dropped.
#[must_use = "the screen may go off once it is dropped"]
pub(crate) struct WakeLock {
    state: Rc<RefCell<State>>,
    _listener: Listener,
}

#[derive(Default)]
struct State {
    sentinel: Option<Sentinel>,
    is_dropped: bool,
}

impl WakeLock {
    /// Begins to keep it on. The browser lets go when the page gets out of sight; it is asked again
    /// when the page comes back.
    pub(crate) fn start() -> Self {
        let state = Rc::new(RefCell::new(State::default()));
        spawn_local(request(state.clone()));
        let listener = {
            let state = state.clone();
            Listener::on(&document(), "visibilitychange", move |_| {
                if is_visible() {
                    spawn_local(request(state.clone()));
                }
            })
        };
        Self { state, _listener: listener }
    }

    /// Whether the screen is kept on right now.
    pub(crate) fn is_held(&self) -> bool {
        self.state.borrow().is_held()
    }
}

impl State {
    fn is_held(&self) -> bool {
        self.sentinel.as_ref().is_some_and(|sentinel| !sentinel.released())
    }
}

impl Drop for WakeLock {
    fn drop(&mut self) {
        let mut state = self.state.borrow_mut();
        state.is_dropped = true;
        if let Some(sentinel) = state.sentinel.take() {
            give_back(&sentinel);
        }
    }
}

/// Asks for the lock; a refusal, as at a low battery, leaves the screen as it is.
async fn request(state: Rc<RefCell<State>>) {
    if state.borrow().is_held() {
        return;
    }
    let Some(locks) = property(&navigator(), "wakeLock") else { return };
    let Ok(asked) = locks.unchecked_into::<WakeLocks>().request("screen") else { return };
    let Some(Ok(sentinel)) = within(PATIENCE_MILLIS, JsFuture::from(asked)).await else { return };
    let sentinel: Sentinel = sentinel.unchecked_into();
    let mut state = state.borrow_mut();
    match state.is_dropped || state.is_held() {
        true => give_back(&sentinel),
        false => state.sentinel = Some(sentinel),
    }
}

fn give_back(sentinel: &Sentinel) {
    if let Ok(given) = sentinel.release() {
        spawn_local(async move {
            // The browser may have taken it back already.
            let _given = JsFuture::from(given).await;
        });
    }
}
