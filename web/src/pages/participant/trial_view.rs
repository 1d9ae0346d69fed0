//! What the parts of a trial read.

use super::page::Page;
use crate::session::{Action, ClipPhase, ClipView, GivenBy, PageScreen};
use leptos::prelude::*;
use shared::study::{PlannedTrial, Role, Screen};

/// A song and its clip, as they stand.
#[derive(Clone, Copy)]
pub(super) struct TrialView {
    pub(super) page: Page,
    /// The song; between two songs still the last one.
    pub(super) trial: Memo<Option<PlannedTrial>>,
    /// The clip; while what follows is planned it counts as loading.
    pub(super) clip: Memo<ClipView>,
}

impl TrialView {
    pub(super) fn new(page: Page) -> Self {
        let view = page.view;
        let trial =
            Memo::new(move |last: Option<&Option<PlannedTrial>>| match &*view.screen.read() {
                PageScreen::Study(Screen::Trial(trial)) => Some(trial.clone()),
                _ => last.cloned().flatten(),
            });
        let clip = Memo::new(move |_| match &*view.screen.read() {
            PageScreen::Study(Screen::Trial(_)) => view.clip.get(),
            _ => ClipView::default(),
        });
        Self { page, trial, clip }
    }

    pub(super) fn answer(&self, answer: u8, given_by: GivenBy) {
        if self.clip.get_untracked().can_answer {
            self.page.act(Action::Answer(answer, given_by));
        }
    }

    /// Whether the clip can be heard again now.
    pub(super) fn can_replay(&self) -> bool {
        let clip = self.clip.get();
        clip.n_replays_left > 0 && matches!(clip.phase, ClipPhase::Playing | ClipPhase::Answer)
    }

    pub(super) fn role(&self) -> &'static str {
        self.trial.read().as_ref().map_or("anchor", |trial| trial.role.name())
    }

    pub(super) fn is_practice(&self) -> bool {
        self.trial.read().as_ref().is_some_and(|trial| trial.role == Role::Practice)
    }
}
