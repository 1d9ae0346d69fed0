//! Whether a participant attends to the page, by what the browser reports.

use super::event::{Event, FocusChange};

/// Where attention is: it is here while the page is in sight and has the focus.
///
/// A browser tells one departure in several ways: who turns to another tab of a computer makes it report
/// a blur and a page that is hidden, on a phone often the latter alone. Only the step from here to away
/// is a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attention {
    has_focus: bool,
    is_visible: bool,
}

impl Default for Attention {
    /// Here, as at the press that starts a session.
    fn default() -> Self {
        Self { has_focus: true, is_visible: true }
    }
}

impl Attention {
    /// Takes what happened next; `true` where attention was lost by it.
    ///
    /// Who goes on with a session or answers a song is here, also where the browser did not report
    /// the return.
    pub fn is_lost_by(&mut self, event: &Event) -> bool {
        let was_here = self.is_here();
        match event {
            Event::Focus { change } => match change {
                FocusChange::Blur => self.has_focus = false,
                FocusChange::Focus => self.has_focus = true,
                FocusChange::Hidden => self.is_visible = false,
                FocusChange::Visible => self.is_visible = true,
                FocusChange::FullscreenEnter | FocusChange::FullscreenExit => {}
            },
            Event::Resumed | Event::TrialAnswered(_) => *self = Self::default(),
            _ => {}
        }
        was_here && !self.is_here()
    }

    fn is_here(self) -> bool {
        self.has_focus && self.is_visible
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FocusChange::{Blur, Focus, FullscreenEnter, FullscreenExit, Hidden, Visible};

    fn n_losses(events: impl IntoIterator<Item = Event>) -> usize {
        let mut attention = Attention::default();
        events.into_iter().filter(|event| attention.is_lost_by(event)).count()
    }

    fn n_losses_by(changes: &[FocusChange]) -> usize {
        n_losses(changes.iter().map(|change| Event::Focus { change: *change }))
    }

    #[test]
    fn a_departure_is_one_loss_however_the_browser_tells_it() {
        for departure in [
            &[Blur, Hidden, Visible, Focus][..],
            &[Hidden, Blur, Focus, Visible],
            &[Hidden, Visible],
            &[Blur, Focus],
            &[Blur, Hidden],
            &[Blur, Blur, Focus],
            &[Blur, Hidden, Visible, Hidden, Visible, Focus],
        ] {
            assert_eq!(n_losses_by(departure), 1, "{departure:?}");
        }
        assert_eq!(n_losses_by(&[Blur, Focus, Hidden, Visible, Blur, Hidden, Visible, Focus]), 3);
        assert_eq!(n_losses_by(&[FullscreenEnter, FullscreenExit, Focus, Visible]), 0);
    }

    #[test]
    fn a_page_that_was_left_and_opened_again_has_attention() {
        let focus = |change| Event::Focus { change };
        let left = [focus(Blur), focus(Hidden)];
        let again = || left.clone();
        assert_eq!(n_losses(again().into_iter().chain(again())), 1);
        assert_eq!(n_losses(again().into_iter().chain([Event::Resumed]).chain(again())), 2);
    }
}
