//! Screens on which it does not go on, or not yet: each says what happened, that answers are safe, and
//! what to do.

use super::kept::KeptHere;
use super::page::{Page, say};
use super::parts::{Downloads, Press};
use crate::session::{Action, PageScreen};
use leptos::prelude::*;
use leptos_i18n::td_string;

/// The bundle and the store are being read.
#[component]
pub(super) fn Loading(page: Page) -> impl IntoView {
    view! {
        <article class="reading" data-screen="loading" aria-busy="true">
            <h1 tabindex="-1">{say!(page, loading.title)}</h1>
            <p>{say!(page, loading.text)}</p>
        </article>
    }
}

/// Someone did not agree.
#[component]
pub(super) fn Refused(page: Page) -> impl IntoView {
    view! {
        <article class="reading" data-screen="refused">
            <h1 tabindex="-1">{say!(page, refused.title)}</h1>
            <p>{say!(page, refused.text)}</p>
            <p class="quiet">{say!(page, refused.again)}</p>
        </article>
    }
}

/// The headphone check was required and not passed.
#[component]
pub(super) fn HeadphonesFailed(page: Page) -> impl IntoView {
    view! {
        <article class="reading" data-screen="headphones-failed">
            <h1 tabindex="-1">{say!(page, headphones_failed.title)}</h1>
            <p>{say!(page, headphones_failed.text)}</p>
            <p>{say!(page, headphones_failed.end)}</p>
            <KeptHere page />
        </article>
    }
}

/// The session runs elsewhere.
#[component]
pub(super) fn OtherTab(page: Page) -> impl IntoView {
    view! {
        <article class="reading" data-screen="blocked-tab">
            <h1 tabindex="-1">{say!(page, other_tab.title)}</h1>
            <p>{say!(page, other_tab.text)}</p>
            <p class="quiet">{say!(page, other_tab.way_on)}</p>
        </article>
    }
}

/// The browser does not store.
#[component]
pub(super) fn NoStorage(page: Page) -> impl IntoView {
    let why = Memo::new(move |_| match &*page.view.screen.read() {
        PageScreen::NoStorage(why) => why.clone(),
        _ => String::new(),
    });
    let what = move || td_string!(page.locale.get(), done.why, why = why.get()).to_string();
    view! {
        <article class="reading" data-screen="storage-warning">
            <h1 tabindex="-1">{say!(page, no_storage.title)}</h1>
            <p>{say!(page, no_storage.text)}</p>
            <p>{say!(page, no_storage.better)} " " {say!(page, no_storage.or)}</p>
            <p class="quiet">{what}</p>
            <div class="actions">
                <Press page name="keep-without-storage" action=Action::KeepWithoutStorage>
                    {say!(page, no_storage.keep)}
                </Press>
            </div>
        </article>
    }
}

/// The answers were wiped, which was looked at afterwards.
#[component]
pub(super) fn Withdrawn(page: Page) -> impl IntoView {
    let n_left = Memo::new(move |_| match *page.view.screen.read() {
        PageScreen::Withdrawn { n_left } => n_left,
        _ => 0,
    });
    let wiped = move || {
        view! {
            <h1 tabindex="-1">{say!(page, withdrawn.title)}</h1>
            <p>{say!(page, withdrawn.text)}</p>
            <p>{say!(page, withdrawn.end)}</p>
        }
    };
    let not_wiped = move |number: usize| {
        view! {
            <h1 tabindex="-1">{say!(page, withdrawn.title_failed)}</h1>
            <p>{say!(page, withdrawn.text_failed, number)}</p>
            <p>{say!(page, withdrawn.way_on_failed)}</p>
            <div class="actions">
                <Press page name="confirm-withdraw" action=Action::Withdraw>
                    {say!(page, common.try_again)}
                </Press>
            </div>
        }
    };
    view! {
        <article class="reading" data-screen="withdrawn" data-rows-left=n_left>
            {move || match n_left.get() {
                0 => wiped().into_any(),
                number => not_wiped(number).into_any(),
            }}
        </article>
    }
}

/// It can't go on.
#[component]
pub(super) fn Failed(page: Page) -> impl IntoView {
    let failure = Memo::new(move |_| match &*page.view.screen.read() {
        PageScreen::Failed(failure) => Some(failure.clone()),
        _ => None,
    });
    let has_answers = move || failure.get().is_some_and(|failure| failure.has_answers);
    let can_retry = move || failure.get().is_some_and(|failure| failure.can_retry);
    let what = move || {
        let why = failure.get().map(|failure| failure.what).unwrap_or_default();
        td_string!(page.locale.get(), done.why, why).to_string()
    };
    let way_on = move || {
        let locale = page.locale.get();
        if can_retry() {
            td_string!(locale, failed.retry)
        } else {
            td_string!(locale, failed.no_retry)
        }
    };
    let safety = move || {
        let locale = page.locale.get();
        if has_answers() {
            td_string!(locale, failed.safe)
        } else {
            td_string!(locale, failed.nothing)
        }
    };
    view! {
        <article class="reading" data-screen="error">
            <h1 tabindex="-1">{say!(page, failed.title)}</h1>
            <p>{safety}</p>
            <p class="notice">{what}</p>
            <p>{way_on}</p>
            <Show when=can_retry>
                <div class="actions">
                    <Press page name="try-again" action=Action::TryAgain>
                        {say!(page, common.try_again)}
                    </Press>
                </div>
            </Show>
            <Show when=has_answers>
                <section>
                    <h2>{say!(page, done.save_title)}</h2>
                    <Downloads page />
                </section>
            </Show>
        </article>
    }
}
