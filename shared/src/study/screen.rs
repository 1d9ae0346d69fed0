//! What a participant sees, and why the trials ended.

use super::event::PlannedTrial;
use crate::catalog::TrackId;

/// What a participant sees.
#[derive(Debug, Clone, PartialEq)]
pub enum Screen {
    /// Nothing has begun.
    Welcome,
    /// The question whether they agree.
    Consent,
    /// They did not.
    Refused,
    /// A tone and the question whether it is heard.
    SoundCheck,
    /// One trial of the headphone check.
    HeadphoneCheck {
        /// Its number, from 0.
        index: u32,
    },
    /// The required headphone check was not passed.
    HeadphonesFailed,
    /// What to do.
    Instructions,
    /// A song and the question.
    Trial(PlannedTrial),
    /// The second question about the same song.
    Familiarity(PlannedTrial),
    /// Nothing to see: what follows the liked anchor is to be planned by [`super::plan_block`].
    Block {
        /// The anchor.
        anchor_id: TrackId,
        /// Number of the liked anchor, from 0.
        liked_number: u32,
    },
    /// A pause.
    Break,
    /// What it was about.
    Debrief(EndReason),
    /// The session is complete.
    Done(EndReason),
}

/// Why the trials ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// Enough liked anchors.
    LikedAnchors,
    /// Enough anchors.
    Anchors,
    /// The time is over.
    Minutes,
    /// No anchor is left.
    NoAnchorLeft,
    /// The participant wished it.
    Stopped,
}

impl Screen {
    /// Whether the participant has agreed to take part: before that, and where they did not, nothing is
    /// stored.
    pub fn is_after_consent(&self) -> bool {
        !matches!(self, Self::Welcome | Self::Consent | Self::Refused)
    }

    /// Whether the participant can end the session from here and still be told what it was about.
    pub fn can_stop(&self) -> bool {
        matches!(
            self,
            Self::Trial(_)
                | Self::Familiarity(_)
                | Self::Break
                | Self::Instructions
                | Self::Block { .. }
        )
    }

    /// A name for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Consent => "consent",
            Self::Refused => "refused",
            Self::SoundCheck => "sound check",
            Self::HeadphoneCheck { .. } => "headphone check",
            Self::HeadphonesFailed => "headphones failed",
            Self::Instructions => "instructions",
            Self::Trial(_) => "trial",
            Self::Familiarity(_) => "familiarity",
            Self::Block { .. } => "block",
            Self::Break => "pause",
            Self::Debrief(_) => "debrief",
            Self::Done(_) => "done",
        }
    }
}
