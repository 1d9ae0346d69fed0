//! A session that was found on the device: go on, or begin anew.

use super::page::{Page, say};
use super::parts::Press;
use crate::i18n::Locale;
use crate::session::{Action, PageScreen};
use leptos::prelude::*;
use leptos_i18n::td_string;
use wasm_bindgen::JsValue;

/// An interrupted session, and the choice.
#[component]
pub(super) fn Resumable(page: Page) -> impl IntoView {
    let found = Memo::new(move |_| match &*page.view.screen.read() {
        PageScreen::Resumable(found) => Some((found.last_millis, found.n_trials)),
        _ => None,
    });
    let text = Signal::derive(move || interrupted_text(page, found.get().unwrap_or_default()));
    let presses = view! {
        <Press page name="go-on" action=Action::GoOn>{say!(page, resumable.go_on)}</Press>
        <Press page name="start-anew" action=Action::StartAnew quiet=true>
            {say!(page, resumable.anew)}
        </Press>
    };
    let texts = [say!(page, resumable.title), text, say!(page, resumable.anew_text)];
    sheet("resumable", texts, presses.into_any())
}

/// A session that does not fit the study any more: its answers as a file, and a new one.
#[component]
pub(super) fn Unfit(page: Page) -> impl IntoView {
    let found = match &*page.view.screen.read_untracked() {
        PageScreen::Unfit(found) => found.clone(),
        _ => return ().into_any(),
    };
    let (at, why) = ((found.last_millis, found.n_trials), found.what);
    let save = Action::SaveKept(found.session_id);
    let text = Signal::derive(move || {
        format!("{} {}", interrupted_text(page, at), td_string!(page.locale.get(), unfit.text))
    });
    let presses = view! {
        <Press page name="start-anew" action=Action::StartAnew>{say!(page, resumable.anew)}</Press>
        <Press page name="save-kept" action=save quiet=true>{say!(page, kept.save)}</Press>
    };
    let texts = [say!(page, unfit.title), text, say!(page, done.why, why = why.clone())];
    sheet("unfit", texts, presses.into_any())
}

fn sheet(
    name: &'static str,
    [title, text, note]: [Signal<String>; 3],
    presses: AnyView,
) -> AnyView {
    view! {
        <article class="reading" data-screen=name>
            <h1 tabindex="-1">{title}</h1>
            <p>{text}</p>
            <p class="quiet">{note}</p>
            <div class="actions">{presses}</div>
        </article>
    }
    .into_any()
}

/// When a session was interrupted, in milliseconds since 1970, and how many trials were answered.
fn interrupted_text(page: Page, (last_millis, n_trials): (u64, u32)) -> String {
    let when = local_time(last_millis, &page.view.language.read());
    let locale = page.locale.get();
    let text = td_string!(locale, resumable.text, when).to_string();
    format!("{text} {}", answers_text(locale, n_trials))
}

/// How many answers there are.
pub(super) fn answers_text(locale: Locale, n_trials: u32) -> String {
    match n_trials {
        0 => td_string!(locale, resumable.none).to_owned(),
        1 => td_string!(locale, resumable.one).to_owned(),
        number => td_string!(locale, resumable.many, number).to_string(),
    }
}

/// Day and time as people of that language write them.
pub(super) fn local_time(millis: u64, language: &str) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(millis as f64));
    let options = js_sys::Object::new();
    for (name, value) in [("dateStyle", "long"), ("timeStyle", "short")] {
        let set = js_sys::Reflect::set(&options, &name.into(), &value.into());
        assert_eq!(set, Ok(true), "a new object takes '{name}'");
    }
    date.to_locale_string(language, &options).into()
}
