//! A session of signals alone: the test sets what is shown and reads what was done.

use super::super::Participant;
use crate::session::{
    Action, ClipPhase, ClipView, Kept, PageScreen, Saving, Sending, SessionView, StorageState,
};
use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use leptos::task::tick;
use shared::catalog::TrackId;
use shared::recommend::Condition;
use shared::study::{
    ConditionLikes, Mode, PlannedTrial, Preset, Progress, Role, Screen, Source, StudyDesign,
};
use std::sync::Arc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

/// A session and the page that shows it; both end with it.
pub(super) struct Fake {
    pub(super) home: HtmlElement,
    look: web_sys::Element,
    pub(super) screen: RwSignal<PageScreen>,
    pub(super) clip: RwSignal<ClipView>,
    pub(super) progress: RwSignal<Progress>,
    pub(super) likes: RwSignal<Vec<ConditionLikes>>,
    pub(super) saving: RwSignal<Saving>,
    pub(super) storage: RwSignal<StorageState>,
    pub(super) sending: RwSignal<Sending>,
    pub(super) code: RwSignal<Option<String>>,
    pub(super) link: RwSignal<Option<String>>,
    pub(super) kept: RwSignal<Kept>,
    pub(super) language: RwSignal<String>,
    done: StoredValue<Vec<Action>>,
    mounted: Option<Box<dyn FnOnce()>>,
}

impl Fake {
    /// Shows a screen of the default design.
    pub(super) async fn show(screen: PageScreen) -> Self {
        Self::of(Preset::Default.design(), screen).await
    }

    /// Shows a screen of that design.
    pub(super) async fn of(design: StudyDesign, screen: PageScreen) -> Self {
        let home: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        let look = document().create_element("style").unwrap();
        look.set_text_content(Some(include_str!("../../../../style.css")));
        document().body().unwrap().append_child(&home).unwrap();
        // Outside of what the tests read, so that no text of it is taken for the page's.
        document().body().unwrap().append_child(&look).unwrap();
        let mut fake = Self {
            home: home.clone(),
            look,
            screen: RwSignal::new(screen),
            clip: RwSignal::new(ClipView::default()),
            progress: RwSignal::new(Progress::default()),
            likes: RwSignal::new(Vec::new()),
            saving: RwSignal::new(Saving::Nothing),
            storage: RwSignal::new(StorageState::Persistent),
            sending: RwSignal::new(Sending::Nowhere),
            code: RwSignal::new(None),
            link: RwSignal::new(None),
            kept: RwSignal::new(Kept::default()),
            language: RwSignal::new("en".to_owned()),
            done: StoredValue::new(Vec::new()),
            mounted: None,
        };
        let view = fake.view(design);
        let handle: UnmountHandle<_> = mount_to(home, move || view! { <Participant view /> });
        fake.mounted = Some(Box::new(move || drop(handle)));
        tick().await;
        fake
    }

    fn view(&self, design: StudyDesign) -> SessionView {
        let (done, language) = (self.done, self.language);
        let act = move |action: Action| {
            if let Action::Language(chosen) = &action {
                language.set(chosen.clone());
            }
            done.update_value(|done| done.push(action));
        };
        SessionView {
            screen: self.screen.read_only(),
            clip: self.clip.read_only(),
            progress: self.progress.read_only(),
            likes: self.likes.read_only(),
            saving: self.saving.read_only(),
            storage: self.storage.read_only(),
            sending: self.sending.read_only(),
            completion_code: self.code.read_only(),
            completion_link: self.link.read_only(),
            kept: self.kept.read_only(),
            mode: Mode::Pilot,
            design: StoredValue::new(Arc::new(design)),
            files: StoredValue::new(Vec::new()),
            study_hash: StoredValue::new("5".repeat(64)),
            language: self.language,
            act: Callback::new(act),
        }
    }

    /// The one element of that selector.
    pub(super) fn find(&self, selector: &str) -> HtmlElement {
        let all = self.home.query_selector_all(selector).unwrap();
        assert_eq!(all.length(), 1, "'{selector}' in {}", self.home.inner_html());
        all.item(0).unwrap().unchecked_into()
    }

    /// Whether there is an element of that selector.
    pub(super) fn has(&self, selector: &str) -> bool {
        self.home.query_selector(selector).unwrap().is_some()
    }

    /// What an element says.
    pub(super) fn text(&self, selector: &str) -> String {
        self.find(selector).text_content().unwrap_or_default()
    }

    pub(super) fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.find(selector).get_attribute(name)
    }

    /// Presses the button of that `data-action`.
    pub(super) async fn press(&self, action: &str) {
        self.find(&format!("[data-action='{action}']")).click();
        settle().await;
    }

    /// Strikes a key where the focus is; whether the browser would still act on it.
    pub(super) fn strike(&self, key: &str) -> bool {
        self.strike_with("", key)
    }

    /// The same, while `ctrlKey`, `altKey` or `metaKey` is held.
    pub(super) fn strike_with(&self, held: &str, key: &str) -> bool {
        let focused = document().active_element().unwrap();
        let strike = js_sys::Function::new_with_args(
            "target, held, key",
            "return target.dispatchEvent(new KeyboardEvent(
                'keydown', {key, [held]: true, bubbles: true, cancelable: true}))",
        );
        let struck = strike.call3(&window(), &focused, &held.into(), &key.into());
        struck.unwrap().as_bool().unwrap()
    }

    /// The height of the lowest thing that can be pressed, in CSS pixels.
    pub(super) fn lowest_target(&self) -> i32 {
        let all = self.home.query_selector_all("button, select, a, summary").unwrap();
        let height = |at| all.item(at).unwrap().unchecked_into::<HtmlElement>().offset_height();
        (0..all.length()).map(height).min().unwrap_or(i32::MAX)
    }

    /// What was done since the last time.
    pub(super) fn done(&self) -> Vec<Action> {
        let done = self.done.get_value();
        self.done.set_value(Vec::new());
        done
    }

    /// The clip is in that phase; an answer is taken while it plays and afterwards.
    pub(super) async fn phase(&self, phase: ClipPhase) {
        let can_answer = matches!(phase, ClipPhase::Playing | ClipPhase::Answer);
        self.clip.update(|clip| {
            clip.phase = phase;
            clip.can_answer = can_answer;
        });
        tick().await;
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        if let Some(end) = self.mounted.take() {
            end();
        }
        self.home.remove();
        self.look.remove();
    }
}

/// Waits until the next frame was drawn, after which the focus stands where it shall.
pub(super) async fn settle() {
    tick().await;
    for _ in 0..2 {
        let frame = js_sys::Promise::new(&mut |resolve, _| {
            window().request_animation_frame(&resolve).unwrap();
        });
        JsFuture::from(frame).await.unwrap();
    }
}

/// A trial of that number.
pub(super) fn trial(number: u32, role: Role) -> PageScreen {
    let track_id = TrackId::from_parts(&["song", &number.to_string()]);
    PageScreen::Study(Screen::Trial(PlannedTrial {
        number,
        role,
        anchor_number: if role == Role::Practice { number } else { 0 },
        anchor_id: TrackId::from_parts(&["anchor"]),
        track_id,
        position: 1,
        sources: vec![Source { condition: Condition::Multimodal, rank: 1, similarity: Some(0.5) }],
    }))
}
