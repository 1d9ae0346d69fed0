//! What several screens show.

use super::kind::Kind;
use super::page::{Page, say};
use crate::components::markdown::Markdown;
use crate::i18n::locale;
use crate::session::{Action, ExportFormat, Saving};
use leptos::prelude::*;
use shared::study::Mode;

/// A button that reports something; one that is disabled keeps its place and stays readable.
#[component]
pub(super) fn Press(
    page: Page,
    /// What tests and styles call it.
    name: &'static str,
    action: Action,
    /// Quiet, beside the main one.
    #[prop(optional)]
    quiet: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let press = move |_| {
        if !disabled.get_untracked() {
            page.act(action.clone());
        }
    };
    view! {
        <button
            type="button"
            class=if quiet { "side-button" } else { "main-button" }
            data-action=name
            aria-disabled=Signal::derive(move || disabled.get().then_some("true"))
            on:click=press
        >
            {children()}
        </button>
    }
}

/// The name of the study and the languages it is offered in.
#[component]
pub(super) fn TopBar(page: Page, kind: Memo<Kind>) -> impl IntoView {
    let title = page.study_text(|design| &design.title);
    // The first screen has the title as its heading.
    let is_shown = move || !matches!(kind.get(), Kind::Welcome | Kind::Loading);
    view! {
        <header class="top-bar">
            <p class="top-title quiet">{move || is_shown().then(|| title.get())}</p>
            {mark(page)}
            <LanguageSwitch page />
        </header>
    }
}

/// A session that does not count says so on every screen.
fn mark(page: Page) -> Option<impl IntoView> {
    let text = match page.view.mode {
        Mode::Live => return None,
        Mode::Pilot => say!(page, common.pilot),
        Mode::Demo => say!(page, common.demo),
        Mode::Sim => say!(page, common.simulated),
    };
    let own = page.own_language();
    Some(view! {
        <p class="mode-mark" data-mode=page.view.mode.name() lang=own.lang dir=own.dir>
            {text}
        </p>
    })
}

#[component]
fn LanguageSwitch(page: Page) -> impl IntoView {
    let languages = page.design().languages.clone();
    if languages.len() < 2 {
        return ().into_any();
    }
    let options = languages
        .into_iter()
        .map(|code| {
            let (own, value) = (code.clone(), code.clone());
            let is_chosen = move || *page.view.language.read() == own;
            view! {
                <option value=value lang=code.clone() prop:selected=is_chosen>{language_name(&code)}</option>
            }
        })
        .collect_view();
    let change = move |event| page.act(Action::Language(event_target_value(&event)));
    let own = page.own_language();
    view! {
        <label class="language">
            <span class="unseen" lang=own.lang dir=own.dir>{say!(page, common.language)}</span>
            <select data-action="language" on:change=change>{options}</select>
        </label>
    }
    .into_any()
}

/// The name that a language has for itself; its code where no texts of it are here.
fn language_name(code: &str) -> String {
    let own = locale(code);
    if own.to_string() == code {
        leptos_i18n::td_string!(own, language_name).to_owned()
    } else {
        code.to_owned()
    }
}

/// A text of the study, in Markdown.
#[component]
pub(super) fn StudyText(page: Page, text: Signal<String>) -> impl IntoView {
    let marks = page.study_language();
    view! {
        <div lang=marks.lang dir=marks.dir>
            <Markdown text />
        </div>
    }
}

/// Says that the last event could not be stored, and how to go on.
#[component]
pub(super) fn SavingNotice(page: Page) -> impl IntoView {
    let why = Memo::new(move |_| match page.view.saving.get() {
        Saving::Failed(why) => Some(why),
        _ => None,
    });
    move || {
        why.get().map(|why| {
            view! {
                <section class="notice" role="alert">
                    <h2>{say!(page, saving.failed_title)}</h2>
                    <p>{say!(page, saving.failed_text)}</p>
                    <p class="quiet">{say!(page, done.why, why = why.clone())}</p>
                    <div class="row">
                        <Press page name="try-again" action=Action::TryAgain>
                            {say!(page, common.try_again)}
                        </Press>
                        <Press
                            page
                            name="download-json"
                            action=Action::Download(ExportFormat::Json)
                            quiet=true
                        >
                            {say!(page, done.json)}
                        </Press>
                    </div>
                </section>
            }
        })
    }
}

/// The four forms in which answers are saved.
#[component]
pub(super) fn Downloads(page: Page) -> impl IntoView {
    let save = |format| Action::Download(format);
    view! {
        <div class="row">
            <Press page name="download-csv" action=save(ExportFormat::Csv) quiet=true>
                {say!(page, done.csv)}
            </Press>
            <Press page name="download-json" action=save(ExportFormat::Json) quiet=true>
                {say!(page, done.json)}
            </Press>
            <Press page name="download-wide" action=save(ExportFormat::Wide) quiet=true>
                {say!(page, done.wide)}
            </Press>
            <Press page name="download-psych-ds" action=save(ExportFormat::PsychDs) quiet=true>
                {say!(page, done.psych_ds)}
            </Press>
        </div>
    }
}
