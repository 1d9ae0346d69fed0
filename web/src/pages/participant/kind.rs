//! Which screen is shown, without what it shows.

use crate::session::PageScreen;
use shared::study::Screen;

/// A kind of screen: while it stays the same, the screen stays and only its contents change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Loading,
    Welcome,
    Consent,
    Refused,
    SoundCheck,
    Headphones,
    HeadphonesFailed,
    Instructions,
    Trial,
    Familiarity,
    Break,
    Debrief,
    Done,
    Resumable,
    Unfit,
    OtherTab,
    NoStorage,
    Withdrawn,
    Failed,
}

impl Kind {
    pub(super) fn of(screen: &PageScreen) -> Self {
        match screen {
            PageScreen::Loading => Self::Loading,
            PageScreen::Study(screen) => Self::of_study(screen),
            PageScreen::Resumable(_) => Self::Resumable,
            PageScreen::Unfit(_) => Self::Unfit,
            PageScreen::OtherTab => Self::OtherTab,
            PageScreen::NoStorage(_) => Self::NoStorage,
            PageScreen::Withdrawn { .. } => Self::Withdrawn,
            PageScreen::Failed(_) => Self::Failed,
        }
    }

    fn of_study(screen: &Screen) -> Self {
        match screen {
            Screen::Welcome => Self::Welcome,
            Screen::Consent => Self::Consent,
            Screen::Refused => Self::Refused,
            Screen::SoundCheck => Self::SoundCheck,
            Screen::HeadphoneCheck { .. } => Self::Headphones,
            Screen::HeadphonesFailed => Self::HeadphonesFailed,
            Screen::Instructions => Self::Instructions,
            // A block is planned between two trials: there is nothing to see of it.
            Screen::Trial(_) | Screen::Block { .. } => Self::Trial,
            Screen::Familiarity(_) => Self::Familiarity,
            Screen::Break => Self::Break,
            Screen::Debrief(_) => Self::Debrief,
            Screen::Done(_) => Self::Done,
        }
    }

    /// Whether it is a text to read rather than a stage to listen at.
    pub(super) fn is_reading(self) -> bool {
        !matches!(
            self,
            Self::Trial | Self::Familiarity | Self::Break | Self::Headphones | Self::SoundCheck
        )
    }
}
