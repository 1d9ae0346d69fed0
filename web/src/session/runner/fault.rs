//! Whose fault it is that a clip does not come: that of the way to the server, or of its own file.

use super::Runner;
use crate::bundle_source::file_address;
use crate::platform::clips::ClipError;
use crate::platform::clock::within;
use crate::platform::connection::is_online;
use crate::platform::fetch::{Freshness, bytes_of};
use shared::bundle::FileRole;
use shared::study::PlannedTrial;

/// So often a clip fails before it can be left out while others come.
const N_FAILURES: u32 = 4;
/// How many other clips are asked for, one after each failure: one of them may be broken, too.
const N_OTHERS: usize = 8;
/// How long another clip may take, at least.
const OTHER_MILLIS: u32 = 10_000;

/// How a clip failed so far.
#[derive(Debug, Default)]
pub(super) struct Failures {
    n: u32,
    /// Whether another clip came after the last one.
    other_came: bool,
}

impl Failures {
    /// How many there were.
    pub(super) fn n(&self) -> u32 {
        self.n
    }

    /// Whether it matters at the next failure if another clip comes.
    fn asks_for_other(&self) -> bool {
        self.n + 2 >= N_FAILURES
    }

    /// Counts one more, after which another clip came or did not. `true` where the file itself is at
    /// fault: others came before it failed and after, so that it was not the server's absence.
    fn count(&mut self, other_comes: bool) -> bool {
        self.n = self.n.saturating_add(1);
        let came_before = std::mem::replace(&mut self.other_came, other_comes);
        self.n >= N_FAILURES && came_before && other_comes
    }
}

impl Runner {
    /// Notes that a clip did not come; whether that lies in its own file, while others can be had.
    pub(super) async fn is_own_fault(
        &self,
        error: &ClipError,
        (trial, address): (&PlannedTrial, &str),
        failures: &mut Failures,
    ) -> bool {
        let may_be = is_online() && !matches!(error, ClipError::Offline { .. });
        let other_comes = may_be
            && failures.asks_for_other()
            && self.other_comes(error, (trial, address), failures.n() as usize).await;
        failures.count(other_comes)
    }

    /// Whether another clip can be had, in the time that this one had.
    async fn other_comes(
        &self,
        error: &ClipError,
        (trial, address): (&PlannedTrial, &str),
        turn: usize,
    ) -> bool {
        let others = self.others(trial, address);
        let Some(other) = others.get(turn % others.len().max(1)) else { return false };
        let millis = match error {
            ClipError::TimedOut { millis, .. } => OTHER_MILLIS.max(*millis),
            _ => OTHER_MILLIS,
        };
        matches!(within(millis, bytes_of(other, Freshness::Uncached)).await, Some(Ok(_)))
    }

    /// Addresses of other clips, those that are heard next first.
    fn others(&self, trial: &PlannedTrial, address: &str) -> Vec<String> {
        let files = self.material.manifest.files.iter();
        let stimuli = files.filter(|(_, file)| file.role == FileRole::Stimulus);
        let stimuli = stimuli.map(|(path, _)| file_address(path));
        let known = self.upcoming(trial).into_iter().chain(stimuli);
        known.filter(|other| other.as_str() != address).take(N_OTHERS).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// After which failure the file is found to be at fault, given whether another came after each.
    fn at_fault(others: &[bool]) -> Option<usize> {
        let mut failures = Failures::default();
        let found = others.iter().position(|other_comes| failures.count(*other_comes));
        found.map(|at| at + 1)
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_clip_is_at_fault_only_where_others_come_before_and_after_it_failed() {
        assert_eq!(at_fault(&[false, false, true, true]), Some(4));
        assert_eq!(at_fault(&[true; 9]), Some(4), "no sooner");
        assert_eq!(at_fault(&[false; 50]), None, "a server that is away is waited for");
        // It came back just after the clip had failed, or went away while it did.
        assert_eq!(at_fault(&[false, false, false, true, false, true]), None);
        assert_eq!(at_fault(&[false, false, true, false, true, true]), Some(6));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn others_are_asked_for_from_the_failure_before_the_one_that_may_decide() {
        let mut failures = Failures::default();
        let asked = [(); 5].map(|()| {
            let asks = failures.asks_for_other();
            failures.count(false);
            asks
        });
        assert_eq!(asked, [false, false, true, true, true]);
    }
}
