//! The signals of a session, as the runner writes them.

use super::material::Material;
use super::view::{Action, ClipView, Kept, PageScreen, Saving, Sending, SessionView, StorageState};
use leptos::prelude::*;
use shared::study::{ConditionLikes, Mode, Progress};
use std::sync::Arc;

/// The signals that pages read.
#[derive(Clone, Copy)]
pub(super) struct Signals {
    pub(super) screen: RwSignal<PageScreen>,
    pub(super) clip: RwSignal<ClipView>,
    pub(super) progress: RwSignal<Progress>,
    pub(super) likes: RwSignal<Vec<ConditionLikes>>,
    pub(super) saving: RwSignal<Saving>,
    pub(super) storage: RwSignal<StorageState>,
    pub(super) sending: RwSignal<Sending>,
    pub(super) completion_code: RwSignal<Option<String>>,
    pub(super) completion_link: RwSignal<Option<String>>,
    pub(super) kept: RwSignal<Kept>,
    pub(super) language: RwSignal<String>,
}

impl Signals {
    pub(super) fn new(language: String) -> Self {
        Self {
            screen: RwSignal::new(PageScreen::Loading),
            clip: RwSignal::new(ClipView::default()),
            progress: RwSignal::new(Progress::default()),
            likes: RwSignal::new(Vec::new()),
            saving: RwSignal::new(Saving::default()),
            storage: RwSignal::new(StorageState::default()),
            sending: RwSignal::new(Sending::default()),
            completion_code: RwSignal::new(None),
            completion_link: RwSignal::new(None),
            kept: RwSignal::new(Kept::default()),
            language: RwSignal::new(language),
        }
    }

    /// What pages get.
    pub(super) fn view(
        &self,
        (material, mode): (&Material, Mode),
        act: Callback<Action>,
    ) -> SessionView {
        SessionView {
            mode,
            screen: self.screen.read_only(),
            clip: self.clip.read_only(),
            progress: self.progress.read_only(),
            likes: self.likes.read_only(),
            saving: self.saving.read_only(),
            storage: self.storage.read_only(),
            sending: self.sending.read_only(),
            completion_code: self.completion_code.read_only(),
            completion_link: self.completion_link.read_only(),
            kept: self.kept.read_only(),
            design: StoredValue::new(Arc::clone(&material.design)),
            files: StoredValue::new(material.files()),
            study_hash: StoredValue::new(material.hashes.study.clone()),
            language: self.language,
            act,
        }
    }
}
