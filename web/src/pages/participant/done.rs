//! The end: the completion code, where the answers are, and how to keep or delete them.

use super::own_likes::was_stopped;
use super::page::{Page, focus_soon, say};
use super::parts::{Downloads, Press};
use crate::components::copy_button::CopyButton;
use crate::session::{Action, Sending, StorageState};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos_i18n::td_string;

/// The last screen.
#[component]
pub(super) fn Done(page: Page) -> impl IntoView {
    let stopped = Memo::new(move |_| was_stopped(&page.view.screen.read()));
    view! {
        <article class="reading" data-screen="done">
            <h1 tabindex="-1">{say!(page, done.title)}</h1>
            <p>
                {move || {
                    let locale = page.locale.get();
                    if stopped.get() {
                        td_string!(locale, done.stopped)
                    } else {
                        td_string!(locale, done.text)
                    }
                }}
            </p>
            <Delivery page />
            <CompletionLink page />
            <CompletionCode page />
            <section>
                <h2>{say!(page, done.save_title)}</h2>
                <Downloads page />
            </section>
            <Withdraw page />
        </article>
    }
}

/// Where the answers are on their way.
#[component]
fn Delivery(page: Page) -> impl IntoView {
    let text = move || match page.view.sending.get() {
        Sending::Nowhere => view! { <p>{say!(page, done.kept_here)}</p> }.into_any(),
        Sending::Busy => view! { <p>{sending_words(page)}</p> }.into_any(),
        Sending::Done => view! { <p class="right">"✓ " {say!(page, done.sent)}</p> }.into_any(),
        Sending::Failed(why) => view! {
            <section class="notice">
                <h2>{say!(page, done.not_sent)}</h2>
                <p>{say!(page, done.not_sent_way_on)}</p>
                <p class="quiet">{say!(page, done.why, why = why.clone())}</p>
                <Press page name="send-again" action=Action::SendAgain>
                    {say!(page, done.send_again)}
                </Press>
            </section>
        }
        .into_any(),
    };
    view! { <div role="status" data-sending=Signal::derive(move || sending_name(&page.view.sending.read()))>{text}</div> }
}

/// What is said while answers are on their way; once the link stands there, what leaving would mean.
fn sending_words(page: Page) -> Signal<String> {
    Signal::derive(move || {
        let locale = page.locale.get();
        let is_long = page.view.completion_link.read().is_some();
        let words = match page.view.storage.get() {
            _ if !is_long => td_string!(locale, done.sending),
            StorageState::Memory => td_string!(locale, done.sending_long_memory),
            _ => td_string!(locale, done.sending_long),
        };
        words.to_owned()
    })
}

fn sending_name(sending: &Sending) -> &'static str {
    match sending {
        Sending::Nowhere => "nowhere",
        Sending::Busy => "busy",
        Sending::Done => "done",
        Sending::Failed(_) => "failed",
    }
}

/// The way back to a recruitment service, once it may be gone: it leaves the page, and would end what
/// is being sent. JATOS is told first that the run is over, but not before it has the answers: it takes
/// none after that.
#[component]
fn CompletionLink(page: Page) -> impl IntoView {
    let is_promised = page.design().completion.link.is_some();
    let is_of_jatos = matches!(page.design().data.send, Some(shared::study::Send::Jatos));
    let leave = move |event: MouseEvent| {
        if is_of_jatos && page.view.sending.get_untracked() == Sending::Done {
            event.prevent_default();
            page.act(Action::Leave);
        }
    };
    move || match page.view.completion_link.get() {
        Some(address) => view! {
            <p>
                <a
                    class="main-button wide"
                    data-action="complete"
                    href=address
                    on:click=leave
                >
                    {say!(page, done.complete)}
                </a>
            </p>
        }
        .into_any(),
        None if is_promised && page.view.sending.get() == Sending::Busy => {
            view! { <p class="quiet">{say!(page, done.complete_sent)}</p> }.into_any()
        }
        None if is_promised => {
            view! { <p class="quiet">{say!(page, done.complete_soon)}</p> }.into_any()
        }
        None => ().into_any(),
    }
}

#[component]
fn CompletionCode(page: Page) -> impl IntoView {
    let code = page.view.completion_code;
    let text = Callback::new(move |()| code.get_untracked().unwrap_or_default());
    let shown = move || match code.get() {
        Some(code) => view! {
            <code data-completion-code="">{code}</code>
            <CopyButton
                text
                what=say!(page, done.copy_code)
                label=say!(page, common.copy)
                done=say!(page, common.copied)
                failed=say!(page, common.select_to_copy)
            />
        }
        .into_any(),
        None => view! { <p class="quiet">{say!(page, done.code_soon)}</p> }.into_any(),
    };
    view! {
        <section>
            <h2>{say!(page, done.code)}</h2>
            <p class="quiet">{say!(page, done.code_about)}</p>
            <div class="fingerprint">{shown}</div>
        </section>
    }
}

/// Wipes the answers from the device, after asking once more.
#[component]
fn Withdraw(page: Page) -> impl IntoView {
    let asked = RwSignal::new(false);
    let ask = move |_| {
        asked.set(true);
        focus_soon("[data-action=keep]");
    };
    let keep = move |_| {
        asked.set(false);
        focus_soon("[data-action=withdraw]");
    };
    let sends = page.design().data.send.is_some();
    let buttons = move || {
        if !asked.get() {
            return view! {
                <button type="button" class="side-button" data-action="withdraw" on:click=ask>
                    {say!(page, done.withdraw)}
                </button>
            }
            .into_any();
        }
        view! {
            <p>{say!(page, done.withdraw_question)}</p>
            <div class="row">
                <button type="button" class="side-button" data-action="keep" on:click=keep>
                    {say!(page, done.keep)}
                </button>
                <Press page name="confirm-withdraw" action=Action::Withdraw quiet=true>
                    {say!(page, done.confirm_withdraw)}
                </Press>
            </div>
        }
        .into_any()
    };
    view! {
        <section>
            <h2>{say!(page, done.withdraw_title)}</h2>
            <p>
                {say!(page, done.withdraw_text)} " "
                {sends.then(|| view! { <span>{say!(page, done.withdraw_sent)}</span> })}
            </p>
            {buttons}
        </section>
    }
}
