//! What every screen has: the session and the language.

use super::kind::Kind;
use crate::i18n::{Locale, locale};
use crate::session::{Action, SessionView};
use leptos::prelude::*;
use shared::study::{Localized, StudyDesign, text_direction};
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// A session and the language that it is shown in. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Page {
    pub(super) view: SessionView,
    pub(super) locale: Signal<Locale>,
    /// Whether keys with a letter, digit or sign are heard.
    pub(super) single_keys: RwSignal<bool>,
}

impl Page {
    pub(super) fn new(view: SessionView) -> Self {
        let locale = Memo::new(move |_| locale(&view.language.read()));
        Self { view, locale: locale.into(), single_keys: RwSignal::new(true) }
    }

    pub(super) fn act(&self, action: Action) {
        self.view.act.run(action);
    }

    pub(super) fn design(&self) -> Arc<StudyDesign> {
        self.view.design.get_value()
    }

    /// How what the page itself says is marked: in English where it has no texts in the study's language.
    pub(super) fn own_language(&self) -> LanguageMarks {
        let locale = self.locale;
        LanguageMarks::of(Signal::derive(move || locale.get().to_string()))
    }

    /// How what the study says is marked.
    pub(super) fn study_language(&self) -> LanguageMarks {
        LanguageMarks::of(self.view.language.into())
    }

    /// A text of the study in the present language.
    pub(super) fn study_text(
        &self,
        text: impl Fn(&StudyDesign) -> &Localized + Send + Sync + 'static,
    ) -> Signal<String> {
        let view = self.view;
        Signal::derive(move || {
            let language = view.language.read();
            view.design.with_value(|design| text(design).get(&language).to_owned())
        })
    }
}

/// What an element says of the language of its texts: its attributes `lang` and `dir`.
#[derive(Clone, Copy)]
pub(super) struct LanguageMarks {
    pub(super) lang: Signal<String>,
    pub(super) dir: Signal<String>,
}

impl LanguageMarks {
    fn of(lang: Signal<String>) -> Self {
        let dir = Signal::derive(move || text_direction(&lang.read()).to_owned());
        Self { lang, dir }
    }
}

/// A text of `web/locales/` in the present language: `say!(page, trial.percent, percent = 40)`.
///
/// A signal rather than a closure: what is compiled for each type of text is compiled once.
macro_rules! say {
    ($page:expr, $($key:tt)+) => {{
        let locale = $page.locale;
        leptos::prelude::Signal::derive(move || -> String {
            leptos_i18n::td_string!(locale.get(), $($key)+).into()
        })
    }};
}
pub(super) use say;

/// The page's `lang` is the language of the study, and its `dir` the way in which that is written.
pub(super) fn follow_language(page: Page) {
    Effect::new(move || {
        let language = page.view.language.get();
        let Some(root) = document().document_element() else { return };
        for (name, value) in [("lang", language.as_str()), ("dir", text_direction(&language))] {
            if let Err(error) = root.set_attribute(name, value) {
                leptos::logging::error!("'{name}' of the page could not be set: {error:?}");
            }
        }
    });
}

/// On a new screen the focus goes to its heading, and the page begins at its top; the first screen
/// leaves the focus where the browser has it.
pub(super) fn follow_screen(page: Page, kind: Memo<Kind>) {
    let title = page.study_text(|design| &design.title);
    Effect::new(move || document().set_title(&title.read()));
    Effect::new(move |previous: Option<Kind>| {
        let kind = kind.get();
        if previous.is_some_and(|previous| previous != kind && previous != Kind::Loading) {
            focus_soon("[data-screen] h1");
        }
        kind
    });
}

/// Focuses the first element of that selector once it stands.
pub(super) fn focus_soon(selector: &'static str) {
    request_animation_frame(move || {
        let found = document().query_selector(selector).ok().flatten();
        let Some(element) = found.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) else {
            return;
        };
        // What can't be focused leaves the focus where it is; nothing is lost by that.
        let _unfocusable = element.focus();
    });
}
