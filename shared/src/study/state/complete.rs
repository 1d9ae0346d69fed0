//! A session that is complete, by its log alone.

use super::SessionState;
use crate::study::design::StudyDesign;
use crate::study::event::Event;
use crate::study::export::SessionSummary;
use crate::study::log::SessionLog;
use crate::study::plan::SessionPlan;
use crate::study::progress::Progress;
use crate::study::screen::{EndReason, Screen};
use std::sync::Arc;

impl SessionState {
    /// A session that was gone through to its end, without its plan: the songs may be others by now, or
    /// the rules be counted otherwise, and what was answered stays as it was. `None` where the log does
    /// not end with the debrief.
    ///
    /// Logs say of the end only whether the participant wished it; otherwise it is the rule of the design
    /// that was reached.
    pub fn of_complete(design: impl Into<Arc<StudyDesign>>, log: &SessionLog) -> Option<Self> {
        let summary = SessionSummary::of(log);
        if !summary.is_complete {
            return None;
        }
        let mut state = Self::new(design, SessionPlan::of_nothing());
        state.progress = Progress {
            n_anchors: summary.n_anchors,
            n_liked_anchors: summary.n_liked_anchors,
            n_trials: summary.n_trials,
            n_slips: summary.n_slips,
            n_focus_losses: summary.n_focus_losses,
            n_failed_clips: summary.n_failed_clips,
            n_resumed: summary.n_resumed,
            share: 1.0,
        };
        for likes in &mut state.likes {
            let own = summary.likes.iter().find(|own| own.condition == likes.condition);
            *likes = own.copied().unwrap_or(*likes);
        }
        for row in log.rows() {
            state.last_at_millis = row.at_millis;
            if let Event::TrialAnswered(answered) = &row.event {
                state.played.insert(answered.trial.track_id.clone());
            }
        }
        let is_stopped = log.rows().iter().any(|row| row.event == Event::Stopped);
        let reason = if is_stopped { EndReason::Stopped } else { state.rule_reached() };
        state.screen = Screen::Done(reason);
        Some(state)
    }

    /// The rule that ended the trials, by their numbers.
    fn rule_reached(&self) -> EndReason {
        let at_the_end = match self.design.stop.minutes {
            Some(_) => EndReason::Minutes,
            None => EndReason::NoAnchorLeft,
        };
        self.stop_reason(self.last_at_millis).unwrap_or(at_the_end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::tests::{Player, World};
    use crate::study::{Preset, Role};

    #[test]
    fn a_complete_session_is_known_by_its_log_alone() {
        let mut design = Preset::Default.design();
        design.stop.liked_anchors = Some(2);
        let player = || Player::new(&World::new(40, 1), &design, 1).with(1.0, 0.0);
        let of_complete = |log: &SessionLog| SessionState::of_complete(design.clone(), log);
        let whole = player().finish();
        let state = of_complete(&whole.log).unwrap();
        assert_eq!(state.screen(), whole.state.screen());
        assert_eq!(state.progress(), whole.state.progress());
        assert_eq!((state.likes(), state.played()), (whole.state.likes(), whole.state.played()));
        let mut stopped = player().until_trial(Role::Recommendation);
        assert!(of_complete(&stopped.log).is_none());
        stopped.take(Event::Stopped);
        let stopped = stopped.finish();
        let state = of_complete(&stopped.log).unwrap();
        assert_eq!(*state.screen(), Screen::Done(EndReason::Stopped));
        assert_eq!(state.likes(), stopped.state.likes());
    }
}
