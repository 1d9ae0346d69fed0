//! A value that comes once and that any number of futures may wait for.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// A value that comes once; its clones share it.
#[derive(Clone)]
pub(crate) struct Latch<T> {
    state: Rc<RefCell<State<T>>>,
}

struct State<T> {
    value: Option<T>,
    waiting: Vec<Waker>,
}

impl<T: Clone> Latch<T> {
    /// Without a value.
    pub(crate) fn new() -> Self {
        Self { state: Rc::new(RefCell::new(State { value: None, waiting: Vec::new() })) }
    }

    /// Gives it its value and wakes who waits; `false` if it had one, which stays.
    pub(crate) fn set(&self, value: T) -> bool {
        let waiting = {
            let mut state = self.state.borrow_mut();
            if state.value.is_some() {
                return false;
            }
            state.value = Some(value);
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
        true
    }

    /// The value, if it came.
    pub(crate) fn get(&self) -> Option<T> {
        self.state.borrow().value.clone()
    }

    /// The value, as soon as it comes.
    pub(crate) fn wait(&self) -> impl Future<Output = T> + use<T> {
        let latch = self.clone();
        poll_fn(move |context| {
            let mut state = latch.state.borrow_mut();
            match &state.value {
                Some(value) => Poll::Ready(value.clone()),
                None => {
                    if !state.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                        state.waiting.push(context.waker().clone());
                    }
                    Poll::Pending
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn the_first_value_stays_and_reaches_everyone() {
        let latch = Latch::new();
        let mut early = Box::pin(latch.wait());
        assert_eq!(early.as_mut().now_or_never(), None);
        assert!(latch.set(1));
        assert!(!latch.set(2));
        assert_eq!(early.now_or_never(), Some(1));
        assert_eq!(latch.wait().now_or_never(), Some(1));
        assert_eq!(latch.get(), Some(1));
    }
}
