//! How far a session is, and what came out so far.

use crate::recommend::Condition;

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// Anchors answered.
    pub n_anchors: u32,
    /// Those that were liked.
    pub n_liked_anchors: u32,
    /// Trials answered, practice left out.
    pub n_trials: u32,
    /// Keys that meant nothing.
    pub n_slips: u32,
    /// How often attention left the page, as [`Attention`](super::Attention) counts it.
    pub n_focus_losses: u32,
    /// Clips that could not be had.
    pub n_failed_clips: u32,
    /// How often the session was gone on with after a reload, a crash or sound that was taken away.
    pub n_resumed: u32,
    /// Share of the session that is done, 0 to 1, by the rule that will end it first.
    pub share: f64,
}

/// How often the songs of a condition were liked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConditionLikes {
    /// The condition.
    pub condition: Condition,
    /// Its songs that were liked.
    pub n_liked: u32,
    /// Its songs that were answered.
    pub n_answered: u32,
}
