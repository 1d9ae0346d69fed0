//! Work that is wanted only for a while.

use futures_util::future::{AbortHandle, abortable};
use wasm_bindgen_futures::spawn_local;

/// Work that goes on until it is done or this is dropped; then it does not come past the point at which it waits.
#[must_use = "the work ends when this is dropped"]
pub(crate) struct Pending {
    handle: AbortHandle,
}

impl Pending {
    /// Begins the work.
    pub(crate) fn start(work: impl Future<Output = ()> + 'static) -> Self {
        let (pending, work) = Self::of(work);
        spawn_local(work);
        pending
    }

    fn of<W: Future<Output = ()>>(work: W) -> (Self, impl Future<Output = ()> + use<W>) {
        let (work, handle) = abortable(work);
        let work = async move {
            // Whoever ended it does not wait for it.
            let _ended = work.await;
        };
        (Self { handle }, work)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::super::latch::Latch;
    use super::*;
    use futures_util::FutureExt;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn work_that_is_not_wanted_stops_where_it_waits() {
        for is_wanted in [true, false] {
            let (answer, done) = (Latch::new(), Latch::new());
            let (asked, told) = (answer.clone(), done.clone());
            let (pending, work) = Pending::of(async move {
                asked.wait().await;
                told.set(());
            });
            let mut work = Box::pin(work);
            assert_eq!(work.as_mut().now_or_never(), None, "it waits");
            let pending = Some(pending).filter(|_| is_wanted);
            answer.set(());
            assert_eq!(work.now_or_never(), Some(()));
            assert_eq!(done.get().is_some(), is_wanted);
            drop(pending);
        }
    }
}
