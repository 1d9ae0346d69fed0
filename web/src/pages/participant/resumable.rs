//! An interrupted session: go on, or begin anew.

use super::page::{Page, say};
use super::parts::Press;
use crate::session::{Action, PageScreen};
use leptos::prelude::*;
use leptos_i18n::td_string;
use wasm_bindgen::JsValue;

/// The choice.
#[component]
pub(super) fn Resumable(page: Page) -> impl IntoView {
    let found = Memo::new(move |_| match &*page.view.screen.read() {
        PageScreen::Resumable(found) => Some(found.clone()),
        _ => None,
    });
    let when = move || {
        let when =
            found.get().map(|found| local_time(found.last_millis, &page.view.language.read()));
        let when = when.unwrap_or_default();
        td_string!(page.locale.get(), resumable.text, when).to_string()
    };
    let answers = move || {
        let locale = page.locale.get();
        match found.get().map_or(0, |found| found.n_trials) {
            0 => td_string!(locale, resumable.none).to_owned(),
            1 => td_string!(locale, resumable.one).to_owned(),
            number => td_string!(locale, resumable.many, number).to_string(),
        }
    };
    view! {
        <article class="reading" data-screen="resumable">
            <h1 tabindex="-1">{say!(page, resumable.title)}</h1>
            <p>{when} " " {answers}</p>
            <p class="quiet">{say!(page, resumable.anew_text)}</p>
            <div class="actions">
                <Press page name="go-on" action=Action::GoOn>{say!(page, resumable.go_on)}</Press>
                <Press page name="start-anew" action=Action::StartAnew quiet=true>
                    {say!(page, resumable.anew)}
                </Press>
            </div>
        </article>
    }
}

/// Day and time as people of that language write them.
fn local_time(millis: u64, language: &str) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(millis as f64));
    let options = js_sys::Object::new();
    for (name, value) in [("dateStyle", "long"), ("timeStyle", "short")] {
        let set = js_sys::Reflect::set(&options, &name.into(), &value.into());
        assert_eq!(set, Ok(true), "a new object takes '{name}'");
    }
    date.to_locale_string(language, &options).into()
}
