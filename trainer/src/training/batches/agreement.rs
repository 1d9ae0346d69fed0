//! Stopping together: devices that average their gradients wait for each other in every step, so that one that stopped
//! alone would leave the others waiting for ever.

use burn::train::Interrupter;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the devices of a training agree on; its clones agree with each other.
#[derive(Clone)]
pub(super) struct Agreement {
    /// Who wants to stop.
    wish: Interrupter,
    /// Told when all devices have stopped.
    training: Interrupter,
    /// The last round that any device has begun.
    begun: Arc<AtomicUsize>,
    /// The first round that no device begins any more.
    end: Arc<AtomicUsize>,
}

/// A device is at most one round ahead of the others, which need its gradients.
const LEAD: usize = 2;

impl Agreement {
    pub(super) fn new(wish: Interrupter, training: Interrupter) -> Self {
        let end = Arc::new(AtomicUsize::new(usize::MAX));
        Self { wish, training, begun: Arc::default(), end }
    }

    /// Whether a device may begin a round; where not, no device does.
    pub(super) fn may_begin(&self, round: usize) -> bool {
        self.begun.fetch_max(round, Ordering::SeqCst);
        if self.wish.should_stop() {
            let last = self.begun.load(Ordering::SeqCst);
            // The first to see the wish decides.
            let _known = self.end.compare_exchange(
                usize::MAX,
                last + LEAD,
                Ordering::SeqCst,
                Ordering::SeqCst,
            );
        }
        let may = round < self.end.load(Ordering::SeqCst);
        if !may {
            self.training.stop(Some(&self.wish.get_message().unwrap_or_else(|| "stopped".into())));
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn devices_stop_after_the_same_round_whenever_the_wish_comes() {
        for wished_at in [0, 1, 7, 30] {
            let (wish, training) = (Interrupter::new(), Interrupter::new());
            let agreement = Agreement::new(wish.clone(), training.clone());
            // Every step ends for all at once, as an all-reduce does: a device that stopped alone would hang the test.
            let step = Barrier::new(3);
            let device = |which: usize| {
                let mut n_done = 0;
                while n_done < 40 && agreement.may_begin(n_done) {
                    if which == 1 && n_done == wished_at {
                        wish.stop(Some("Ctrl-C"));
                    }
                    step.wait();
                    n_done += 1;
                }
                n_done
            };
            let done = std::thread::scope(|scope| {
                let threads: Vec<_> =
                    (0..3).map(|which| scope.spawn(move || device(which))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
            });
            assert!(done.iter().all(|n| *n == done[0]), "{done:?}");
            assert!(done[0] > wished_at && done[0] <= wished_at + LEAD + 1, "{done:?}");
            assert_eq!(training.get_message().as_deref(), Some("Ctrl-C"));
        }
    }
}
