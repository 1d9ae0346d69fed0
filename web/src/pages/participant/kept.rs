//! What is kept on this device of this website's sessions: to be saved, or deleted after asking once.

use super::page::{Page, focus_soon, say};
use super::resumable::{answers_text, local_time};
use crate::session::{Action, KeptSession};
use leptos::prelude::*;
use leptos_i18n::td_string;
use shared::study::Mode;

/// Where the focus goes once the button that had it is gone.
const HEADING: &str = "[data-kept] summary";

/// The sessions that are kept; nothing where there are none.
#[component]
pub(super) fn KeptHere(page: Page) -> impl IntoView {
    let kept = page.view.kept;
    // The session that is asked about; one at a time.
    let asked = RwSignal::new(None::<String>);
    let is_shown = Memo::new(move |_| {
        let kept = kept.read();
        !kept.sessions.is_empty() || kept.n_left.is_some()
    });
    let rows = move || {
        let sessions = kept.get().sessions.into_iter();
        sessions.map(|session| row(page, session, asked)).collect::<Vec<_>>()
    };
    view! {
        <Show when=move || is_shown.get()>
            <details data-kept="">
                <summary>{say!(page, kept.title)}</summary>
                <p class="quiet">{say!(page, kept.text)}</p>
                {rows}
                <p role="status">{move || outcome(page)}</p>
            </details>
        </Show>
    }
}

/// What was found after the last deletion, or why nothing was deleted.
fn outcome(page: Page) -> String {
    let (locale, here) = (page.locale.get(), page.view.kept.read());
    match here.n_left {
        None if here.is_open_elsewhere => td_string!(locale, kept.open_elsewhere).to_owned(),
        None => String::new(),
        Some(0) => td_string!(locale, kept.deleted).to_owned(),
        Some(number) => td_string!(locale, withdrawn.text_failed, number).to_string(),
    }
}

/// A session, and what can be done with it.
fn row(page: Page, session: KeptSession, asked: RwSignal<Option<String>>) -> AnyView {
    let (id, own) = (session.session_id.clone(), session.session_id.clone());
    let is_asked = Memo::new(move |_| asked.get().as_ref() == Some(&own));
    let text = move || {
        let said = described(page, &session);
        if !is_asked.get() {
            return said;
        }
        format!("{said} {}", td_string!(page.locale.get(), kept.delete_question))
    };
    let buttons = move || {
        let id = id.clone();
        if is_asked.get() { answers(page, id, asked) } else { choices(page, id, asked) }
    };
    view! {
        <section>
            <p>{text}</p>
            <div class="row">{buttons}</div>
        </section>
    }
    .into_any()
}

fn choices(page: Page, id: String, asked: RwSignal<Option<String>>) -> Vec<AnyView> {
    let own = id.clone();
    let save = Callback::new(move |()| page.act(Action::SaveKept(own.clone())));
    let ask = Callback::new(move |()| {
        asked.set(Some(id.clone()));
        focus_soon("[data-action=keep-kept]");
    });
    vec![
        button("save-kept", say!(page, kept.save), save),
        button("delete-kept", say!(page, kept.delete), ask),
    ]
}

fn answers(page: Page, id: String, asked: RwSignal<Option<String>>) -> Vec<AnyView> {
    let keep = Callback::new(move |()| {
        asked.set(None);
        focus_soon(HEADING);
    });
    let delete = Callback::new(move |()| {
        page.act(Action::DeleteKept(id.clone()));
        focus_soon(HEADING);
    });
    vec![
        button("keep-kept", say!(page, done.keep), keep),
        button("confirm-delete-kept", say!(page, done.confirm_withdraw), delete),
    ]
}

fn button(name: &'static str, text: Signal<String>, press: Callback<()>) -> AnyView {
    view! {
        <button
            type="button"
            class="side-button"
            data-action=name
            on:click=move |_| press.run(())
        >
            {text}
        </button>
    }
    .into_any()
}

/// The study, when it was, whether it is finished and sent, and how much there is of it.
fn described(page: Page, session: &KeptSession) -> String {
    let (locale, language) = (page.locale.get(), page.view.language.get());
    let title = || page.design().title.get(&language).to_owned();
    let study = session.other_study.clone().unwrap_or_else(title);
    let when = local_time(session.last_millis, &language);
    let state = match (session.is_complete, session.is_sent) {
        (true, true) => td_string!(locale, kept.sent),
        (true, false) => td_string!(locale, kept.not_sent),
        (false, _) => td_string!(locale, kept.unfinished),
    };
    let answers = answers_text(locale, session.n_trials);
    let mark = match session.mode {
        Mode::Live => "",
        Mode::Pilot => td_string!(locale, common.pilot),
        Mode::Demo => td_string!(locale, common.demo),
        Mode::Sim => td_string!(locale, common.simulated),
    };
    format!("{study}, {when}. {state} {answers} {mark}")
}
