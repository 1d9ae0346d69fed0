//! Only one tab at a time works on a session.
//!
//! A lock of the browser, shared by all tabs of this page's origin: it is given back when it is
//! dropped, and by the browser itself when the tab is closed or crashes.

use super::clock::sleep;
use super::latch::Latch;
use super::page::{navigator, property};
use js_sys::{Function, Promise};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// How often a lock that is taken is asked for again, and how long after: a second in all.
const N_MORE_TRIES: u32 = 10;
const BETWEEN_TRIES_MILLIS: u32 = 100;

#[wasm_bindgen]
extern "C" {
    /// `navigator.locks`, which web-sys holds back as unstable.
    type Locks;

    #[wasm_bindgen(method, catch)]
    fn request(
        this: &Locks,
        name: &str,
        options: &JsValue,
        callback: &Function,
    ) -> Result<Promise, JsValue>;
}

/// A lock that this tab holds until it is dropped.
#[must_use = "the lock is given back when this is dropped"]
#[derive(Debug)]
pub(crate) struct SessionLock {
    release: Function,
}

/// What came of asking for a lock.
#[derive(Debug)]
pub(crate) enum LockOutcome {
    /// This tab holds it.
    Held(SessionLock),
    /// Another tab holds it.
    Taken,
    /// This browser, or a page without https, has no locks: two tabs can't be told apart.
    Unsupported,
}

/// What the browser said; a held lock is given back by calling the function.
#[derive(Clone)]
enum Answer {
    Held(Function),
    Taken,
    Refused,
}

impl SessionLock {
    /// Asks for the lock of that name. A page that was just left, as by loading it anew, may hold it for
    /// a moment; no other tab is waited for.
    pub(crate) async fn acquire(name: &str) -> LockOutcome {
        for _ in 0..N_MORE_TRIES {
            match Self::ask(name).await {
                LockOutcome::Taken => sleep(BETWEEN_TRIES_MILLIS).await,
                outcome => return outcome,
            }
        }
        Self::ask(name).await
    }

    async fn ask(name: &str) -> LockOutcome {
        let Some(locks) = property(&navigator(), "locks") else { return LockOutcome::Unsupported };
        let answer = Latch::new();
        let callback = {
            let answer = answer.clone();
            Closure::once_into_js(move |lock: JsValue| granted(&lock, &answer))
        };
        let options = js_sys::Object::new();
        let asked =
            js_sys::Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE).and_then(|_| {
                let locks: Locks = locks.unchecked_into();
                locks.request(name, &options, callback.unchecked_ref())
            });
        let Ok(asked) = asked else { return LockOutcome::Unsupported };
        let refused = answer.clone();
        spawn_local(async move {
            if JsFuture::from(asked).await.is_err() {
                refused.set(Answer::Refused);
            }
        });
        match answer.wait().await {
            Answer::Held(release) => LockOutcome::Held(Self { release }),
            Answer::Taken => LockOutcome::Taken,
            Answer::Refused => LockOutcome::Unsupported,
        }
    }
}

impl Drop for SessionLock {
    fn drop(&mut self) {
        // It resolves a promise, which can't fail.
        let _given_back = self.release.call0(&JsValue::UNDEFINED);
    }
}

/// Called by the browser with the lock or with `null`; it holds the lock as long as the promise
/// that it returns is pending.
fn granted(lock: &JsValue, answer: &Latch<Answer>) -> JsValue {
    if lock.is_null() {
        answer.set(Answer::Taken);
        return JsValue::UNDEFINED;
    }
    let release = Rc::new(RefCell::new(None));
    let held = Promise::new(&mut |resolve, _| {
        *release.borrow_mut() = Some(resolve);
    });
    if let Some(release) = release.take() {
        answer.set(Answer::Held(release));
    }
    held.into()
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn a_lock_is_held_once_until_it_is_dropped() {
        let first = SessionLock::acquire("test-lock").await;
        assert!(matches!(first, LockOutcome::Held(_)), "{first:?}");
        let second = SessionLock::acquire("test-lock").await;
        assert!(matches!(second, LockOutcome::Taken), "{second:?}");
        let other = SessionLock::acquire("another-lock").await;
        assert!(matches!(other, LockOutcome::Held(_)), "{other:?}");
        // A page that is being left gives it back a moment later.
        spawn_local(async move {
            sleep(250).await;
            drop(first);
        });
        let third = SessionLock::acquire("test-lock").await;
        assert!(matches!(third, LockOutcome::Held(_)), "{third:?}");
    }

    #[wasm_bindgen_test]
    async fn a_page_that_gave_its_lock_back_can_have_it_again_at_once() {
        for _ in 0..3 {
            let lock = SessionLock::acquire("test-lock-again").await;
            assert!(matches!(lock, LockOutcome::Held(_)), "{lock:?}");
            drop(lock);
        }
    }
}
